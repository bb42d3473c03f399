//! The tray's icon as a real host sees it: through a fake `org.kde.StatusNotifierWatcher` and `com.canonical.dbusmenu`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use landfall_desk::{TrayJob, TrayState, TrayView};
use landfall_desktop::session::Call;
use landfall_desktop::session::tray::{self, Face, StatusItem};
use landfall_desktop::session::words::Words;
use landfall_engine::clock::SystemClock;
use landfall_wire::JobId;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedValue, Value};

use crate::bus::on_bus;

const NAME: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";

struct Watcher {
    items: mpsc::UnboundedSender<String>,
    has_host: Arc<AtomicBool>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String) {
        self.items.send(service).unwrap();
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        self.has_host.load(Ordering::Relaxed)
    }

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}

async fn watcher(has_host: bool) -> (zbus::Connection, mpsc::UnboundedReceiver<String>) {
    watcher_with(Arc::new(AtomicBool::new(has_host))).await
}

async fn watcher_with(has_host: Arc<AtomicBool>) -> (zbus::Connection, mpsc::UnboundedReceiver<String>) {
    let (tell, items) = mpsc::unbounded_channel();
    let connection = zbus::connection::Builder::session()
        .unwrap()
        .serve_at(PATH, Watcher { items: tell, has_host })
        .unwrap()
        .name(NAME)
        .unwrap()
        .build()
        .await
        .unwrap();
    (connection, items)
}

#[zbus::proxy(interface = "org.kde.StatusNotifierItem", default_path = "/StatusNotifierItem", gen_blocking = false)]
trait Item {
    fn activate(&self, x: i32, y: i32) -> zbus::Result<()>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn icon_pixmap(&self) -> zbus::Result<Vec<(i32, i32, Vec<u8>)>>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn tool_tip(&self) -> zbus::Result<(String, Vec<(i32, i32, Vec<u8>)>, String, String)>;
}

type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

#[zbus::proxy(interface = "com.canonical.dbusmenu", default_path = "/MenuBar", gen_blocking = false)]
trait Menu {
    fn get_layout(&self, parent: i32, depth: i32, names: &[&str]) -> zbus::Result<(u32, Node)>;
    fn event(&self, id: i32, kind: &str, data: &Value<'_>, time: u32) -> zbus::Result<()>;
    #[zbus(signal)]
    fn layout_updated(&self, revision: u32, parent: i32) -> zbus::Result<()>;
}

/// A line of the menu.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    id: i32,
    label: String,
    visible: bool,
}

/// A host that looks at the one item there is.
struct Host {
    item: ItemProxy<'static>,
    menu: MenuProxy<'static>,
}

impl Host {
    async fn of(connection: &zbus::Connection, name: String) -> Self {
        let item = ItemProxy::builder(connection).destination(name.clone()).unwrap().build().await.unwrap();
        let menu = MenuProxy::builder(connection).destination(name).unwrap().build().await.unwrap();
        Self { item, menu }
    }

    async fn entries(&self) -> Vec<Entry> {
        let (_, (_, _, children)) = self.menu.get_layout(0, -1, &[]).await.unwrap();
        children.iter().map(entry).collect()
    }

    async fn shown(&self) -> Vec<String> {
        let entries = self.entries().await.into_iter().filter(|entry| entry.visible && !entry.label.is_empty());
        entries.map(|entry| entry.label).collect()
    }

    async fn click(&self, label: &str) {
        let entries = self.entries().await;
        let entry = entries.iter().find(|entry| entry.label == label).unwrap_or_else(|| panic!("{label}: {entries:?}"));
        self.menu.event(entry.id, "clicked", &Value::I32(0), 0).await.unwrap();
    }
}

fn entry(node: &OwnedValue) -> Entry {
    let Value::Structure(node) = &**node else { panic!("a node of a menu: {node:?}") };
    let [Value::I32(id), Value::Dict(properties), _] = node.fields() else { panic!("{node:?}") };
    let label = properties.get::<_, String>(&"label").unwrap().unwrap_or_default();
    let visible = properties.get::<_, bool>(&"visible").unwrap().unwrap_or(true);
    Entry { id: *id, label, visible }
}

fn job(number: usize, percent: u8) -> TrayJob {
    let (id, title) = (JobId::new(format!("job-{number}")), format!("Quay {number}"));
    TrayJob { id, title, percent: Some(percent), words: "downloading".into() }
}

fn busy(percent: u8) -> TrayView {
    let jobs = vec![job(7, percent), job(8, 1)];
    TrayView { state: TrayState::Active, percent: Some(percent), jobs, active: 2, ..TrayView::default() }
}

/// Runs `test` while the tray is kept.
async fn kept(view: TrayView, test: impl AsyncFnOnce(&watch::Sender<TrayView>, &mut mpsc::Receiver<Call>)) {
    let (views, seen) = watch::channel(view);
    let (calls, mut called) = mpsc::channel(8);
    let (words, chosen) = watch::channel(Words::of("en"));
    let stop = CancellationToken::new();
    let face = Face::of(&seen.borrow(), Words::of("en"));
    let item = StatusItem::offer(face, calls).await.unwrap();
    let clock = SystemClock::new();
    let keeping = tray::keep(item, seen, chosen, &clock, stop.clone());
    let testing = async {
        test(&views, &mut called).await;
        stop.cancel();
    };
    tokio::join!(keeping, testing);
    drop(words);
}

