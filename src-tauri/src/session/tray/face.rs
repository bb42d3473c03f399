//! What the tray shows, as a value.

use landfall_desk::{TrayState, TrayView};
use landfall_wire::JobId;

use crate::session::words::Words;

/// As many jobs as the menu has room for. The slots are always there and only hidden, so that an open menu stays open.
pub(super) const SLOTS: usize = 8;
/// A title longer than this makes the menu wider than people like.
const LONGEST: usize = 48;

/// What the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// For the icon.
    pub state: TrayState,
    /// The tooltip: what goes on, and how far it is.
    pub tooltip: String,
    /// Jobs, the most urgent first; at most eight.
    pub slots: Vec<Slot>,
    /// The menu says "Resume all" instead of "Pause all".
    pub all_paused: bool,
    /// What quitting is called, with what it leaves.
    pub quit: String,
    /// All other words.
    pub words: &'static Words,
}

/// A job in the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Which.
    pub id: JobId,
    /// Its title and how far it is.
    pub label: String,
}

impl Face {
    /// How that view is shown.
    pub fn of(view: &TrayView, words: &'static Words) -> Self {
        let mut tooltip = match view.state {
            TrayState::Idle => words.idle.to_owned(),
            TrayState::Active => words.active(view.active),
            TrayState::Paused => words.paused.to_owned(),
            TrayState::Offline => words.offline.to_owned(),
            TrayState::Attention => words.attention.to_owned(),
        };
        if let Some(percent) = view.percent.filter(|_| matches!(view.state, TrayState::Active | TrayState::Attention)) {
            tooltip = format!("{tooltip}, {percent} %");
        }
        Self {
            state: view.state,
            tooltip,
            slots: view
                .jobs
                .iter()
                .take(SLOTS)
                .map(|job| {
                    let end = job.percent.map_or_else(|| job.words.clone(), |percent| format!("{percent} %"));
                    let label = format!("{}  ·  {end}", shortened(&job.title));
                    Slot { id: job.id.clone(), label }
                })
                .collect(),
            all_paused: view.all_paused,
            quit: words.quit_with(view.active),
            words,
        }
    }
}

fn shortened(title: &str) -> String {
    if title.chars().count() <= LONGEST {
        return title.to_owned();
    }
    let mut short: String = title.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use landfall_desk::TrayJob;

    use super::*;

    fn job(number: usize, title: &str, percent: Option<u8>) -> TrayJob {
        TrayJob { id: JobId::new(format!("job-{number}")), title: title.into(), percent, words: "in the queue".into() }
    }

    #[test]
    fn job_is_told_by_percent_or_else_by_words() {
        let jobs = vec![job(1, "Quay 7", Some(42)), job(2, "Quay 8", None)];
        let view = TrayView { state: TrayState::Active, percent: Some(21), active: 2, jobs, ..TrayView::default() };
        let face = Face::of(&view, Words::of("en"));
        assert_eq!(face.tooltip, "2 exports on their way, 21 %");
        let labels: Vec<_> = face.slots.iter().map(|slot| slot.label.as_str()).collect();
        assert_eq!(labels, ["Quay 7  ·  42 %", "Quay 8  ·  in the queue"]);
        assert_eq!(face.quit, "Quit (2 still running)", "what goes on at the next start is said before");
    }

    #[test]
    fn percent_is_told_only_of_what_moves() {
        let view = TrayView { state: TrayState::Paused, percent: Some(21), active: 2, ..TrayView::default() };
        assert_eq!(Face::of(&view, Words::of("en")).tooltip, "Everything is paused");
    }

    #[test]
    fn menu_stays_small_whatever_jobs_are_called() {
        let jobs = (0..20).map(|number| job(number, &"é".repeat(500), Some(1))).collect();
        let face = Face::of(&TrayView { jobs, ..TrayView::default() }, Words::of("en"));
        assert_eq!(face.slots.len(), SLOTS);
        assert!(face.slots.iter().all(|slot| slot.label.chars().count() < 64), "shortened between letters");
    }
}
