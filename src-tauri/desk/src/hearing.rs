//! Hears of every job's changes and brings them to rows, notices and the tray.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use landfall_engine::changes::Changes;
use landfall_engine::clock::Clock;
use landfall_engine::disk;
use landfall_engine::job::{Job, Live, snapshot};
use landfall_wire::{ConnectionState, ErrorCode, Failure, JobId, JobRow, JobSnapshot, Phase, Section, WaitingFor};
use tokio_util::sync::CancellationToken;

use crate::desk::{Desk, lock};
use crate::notices::Event;
use crate::rows::Label;
use crate::tray::TrayView;

/// Changes of that long come to the rows together. Less than a page waits between two changes: both waits add up for a person.
const TOGETHER: Duration = Duration::from_millis(40);

/// While bytes flow or something waits to be told, that often is looked.
const LOOK: Duration = Duration::from_secs(1);

/// Of more than this nobody watches how the time goes by.
const AWAITED: usize = 100;

/// The room on the disk is looked at that often, at most.
const ROOM: Duration = Duration::from_secs(30);

/// What the hearing remembers between two batches.
#[derive(Debug, Default)]
struct Memory {
    tray_shown: Option<Duration>,
    tray_is_old: bool,
    room_seen: Option<Duration>,
    /// It is said of some when their servers will be done.
    awaits: bool,
}

/// Hears until told to stop, or until the desk is gone. Sleeps while nothing changes.
pub(crate) async fn hear(desk: Weak<Desk>, changes: Changes, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let _watched = Watched { desk: desk.clone(), stop: stop.clone() };
    let mut memory = Memory::default();
    loop {
        let looks = match desk.upgrade() {
            Some(desk) => {
                memory.tray_is_old || memory.awaits || lock(&desk.flow).is_any() || lock(&desk.book).due().is_some()
            }
            None => return,
        };
        let shots = tokio::select! {
            () = stop.cancelled() => return,
            shots = changes.next() => shots,
            () = clock.sleep(LOOK), if looks => Vec::new(),
        };
        let Some(desk) = desk.upgrade() else { return };
        desk.take_in(shots, &mut memory).await;
        drop(desk);
        tokio::select! {
            () = stop.cancelled() => return,
            () = clock.sleep(TOGETHER) => {}
        }
    }
}

/// Says so when the hearing ends though nobody has stopped it: a list that stands still must not look alive.
struct Watched {
    desk: Weak<Desk>,
    stop: CancellationToken,
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(desk) = self.desk.upgrade().filter(|_| !self.stop.is_cancelled()) {
            tracing::error!("the list no longer follows the jobs");
            lock(&desk.board).change_around(|around| around.lost = true);
            desk.board_changed();
        }
    }
}

impl Desk {
    /// The list as the store has it, before anything goes on.
    pub(crate) async fn fill_board(&self) -> Result<(), Failure> {
        let jobs = self.engine.jobs().await?;
        let now = self.options.clock.now();
        for job in &jobs {
            let shot = self.engine.shot(&job.wish.id).unwrap_or_else(|| snapshot(job, &Live::default()));
            let mut label = self.label(job);
            if !shot.phase.is_end() {
                lock(&self.history).found(&job.wish.id);
            }
            let row = label.row(&self.expecting(&shot), now);
            lock(&self.labels).insert(job.wish.id.clone(), label);
            lock(&self.board).put(row);
        }
        {
            // What was ended or went on in another program's hands is paused by nobody any more.
            let board = lock(&self.board);
            lock(&self.paused).retain(|id| board.row(id).is_some_and(|row| row.phase == Phase::Paused));
        }
        self.refresh_around();
        self.show_tray();
        self.board_changed();
        Ok(())
    }

    /// What stays the same of a job's row.
    fn label(&self, job: &Job) -> Label {
        let connector = self.connector(&job.wish.connector).ok();
        Label::of(job, connector.as_deref(), self.tongue(), &self.options.zone)
    }

