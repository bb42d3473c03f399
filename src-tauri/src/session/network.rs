//! Another network: the engine is told to look again at once instead of waiting for its next turn.
//!
//! Source: `org.freedesktop.NetworkManager` (its D-Bus reference, NMState) and `org.freedesktop.network1` (systemd-networkd).

use std::time::Duration;

use futures_util::StreamExt as _;
use landfall_engine::clock::Clock;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use zbus::zvariant::Value;
use zbus::{MatchRule, Message, MessageStream};

/// A change of network comes as a handful of signals; one look is enough for them all.
const SETTLING: Duration = Duration::from_secs(2);

/// Tells through `changed` when there is another network, until it is stopped.
pub async fn attend(clock: &dyn Clock, changed: mpsc::Sender<()>, stop: CancellationToken) {
    let attended = async {
        let connection = zbus::Connection::system().await?;
        let mut signals = futures_util::stream::SelectAll::new();
        for path in ["/org/freedesktop/NetworkManager", "/org/freedesktop/network1"] {
            let rule = MatchRule::builder()
                .msg_type(zbus::message::Type::Signal)
                .interface("org.freedesktop.DBus.Properties")?
                .member("PropertiesChanged")?
                .path(path)?
                .build();
            signals.push(MessageStream::for_match_rule(rule, &connection, Some(16)).await?);
        }
        while let Some(signal) = signals.next().await {
            if signal.is_ok_and(|signal| is_another(&signal)) {
                clock.sleep(SETTLING).await;
                // One that is waiting already says the same.
                let _ = changed.try_send(());
            }
        }
        Ok(())
    };
    tokio::select! {
        () = stop.cancelled() => {}
        ended = attended => {
            let ended: zbus::Result<()> = ended;
            if let Err(error) = ended {
                tracing::debug!("nobody tells about the network: {error}");
            }
        }
    }
}

type Changed<'m> = (&'m str, std::collections::HashMap<&'m str, Value<'m>>, Vec<&'m str>);

/// Whether it tells of a connection that is there now; that one is lost the transfers feel themselves.
fn is_another(signal: &Message) -> bool {
    let body = signal.body();
    let Ok((_, properties, _)) = body.deserialize::<Changed<'_>>() else { return false };
    properties.iter().any(|(name, value)| match (*name, value) {
        // NM_STATE_CONNECTED_SITE and NM_STATE_CONNECTED_GLOBAL.
        ("State", Value::U32(state)) => *state >= 60,
        ("PrimaryConnection", Value::ObjectPath(path)) => path.as_str() != "/",
        ("OnlineState" | "OperationalState", Value::Str(state)) => matches!(state.as_str(), "online" | "routable"),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use zbus::zvariant::ObjectPath;

    use super::*;

    fn signal(name: &str, value: Value<'_>) -> Message {
        let none: Vec<&str> = Vec::new();
        Message::signal("/org/freedesktop/NetworkManager", "org.freedesktop.DBus.Properties", "PropertiesChanged")
            .unwrap()
            .build(&("org.freedesktop.NetworkManager", HashMap::from([(name, value)]), none))
            .unwrap()
    }

    #[test]
    fn only_a_network_that_is_there_is_another() {
        assert!(is_another(&signal("State", Value::U32(70))));
        assert!(is_another(&signal("PrimaryConnection", ObjectPath::from_static_str_unchecked("/a/1").into())));
        assert!(is_another(&signal("OnlineState", "online".into())));
        assert!(!is_another(&signal("State", Value::U32(20))), "lost");
        assert!(!is_another(&signal("PrimaryConnection", ObjectPath::from_static_str_unchecked("/").into())), "lost");
        assert!(!is_another(&signal("State", "seventy".into())), "another type");
        assert!(!is_another(&signal("Metered", Value::U32(70))), "something else");
    }
}
