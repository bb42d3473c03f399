//! A job's row: what the list shows of a snapshot.

use jiff::Timestamp;
use landfall_engine::connector::{Connector, Kind};
use landfall_engine::job::Job;
use landfall_wire::{
    AtServer, CorrelationId, ErrorCode, FileKind, JobOrder, JobRow, JobSnapshot, Phase, Section, WaitingFor,
};

use crate::language::Tongue;
use crate::phrases;
use crate::titles;

/// What of a row stays the same for the life of a job, and what a snapshot forgets.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    title: String,
    kind: FileKind,
    badge: String,
    is_package: bool,
    can_delete: bool,
    /// It waits for a person, also while it looks once more whether it still has to.
    stuck: bool,
    /// What somebody may have in hand of it and no row shows: ids and names of files, in small letters, a line each.
    traces: String,
    /// What goes wrong is told in it.
    tongue: Tongue,
}

impl Label {
    /// Of a job; without its connector, which may be gone, it is called like its connection.
    pub(crate) fn of(job: &Job, connector: Option<&Connector>, tongue: Tongue, zone: &jiff::tz::TimeZone) -> Self {
        let Some(connector) = connector else {
            return Self {
                title: job.wish.name.clone().unwrap_or_else(|| job.wish.connection.clone()),
                kind: FileKind::Other,
                badge: String::new(),
                is_package: false,
                can_delete: false,
                stuck: false,
                traces: String::new(),
                tongue,
            };
        };
        let title = titles::title(connector, &job.wish.params, tongue, zone);
        let (kind, badge) = titles::kind_expected(connector, &job.wish.params);
        Self {
            title: if title.is_empty() { connector.name().to_owned() } else { title },
            kind,
            badge,
            is_package: connector.kind() == Kind::Package,
            can_delete: connector.delete_supported(),
            stuck: false,
            traces: String::new(),
            tongue,
        }
    }

    /// What it is called.
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// Whether an id or the name of a file holds that word, which is in small letters.
    pub(crate) fn is_traced_by(&self, word: &str) -> bool {
        self.traces.contains(word)
    }

    /// The row of such a job that looks like that.
    pub(crate) fn row(&mut self, shot: &JobSnapshot, now: Timestamp) -> JobRow {
        self.traces = traces(shot);
        self.stuck = match shot.phase {
            Phase::Resting => waits_for_a_person(shot),
            Phase::Downloading | Phase::Verifying | Phase::Extracting => self.stuck && shot.troubled_since.is_some(),
            _ => false,
        };
        let landed = shot.files.first().and_then(|file| file.path.file_name()?.to_str());
        let seen = landed.and_then(|name| titles::kind_of_name(name, self.is_package));
        let (kind, badge) = seen.unwrap_or_else(|| (self.kind, self.badge.clone()));
        let eta_seconds = eta(shot, now);
        JobRow {
            id: shot.id.clone(),
            title: self.title.clone(),
            connection: shot.connection.clone(),
            kind,
            badge,
            section: if self.stuck { Section::WaitingForMe } else { section(shot) },
            phase: shot.phase,
            stage: shot.stage.clone(),
            server_part: server_part(shot),
            download_part: download_part(shot),
            bytes: shot.bytes,
            total: shot.total,
            rate: shot.rate.filter(|_| shot.phase == Phase::Downloading),
            eta_seconds,
            queue_position: shot.queue_position,
            waiting_for: shot.waiting_for,
            stalled: shot.stalled,
            resting_until: shot.resting_until,
            expires_at: shot.expires_at,
            too_late: is_too_late(shot, eta_seconds, now),
            verified: !shot.files.is_empty() && shot.files.iter().all(|file| file.verified),
            files: shot.files.len(),
            trouble: shot.error.as_ref().map(|failure| phrases::book(self.tongue).say(&failure.message)),
            remedy: shot.error.as_ref().map(|failure| phrases::book(self.tongue).say(&failure.remediation)),
            orders: orders(shot, self.can_delete),
            priority: shot.priority,
            created_at: shot.created_at,
            updated_at: shot.updated_at,
        }
    }
}

fn traces(shot: &JobSnapshot) -> String {
    let failed = shot.error.as_ref().and_then(|failure| failure.correlation_id.as_ref()).map(CorrelationId::as_str);
    let names = shot.files.iter().filter_map(|file| file.path.file_name()?.to_str());
    let ids = [Some(shot.correlation_id.as_str()), shot.remote_id.as_deref(), failed];
    let lines: Vec<String> = ids.into_iter().flatten().chain(names).map(str::to_lowercase).collect();
    lines.join("\n")
}

