//! A display of its own, a session bus, a window manager, and the app in it, driven through WebDriver as a person would.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// Nothing that a person waits for takes longer; what does, hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A program that ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The machine of one person: a screen and a session, with nothing of the real one.
pub(crate) struct Desk {
    root: tempfile::TempDir,
    display: String,
    bus: String,
    _programs: Vec<Ended>,
}

impl Desk {
    /// A screen of 1280 by 800 with a window manager and no notification service.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        let mut screen = Command::new("Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
        let (screen, display) = said(screen);
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"]);
        let (bus, address) = said(bus);
        let mut desk = Self { root, display: format!(":{display}"), bus: address, _programs: vec![screen, bus] };
        let manager = desk.command("openbox").stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        desk._programs.push(Ended(manager.expect("openbox is installed")));
        desk
    }

    /// A command in this person's session.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let below = |name: &str| {
            let folder = self.root.path().join(name);
            std::fs::create_dir_all(&folder).expect("a folder can be made");
            folder
        };
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("DBUS_SYSTEM_BUS_ADDRESS", &self.bus)
            .env("HOME", self.root.path())
            .env("XDG_CONFIG_HOME", below("config"))
            .env("XDG_DATA_HOME", below("data"))
            .env("XDG_CACHE_HOME", below("cache"))
            .env("XDG_RUNTIME_DIR", below("run"))
            .env("LANDFALL_HOME", self.home())
            .env("LANG", "en_US.UTF-8")
            .env("NO_AT_BRIDGE", "1")
            .env_remove("WAYLAND_DISPLAY")
            .current_dir(self.root.path());
        command
    }

    /// Where the app keeps everything.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("landfall")
    }

    /// Everything of this person.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// The session bus.
    pub(crate) fn bus(&self) -> &str {
        &self.bus
    }

    /// A picture of the whole screen, kept by that name for the eye.
    pub(crate) fn picture(&self, name: &str) {
        let path = pictures().join(format!("{name}.png"));
        let taken = self.command("import").args(["-window", "root"]).arg(&path).status();
        assert!(taken.is_ok_and(|status| status.success()), "a picture of the screen can be taken");
    }

    /// The app, started so, in a window that a test can use.
    pub(crate) async fn open(&self, args: &[&str]) -> Window {
        let (port, native) = (free_port(), free_port());
        let mut driver = self.command("tauri-driver");
        driver.args(["--port", &port.to_string(), "--native-port", &native.to_string()]);
        let driver =
            Ended(driver.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("tauri-driver is installed"));
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("browserName".into(), json!("wry"));
        capabilities.insert("tauri:options".into(), json!({ "application": binary(), "args": args }));
        let address = format!("http://127.0.0.1:{port}");
        let opened = async {
            loop {
                let mut builder = ClientBuilder::new(HttpConnector::new());
                match builder.capabilities(capabilities.clone()).connect(&address).await {
                    Ok(client) => return client,
                    // The driver is not there yet.
                    Err(
                        fantoccini::error::NewSessionError::Lost(_) | fantoccini::error::NewSessionError::Failed(_),
                    ) => {
                        tokio::task::yield_now().await;
                    }
                    Err(error) => panic!("the window opens: {error}"),
                }
            }
        };
        let client = tokio::time::timeout(LIMIT, opened).await.expect("the window opens in time");
        Window { client, _driver: driver }
    }
}

/// The app's window.
pub(crate) struct Window {
    client: Client,
    _driver: Ended,
}

impl Window {
    /// The first thing that a person can press by that name.
    pub(crate) async fn press(&self, name: &str) {
        let button = self.waited(&pressable(name)).await;
        button.click().await.unwrap_or_else(|error| panic!("{name:?} can be pressed: {error}"));
    }

    /// Waits until a person can read these words.
    pub(crate) async fn reads(&self, words: &str) {
        let quoted = quoted(words);
        self.waited(&format!("//body//*[not(self::script)][contains(normalize-space(.), {quoted})]")).await;
    }

    /// Whether a person can read these words now.
    pub(crate) async fn shows(&self, words: &str) -> bool {
        self.text().await.contains(words)
    }

    /// Waits until these words are gone.
    pub(crate) async fn no_longer_reads(&self, words: &str) {
        let gone = async {
            while self.shows(words).await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LIMIT, gone).await.unwrap_or_else(|_| panic!("{words:?} is gone in time"));
    }

    /// All that can be read.
    pub(crate) async fn text(&self) -> String {
        let text = self.script("return document.body.innerText").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Types into the field of that label, in place of what is there.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let label = quoted(label);
        let by_label = format!(
            "//*[self::input or self::textarea or self::select][@aria-label={label} or @id=//label[starts-with(normalize-space(.), {label})]/@for]"
        );
        let field = self.waited(&by_label).await;
        field.clear().await.expect("a field can be emptied");
        field.send_keys(text).await.expect("a field can be typed into");
    }

    /// Presses a key, wherever the focus is.
    pub(crate) async fn key(&self, key: Key) {
        self.keys(&char::from(key).to_string()).await;
    }

    /// Types, wherever the focus is.
    pub(crate) async fn keys(&self, text: &str) {
        let focused = self.client.active_element().await.expect("something has the focus");
        focused.send_keys(text).await.expect("what has the focus can be typed into");
    }

    /// Runs a script in the page.
    pub(crate) async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Keeps a picture of the window by that name for the eye.
    pub(crate) async fn picture(&self, name: &str) {
        let bytes = self.client.screenshot().await.expect("a picture can be taken");
        std::fs::write(pictures().join(format!("{name}.png")), bytes).expect("a picture can be kept");
    }

    /// Ends the session and with it the app.
    pub(crate) async fn close(self) {
        let _ = self.client.close().await;
    }

    async fn waited(&self, path: &str) -> Element {
        let waited = self.client.wait().at_most(LIMIT).for_element(Locator::XPath(path)).await;
        match waited {
            Ok(element) => element,
            Err(error) => panic!("{path} is not there: {error}\n{}", self.text().await),
        }
    }
}

/// Buttons, links, menu items, options and tabs of that name.
fn pressable(name: &str) -> String {
    let name = quoted(name);
    let roles = "self::button or self::a or self::summary or @role='button' or @role='menuitem' or @role='option' or @role='tab' or @role='row' or @role='radio' or self::label";
    format!("//*[{roles}][@aria-label={name} or normalize-space(.)={name}]")
}

/// A text as XPath writes it.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}

/// Starts a program and gives the first line that it says.
fn said(mut command: Command) -> (Ended, String) {
    let name = format!("{command:?}");
    let started = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = started.unwrap_or_else(|error| panic!("{name} is installed: {error}"));
    let mut line = String::new();
    let read = BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line);
    if read.is_err() || line.trim().is_empty() {
        let mut why = String::new();
        let _ = child.stderr.take().map(|mut stderr| stderr.read_to_string(&mut why));
        panic!("{name} says nothing: {why}");
    }
    (Ended(child), line.trim().to_owned())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("it has an address").port()
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
