//! What a setting shows, the engine does: the ways into the network, notifications, what leaves the list.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use landfall_desk::{Desk, DeskOptions};
use landfall_engine::clock::ManualClock;
use landfall_engine::home::Home;
use landfall_wire::{ConnectionSettings, NoticeKind, Settings};

use crate::bed::{Bed, Page};

#[tokio::test(flavor = "multi_thread")]
async fn proxy_that_is_set_is_asked_at_once_and_no_longer_when_it_is_taken_off() {
    let bed = Bed::new().await;
    bed.desk.unlock_secrets(crate::bed::PHRASE.into()).await.unwrap();
    // Nothing listens there, and it is none of the addresses of this machine that no proxy is asked for.
    let url = "http://127.0.0.2:9";
    let wanted = || {
        let mut wanted = bed.wanted("reports", "report-exports");
        url.clone_into(&mut wanted.settings.url);
        wanted
    };
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut line = String::new();
        BufReader::new(&mut stream).read_line(&mut line).unwrap();
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        line
    });
    let settings = bed.desk.settings().await.unwrap();
    bed.desk.save_settings(Settings { proxy: Some(address), ..settings.clone() }).await.unwrap();
    let through = bed.desk.add_connection(wanted()).await.unwrap_err();
    assert!(!through.message.contains("cannot be reached"), "the proxy answers: {through}");
    let line = asked.join().unwrap();
    assert!(line.starts_with(&format!("GET {url}/")), "asked as proxies are: {line}");
    bed.desk.save_settings(settings).await.unwrap();
    let straight = bed.desk.add_connection(wanted()).await.unwrap_err();
    assert!(straight.message.contains("cannot be reached"), "nobody is between: {straight}");
}

#[tokio::test(flavor = "multi_thread")]
async fn server_behind_its_own_authority_that_wants_a_certificate_is_reached_by_both() {
    let bed = Bed::new().await;
    let folder = bed.folder.path();
    let authority = Pair::of(folder, "authority", &[], None);
    let server = Pair::of(folder, "server", &["-addext", "subjectAltName=IP:127.0.0.1"], Some(&authority));
    let client = Pair::of(folder, "client", &[], Some(&authority));
    let identity = folder.join("identity.pem");
    let both = [std::fs::read(&client.certificate).unwrap(), std::fs::read(&client.key).unwrap()].concat();
    std::fs::write(&identity, both).unwrap();
    let (_running, url) = tls_server(&server, &authority);

    let settings = bed.desk.settings().await.unwrap();
    let wanted = || {
        let mut wanted = bed.wanted("reports", "report-exports");
        wanted.settings.url.clone_from(&url);
        wanted
    };
    bed.desk.unlock_secrets(crate::bed::PHRASE.into()).await.unwrap();
    let untrusted = bed.desk.add_connection(wanted()).await.unwrap_err();
    assert!(untrusted.message.contains("certificate is not trusted"), "{untrusted}");

    let trusting = Settings { certificate_authority: Some(authority.certificate.display().to_string()), ..settings };
    bed.desk.save_settings(trusting.clone()).await.unwrap();
    let unknown = bed.desk.add_connection(wanted()).await.unwrap_err();
    assert!(!unknown.message.contains("not trusted"), "the server is trusted, and wants to know who asks: {unknown}");

    let known = Settings { client_certificate: Some(identity.display().to_string()), ..trusting };
    bed.desk.save_settings(known).await.unwrap();
    // The server is none of ours: that its page could be read at all is what the certificate did.
    match bed.desk.add_connection(wanted()).await {
        Ok(_) => {}
        Err(failure) => assert!(failure.message.contains("cannot be read"), "{failure}"),
    }
}

/// A certificate and its key, in PEM form.
struct Pair {
    certificate: std::path::PathBuf,
    key: std::path::PathBuf,
}

impl Pair {
    fn of(folder: &Path, name: &str, more: &[&str], issuer: Option<&Self>) -> Self {
        let pair = Self { certificate: folder.join(format!("{name}.pem")), key: folder.join(format!("{name}.key")) };
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
        openssl.args(["-subj", &format!("/CN={name}")]).args(more).arg("-out").arg(&pair.certificate);
        openssl.arg("-keyout").arg(&pair.key).stderr(Stdio::null());
        if let Some(issuer) = issuer {
            openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
            openssl.arg("-CA").arg(&issuer.certificate).arg("-CAkey").arg(&issuer.key);
        }
        assert!(
            openssl.status().expect("openssl is installed").success(),
            "openssl makes it: `.ci/need certificates` installs it"
        );
        pair
    }
}

