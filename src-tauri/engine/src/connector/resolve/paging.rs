//! Results in pages: where the next one is.

use landfall_wire::Failure;
use url::Url;

use super::link::safe;
use crate::connector::answer::Reading;
use crate::connector::expression::Expression;
use crate::connector::filters::percent;
use crate::connector::pages::Join;
use crate::connector::sheet::{Names, Sheet};

/// How the next page is found, and how pages become one file.
#[derive(Debug)]
pub(crate) struct PagingSpec {
    pub(crate) next: Expression,
    query: Option<String>,
    pub(crate) join: Join,
}

impl PagingSpec {
    pub(crate) fn read(resolve: &Sheet<'_>, answer: &Names) -> Option<Self> {
        let Some(next) = resolve.cell("next") else {
            for key in ["join", "next_query"] {
                if let Some(cell) = resolve.cell(key) {
                    cell.note("there are no pages", "write next = \"headers['link']\", or leave it out");
                }
            }
            return None;
        };
        for key in ["size", "digest", "each"] {
            if let Some(cell) = resolve.cell(key) {
                cell.note("nothing can be said of a result in pages before all of them are there", "leave it out");
            }
        }
        let words = [("raw", Join::Raw), ("csv", Join::Csv), ("ndjson", Join::Ndjson)];
        let hint = "write how pages become one file: join = \"raw\", \"csv\" or \"ndjson\"";
        let join = resolve.needed("join", hint).and_then(|cell| cell.word(&words, &[]));
        Some(Self {
            next: next.expression(answer)?,
            query: resolve.cell("next_query").and_then(|cell| cell.text().map(str::to_owned)),
            join: join?,
        })
    }

    /// Where the page after the one at `url` is.
    pub(crate) fn next(&self, reading: &Reading, url: &Url, connection: &Url) -> Result<Option<Url>, Failure> {
        let Some(text) = reading.text(&self.next)? else { return Ok(None) };
        // Salesforce ends its pages with the word null.
        let text = text.trim();
        if text.is_empty() || text == "null" {
            return Ok(None);
        }
        let unfit =
            |why: &str| reading.unfit(format!("The server's link to the next page (`{}`) {why}", self.next.source()));
        let next = if let Some(name) = &self.query {
            with_query(url, name, text)
        } else {
            let link = if text.starts_with('<') { next_of_links(text) } else { Some(text) };
            match link {
                Some(link) => safe(link, url, connection).map_err(unfit)?,
                None => return Ok(None),
            }
        };
        if next == *url {
            return Err(unfit("leads to the same page again"));
        }
        Ok(Some(next))
    }
}

/// The target of `rel="next"` in a `Link` field (RFC 8288 section 3).
fn next_of_links(field: &str) -> Option<&str> {
    let mut rest = field;
    while let Some((target, after)) = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        let end = after.find('<').unwrap_or(after.len());
        let relation = after[..end].split([';', ',']).find_map(|piece| {
            let (key, value) = piece.split_once('=')?;
            key.trim().eq_ignore_ascii_case("rel").then(|| value.trim().trim_matches('"'))
        });
        if relation.is_some_and(|words| words.split_whitespace().any(|word| word.eq_ignore_ascii_case("next"))) {
            return Some(target.trim());
        }
        rest = &after[end..];
    }
    None
}

fn with_query(url: &Url, name: &str, value: &str) -> Url {
    let own = format!("{}=", percent(name));
    let rest = url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with(&own));
    let mut pairs: Vec<String> = rest.map(str::to_owned).collect();
    pairs.push(format!("{own}{}", percent(value)));
    let mut url = url.clone();
    url.set_query(Some(&pairs.join("&")));
    url
}
