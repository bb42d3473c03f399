//! Sends the request, step by step, so that whatever happens it makes one job on the server.

use std::time::Duration;

use landfall_wire::{ErrorCode, Failure};

use super::search::{Sight, unclear};
use super::work::{Errand, Teller};
use super::{News, Submit};
use crate::connector::{Scope, SubmitReading, Submitted};
use crate::crash;
use crate::net::Answer;
use crate::retry::{self, Trouble};
use crate::site::Setback;

impl Errand {
    /// From the step in flight to the server's id.
    pub(super) async fn submit(&self, submit: &Submit, teller: &Teller) -> Result<(), Setback> {
        let connector = &self.site.connector;
        if let Some(made) = self.in_submit(submit, |scope| connector.without_submit(scope)) {
            return Box::pin(self.taken(made?, teller)).await;
        }
        let _turn = self.site.submit_turns.take(self.urgency.clone()).await;
        // Boxed, so that those who wait for their turn do not hold the room of who has it.
        Box::pin(self.submit_now(submit.clone(), teller)).await
    }

    async fn submit_now(&self, mut submit: Submit, teller: &Teller) -> Result<(), Setback> {
        let connector = &self.site.connector;
        if submit.is_fate_unknown() && !connector.is_idempotent() && self.can_look_for_it() {
            if let Some(found) = self.sought().await? {
                let note = format!("The server had taken it as {} before it was interrupted", found.remote_id);
                return Self::adopt(found, note, teller).await;
            }
            let note = "The server has no job of this request, so it is sent again".to_owned();
            teller.tell(News::NotTaken { note: Some(note) }).await;
        }
        if submit.step == 0
            && let Some(wait) = self.until_within_quota().await?
        {
            let note = "The server takes only so many requests in a time; this one waits here".to_owned();
            teller.tell(News::Busy { note, wait, words: None }).await;
            return Ok(());
        }
        let steps = connector.submit_steps(self.job.method()).max(1);
        while submit.step < steps {
            let request = self.in_submit(&submit, |scope| connector.submit_request(scope, submit.step))?;
            teller.tell(News::Sending).await;
            let answer = match self.site.ask_any(request).await {
                Ok(answer) => answer,
                Err(setback) => return Err(self.cut_off(&submit, setback, teller).await),
            };
            crash::reach("job.submit-sent");
            match self.in_submit(&submit, |scope| connector.read_submit(scope, submit.step, &answer)) {
                Ok(SubmitReading::Submitted(submitted)) => return self.taken(submitted, teller).await,
                Ok(SubmitReading::Step { remote_id, kept }) => {
                    teller.tell(News::Stepped { remote_id: remote_id.clone(), kept: kept.clone() }).await;
                    submit.step += 1;
                    submit.remote_id = remote_id.or(submit.remote_id);
                    submit.kept.extend(kept);
                }
                Ok(SubmitReading::Duplicate { remote_id }) => return self.duplicate(&submit, remote_id, teller).await,
                Ok(SubmitReading::Busy { retry_after, words }) => {
                    let note = "The server's queue is full; the request waits here".to_owned();
                    teller.tell(News::Busy { note, wait: retry::until_not_busy(retry_after), words }).await;
                    return Ok(());
                }
                Err(failure) => return Err(self.refused(&submit, failure, &answer, teller).await),
            }
        }
        let message = "The server took every step of the request and gave no id for its job";
        Err(Failure::new(ErrorCode::JobCreationFailed, message).into())
    }

    /// How long to wait before the server takes another request; none: it goes out now.
    async fn until_within_quota(&self) -> Result<Option<Duration>, Setback> {
        let quotas = self.site.connector.limits().quotas();
        if quotas.is_empty() {
            return Ok(None);
        }
        let now = self.clock.now();
        let until = self.store.take_submit(&self.job.wish.connection, quotas, now).await.map_err(Failure::from)?;
        Ok(until.map(|until| Duration::try_from(until.duration_since(now)).unwrap_or_default()))
    }

    async fn taken(&self, submitted: Submitted, teller: &Teller) -> Result<(), Setback> {
        if let Some(report) = &submitted.report {
            self.links.put(&report.parts);
        }
        teller.tell(News::Submitted(submitted)).await;
        Ok(())
    }