/// Looks until it is so: the tray is told in its own time.
async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

on_bus! {
    async fn menu_lists_jobs_and_leads_everywhere() {
        let (connection, mut items) = watcher(true).await;
        kept(busy(42), async |_, called| {
            let host = Host::of(&connection, items.recv().await.unwrap()).await;
            let expected = [
                "Open Landfall",
                "New export…",
                "Small window",
                "Quay 7  ·  42 %",
                "Quay 8  ·  1 %",
                "Pause all",
                "Open folder",
                "Quit (2 still running)",
            ];
            assert_eq!(host.shown().await, expected);
            for (label, call) in [
                ("Open Landfall", Call::Show),
                ("New export…", Call::NewExport),
                ("Small window", Call::Compact),
                ("Quay 8  ·  1 %", Call::ShowJob(JobId::new("job-8"))),
                ("Pause all", Call::PauseAll),
                ("Open folder", Call::OpenFolder),
                ("Quit (2 still running)", Call::Quit),
            ] {
                host.click(label).await;
                assert_eq!(called.recv().await, Some(call), "of {label}");
            }
            host.item.activate(0, 0).await.unwrap();
            assert_eq!(called.recv().await, Some(Call::Show), "a left click");
        })
        .await;
    }
}

on_bus! {
    async fn open_menu_changes_in_place() {
        let (connection, mut items) = watcher(true).await;
        kept(busy(42), async |views, _| {
            let host = Host::of(&connection, items.recv().await.unwrap()).await;
            let mut rebuilt = host.menu.receive_layout_updated().await.unwrap();
            let before = host.entries().await;
            let mut paused = busy(43);
            paused.jobs.truncate(1);
            paused.all_paused = true;
            paused.state = TrayState::Paused;
            views.send_replace(paused);
            let after = until(async || {
                let after = host.entries().await;
                (after != before).then_some(after)
            })
            .await;
            let ids = |entries: &[Entry]| entries.iter().map(|entry| entry.id).collect::<Vec<_>>();
            assert_eq!(ids(&after), ids(&before), "the same entries: rebuilt, it would close under the pointer");
            let shown: Vec<_> = host.shown().await;
            assert!(shown.contains(&"Quay 7  ·  43 %".to_owned()), "{shown:?}");
            assert!(shown.contains(&"Resume all".to_owned()), "{shown:?}");
            assert!(!shown.iter().any(|label| label.starts_with("Quay 8")), "{shown:?}");
            let rebuilt = futures_util::FutureExt::now_or_never(futures_util::StreamExt::next(&mut rebuilt));
            assert!(rebuilt.is_none(), "and no tray was told to build it anew");
        })
        .await;
    }
}

on_bus! {
    async fn icon_and_tooltip_say_how_things_stand() {
        let (connection, mut items) = watcher(true).await;
        kept(busy(42), async |views, _| {
            let host = Host::of(&connection, items.recv().await.unwrap()).await;
            let active = host.item.icon_pixmap().await.unwrap();
            assert_eq!(active.iter().map(|icon| icon.0).collect::<Vec<_>>(), [16, 22, 32, 48]);
            assert_eq!(host.item.tool_tip().await.unwrap().3, "2 exports on their way, 42 %");
            views.send_replace(TrayView { state: TrayState::Attention, ..busy(42) });
            let other = until(async || {
                let icon = host.item.icon_pixmap().await.unwrap();
                (icon != active).then_some(icon)
            })
            .await;
            assert_eq!(other.len(), active.len());
            assert_eq!(host.item.tool_tip().await.unwrap().3, "Something waits for you, 42 %");
        })
        .await;
    }
}

on_bus! {
    async fn whether_there_is_a_tray_is_asked_and_not_assumed() {
        let (tell, mut told) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let watching = tray::watch_host(move |there| tell.send(there).unwrap(), stop.clone());
        let testing = async {
            assert_eq!(told.recv().await, Some(false), "nobody is there");
            let has_host = Arc::new(AtomicBool::new(false));
            let (connection, _items) = watcher_with(has_host.clone()).await;
            has_host.store(true, Ordering::Relaxed);
            let emitter = SignalEmitter::new(&connection, PATH).unwrap();
            Watcher::status_notifier_host_registered(&emitter).await.unwrap();
            assert_eq!(told.recv().await, Some(true), "a watcher that has a host");
            connection.close().await.unwrap();
            assert_eq!(told.recv().await, Some(false), "it is gone");
            let (_connection, _items) = watcher(true).await;
            assert_eq!(told.recv().await, Some(true), "it is back");
            stop.cancel();
        };
        tokio::join!(watching, testing);
    }
}

on_bus! {
    async fn icon_waits_for_a_tray_that_comes_later() {
        kept(busy(42), async |_, _| {
            let (connection, mut items) = watcher(true).await;
            let host = Host::of(&connection, items.recv().await.unwrap()).await;
            assert!(host.shown().await.len() > 5);
        })
        .await;
    }
}
