//! From a finished job to what can be fetched: links, their names, sizes, digests and expiry.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};
use serde::{Deserialize, Serialize};
use url::Url;

use super::answer::Reading;
use super::expression::{Expression, Unusable};
use super::filters::moment;
use super::part::{ALGORITHMS, Part, PartAuth, signed_until};
use super::payload::BODIES;
use super::problem::or_list;
use super::request::RequestSpec;
use super::scope::Scope;
use super::sheet::{Names, Sheet};
use super::template::Template;
use crate::secrets::SafeUrl;
use crate::transfer::Digest;
use crate::verify::FileKind;

/// How often a second endpoint is asked by default, and how many times.
const EVERY: Duration = Duration::from_secs(1);
const TRIES: u32 = 30;

/// Statuses that tell of a dead link by default: object storage answers a link past its time with 403.
const RENEW_ON: [u16; 2] = [401, 403];

/// Whether the result can be fetched yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resolution {
    /// Ask again at `Connector::resolve_pace`.
    NotYet,
    /// Fetch these; a job has landed when all of them have.
    Ready(Vec<Part>),
}

#[derive(Debug)]
pub(crate) struct ResolveSpec {
    pub(crate) request: Option<RequestSpec>,
    pub(crate) every: Duration,
    pub(crate) tries: u32,
    ready_when: Option<Expression>,
    url: Expression,
    size: Option<Expression>,
    digests: Vec<(usize, Expression)>,
    expires: Option<Expression>,
    renew_on: Vec<u16>,
    name: Option<Template>,
    auth: PartAuth,
    kind: Option<Template>,
    min_size: Option<u64>,
}

impl ResolveSpec {
    pub(crate) fn read(root: &Sheet<'_>, names: &Names) -> Option<Self> {
        let answer = names.clone().with_answer();
        let hint = "write [resolve] with url = \"body.…\": where the answer holds the link";
        let resolve = root.needed("resolve", hint)?.table()?;
        let expression = |key| resolve.cell(key).and_then(|cell| cell.expression(&answer));
        let request = RequestSpec::stands_in(&resolve).then(|| RequestSpec::read(&resolve, names));
        if request.is_none() {
            for key in ["query", "headers", "answer", "fail_if", "timeout"].into_iter().chain(BODIES) {
                if let Some(cell) = resolve.cell(key) {
                    cell.note("it belongs to a request, and there is none", "write get = \"/path\", or leave it out");
                }
            }
        }
        let mut digests = Vec::new();
        for (name, cell) in resolve.table("digest").iter().flat_map(Sheet::cells) {
            match ALGORITHMS.iter().position(|(known, ..)| *known == name) {
                Some(at) => digests.extend(cell.expression(&answer).map(|source| (at, source))),
                None => cell.note(format!("there is no digest `{name}`"), "there are md5, sha1, sha256 or sha512"),
            }
        }
        let renew_on = resolve.cell("renew_on").map(|cell| {
            let items = cell.items("a list of HTTP statuses, such as [403]");
            items.iter().filter_map(|item| u16::try_from(item.whole(100)?).ok()).collect()
        });
        let download = root.table("download");
        let verify = root.table("verify");
        let template = |sheet: &Option<Sheet<'_>>, key| sheet.as_ref()?.cell(key)?.template(&answer);
        let auth = download.as_ref().and_then(|sheet| sheet.cell("auth"));
        let auth = auth.and_then(|cell| cell.word(&[("none", PartAuth::None), ("inherit", PartAuth::Inherit)], &[]));
        let kind = template(&verify, "type");
        if let (Some(kind), Some(cell)) = (&kind, verify.as_ref().and_then(|sheet| sheet.cell("type")))
            && kind.expressions().next().is_none()
        {
            cell.word(&FileKind::ALL.map(|kind| (kind.word(), kind)), &[]);
        }
        let url = resolve.needed("url", hint).and_then(|cell| cell.expression(&answer));
        Some(Self {
            request: match request {
                Some(request) => Some(request?),
                None => None,
            },
            every: resolve.cell("every").and_then(|cell| cell.duration()).unwrap_or(EVERY),
            tries: resolve.cell("tries").and_then(|cell| cell.whole(1)).unwrap_or(TRIES),
            ready_when: expression("ready_when"),
            url: url?,
            size: expression("size"),
            digests,
            expires: expression("expires"),
            renew_on: renew_on.unwrap_or_else(|| RENEW_ON.to_vec()),
            name: template(&download, "name"),
            auth: auth.unwrap_or(PartAuth::None),
            kind,
            min_size: verify.and_then(|sheet| sheet.cell("min_size")?.size()),
        })
    }

