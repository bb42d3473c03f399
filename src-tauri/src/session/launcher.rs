//! Progress on the launcher's icon, where a dock shows it (KDE, Dash to Dock, Unity).
//!
//! Source: the Unity LauncherEntry API, one signal that docks listen to.

use std::collections::HashMap;

use landfall_desk::TrayView;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use zbus::zvariant::Value;

/// By which docks know the program: the name of its desktop file.
const APPLICATION: &str = "application://landfall-desktop.desktop";
/// Any path will do; docks tell entries apart by the application.
const PATH: &str = "/com/canonical/unity/launcherentry/landfall";

/// What the icon shows.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Badge {
    /// From 0 to 1, while something is on its way.
    progress: Option<f64>,
    /// How many are on their way.
    count: usize,
}

impl Badge {
    fn of(view: &TrayView) -> Self {
        let progress = view.percent.filter(|_| view.active > 0).map(|percent| f64::from(percent.min(100)) / 100.0);
        Self { progress, count: view.active }
    }

    fn properties(self) -> HashMap<&'static str, Value<'static>> {
        HashMap::from([
            ("progress", Value::F64(self.progress.unwrap_or_default())),
            ("progress-visible", Value::Bool(self.progress.is_some())),
            ("count", Value::I64(i64::try_from(self.count).unwrap_or(i64::MAX))),
            ("count-visible", Value::Bool(self.count > 0)),
        ])
    }
}

/// Tells docks what changes, until it is stopped; then the icon is plain again.
pub async fn show(mut views: watch::Receiver<TrayView>, stop: CancellationToken) {
    let connection = match zbus::Connection::session().await {
        Ok(connection) => connection,
        Err(error) => return tracing::debug!("no session bus, and so no progress in a dock: {error}"),
    };
    let mut shown = None;
    loop {
        let badge = Badge::of(&views.borrow_and_update());
        if shown != Some(badge) && tell(&connection, badge).await.is_ok() {
            shown = Some(badge);
        }
        tokio::select! {
            () = stop.cancelled() => break,
            changed = views.changed() => if changed.is_err() { break },
        }
    }
    // A dock that is gone has nothing to clear.
    let _ = tell(&connection, Badge { progress: None, count: 0 }).await;
}

async fn tell(connection: &zbus::Connection, badge: Badge) -> zbus::Result<()> {
    connection
        .emit_signal(
            None::<&str>,
            PATH,
            "com.canonical.Unity.LauncherEntry",
            "Update",
            &(APPLICATION, badge.properties()),
        )
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_is_shown_only_while_its_length_is_known() {
        let view = |percent, active| TrayView { percent, active, ..TrayView::default() };
        assert_eq!(Badge::of(&view(Some(40), 2)), Badge { progress: Some(0.4), count: 2 });
        assert_eq!(Badge::of(&view(None, 2)), Badge { progress: None, count: 2 }, "no size is known");
        assert_eq!(Badge::of(&view(Some(100), 0)), Badge { progress: None, count: 0 }, "nothing is on its way");
    }
}
