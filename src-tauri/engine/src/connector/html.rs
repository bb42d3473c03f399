//! One value out of a sign-in page: what stands in `<input name="…" value="…">` or `<meta name="…" content="…">`.
//!
//! Not a parser of HTML: it reads tags and their attributes, in any order and with any quotes, and no more of the page
//! than [`LOOKED_AT`].

/// No sign-in page has its token later, in bytes.
const LOOKED_AT: usize = 512 * 1024;

/// The value of the first input or meta tag of that name.
pub(crate) fn named_value(page: &str, name: &str) -> Option<String> {
    let mut rest = page.get(..LOOKED_AT).unwrap_or(page);
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end..]);
            continue;
        }
        let word = rest.split(|c: char| c.is_ascii_whitespace() || "/>".contains(c)).next().unwrap_or_default();
        let wanted = match word.to_ascii_lowercase().as_str() {
            "input" => "value",
            "meta" => "content",
            _ => continue,
        };
        let (found, after) = attributes(&rest[word.len()..]);
        rest = after;
        let of = |key: &str| found.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        if of("name") == Some(name) {
            return of(wanted).map(plain);
        }
    }
    None
}

/// The attributes of a tag, and what follows it.
fn attributes(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            return (found, rest);
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || "=>/".contains(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end.max(rest.chars().next().map_or(1, char::len_utf8)));
        rest = after.trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            let inside = &after[quote.map_or(0, char::len_utf8)..];
            let end = match quote {
                Some(quote) => inside.find(quote),
                None => inside.find(|c: char| c.is_ascii_whitespace() || c == '>'),
            };
            value = &inside[..end.unwrap_or(inside.len())];
            rest = &inside[value.len()..];
            rest = quote.and_then(|quote| rest.strip_prefix(quote)).unwrap_or(rest);
        }
        found.push((name.to_ascii_lowercase(), value.to_owned()));
    }
}

/// The text with the few entities that stand in tokens.
fn plain(text: &str) -> String {
    let entities = [("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&#x2B;", "+")];
    let text = entities.iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain));
    text.replace("&#43;", "+").replace("&#x3D;", "=").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_found_however_the_page_is_written() {
        let found = |page: &str| named_value(page, "csrf");
        for page in [
            r#"<form><input type="hidden" name="csrf" value="t&amp;1"></form>"#,
            "<INPUT VALUE='t&amp;1' NAME='csrf'/>",
            "<p>1 < 2<input value=t&amp;1 disabled name=csrf>",
            r#"<!-- <input name="csrf" value="old"> --><meta name="csrf" content="t&amp;1">"#,
        ] {
            assert_eq!(found(page).as_deref(), Some("t&1"), "{page}");
        }
        for page in ["", "<", "<input", "<input name", "<input name=", "<input name='csrf", "<input name=csrf>", "<!--"]
        {
            assert_eq!(found(page), None, "{page}");
        }
        assert_eq!(named_value("<inputé name=csrf value=é>", "csrf"), None, "no such tag");
        assert_eq!(named_value("<input é=ü name=csrf value=é>", "csrf").as_deref(), Some("é"));
    }
}
