//! T9 for sign-ins of other kinds: a session with password, cookie and CSRF token, and a key in the query of every request,
//! by connectors of a person's own. What they carry reaches the server, and nothing else.

use std::fmt::Write as _;

use landfall_tests::hostile::{Hostile, Object, Reply, Request};
use landfall_tests::program::{Program, Ran};

use super::marks::Marks;

const PASSWORD: &str = "T9MARK-password/9x+8y=7z66";
const COOKIE: &str = "T9MARK-cookie-0123456789abcdef";
const CSRF: &str = "T9MARK-csrf-fedcba9876543210";
const KEY: &str = "T9MARK-query/5a+4b=3c22";

const REST: &str = r#"
[submit]
post = "/jobs"
json = { what = "{{ params.what }}" }
id = "body.id"
[follow.poll]
get = "/jobs/{{ job.id }}"
every = "100ms"
state = "body.state"
[states]
waiting = ["waiting"]
ready = ["done"]
failed = ["failed"]
[resolve]
url = "body.url"
size = "body.size"
[[param]]
name = "what"
type = "text"
required = true
"#;

const SESSION: &str = r#"
format = 1
id = "session"
name = "Session"
kind = "data"
[connection]
auth = ["session"]
relogin_on = [401]
[[connection.login]]
get = "/login"
csrf = { from = "html", name = "csrf_token", header = "X-CSRFToken" }
[[connection.login]]
post = "/login"
form = { user = "{{ secret.user }}", password = "{{ secret.password }}", csrf_token = "{{ csrf }}" }
done_when = "status == 302"
"#;

const QUERY: &str = r#"
format = 1
id = "query"
name = "Query"
kind = "data"
[connection]
auth = ["query"]
query = "api_key"
"#;

/// A server that keeps to both ways of signing in, loses each session once, and now and then says too much.
fn server() -> Hostile {
    let file = Object::new(3, 40_000);
    Hostile::start(move |request, number| {
        let path = request.target.split('?').next().unwrap_or_default();
        let is_in = request.header("cookie").is_some_and(|cookie| cookie.contains(COOKIE))
            || request.target.contains("api_key=T9MARK");
        let json = |status: u16, body: &str| {
            Reply::text(status, "Content-Type: application/json\r\nConnection: close\r\n", body).close()
        };
        match path {
            "/login" if request.header("content-type").is_none() => {
                let page = format!("<form><input type=hidden name=csrf_token value={CSRF}></form>");
                Reply::text(200, "Content-Type: text/html\r\nConnection: close\r\n", &page).close()
            }
            "/login" => {
                let cookie = format!("Location: /\r\nSet-Cookie: sid={COOKIE}; HttpOnly\r\nConnection: close\r\n");
                Reply::text(302, &cookie, "").close()
            }
            _ if !is_in => json(401, &format!("{{\"error\":\"who is {KEY}?\"}}")),
            // Words of a server that repeats what it was given.
            "/jobs" if number % 5 == 4 => json(401, &format!("{{\"error\":\"{} is over\"}}", request.target)),
            "/jobs" => json(202, "{\"id\":\"1\",\"state\":\"waiting\"}"),
            "/jobs/1" => json(200, "{\"state\":\"done\",\"url\":\"/file?sig=T9MARK-link-77\",\"size\":40000}"),
            "/file" => Reply::honest(&file, request).close(),
            other => panic!("{other} was not expected"),
        }
    })
}

struct Life {
    program: Program,
    said: String,
}

impl Life {
    fn run(&mut self, args: &[&str], input: &str) -> Ran {
        let ran = self.program.run_with(&[args, &["-vvv"]].concat(), input);
        let _ = writeln!(self.said, "{}\n{}", ran.stdout, ran.stderr);
        ran
    }

    fn connect(&mut self, id: &str, source: &str, url: &str, secrets: &[&str], input: &str) {
        std::fs::write(self.program.here().join("mine.toml"), [source, REST].concat()).expect("a file can be written");
        self.run(&["connectors", "add", "mine.toml"], "").ended(0);
        let add = ["connect", "add", id, "--connector", id, "--url", url, "--secrets", "file"];
        self.run(&[&add[..], secrets].concat(), input).ended(0);
    }
}

fn is_api(request: &Request) -> bool {
    request.target.starts_with("/jobs")
}

#[test]
fn marks_of_sessions_and_query_keys_are_found_nowhere() {
    let server = server();
    let url = server.url("/").to_string();
    let mut life = Life { program: Program::new(), said: String::new() };
    let secrets = format!("user=anna\npassword={PASSWORD}\n");
    life.connect("session", SESSION, &url, &["--secret", "user", "--secret", "password"], &secrets);
    life.connect("query", QUERY, &url, &["--token-stdin"], KEY);
    for connection in ["session", "query"] {
        for what in ["one", "two", "three"] {
            life.run(&["export", connection, &format!("what={what}"), "--patience", "10s"], "");
        }
        life.run(&["connect", "test", connection], "");
    }
    for id in life.program.job_ids() {
        life.run(&["show", &id, "--json"], "");
        life.run(&["receipt", &id, "--json"], "");
    }
    life.run(&["doctor", "--json"], "");

    let requests = server.requests();
    let carried = |words: &str| {
        requests.iter().filter(|request| is_api(request)).any(|request| format!("{request:?}").contains(words))
    };
    assert!(carried(COOKIE) && carried(CSRF), "the session was carried to the server");
    assert!(carried("api_key=T9MARK-query"), "and so was the key");
    let files = requests.iter().filter(|request| request.target.starts_with("/file"));
    assert!(files.clone().count() >= 2, "both ways have landed something: {}", life.said);
    let marks = Marks::of([PASSWORD, COOKIE, CSRF, KEY, "T9MARK-link-77"].map(str::to_owned));
    assert_eq!(marks.within(format!("Cookie: {COOKIE}").as_bytes()).len(), 1, "a mark is found where it is");
    assert_eq!(marks.within(life.said.as_bytes()), [""; 0], "nothing is said");
    assert_eq!(marks.below(life.program.folder()), [""; 0], "nothing is on the disk");
}
