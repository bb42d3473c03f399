//! Which part of an object a request wants: RFC 9110, sections 13 and 14, for one range.

use http::{HeaderMap, header};

/// What to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// From the first to the last byte, both included.
    Range(u64, u64),
    /// A range that the object does not have.
    Nowhere,
    /// The client has it already.
    NotModified,
    /// The object is not the one that the client means.
    NotTheOne,
}

/// Decides by the request's headers and what the object is.
pub(super) fn wanted(headers: &HeaderMap, size: u64, etag: &str, last_modified: &str) -> Part {
    let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok()).map(str::trim);
    if let Some(tags) = text(header::IF_MATCH)
        && !names(tags, etag, false)
    {
        return Part::NotTheOne;
    }
    if let Some(tags) = text(header::IF_NONE_MATCH)
        && names(tags, etag, true)
    {
        return Part::NotModified;
    }
    let Some(range) = text(header::RANGE) else { return Part::Whole };
    // A weak tag never matches here (section 13.1.5): it would compare unequal anyway, ours are strong.
    if let Some(condition) = text(header::IF_RANGE)
        && condition != etag
        && condition != last_modified
    {
        return Part::Whole;
    }
    parse(range, size)
}

/// Whether a list of entity tags names ours.
fn names(tags: &str, etag: &str, weakly: bool) -> bool {
    tags.split(',').map(str::trim).any(|tag| {
        let tag = if weakly { tag.strip_prefix("W/").unwrap_or(tag) } else { tag };
        tag == "*" || tag == etag
    })
}

/// A range that cannot be read, or more than one, is passed over (section 14.2): the whole object answers it.
fn parse(range: &str, size: u64) -> Part {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-')) else {
        return Part::Whole;
    };
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // A number too big for us is too big for any object too.
        plain.then(|| digits.parse::<u64>().unwrap_or(u64::MAX))
    };
    match (first.is_empty(), number(first), last.is_empty(), number(last)) {
        (true, _, _, Some(0)) => Part::Nowhere,
        (true, _, _, Some(_)) if size == 0 => Part::Nowhere,
        (true, _, _, Some(count)) => Part::Range(size.saturating_sub(count), size - 1),
        (_, Some(first), true, _) if first < size => Part::Range(first, size - 1),
        (_, Some(first), _, Some(last)) if first > last => Part::Whole,
        (_, Some(first), _, Some(last)) if first < size => Part::Range(first, last.min(size - 1)),
        (_, Some(_), true, _) | (_, Some(_), _, Some(_)) => Part::Nowhere,
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_7_every_form_of_a_range_is_understood() {
        let table = [
            ("bytes=0-9", Part::Range(0, 9)),
            ("bytes=90-", Part::Range(90, 99)),
            ("bytes=90-500", Part::Range(90, 99)),
            ("bytes=-10", Part::Range(90, 99)),
            ("bytes=-500", Part::Range(0, 99)),
            ("bytes=-0", Part::Nowhere),
            ("bytes=100-", Part::Nowhere),
            ("bytes=100-200", Part::Nowhere),
            ("bytes=99999999999999999999999-", Part::Nowhere),
            ("bytes=9-5", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("", Part::Whole),
        ];
        for (text, part) in table {
            assert_eq!(parse(text, 100), part, "Range: {text}");
        }
        assert_eq!(parse("bytes=0-", 0), Part::Nowhere, "an empty object has no first byte");
        assert_eq!(parse("bytes=-5", 0), Part::Nowhere, "an empty object has no last bytes");
    }
}
