//! The app's window, read and used as a person would.

use std::path::Path;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::error::NewSessionError;
use fantoccini::wd::TimeoutConfiguration;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::programs::{free_port, signal};
use super::{Desk, Ended, LIMIT, binary, pictures, until};

/// How often the page is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// A driver that has opened no window by then found its port taken by another: ports are only free when they are looked for.
const ANOTHER_DRIVER: Duration = Duration::from_secs(20);

/// The app's window with a driver.
pub(crate) struct Window {
    client: Client,
    _driver: Ended,
}

impl Desk {
    /// The app, started so, in a window that a test can use.
    pub(crate) async fn open(&self, args: &[&str]) -> Window {
        self.open_by(&binary(), args).await
    }

    /// The same by a program that becomes the app.
    pub(crate) async fn open_by(&self, program: &Path, args: &[&str]) -> Window {
        let window = until("the window opens", async || {
            let opened = tokio::time::timeout(ANOTHER_DRIVER, self.driven(program, args)).await.ok();
            if opened.is_none() {
                self.clear_away();
            }
            opened
        })
        .await;
        let patience = TimeoutConfiguration::new(Some(LIMIT), None, None);
        window.client.update_timeouts(patience).await.expect("the driver takes its limits");
        window
    }

    /// The app under a driver of its own, as soon as both are there.
    async fn driven(&self, program: &Path, args: &[&str]) -> Window {
        let (port, native) = (free_port(), free_port());
        let mut driver = self.command("tauri-driver");
        driver.args(["--port", &port.to_string(), "--native-port", &native.to_string()]);
        let driver = Ended::start(&mut driver);
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("browserName".into(), json!("wry"));
        capabilities.insert("tauri:options".into(), json!({ "application": program, "args": args }));
        let address = format!("http://127.0.0.1:{port}");
        loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            match builder.capabilities(capabilities.clone()).connect(&address).await {
                Ok(client) => return Window { client, _driver: driver },
                Err(error @ (NewSessionError::SessionNotCreated(_) | NewSessionError::NotW3C(_))) => {
                    panic!("the window opens: {error}")
                }
                // The driver, or the one behind it, is not there yet.
                Err(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }

    /// Ends an app that no driver reached.
    fn clear_away(&self) {
        if let Some(process) = self.app_process() {
            signal("KILL", &process.to_string());
        }
    }
}

impl Window {
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Presses the first thing of that name.
    pub(crate) async fn press(&self, name: &str) {
        self.press_at(&format!("//*[{PRESSABLE}][{}]", named(name)), name).await;
    }

    /// Presses what has that name in the line of the job of that title.
    pub(crate) async fn press_in(&self, title: &str, name: &str) {
        self.press_at(&format!("{}//*[{PRESSABLE}][{}]", line(title), named(name)), name).await;
    }

    /// Selects the line of the job of that title, which shows its details.
    pub(crate) async fn select(&self, title: &str) {
        self.press_at(&format!("{}//*[@title]", line(title)), title).await;
        self.reads("Facts").await;
    }

    /// Opens the menu of a job's line and presses what has that name there.
    pub(crate) async fn order(&self, title: &str, order: &str) {
        self.press_in(title, &format!("More for {title}")).await;
        self.press_at(&format!("//*[@role='menu']//*[{PRESSABLE}][{}]", named(order)), order).await;
    }

    /// Presses what has that name in the question that is asked.
    pub(crate) async fn answer(&self, name: &str) {
        self.press_at(&format!("//dialog//*[{PRESSABLE}][{}]", named(name)), name).await;
    }

    /// Presses what makes this page go away: whether the press was done cannot be told any more.
    pub(crate) async fn press_to_leave(&self, name: &str) {
        let button = self.waited(&format!("//*[{PRESSABLE}][{}]", named(name))).await;
        let _ = button.click().await;
    }

    async fn press_at(&self, path: &str, name: &str) {
        until(&format!("{name:?} can be pressed"), async || {
            // A list that moves takes an element away between the look and the press.
            self.waited(path).await.click().await.ok()
        })
        .await;
    }

    /// Waits until a person can read these words.
    pub(crate) async fn reads(&self, words: &str) {
        let quoted = quoted(words);
        self.waited(&format!("//body//*[not(self::script)][contains(normalize-space(.), {quoted})]")).await;
    }

    /// Waits until these words stand in the line of the job of that title.
    pub(crate) async fn line_reads(&self, title: &str, words: &str) {
        self.waited(&format!("{}[contains(normalize-space(.), {})]", line(title), quoted(words))).await;
    }

    /// Waits until so many jobs stand in the list, all of them in sight.
    pub(crate) async fn lines_are(&self, count: usize) {
        let script = "return document.querySelectorAll('[data-job]').length";
        until(&format!("{count} lines are in the list"), async || {
            (self.script(script).await == json!(count)).then_some(())
        })
        .await;
    }

    /// Whether a person can read these words now.
    pub(crate) async fn shows(&self, words: &str) -> bool {
        self.text().await.contains(words)
    }

    /// Waits until these words are gone.
    pub(crate) async fn no_longer_reads(&self, words: &str) {
        until(&format!("{words:?} is gone"), async || (!self.shows(words).await).then_some(())).await;
    }

    /// All that can be read.
    pub(crate) async fn text(&self) -> String {
        let text = self.script("return document.body.innerText").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Types into the field of that label, in place of what is there.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.clear().await.expect("a field can be emptied");
        field.send_keys(text).await.expect("a field can be typed into");
    }

    /// Chooses in the list of that label, by the words of the choice.
    pub(crate) async fn choose(&self, label: &str, choice: &str) {
        let field = self.field(label).await;
        field.select_by_label(choice).await.unwrap_or_else(|error| panic!("{choice:?} can be chosen: {error}"));
    }

    async fn field(&self, label: &str) -> Element {
        let label = quoted(label);
        let path = format!(
            "//*[self::input or self::textarea or self::select][@aria-label={label} or @id=//label[starts-with(normalize-space(.), {label})]/@for]"
        );
        self.waited(&path).await
    }

    /// Runs a script in the page.
    pub(crate) async fn script(&self, script: &str) -> Value {
        self.script_with(script, Vec::new()).await
    }

    /// The same with arguments.
    pub(crate) async fn script_with(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or_else(|error| panic!("{script:.400}: {error}"))
    }

    /// Runs a script that tells its result to its last argument.
    pub(crate) async fn told_by(&self, script: &str) -> Value {
        self.told_with(script, Vec::new()).await
    }

    /// The same with arguments before that one.
    pub(crate) async fn told_with(&self, script: &str, arguments: Vec<Value>) -> Value {
        let told = self.client.execute_async(script, arguments).await;
        told.unwrap_or_else(|error| panic!("{script:.400}: {error}"))
    }

    /// Goes to the small window's page.
    pub(crate) async fn go_to_compact(&self) {
        self.go_to_page("the small window", |path| path.ends_with("compact.html")).await;
    }

    /// Goes to the main window's page.
    pub(crate) async fn go_to_main(&self) {
        self.go_to_page("the main window", |path| !path.ends_with("compact.html")).await;
    }

    async fn go_to_page(&self, name: &str, is_it: impl Fn(&str) -> bool) {
        until(&format!("{name} is there"), async || {
            for handle in self.client.windows().await.ok()? {
                self.client.switch_to_window(handle).await.ok()?;
                if is_it(self.client.current_url().await.ok()?.path()) {
                    return Some(());
                }
            }
            None
        })
        .await;
    }

    /// Waits until what moves has come to rest and is drawn.
    pub(crate) async fn at_rest(&self) {
        self.told_by(AT_REST).await;
    }

    /// Keeps a picture of the window by that name for the eye.
    pub(crate) async fn picture(&self, name: &str) {
        // What was drawn last is what is taken.
        self.at_rest().await;
        let bytes = self.client.screenshot().await.expect("a picture can be taken");
        std::fs::write(pictures().join(format!("{name}.png")), bytes).expect("a picture can be kept");
    }

    /// Ends the session and with it the app.
    pub(crate) async fn close(self) {
        let _ = self.client.close().await;
    }

    pub(crate) async fn waited(&self, path: &str) -> Element {
        let waited = self.client.wait().at_most(LIMIT).every(LOOK).for_element(Locator::XPath(path)).await;
        match waited {
            Ok(element) => element,
            Err(error) => panic!("{path} is not there: {error}\n{}", self.text().await),
        }
    }
}

/// Waits until nothing moves into place any more, and for the frames in which that is drawn. What turns for ever is not waited for.
const AT_REST: &str = "
    const done = arguments[arguments.length - 1];
    const moving = document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
    const rest = (frames) => (frames === 0 ? done(true) : requestAnimationFrame(() => rest(frames - 1)));
    Promise.all(moving.map((one) => one.finished.catch(() => null))).then(() => rest(12));";

/// What a person can press.
const PRESSABLE: &str = "self::button[not(@disabled)] or self::a or self::summary or self::label";

/// By what is read aloud, by all of its words, or by a part of it that stands for itself.
fn named(name: &str) -> String {
    let name = quoted(name);
    format!("@aria-label={name} or normalize-space(.)={name} or *[normalize-space(.)={name}]")
}

/// The line of the job of that title.
fn line(title: &str) -> String {
    format!("//*[@role='row'][.//*[@title={}]]", quoted(title))
}

/// A text as XPath writes it.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}