    /// Name and kind of the result.
    pub(crate) fn templates(&self) -> impl Iterator<Item = &Template> {
        self.name.iter().chain(&self.kind)
    }

    /// Refuses what a template for the kind makes, if that is no kind.
    pub(crate) fn admit_kind(&self, template: &Template, made: &str) -> Result<(), Unusable> {
        let ours = self.kind.as_ref().is_some_and(|kind| std::ptr::eq(kind, template));
        if ours && made != "null" && FileKind::parse(made).is_none() {
            let known = or_list(FileKind::ALL.map(FileKind::word));
            return Err(Unusable { absent: false, message: format!("`{made}` is no kind of file; there are {known}") });
        }
        Ok(())
    }

    /// What can be fetched according to an answer.
    pub(crate) fn read_answer(&self, scope: &Scope<'_>, reading: &Reading) -> Result<Resolution, Failure> {
        if let Some(ready_when) = &self.ready_when
            && !reading.truth(ready_when)?
        {
            return Ok(Resolution::NotYet);
        }
        let Some(link) = reading.text(&self.url)?.filter(|link| !link.trim().is_empty()) else {
            return Ok(Resolution::NotYet);
        };
        let url = Self::link(link.trim(), scope.connection_url)
            .map_err(|why| reading.unfit(format!("The server's link to the result (`{}`) {why}", self.url.source())))?;
        let unfit = |message: String| reading.unfit(format!("The download cannot be set up: {message}"));
        let text = |template: &Option<Template>| {
            template.as_ref().map(|template| template.text(reading.context())).transpose()
        };
        let name = text(&self.name).map_err(|unusable| unfit(unusable.message))?;
        // A kind that is `none` is one that cannot be checked.
        let kind = self.kind.as_ref().filter(|kind| !kind.value(reading.context()).is_ok_and(|kind| kind.is_null()));
        let kind =
            kind.map(|kind| kind.text(reading.context())).transpose().map_err(|unusable| unfit(unusable.message))?;
        let kind = kind.map(|word| {
            FileKind::parse(&word).ok_or_else(|| unfit(format!("`{word}` is no kind of file that can be checked")))
        });
        let own = url.origin() == scope.connection_url.origin();
        Ok(Resolution::Ready(vec![Part {
            name,
            size: self.size.as_ref().map(|source| reading.size(source)).transpose()?.flatten(),
            digests: self.read_digests(reading)?,
            expires_at: self.read_expiry(reading, &url)?,
            auth: if own { self.auth } else { PartAuth::None },
            kind: kind.transpose()?,
            min_size: self.min_size,
            renew_on: self.renew_on.clone(),
            url: SafeUrl::new(url),
        }]))
    }

    /// A link that may be followed: http or https, and never less safe than the connection itself.
    fn link(link: &str, base: &Url) -> Result<Url, &'static str> {
        let url = base.join(link).map_err(|_| "is no URL")?;
        match (base.scheme(), url.scheme()) {
            _ if url.host_str().is_none() => Err("names no server"),
            ("https", "http") => Err("is not encrypted although the connection is"),
            (_, "https" | "http") => Ok(url),
            _ => Err("is neither http nor https"),
        }
    }

    fn read_digests(&self, reading: &Reading) -> Result<Vec<Digest>, Failure> {
        let mut digests = Vec::new();
        for (at, source) in &self.digests {
            let Some(text) = reading.text(source)? else { continue };
            let (name, algorithm) = ALGORITHMS[*at];
            let text = text.trim().trim_matches('"');
            let text = text
                .split_once([':', '='])
                .filter(|(prefix, _)| prefix.to_lowercase().replace('-', "") == name)
                .map_or(text, |(_, rest)| rest);
            match Digest::parse(algorithm, text.trim_matches(':')) {
                Some(digest) => digests.push(digest),
                None => {
                    return Err(reading.unfit(format!(
                        "The server's answer is not as expected: `{}` is no {name} digest",
                        source.source()
                    )));
                }
            }
        }
        Ok(digests)
    }

    fn read_expiry(&self, reading: &Reading, url: &Url) -> Result<Option<Timestamp>, Failure> {
        let Some(source) = &self.expires else { return Ok(signed_until(url)) };
        match reading.value(source)? {
            None => Ok(signed_until(url)),
            Some(value) => moment(&value).map(Some).map_err(|_| reading.wrong_type(source, "a point in time", &value)),
        }
    }
}

/// The failure of a link that never came.
pub(crate) fn never_came() -> Failure {
    Failure::new(ErrorCode::DownloadFailed, "The server says the export is complete but gives no download")
}