    /// Jobs that changed without being carried: new ones, and those changed at rest.
    pub(crate) async fn look_at(&self, ids: &[JobId]) -> Result<(), Failure> {
        let mut shots = Vec::with_capacity(ids.len());
        for id in ids {
            match (self.engine.shot(id), self.engine.job(id).await?) {
                (Some(shot), _) => shots.push(shot),
                (None, Some(job)) => shots.push(snapshot(&job, &Live::default())),
                (None, None) => {}
            }
        }
        self.take_shots(shots).await;
        self.refresh_around();
        self.show_tray();
        self.board_changed();
        Ok(())
    }

    /// A job that is no longer there.
    pub(crate) fn drop_row(&self, id: &JobId) {
        lock(&self.labels).remove(id);
        lock(&self.flow).ended(id);
        lock(&self.history).forgot(id);
        lock(&self.board).remove(id);
        self.board_changed();
    }

    async fn take_in(&self, shots: Vec<JobSnapshot>, memory: &mut Memory) {
        let moved = self.take_shots(shots).await;
        let awaited = self.awaited();
        memory.awaits = !awaited.is_empty();
        self.take_shots(awaited).await;
        let now = self.options.clock.monotonic();
        let flowing = lock(&self.flow).ids();
        for id in flowing {
            let bytes = lock(&self.board).row(&id).map_or(0, |row| row.bytes);
            lock(&self.flow).saw(&id, bytes, now);
        }
        if memory.room_seen.is_none_or(|seen| now.saturating_sub(seen) >= ROOM) {
            memory.room_seen = Some(now);
            self.look_at_room().await;
        }
        self.refresh_around();
        memory.tray_is_old = true;
        if moved || memory.tray_shown.is_none_or(|shown| now.saturating_sub(shown) >= LOOK) {
            self.show_tray();
            memory.tray_shown = Some(now);
            memory.tray_is_old = false;
        }
        self.tell_due().await;
        if let Err(failure) = self.keep_history().await {
            tracing::warn!("how long servers took is not kept: {}", failure.message);
        }
        self.board_changed();
    }

    /// Jobs of which it is said when their servers will be done, as they are: that time comes nearer without a change of theirs.
    fn awaited(&self) -> Vec<JobSnapshot> {
        let board = lock(&self.board);
        let at_the_server = |row: &&JobRow| matches!(row.phase, Phase::Waiting | Phase::Preparing);
        let awaited = board.rows().filter(at_the_server).filter(|row| row.eta_seconds.is_some());
        awaited.take(AWAITED).filter_map(|row| self.engine.shot(&row.id)).collect()
    }

    /// Whether any of them moved to another section.
    async fn take_shots(&self, shots: Vec<JobSnapshot>) -> bool {
        let mut moved = false;
        for shot in shots {
            if !lock(&self.labels).contains_key(&shot.id) {
                match self.engine.job(&shot.id).await {
                    Ok(Some(job)) => drop(lock(&self.labels).insert(shot.id.clone(), self.label(&job))),
                    // It was forgotten meanwhile.
                    _ => continue,
                }
            }
            moved |= self.take_shot(&shot);
        }
        moved
    }

    fn take_shot(&self, shot: &JobSnapshot) -> bool {
        let clock = &self.options.clock;
        lock(&self.history).saw(shot, clock.now());
        let shot = &self.expecting(shot);
        let row = match lock(&self.labels).get_mut(&shot.id) {
            Some(label) => label.row(shot, clock.now()),
            None => return false,
        };
        if shot.phase == Phase::Downloading {
            lock(&self.flow).saw(&shot.id, shot.bytes, clock.monotonic());
        } else if shot.phase != Phase::Verifying {
            lock(&self.flow).ended(&shot.id);
        }
        self.heard_of(shot);
        let before = lock(&self.board).put(row.clone());
        let moved = before.as_ref().is_none_or(|before| before.section != row.section || before.phase != row.phase);
        if row.phase.is_end() || row.phase == Phase::Cancelling {
            // What was ended since is no longer paused by anybody.
            lock(&self.paused).remove(&shot.id);
        }
        if let Some(event) = before.and_then(|before| Event::between(&before, &row)) {
            lock(&self.book).add(event, clock.monotonic());
        }
        moved
    }

