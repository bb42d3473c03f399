//! Where tokens are kept without a keychain: sealed files and the kernel's memory.

use std::os::unix::fs::PermissionsExt as _;

use expect_test::expect;
use landfall_tests::program::Program;

use super::served::{EXPORT, Served, TOKEN, add};

fn mode(program: &Program, path: &str) -> u32 {
    std::fs::metadata(program.home().join(path)).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn key_file_and_sealed_token_are_for_the_user_alone() {
    let served = Served::with("");
    let program = served.connected();
    for (path, expected) in
        [("secrets", 0o700), ("secrets/key", 0o600), ("secrets/demo.sealed", 0o600), ("connections/demo.toml", 0o600)]
    {
        assert_eq!(mode(&program, path), expected, "{path}");
    }
    let ran = program
        .run(&[
            "connect",
            "add",
            "demo",
            "--connector",
            "report-exports",
            "--url",
            &served.url(),
            "--token-env",
            "TOKEN",
            "--secrets",
            "file",
        ])
        .ended(0);
    expect![[r#"
        Connection demo changed; its token is kept in a file sealed with the key file [DIR]/home/secrets/key, which only you can read
    "#]].assert_eq(&program.tidy(&ran.stdout));
    program.run(&EXPORT).ended(0);
    program.run(&["connect", "remove", "demo"]).ended(0);
    assert!(!program.home().join("secrets/demo.sealed").exists(), "its token goes with the connection");
}

#[test]
fn key_file_that_is_lost_or_changed_is_told() {
    let served = Served::with("");
    let program = served.connected();
    std::fs::write(program.home().join("secrets/key"), [1; 32]).expect("it can be changed");
    let ran = program.run(&["connect", "test", "demo"]).ended(8);
    expect![[r#"
        landfall: The sealed token in [DIR]/home/secrets/demo.sealed cannot be opened (EXPORT_008 AUTHENTICATION_ERROR)
          what to do: Sign in again with `landfall connect add`
    "#]]
    .assert_eq(&program.told(&ran));
    std::fs::remove_file(program.home().join("secrets/key")).expect("it can be removed");
    let ran = program.run(&["connect", "test", "demo"]);
    assert!(ran.status == 8 && !ran.stderr.contains("os error"), "{}: {}", ran.status, ran.stderr);
}

#[test]
fn pass_phrase_opens_what_it_sealed_and_no_other_does() {
    let served = Served::with("");
    let program = Program::new().with("TOKEN", TOKEN).with("LANDFALL_PASSPHRASE", "correct horse");
    add(&program, "demo", &served.url(), "report-exports");
    assert!(!program.home().join("secrets/key").exists(), "a pass phrase needs no key file");
    program.run(&["connect", "test", "demo"]).ended(0);

    let program = program.with("LANDFALL_PASSPHRASE", "wrong horse");
    let ran = program.run(&["connect", "test", "demo"]).ended(8);
    expect![[r#"
        landfall: The pass phrase does not open the sealed token (EXPORT_008 AUTHENTICATION_ERROR)
          what to do: Set LANDFALL_PASSPHRASE to the pass phrase it was sealed with
    "#]]
    .assert_eq(&program.told(&ran));

    let program = program.without("LANDFALL_PASSPHRASE");
    let ran = program.run(&["connect", "test", "demo"]).ended(8);
    expect![[r#"
        landfall: The token is sealed with a pass phrase (EXPORT_008 AUTHENTICATION_ERROR)
          what to do: Set LANDFALL_PASSPHRASE to the pass phrase and try again
    "#]]
    .assert_eq(&program.told(&ran));

    // A job that was asked for without it waits, and lands when it is there.
    let ran = program.run(&EXPORT).ended(8);
    assert!(ran.stderr.contains("next: landfall recover"), "{}", ran.stderr);
    let program = program.with("LANDFALL_PASSPHRASE", "correct horse");
    program.run(&["recover"]).ended(0);
}

#[test]
fn sealed_token_that_was_cut_short_is_told() {
    let served = Served::with("");
    let program = served.connected();
    let file = program.home().join("secrets/demo.sealed");
    for rubbish in ["", "{}", "{\"version\":1,\"key\":\"file\",\"nonce\":\"AAAA\",\"sealed\":\"AAAA\"}"] {
        std::fs::write(&file, rubbish).expect("it can be written");
        let ran = program.run(&["connect", "test", "demo"]).ended(8);
        assert!(ran.stderr.contains("cannot be opened"), "{rubbish:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("what to do: Sign in again with `landfall connect add`"), "{}", ran.stderr);
    }
}

#[test]
fn place_of_a_token_that_changes_leaves_none_behind() {
    let served = Served::with("");
    let program = served.connected();
    let session = [
        "connect",
        "add",
        "demo",
        "--connector",
        "report-exports",
        "--url",
        &served.url(),
        "--token-env",
        "TOKEN",
        "--secrets",
        "session",
    ];
    let ran = program.run(&session);
    if ran.status == 0 {
        assert!(!program.home().join("secrets/demo.sealed").exists(), "the sealed token of before is gone");
        program.run(&["connect", "test", "demo"]).ended(0);
        program.run(&["connect", "remove", "demo"]).ended(0);
    } else {
        // Some sandboxes forbid the kernel's keyrings; then it says so, and the token of before still works.
        assert_eq!(ran.status, 8, "{}", ran.stderr);
        assert!(ran.stderr.starts_with("landfall: The kernel's session keyring "), "{}", ran.stderr);
        assert!(ran.stderr.contains("what to do: Use --secrets file instead"), "{}", ran.stderr);
        program.run(&["connect", "test", "demo"]).ended(0);
    }
}

#[test]
fn several_secrets_are_piped_in_by_name_and_sealed_together() {
    const ADD: [&str; 8] =
        ["connect", "add", "packs", "--connector", "package-exports", "--url", "http://127.0.0.1:9", "--secrets"];
    let program = Program::new().with("CLIENT", "mark-client-7");
    let add = |more: &[&str], input: &str| program.run_with(&[&ADD[..], &["file"], more].concat(), input);

    let ran = add(&[], "").ended(2);
    assert!(ran.stderr.contains("needs a token"), "{}", ran.stderr);
    let ran = add(&["--secret", "client_secret"], "client_secret=mark-secret-7\n").ended(2);
    assert!(ran.stderr.contains("client_id, client_secret (oauth2)"), "{}", ran.stderr);
    let ran = add(&["--secret", "password"], "password=mark-secret-7\n").ended(2);
    assert!(ran.stderr.contains("takes no secret \"password\""), "{}", ran.stderr);
    let ran = add(&["--secret", "client_id", "--secret", "client_secret"], "client_id=a\n").ended(2);
    assert!(ran.stderr.contains("no line client_secret=…"), "{}", ran.stderr);
    let ran = add(&["--token-env", "CLIENT", "--allow-host", "evil.example"], "").ended(2);
    assert!(ran.stderr.contains("does not list the host \"evil.example\""), "{}", ran.stderr);
    assert!(!program.home().join("connections/packs.toml").exists(), "nothing is written before all is right");

    let given = ["--secret-env", "client_id=CLIENT", "--secret", "client_secret"];
    let ran = add(&given, "client_secret=mark-secret-7\n").ended(0);
    let mut seen = format!("{}{}", ran.stdout, ran.stderr);
    for file in ["secrets/packs.sealed", "connections/packs.toml"] {
        let bytes = std::fs::read(program.home().join(file)).expect("it is there");
        seen.push_str(&String::from_utf8_lossy(&bytes));
    }
    assert!(!seen.contains("mark-"), "no secret is shown or kept in clear: {seen}");
    // The server is not there: what can be opened is tried, and what is told holds no secret.
    let ran = program.run(&["-vvv", "connect", "test", "packs"]);
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert!(ran.status == 7 && !told.contains("mark-") && !told.contains("bWFyay"), "{}: {told}", ran.status);
}
