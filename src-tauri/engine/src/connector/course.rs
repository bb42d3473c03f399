//! One way to an export: how it is asked for, followed, fetched and cancelled. A connector has one, or two.

use std::collections::BTreeSet;

use super::fields::named;
use super::follow::FollowSpec;
use super::orders::OrderSpec;
use super::request::RequestSpec;
use super::resolve::ResolveSpec;
use super::sheet::{Names, Sheet};
use super::submit::SubmitSpec;
use super::template::Template;

#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) submit: SubmitSpec,
    pub(crate) follow: FollowSpec,
    pub(crate) resolve: ResolveSpec,
    pub(crate) cancel: Option<OrderSpec>,
}

impl Course {
    /// Reads it out of a connector, or out of its fallback laid over it.
    pub(crate) fn read(root: &Sheet<'_>, before: &Names) -> Option<Self> {
        let hint = "write [submit] with the request that asks for an export";
        let submit = root.needed("submit", hint).and_then(|cell| cell.table());
        let submit = submit.and_then(|sheet| SubmitSpec::read(&sheet, before));
        let after = Self::names(root, before);
        let follow = FollowSpec::read(root, &after);
        let resolve = ResolveSpec::read(root, &after);
        let cancel = OrderSpec::read(root, "cancel", &after);
        Some(Self { submit: submit?, follow: follow?, resolve: resolve?, cancel })
    }

    /// The names there are once the job is made: those before, and all that is kept anywhere. They count as kept even
    /// where the rest of a table is wrong: one slip is told once.
    pub(crate) fn names(root: &Sheet<'_>, before: &Names) -> Names {
        let mut kept = BTreeSet::new();
        if let Some(submit) = root.any_table("submit") {
            kept.extend(named(&submit));
            kept.extend(submit.any_table("existing").iter().flat_map(named));
            if submit.cell("step").is_some_and(|cell| cell.value.is_array()) {
                kept.extend(submit.tables("step").iter().flat_map(named));
            }
        }
        if let Some(follow) = root.any_table("follow") {
            kept.extend(follow.any_table("poll").iter().flat_map(named));
            if let Some(stream) = follow.any_table("stream") {
                kept.extend(named(&stream));
                let events = stream.any_table("events");
                let events = events.iter().flat_map(Sheet::cells).filter(|(_, cell)| cell.value.is_table());
                kept.extend(events.filter_map(|(_, cell)| cell.table()).flat_map(|event| named(&event)));
            }
        }
        kept.extend(root.any_table("list").iter().flat_map(named));
        Names { kept: Some(kept), ..before.clone() }
    }

    /// What is kept on it.
    pub(crate) fn kept_names(&self) -> impl Iterator<Item = &str> {
        self.submit.kept_names().chain(self.follow.kept_names())
    }

    /// Every template of it.
    pub(crate) fn templates(&self) -> impl Iterator<Item = &Template> {
        let follow = [
            self.follow.poll.as_ref().map(|poll| &poll.request),
            self.follow.stream.as_ref().map(|stream| &stream.request),
            self.resolve.request.as_ref(),
            self.cancel.as_ref().map(|cancel| &cancel.request),
        ];
        let requests = self.submit.requests().chain(follow.into_iter().flatten());
        requests.flat_map(RequestSpec::templates).chain(self.resolve.templates())
    }
}
