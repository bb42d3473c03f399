//! From a finished job to what can be fetched: links, their names, sizes, digests and expiry.

mod file;
mod item;
mod link;
mod paging;
mod promise;

use std::time::Duration;

use landfall_wire::{ErrorCode, Failure};

use super::answer::Reading;
use super::expression::Unusable;
use super::pages::Pages;
use super::part::Part;
use super::payload::BODIES;
use super::request::RequestSpec;
use super::scope::Scope;
use super::sheet::{Names, Sheet};
use super::template::Template;
use crate::connector::expression::Expression;
use crate::net::{ANSWER_LIMIT, ResultAt};
use crate::package::ManifestSpec;
use crate::secrets::SafeUrl;
use file::FileSpec;
use item::ItemSpec;
use link::LinkSpec;
use paging::PagingSpec;
use promise::PromiseSpec;

/// How often a second endpoint is asked by default, and how many times.
const EVERY: Duration = Duration::from_secs(1);
const TRIES: u32 = 30;

/// Statuses that tell of a dead link by default: object storage answers a link past its time with 403.
const RENEW_ON: [u16; 2] = [401, 403];

/// Whether the result can be fetched yet.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    /// Ask again at `Connector::resolve_pace`.
    NotYet,
    /// Fetch these; a job has landed when all of them have.
    Ready(Vec<Part>),
    /// Fetch the first page; `Connector::next_page` tells where the next one is.
    Pages(Box<Pages>),
}

#[derive(Debug)]
pub(crate) struct ResolveSpec {
    pub(crate) request: Option<RequestSpec>,
    pub(crate) every: Duration,
    pub(crate) tries: u32,
    ready_when: Option<Expression>,
    link: LinkSpec,
    items: Option<ItemSpec>,
    paging: Option<PagingSpec>,
    promise: PromiseSpec,
    renew_on: Vec<u16>,
    one_time: bool,
    file: FileSpec,
}

impl ResolveSpec {
    pub(crate) fn read(root: &Sheet<'_>, names: &Names) -> Option<Self> {
        let answer = names.clone().with_answer();
        let hint = "write [resolve] with url = \"body.…\": where the answer holds the link";
        let resolve = root.needed("resolve", hint)?.table()?;
        let request = RequestSpec::stands_in(&resolve).then(|| RequestSpec::read(&resolve, names));
        if request.is_none() {
            let direct = resolve.cell("direct").is_some();
            for key in ["query", "headers", "answer", "fail_if", "timeout"].into_iter().chain(BODIES) {
                if let Some(cell) = resolve.cell(key).filter(|_| key != "query" || !direct) {
                    cell.note("it belongs to a request, and there is none", "write get = \"/path\", or leave it out");
                }
            }
            if let Some(cell) = resolve.cell("location").filter(|cell| cell.value.as_bool() == Some(true)) {
                cell.note("only a request has a redirect", "write get = \"/path\" beside it");
            }
        }
        let renew_on = resolve.cell("renew_on").map(|cell| {
            let items = cell.items("a list of HTTP statuses, such as [403]");
            items.iter().filter_map(|item| u16::try_from(item.whole(100)?).ok()).collect()
        });
        let listed = resolve.cell("each").is_some();
        let items = ItemSpec::read(&resolve, names, &answer);
        if let Some(cell) = resolve.cell("item").filter(|_| !listed) {
            cell.note("there is no list of items", "write each = \"body.files\" beside it");
        }
        let link = if listed {
            if let Some(cell) = ["url", "direct", "polled"].iter().find_map(|key| resolve.cell(key)) {
                cell.note("each item of the list has a link of its own", "write it in [resolve.item]");
            }
            LinkSpec::Location
        } else {
            LinkSpec::read(&resolve, names, &answer, hint)?
        };
        if listed && items.is_none() {
            return None;
        }
        Some(Self {
            request: match request {
                Some(request) => Some(request?),
                None => None,
            },
            every: resolve.cell("every").and_then(|cell| cell.duration()).unwrap_or(EVERY),
            tries: resolve.cell("tries").and_then(|cell| cell.whole(1)).unwrap_or(TRIES),
            ready_when: resolve.cell("ready_when").and_then(|cell| cell.expression(&answer)),
            link,
            items,
            paging: PagingSpec::read(&resolve, &answer),
            promise: PromiseSpec::read(&resolve, &answer),
            renew_on: renew_on.unwrap_or_else(|| RENEW_ON.to_vec()),
            one_time: resolve.cell("one_time").and_then(|cell| cell.boolean()).unwrap_or(false),
            file: FileSpec::read(root, &answer),
        })
    }

