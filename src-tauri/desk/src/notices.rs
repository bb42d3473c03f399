//! What is told to a person: kept until it was seen, and several things of one kind at once are one notice.

mod texts;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{Failure, JobId, JobRow, Notice, NoticeKind, Phase, Section};
use serde::{Deserialize, Serialize};

use crate::desk::{Desk, lock};
use crate::language::Tongue;
pub(crate) use texts::{AppNews, of_app};

/// What ends within that long of the first is told together.
const TOGETHER: Duration = Duration::from_secs(3);

/// So many are kept; the oldest go first.
const KEPT: usize = 50;

/// The file of what was not seen yet.
const FILE: &str = "notices";

/// What happened to a job that is worth telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) kind: NoticeKind,
    pub(crate) job: JobId,
    pub(crate) title: String,
    pub(crate) connection: Option<String>,
    /// Why, of a failure.
    pub(crate) why: Option<String>,
}

impl Event {
    /// What the change from one row to the next says, if that is worth telling.
    pub(crate) fn between(before: &JobRow, after: &JobRow) -> Option<Self> {
        let kind = match (before.phase, after.phase) {
            _ if before.section != Section::WaitingForMe
                && after.section == Section::WaitingForMe
                && after.phase == Phase::Resting =>
            {
                NoticeKind::WaitsForYou
            }
            (from, to) if from == to => (after.too_late && !before.too_late).then_some(NoticeKind::TooLate)?,
            // Unpacking ends landed too; and a deletion at the server is none of its own.
            (_, Phase::Landed) => NoticeKind::Landed,
            (_, Phase::Failed | Phase::Expired) => NoticeKind::Failed,
            (_, Phase::NeedsSignIn) => NoticeKind::NeedsSignIn,
            _ if after.too_late && !before.too_late => NoticeKind::TooLate,
            _ => return None,
        };
        Some(Self {
            kind,
            job: after.id.clone(),
            title: after.title.clone(),
            connection: after.connection.clone(),
            why: after.trouble.clone(),
        })
    }
}

/// What was told and not seen, as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// The number of the last one.
    last: u64,
    /// Newest first.
    notices: Vec<Notice>,
}

/// The book of notices: what waits to be told together, and what was told.
#[derive(Debug, Default)]
pub(crate) struct Book {
    kept: Kept,
    waiting: Vec<Event>,
    /// When what waits is told, by the monotonic clock.
    due: Option<Duration>,
    /// Notices of needing a sign-in, by connection: one until it works again.
    asked: BTreeMap<String, u64>,
}

impl Book {
    fn of(kept: Kept) -> Self {
        Self { kept, ..Self::default() }
    }

    /// What was not seen, newest first.
    pub(crate) fn unseen(&self) -> &[Notice] {
        &self.kept.notices
    }

    /// Something happened.
    pub(crate) fn add(&mut self, event: Event, now: Duration) {
        self.waiting.retain(|other| other.job != event.job || other.kind != event.kind);
        self.waiting.push(event);
        self.due.get_or_insert(now + TOGETHER);
    }

    /// When something is to be told, by the monotonic clock.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.due
    }

    /// A connection works again: the next time that it wants a sign-in is told again.
    pub(crate) fn connection_works(&mut self, connection: &str) {
        self.asked.remove(connection);
    }

    /// What is to be told by now, one notice for each kind of thing that happened.
    pub(crate) fn tell(&mut self, clock: Duration, now: Timestamp, tongue: Tongue) -> Vec<Notice> {
        if self.due.is_none_or(|due| clock < due) {
            return Vec::new();
        }
        self.due = None;
        let mut kinds: Vec<(NoticeKind, Vec<Event>)> = Vec::new();
        for event in std::mem::take(&mut self.waiting) {
            if event.kind == NoticeKind::NeedsSignIn {
                let connection = event.connection.clone().unwrap_or_default();
                if self.asked.contains_key(&connection) {
                    continue;
                }
                self.asked.insert(connection, self.kept.last);
            }
            match kinds.iter_mut().find(|(kind, _)| *kind == event.kind) {
                Some((_, events)) => events.push(event),
                None => kinds.push((event.kind, vec![event])),
            }
        }
        kinds.into_iter().map(|(kind, events)| self.told(kind, &events, now, tongue)).collect()
    }

    fn told(&mut self, kind: NoticeKind, events: &[Event], now: Timestamp, tongue: Tongue) -> Notice {
        let (title, text) = texts::of_jobs(kind, events, tongue);
        let job = if let [one] = events { Some(one.job.clone()) } else { None };
        self.keep(Notice { number: 0, at: now, kind, title, text, job, section: section(kind) })
    }

    fn keep(&mut self, notice: Notice) -> Notice {
        self.kept.last += 1;
        let notice = Notice { number: self.kept.last, ..notice };
        self.kept.notices.insert(0, notice.clone());
        self.kept.notices.truncate(KEPT);
        notice
    }

    fn seen(&mut self, numbers: &[u64]) {
        self.kept.notices.retain(|notice| !numbers.contains(&notice.number));
    }
}

