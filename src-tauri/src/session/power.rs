//! Sleep: held off while bytes flow, and what was missed meanwhile is asked for afterwards.
//!
//! Source: `org.freedesktop.login1.Manager` (systemd's manual, org.freedesktop.login1).

use futures_util::StreamExt as _;
use landfall_desk::TrayView;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use zbus::zvariant::OwnedFd;

use super::words::Words;

#[zbus::proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1",
    gen_blocking = false
)]
trait Manager {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::Result<OwnedFd>;

    #[zbus(signal)]
    fn prepare_for_sleep(&self, start: bool) -> zbus::Result<()>;
}

/// Holds sleep off while bytes flow and tells through `woken` when the machine was asleep, until it is stopped.
pub async fn attend(
    mut views: watch::Receiver<TrayView>,
    words: watch::Receiver<&'static Words>,
    woken: mpsc::Sender<()>,
    stop: CancellationToken,
) {
    let attended = async {
        let connection = zbus::Connection::system().await?;
        let manager = ManagerProxy::new(&connection).await?;
        let mut sleeps = manager.receive_prepare_for_sleep().await?;
        let mut held: Option<OwnedFd> = None;
        let mut asleep = false;
        loop {
            let flows = views.borrow_and_update().bytes_flow;
            // Who goes to sleep all the same is not kept waiting for.
            match (flows && !asleep, held.is_some()) {
                (true, false) => {
                    let why = words.borrow().arriving;
                    held = hold(&manager, why).await;
                }
                (false, true) => held = None,
                _ => {}
            }
            tokio::select! {
                changed = views.changed() => if changed.is_err() { return Ok(()) },
                Some(sleep) = sleeps.next() => {
                    asleep = sleep.args()?.start;
                    if !asleep {
                        // One that is waiting already says the same.
                        let _ = woken.try_send(());
                    }
                }
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        ended = attended => {
            let ended: zbus::Result<()> = ended;
            if let Err(error) = ended {
                tracing::debug!("nobody tells about sleep: {error}");
            }
        }
    }
}

/// Takes the inhibitor; it is let go of when the descriptor is dropped. Where the system does not let a person block sleep, a
/// delay of some seconds is what there is.
async fn hold(manager: &ManagerProxy<'_>, why: &str) -> Option<OwnedFd> {
    for mode in ["block", "delay"] {
        match manager.inhibit("sleep", "Landfall", why, mode).await {
            Ok(held) => return Some(held),
            Err(error) => tracing::debug!("sleep cannot be held off ({mode}): {error}"),
        }
    }
    None
}
