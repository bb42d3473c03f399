//! What the connector itself says of the files: `[download]` and `[verify]`.

use http::{HeaderMap, HeaderName, HeaderValue};
use landfall_wire::Failure;
use minijinja::Value;
use url::Url;

use super::link::LinkSpec;
use super::promise::PromiseSpec;
use crate::connector::answer::Reading;
use crate::connector::expression::{Expression, Unusable};
use crate::connector::manifest;
use crate::connector::oauth2::host_of;
use crate::connector::part::{Part, PartAuth};
use crate::connector::problem::or_list;
use crate::connector::request::headers;
use crate::connector::scope::Scope;
use crate::connector::sheet::{Names, Sheet};
use crate::connector::sign_spec::read_hosts;
use crate::connector::template::Template;
use crate::package::ManifestSpec;
use crate::secrets::SafeUrl;
use crate::verify::{FileKind, Refusal};

/// What holds for every file of the connector.
#[derive(Debug)]
pub(crate) struct FileSpec {
    name: Option<Template>,
    auth: Option<PartAuth>,
    hosts: Vec<String>,
    headers: Vec<(HeaderName, Template)>,
    gunzip: bool,
    ranges: bool,
    kind: Option<Template>,
    min_size: Option<u64>,
    records: Option<Expression>,
    refuse: Option<Refusal>,
    pub(crate) manifest: Option<ManifestSpec>,
}

impl FileSpec {
    pub(crate) fn read(root: &Sheet<'_>, answer: &Names) -> Self {
        let download = root.table("download");
        let verify = root.table("verify");
        let template = |sheet: &Option<Sheet<'_>>, key| sheet.as_ref()?.cell(key)?.template(answer);
        let flag = |key| download.as_ref().and_then(|sheet| sheet.cell(key)?.boolean());
        let auth = download.as_ref().and_then(|sheet| sheet.cell("auth"));
        let kind = template(&verify, "type");
        if let (Some(kind), Some(cell)) = (&kind, verify.as_ref().and_then(|sheet| sheet.cell("type")))
            && kind.expressions().next().is_none()
        {
            cell.word(&FileKind::ALL.map(|kind| (kind.word(), kind)), &[]);
        }
        let first_bytes = Names { more: &["start"], ..Names::default() };
        let refuse = verify.as_ref().and_then(|sheet| sheet.cell("refuse")?.expression(&first_bytes));
        if let Some(cell) = verify.as_ref().filter(|_| kind.is_none()).and_then(|sheet| sheet.cell("records")) {
            cell.note("records are counted in a file of a known kind", "write type = \"csv\", \"ndjson\" or \"json\"");
        }
        let connection = root.cell("connection").filter(|cell| cell.value.is_table()).and_then(|cell| cell.table());
        Self {
            name: template(&download, "name"),
            auth: auth.and_then(|cell| cell.word(&[("none", PartAuth::None), ("inherit", PartAuth::Inherit)], &[])),
            hosts: connection.iter().chain(&download).flat_map(read_hosts).collect(),
            headers: download.as_ref().map(|sheet| headers(sheet, answer)).unwrap_or_default(),
            gunzip: flag("gunzip").unwrap_or(false),
            ranges: flag("ranges").unwrap_or(true),
            kind,
            min_size: verify.as_ref().and_then(|sheet| sheet.cell("min_size")?.size()),
            records: verify.as_ref().and_then(|sheet| sheet.cell("records")?.expression(answer)),
            refuse: refuse.map(refusal),
            manifest: verify.as_ref().and_then(|sheet| manifest::read(&sheet.table("manifest")?)),
        }
    }

    pub(crate) fn templates(&self) -> impl Iterator<Item = &Template> {
        self.name.iter().chain(&self.kind).chain(self.headers.iter().map(|(_, template)| template))
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

    /// A file at that address with nothing promised: a page after the first.
    pub(crate) fn bare(&self, scope: &Scope<'_>, link: &LinkSpec, url: Url) -> Part {
        let own = url.origin() == scope.connection_url.origin() || self.hosts.contains(&host_of(&url));
        let default = if link.is_the_servers_own() { PartAuth::Inherit } else { PartAuth::None };
        Part {
            url: SafeUrl::new(url),
            name: None,
            size: None,
            digests: Vec::new(),
            expires_at: None,
            auth: if own { self.auth.unwrap_or(default) } else { PartAuth::None },
            kind: None,
            min_size: None,
            renew_on: Vec::new(),
            headers: HeaderMap::new(),
            gunzip: self.gunzip,
            ranges: self.ranges,
            one_time: false,
            records: None,
            refuse: None,
        }
    }

    /// The file at that address with all that is promised about it.
    pub(crate) fn part(
        &self,
        scope: &Scope<'_>,
        reading: &Reading,
        link: &LinkSpec,
        url: Url,
        promise: &PromiseSpec,
    ) -> Result<Part, Failure> {
        let unfit = |message: String| reading.unfit(format!("The download cannot be set up: {message}"));
        let text = |template: &Option<Template>| {
            template.as_ref().map(|template| template.text(reading.context())).transpose()
        };
        // A kind that is `none` is one that cannot be checked.
        let kind = self.kind.as_ref().filter(|kind| !kind.value(reading.context()).is_ok_and(|kind| kind.is_null()));
        let kind =
            kind.map(|kind| kind.text(reading.context())).transpose().map_err(|unusable| unfit(unusable.message))?;
        let kind = kind.map(|word| {
            FileKind::parse(&word).ok_or_else(|| unfit(format!("`{word}` is no kind of file that can be checked")))
        });
        Ok(Part {
            name: text(&self.name).map_err(|unusable| unfit(unusable.message))?,
            size: promise.size(reading)?,
            digests: promise.digests(reading)?,
            expires_at: promise.expiry(reading, &url)?,
            kind: kind.transpose()?,
            min_size: self.min_size,
            headers: self.headers(reading)?,
            records: self.records.as_ref().map_or(Ok(None), |source| reading.size(source))?,
            refuse: self.refuse.clone(),
            ..self.bare(scope, link, url)
        })
    }

    pub(crate) fn headers(&self, reading: &Reading) -> Result<HeaderMap, Failure> {
        header_map(&self.headers, reading)
    }
}

/// The condition over `start`; one that cannot be worked out refuses nothing.
fn refusal(condition: Expression) -> Refusal {
    Refusal::new(condition.source().to_owned(), move |start| {
        let text = String::from_utf8_lossy(start);
        let context = Value::from_pairs([("start", Value::from(text))]);
        condition.evaluate(&context).is_ok_and(|value| value.is_true())
    })
}

/// Headers made of templates, marked sensitive: they may hold what a server gave as a key.
pub(crate) fn header_map(templates: &[(HeaderName, Template)], reading: &Reading) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (name, template) in templates {
        let text = template.text(reading.context());
        let value = text.ok().and_then(|text| HeaderValue::from_str(&text).ok());
        let mut value = value
            .ok_or_else(|| reading.unfit(format!("The download cannot be set up: the header {name} cannot be made")))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}
