//! Where a file lies: what an answer says of it, and which links may be followed.

use landfall_wire::{ErrorCode, Failure};
use url::Url;

use crate::connector::answer::Reading;
use crate::connector::expression::Expression;
use crate::connector::payload::templates;
use crate::connector::request::{join, path_template};
use crate::connector::scope::Scope;
use crate::connector::sheet::{Names, Sheet};
use crate::connector::template::Template;

/// Where the link is to be found.
#[derive(Debug)]
pub(crate) enum LinkSpec {
    /// In the answer.
    Source(Expression),
    /// It is known beforehand: the result lies there.
    Direct(Direct),
    /// In the `Location` of a redirect.
    Location,
    /// The URL that was asked is itself the result.
    Polled,
}

/// A path below the connection's URL that is fetched, not asked.
#[derive(Debug)]
pub(crate) struct Direct {
    path: Template,
    query: Vec<(String, Template)>,
}

impl LinkSpec {
    /// Reads the one key that says where the link is; `hint` tells what to write when there is none.
    pub(crate) fn read(sheet: &Sheet<'_>, names: &Names, answer: &Names, hint: &str) -> Option<Self> {
        let flag = |key: &str| sheet.cell(key).filter(|cell| cell.boolean() == Some(true));
        let found = [sheet.cell("url"), sheet.cell("direct"), flag("location"), flag("polled")];
        for (second, cell) in found.iter().flatten().enumerate() {
            if second > 0 {
                cell.note("there are two places for the link", "keep one of url, direct, location and polled");
            }
        }
        match found {
            [Some(url), ..] => Some(Self::Source(url.expression(answer)?)),
            [_, Some(direct), ..] => Some(Self::Direct(Direct {
                path: path_template(&direct, names)?,
                query: templates(sheet, "query", names),
            })),
            [.., Some(_), _] => Some(Self::Location),
            [.., Some(_)] => Some(Self::Polled),
            _ => {
                sheet.needed("url", hint);
                None
            }
        }
    }

    pub(crate) fn templates(&self) -> impl Iterator<Item = &Template> {
        let direct = if let Self::Direct(direct) = self { Some(direct) } else { None };
        direct.into_iter().flat_map(|direct| std::iter::once(&direct.path).chain(direct.query.iter().map(|(_, t)| t)))
    }

    /// Whether the connection's sign-in goes with it unless the connector says otherwise.
    pub(crate) fn is_the_servers_own(&self) -> bool {
        matches!(self, Self::Direct(_) | Self::Polled)
    }

    /// Whether the URL that was asked is itself the result.
    pub(crate) fn is_what_was_asked(&self) -> bool {
        matches!(self, Self::Polled)
    }

    /// Whether a redirect can hold it.
    pub(crate) fn may_be_a_redirect(&self) -> bool {
        match self {
            Self::Location => true,
            Self::Source(source) => source.roots().contains("headers"),
            Self::Direct(_) | Self::Polled => false,
        }
    }

    /// The link, if there is one yet.
    pub(crate) fn find(&self, scope: &Scope<'_>, reading: &Reading) -> Result<Option<Url>, Failure> {
        let text = match self {
            Self::Source(source) => reading.text(source)?,
            Self::Direct(direct) => return direct.url(scope, reading).map(Some),
            Self::Polled => {
                return match reading.answered() {
                    Some(answered) if answered.status == 200 => Ok(Some(answered.url.reveal().clone())),
                    _ => Ok(None),
                };
            }
            Self::Location => reading.header("location"),
        };
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        let base = match (self, reading.answered()) {
            (Self::Location, Some(answered)) => answered.url.reveal(),
            _ => scope.connection_url,
        };
        safe(text.trim(), base, scope.connection_url)
            .map(Some)
            .map_err(|why| reading.unfit(format!("The server's link to the result ({}) {why}", self.words())))
    }

    fn words(&self) -> String {
        match self {
            Self::Source(source) => format!("`{}`", source.source()),
            Self::Direct(_) | Self::Polled => "its own address".into(),
            Self::Location => "the header location".into(),
        }
    }
}

impl Direct {
    fn url(&self, scope: &Scope<'_>, reading: &Reading) -> Result<Url, Failure> {
        let unfit = |unusable: crate::connector::expression::Unusable| {
            reading.unfit(format!("The address of the result cannot be made: {}", unusable.message))
        };
        let path = self.path.path(reading.context()).map_err(unfit)?;
        let mut query = Vec::new();
        for (name, template) in &self.query {
            query.push((name.clone(), template.text(reading.context()).map_err(unfit)?));
        }
        join(scope.connection_url, &path, &query, ErrorCode::DownloadFailed)
    }
}

/// A link that may be followed: http or https, and never less safe than the connection itself.
pub(crate) fn safe(link: &str, base: &Url, connection: &Url) -> Result<Url, &'static str> {
    let mut url = base.join(link).map_err(|_| "is no URL")?;
    url.set_fragment(None);
    match (connection.scheme(), url.scheme()) {
        _ if url.host_str().is_none() => Err("names no server"),
        ("https", "http") => Err("is not encrypted although the connection is"),
        (_, "https" | "http") => Ok(url),
        _ => Err("is neither http nor https"),
    }
}
