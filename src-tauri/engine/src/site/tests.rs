//! Signing in against a server that speaks real HTTP: tokens that die, logins, and where secrets do not go.

mod server;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use landfall_wire::ErrorCode;
use url::Url;

use super::*;
use crate::clock::ManualClock;
use crate::home::Home;
use crate::secrets::{Credentials, Keeping, Secret};
use server::{Said, Server, json, line};

/// A connector whose connection says that.
fn connector(connection: &str, more: &str) -> Connector {
    let source = format!(
        "format = 1\nid = \"t\"\nname = \"T\"\nkind = \"files\"\n[connection]\n{connection}\n\
[submit]\npost = \"/jobs\"\nid = \"body.id\"\n[follow.poll]\nget = \"/jobs/{{{{ job.id }}}}\"\nevery = \"1s\"\n\
state = \"body.status\"\n[states]\nready = [\"done\"]\n[resolve]\nurl = \"body.url\"\n{more}"
    );
    Connector::parse("t.toml", &source).unwrap_or_else(|problems| panic!("{problems}"))
}

struct Bed {
    site: Arc<Site>,
    clock: ManualClock,
    vault: Vault,
    _folder: tempfile::TempDir,
}

fn bed(server: &Server, connector: Connector, secrets: &[(&str, &str)]) -> Bed {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path().join("home")).unwrap();
    let vault = Vault::of(&home);
    vault.put(Keeping::File, "t", &credentials(secrets)).unwrap();
    let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
    let connection = Connection {
        name: "t".into(),
        connector: "t".into(),
        url: server.url.clone(),
        folder: None,
        limit: None,
        certificate_authority: None,
        hosts: Vec::new(),
        secrets: Keeping::File,
    };
    let site = Site::open(connection, Arc::new(connector), vault.clone(), Arc::new(clock.clone()), &Commons::default())
        .unwrap();
    Bed { site: Arc::new(site), clock, vault, _folder: folder }
}

fn credentials(secrets: &[(&str, &str)]) -> Credentials {
    let mut all = Credentials::default();
    for (name, value) in secrets {
        match *name {
            "token" => all.token = Some(Secret::new(*value)),
            name => drop(all.named.insert(name.into(), Secret::new(*value))),
        }
    }
    all
}

impl Bed {
    async fn get(&self, path: &str) -> Result<Answer, Setback> {
        let url = self.site.connection.url.join(path).unwrap();
        self.site.ask(Request::new(Method::GET, url)).await
    }
}

const CLIENT: [(&str, &str); 2] = [("client_id", "client-7"), ("client_secret", "s3cret/hunter2")];

/// Hands out token after token, and takes the youngest only.
fn token_server(answer: &'static str) -> Server {
    let valid = Mutex::new(0);
    Server::start(move |request, _| {
        let mut valid = valid.lock().unwrap();
        if request.starts_with("POST /oauth/token") {
            *valid += 1;
            return json("200 OK", &answer.replace("TOKEN", &format!("token-{valid}")));
        }
        let good = line(request, "authorization") == Some(&format!("Bearer token-{valid}"));
        if good && !request.starts_with("GET /never") { json("200 OK", "{}") } else { json("401 Unauthorized", "{}") }
    })
}