    async fn adopt(submitted: Submitted, note: String, teller: &Teller) -> Result<(), Setback> {
        teller.tell(News::Adopted { submitted, note }).await;
        Ok(())
    }

    /// A request of unknown fate, found in the account's list; `None` when the server surely has not taken it.
    async fn sought(&self) -> Result<Option<Submitted>, Setback> {
        match self.look_for_it().await? {
            Sight::Found(listed) => Ok(Some(self.taken_over(&listed)?)),
            Sight::NotThere => Ok(None),
            Sight::Unclear(candidates) => Err(unclear(&self.job.wish.connection, &candidates).into()),
        }
    }

    /// The server has this very export already.
    async fn duplicate(&self, submit: &Submit, id: Option<String>, teller: &Teller) -> Result<(), Setback> {
        let connector = &self.site.connector;
        let found = match id {
            Some(id) => Some(self.in_submit(submit, |scope| connector.adopted(scope, &id))?),
            None if self.can_look_for_it() => match self.look_for_it().await? {
                Sight::Found(listed) => Some(self.taken_over(&listed)?),
                Sight::NotThere | Sight::Unclear(_) => None,
            },
            None => None,
        };
        let Some(found) = found else {
            teller.tell(News::NotTaken { note: None }).await;
            let message = "The server has this export already, but does not say which job it is";
            let adopt = format!("Look on the server for its id, then: landfall adopt {} ID", self.job.wish.connection);
            return Err(Failure::new(ErrorCode::JobCreationFailed, message).with_remediation(adopt).into());
        };
        let note = format!("The server has this export already as {}; that job is followed", found.remote_id);
        Self::adopt(found, note, teller).await
    }

    /// A request that was sent and not answered. Whoever cannot find out does not send it twice without a person's word.
    async fn cut_off(&self, submit: &Submit, setback: Setback, teller: &Teller) -> Setback {
        if is_surely_not_taken(setback.trouble.as_ref()) {
            teller.tell(News::NotTaken { note: None }).await;
            return setback;
        }
        if self.site.connector.is_idempotent() || self.can_look_for_it() || submit.remote_id.is_some() {
            return setback;
        }
        let message = format!("It is not known whether the server took the request: {}", setback.failure.message);
        Setback::from(Failure::new(ErrorCode::JobCreationFailed, message).with_remediation(
            "Look on the server whether the job is there, and adopt it with `landfall adopt`; `landfall retry` sends the request a second time",
        ))
    }

    /// The server has answered, and the answer makes no job. A refusal is sure; an answer that cannot be read is not.
    async fn refused(&self, submit: &Submit, failure: Failure, answer: &Answer, teller: &Teller) -> Setback {
        if let Some(setback) = self.site.later(answer) {
            return self.cut_off(submit, setback, teller).await;
        }
        if (400..500).contains(&answer.status) {
            teller.tell(News::NotTaken { note: None }).await;
        }
        failure.into()
    }

    fn in_submit<T>(&self, submit: &Submit, use_it: impl FnOnce(&Scope<'_>) -> T) -> T {
        self.with_kept(submit.remote_id.as_deref(), &submit.kept, use_it)
    }
}

/// Whether nothing can have come of a request: it was never sent, or the server says that it will not do it now. A gateway
/// that gave up (502, 504) does not know what the server behind it did.
fn is_surely_not_taken(trouble: Option<&Trouble>) -> bool {
    match trouble {
        None | Some(Trouble::Unreachable | Trouble::Untrusted | Trouble::Disk(_)) => true,
        Some(Trouble::Status { status, .. }) => matches!(status, 400..=499 | 503 | 507 | 509),
        Some(Trouble::Cut | Trouble::Silent | Trouble::Garbled) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_request_that_nothing_can_have_come_of_may_be_sent_again_freely() {
        let status = |status| Trouble::Status { status, retry_after: None };
        for sure in [Trouble::Unreachable, Trouble::Untrusted, status(401), status(429), status(503)] {
            assert!(is_surely_not_taken(Some(&sure)), "{sure:?}");
        }
        for unsure in [Trouble::Cut, Trouble::Silent, Trouble::Garbled, status(500), status(502), status(504)] {
            assert!(!is_surely_not_taken(Some(&unsure)), "{unsure:?}");
        }
    }
}