/// Where in the list a job stands.
fn section(shot: &JobSnapshot) -> Section {
    match shot.phase {
        Phase::Landed => Section::Landed,
        Phase::Cancelled => Section::Ended,
        Phase::Failed | Phase::Expired | Phase::NeedsSignIn => Section::WaitingForMe,
        Phase::Queued
        | Phase::Submitting
        | Phase::Waiting
        | Phase::Preparing
        | Phase::Resolving
        | Phase::Downloading
        | Phase::Verifying
        | Phase::Extracting
        | Phase::Paused
        | Phase::Resting
        | Phase::Cancelling => Section::Active,
    }
}

/// Somebody makes room, or says which of two files stays.
fn waits_for_a_person(shot: &JobSnapshot) -> bool {
    matches!(shot.waiting_for, Some(WaitingFor::Disk | WaitingFor::Name))
}

#[expect(clippy::cast_precision_loss, reason = "a part of the way, for drawing")]
fn download_part(shot: &JobSnapshot) -> Option<f64> {
    if shot.phase == Phase::Landed || shot.waiting_for == Some(WaitingFor::Name) {
        return Some(1.0);
    }
    let total = shot.total.filter(|total| *total > 0 && shot.bytes > 0)?;
    Some((shot.bytes as f64 / total as f64).clamp(0.0, 1.0))
}

fn server_part(shot: &JobSnapshot) -> Option<f64> {
    shot.server_percent.map(|percent| (percent / 100.0).clamp(0.0, 1.0)).filter(|part| part.is_finite())
}

/// Seconds to the end of what goes on: of the download, else of the server's work as it says itself.
fn eta(shot: &JobSnapshot, now: Timestamp) -> Option<u64> {
    match shot.phase {
        Phase::Downloading => shot.eta_seconds,
        Phase::Waiting | Phase::Preparing => {
            let left = shot.ready_at?.duration_since(now);
            u64::try_from(left.as_secs()).ok()
        }
        _ => None,
    }
}

fn is_too_late(shot: &JobSnapshot, eta: Option<u64>, now: Timestamp) -> bool {
    let (Phase::Downloading, Some(eta), Some(end)) = (shot.phase, eta, shot.expires_at) else { return false };
    end.duration_since(now).as_secs() < i64::try_from(eta).unwrap_or(i64::MAX)
}

/// What can be ordered; the first is what makes most sense.
fn orders(shot: &JobSnapshot, can_delete: bool) -> Vec<JobOrder> {
    use JobOrder::{
        Cancel, Delete, Extend, Forget, KeepBoth, KeepOld, Open, Pause, Replace, Resume, Retry, RetryAsNew, Reveal,
        SignIn,
    };
    let mut orders = match shot.phase {
        Phase::Waiting | Phase::Preparing if shot.stalled => vec![Extend, Pause, Cancel],
        Phase::Waiting | Phase::Preparing => vec![Pause, Extend, Cancel],
        Phase::Queued if shot.resting_until.is_some() => vec![Resume, Pause, Cancel],
        Phase::Queued
        | Phase::Submitting
        | Phase::Resolving
        | Phase::Downloading
        | Phase::Verifying
        | Phase::Extracting => vec![Pause, Cancel],
        Phase::Landed => {
            let mut orders = if shot.files.is_empty() { Vec::new() } else { vec![Open, Reveal] };
            if shot.error.is_some() {
                orders.push(Retry);
            }
            let verified = !shot.files.is_empty() && shot.files.iter().all(|file| file.verified);
            if can_delete && verified && shot.at_server == AtServer::Kept {
                orders.push(Delete);
            }
            orders
        }
        Phase::Paused => vec![Resume, Cancel],
        Phase::Resting if shot.waiting_for == Some(WaitingFor::Name) => vec![KeepBoth, Replace, KeepOld, Cancel],
        Phase::Resting => vec![Resume, Pause, Cancel],
        Phase::NeedsSignIn => vec![SignIn, Resume, Pause, Cancel],
        Phase::Cancelling | Phase::Cancelled => Vec::new(),
        Phase::Failed => match shot.error.as_ref().map(|failure| (failure.code, failure.recoverable)) {
            Some((ErrorCode::JobTimeout, _)) => vec![Extend, Retry, RetryAsNew],
            Some((ErrorCode::AuthenticationError, _)) => vec![SignIn, Retry, RetryAsNew],
            Some((_, false)) => vec![RetryAsNew],
            _ => vec![Retry, RetryAsNew],
        },
        Phase::Expired => vec![RetryAsNew],
    };
    orders.push(Forget);
    orders
}

#[cfg(test)]
mod tests {
    use landfall_wire::{Failure, JobId};

    use super::*;

    fn shot(phase: Phase) -> JobSnapshot {
        let blank = JobSnapshot::blank(JobId::new("a"), phase, "c".into(), Timestamp::UNIX_EPOCH);
        JobSnapshot { connection: Some("demo".into()), ..blank }
    }

