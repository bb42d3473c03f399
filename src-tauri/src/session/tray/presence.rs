//! Whether there is a tray.

use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;
use zbus::fdo::DBusProxy;
use zbus::proxy::CacheProperties;

/// The name that every tray with StatusNotifierItems watches under.
const WATCHER: &str = "org.kde.StatusNotifierWatcher";

#[zbus::proxy(
    interface = "org.kde.StatusNotifierWatcher",
    default_service = "org.kde.StatusNotifierWatcher",
    default_path = "/StatusNotifierWatcher",
    gen_blocking = false
)]
trait Watcher {
    #[zbus(property(emits_changed_signal = "false"))]
    fn is_status_notifier_host_registered(&self) -> zbus::Result<bool>;

    #[zbus(signal)]
    fn status_notifier_host_registered(&self) -> zbus::Result<()>;

    #[zbus(signal)]
    fn status_notifier_host_unregistered(&self) -> zbus::Result<()>;
}

/// Tells whether there is a tray: once at the beginning, and then whenever one comes or goes, until it is stopped.
pub async fn watch_host(mut tell: impl FnMut(bool) + Send, stop: CancellationToken) {
    let mut told = None;
    let mut tell = |there: bool| {
        if told.replace(there) != Some(there) {
            tell(there);
        }
    };
    let watched = async {
        let connection = zbus::Connection::session().await?;
        let bus = DBusProxy::new(&connection).await?;
        let mut owners = bus.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
        // What is kept would be what the first question brought: that nobody is there.
        let watcher = WatcherProxy::builder(&connection).cache_properties(CacheProperties::No).build().await?;
        let mut come = watcher.receive_status_notifier_host_registered().await?;
        let mut gone = watcher.receive_status_notifier_host_unregistered().await?;
        loop {
            // No owner is an error as well, and means the same.
            tell(watcher.is_status_notifier_host_registered().await.unwrap_or(false));
            tokio::select! {
                Some(_) = owners.next() => {}
                Some(_) = come.next() => {}
                Some(_) = gone.next() => {}
                else => return Ok(()),
            }
        }
    };
    let ended: zbus::Result<()> = tokio::select! {
        () = stop.cancelled() => return,
        ended = watched => ended,
    };
    if let Err(error) = ended {
        tracing::debug!("no session bus, and so no tray: {error}");
    }
    tell(false);
}
