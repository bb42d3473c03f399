//! Sleep against a fake `org.freedesktop.login1`.

use std::os::unix::net::UnixStream;

use landfall_desk::TrayView;
use landfall_desktop::session::power;
use landfall_desktop::session::words::Words;
use tokio::io::AsyncReadExt as _;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedFd;

use crate::bus::on_bus;

const PATH: &str = "/org/freedesktop/login1";

/// An inhibitor that was asked for, and the end by which its release is felt.
struct Inhibitor {
    what: String,
    mode: String,
    held: tokio::net::UnixStream,
}

impl Inhibitor {
    async fn released(&mut self) {
        let read = self.held.read(&mut [0]).await.unwrap();
        assert_eq!(read, 0, "nobody writes into an inhibitor");
    }
}

struct Login {
    inhibitors: mpsc::UnboundedSender<Inhibitor>,
    may_block: bool,
}

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Login {
    fn inhibit(&self, what: String, _who: &str, why: &str, mode: String) -> zbus::fdo::Result<OwnedFd> {
        if mode == "block" && !self.may_block {
            return Err(zbus::fdo::Error::AccessDenied("not here".into()));
        }
        assert_eq!(why, "Exports are arriving");
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let held = tokio::net::UnixStream::from_std(ours).unwrap();
        self.inhibitors.send(Inhibitor { what, mode, held }).unwrap();
        Ok(std::os::fd::OwnedFd::from(theirs).into())
    }

    #[zbus(signal)]
    async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

async fn login(may_block: bool) -> (zbus::Connection, mpsc::UnboundedReceiver<Inhibitor>) {
    let (tell, inhibitors) = mpsc::unbounded_channel();
    let connection = zbus::connection::Builder::system()
        .unwrap()
        .serve_at(PATH, Login { inhibitors: tell, may_block })
        .unwrap()
        .name("org.freedesktop.login1")
        .unwrap()
        .build()
        .await
        .unwrap();
    (connection, inhibitors)
}

fn view(bytes_flow: bool) -> TrayView {
    TrayView { bytes_flow, ..TrayView::default() }
}

/// Runs `test` while the room attends to sleep.
async fn attended(
    views: &watch::Sender<TrayView>,
    test: impl AsyncFnOnce(&mut mpsc::Receiver<()>, &CancellationToken),
) {
    let (woken, mut wakes) = mpsc::channel(1);
    let stop = CancellationToken::new();
    let (_words, words) = watch::channel(Words::of("en"));
    let attending = power::attend(views.subscribe(), words, woken, stop.clone());
    let testing = async {
        test(&mut wakes, &stop).await;
        stop.cancel();
    };
    tokio::join!(attending, testing);
}

on_bus! {
    async fn sleep_is_held_off_only_while_bytes_flow() {
        let (_connection, mut inhibitors) = login(true).await;
        let (views, _) = watch::channel(view(false));
        attended(&views, async |_, stop| {
            views.send_replace(view(true));
            let mut first = inhibitors.recv().await.unwrap();
            assert_eq!((first.what.as_str(), first.mode.as_str()), ("sleep", "block"));
            views.send_replace(view(false));
            first.released().await;
            views.send_replace(view(true));
            let mut second = inhibitors.recv().await.unwrap();
            stop.cancel();
            second.released().await;
        })
        .await;
    }
}

on_bus! {
    async fn machine_that_must_not_be_blocked_is_delayed() {
        let (_connection, mut inhibitors) = login(false).await;
        let (views, _) = watch::channel(view(true));
        attended(&views, async |_, _| {
            assert_eq!(inhibitors.recv().await.unwrap().mode, "delay");
        })
        .await;
    }
}

on_bus! {
    async fn who_goes_to_sleep_is_let_go_and_asked_after_when_awake() {
        let (connection, mut inhibitors) = login(true).await;
        let emitter = SignalEmitter::new(&connection, PATH).unwrap();
        let (views, _) = watch::channel(view(true));
        attended(&views, async |wakes, _| {
            let mut held = inhibitors.recv().await.unwrap();
            Login::prepare_for_sleep(&emitter, true).await.unwrap();
            held.released().await;
            assert!(wakes.try_recv().is_err(), "asleep is not awake");
            Login::prepare_for_sleep(&emitter, false).await.unwrap();
            wakes.recv().await.unwrap();
            assert_eq!(inhibitors.recv().await.unwrap().what, "sleep", "bytes flow again");
        })
        .await;
    }
}

on_bus! {
    async fn machine_without_a_login_service_is_no_error() {
        let (views, _) = watch::channel(view(true));
        attended(&views, async |_, stop| stop.cancel()).await;
    }
}
