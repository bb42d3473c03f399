//! A notification, as a value.

use landfall_wire::{JobId, Notice, NoticeKind, Section};
use notify_rust::{Hint, Notification, Timeout, Urgency};

use crate::session::Call;
use crate::session::words::Words;

/// Longer texts are cut by every desktop, each in its own way.
const LONGEST: usize = 300;

/// What a letter is about; a later one about the same takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One job.
    Job(JobId),
    /// Several jobs that came to the same.
    Jobs(NoticeKind),
    /// The app itself, each time something else.
    App,
}

/// What is told, and what a person can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// What about.
    pub subject: Subject,
    /// Of which kind.
    pub kind: NoticeKind,
    /// Where they are, of several jobs.
    section: Option<Section>,
    /// One line.
    pub title: String,
    /// One sentence more.
    pub text: String,
    /// What is offered: name, label, and what it comes to.
    actions: Vec<(&'static str, &'static str, Call)>,
}

impl Letter {
    /// How that notice is told.
    pub fn of(notice: &Notice, words: &'static Words) -> Self {
        let actions = notice.job.as_ref().map_or_else(Vec::new, |job| match notice.kind {
            NoticeKind::Landed => vec![
                ("open", words.open_file, Call::OpenFile(job.clone())),
                ("reveal", words.show_in_folder, Call::RevealFile(job.clone())),
            ],
            NoticeKind::Failed => vec![
                ("retry", words.retry, Call::Retry(job.clone())),
                ("details", words.details, Call::ShowJob(job.clone())),
            ],
            NoticeKind::NeedsSignIn => vec![("sign-in", words.sign_in, Call::SignIn(job.clone()))],
            NoticeKind::TooLate | NoticeKind::WaitsForYou => {
                vec![("details", words.details, Call::ShowJob(job.clone()))]
            }
            NoticeKind::App => Vec::new(),
        });
        Self {
            subject: match (&notice.job, notice.kind) {
                (Some(job), _) => Subject::Job(job.clone()),
                (None, NoticeKind::App) => Subject::App,
                (None, kind) => Subject::Jobs(kind),
            },
            kind: notice.kind,
            section: notice.section,
            title: cut(&notice.title),
            text: cut(&notice.text),
            actions,
        }
    }

    /// A word of the app itself.
    pub fn of_app(title: &str, text: &str) -> Self {
        Self {
            subject: Subject::App,
            kind: NoticeKind::App,
            section: None,
            title: cut(title),
            text: cut(text),
            actions: Vec::new(),
        }
    }

    /// What an action comes to; a click on the letter itself brings up the job that it is about, or where they are.
    pub fn answer(&self, action: &str) -> Option<Call> {
        if action == "default" {
            return Some(match (&self.subject, self.section) {
                (Subject::Job(job), _) => Call::ShowJob(job.clone()),
                (Subject::Jobs(_), Some(section)) => Call::ShowSection(section),
                (Subject::Jobs(_) | Subject::App, _) => Call::Show,
            });
        }
        self.actions.iter().find(|(name, ..)| *name == action).map(|(_, _, call)| call.clone())
    }

    /// As notification services take it.
    pub(super) fn dress(&self, notification: &mut Notification) {
        let category = match self.kind {
            NoticeKind::Landed => "transfer.complete",
            NoticeKind::Failed | NoticeKind::TooLate | NoticeKind::WaitsForYou => "transfer.error",
            NoticeKind::NeedsSignIn => "network.error",
            NoticeKind::App => "x-landfall.app",
        };
        notification
            .appname("Landfall")
            .icon("landfall-desktop")
            .summary(&self.title)
            .body(&escaped(&self.text))
            .timeout(Timeout::Default)
            .hint(Hint::DesktopEntry("landfall-desktop".into()))
            .hint(Hint::Category(category.into()))
            // Nothing here is worth breaking through "do not disturb".
            .hint(Hint::Urgency(Urgency::Normal));
        if self.kind == NoticeKind::Landed {
            notification.hint(Hint::SoundName("complete".into()));
        }
        notification.actions.clear();
        notification.action("default", "");
        for (name, label, _) in &self.actions {
            notification.action(name, label);
        }
    }
}

/// Bodies are read as markup (Desktop Notifications Specification 1.3, "Markup"); titles are not.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(kind: NoticeKind, job: Option<&str>) -> Notice {
        Notice {
            number: 1,
            at: "2026-11-23T14:00:00Z".parse().unwrap(),
            kind,
            title: "Quay 7 landed".into(),
            text: "1.9 GB <checked> & named".into(),
            job: job.map(JobId::new),
            section: Some(Section::Landed),
        }
    }

    #[test]
    fn each_kind_offers_what_makes_sense() {
        let words = Words::of("en");
        for (kind, expected) in [
            (NoticeKind::Landed, &["open", "reveal"][..]),
            (NoticeKind::Failed, &["retry", "details"]),
            (NoticeKind::NeedsSignIn, &["sign-in"]),
            (NoticeKind::TooLate, &["details"]),
            (NoticeKind::WaitsForYou, &["details"]),
            (NoticeKind::App, &[]),
        ] {
            let letter = Letter::of(&notice(kind, Some("job-1")), words);
            let offered: Vec<_> = letter.actions.iter().map(|(name, ..)| *name).collect();
            assert_eq!(offered, expected, "of {kind:?}");
            assert_eq!(letter.answer("default"), Some(Call::ShowJob(JobId::new("job-1"))), "of {kind:?}");
            assert_eq!(letter.answer("rm -rf"), None, "what was not offered comes to nothing");
        }
    }

    #[test]
    fn digest_leads_to_where_they_are_and_a_word_of_the_app_to_the_window() {
        let letter = Letter::of(&notice(NoticeKind::Landed, None), Words::of("en"));
        assert_eq!(letter.answer("default"), Some(Call::ShowSection(Section::Landed)));
        assert_eq!(Letter::of_app("No tray", "It goes on").answer("default"), Some(Call::Show));
        assert_eq!(letter.answer("open"), None, "it is not said which of them");
    }

    #[test]
    fn text_is_text_and_no_markup() {
        let letter = Letter::of(&notice(NoticeKind::Landed, None), Words::of("en"));
        let mut notification = Notification::new();
        letter.dress(&mut notification);
        assert_eq!(notification.body, "1.9 GB &lt;checked&gt; &amp; named");
    }
}
