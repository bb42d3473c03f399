//! Links, kept in memory only: they are keys, and soon dead. A fresh one is asked for through the job.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use http::Method;
use landfall_wire::{ErrorCode, Failure};

use super::earlier::Identity;
use super::pages::Walk;
use crate::connector::{Part, PartAuth, Resolution};
use crate::job::Remote;
use crate::job::work::Errand;
use crate::net::Request;
use crate::secrets::SafeUrl;
use crate::site::{Pass, Setback};
use crate::transfer::{Link, LinkNeed, LinkSource};

/// What was told last, and not used yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct FreshLinks(Arc<Mutex<Option<Fresh>>>);

/// Where the result is, as far as it is known.
#[derive(Debug)]
pub(super) enum Fresh {
    /// As the server told.
    Told(Resolution),
    /// Pages, some of which were brought already.
    Walked(Box<Walk>),
}

impl FreshLinks {
    /// Keeps the links of a report that carries some.
    pub(crate) fn put(&self, parts: &[Part]) {
        if !parts.is_empty() {
            self.keep(Resolution::Ready(parts.to_vec()));
        }
    }

    /// Keeps what the server told.
    pub(crate) fn keep(&self, told: Resolution) {
        self.set(Some(Fresh::Told(told)));
    }

    /// Keeps how far the pages were brought.
    pub(super) fn keep_walk(&self, walk: Box<Walk>) {
        self.set(Some(Fresh::Walked(walk)));
    }

    pub(super) fn take(&self) -> Option<Fresh> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, fresh: Option<Fresh>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
    }
}

impl Errand {
    /// Where the result is, asked for again until it is there.
    pub(super) async fn result(&self, remote: &Remote) -> Result<Resolution, Setback> {
        let (every, tries) = self.site.connector.resolve_pace();
        for _ in 0..tries.max(1) {
            match self.ask_for_links(remote).await? {
                Resolution::Ready(parts) if parts.is_empty() => {}
                Resolution::NotYet => {}
                told @ (Resolution::Ready(_) | Resolution::Pages(_)) => return Ok(told),
            }
            self.clock.sleep(every).await;
        }
        Err(self.site.connector.no_download().into())
    }

    /// The part's link, signed where it is to be; `signature` is what the one before it was signed with, and becomes what
    /// this one is. After a refusal that is another sign-in.
    pub(super) async fn link(
        &self,
        part: Part,
        need: LinkNeed,
        signature: &mut Option<Arc<Pass>>,
    ) -> Result<Link, Failure> {
        tracing::debug!(url = %SafeUrl::new(part.url.reveal().clone()), "link");
        let mut request = Request::new(Method::GET, part.url.into_inner());
        request.headers = part.headers;
        let mut renew_on = part.renew_on;
        let mut sign_in_over_on = Vec::new();
        if part.auth == PartAuth::Inherit {
            let unsigned = (request.url.clone(), request.headers.clone());
            let relogin_on = self.site.connector.relogin_on();
            *signature = Some(match (need, signature.take()) {
                (LinkNeed::Renew { status: Some(status) }, Some(refused)) if relogin_on.contains(&status) => {
                    self.site.sign_anew(&mut request, &refused).await?
                }
                (LinkNeed::First | LinkNeed::Renew { .. }, _) => self.site.sign(&mut request).await?,
            });
            // Other hosts get no sign-in, so that they cannot refuse it.
            if unsigned != (request.url.clone(), request.headers.clone()) {
                renew_on.extend(relogin_on);
                sign_in_over_on.extend(relogin_on);
            }
        }
        Ok(Link {
            // A sign-in may stand in the query.
            url: request.url.into_inner(),
            headers: request.headers,
            renewable: true,
            renew_on,
            sign_in_over_on,
            ranges: part.ranges,
            expires_at: part.expires_at,
            one_time: part.one_time,
        })
    }
}

/// Gives the links of one file of a result: the one that was just told, then fresh ones.
pub(super) struct PartLinks<'a> {
    errand: &'a Errand,
    remote: &'a Remote,
    index: usize,
    of: usize,
    identity: Identity,
    fresh: Option<Part>,
    signature: Option<Arc<Pass>>,
    /// How the result changed meanwhile, if it did.
    pub(super) changed: Option<String>,
}

impl<'a> PartLinks<'a> {
    pub(super) fn new(errand: &'a Errand, remote: &'a Remote, index: usize, of: usize, part: Part) -> Self {
        Self {
            errand,
            remote,
            index,
            of,
            identity: Identity::of(&part),
            fresh: Some(part),
            signature: None,
            changed: None,
        }
    }

    /// The same file of the result as it is told now. One file alone is known again by its content: servers make up
    /// names as they like.
    async fn renew(&mut self) -> Result<Part, Failure> {
        let told = self.errand.result(self.remote).await.map_err(|setback| setback.failure)?;
        let mut parts = match told {
            Resolution::Ready(parts) => parts,
            Resolution::Pages(_) | Resolution::NotYet => Vec::new(),
        };
        let files = parts.len();
        if files != self.of {
            return Err(self.changed(format!("it had {} files and has {files} now", self.of)));
        }
        let part = parts.swap_remove(self.index);
        if self.of > 1 && Identity::of(&part) != self.identity {
            return Err(self.changed(format!("the {}. of its files is another one now", self.index + 1)));
        }
        Ok(part)
    }

    fn changed(&mut self, why: String) -> Failure {
        self.changed = Some(why.clone());
        Failure::new(ErrorCode::DownloadFailed, why)
    }
}

impl LinkSource for PartLinks<'_> {
    fn link(&mut self, need: LinkNeed) -> BoxFuture<'_, Result<Link, Failure>> {
        Box::pin(async move {
            let part = match (need, self.fresh.take()) {
                (LinkNeed::First, Some(part)) => part,
                (LinkNeed::First | LinkNeed::Renew { .. }, _) => self.renew().await?,
            };
            self.errand.link(part, need, &mut self.signature).await
        })
    }
}
