//! Brings all bytes of the object to the partial file: asks, carries the plan's steps out, renews links, waits.

mod disk;
mod link;
mod naming;

use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::check::Objection;
use super::gunzip::Gunzip;
use super::head::Length;
use super::intake::{Ended, Intake};
use super::land::{self, Transfer};
use super::plan::{self, Object, Refusal, Rights, Step, Why};
use super::request::{self, Answer, Obstacle};
use super::writer::{Writer, Written};
use super::{Doing, Error, Landing, Link, LinkSource, Vouched};
use crate::retry::{self, Budget, Trouble, Verdict};

/// What came of bringing.
#[derive(Debug)]
pub(crate) enum Brought {
    /// All bytes are on disk; checked already where only the check could tell that they are all.
    Whole(Written, Option<Vouched>),
    /// The name is in use and was to be left alone.
    Skipped(Landing),
}

/// One run towards the whole.
struct Bringing<'t, 'a> {
    transfer: &'t mut Transfer<'a>,
    source: &'t mut dyn LinkSource,
    link: Option<Held>,
    writer: Option<Writer>,
    budget: Budget,
    /// The furthest byte reached: only going beyond is progress.
    reached: u64,
    renewals: u32,
    /// The server's clock minus ours, once it told.
    ahead: Option<SignedDuration>,
}

/// The link in use.
struct Held {
    link: Link,
    used: bool,
}

/// What follows from one step.
enum Next {
    Ask,
    Done(Box<Brought>),
}

/// Brings the object; whatever the end, what has arrived is on disk, synced and recorded.
pub(crate) async fn bring(transfer: &mut Transfer<'_>, source: &mut dyn LinkSource) -> Result<Brought, Error> {
    let reached = transfer.held.bytes;
    let mut bringing = Bringing {
        transfer,
        source,
        link: None,
        writer: None,
        budget: Budget::default(),
        reached,
        renewals: 0,
        ahead: None,
    };
    let result = Box::pin(bringing.run()).await;
    if result.is_err() {
        bringing.save().await;
    }
    if matches!(result, Err(Error::Twice(_))) {
        // Whoever orders it again gets a fair try.
        let _ = bringing.transfer.note(|record| record.memory = plan::Memory::default());
    }
    result
}

impl Bringing<'_, '_> {
    async fn run(&mut self) -> Result<Brought, Error> {
        loop {
            if self.transfer.stop.is_cancelled() {
                return Err(Error::Stopped);
            }
            let held = &self.transfer.held;
            if held.object.total == Some(held.bytes) && (held.bytes > 0 || self.writer.is_some()) {
                return self.whole().await;
            }
            match self.round().await? {
                Next::Ask => {}
                Next::Done(brought) => return Ok(*brought),
            }
        }
    }

    /// One question and what comes of it.
    async fn round(&mut self) -> Result<Next, Error> {
        self.ensure_link().await?;
        let Some(Held { link, used }) = &mut self.link else { return Ok(Next::Ask) };
        let (link, first_use) = (link.clone(), !std::mem::replace(used, true));
        if !link.ranges && self.transfer.held.bytes > 0 {
            self.close().await?;
            self.transfer.truncate()?;
        }
        let memory = self.transfer.journal.look(|record| record.memory.clone());
        let question = plan::ask(&self.transfer.held, &memory);
        self.transfer.doing(Doing::Asking);
        let asked =
            request::ask(self.transfer.context, &link, &question, self.transfer.order.limits.idle, self.transfer.stop);
        let answer = match Box::pin(asked).await {
            Ok(answer) => answer,
            Err(Obstacle::Stopped) => return Err(Error::Stopped),
            Err(Obstacle::Rule(rule)) => return Err(Error::Answer(rule)),
            Err(Obstacle::Trouble(trouble)) => return self.rest(trouble).await,
        };
        let now = self.transfer.context.clock.now();
        self.ahead = answer.head.date.map(|date| date.duration_since(now)).or(self.ahead);
        let expired = link::expired(&link, answer.head.date);
        let sign_in_over = link.sign_in_over_on.contains(&answer.head.status);
        let fresh = first_use && !expired && !sign_in_over;
        let rights = Rights { renewable: link.renewable, renew_on: &link.renew_on, fresh };
        let step = plan::decide(&self.transfer.held, &question, &answer.head, rights, &memory);
        tracing::debug!(status = answer.head.status, url = %answer.url, "{step:?}");
        if matches!(step, Step::Append { .. } | Step::Whole { .. }) {
            self.source.answered(answer.head.status, answer.response.headers());
        }
        if matches!(step, Step::Append { .. } | Step::Whole { .. } | Step::Complete(_))
            && let Some(landing) = self.decide_name(&link, &answer).await?
        {
            return Ok(Next::Done(Box::new(Brought::Skipped(landing))));
        }
        self.carry_out(step, answer, question.overlap).await
    }