/// Where jobs are that this was told of.
fn section(kind: NoticeKind) -> Option<Section> {
    match kind {
        NoticeKind::Landed => Some(Section::Landed),
        NoticeKind::Failed | NoticeKind::NeedsSignIn | NoticeKind::WaitsForYou => Some(Section::WaitingForMe),
        NoticeKind::TooLate => Some(Section::Active),
        NoticeKind::App => None,
    }
}

impl Desk {
    /// The notices of these numbers were seen.
    pub async fn notices_seen(&self, numbers: Vec<u64>) -> Result<(), Failure> {
        lock(&self.book).seen(&numbers);
        self.notices_changed();
        self.keep_notices().await
    }

    /// The book as it was kept.
    pub(crate) fn open_book(shelf: &crate::shelf::Shelf) -> Book {
        Book::of(shelf.read_or_default(FILE))
    }

    /// Tells what is due.
    pub(crate) async fn tell_due(&self) {
        let (clock, tongue) = (&self.options.clock, self.tongue());
        let told = lock(&self.book).tell(clock.monotonic(), clock.now(), tongue);
        self.told(told).await;
    }

    /// Keeps what waits to be told: nobody is there to be told any more.
    pub(crate) async fn put_notices_away(&self) {
        let told = lock(&self.book).tell(Duration::MAX, self.options.clock.now(), self.tongue());
        if !told.is_empty()
            && let Err(failure) = self.keep_notices().await
        {
            tracing::warn!("the last notices are not kept: {}", failure.message);
        }
    }

    /// Tells something of the app itself, at once.
    pub(crate) async fn tell_app(&self, news: AppNews) {
        let (title, text) = of_app(&news, self.tongue());
        let at = self.options.clock.now();
        let notice = Notice { number: 0, at, kind: NoticeKind::App, title, text, job: None, section: None };
        let told = lock(&self.book).keep(notice);
        self.told(vec![told]).await;
    }

    async fn told(&self, told: Vec<Notice>) {
        if told.is_empty() {
            return;
        }
        self.notices_changed();
        let settings = self.settings_now();
        for notice in told {
            let wanted = match notice.kind {
                NoticeKind::Landed => settings.notify_landed,
                NoticeKind::Failed | NoticeKind::NeedsSignIn | NoticeKind::TooLate | NoticeKind::WaitsForYou => {
                    settings.notify_trouble
                }
                NoticeKind::App => true,
            };
            if wanted {
                // Nobody may be listening: the notice centre has it all the same.
                let _ = self.told.send(notice);
            }
        }
        if let Err(failure) = self.keep_notices().await {
            tracing::warn!(%failure, "notices are not kept");
        }
    }

    fn notices_changed(&self) {
        let unseen = lock(&self.book).unseen().to_vec();
        lock(&self.board).change_around(|around| around.notices = unseen);
        self.board_changed();
    }

    async fn keep_notices(&self) -> Result<(), Failure> {
        let (shelf, kept) = (self.shelf.clone(), lock(&self.book).kept.clone());
        self.blocking(move || shelf.write(FILE, &kept)).await?
    }
}

#[cfg(test)]
mod tests;
