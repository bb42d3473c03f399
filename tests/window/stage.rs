//! A display of its own, a session bus, a window manager, and the app in it, as one person has them.

pub(crate) mod app;
mod drag;
mod hosts;
mod keys;
mod login;
mod many;
mod programs;
mod window;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use landfall_service::{Options, Service, User};
use landfall_tests::testbed::token_of;
use serde_json::Value;

pub(crate) use keys::{Chord, Key};
pub(crate) use many::SCROLL;
use programs::{Ended, said};
pub(crate) use window::Window;

/// Nothing that a person waits for takes longer; what does, hangs.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(25);

/// The variable that carries the token to `connect add`.
const TOKEN: &str = "LANDFALL_TEST_TOKEN";

/// The machine of one person: a screen and a session, with nothing of the real one.
pub(crate) struct Desk {
    // Before the folder: they end before what they write to goes.
    programs: Vec<Ended>,
    display: String,
    bus: String,
    root: tempfile::TempDir,
}

impl Desk {
    /// A screen of 1280 by 800 with a window manager, and neither tray nor notification service.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        let mut screen = Command::new("Xvfb");
        // Without the last, it begins anew when its last client leaves, and turns away who comes at that moment.
        screen.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]);
        let (screen, display) = said(screen);
        let config = root.path().join("bus.conf");
        std::fs::write(&config, BUS).expect("a file can be written");
        let mut bus = Command::new("dbus-daemon");
        bus.arg(format!("--config-file={}", config.display())).args(["--nofork", "--nopidfile", "--print-address=1"]);
        let (bus, address) = said(bus);
        let mut desk = Self { root, display: format!(":{display}"), bus: address, programs: vec![bus, screen] };
        let folders = desk.below("config").join("user-dirs.dirs");
        std::fs::write(folders, "XDG_DOWNLOAD_DIR=\"$HOME/Downloads\"\n").expect("a file can be written");
        std::fs::create_dir(desk.downloads()).expect("a folder can be made");
        let mut manager = desk.command("openbox");
        desk.programs.insert(0, Ended::start(manager.arg("--sm-disable")));
        desk
    }

    /// A command in this person's session.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("DBUS_SYSTEM_BUS_ADDRESS", &self.bus)
            .env("HOME", self.root.path())
            .env("XDG_CONFIG_HOME", self.below("config"))
            .env("XDG_DATA_HOME", self.below("data"))
            .env("XDG_CACHE_HOME", self.below("cache"))
            .env("XDG_RUNTIME_DIR", self.below("run"))
            .env("LANDFALL_HOME", self.home())
            .env("LANG", "en_US.UTF-8")
            .env("NO_AT_BRIDGE", "1")
            .env("PATH", self.programs())
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XDG_CURRENT_DESKTOP")
            .current_dir(self.root.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Where the app keeps everything.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("landfall")
    }

    /// The person's folder for downloads.
    pub(crate) fn downloads(&self) -> PathBuf {
        self.root.path().join("Downloads")
    }

    /// The files that a person sees in the folder for downloads.
    pub(crate) fn landed(&self) -> Vec<String> {
        let mut names = landfall_tests::testbed::names_in(&self.downloads());
        names.retain(|name| !name.starts_with('.'));
        names
    }

    /// Bytes in the folder for downloads, what is on its way included.
    pub(crate) fn bytes_on_disk(&self) -> u64 {
        let files = std::fs::read_dir(self.downloads()).expect("the folder is there").flatten();
        files.filter_map(|file| file.metadata().ok()).map(|about| about.len()).sum()
    }

    /// The session bus.
    pub(crate) async fn bus(&self) -> zbus::Connection {
        let builder = zbus::connection::Builder::address(self.bus.as_str()).expect("an address");
        builder.build().await.expect("the bus is there")
    }

    /// What the person has set before, by the names of the settings.
    pub(crate) fn has_set(&self, settings: &Value) {
        std::fs::create_dir_all(self.home()).expect("a folder can be made");
        std::fs::write(self.home().join("settings.json"), settings.to_string()).expect("a file can be written");
    }

    /// A service for the user `anna`, as fast as it goes; `change` what the test is about.
    pub(crate) async fn service(&self, change: impl FnOnce(&mut Options)) -> Service {
        let users = vec![User::new("anna", token_of("anna"))];
        let mut options = Options { pace: 0.0, users, ..Options::new(self.root.path().join("service")) };
        change(&mut options);
        Service::start(options).await.expect("the service starts")
    }

    /// Connects to that kind of system under its own name, before the app is started.
    pub(crate) fn connect(&self, connector: &str, service: &Service) {
        self.connect_by(connector, service, &token_of("anna"));
    }

    /// The same with any token.
    pub(crate) fn connect_by(&self, connector: &str, service: &Service, token: &str) {
        self.connect_as(connector, connector, service, token);
    }

    /// The same under any name.
    pub(crate) fn connect_as(&self, name: &str, connector: &str, service: &Service, token: &str) {
        connected(self.adding(name, connector, service).env(TOKEN, token));
    }

    /// The same with a sign-in that is sealed by a pass phrase.
    pub(crate) fn connect_sealed(&self, connector: &str, service: &Service, phrase: &str) {
        let mut command = self.adding(connector, connector, service);
        connected(command.env(TOKEN, token_of("anna")).env("LANDFALL_PASSPHRASE", phrase));
    }

    fn adding(&self, name: &str, connector: &str, service: &Service) -> Command {
        let mut command = self.command(landfall_tests::testbed::binary());
        command.args(["connect", "add", name, "--connector", connector, "--url", &service.url()]);
        command.args(["--secrets", "file", "--token-env", TOKEN]);
        command
    }

    /// Runs the command line to its end, with its files in the folder for downloads. The test's own service answers meanwhile.
    pub(crate) async fn export(&self, connection: &str, params: &[&str]) {
        let mut command = self.command(landfall_tests::testbed::binary());
        command.args(["export", connection]).args(params).arg("--to").arg(self.downloads());
        let ran = tokio::task::spawn_blocking(move || command.stderr(Stdio::piped()).output()).await;
        let ran = ran.expect("it is waited for").expect("the command line can be run");
        assert!(ran.status.success(), "an export lands: {}", String::from_utf8_lossy(&ran.stderr));
    }

    /// The command line at work on an export that lands in the folder for downloads.
    pub(crate) fn exporting(&self, connection: &str, params: &[&str]) -> Ended {
        let mut command = self.command(landfall_tests::testbed::binary());
        Ended::start(command.args(["export", connection]).args(params).arg("--to").arg(self.downloads()))
    }

    /// The app in a window that a test can use, with so small a disk under the folder for downloads.
    pub(crate) async fn open_on_a_small_disk(&self, size: &str) -> Window {
        let program = self.below("bin").join("landfall-on-a-small-disk");
        let mount = format!("mount -t tmpfs -o size={size} tmpfs '{}'", self.downloads().display());
        let script = format!(
            "#!/bin/sh\nexec unshare -Urm sh -c \"{mount} && exec '{}' \\\"\\$@\\\"\" sh \"$@\"\n",
            binary().display()
        );
        write_program(&program, &script);
        self.open_by(&program, &[]).await
    }

    /// Makes that disk another size.
    pub(crate) fn resize_the_small_disk(&self, size: &str) {
        let app = self.app_process().expect("the app runs").to_string();
        let mut inside = Command::new("nsenter");
        inside.args(["--target", &app, "--user", "--mount", "--preserve-credentials"]);
        inside.args(["mount", "-o", &format!("remount,size={size}")]).arg(self.downloads());
        assert!(inside.status().is_ok_and(|status| status.success()), "the disk can be made larger");
    }

    /// A notification service that people have: dunst.
    pub(crate) fn dunst(&mut self) {
        let mut dunst = self.command("dunst");
        self.programs.insert(0, Ended::start(dunst.arg("-conf").arg("/dev/null")));
    }

    /// What the command line says of all jobs, newest first.
    pub(crate) fn jobs(&self) -> Vec<Value> {
        let mut command = self.command(landfall_tests::testbed::binary());
        let ran = command.args(["jobs", "--json"]).stdout(Stdio::piped()).output().expect("it can be run");
        let jobs: Value = serde_json::from_slice(&ran.stdout).expect("the list is JSON");
        jobs.as_array().expect("the list is an array").clone()
    }

    /// Waits until the command line says of all jobs that they are in that phase; gives them.
    pub(crate) async fn jobs_are(&self, phase: &str, count: usize) -> Vec<Value> {
        let mut phases = std::collections::BTreeMap::new();
        let reached = until_or_none(async || {
            let jobs = self.jobs();
            phases.clear();
            for job in &jobs {
                *phases.entry(job["phase"].to_string()).or_insert(0) += 1;
            }
            (jobs.len() == count && jobs.iter().all(|job| job["phase"] == phase)).then_some(jobs)
        })
        .await;
        reached.unwrap_or_else(|| panic!("{count} jobs are {phase}, but after {LIMIT:?} they are {phases:?}"))
    }

    /// A picture of the whole screen, kept by that name for the eye.
    pub(crate) fn picture(&self, name: &str) {
        let path = pictures().join(format!("{name}.png"));
        let taken = self.command("import").args(["-window", "root"]).arg(&path).status();
        assert!(taken.is_ok_and(|status| status.success()), "a picture of the screen can be taken");
    }

    /// Opens files by a program that only writes down which; gives where.
    pub(crate) fn opens_files(&self) -> PathBuf {
        let (program, opened) = (self.below("bin").join("xdg-open"), self.root.path().join("opened"));
        let script = format!("#!/bin/sh\nprintf %s \"$1\" > '{0}.part' && mv '{0}.part' '{0}'\n", opened.display());
        write_program(&program, &script);
        opened
    }

    /// Where programs are found: this person's own first.
    fn programs(&self) -> std::ffi::OsString {
        let mut programs = self.below("bin").into_os_string();
        programs.push(":");
        programs.push(std::env::var_os("PATH").unwrap_or_default());
        programs
    }

    fn below(&self, name: &str) -> PathBuf {
        let folder = self.root.path().join(name);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        folder
    }

    /// Everything of this person.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }
}

/// Everything may talk to everything, and nothing is started by the bus: what is not there is missing.
const BUS: &str = include_str!("../bus.conf");

/// Looks until there is something to see; fails when it takes too long.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    until_or_none(look).await.unwrap_or_else(|| panic!("{what}: not within {LIMIT:?}"))
}

async fn until_or_none<T>(mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let seen = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(LIMIT, seen).await.ok()
}

fn connected(command: &mut Command) {
    let ran = command.stderr(Stdio::piped()).output().expect("the command line can be run");
    assert!(ran.status.success(), "a connection can be added: {}", String::from_utf8_lossy(&ran.stderr));
}

fn write_program(path: &Path, script: &str) {
    std::fs::write(path, script).expect("a file can be written");
    let all = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path, all).expect("it can be made a program");
}

/// The app under test, as `make test` built it.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("LANDFALL_DESKTOP_BIN")
        .map_or_else(|| panic!("LANDFALL_DESKTOP_BIN names the app; `make test` builds it and sets it"), PathBuf::from)
}

/// Where pictures are kept for the eye.
fn pictures() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/pictures");
    std::fs::create_dir_all(&folder).expect("the folder of pictures can be made");
    folder
}
