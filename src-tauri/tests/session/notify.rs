//! Notifications against a fake `org.freedesktop.Notifications`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use landfall_desktop::session::Call;
use landfall_desktop::session::notify::{self, Letter};
use landfall_desktop::session::words::Words;
use landfall_engine::clock::SystemClock;
use landfall_wire::{JobId, Notice, NoticeKind};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use zbus::fdo::DBusProxy;
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;

use crate::bus::on_bus;

const PATH: &str = "/org/freedesktop/Notifications";
const NAME: &str = "org.freedesktop.Notifications";

/// What the service was asked to show.
#[derive(Debug)]
struct Shown {
    id: u32,
    replaces: u32,
    summary: String,
    body: String,
    actions: Vec<String>,
    hints: Vec<String>,
    sender: String,
}

struct Service {
    shown: mpsc::UnboundedSender<Shown>,
    last: u32,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Service {
    #[expect(clippy::too_many_arguments, clippy::needless_pass_by_value, reason = "as the specification has it")]
    fn notify(
        &mut self,
        #[zbus(header)] header: Header<'_>,
        _app_name: &str,
        replaces_id: u32,
        _icon: &str,
        summary: &str,
        body: &str,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let id = if replaces_id == 0 {
            self.last += 1;
            self.last
        } else {
            replaces_id
        };
        let sender = header.sender().unwrap().to_string();
        let hints = hints.into_keys().collect();
        let (summary, body) = (summary.to_owned(), body.to_owned());
        self.shown.send(Shown { id, replaces: replaces_id, summary, body, actions, hints, sender }).unwrap();
        id
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action_key: &str) -> zbus::Result<()>;
}

/// A session with a desk's notices on one side and a person's calls on the other.
struct Session {
    notices: broadcast::Sender<Notice>,
    letters: mpsc::Sender<Letter>,
    calls: mpsc::Receiver<Call>,
    stop: CancellationToken,
    told: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>,
    last: u64,
}

impl Session {
    fn new() -> Self {
        let (notices, heard) = broadcast::channel(64);
        let (letters, written) = mpsc::channel(8);
        let (calls, called) = mpsc::channel(64);
        let (words, chosen) = watch::channel(Words::of("en"));
        let stop = CancellationToken::new();
        let ending = stop.clone();
        let told = async move {
            let _words = words;
            notify::tell(heard, written, chosen, calls, Arc::new(SystemClock::new()), ending).await;
        };
        Self { notices, letters, calls: called, stop, told: Box::pin(told), last: 0 }
    }

    fn notice(&mut self, kind: NoticeKind, job: Option<&str>, title: &str) {
        self.last += 1;
        let at = "2026-11-23T14:00:00Z".parse().unwrap();
        let (title, text, job) = (title.into(), "1.9 GB, verified".into(), job.map(JobId::new));
        self.notices.send(Notice { number: self.last, at, kind, title, text, job, section: None }).unwrap();
    }

    /// What comes while the notices are told.
    async fn during<T>(&mut self, wanted: impl Future<Output = T>) -> T {
        tokio::select! {
            () = &mut self.told => panic!("the notices are told as long as nobody stops it"),
            got = wanted => got,
        }
    }