    /// Name, kind, headers and address of the result.
    pub(crate) fn templates(&self) -> impl Iterator<Item = &Template> {
        self.file.templates().chain(self.link.templates())
    }

    /// Refuses what a template for the kind makes, if that is no kind.
    pub(crate) fn admit_kind(&self, template: &Template, made: &str) -> Result<(), Unusable> {
        self.file.admit_kind(template, made)
    }

    pub(crate) fn manifest(&self) -> Option<&ManifestSpec> {
        self.file.manifest.as_ref()
    }

    /// Whether an answer of that status is read although it is no success: a redirect that is the link.
    pub(crate) fn reads(&self, status: u16) -> bool {
        self.link.may_be_a_redirect() && self.items.is_none() && matches!(status, 301 | 302 | 303 | 307 | 308)
    }

    /// Which answer is the result itself, and how much of it is read to find that out; `told_by_body` where more than
    /// this looks into it.
    pub(crate) fn result_at(&self, told_by_body: bool) -> Option<ResultAt> {
        let reads = told_by_body || self.ready_when.as_ref().is_some_and(Expression::reads_body);
        let read = if reads { ANSWER_LIMIT } else { 0 };
        self.link.is_what_was_asked().then_some(ResultAt { status: 200, read })
    }

    /// What can be fetched according to an answer.
    pub(crate) fn read_answer(&self, scope: &Scope<'_>, reading: &Reading) -> Result<Resolution, Failure> {
        if let Some(ready_when) = &self.ready_when
            && !reading.truth(ready_when)?
        {
            return Ok(Resolution::NotYet);
        }
        let mut parts = match &self.items {
            Some(items) => items.parts(scope, reading, &self.file)?,
            None => match self.link.find(scope, reading)? {
                Some(url) => vec![self.file.part(scope, reading, &self.link, url, &self.promise)?],
                None => Vec::new(),
            },
        };
        for part in &mut parts {
            self.settle(part);
        }
        Ok(match (parts.pop(), &self.paging) {
            (None, _) => Resolution::NotYet,
            (Some(first), Some(paging)) => {
                let named_in_body = paging.next.reads_body();
                Resolution::Pages(Box::new(Pages { first, join: paging.join, named_in_body }))
            }
            (Some(last), None) => {
                parts.push(last);
                Resolution::Ready(parts)
            }
        })
    }

    /// The page after the one that was read.
    pub(crate) fn next_page(
        &self,
        scope: &Scope<'_>,
        reading: &Reading,
        url: &SafeUrl,
        has_body: bool,
    ) -> Result<Option<Part>, Failure> {
        let Some(paging) = &self.paging else { return Ok(None) };
        if paging.next.reads_body() && !has_body {
            // A page that cannot be read must not pass for the last one.
            return Err(reading.unfit("A page of the result is too large to be read for the next one".into()));
        }
        let next = paging.next(reading, url.reveal(), scope.connection_url)?;
        Ok(next.map(|next| {
            let mut part = self.file.bare(scope, &self.link, next);
            self.settle(&mut part);
            part
        }))
    }

    fn settle(&self, part: &mut Part) {
        part.renew_on.clone_from(&self.renew_on);
        part.one_time = self.one_time;
    }
}

/// The failure of a link that never came.
pub(crate) fn never_came() -> Failure {
    Failure::new(ErrorCode::DownloadFailed, "The server says the export is complete but gives no download")
}