/// A server that only talks to those whom its authority vouches for.
fn tls_server(server: &Pair, authority: &Pair) -> (Ended, String) {
    let port = free_port();
    let mut openssl = Command::new("openssl");
    openssl.args(["s_server", "-www", "-Verify", "1", "-verify_return_error", "-accept", &format!("127.0.0.1:{port}")]);
    openssl
        .arg("-cert")
        .arg(&server.certificate)
        .arg("-key")
        .arg(&server.key)
        .arg("-CAfile")
        .arg(&authority.certificate);
    let running =
        Ended(openssl.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"));
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::yield_now();
    }
    (running, format!("https://127.0.0.1:{port}"))
}

/// A port that nobody uses now.
fn free_port() -> u16 {
    let taken = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    taken.expect("there is one").port()
}

/// Ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_that_are_switched_off_are_kept_for_the_window_and_told_to_nobody() {
    let bed = Bed::new().await;
    bed.connect("reports", "report-exports").await;
    let settings = Settings { notify_landed: false, ..bed.desk.settings().await.unwrap() };
    bed.desk.save_settings(settings.clone()).await.unwrap();
    let mut told = bed.desk.notices();
    let first = bed.landed_report("csv").await;
    let mut page = Page::open(&bed.desk);
    page.until_around(|around| around.notices.iter().any(|notice| notice.job.as_ref() == Some(&first.id))).await;
    bed.desk.save_settings(Settings { notify_landed: true, ..settings }).await.unwrap();
    let second = bed.landed_report("pdf").await;
    let notice = told.recv().await.unwrap();
    assert_eq!((notice.kind, notice.job.as_ref()), (NoticeKind::Landed, Some(&second.id)), "the first was not told");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lands_right_before_the_end_is_told_by_the_window_at_the_next_start() {
    let bed = Bed::new().await;
    bed.connect("reports", "report-exports").await;
    let row = bed.landed_report("csv").await;
    let bed = bed.restart().await;
    let mut page = Page::open(&bed.desk);
    page.until_around(|around| around.notices.iter().any(|notice| notice.job.as_ref() == Some(&row.id))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_out_of_reach_is_no_longer_said_to_be_so_on_another_network() {
    let bed = Bed::new().await;
    let view = bed.connect("reports", "report-exports").await;
    let mut page = Page::open(&bed.desk);
    let nowhere = ConnectionSettings { url: "http://127.0.0.1:1/".into(), ..view.settings };
    bed.desk.change_connection("reports".into(), nowhere, true).await.unwrap();
    page.until_around(|around| around.offline).await;
    bed.desk.look_again().await.unwrap();
    page.until_around(|around| !around.offline).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_landed_long_ago_leaves_the_list_and_its_file_stays() {
    let bed = Bed::new().await;
    bed.connect("reports", "report-exports").await;
    let row = bed.landed_report("csv").await;
    let path = bed.desk.path_of(row.id.clone(), 0).await.unwrap();
    let Bed { folder, service: _service, desk } = bed;
    crate::bed::end(desk).await;

    let clock = ManualClock::at(row.updated_at + Duration::from_hours(20));
    let home = Home::at(folder.path().join("home")).unwrap();
    let options = DeskOptions { clock: Arc::new(clock.clone()), ..DeskOptions::new(home, "1", folder.path()) };
    let desk = Desk::start(options).await.unwrap();
    desk.save_settings(Settings { keep_days: Some(1), ..desk.settings().await.unwrap() }).await.unwrap();
    let mut page = Page::open(&desk);
    page.draw().await;
    assert!(page.rows.contains_key(&row.id), "not a day has passed");
    clock.advance(Duration::from_hours(5));
    while page.rows.contains_key(&row.id) {
        clock.advance(Duration::from_millis(100));
        page.draw().await;
    }
    assert!(path.exists(), "it is the list that forgets");
}
