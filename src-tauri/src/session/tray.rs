//! The tray's icon and menu, behind a small trait: what is shown is a [`Face`], a value.
//!
//! Whether there is a tray at all is asked, not assumed: closing the window would otherwise lose it.

mod face;
mod icons;
mod item;
mod presence;

use std::time::Duration;

use landfall_desk::TrayView;
use landfall_engine::clock::Clock;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use face::{Face, Slot};
pub use item::StatusItem;
pub use presence::watch_host;

use super::words::Words;

/// A tray reads its item's texts over the bus each time; more often than that nobody can read them.
const PACE: Duration = Duration::from_secs(1);

/// What can show a face in a tray.
pub trait Tray: Send + Sync {
    /// Shows it. A tray that is not there shows it when it comes.
    fn show(&self, face: Face) -> impl Future<Output = ()> + Send;

    /// Takes the icon away.
    fn leave(self) -> impl Future<Output = ()> + Send;
}

/// Keeps the tray showing what the desk says, until it is stopped: a state at once, all else at most once a second.
pub async fn keep(
    tray: impl Tray,
    mut views: watch::Receiver<TrayView>,
    mut words: watch::Receiver<&'static Words>,
    clock: &dyn Clock,
    stop: CancellationToken,
) {
    let kept = async {
        let mut shown: Option<Face> = None;
        loop {
            let face = Face::of(&views.borrow_and_update(), *words.borrow_and_update());
            let state = face.state;
            if shown.as_ref() != Some(&face) {
                tray.show(face.clone()).await;
                shown = Some(face);
            }
            let changed = tokio::select! {
                changed = views.changed() => changed,
                changed = words.changed() => changed,
            };
            if changed.is_err() {
                return;
            }
            // Waits out the pace, unless the state is another one meanwhile.
            let mut ahead = views.clone();
            tokio::select! {
                () = clock.sleep(PACE) => {}
                _ = ahead.wait_for(|view| view.state != state) => {}
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = kept => {}
    }
    tray.leave().await;
}
