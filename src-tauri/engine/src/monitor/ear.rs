//! How one job listens: on a stream of its own, or on the one that its connection's jobs share.

use std::collections::VecDeque;
use std::sync::Arc;

use landfall_wire::Failure;

use super::end::End;
use super::event::Event;
use super::hub::{Line, Subscription, Word};
use super::stream::{EventStream, Heard, StreamOrder};
use crate::connector::{Item, StreamPlan, StreamScope};
use crate::job::Remote;
use crate::job::work::Errand;
use crate::net::Request;
use crate::retry::Policy;
use crate::site::Site;

/// What a job hears.
pub(super) enum Sound {
    /// The stream is open, for the first time or again.
    Opened,
    /// It is down and will be opened anew.
    Down {
        /// Better to ask in another way until then.
        spent: bool,
    },
    /// It is over, and why.
    Ended(End),
    /// The server says something of the job; the event's id, where the stream is the job's own.
    Item(Item, Option<String>),
    /// The server says something that the connector does not know.
    Unknown(String),
    /// Something was missed, or could not be read.
    Missed,
}

/// A job's ear.
pub(super) enum Ear {
    /// On a stream of its own.
    Own {
        stream: Box<EventStream>,
        site: Arc<Site>,
        /// What an event said besides its first item.
        more: VecDeque<(Item, Option<String>)>,
    },
    /// On the connection's.
    Shared {
        subscription: Subscription<Item>,
        /// The stream was open before, and what it has said of the job by then was said to nobody.
        is_late: bool,
    },
}

impl Ear {
    /// Begins to listen; a stream of its own goes on after that event.
    pub(super) async fn open(
        errand: &Errand,
        remote: &Remote,
        plan: &StreamPlan,
        last_event_id: Option<&str>,
    ) -> Result<Self, Failure> {
        if plan.scope == StreamScope::Connection {
            let subscription = errand.site.hub(&errand.entropy).subscribe(&remote.id);
            return Ok(Self::Shared { is_late: subscription.is_late(), subscription });
        }
        let connector = &errand.site.connector;
        let mut request = errand.with_scope(Some(remote), |scope| connector.stream_request(scope))?;
        errand.site.sign(&mut request).await?;
        let mut order = order(plan, request);
        last_event_id.unwrap_or_default().clone_into(&mut order.last_event_id);
        let stream = errand.site.stream(order, errand.entropy.clone());
        Ok(Self::Own { stream: Box::new(stream), site: errand.site.clone(), more: VecDeque::new() })
    }

    /// The next sound. May be dropped while it waits, and nothing is lost.
    pub(super) async fn next(&mut self) -> Sound {
        match self {
            Self::Shared { is_late, .. } if *is_late => {
                *is_late = false;
                Sound::Missed
            }
            Self::Shared { subscription, .. } => match subscription.next().await {
                Word::Line(Line::Opened) => Sound::Opened,
                Word::Line(Line::Down { spent, .. }) => Sound::Down { spent },
                Word::Line(Line::Ended(end)) => Sound::Ended(end),
                Word::Item(item) => Sound::Item(item, None),
                Word::Missed => Sound::Missed,
            },
            Self::Own { stream, site, more } => loop {
                if let Some((item, id)) = more.pop_front() {
                    return Sound::Item(item, id);
                }
                match stream.next().await {
                    Heard::Opened => return Sound::Opened,
                    Heard::Comment => {}
                    Heard::Down { spent, .. } => return Sound::Down { spent },
                    Heard::Ended(end) => return Sound::Ended(end),
                    Heard::Event(event) => {
                        more.extend(items(site, &event));
                        if more.is_empty() {
                            let knows = site.connector.knows_event(&event.kind);
                            return if knows { Sound::Missed } else { Sound::Unknown(event.kind) };
                        }
                    }
                }
            },
        }
    }
}

fn items(site: &Site, event: &Event) -> impl Iterator<Item = (Item, Option<String>)> {
    let id = Some(event.id.clone()).filter(|id| !id.is_empty());
    let items = site.connector.read_event(&event.kind, &event.id, &event.data);
    items.into_iter().map(move |item| (item, id.clone()))
}

/// The stream that a plan wants, asked for by a signed request.
pub(super) fn order(plan: &StreamPlan, request: Request) -> StreamOrder {
    let mut order = StreamOrder::new(request.url, request.headers);
    order.idle = plan.idle.unwrap_or(order.idle);
    order.tries = plan.tries;
    order.policy = Policy { first: plan.first_backoff, ..order.policy };
    order
}
