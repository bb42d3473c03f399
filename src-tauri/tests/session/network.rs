//! Another network, as the services that manage networks tell it.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use landfall_desktop::session::network;
use landfall_engine::clock::ManualClock;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use zbus::zvariant::Value;

use crate::bus::on_bus;

const PATH: &str = "/org/freedesktop/NetworkManager";

on_bus! {
    async fn many_signals_of_one_change_are_one_look() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let (look, mut looks) = mpsc::channel(1);
        let stop = CancellationToken::new();
        let connection = zbus::Connection::system().await.unwrap();
        let signal = async |state: u32| {
            let none: [&str; 0] = [];
            let body = ("org.freedesktop.NetworkManager", HashMap::from([("State", Value::U32(state))]), &none[..]);
            let interface = "org.freedesktop.DBus.Properties";
            connection.emit_signal(None::<&str>, PATH, interface, "PropertiesChanged", &body).await.unwrap();
        };
        let testing = async {
            loop {
                signal(20).await;
                signal(70).await;
                clock.advance(Duration::from_secs(2));
                tokio::select! {
                    looked = looks.recv() => break looked.unwrap(),
                    // It may not listen yet.
                    () = tokio::time::sleep(Duration::from_millis(50)) => {}
                }
            }
            stop.cancel();
        };
        tokio::join!(network::attend(&clock, look, stop.clone()), testing);
    }
}
