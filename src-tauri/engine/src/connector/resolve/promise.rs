//! What a server promises about one file: its size, its digests, and until when its link works.

use jiff::{SignedDuration, Timestamp};
use landfall_wire::Failure;
use url::Url;

use crate::connector::answer::Reading;
use crate::connector::expression::Expression;
use crate::connector::filters::moment;
use crate::connector::part::{ALGORITHMS, signed_until};
use crate::connector::sheet::{Cell, Names, Sheet};
use crate::retry::http_date;
use crate::transfer::{Algorithm, Digest};

/// Where an answer holds its promises.
#[derive(Debug, Default)]
pub(crate) struct PromiseSpec {
    size: Option<Expression>,
    digests: Vec<DigestSpec>,
    expires: Option<Expression>,
    expires_in: Option<Expression>,
}

/// A digest of a known algorithm, or a text that names the algorithm before each.
#[derive(Debug)]
struct DigestSpec {
    algorithm: Option<(&'static str, Algorithm)>,
    source: Expression,
}

impl PromiseSpec {
    pub(crate) fn read(sheet: &Sheet<'_>, answer: &Names) -> Self {
        let expression = |key| sheet.cell(key).and_then(|cell| cell.expression(answer));
        Self {
            size: expression("size"),
            digests: sheet.cell("digest").map(|cell| digests(&cell, answer)).unwrap_or_default(),
            expires: expression("expires"),
            expires_in: expression("expires_in"),
        }
    }

    pub(crate) fn size(&self, reading: &Reading) -> Result<Option<u64>, Failure> {
        self.size.as_ref().map_or(Ok(None), |source| reading.size(source))
    }

    pub(crate) fn digests(&self, reading: &Reading) -> Result<Vec<Digest>, Failure> {
        let mut found = Vec::new();
        for spec in &self.digests {
            let Some(text) = reading.text(&spec.source)? else { continue };
            let unfit = |what: &str| {
                let place = spec.source.source();
                reading.unfit(format!("The server's answer is not as expected: `{place}` is {what}"))
            };
            if let Some((name, algorithm)) = spec.algorithm {
                let digest = Digest::parse(algorithm, bare(text.trim(), name));
                found.push(digest.ok_or_else(|| unfit(&format!("no {name} digest")))?);
                continue;
            }
            let digests = named(&text);
            if digests.is_empty() && !text.trim().is_empty() {
                return Err(unfit("no digest with its algorithm before it, such as sha256:…"));
            }
            found.extend(digests);
        }
        Ok(found)
    }

    pub(crate) fn expiry(&self, reading: &Reading, url: &Url) -> Result<Option<Timestamp>, Failure> {
        if let Some(source) = &self.expires
            && let Some(value) = reading.value(source)?
        {
            let read = moment(&value).ok().or_else(|| value.as_str().and_then(http_date));
            return read.map(Some).ok_or_else(|| reading.wrong_type(source, "a point in time", &value));
        }
        if let (Some(source), Some(answered)) = (&self.expires_in, reading.answered())
            && let Some(value) = reading.value(source)?
        {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let seconds = text.trim().parse::<u32>().map(i64::from).ok();
            let at = seconds.and_then(|seconds| answered.at.checked_add(SignedDuration::from_secs(seconds)).ok());
            return at.map(Some).ok_or_else(|| reading.wrong_type(source, "a number of seconds", &value));
        }
        Ok(signed_until(url))
    }
}

fn digests(cell: &Cell<'_>, answer: &Names) -> Vec<DigestSpec> {
    if cell.value.is_str() {
        return cell.expression(answer).map(|source| DigestSpec { algorithm: None, source }).into_iter().collect();
    }
    let mut found = Vec::new();
    for (name, cell) in cell.table().iter().flat_map(Sheet::cells) {
        let Some(algorithm) = ALGORITHMS.iter().find(|(known, _)| *known == name) else {
            cell.note(format!("there is no digest `{name}`"), "there are md5, sha1, sha256 or sha512");
            continue;
        };
        let source = cell.expression(answer);
        found.extend(source.map(|source| DigestSpec { algorithm: Some(*algorithm), source }));
    }
    found
}

/// A digest without what servers write around it: `sha256:…`, `SHA-256=…`, `sha-256=:…:` (RFC 9530), quotes (an ETag's).
fn bare<'t>(text: &'t str, name: &str) -> &'t str {
    let text = text.trim_matches('"');
    let is_ours = |(prefix, _): &(&str, &str)| prefix.trim().to_lowercase().replace('-', "") == name;
    let rest = text.split_once([':', '=']).filter(is_ours).map_or(text, |(_, rest)| rest);
    rest.trim().trim_matches(':')
}

/// The digests of a text that names each one's algorithm: `sha-256=:…:, md5=…` or `sha256:…`. What is not known is passed
/// over, as RFC 9530 asks; crc32c and the like among them.
fn named(text: &str) -> Vec<Digest> {
    let digest = |piece: &str| {
        let (name, _) = piece.trim().trim_matches('"').split_once([':', '='])?;
        let algorithm = Algorithm::parse(name)?;
        let (name, _) = ALGORITHMS.iter().find(|(_, known)| *known == algorithm)?;
        Digest::parse(algorithm, bare(piece.trim(), name))
    };
    text.split(',').filter_map(digest).collect()
}