    async fn carry_out(&mut self, step: Step, answer: Answer, overlap: u64) -> Result<Next, Error> {
        match step {
            Step::Append { compare, until, object } => {
                self.know(object)?;
                let expected = if compare == 0 { Bytes::new() } else { self.tail(overlap).await? };
                self.transfer.note(|record| record.bytes_twice += overlap)?;
                self.receive(answer, expected, until).await
            }
            Step::Whole { aside, until, object } => {
                self.close().await?;
                match aside {
                    Some(why) => self.begin_again(why).await?,
                    None if self.transfer.held.bytes > 0 => {
                        let bytes = self.transfer.held.bytes;
                        self.transfer
                            .tell(format!("the server sends the whole again; {bytes} bytes are fetched twice"));
                        self.transfer.truncate()?;
                    }
                    None => {}
                }
                self.know(object)?;
                self.receive(answer, Bytes::new(), until).await
            }
            Step::Restart(why) => {
                self.close().await?;
                self.begin_again(why).await?;
                Ok(Next::Ask)
            }
            Step::Unconditional => {
                self.transfer.note(|record| record.memory.unconditional = true)?;
                Ok(Next::Ask)
            }
            Step::Complete(object) => {
                self.know(object)?;
                self.whole().await.map(|brought| Next::Done(Box::new(brought)))
            }
            Step::Renew(status) => {
                self.renew(Some(status)).await?;
                Ok(Next::Ask)
            }
            Step::Again(trouble) => {
                if answer.head.status == 416 {
                    self.transfer.note(|record| record.memory.refusals += 1)?;
                }
                self.rest(trouble).await
            }
            Step::Fail(refusal) => Err(self.refused(refusal)),
        }
    }

    /// Takes the body in and judges its end.
    async fn receive(&mut self, answer: Answer, overlap: Bytes, until: Option<u64>) -> Result<Next, Error> {
        let coded = self.transfer.held.object.coded;
        self.transfer.doing(Doing::Fetching);
        let mut writer = self.open_writer()?;
        let intake = Intake {
            writer: &mut writer,
            overlap,
            until,
            framed: answer.head.length == Length::Chunked,
            gunzip: coded.then(Gunzip::new),
            limits: &self.transfer.order.limits,
            context: self.transfer.context,
            progress: self.transfer.progress,
            stop: self.transfer.stop,
        };
        let ended = Box::pin(intake.take(answer.response)).await;
        self.transfer.held.bytes = writer.accepted();
        if let Ended::Disk(error) = ended {
            return Err(Error::disk("The file cannot be written")(error));
        }
        self.writer = Some(writer);
        if self.transfer.held.bytes > self.reached {
            self.reached = self.transfer.held.bytes;
            self.budget.refill();
            self.renewals = 0;
            if self.transfer.journal.look(|record| record.memory.refusals > 0) {
                self.transfer.note(|record| record.memory.refusals = 0)?;
            }
        }
        match ended {
            Ended::Whole => self.whole().await.map(|brought| Next::Done(Box::new(brought))),
            Ended::Full => Ok(Next::Ask),
            Ended::Open => self.open_end().await,
            Ended::Cut(trouble) => {
                if coded {
                    self.close().await?;
                    self.transfer.truncate()?;
                }
                self.rest(trouble).await
            }
            Ended::Differs => {
                self.close().await?;
                self.begin_again(Why::Changed).await?;
                Ok(Next::Ask)
            }
            Ended::Stopped => Err(Error::Stopped),
            Ended::Disk(error) => Err(Error::disk("The file cannot be written")(error)),
        }
    }

