//! P-9: access tokens by OAuth 2 client credentials, and what becomes of them.

use std::time::Duration;

use landfall_service::{Chance, Client, Fault, Options, Service, Step};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::bed::{ANNA, BERT, Bed, text};
use super::packages_bed::{EXPORTS, matter};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// What came back from the token endpoint.
struct Answer {
    status: StatusCode,
    challenge: String,
    body: Value,
}

async fn ask(bed: &Bed, basic: Option<(&str, &str)>, form: &[(&str, &str)]) -> Answer {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form);
    let url = bed.service.url() + "/oauth/token";
    let mut request = bed.client().post(url).header("content-type", "application/x-www-form-urlencoded");
    if let Some((id, secret)) = basic {
        request = request.basic_auth(id, Some(secret));
    }
    let response = request.body(body.finish()).send().await.unwrap();
    let status = response.status();
    let header =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let challenge = header("www-authenticate");
    assert_eq!(header("cache-control"), "no-store", "neither tokens nor errors are kept by anybody");
    let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    Answer { status, challenge, body }
}

async fn token(bed: &Bed, id: &str, secret: &str) -> String {
    let answer = ask(bed, Some((id, secret)), &[GRANT]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    text(&answer.body["access_token"])
}

/// Status, challenge and body of a request with this bearer token.
async fn with_token(bed: &Bed, token: &str, path: &str) -> Answer {
    let response = bed.client().get(bed.service.url() + path).bearer_auth(token).send().await.unwrap();
    let status = response.status();
    let challenge = response.headers().get("www-authenticate").map_or("", |value| value.to_str().unwrap()).to_owned();
    let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    Answer { status, challenge, body }
}

#[tokio::test]
async fn p_9_a_client_gets_a_token_by_basic_or_form_and_asks_in_its_users_name() {
    let mut bed = Bed::new().await;
    let id = bed.order(EXPORTS, &matter("uat")).await;
    let by_form = [GRANT, ("client_id", "anna"), ("client_secret", ANNA)];
    for (basic, form) in [(Some(("anna", ANNA)), &by_form[..1]), (None, &by_form[..])] {
        let answer = ask(&bed, basic, form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!((&answer.body["token_type"], &answer.body["expires_in"]), (&json!("Bearer"), &json!(3600)));
        let access = text(&answer.body["access_token"]);
        assert_ne!(access, ANNA, "it is a token of its own");
        assert_eq!(with_token(&bed, &access, "/v1/me").await.body["user"], "anna");
        let export = with_token(&bed, &access, &format!("{EXPORTS}/{id}")).await;
        assert_eq!(export.status, 200, "the user's jobs are the client's");
    }
    let access = token(&bed, "bert", BERT).await;
    assert_eq!(with_token(&bed, &access, &format!("{EXPORTS}/{id}")).await.status, 404, "another user's are not");
    bed.set_token(BERT);
    assert_eq!(bed.get("/v1/me").await.json()["user"], "bert", "the users' own tokens are good as before");
}

#[tokio::test]
async fn p_9_an_expired_token_is_401_invalid_token_and_a_fresh_one_goes_on() {
    let bed = Bed::with(|options| options.token_ttl = Duration::from_mins(5)).await;
    let id = bed.order(EXPORTS, &matter("uat")).await;
    let path = format!("{EXPORTS}/{id}");
    let access = token(&bed, "anna", ANNA).await;
    bed.service.clock().advance(Duration::from_secs(290));
    assert_eq!(with_token(&bed, &access, &path).await.status, 200, "it is good until its end");
    bed.service.clock().advance(Duration::from_secs(10));
    let refused = with_token(&bed, &access, &path).await;
    assert_eq!((refused.status.as_u16(), refused.challenge.as_str()), (401, "Bearer error=\"invalid_token\""));
    assert_eq!(refused.body["error"]["code"], "token_expired");
    let fresh = token(&bed, "anna", ANNA).await;
    assert_eq!(with_token(&bed, &fresh, &path).await.status, 200, "the job is still the same user's");
}

#[tokio::test]
async fn p_9_a_token_that_was_tampered_with_is_nobodys() {
    let bed = Bed::new().await;
    let access = token(&bed, "anna", ANNA).await;
    for at in 0..access.len() - 1 {
        let mut bytes = access.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        let refused = with_token(&bed, &changed, "/v1/me").await;
        assert_eq!((refused.status.as_u16(), refused.challenge.as_str()), (401, "Bearer error=\"invalid_token\""));
    }
    for short in ["", "AAAA", &access[..20]] {
        assert_eq!(with_token(&bed, short, "/v1/me").await.status, 401);
    }
}

#[tokio::test]
async fn p_9_a_token_outlives_a_restart_but_not_its_user() {
    let bed = Bed::new().await;
    let (anna, bert) = (token(&bed, "anna", ANNA).await, token(&bed, "bert", BERT).await);
    assert_ne!(anna, token(&bed, "anna", ANNA).await, "no token is given out twice");
    let bed = bed.restart_with(|options| options.users.retain(|user| user.name() == "anna")).await;
    assert_eq!(with_token(&bed, &anna, "/v1/me").await.status, 200);
    assert_eq!(with_token(&bed, &bert, "/v1/me").await.status, 401, "who is gone cannot be asked for");
}

#[tokio::test]
async fn p_9_errors_of_the_token_endpoint_have_the_shape_of_rfc_6749() {
    let bed = Bed::new().await;
    let anna = Some(("anna", ANNA));
    let cases = [
        (Some(("anna", "wrong")), vec![GRANT], 401, "invalid_client"),
        (Some(("nobody", ANNA)), vec![GRANT], 401, "invalid_client"),
        (None, vec![GRANT, ("client_id", "anna"), ("client_secret", "wrong")], 401, "invalid_client"),
        (None, vec![GRANT, ("client_id", "anna")], 401, "invalid_client"),
        (None, vec![GRANT], 401, "invalid_client"),
        (anna, vec![], 400, "invalid_request"),
        (anna, vec![GRANT, GRANT], 400, "invalid_request"),
        (anna, vec![GRANT, ("client_id", "anna"), ("client_secret", ANNA)], 400, "invalid_request"),
        (anna, vec![GRANT, ("client_id", "bert")], 400, "invalid_request"),
        (anna, vec![("grant_type", "password")], 400, "unsupported_grant_type"),
    ];
    for (basic, form, status, error) in cases {
        let answer = ask(&bed, basic, &form).await;
        assert_eq!((answer.status.as_u16(), &answer.body["error"]), (status, &json!(error)), "{basic:?} {form:?}");
        assert!(!text(&answer.body["error_description"]).is_empty());
        let challenged = answer.challenge.starts_with("Basic ");
        assert_eq!(challenged, status == 401 && basic.is_some(), "a challenge for who tried the header (section 5.2)");
    }
    let json = bed.client().post(bed.service.url() + "/oauth/token").basic_auth("anna", Some(ANNA));
    let json = json.header("content-type", "application/json").body("{\"grant_type\":\"client_credentials\"}");
    assert_eq!(json.send().await.unwrap().status(), 400, "a form it must be");
    assert_eq!(bed.get("/oauth/token").await.status, 405);
}

#[tokio::test]
async fn p_9_named_clients_take_the_place_of_the_derived_one() {
    let secret = "a:b c%+&=é";
    let bed = Bed::with(|options| {
        options.clients = vec![Client::new("anna", "robot 7", secret), "anna=second:s".parse().unwrap()];
    })
    .await;
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let access = token(&bed, &encode("robot 7"), &encode(secret)).await;
    assert_eq!(with_token(&bed, &access, "/v1/me").await.body["user"], "anna", "encoded as section 2.3.1 says");
    let by_form = ask(&bed, None, &[GRANT, ("client_id", "robot 7"), ("client_secret", secret)]).await;
    assert_eq!(by_form.status, 200, "and in the form as it is");
    token(&bed, "second", "s").await;
    assert_eq!(ask(&bed, Some(("anna", ANNA)), &[GRANT]).await.status, 401, "anna has clients of her own now");
    token(&bed, "bert", BERT).await;
    assert!(!format!("{:?}", Client::new("anna", "id", "hidden")).contains("hidden"), "a secret does not print");
}

#[tokio::test]
async fn p_9_clients_and_lives_that_cannot_be_are_refused_with_what_to_do() {
    for (text, said) in [("anna", "NAME=ID:SECRET"), ("anna=id", "NAME=ID:SECRET"), ("anna=:s", "NAME=ID:SECRET")] {
        assert!(text.parse::<Client>().unwrap_err().to_string().contains(said), "{text}");
    }
    let data = tempfile::tempdir().unwrap();
    let users = || vec![landfall_service::User::new("anna", ANNA), landfall_service::User::new("bert", BERT)];
    let base = || Options { users: users(), ..Options::new(data.path()) };
    let cases = [
        (Options { clients: vec![Client::new("carl", "id", "s")], ..base() }, "not there"),
        (Options { clients: vec![Client::new("anna", "bert", "s")], ..base() }, "stands there twice"),
        (Options { token_ttl: Duration::ZERO, ..base() }, "more than no time"),
    ];
    for (options, said) in cases {
        let error = Service::start(options).await.unwrap_err().to_string();
        assert!(error.contains(said), "{error} says {said}");
    }
}

#[tokio::test]
async fn p_9_the_token_endpoint_has_faults_of_its_own() {
    let bed = Bed::new().await;
    bed.service.faults().set_at(Fault::Unavailable, Step::Token, Chance::Times(1));
    assert_eq!(ask(&bed, Some(("anna", ANNA)), &[GRANT]).await.status, 503);
    bed.service.faults().set_at(Fault::Unauthorized, Step::Token, Chance::Times(1));
    let refused = ask(&bed, Some(("anna", ANNA)), &[GRANT]).await;
    assert_eq!((refused.status.as_u16(), &refused.body["error"]), (401, &json!("invalid_client")));
    token(&bed, "anna", ANNA).await;
}