    /// What a job's state says of its connection.
    fn heard_of(&self, shot: &JobSnapshot) {
        let Some(connection) = &shot.connection else { return };
        let code = shot.error.as_ref().map(|failure| failure.code);
        let state = match (shot.phase, shot.waiting_for, code) {
            (Phase::NeedsSignIn, ..) => ConnectionState::NeedsSignIn,
            (Phase::Resting | Phase::Failed, Some(WaitingFor::Network) | None, Some(ErrorCode::NetworkError)) => {
                ConnectionState::Unreachable
            }
            (Phase::Waiting | Phase::Preparing, waiting, None) if waiting != Some(WaitingFor::Server) => {
                ConnectionState::Ready
            }
            (Phase::Resolving | Phase::Downloading | Phase::Verifying | Phase::Landed, _, None) => {
                ConnectionState::Ready
            }
            _ => return,
        };
        self.set_heard(connection, state);
    }

    /// That was just heard of a connection.
    pub(crate) fn set_heard(&self, connection: &str, state: ConnectionState) {
        if state == ConnectionState::Ready {
            lock(&self.book).connection_works(connection);
        }
        lock(&self.heard).insert(connection.to_owned(), state);
    }

    /// On another network nothing is known of servers that could not be reached, until a job or a person asks them again.
    pub(crate) fn doubt_what_was_out_of_reach(&self) {
        lock(&self.heard).retain(|_, state| *state != ConnectionState::Unreachable);
        self.refresh_around();
        self.show_tray();
        self.board_changed();
    }

    /// What stands around the list, as far as it follows from other things.
    pub(crate) fn refresh_around(&self) {
        let names: Vec<String> = self.connection_names();
        let heard = lock(&self.heard).clone();
        let connections: BTreeMap<String, ConnectionState> = names
            .into_iter()
            .map(|name| {
                let state = heard.get(&name).copied().unwrap_or(ConnectionState::Unknown);
                (name, state)
            })
            .collect();
        let is_known = |state: &&ConnectionState| **state != ConnectionState::Unknown;
        let offline = connections.values().any(|state| *state == ConnectionState::Unreachable)
            && connections.values().filter(is_known).all(|state| *state == ConnectionState::Unreachable);
        let folder = self.folder().display().to_string();
        let settings = self.settings_now();
        let unseen = lock(&self.book).unseen().to_vec();
        let mut board = lock(&self.board);
        let all_paused = !lock(&self.paused).is_empty();
        let rate = board.rows().filter_map(|row| row.rate).sum();
        let first_start = connections.is_empty() && board.rows().next().is_none();
        board.change_around(|around| {
            around.first_start = first_start;
            around.connections = connections;
            around.offline = offline;
            (around.theme, around.language) = (settings.theme, settings.language);
            around.folder = folder;
            around.rate = rate;
            around.all_paused = all_paused;
            around.notices = unseen;
        });
    }

    async fn look_at_room(&self) {
        let folder = self.folder();
        let room = self.blocking(move || disk::room(&folder)).await.ok().flatten();
        lock(&self.board).change_around(|around| around.free_bytes = room);
    }

    pub(crate) fn show_tray(&self) {
        let view = TrayView::of(&lock(&self.board), self.tongue());
        self.tray.send_if_modified(|shown| {
            let is_new = *shown != view;
            *shown = view;
            is_new
        });
    }

    /// The ids of jobs of a connection that are not over.
    pub(crate) fn active_of(&self, connection: &str) -> Vec<JobId> {
        let board = lock(&self.board);
        let of_it = board.rows().filter(|row| row.connection.as_deref() == Some(connection));
        let goes_on = |phase: Phase| !phase.is_end();
        of_it.filter(|row| row.section != Section::Landed && goes_on(row.phase)).map(|row| row.id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use landfall_engine::home::Home;

    use super::*;
    use crate::DeskOptions;

    #[tokio::test]
    async fn list_that_no_longer_follows_the_jobs_says_so_unless_it_was_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home")).unwrap();
        let desk = Desk::start(DeskOptions::new(home, "1", folder.path())).await.unwrap();
        let is_lost = || lock(&desk.board).around().lost;
        let watched = || Watched { desk: Arc::downgrade(&desk), stop: CancellationToken::new() };
        let stopped = watched();
        stopped.stop.cancel();
        drop(stopped);
        assert!(!is_lost(), "whoever was stopped is not missed");
        // As a panic in the middle of it does.
        drop(watched());
        assert!(is_lost());
    }
}
