//! What the file will be called, as far as the server has a say.

use super::Bringing;
use crate::transfer::head::Head;
use crate::transfer::name::SafeName;
use crate::transfer::request::Answer;
use crate::transfer::{Clash, Error, Landing, Link, Naming, conclude};

impl Bringing<'_, '_> {
    /// Decides the name by the first answer that has a body; gives a landing when that name is to be left alone.
    pub(super) async fn decide_name(&mut self, link: &Link, answer: &Answer) -> Result<Option<Landing>, Error> {
        if self.transfer.journal.look(|record| record.name.is_some()) {
            return Ok(None);
        }
        let name = match &self.transfer.order.name {
            Naming::Fixed(name) => SafeName::of(name),
            Naming::FromServer { fallback } => server_name(&answer.head, fallback.as_deref(), link, answer),
            Naming::Stem { stem, like: Some(like) } => SafeName::of(like).with_stem(stem),
            Naming::Stem { stem, like: None } => server_name(&answer.head, None, link, answer).with_stem(stem),
        };
        self.transfer.journal.alter(|record| record.name = Some(name.as_str().to_owned()));
        self.transfer.progress.send_modify(|progress| progress.name = Some(name.as_str().to_owned()));
        if self.transfer.order.clash == Clash::Skip {
            return conclude::skip(&self.transfer.staging, &name).await;
        }
        Ok(None)
    }
}

fn server_name(head: &Head, fallback: Option<&str>, link: &Link, answer: &Answer) -> SafeName {
    if let Some(name) = &head.name {
        return SafeName::of_server(name);
    }
    if let Some(name) = fallback {
        return SafeName::of(name);
    }
    let of_path = |url: &url::Url| {
        let segment = url.path_segments()?.next_back()?.to_owned();
        (!segment.is_empty()).then(|| SafeName::of_server(&unescape(&segment)))
    };
    of_path(&link.url).or_else(|| of_path(answer.url.reveal())).unwrap_or_else(|| SafeName::of_server(""))
}

/// Percent-escapes undone as far as they are UTF-8.
fn unescape(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = (*first == b'%')
            .then(|| tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()))
            .flatten()
            .and_then(|digits| crate::digest::unhex(digits)?.first().copied());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| segment.to_owned())
}
