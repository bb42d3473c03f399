//! The part of the system that keeps a machine awake and says when it was not, played on the person's bus.
//!
//! Source: `org.freedesktop.login1.Manager` (systemd's manual, org.freedesktop.login1).

use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedFd;

use super::{Desk, until};

const PATH: &str = "/org/freedesktop/login1";

/// The log-in manager.
pub(crate) struct Login {
    connection: zbus::Connection,
    held: Arc<Mutex<Vec<UnixStream>>>,
}

struct Manager(Arc<Mutex<Vec<UnixStream>>>);

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> OwnedFd {
        assert_eq!((what, who, why.is_empty(), mode), ("sleep", "Landfall", false, "block"));
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        ours.set_nonblocking(true).expect("it is a socket");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(ours);
        std::os::fd::OwnedFd::from(theirs).into()
    }

    #[zbus(signal)]
    async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

impl Desk {
    /// A log-in manager, from now on.
    pub(crate) async fn login(&self) -> Login {
        let (connection, held) = (self.bus().await, Arc::default());
        connection.object_server().at(PATH, Manager(Arc::clone(&held))).await.expect("it can be served");
        connection.request_name("org.freedesktop.login1").await.expect("the name is free");
        Login { connection, held }
    }
}

impl Login {
    /// Waits until so many hold the machine awake.
    pub(crate) async fn is_held_by(&self, count: usize) {
        until(&format!("{count} hold the machine awake"), async || (self.holders() == count).then_some(())).await;
    }

    fn holders(&self) -> usize {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // A descriptor that was let go of reads as ended.
        held.retain(|socket| {
            let mut byte = [0];
            !matches!(std::io::Read::read(&mut &*socket, &mut byte), Ok(0))
        });
        held.len()
    }

    /// The machine falls asleep, or wakes.
    pub(crate) async fn sleeps(&self, asleep: bool) {
        let emitter = SignalEmitter::new(&self.connection, PATH).expect("a path");
        Manager::prepare_for_sleep(&emitter, asleep).await.expect("it can be told");
    }
}
