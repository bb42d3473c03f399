//! What a desktop has besides windows: a tray and a notification service, played on the person's bus.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedValue, Value};

use super::{Desk, until};

/// A press that has come to nothing by then was not heard.
const ANOTHER_PRESS: Duration = Duration::from_secs(5);

/// A tray with a host, as `org.kde.StatusNotifierWatcher` has it.
pub(crate) struct Tray {
    connection: zbus::Connection,
    items: Arc<Mutex<Vec<String>>>,
}

struct Watcher(Arc<Mutex<Vec<String>>>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
#[expect(clippy::unused_self, reason = "a property belongs to what is served")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(service);
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
}

type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

#[zbus::proxy(interface = "com.canonical.dbusmenu", default_path = "/MenuBar", gen_blocking = false)]
trait Menu {
    fn get_layout(&self, parent: i32, depth: i32, names: &[&str]) -> zbus::Result<(u32, Node)>;
    fn event(&self, id: i32, kind: &str, data: &Value<'_>, time: u32) -> zbus::Result<()>;
}

#[zbus::proxy(interface = "org.kde.StatusNotifierItem", default_path = "/StatusNotifierItem", gen_blocking = false)]
trait Item {
    fn activate(&self, x: i32, y: i32) -> zbus::Result<()>;
}

impl Desk {
    /// A tray, from now on.
    pub(crate) async fn tray(&self) -> Tray {
        let (connection, items) = (self.bus().await, Arc::default());
        let watcher = Watcher(Arc::clone(&items));
        connection.object_server().at("/StatusNotifierWatcher", watcher).await.expect("it can be served");
        connection.request_name("org.kde.StatusNotifierWatcher").await.expect("the name is free");
        Tray { connection, items }
    }

    /// A notification service, from now on.
    pub(crate) async fn notices(&self) -> Notices {
        let (connection, told) = (self.bus().await, Arc::default());
        let service = NoticeService(Arc::clone(&told));
        connection.object_server().at("/org/freedesktop/Notifications", service).await.expect("it can be served");
        connection.request_name("org.freedesktop.Notifications").await.expect("the name is free");
        Notices { connection, told }
    }
}

impl Tray {
    /// The lines of the app's menu that can be seen.
    pub(crate) async fn menu(&self) -> Vec<String> {
        self.entries().await.into_iter().map(|(_, label)| label).collect()
    }

    /// Waits until the menu has a line that begins so.
    pub(crate) async fn offers(&self, start: &str) -> String {
        until(&format!("the tray offers {start:?}"), async || {
            self.menu().await.into_iter().find(|label| label.starts_with(start))
        })
        .await
    }

    /// Clicks the line of the menu.
    pub(crate) async fn click(&self, label: &str) {
        self.offers(label).await;
        let entries = self.entries().await;
        let (id, _) = entries.iter().find(|(_, other)| other.starts_with(label)).expect("it is offered");
        self.menu_of_the_app().await.event(*id, "clicked", &Value::I32(0), 0).await.expect("the menu takes a click");
    }

    /// Clicks the icon.
    pub(crate) async fn click_icon(&self) {
        let builder = ItemProxy::builder(&self.connection).destination(self.item().await).expect("a name of the bus");
        builder.build().await.expect("it is there").activate(0, 0).await.expect("the icon takes a click");
    }

    async fn entries(&self) -> Vec<(i32, String)> {
        let layout = self.menu_of_the_app().await.get_layout(0, -1, &[]).await;
        let (_, (_, _, children)) = layout.expect("the menu tells its layout");
        children.iter().filter_map(entry).collect()
    }

    async fn menu_of_the_app(&self) -> MenuProxy<'static> {
        let builder = MenuProxy::builder(&self.connection).destination(self.item().await).expect("a name of the bus");
        builder.build().await.expect("it is there")
    }

    async fn item(&self) -> String {
        until("the app offers its icon", async || {
            self.items.lock().unwrap_or_else(PoisonError::into_inner).last().cloned()
        })
        .await
    }
}

/// The number and the label of a line that can be seen.
fn entry(node: &OwnedValue) -> Option<(i32, String)> {
    let Value::Structure(node) = &**node else { return None };
    let [Value::I32(id), Value::Dict(properties), _] = node.fields() else { return None };
    let label = properties.get::<_, String>(&"label").ok().flatten().unwrap_or_default();
    let is_visible = properties.get::<_, bool>(&"visible").ok().flatten().unwrap_or(true);
    (is_visible && !label.is_empty()).then_some((*id, label))
}

/// A notification service that shows nothing and keeps what it was told.
pub(crate) struct Notices {
    connection: zbus::Connection,
    told: Arc<Mutex<Vec<Told>>>,
}

/// What it was told.
#[derive(Debug, Clone)]
struct Told {
    id: u32,
    title: String,
    text: String,
    actions: Vec<String>,
}

impl Told {
    fn holds(&self, words: &str) -> bool {
        self.title.contains(words) || self.text.contains(words)
    }
}

struct NoticeService(Arc<Mutex<Vec<Told>>>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
#[expect(clippy::unused_self, reason = "the interface is the specification's")]
impl NoticeService {
    #[expect(clippy::too_many_arguments, reason = "the specification of desktop notifications has them")]
    fn notify(
        &self,
        app: String,
        replaces: u32,
        icon: String,
        title: String,
        text: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        expires: i32,
    ) -> u32 {
        let _ = (app, icon, hints, expires);
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(told.len() + 1).unwrap_or(u32::MAX);
        let id = if replaces == 0 { next } else { replaces };
        told.push(Told { id, title, text, actions });
        id
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;

    fn get_capabilities(&self) -> Vec<String> {
        vec!["actions".to_owned(), "body".to_owned()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("kept".to_owned(), "tests".to_owned(), "1".to_owned(), "1.2".to_owned())
    }

    fn close_notification(&self, id: u32) {
        let _ = id;
    }
}

impl Notices {
    /// Waits for a notice whose title or text holds these words; gives both.
    pub(crate) async fn tells(&self, words: &str) -> (String, String) {
        let Told { title, text, .. } = self.told(words).await;
        (title, text)
    }

    /// Presses that button of the notice whose title or text holds these words until it has come to that: the app listens for
    /// a press only a moment after it has told, which no person is quick enough to notice.
    pub(crate) async fn press_until<T>(
        &self,
        words: &str,
        action: &str,
        what: &str,
        done: impl Fn() -> Option<T>,
    ) -> T {
        let told = self.told(words).await;
        assert!(told.actions.iter().any(|offered| offered == action), "it is offered: {told:?}");
        let emitter = SignalEmitter::new(&self.connection, "/org/freedesktop/Notifications").expect("a path");
        until(what, async || {
            NoticeService::action_invoked(&emitter, told.id, action).await.expect("it can be told");
            tokio::time::timeout(ANOTHER_PRESS, until(what, async || done())).await.ok()
        })
        .await
    }

    async fn told(&self, words: &str) -> Told {
        until(&format!("a notice tells {words:?}"), async || {
            let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            told.iter().find(|told| told.holds(words)).cloned()
        })
        .await
    }
}
