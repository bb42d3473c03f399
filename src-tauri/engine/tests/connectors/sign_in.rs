//! What a connector file can say about signing in: mistakes with their places, hosts, and answers that are no sign-in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use landfall_engine::connector::{AuthKind, Connector, Place, SignIn, SignInReading, Signature};
use landfall_engine::net::{Answer, Request};
use landfall_engine::secrets::{Credentials, Secret};
use landfall_wire::{ErrorCode, Failure};
use url::Url;

use crate::reading::answer;

fn connector(connection: &str) -> Result<Connector, String> {
    let source = format!(
        "format = 1\nid = \"t\"\nname = \"T\"\nkind = \"files\"\n\
[submit]\npost = \"/jobs\"\nid = \"body.id\"\n[follow.poll]\nget = \"/jobs/{{{{ job.id }}}}\"\nevery = \"1s\"\n\
state = \"body.status\"\n[states]\nready = [\"done\"]\n[resolve]\nurl = \"body.url\"\n[connection]\n{connection}\n"
    );
    Connector::parse("t.toml", &source).map_err(|problems| problems.to_string())
}

fn credentials(names: &[&str]) -> Credentials {
    let named: BTreeMap<_, _> = names.iter().map(|name| ((*name).to_owned(), Secret::new("hunter2"))).collect();
    Credentials { named, ..Credentials::default() }
}

#[test]
fn mistakes_about_the_sign_in_are_told_where_they_stand() {
    for (connection, said) in [
        ("auth = [\"oauth2\"]", "connection.oauth2: this key is missing; write oauth2 = { token"),
        ("auth = [\"session\"]", "connection.login: this key is missing"),
        ("auth = [\"query\"]", "connection.query: this key is missing"),
        ("auth = [\"cookie\"]", "connection.cookie: this key is missing"),
        ("auth = [\"headers\"]", "connection.secret_headers: this key is missing"),
        ("auth = [\"bearer\"]\nquery = \"key\"", "t.toml:18: connection.query: it belongs to the sign-in \"query\""),
        (
            "auth = [\"oauth2\"]\noauth2 = { token = \"https://login.example/token\" }",
            "the secrets would go to login.example",
        ),
        ("auth = [\"oauth2\"]\noauth2 = { token = \"oauth\" }", "it is neither a path nor a URL"),
        (
            "auth = [\"oauth2\"]\noauth2 = { token = \"/t\", grant = \"password\" }",
            "connection.oauth2.grant: \"password\" is none",
        ),
        ("auth = [\"oauth2\"]\noauth2 = { token = \"/t\", client = \"public\" }", "a public client has no credentials"),
        ("auth = [\"basic\"]\nbasic = { password = \"p\" }", "connection.basic.user: this key is missing"),
        ("auth = [\"basic\"]\nbasic = { user = \"hunter 2!\" }", "it is no secret's name"),
        ("auth = [\"headers\"]\nsecret_headers = { X-Key = \"abc\" }", "names no secret"),
        ("auth = [\"headers\"]\nsecret_headers = { Authorization = \"{{ secret.a }}\" }", "Landfall writes the header"),
        ("auth = [\"bearer\"]\nheaders = { X-Key = \"{{ secret.token }}\" }", "secrets stay within the sign-in"),
        ("auth = [\"bearer\"]\ntest = { get = \"/{{ secret.token }}\" }", "secrets stay within the sign-in"),
        ("auth = [\"cookie\"]\ncookie = \"a b\"", "a cookie's name"),
        ("auth = [\"bearer\"]\ntoken_prefix = \"a\\n\"", "connection.token_prefix"),
        ("auth = [\"bearer\"]\nhosts = [\"https://a.example\"]", "is no host"),
        ("auth = [\"bearer\"]\nrelogin_on = [99]", "connection.relogin_on"),
        (
            "auth = [\"session\"]\n[[connection.login]]\npost = \"/l\"\nform = { t = \"{{ csrf }}\" }",
            "`csrf` is not there",
        ),
        (
            "auth = [\"session\"]\n[[connection.login]]\npost = \"/l\"\nform = { t = \"{{ login.x }}\" }",
            "`login` is not there",
        ),
        (
            "auth = [\"session\"]\n[[connection.login]]\npost = \"/l\"\ncsrf = { from = \"page\", name = \"a\", header = \"X\" }",
            "connection.login.csrf.from: \"page\" is none",
        ),
        (
            "auth = [\"session\"]\n[[connection.login]]\npost = \"/l\"\ncsrf = { from = \"html\", name = \"a\" }",
            "connection.login.csrf.header: this key is missing",
        ),
        ("auth = [\"session\"]\n[[connection.login]]\nform = { a = \"b\" }", "connection.login: there is no request"),
    ] {
        let problems = connector(connection).expect_err(connection);
        assert!(problems.contains(said), "{connection}: {problems}");
    }
}