#[tokio::test]
async fn client_credentials_are_exchanged_for_a_token_that_all_requests_share() {
    let server = token_server(r#"{"access_token":"TOKEN","expires_in":3600}"#);
    let oauth2 =
        "auth = [\"oauth2\"]\noauth2 = { token = \"/oauth/token\", scope = \"a b\", form = { audience = \"x\" } }";
    let bed = bed(&server, connector(oauth2, ""), &CLIENT);
    for _ in 0..3 {
        assert_eq!(bed.get("/jobs").await.unwrap().status, 200);
    }
    let asked = server.asked("POST /oauth/token");
    assert_eq!(asked.len(), 1, "one token serves them all");
    assert!(asked[0].ends_with("grant_type=client_credentials&scope=a%20b&audience=x"), "{}", asked[0]);
    let basic = line(&asked[0], "authorization").unwrap();
    assert_eq!(basic, "Basic Y2xpZW50LTc6czNjcmV0JTJGaHVudGVyMg==", "RFC 6749 section 2.3.1 encodes both first");

    bed.clock.advance(Duration::from_secs(3_539));
    bed.get("/jobs").await.unwrap();
    assert_eq!(server.asked("POST /oauth/token").len(), 1, "it is good until a minute before its end");
    bed.clock.advance(Duration::from_secs(1));
    bed.get("/jobs").await.unwrap();
    assert_eq!(server.asked("POST /oauth/token").len(), 2, "and is renewed before it dies");
    assert_eq!(server.asked("GET /jobs").len(), 5, "no request met a dead token");
}

#[tokio::test]
async fn a_token_that_dies_early_is_renewed_once_for_all_that_wait() {
    let server = token_server(r#"{"access_token":"TOKEN"}"#);
    let bed = bed(
        &server,
        connector("auth = [\"oauth2\"]\noauth2 = { token = \"/oauth/token\", client = \"body\" }", ""),
        &CLIENT,
    );
    bed.get("/jobs").await.unwrap();
    // Another client's sign-in makes ours void.
    let other = Request::new(Method::POST, server.url.join("/oauth/token").unwrap());
    net::exchange(&bed.site.client(), &bed.clock, other).await.unwrap();
    let all = futures_util::future::join_all((0..8).map(|_| bed.get("/jobs"))).await;
    assert!(all.iter().all(|answer| answer.as_ref().is_ok_and(|answer| answer.status == 200)), "{all:?}");
    assert_eq!(server.asked("POST /oauth/token").len(), 3, "ours, the other's, and one for all eight");

    let refused = bed.get("/never").await.unwrap_err();
    assert_eq!(refused.failure.code, ErrorCode::AuthenticationError);
    assert_eq!(server.asked("GET /never").len(), 2, "one sign-in for a request, and no more");
}

#[tokio::test]
async fn a_sign_in_that_is_refused_is_not_tried_again_by_everybody_and_its_words_hold_no_secret() {
    let server = Server::start(|request, _| {
        assert!(!request.starts_with("GET"), "nothing is asked without a sign-in");
        json("400 Bad Request", r#"{"error":"invalid_client","error_description":"s3cret/hunter2 is wrong"}"#)
    });
    let bed = bed(&server, connector("auth = [\"oauth2\"]\noauth2 = { token = \"/oauth/token\" }", ""), &CLIENT);
    let all = futures_util::future::join_all((0..8).map(|_| bed.get("/jobs"))).await;
    for refused in all {
        let failure = refused.unwrap_err().failure;
        assert_eq!(failure.code, ErrorCode::AuthenticationError);
        assert_eq!(failure.message, "The server refused the sign-in: **** is wrong");
        assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
    }
    assert_eq!(server.asked("POST").len(), 1, "those who waited share the refusal");
    bed.get("/jobs").await.unwrap_err();
    assert_eq!(server.asked("POST").len(), 2, "who comes later tries anew");
}

#[tokio::test]
async fn a_sign_in_that_is_out_of_reach_is_a_matter_of_time() {
    let server = Server::start(|_, _| json("503 Service Unavailable", "{}"));
    let bed = bed(&server, connector("auth = [\"oauth2\"]\noauth2 = { token = \"/oauth/token\" }", ""), &CLIENT);
    let setback = bed.get("/jobs").await.unwrap_err();
    assert_eq!(setback.failure.code, ErrorCode::NetworkError);
    assert!(setback.trouble.is_none(), "no job's request was on its way");
}

#[tokio::test]
async fn a_refresh_token_that_rotates_is_kept_in_the_vault() {
    let server = Server::start(|request, number| {
        if request.starts_with("POST") {
            let old = if number == 1 { "refresh-0" } else { "refresh-1" };
            assert!(
                request.ends_with(&format!("grant_type=refresh_token&refresh_token={old}&client_id=me")),
                "{request}"
            );
            return json(
                "200 OK",
                &format!(r#"{{"access_token":"a","expires_in":"60","refresh_token":"refresh-{number}"}}"#),
            );
        }
        assert_eq!(line(request, "x-token"), Some("a"), "the header of the connector's choice, without a prefix");
        json("200 OK", "{}")
    });
    let connection = "auth = [\"oauth2\"]\ntoken_header = \"X-Token\"\ntoken_prefix = \"\"\n\
oauth2 = { token = \"/oauth/token\", grant = \"refresh_token\", client = \"public\" }";
    let bed = bed(&server, connector(connection, ""), &[("client_id", "me"), ("refresh_token", "refresh-0")]);
    bed.get("/jobs").await.unwrap();
    let kept = bed.vault.get(Keeping::File, "t").unwrap();
    assert_eq!(kept.secret("refresh_token"), Some(&Secret::new("refresh-1")), "the old one is void (section 6)");
    bed.clock.advance(Duration::from_secs(54));
    bed.get("/jobs").await.unwrap();
    assert_eq!(server.asked("POST").len(), 2, "a tenth before its end the next one is used");
}

#[tokio::test]
async fn a_token_that_a_person_exchanged_meanwhile_is_used_at_once() {
    let server = Server::start(|request, _| match line(request, "authorization") {
        Some("Bearer new") => json("200 OK", "{}"),
        _ => json("401 Unauthorized", "{}"),
    });
    let bed = bed(&server, connector("auth = [\"bearer\"]", ""), &[("token", "old")]);
    assert_eq!(bed.get("/jobs").await.unwrap_err().failure.code, ErrorCode::AuthenticationError);
    assert_eq!(server.asked("GET").len(), 1, "the same token is not tried twice");
    bed.site.pass().await.unwrap();
    bed.vault.put(Keeping::File, "t", &credentials(&[("token", "new")])).unwrap();
    assert_eq!(bed.get("/jobs").await.unwrap().status, 200);
}

/// A login whose CSRF token comes that way; the session and the token rotate at the login, as good servers do.
fn log_in(csrf: &str, page: fn() -> Said) -> (Server, Bed) {
    let server = Server::start(move |request, _| {
        let cookie = line(request, "cookie").unwrap_or_default().to_owned();
        if request.starts_with("GET /login") {
            let (status, mut headers, body) = page();
            headers.push("set-cookie: sid=sid-1; Path=/; HttpOnly".into());
            return (status, headers, body);
        }
        let token = line(request, "x-csrf").unwrap_or_default();
        if request.starts_with("POST /login") {
            assert!(cookie.contains("sid=sid-1"), "the page's own cookie comes back: {request}");
            assert_eq!(token, "csrf-1", "{request}");
            assert!(request.ends_with("user=me%40home&password=p%26w&token=csrf-1"), "{request}");
            let headers = vec!["set-cookie: sid=sid-2; Path=/".into(), "set-cookie: csrf=csrf-2; Path=/".into()];
            return ("302 Found", [headers, vec!["location: /home".into()]].concat(), String::new());
        }
        if !cookie.contains("sid=sid-2") {
            return json("403 Forbidden", "{}");
        }
        ("200 OK", vec![format!("x-seen: {token}"), "content-type: application/json".into()], "{}".into())
    });
    let connection = format!(
        "auth = [\"session\"]\nrelogin_on = [401, 403]\n[[connection.login]]\nget = \"/login\"\ncsrf = {csrf}\n\
[[connection.login]]\npost = \"/login\"\ndone_when = \"status == 302\"\n\
form = {{ user = \"{{{{ secret.user }}}}\", password = \"{{{{ secret.password }}}}\", token = \"{{{{ csrf }}}}\" }}"
    );
    let bed = bed(&server, connector(&connection, ""), &[("user", "me@home"), ("password", "p&w")]);
    (server, bed)
}

#[tokio::test]
async fn a_csrf_token_is_found_in_each_of_four_places_and_replayed() {
    let html: fn() -> Said =
        || ("200 OK", vec!["content-type: text/html".into()], "<input value='csrf-1' name=\"t\">".into());
    let header: fn() -> Said = || ("200 OK", vec!["x-csrf-token: csrf-1".into()], String::new());
    let json_page: fn() -> Said = || json("200 OK", r#"{"security":{"csrf":"csrf-1"}}"#);
    let cookie: fn() -> Said = || ("200 OK", vec!["set-cookie: csrf=csrf-1; Path=/".into()], String::new());
    for (csrf, page, later) in [
        (r#"{ from = "html", name = "t", header = "X-Csrf" }"#, html, "csrf-1"),
        (r#"{ from = "header", name = "X-Csrf-Token", header = "X-Csrf" }"#, header, "csrf-1"),
        (r#"{ from = "json", name = "body.security.csrf", header = "X-Csrf" }"#, json_page, "csrf-1"),
        (r#"{ from = "cookie", name = "csrf", header = "X-Csrf" }"#, cookie, "csrf-2"),
    ] {
        let (server, bed) = log_in(csrf, page);
        let answer = bed.get("/jobs").await.unwrap();
        let seen = answer.headers.get("x-seen").and_then(|value| value.to_str().ok());
        assert_eq!(seen, Some(later), "{csrf}: the token of after the login");
        bed.get("/jobs").await.unwrap();
        assert_eq!(server.asked("POST /login").len(), 1, "{csrf}: one login for all");
        let mut elsewhere = Request::new(Method::GET, Url::parse("http://other.example/").unwrap());
        bed.site.sign(&mut elsewhere).await.unwrap();
        assert!(elsewhere.headers.is_empty(), "neither cookie nor token goes to another origin");
        let other_port = Url::parse("http://127.0.0.1:9/").unwrap();
        let mut elsewhere = Request::new(Method::GET, other_port);
        bed.site.sign(&mut elsewhere).await.unwrap();
        assert!(elsewhere.headers.is_empty(), "another port is another origin");
        let pass = bed.site.pass().await.unwrap();
        for secret in ["p&w", "csrf-1", "csrf-2", "sid-1", "sid-2"] {
            assert!(!format!("{:?} {:?}", bed.site, pass).contains(secret), "{secret} does not print");
        }
    }
}

#[tokio::test]
async fn a_page_without_its_csrf_token_is_told_as_such() {
    let (_server, bed) =
        log_in(r#"{ from = "html", name = "t", header = "X-Csrf" }"#, || ("200 OK", vec![], "<html>".into()));
    let failure = bed.get("/jobs").await.unwrap_err().failure;
    assert_eq!(failure.code, ErrorCode::AuthenticationError);
    assert!(failure.message.contains("no CSRF token"), "{failure:?}");
}

#[tokio::test]
async fn a_session_that_is_over_is_begun_again_once() {
    let server = Server::start(|request, number| {
        if request.starts_with("POST /login") {
            return (
                "200 OK",
                vec![format!("set-cookie: sid={number}"), "content-type: application/json".into()],
                "{}".into(),
            );
        }
        let fresh = line(request, "cookie") == Some("sid=2") || (number == 1 && request.starts_with("GET /jobs"));
        if fresh { json("200 OK", "{}") } else { json("401 Unauthorized", "{}") }
    });
    let connection = "auth = [\"session\"]\n[[connection.login]]\npost = \"/login\"\n\
json = { user = \"{{ secret.user }}\" }\n";
    let bed = bed(&server, connector(connection, ""), &[("user", "me")]);
    assert_eq!(bed.get("/jobs").await.unwrap().status, 200);
    assert_eq!(bed.get("/jobs").await.unwrap().status, 200, "a fresh session, without a word to anybody");
    assert_eq!(server.asked("POST /login").len(), 2);
}

#[tokio::test]
async fn secrets_of_every_kind_go_on_the_wire_as_the_connector_says_and_print_nowhere() {
    for (connection, secrets, wanted) in [
        ("auth = [\"bearer\"]\ntoken_prefix = \"Token \"", vec![("token", "hunter2")], "authorization: Token hunter2"),
        ("auth = [\"basic\"]", vec![("user", "me"), ("password", "hunter2")], "authorization: Basic bWU6aHVudGVyMg=="),
        (
            "auth = [\"basic\"]\nbasic = { user = \"key\" }",
            vec![("key", "hunter2")],
            "authorization: Basic aHVudGVyMjo=",
        ),
        ("auth = [\"query\"]\nquery = \"key\"", vec![("token", "hunter2&x")], "GET /jobs?key=hunter2%26x "),
        ("auth = [\"cookie\"]\ncookie = \"sid\"", vec![("token", "hunter2")], "cookie: sid=hunter2"),
        (
            "auth = [\"headers\"]\nsecret_headers = { X-Key = \"{{ secret.key }}\", X-App = \"app {{ secret.app }}\" }",
            vec![("key", "hunter2"), ("app", "hunter3")],
            "x-app: app hunter3",
        ),
    ] {
        let server = Server::start(|_, _| json("400 Bad Request", r#"{"message":"no"}"#));
        let bed = bed(&server, connector(connection, ""), &secrets);
        let answer = bed.get("/jobs").await.unwrap();
        let asked = server.asked("GET").remove(0);
        assert!(asked.contains(wanted), "{wanted} in {asked}");
        let mut request = Request::new(Method::GET, server.url.clone());
        bed.site.sign(&mut request).await.unwrap();
        let credentials = bed.vault.get(Keeping::File, "t").unwrap();
        let prints = format!("{:?} {request:?} {answer:?} {credentials:?} {}", bed.site, answer.url);
        assert!(!prints.contains("hunter") && !prints.contains("aHVudGVy"), "{prints}");
        let mut elsewhere = Request::new(Method::GET, Url::parse("http://other.example/?a=b").unwrap());
        bed.site.sign(&mut elsewhere).await.unwrap();
        assert!(elsewhere.headers.is_empty(), "{connection}");
        assert_eq!(elsewhere.url.reveal().as_str(), "http://other.example/?a=b");
    }
}
