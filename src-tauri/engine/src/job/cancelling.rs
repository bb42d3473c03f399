//! What is told to the server about a job of its own: stop, delete the result, it has landed.

use super::work::{Errand, Teller};
use super::{Cancel, LandedFile, News, Remote};
use crate::connector::{RemoteState, Stopped};
use crate::site::Setback;
use crate::{crash, monitor};

impl Errand {
    /// Goes on with a cancel from where it is.
    pub(super) async fn cancel(&self, cancel: &Cancel, teller: &Teller) -> Result<(), Setback> {
        match cancel {
            // The id is needed to cancel it: it is looked for, or the submit is repeated under its key.
            Cancel::Learn(submit) => self.submit(submit, teller).await,
            Cancel::Tell(remote) => self.tell_cancel(remote, teller).await,
            Cancel::Await { remote, .. } => monitor::follow(self, remote, None, teller).await,
        }
    }

    async fn tell_cancel(&self, remote: &Remote, teller: &Teller) -> Result<(), Setback> {
        let connector = &self.site.connector;
        let Some(request) = self.with_scope(Some(remote), |scope| connector.cancel_request(scope)) else {
            let note = "Cancelled here; this server has no way to be told, so its own job goes on there".to_owned();
            teller.tell(News::CancelTold { note }).await;
            return Ok(());
        };
        let answer = self.site.ask(request?).await?;
        crash::reach("job.cancel-sent");
        let news = match self.with_scope(Some(remote), |scope| connector.read_cancel(scope, &answer))? {
            Stopped::Told if connector.cancel_waits() => News::CancelHeard,
            Stopped::Told => News::CancelTold { note: "Cancelled; the server was told to stop its job".to_owned() },
            Stopped::Over => News::CancelTold { note: self.where_it_stands(remote).await },
        };
        teller.tell(news).await;
        Ok(())
    }

    /// It had ended before it could be told: one look tells how.
    async fn where_it_stands(&self, remote: &Remote) -> String {
        let over = || "Cancelled; the server says that its job had ended already".to_owned();
        if !self.site.connector.has_poll() {
            return over();
        }
        match monitor::ask(self, remote).await {
            Ok(report) => last_words(&report.state),
            Err(_) => over(),
        }
    }

    /// Deletes the server's copy of what has landed.
    pub(super) async fn delete(&self, remote: &Remote, teller: &Teller) -> Result<(), Setback> {
        let connector = &self.site.connector;
        let Some(request) = self.with_scope(Some(remote), |scope| connector.delete_request(scope)) else {
            return Ok(());
        };
        let answer = self.site.ask(request?).await?;
        crash::reach("job.delete-sent");
        let note = match self.with_scope(Some(remote), |scope| connector.read_delete(scope, &answer))? {
            Stopped::Told => "The server's copy was deleted",
            Stopped::Over => "The server's copy was gone already",
        };
        teller.tell(News::Deleted { note: note.to_owned() }).await;
        Ok(())
    }

    /// Tells a server that wants to know that the result has landed verified. What comes of it is noted and nothing more:
    /// the file is here.
    pub(super) async fn acknowledge(&self, remote: &Remote, files: &[LandedFile]) -> Option<String> {
        let connector = &self.site.connector;
        if !files.iter().all(|file| file.vouched.is_verified()) {
            return None;
        }
        let request = self.with_scope(Some(remote), |scope| connector.acknowledge_request(scope))?;
        let told = async {
            let answer = self.site.ask(request?).await?;
            Ok::<_, Setback>(self.with_scope(Some(remote), |scope| connector.read_acknowledge(scope, &answer))?)
        };
        Some(match told.await {
            Ok(Stopped::Told | Stopped::Over) => "The server was told that it has landed".to_owned(),
            Err(setback) => format!("The server could not be told that it has landed: {}", setback.failure.message),
        })
    }
}

/// How the server's job ended, or goes on, that was to be stopped.
pub(super) fn last_words(state: &RemoteState) -> String {
    match state {
        RemoteState::Ready | RemoteState::Partial | RemoteState::Empty => {
            "Cancelled; the server had finished before it was told, and its result stays there".to_owned()
        }
        RemoteState::Failed { reason: Some(reason), .. } => {
            format!("Cancelled; the server's job has ended: {reason}")
        }
        RemoteState::Failed { reason: None, .. } | RemoteState::Cancelled => {
            "Cancelled; the server has stopped its job".to_owned()
        }
        RemoteState::Expired | RemoteState::Lost => "Cancelled; the server no longer knows the job".to_owned(),
        RemoteState::Waiting | RemoteState::Preparing | RemoteState::Cancelling => {
            "Cancelled; the server says that its job has not ended yet".to_owned()
        }
    }
}