#[test]
fn a_connection_signs_in_by_the_first_way_whose_secrets_it_has() {
    let both = connector("auth = [\"bearer\", \"oauth2\"]\noauth2 = { token = \"/t\" }").unwrap();
    let names: Vec<_> = both.secrets().into_iter().map(|(kind, names)| (kind.word(), names.join(" "))).collect();
    assert_eq!(names, [("bearer", "token".into()), ("oauth2", "client_id client_secret".into())]);
    let client = credentials(&["client_id", "client_secret"]);
    assert_eq!(both.way(&client).unwrap(), AuthKind::Oauth2);
    assert_eq!(both.sign_in_steps(&client), 1);
    let token = Credentials::token(Secret::new("t"));
    assert_eq!((both.way(&token).unwrap(), both.sign_in_steps(&token)), (AuthKind::Bearer, 0));
    let lacking = both.way(&credentials(&["client_id"])).unwrap_err();
    assert_eq!(
        (lacking.code, lacking.message.as_str()),
        (ErrorCode::AuthenticationError, "The connection has no token")
    );
}

const ELSEWHERE: &str =
    "auth = [\"oauth2\"]\nhosts = [\"login.example\"]\noauth2 = { token = \"https://login.example/t\" }";

#[test]
fn secrets_go_to_a_listed_host_only_when_a_person_confirmed_it() {
    let connector = connector(ELSEWHERE).unwrap();
    let (url, confirmed) = (Url::parse("https://server.example").unwrap(), ["login.example".to_owned()]);
    let ask = |hosts| {
        let place = Place { name: "c", url: &url, hosts };
        let secrets = credentials(&["client_id", "client_secret"]);
        connector.sign_in_request(&place, &secrets, 0, &SignIn::default(), Timestamp::UNIX_EPOCH)
    };
    assert!(ask(&confirmed).is_ok());
    let refused = ask(&[]).unwrap_err();
    assert!(refused.message.contains("login.example, which nobody has confirmed"), "{refused:?}");

    let bearer = self::connector("auth = [\"bearer\"]\nhosts = [\"files.example\"]").unwrap();
    let token = Credentials::token(Secret::new("hunter2"));
    let signed = |target: &str, hosts: &[String]| {
        let mut request = Request::new(http::Method::GET, Url::parse(target).unwrap());
        let place = Place { name: "c", url: &url, hosts };
        let signature = Signature { place, credentials: &token, session: None, now: Timestamp::UNIX_EPOCH };
        bearer.sign(&mut request, &signature).unwrap();
        !request.headers.is_empty()
    };
    let files = ["files.example".to_owned(), "evil.example".to_owned()];
    assert!(signed("https://files.example/a", &files));
    assert!(!signed("https://files.example/a", &[]), "listed and not confirmed");
    assert!(!signed("https://evil.example/a", &files), "confirmed and not listed");
    assert!(!signed("http://files.example/a", &files), "less safe than the connection");
    assert!(!signed("https://files.example:8443/a", &files), "another port is another host");
}

fn read(answer: &Answer) -> Result<SignInReading, Failure> {
    let connector = connector(ELSEWHERE).expect("it is good");
    let url = Url::parse("https://server.example").expect("a URL");
    let place = Place { name: "c", url: &url, hosts: &[] };
    connector.read_sign_in(&place, &credentials(&["client_id", "client_secret"]), 0, SignIn::default(), answer)
}

#[test]
fn answers_that_are_no_token_are_refused_without_a_secret_in_the_words() {
    let json = |status, body: &str| answer(status, "application/json", body.to_owned());
    for (given, code) in [
        (json(200, "{}"), ErrorCode::AuthenticationError),
        (json(200, r#"{"access_token":""}"#), ErrorCode::AuthenticationError),
        (json(200, r#"{"access_token":["a"]}"#), ErrorCode::AuthenticationError),
        (json(200, "[]"), ErrorCode::AuthenticationError),
        (json(200, "hunter2"), ErrorCode::AuthenticationError),
        (answer(200, "text/html", "<html>sign in</html>"), ErrorCode::AuthenticationError),
        (answer(200, "application/json", vec![0xff, 0xfe]), ErrorCode::AuthenticationError),
        (answer(200, "application/json", ""), ErrorCode::AuthenticationError),
        (json(400, r#"{"error":"invalid_client","error_description":"hunter2?"}"#), ErrorCode::AuthenticationError),
        (json(401, r#"{"error":"hunter2"}"#), ErrorCode::AuthenticationError),
        (json(302, ""), ErrorCode::AuthenticationError),
        (json(429, ""), ErrorCode::NetworkError),
        (json(500, r#"{"message":"hunter2"}"#), ErrorCode::NetworkError),
    ] {
        let failure = read(&given).unwrap_err();
        assert_eq!(failure.code, code, "{given:?}: {failure:?}");
        assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
    }
    for life in ["null", "-1", "\"soon\"", "1e400", "{}", "99999999999999999999999"] {
        let odd =
            json(200, &format!(r#"{{"access_token":"hunter2","expires_in":{}}}"#, life.replace("1e400", "1e300")));
        let Ok(SignInReading::Done(session)) = read(&odd) else { panic!("{life}: an odd life is an unknown one") };
        assert_eq!(session.expires_in, None, "{life}");
        assert!(!format!("{session:?}").contains("hunter2"), "the session does not print its token");
    }
}
