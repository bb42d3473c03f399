//! The real keychain, headless: a session bus and gnome-keyring of the test's own.

use super::served::{EXPORT, Served, TOKEN};
use landfall_tests::program::{Program, walk};

#[test]
fn keychain_keeps_the_token_and_gives_it_back() {
    for (tool, package) in [("dbus-run-session", "dbus"), ("gnome-keyring-daemon", "gnome-keyring")] {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .any(|folder| folder.join(tool).is_file());
        assert!(found, "{tool} is missing: install the package {package} (as root: apt-get install {package})");
    }
    let served = Served::with("");
    let program = Program::new().with("TOKEN", TOKEN);
    let runtime = program.folder().join("runtime");
    std::fs::create_dir(&runtime).expect("a folder can be made");
    let program = program.with("XDG_RUNTIME_DIR", &runtime.to_string_lossy());
    let script = format!(
        r#"
set -e
printf pw | gnome-keyring-daemon --unlock --components=secrets >daemon.out 2>&1
"$LANDFALL" connect add demo --connector report-exports --url {url} --token-env TOKEN
"$LANDFALL" connect test demo
unset TOKEN
"$LANDFALL" {export} --to files
"$LANDFALL" doctor
"$LANDFALL" connect remove demo
"$LANDFALL" connect add demo --connector report-exports --url {url} --token-env TOKEN || echo "no token: $?"
"#,
        url = served.url(),
        export = EXPORT.join(" "),
    );
    std::fs::write(program.here().join("life.sh"), script).expect("a file can be written");
    let ran = program.script("exec dbus-run-session -- sh life.sh").ended(0);
    let out = program.tidy(&ran.stdout);
    assert!(
        out.contains("Connection demo added; its token is kept in the system's keychain"),
        "it is the default: {out}"
    );
    assert!(out.contains("demo: the server accepts the sign-in"), "{out}");
    assert!(out.contains("good   keychain: answers"), "{out}");
    assert!(out.contains("Connection demo and its token removed"), "{out}");
    assert!(out.contains("no token: 2"), "the token came from the keychain, since the environment has none: {out}");
    assert_eq!(std::fs::read_dir(program.here().join("files")).map_or(0, Iterator::count), 1, "the export has landed");
    assert!(!program.home().join("secrets").exists(), "no sealed file was made");
    walk(program.folder(), &mut |path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        let name = path.display();
        assert!(!bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()), "the token stands in {name}");
    });
}
