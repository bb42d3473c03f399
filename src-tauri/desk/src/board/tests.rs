use std::collections::BTreeMap;

use jiff::Timestamp;
use landfall_wire::{FileKind, Phase, Section};
use proptest::prelude::*;

use super::*;

pub(crate) fn around() -> Around {
    Around {
        version: "1".into(),
        first_start: true,
        lost: false,
        theme: landfall_wire::Theme::default(),
        language: landfall_wire::Language::default(),
        all_paused: false,
        offline: false,
        sample_runs: false,
        has_tray: false,
        rate: 0,
        free_bytes: None,
        folder: String::new(),
        connections: BTreeMap::new(),
        notices: Vec::new(),
    }
}

pub(crate) fn row(id: &str, bytes: u64) -> JobRow {
    JobRow {
        id: JobId::new(id),
        title: id.to_owned(),
        connection: None,
        kind: FileKind::Other,
        badge: "ZIP".into(),
        section: Section::Active,
        phase: Phase::Downloading,
        stage: None,
        server_part: None,
        download_part: None,
        bytes,
        total: None,
        rate: None,
        eta_seconds: None,
        queue_position: None,
        waiting_for: None,
        stalled: false,
        resting_until: None,
        expires_at: None,
        too_late: false,
        verified: false,
        files: 0,
        trouble: None,
        remedy: None,
        orders: Vec::new(),
        priority: 0,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// What happens to a board, or at a page.
#[derive(Debug, Clone)]
enum Happening {
    Put {
        id: u8,
        bytes: u64,
    },
    Remove {
        id: u8,
    },
    Rate(u64),
    /// The page asks for what is new and draws it.
    Draw,
    /// A change was made and never came to the page.
    Lose,
}

/// A page that knows nothing but what it was told.
#[derive(Default)]
struct Page {
    drawn: Option<u64>,
    rows: BTreeMap<JobId, JobRow>,
    rate: u64,
}

impl Page {
    fn draw(&mut self, board: &mut Board) {
        let change = match self.drawn {
            None => Some(board.whole()),
            Some(drawn) => board.since(drawn),
        };
        let Some((revision, change)) = change else { return };
        match change {
            Change::Whole { rows, desk, .. } => {
                self.rows = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
                self.rate = desk.rate;
            }
            Change::Delta { rows, gone, desk, .. } => {
                for id in gone {
                    self.rows.remove(&id);
                }
                self.rows.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
                self.rate = desk.map_or(self.rate, |desk| desk.rate);
            }
        }
        self.drawn = Some(revision);
    }
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (0..12_u8, 0..4_u64).prop_map(|(id, bytes)| Happening::Put { id, bytes }),
        2 => (0..12_u8).prop_map(|id| Happening::Remove { id }),
        1 => (0..3_u64).prop_map(Happening::Rate),
        2 => Just(Happening::Draw),
        1 => Just(Happening::Lose),
    ]
}

proptest! {
    #[test]
    fn whole_and_deltas_make_the_board(happenings in proptest::collection::vec(happening(), 0..80)) {
        let mut board = Board::new(around());
        let mut page = Page::default();
        for happening in happenings {
            match happening {
                Happening::Put { id, bytes } => drop(board.put(row(&id.to_string(), bytes))),
                Happening::Remove { id } => board.remove(&JobId::new(id.to_string())),
                Happening::Rate(rate) => board.change_around(|around| around.rate = rate),
                Happening::Draw => page.draw(&mut board),
                Happening::Lose => drop(page.drawn.and_then(|drawn| board.since(drawn))),
            }
        }
        page.draw(&mut board);
        let rows: BTreeMap<JobId, JobRow> = board.rows().map(|row| (row.id.clone(), row.clone())).collect();
        prop_assert_eq!(&page.rows, &rows, "the page shows what the board has");
        prop_assert_eq!(page.rate, board.around().rate, "and what stands around it");
        page.draw(&mut board);
        prop_assert!(page.drawn.and_then(|drawn| board.since(drawn)).is_none(), "nothing is told twice");
    }
}

#[test]
fn who_was_away_for_too_many_removals_gets_everything() {
    let mut board = Board::new(around());
    let (drawn, _) = board.whole();
    for number in 0..=REMOVALS {
        board.put(row(&number.to_string(), 0));
        board.remove(&JobId::new(number.to_string()));
    }
    board.put(row("stays", 1));
    match board.since(drawn) {
        Some((_, Change::Whole { rows, .. })) => assert_eq!(rows.len(), 1, "the one that is there"),
        other => panic!("everything is told: {other:?}"),
    }
}

#[test]
fn row_that_looks_the_same_is_no_news() {
    let mut board = Board::new(around());
    board.put(row("a", 1));
    let (drawn, _) = board.whole();
    board.put(row("a", 1));
    assert!(board.since(drawn).is_none(), "nothing changed");
}
