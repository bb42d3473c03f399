//! Starting: bad options get one clear sentence, and the data folder remembers what it must.

use landfall_service::{Options, Service, StartError, User, UserError};

fn options(data: &std::path::Path) -> Options {
    Options { pace: 0.0, ..Options::new(data) }
}

#[tokio::test]
async fn without_users_it_makes_one_and_keeps_its_token() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(options(data.path())).await.unwrap();
    let users = service.users().to_vec();
    assert_eq!(users.len(), 1);
    assert_eq!(users[0].token().len(), 48);
    assert!(!format!("{users:?}").contains(users[0].token()), "a token does not print");
    service.stop().await;
    let service = Service::start(options(data.path())).await.unwrap();
    assert_eq!(service.users(), users, "a restart signs nobody out");
}

#[tokio::test]
async fn two_services_do_not_share_a_folder() {
    let data = tempfile::tempdir().unwrap();
    let first = Service::start(options(data.path())).await.unwrap();
    let second = Service::start(options(data.path())).await;
    assert!(matches!(second, Err(StartError::InUse)), "{second:?}");
    first.stop().await;
    assert!(Service::start(options(data.path())).await.is_ok(), "one after the other they do");
}

#[tokio::test]
async fn bad_options_are_refused_with_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    let twice = vec![User::new("anna", "t"), User::new("bert", "t")];
    let file = data.path().join("file");
    std::fs::write(&file, "").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let base = || options(&data.path().join("data"));
    let cases = [
        (Options { pace: -1.0, ..base() }, "from 0 up"),
        (Options { pace: f64::NAN, ..base() }, "from 0 up"),
        (Options { link_ttl: std::time::Duration::ZERO, ..base() }, "more than no time"),
        (
            Options { token_ttl: std::time::Duration::ZERO, ..base() },
            "access tokens must be good for more than no time",
        ),
        (Options { look: std::time::Duration::ZERO, ..base() }, "rest for a moment"),
        (Options { users: twice, ..base() }, "another user has too"),
        (Options { users: vec![User::new("anna", "with blank")], ..base() }, "visible ASCII"),
        (Options { data: file, ..base() }, "choose a folder that can be written"),
        (Options { port, ..base() }, "choose another, or 0 for any"),
    ];
    for (options, said) in cases {
        let error = Service::start(options).await.unwrap_err().to_string();
        assert!(error.contains(said), "{error} says {said}");
    }
    assert_eq!("anna".parse::<User>(), Err(UserError::Form));
    for text in ["=t", "anna="] {
        let user = text.parse::<User>().unwrap();
        let error = Service::start(Options { users: vec![user], ..base() }).await.unwrap_err().to_string();
        assert!(error.contains("NAME=TOKEN"), "{text}: {error}");
    }
}

#[tokio::test]
async fn a_newer_or_broken_database_is_refused_and_left_alone() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("service.sqlite3");
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Service::start(options(data.path())).await.unwrap_err().to_string();
    assert!(error.contains("newer version"), "{error}");
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "this is no database, but long enough to be taken for one".repeat(100)).unwrap();
    let before = std::fs::read(&file).unwrap();
    let error = Service::start(options(data.path())).await.unwrap_err().to_string();
    assert!(error.contains("cannot be used"), "{error}");
    assert!(std::fs::read(&file).unwrap() == before, "it is not overwritten");
}
