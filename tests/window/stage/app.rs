//! The app as a person starts it, seen from outside: its windows on the screen, its process.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::programs::signal;
use super::{Desk, Ended, LOOK, binary, until};

/// A window that is asked to close is gone by then, or was not asked.
const ANOTHER_TRY: Duration = Duration::from_secs(3);

/// The app without a driver.
pub(crate) struct App {
    program: Ended,
}

impl Desk {
    /// Starts the app without a driver: its windows come and go as they do for a person.
    pub(crate) fn start(&self, args: &[&str]) -> App {
        App { program: Ended::start(self.command(binary()).args(args)) }
    }

    /// Starts the app once more and waits until that start has handed over to the one that runs.
    pub(crate) async fn start_again(&self, args: &[&str]) {
        let mut second = self.start(args);
        let status = until("a second start ends", async || second.program.ended()).await;
        assert!(status.success(), "a second start hands over to the first: {status}");
    }

    /// The windows of that title that can be seen, by their numbers.
    pub(crate) fn windows(&self, title: &str) -> Vec<String> {
        let mut search = self.command("xdotool");
        search.args(["search", "--onlyvisible", "--name", &format!("^{title}$")]);
        let found = search.stdout(Stdio::piped()).output().expect("xdotool is installed");
        String::from_utf8_lossy(&found.stdout).lines().map(str::to_owned).collect()
    }

    /// Waits until so many windows of the app can be seen; gives them.
    pub(crate) async fn windows_are(&self, count: usize) -> Vec<String> {
        until(&format!("{count} windows can be seen"), async || {
            let windows = self.windows("Landfall");
            (windows.len() == count).then_some(windows)
        })
        .await
    }

    /// Minimises a window.
    pub(crate) fn minimise(&self, window: &str) {
        let _ = self.command("xdotool").args(["windowminimize", window]).status();
    }

    /// Presses a key in a window.
    pub(crate) fn press_key(&self, window: &str, key: &str) {
        let _ = self.command("xdotool").args(["windowactivate", window, "key", key]).status();
    }

    /// Closes a window as by its cross: the window manager asks it to.
    pub(crate) fn close_window(&self, window: &str) {
        let _ = self.command("xdotool").args(["windowactivate", "--sync", window, "key", "alt+F4"]).status();
    }

    /// Closes the window to the tray.
    pub(crate) async fn close_to_tray(&self, window: &str) {
        self.close_until(window, "the window is closed to the tray", || self.windows("Landfall").is_empty()).await;
    }

    /// Closes the window where there is no tray to close it to.
    pub(crate) async fn close_to_the_taskbar(&self, window: &str) {
        self.close_until(window, "the window is minimised", || self.is_minimised(window)).await;
    }

    /// Closes a window until it has come to that: a key pressed where the window manager was not yet listening is lost.
    async fn close_until(&self, window: &str, what: &str, done: impl Fn() -> bool) {
        until(what, async || {
            self.close_window(window);
            let seen = async {
                while !done() {
                    tokio::time::sleep(LOOK).await;
                }
            };
            tokio::time::timeout(ANOTHER_TRY, seen).await.ok()
        })
        .await;
    }

    /// Whether the window is minimised.
    pub(crate) fn is_minimised(&self, window: &str) -> bool {
        self.state_of(window).contains("_NET_WM_STATE_HIDDEN")
    }

    /// What the window manager says of a window.
    pub(crate) fn state_of(&self, window: &str) -> String {
        let mut ask = self.command("xprop");
        let told = ask.args(["-id", window, "_NET_WM_STATE"]).stdout(Stdio::piped()).output();
        String::from_utf8_lossy(&told.expect("xprop is installed").stdout).into_owned()
    }

    /// The process of the app in this session, whoever started it.
    pub(crate) fn app_process(&self) -> Option<u32> {
        let program = binary().canonicalize().expect("the app is there");
        let home = format!("LANDFALL_HOME={}", self.home().display());
        let processes = std::fs::read_dir("/proc").expect("processes can be seen").flatten();
        let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        ids.into_iter().find(|id| {
            let place = Path::new("/proc").join(id.to_string());
            let is_ours = std::fs::read_link(place.join("exe")).is_ok_and(|exe| exe == program);
            let environment = std::fs::read(place.join("environ")).unwrap_or_default();
            is_ours && environment.split(|byte| *byte == 0).any(|one| one == home.as_bytes())
        })
    }

    /// Ends the app as a power cut would, and waits until it is gone.
    pub(crate) async fn kill_app(&self) {
        let process = self.app_process().expect("the app runs");
        signal("KILL", &process.to_string());
        until("the app is gone", async || self.app_process().is_none().then_some(())).await;
    }
}

impl App {
    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.program.id()
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.program.ended().is_none()
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ends(self) {
        assert_eq!(self.ends_with().await, Some(0), "the app ends well");
    }

    /// The same where it does not end well; gives its exit code.
    pub(crate) async fn ends_with(mut self) -> Option<i32> {
        until("the app ends", async || self.program.ended()).await.code()
    }

    /// The memory that is its own and its web processes', in KiB.
    pub(crate) fn memory(&self) -> u64 {
        // The program's own pages are left out: they count for less while another test runs the same program, and for more
        // when that one ends.
        self.family().iter().filter_map(|id| memory_of(*id)).sum()
    }

    /// How many processes draw its pages.
    pub(crate) fn web_processes(&self) -> usize {
        let is_web = |id: &u32| {
            let name = std::fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
            name.contains("WebKitWebProcess")
        };
        self.family().iter().filter(|id| is_web(id)).count()
    }

    /// It and its children, and theirs.
    pub(crate) fn family(&self) -> Vec<u32> {
        let mut family = vec![self.id()];
        let mut next = 0;
        while let Some(parent) = family.get(next).copied() {
            let told = Command::new("ps").args(["-o", "pid=", "--ppid", &parent.to_string()]).output();
            let told = told.expect("ps is installed");
            family.extend(
                String::from_utf8_lossy(&told.stdout).split_whitespace().filter_map(|id| id.parse::<u32>().ok()),
            );
            next += 1;
        }
        family
    }
}

/// What it holds in memory beside files, in KiB.
fn memory_of(id: u32) -> Option<u64> {
    let told = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
    let of = |name: &str| {
        let line = told.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    Some(of("Pss_Anon:")? + of("Pss_Shmem:")?)
}
