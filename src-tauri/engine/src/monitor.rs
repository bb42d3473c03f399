//! Follows jobs on the server and tells what is new about them.
//!
//! From the ground up: [`scan`] cuts bytes into blocks as a pure value, [`sieve`] lays it under the answer's body and
//! watches the time, [`dial`] makes the request and follows redirects, [`connection`] is one connection's life with the
//! event client, [`stream`] keeps connections coming, [`hub`] shares one stream among many jobs. [`ear`] is how
//! one job listens, [`mod@poll`] how it asks, and [`mod@follow`] makes one stream of reports of both. Below `ear` nobody
//! knows what an event means.

mod connection;
mod dial;
mod ear;
mod end;
mod event;
mod follow;
mod hub;
mod poll;
mod scan;
mod sieve;
mod stream;
#[cfg(test)]
mod tests;

pub use event::Event;
pub(crate) use follow::follow;
pub(crate) use hub::Hub;
pub(crate) use poll::ask;
pub(crate) use stream::{EventStream, StreamOrder};

use std::sync::Arc;

use landfall_wire::{ErrorCode, Failure};

use crate::connector::Item;
use crate::entropy::Entropy;
use crate::site::Site;

/// The hub of a connection whose jobs share one stream.
pub(crate) fn hub_of(site: &Arc<Site>, entropy: &Arc<dyn Entropy>) -> Hub<Item> {
    let (opener, entropy, splitter) = (Arc::downgrade(site), entropy.clone(), site.connector.clone());
    let open = move || -> futures_util::future::BoxFuture<'static, Result<EventStream, Failure>> {
        let (site, entropy) = (opener.upgrade(), entropy.clone());
        Box::pin(async move {
            let gone = || Failure::new(ErrorCode::NetworkError, "The connection is being closed");
            let site = site.ok_or_else(gone)?;
            let plan = site.connector.stream().ok_or_else(gone)?;
            let mut request = site.connector.connection_stream_request(&site.connection.name, &site.connection.url)?;
            site.sign(&mut request).await?;
            Ok(site.stream(ear::order(plan, request), entropy))
        })
    };
    let split = move |event: &Event| {
        let items = splitter.read_event(&event.kind, &event.id, &event.data);
        items.into_iter().map(|item| (item.of().map(str::to_owned), item)).collect()
    };
    Hub::new(Box::new(open), Box::new(split), site.clock())
}
