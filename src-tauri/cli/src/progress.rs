//! Progress on stderr: a bar per job on a terminal, plain lines otherwise.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use landfall_wire::{JobSnapshot, Phase, WaitingFor};

use crate::console::{Console, size, span};

/// All bars of a command.
pub(crate) struct Board<'a> {
    bars: Option<MultiProgress>,
    console: &'a Console,
}

impl<'a> Board<'a> {
    /// No bars yet.
    pub(crate) fn new(console: &'a Console) -> Self {
        Self { bars: console.draws_bars().then(MultiProgress::new), console }
    }

    /// A bar for the job, under its id and connection.
    pub(crate) fn bar(&self, shot: &JobSnapshot) -> Bar<'a> {
        let id = shot.id.to_string();
        self.named_bar(shot.connection.as_deref().map_or(id.clone(), |connection| format!("{id} {connection}")))
    }

    /// A bar under that name.
    pub(crate) fn named_bar(&self, name: String) -> Bar<'a> {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new(THOUSANDTHS));
            bar.set_style(style());
            bar.set_prefix(name.clone());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Bar { drawn: bar, console: self.console, name, told: None }
    }
}

/// The progress of a whole batch.
pub(crate) struct Whole<'a> {
    drawn: Option<ProgressBar>,
    console: &'a Console,
    total: usize,
    landed: usize,
    failed: usize,
}

impl<'a> Whole<'a> {
    /// Nothing has ended yet, of so many.
    pub(crate) fn new(console: &'a Console, total: usize) -> Self {
        let drawn = console.draws_bars().then(|| {
            let bar = ProgressBar::new(total as u64);
            bar.set_style(style());
            bar.set_prefix("batch");
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        let whole = Self { drawn, console, total, landed: 0, failed: 0 };
        whole.show();
        whole
    }

    /// One has ended; how is said above the bar.
    pub(crate) fn ended(&mut self, landed: bool, tell: impl FnOnce(&Console)) {
        *if landed { &mut self.landed } else { &mut self.failed } += 1;
        match &self.drawn {
            Some(bar) => bar.suspend(|| tell(self.console)),
            None => tell(self.console),
        }
        self.show();
    }

    fn show(&self) {
        if let Some(bar) = &self.drawn {
            bar.set_position((self.landed + self.failed) as u64);
            let failed = if self.failed > 0 { format!(" · {} failed", self.failed) } else { String::new() };
            bar.set_message(format!("{} of {} landed{failed}", self.landed, self.total));
        }
    }
}

impl Drop for Whole<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.drawn {
            bar.finish_and_clear();
        }
    }
}

/// One progress over the whole life: the server's part is the first half, the download the second.
const THOUSANDTHS: u64 = 1000;

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix:<28!} {bar:30} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("█▓░")
}

/// One job's progress.
pub(crate) struct Bar<'a> {
    drawn: Option<ProgressBar>,
    console: &'a Console,
    name: String,
    told: Option<String>,
}

impl Bar<'_> {
    /// Shows where the job is.
    pub(crate) fn show(&mut self, shot: &JobSnapshot) {
        match &self.drawn {
            Some(bar) => {
                bar.set_position(position(shot));
                bar.set_message(words(shot));
            }
            None => self.tell(shot),
        }
    }

    /// Takes the bar away: what it showed is told in words by whoever waited for it.
    pub(crate) fn finish(self, shot: &JobSnapshot) {
        if let Some(bar) = self.drawn {
            bar.set_position(position(shot));
            bar.finish_with_message(words(shot));
        }
    }

    /// A line for each new phase or stage, and none for mere figures.
    fn tell(&mut self, shot: &JobSnapshot) {
        let word = match (shot.phase, &shot.error) {
            (Phase::Resting, Some(failure)) => format!("resting: {}", failure.message),
            // How it ended is told in full by whoever waited for it.
            (Phase::Queued, _) if shot.waiting_for == Some(WaitingFor::ServerQueue) => {
                format!("queued: {}", shot.message.as_deref().unwrap_or("the server's queue is full"))
            }
            (Phase::Queued, _) if shot.waiting_for == Some(WaitingFor::Time) => {
                let at = shot.resting_until.map(|time| time.to_string()).unwrap_or_default();
                format!("queued: it is asked for at {at}")
            }
            (Phase::Landed | Phase::Failed | Phase::Cancelled | Phase::Expired | Phase::NeedsSignIn, _) => return,
            (phase, _) if shot.stalled => format!("{} (no news for longer than usual)", phase.word()),
            (phase, _) => {
                shot.stage.clone().map_or_else(|| phase.word().to_owned(), |stage| format!("{}: {stage}", phase.word()))
            }
        };
        if self.told.as_ref() != Some(&word) {
            self.console.say(&format!("{}  {word}", self.name));
            self.told = Some(word);
        }
    }
}

/// How far the job is in its whole life.
fn position(shot: &JobSnapshot) -> u64 {
    let half = THOUSANDTHS / 2;
    match shot.phase {
        Phase::Landed => THOUSANDTHS,
        Phase::Resolving | Phase::Verifying | Phase::Downloading | Phase::Extracting => {
            let share = shot.total.filter(|total| *total > 0).map_or(0, |total| half * shot.bytes.min(total) / total);
            half + share
        }
        _ => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "within 0 and 500 by the clamp"
            )]
            let share = (shot.server_percent.unwrap_or(0.0).clamp(0.0, 100.0) * 5.0) as u64;
            share
        }
    }
}

/// Phase, stage and figures in a line.
fn words(shot: &JobSnapshot) -> String {
    let mut words = vec![shot.phase.word().to_owned()];
    if let (Phase::Preparing | Phase::Waiting, Some(percent)) = (shot.phase, shot.server_percent) {
        words.push(format!("{percent:.0} %"));
    }
    if let Some(stage) = &shot.stage {
        words.push(stage.clone());
    }
    words.extend(shot.message.clone());
    words.extend(shot.queue_position.map(|place| format!("place {place} in the server's queue")));
    if shot.waiting_for == Some(WaitingFor::Server) && !shot.stalled {
        words.push("waiting for the server".to_owned());
    }
    if shot.stalled {
        words.push("no news for longer than usual".to_owned());
    }
    match (shot.phase, &shot.error) {
        (Phase::Downloading | Phase::Verifying, _) => {
            let total = shot.total.map(|total| format!(" of {}", size(total))).unwrap_or_default();
            words.push(format!("{}{total}", size(shot.bytes)));
            words.extend(shot.rate.map(|rate| format!("{}/s", size(rate))));
            words.extend(shot.eta_seconds.map(|seconds| format!("{} left", span(seconds))));
        }
        (Phase::Landed, _) => {
            words.push(size(shot.bytes));
            let verified = shot.files.iter().all(|file| file.verified) && !shot.files.is_empty();
            words.push(if verified { "verified" } else { "nothing to verify against" }.to_owned());
        }
        (_, Some(failure)) => words.push(failure.message.clone()),
        _ => {}
    }
    words.join(" · ")
}