    /// Clicks until the click is heard: the listener may not listen yet.
    async fn click(&mut self, connection: &zbus::Connection, id: u32, action: &str) -> Call {
        let emitter = SignalEmitter::new(connection, PATH).unwrap();
        let Self { told, calls, .. } = self;
        loop {
            Service::action_invoked(&emitter, id, action).await.unwrap();
            tokio::select! {
                () = &mut *told => panic!("the notices are told as long as nobody stops it"),
                call = calls.recv() => return call.unwrap(),
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
            }
        }
    }
}

async fn service() -> (zbus::Connection, mpsc::UnboundedReceiver<Shown>) {
    let (tell, shown) = mpsc::unbounded_channel();
    let connection = zbus::connection::Builder::session()
        .unwrap()
        .serve_at(PATH, Service { shown: tell, last: 0 })
        .unwrap()
        .name(NAME)
        .unwrap()
        .build()
        .await
        .unwrap();
    (connection, shown)
}

on_bus! {
    async fn landed_is_opened_and_shown_from_its_notification() {
        let (connection, mut shown) = service().await;
        let mut session = Session::new();
        session.notice(NoticeKind::Landed, Some("job-7"), "Quay 7 landed");
        let first = session.during(shown.recv()).await.unwrap();
        assert_eq!((first.summary.as_str(), first.body.as_str()), ("Quay 7 landed", "1.9 GB, verified"));
        assert_eq!(first.actions, ["default", "", "open", "Open", "reveal", "Show in folder"]);
        for hint in ["desktop-entry", "category", "sound-name"] {
            assert!(first.hints.iter().any(|given| given == hint), "{hint} is hinted: {:?}", first.hints);
        }
        let call = session.click(&connection, first.id, "reveal").await;
        assert_eq!(call, Call::RevealFile(JobId::new("job-7")));
    }
}

on_bus! {
    async fn click_on_the_text_brings_the_right_job_up() {
        let (connection, mut shown) = service().await;
        let mut session = Session::new();
        session.notice(NoticeKind::Landed, Some("job-1"), "One");
        let one = session.during(shown.recv()).await.unwrap();
        session.notice(NoticeKind::NeedsSignIn, Some("job-2"), "Two");
        let two = session.during(shown.recv()).await.unwrap();
        assert_ne!(one.id, two.id, "two jobs, two notifications");
        assert_eq!(session.click(&connection, one.id, "default").await, Call::ShowJob(JobId::new("job-1")));
        assert_eq!(session.click(&connection, two.id, "sign-in").await, Call::SignIn(JobId::new("job-2")));
    }
}

on_bus! {
    async fn later_word_of_the_same_job_takes_the_place_of_the_first() {
        let (connection, mut shown) = service().await;
        let mut session = Session::new();
        session.notice(NoticeKind::TooLate, Some("job-3"), "The link expires before this can finish");
        let first = session.during(shown.recv()).await.unwrap();
        session.notice(NoticeKind::Failed, Some("job-3"), "Quay 3 failed");
        let second = session.during(shown.recv()).await.unwrap();
        assert_eq!((second.replaces, second.id), (first.id, first.id), "in place, and not piled up");
        assert_eq!(second.sender, first.sender, "some desktops let only the same sender do that");
        assert_eq!(second.actions, ["default", "", "retry", "Retry", "details", "Details"]);
        assert_eq!(session.click(&connection, first.id, "retry").await, Call::Retry(JobId::new("job-3")));
    }
}

on_bus! {
    async fn burst_that_goes_on_changes_its_digest_in_place() {
        let (_connection, mut shown) = service().await;
        let mut session = Session::new();
        session.notice(NoticeKind::Landed, None, "3 exports have landed");
        let first = session.during(shown.recv()).await.unwrap();
        session.notice(NoticeKind::Failed, None, "2 exports failed");
        let failed = session.during(shown.recv()).await.unwrap();
        assert_ne!(failed.id, first.id, "of another kind");
        session.notice(NoticeKind::Landed, None, "5 exports have landed");
        let second = session.during(shown.recv()).await.unwrap();
        assert_eq!((second.replaces, second.id), (first.id, first.id), "in place, and not piled up");
    }
}

on_bus! {
    async fn only_so_many_stay_open_to_an_answer() {
        let (connection, mut shown) = service().await;
        let mut session = Session::new();
        let mut senders = Vec::new();
        for number in 0..11 {
            session.notice(NoticeKind::Landed, Some(&format!("job-{number}")), "Landed");
            senders.push(session.during(shown.recv()).await.unwrap().sender);
        }
        let bus = DBusProxy::new(&connection).await.unwrap();
        let open = async {
            loop {
                let mut open = 0;
                for sender in &senders {
                    open += usize::from(bus.name_has_owner(sender.as_str().try_into().unwrap()).await.unwrap());
                }
                if open <= 8 {
                    return open;
                }
            }
        };
        assert_eq!(session.during(open).await, 8, "the three oldest were let go of");
    }
}

on_bus! {
    async fn desktop_without_notifications_is_no_error_and_leaves_nothing_behind() {
        let mut session = Session::new();
        for number in 0..20 {
            session.notice(NoticeKind::Landed, Some(&format!("job-{number}")), "Landed");
        }
        // They are worked off while nobody is there; then somebody comes, and hears what is new.
        let gone = async { tokio::task::yield_now().await };
        session.during(gone).await;
        let (_connection, mut shown) = service().await;
        session.letters.send(Letter::of_app("Landfall goes on", "In the task bar")).await.unwrap();
        let heard = async {
            loop {
                let shown = shown.recv().await.unwrap();
                if shown.summary == "Landfall goes on" {
                    return shown;
                }
            }
        };
        assert_eq!(session.during(heard).await.body, "In the task bar");
        session.stop.cancel();
        let Session { told, calls, .. } = session;
        told.await;
        assert!(calls.is_closed(), "nothing holds on to the way back once it has ended");
    }
}
