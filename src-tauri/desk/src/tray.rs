//! What the tray shows.

use landfall_wire::{JobId, JobRow, Phase, Section};

use crate::board::Board;
use crate::language::Tongue;

/// More jobs do not fit into a menu.
const MOST: usize = 8;

/// How things stand, for an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TrayState {
    /// Nothing goes on.
    #[default]
    Idle,
    /// Jobs go on.
    Active,
    /// Everything that could go on is paused.
    Paused,
    /// No server can be reached.
    Offline,
    /// Something waits for a person.
    Attention,
}

/// A job in the tray's menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayJob {
    /// Ours.
    pub id: JobId,
    /// As in the list.
    pub title: String,
    /// Of its whole way, where that is known.
    pub percent: Option<u8>,
    /// What it does, in words of the language that is set.
    pub words: String,
}

/// What the tray shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrayView {
    /// For the icon.
    pub state: TrayState,
    /// Of all that goes on, where that is known.
    pub percent: Option<u8>,
    /// At most eight, the most urgent first.
    pub jobs: Vec<TrayJob>,
    /// How many go on.
    pub active: usize,
    /// Everything is paused at a person's word.
    pub all_paused: bool,
    /// Bytes are coming: the machine should not fall asleep.
    pub bytes_flow: bool,
}

impl TrayView {
    /// Of that board.
    pub(crate) fn of(board: &Board, tongue: Tongue) -> Self {
        let around = board.around();
        let mut going: Vec<&JobRow> = Vec::new();
        let (mut paused, mut needs_person, mut flows) = (0_usize, false, false);
        for row in board.rows() {
            match (row.section, row.phase) {
                (Section::WaitingForMe, _) => needs_person = true,
                (Section::Active, Phase::Paused) => paused += 1,
                (Section::Active, _) => going.push(row),
                (Section::Landed | Section::Ended, _) => {}
            }
            flows |= row.phase == Phase::Downloading;
        }
        let state = if needs_person {
            TrayState::Attention
        } else if around.offline {
            TrayState::Offline
        } else if !going.is_empty() {
            TrayState::Active
        } else if paused > 0 {
            TrayState::Paused
        } else {
            TrayState::Idle
        };
        let active = going.len();
        let of_all = mean(going.iter().filter_map(|row| percent(row)));
        going.sort_by_key(|row| (!row.too_late, -i32::from(row.priority), nearness(row.phase), row.created_at));
        let jobs = going.iter().take(MOST).map(|row| TrayJob {
            id: row.id.clone(),
            title: row.title.clone(),
            percent: percent(row),
            words: words(row.phase, tongue).to_owned(),
        });
        Self { state, percent: of_all, jobs: jobs.collect(), active, all_paused: around.all_paused, bytes_flow: flows }
    }
}

/// Of the whole way: half is the server's, half the download's; none where neither is known.
fn percent(row: &JobRow) -> Option<u8> {
    if row.server_part.is_none() && row.download_part.is_none() {
        return None;
    }
    let parts = row.server_part.unwrap_or(0.0) + row.download_part.unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 100")]
    let percent = (parts * 50.0).clamp(0.0, 100.0).floor() as u8;
    Some(percent)
}

fn mean(percents: impl Iterator<Item = u8>) -> Option<u8> {
    let (sum, count) = percents.fold((0_u64, 0_u64), |(sum, count), percent| (sum + u64::from(percent), count + 1));
    u8::try_from(sum.checked_div(count)?).ok()
}

/// What is nearest to its landing comes first.
fn nearness(phase: Phase) -> u8 {
    match phase {
        Phase::Verifying | Phase::Extracting => 0,
        Phase::Downloading => 1,
        Phase::Resolving => 2,
        Phase::Preparing => 3,
        Phase::Waiting => 4,
        Phase::Submitting => 5,
        Phase::Queued | Phase::Resting | Phase::Cancelling => 6,
        Phase::Landed | Phase::Paused | Phase::NeedsSignIn | Phase::Cancelled | Phase::Failed | Phase::Expired => 7,
    }
}

/// The words for each phase.
pub(crate) fn words(phase: Phase, tongue: Tongue) -> &'static str {
    match phase {
        Phase::Queued => tongue.pick("Queued here", "Hier eingereiht", "在本地排队"),
        Phase::Submitting => tongue.pick("Being asked for", "Wird angefordert", "正在请求"),
        Phase::Waiting => tongue.pick("In the server's queue", "In der Schlange des Servers", "在服务器队列中"),
        Phase::Preparing => tongue.pick("Server prepares it", "Server bereitet vor", "服务器正在准备"),
        Phase::Resolving => tongue.pick("Asking for the link", "Link wird geholt", "正在获取链接"),
        Phase::Downloading => tongue.pick("Downloading", "Wird geladen", "正在下载"),
        Phase::Verifying => tongue.pick("Being verified", "Wird geprüft", "正在校验"),
        Phase::Extracting => tongue.pick("Being unpacked", "Wird entpackt", "正在解压"),
        Phase::Landed => tongue.pick("Landed", "Gelandet", "已到达"),
        Phase::Paused => tongue.pick("Paused", "Angehalten", "已暂停"),
        Phase::Resting => tongue.pick("Will be tried again", "Wird erneut versucht", "稍后重试"),
        Phase::NeedsSignIn => tongue.pick("Needs a sign-in", "Braucht eine Anmeldung", "需要登录"),
        Phase::Cancelling => tongue.pick("Being cancelled", "Wird abgebrochen", "正在取消"),
        Phase::Cancelled => tongue.pick("Cancelled", "Abgebrochen", "已取消"),
        Phase::Failed => tongue.pick("Failed", "Fehlgeschlagen", "失败"),
        Phase::Expired => tongue.pick("Gone from the server", "Auf dem Server verfallen", "服务器上已过期"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::tests::{around, row};

    fn board(rows: &[(&str, Phase, Section, i16)]) -> Board {
        let mut board = Board::new(around());
        for (id, phase, section, priority) in rows {
            board.put(JobRow { phase: *phase, section: *section, priority: *priority, ..row(id, 1) });
        }
        board
    }

    #[test]
    fn most_urgent_come_first_and_no_more_than_eight() {
        let mut rows: Vec<(String, Phase)> = (0..9).map(|number| (format!("w{number}"), Phase::Waiting)).collect();
        rows.push(("down".into(), Phase::Downloading));
        let mut rows: Vec<(&str, Phase, Section, i16)> =
            rows.iter().map(|(id, phase)| (id.as_str(), *phase, Section::Active, 0)).collect();
        rows.push(("vip", Phase::Waiting, Section::Active, 10));
        let view = TrayView::of(&board(&rows), Tongue::En);
        let ids: Vec<&str> = view.jobs.iter().map(|job| job.id.as_str()).collect();
        assert_eq!((view.active, ids.len(), &ids[..2]), (11, 8, &["vip", "down"][..]));
        assert!(view.bytes_flow, "one downloads");
        assert_eq!(view.state, TrayState::Active);
    }

    #[test]
    fn icon_tells_the_worst() {
        let landed = ("a", Phase::Landed, Section::Landed, 0);
        let paused = ("b", Phase::Paused, Section::Active, 0);
        let failed = ("c", Phase::Failed, Section::WaitingForMe, 0);
        let state = |rows: &[_]| TrayView::of(&board(rows), Tongue::De).state;
        assert_eq!(state(&[landed]), TrayState::Idle);
        assert_eq!(state(&[landed, paused]), TrayState::Paused);
        assert_eq!(state(&[landed, paused, failed]), TrayState::Attention);
    }
}