    fn label() -> Label {
        Label {
            title: "A".into(),
            kind: FileKind::Other,
            badge: String::new(),
            is_package: false,
            can_delete: true,
            stuck: false,
            traces: String::new(),
            tongue: Tongue::En,
        }
    }

    fn failed(code: ErrorCode) -> JobSnapshot {
        JobSnapshot { error: Some(Failure::new(code, "No")), ..shot(Phase::Failed) }
    }

    #[test]
    fn first_order_is_the_one_that_makes_most_sense() {
        for (shot, section, first) in [
            (shot(Phase::Waiting), Section::Active, JobOrder::Pause),
            (JobSnapshot { stalled: true, ..shot(Phase::Preparing) }, Section::Active, JobOrder::Extend),
            (shot(Phase::Paused), Section::Active, JobOrder::Resume),
            (shot(Phase::NeedsSignIn), Section::WaitingForMe, JobOrder::SignIn),
            (shot(Phase::Expired), Section::WaitingForMe, JobOrder::RetryAsNew),
            (failed(ErrorCode::JobTimeout), Section::WaitingForMe, JobOrder::Extend),
            (failed(ErrorCode::NetworkError), Section::WaitingForMe, JobOrder::Retry),
            (shot(Phase::Cancelled), Section::Ended, JobOrder::Forget),
        ] {
            let row = label().row(&shot, Timestamp::UNIX_EPOCH);
            assert_eq!((row.section, row.orders[0]), (section, first), "{:?}", shot.phase);
        }
        let full = JobSnapshot { waiting_for: Some(WaitingFor::Disk), ..shot(Phase::Resting) };
        assert_eq!(label().row(&full, Timestamp::UNIX_EPOCH).section, Section::WaitingForMe, "somebody makes room");
        let clash = JobSnapshot { waiting_for: Some(WaitingFor::Name), ..shot(Phase::Resting) };
        let row = label().row(&clash, Timestamp::UNIX_EPOCH);
        assert_eq!(
            (row.section, row.orders[0]),
            (Section::WaitingForMe, JobOrder::KeepBoth),
            "what loses nothing first"
        );
        assert_eq!(row.download_part, Some(1.0), "all of it is here");
    }

    #[test]
    fn job_that_looks_once_more_for_room_stays_where_the_person_is_asked() {
        let mut label = label();
        let since = Some(Timestamp::UNIX_EPOCH);
        let full = JobSnapshot { waiting_for: Some(WaitingFor::Disk), troubled_since: since, ..shot(Phase::Resting) };
        let again = JobSnapshot { troubled_since: since, ..shot(Phase::Downloading) };
        let sections = [&again, &full, &again, &full, &shot(Phase::Downloading), &again]
            .map(|shot| label.row(shot, Timestamp::UNIX_EPOCH).section);
        let (active, mine) = (Section::Active, Section::WaitingForMe);
        assert_eq!(sections, [active, mine, mine, mine, active, active], "until bytes come again");
    }

    #[test]
    fn download_that_ends_after_the_servers_result_goes_is_too_late() {
        let now = Timestamp::UNIX_EPOCH;
        let mut label = label();
        let told = JobSnapshot { expires_at: Timestamp::from_second(100).ok(), ..shot(Phase::Downloading) };
        assert!(!label.row(&told, now).too_late, "nobody knows");
        let fast = JobSnapshot { eta_seconds: Some(99), ..told };
        assert!(!label.row(&fast, now).too_late);
        let slow = JobSnapshot { eta_seconds: Some(101), ..fast };
        assert!(label.row(&slow, now).too_late);
    }

    #[test]
    fn what_goes_wrong_is_told_for_a_window_and_in_its_language() {
        let failure =
            Failure::new(ErrorCode::AuthenticationError, "The server does not accept the sign-in of \"demo\"")
                .with_remediation(
                    "Sign in again: landfall connect add demo … --token-stdin; then `landfall recover` goes on",
                );
        let shot = JobSnapshot { error: Some(failure), ..shot(Phase::Failed) };
        for (tongue, trouble, remedy) in [
            (
                Tongue::En,
                "The server does not accept",
                "Sign in again at the connection demo; the export goes on by itself",
            ),
            (
                Tongue::De,
                "Der Server nimmt die Anmeldung von \"demo\" nicht an",
                "Melden Sie sich bei der Verbindung demo",
            ),
            (Tongue::Zh, "服务器不接受 \"demo\" 的登录", "请在连接 demo 处重新登录"),
        ] {
            let row = Label { tongue, ..label() }.row(&shot, Timestamp::UNIX_EPOCH);
            assert!(row.trouble.as_ref().is_some_and(|told| told.starts_with(trouble)), "{:?}", row.trouble);
            assert!(row.remedy.as_ref().is_some_and(|told| told.starts_with(remedy)), "{:?}", row.remedy);
        }
    }
}