    /// The body ended by itself and nothing had said how long it is: only a size, a digest or the structure can tell
    /// whether it is whole. Where they contradict, it was cut.
    async fn open_end(&mut self) -> Result<Next, Error> {
        let bytes = self.transfer.held.bytes;
        if self.transfer.order.expect.size.is_some_and(|size| bytes < size) {
            return self.rest(Trouble::Cut).await;
        }
        let Some(writer) = self.writer.take() else { return Ok(Next::Ask) };
        let written = writer.finish().await.map_err(Error::disk("The file cannot be written"))?;
        let (written, found) = self.transfer.check(written).await?;
        match found {
            Ok(vouched) => Ok(Next::Done(Box::new(Brought::Whole(written, Some(vouched))))),
            Err(Objection::Disk(error)) => Err(Error::disk("The file cannot be read again")(error)),
            Err(Objection::Mismatch(reason) | Objection::SentSo(reason)) => {
                self.transfer.tell(format!("the body ended without a length and is not whole: {reason}"));
                match self.rest(Trouble::Cut).await {
                    Err(Error::Network(_)) => Err(Error::Validation { reason, set_aside: None, sent_so: false }),
                    other => other,
                }
            }
        }
    }

    /// Waits as the one judge says.
    async fn rest(&mut self, trouble: Trouble) -> Result<Next, Error> {
        let order = self.transfer.order;
        let verdict = retry::judge(&trouble, &order.limits.retry, &mut self.budget, &*self.transfer.context.entropy);
        match verdict {
            Verdict::Again(wait) => {
                let why = trouble.words();
                self.transfer.tell(format!("{why} at byte {}; tried again", self.transfer.held.bytes));
                self.wait(wait, why).await?;
                Ok(Next::Ask)
            }
            Verdict::SignIn => Err(Error::SignIn),
            Verdict::Spent => Err(Error::Network(trouble)),
            Verdict::Fatal => Err(Error::Refused(trouble)),
        }
    }

    async fn wait(&self, wait: Duration, why: String) -> Result<(), Error> {
        let clock = &self.transfer.context.clock;
        let until = SignedDuration::try_from(wait).ok().and_then(|wait| clock.now().checked_add(wait).ok());
        self.transfer.doing(Doing::Resting { until: until.unwrap_or(Timestamp::MAX), why });
        tokio::select! {
            biased;
            () = self.transfer.stop.cancelled() => Err(Error::Stopped),
            () = clock.sleep(wait) => Ok(()),
        }
    }

    fn refused(&self, refusal: Refusal) -> Error {
        match refusal {
            Refusal::LinkDead { status } => {
                Error::LinkDead { status, renewable: self.link.as_ref().is_some_and(|held| held.link.renewable) }
            }
            Refusal::Unexpected { status } => {
                Error::Answer(format!("The server answered {status}, which is no answer to what was asked"))
            }
            Refusal::Framing => Error::Answer("The server's answer contradicts itself about its length".into()),
            Refusal::Coding(coding) => {
                Error::Answer(format!("The server packed the file as {coding}, although it was asked not to"))
            }
        }
    }

    /// Remembers the object before its first byte is written.
    fn know(&mut self, object: Object) -> Result<(), Error> {
        if let Some(total) = object.total {
            land::look_for_room(&self.transfer.staging, &self.transfer.file, total, self.transfer.held.bytes)?;
        }
        if self.transfer.journal.look(|record| record.object.as_ref() != Some(&object)) {
            self.transfer.note(|record| record.object = Some(object.clone()))?;
        }
        self.transfer.held.object = object;
        Ok(())
    }

    async fn begin_again(&mut self, why: Why) -> Result<(), Error> {
        let may = self.transfer.journal.alter(|record| {
            if why == Why::ConditionRefused {
                record.memory.unconditional = true;
            }
            record.memory.refusals = 0;
            record.memory.may_restart(why)
        });
        let word = if why == Why::Changed { "changed" } else { "dropped" };
        let path = self.transfer.set_aside(word).await?;
        let beside = path.map(|path| format!("; what was there is kept as {}", path.display())).unwrap_or_default();
        self.transfer.tell(format!("{}{beside}", why.words()));
        if may { Ok(()) } else { Err(Error::Twice(why)) }
    }
}
