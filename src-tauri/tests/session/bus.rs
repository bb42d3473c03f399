//! A bus of the test's own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Everything may talk to everything, and nothing is started by the bus: what is not there is missing.
const CONFIG: &str = include_str!("../../../tests/bus.conf");

/// Longer than any of this takes on a busy machine; only a test that fails waits so long.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

/// Says to the child that it is the one.
const INSIDE: &str = "LANDFALL_TEST_ON_PRIVATE_BUS";

/// Ends its process when dropped.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a test in a process of its own, whose session and system bus are one private bus: the libraries find theirs by the
/// environment, which a process must not change once it has threads.
pub(crate) fn on_private_bus(module: &str, name: &str, test: impl Future<Output = ()>) {
    if std::env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        return runtime.block_on(async {
            tokio::time::timeout(LIMIT, test).await.expect("what was waited for never came");
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("bus.conf");
    std::fs::write(&config, CONFIG).unwrap();
    let daemon = Command::new("dbus-daemon")
        .arg(format!("--config-file={}", config.display()))
        .args(["--nofork", "--nopidfile", "--print-address"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("dbus-daemon is needed (Debian: dbus)");
    let mut daemon = Reaped(daemon);
    let mut address = String::new();
    BufReader::new(daemon.0.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let (_, module) = module.split_once("::").expect("a module of this binary");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::{name}"), "--nocapture"])
        .env("DBUS_SESSION_BUS_ADDRESS", address.trim())
        .env("DBUS_SYSTEM_BUS_ADDRESS", address.trim())
        .env(INSIDE, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}{}", String::from_utf8_lossy(&child.stderr));
    assert!(said.contains("1 passed"), "the test was found by its name: {said}");
}

/// A test on a private bus.
macro_rules! on_bus {
    ($(#[$meta:meta])* async fn $name:ident() $body:block) => {
        $(#[$meta])*
        #[test]
        fn $name() {
            crate::bus::on_private_bus(module_path!(), stringify!($name), async $body);
        }
    };
}
pub(crate) use on_bus;
