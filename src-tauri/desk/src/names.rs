//! Names of files by the template of the settings.

use jiff::Zoned;
use landfall_wire::{ErrorCode, Failure};

/// What a template may name, in braces.
const KNOWN: [&str; 4] = ["title", "connection", "date", "time"];

/// Longer templates leave no room for what they name.
const LONGEST: usize = 120;

/// What the engine takes for "with the ending that the server or the connector says".
const ANY_ENDING: &str = ".*";

/// Refuses a template that names what there is not.
pub(crate) fn judge(template: &str) -> Result<(), Failure> {
    let refuse = |message: String| {
        Err(Failure::new(ErrorCode::JobCreationFailed, message)
            .with_remediation("Write text and any of {title}, {connection}, {date} and {time}, such as {date} {title}"))
    };
    if template.chars().count() > LONGEST {
        return refuse(format!("The file names are longer than {LONGEST} characters"));
    }
    let mut named = false;
    for piece in pieces(template) {
        match piece {
            Piece::Named(name) if KNOWN.contains(&name) => named = true,
            Piece::Named(name) => return refuse(format!("Nothing is called {{{name}}}")),
            Piece::Broken => return refuse("A brace has no other".into()),
            Piece::Text(_) => {}
        }
    }
    if named { Ok(()) } else { refuse("All files would have the same name".into()) }
}

/// The name of one export's file, asked for at that time; its ending is still open.
pub(crate) fn name(template: &str, title: &str, connection: &str, at: &Zoned) -> String {
    let stem: String = pieces(template)
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            // A time of the day with colons is no name on every system.
            Piece::Named("title") => title.replace(':', "."),
            Piece::Named("connection") => connection.to_owned(),
            Piece::Named("date") => at.strftime("%Y-%m-%d").to_string(),
            Piece::Named("time") => at.strftime("%H.%M").to_string(),
            Piece::Named(_) | Piece::Broken => String::new(),
        })
        .collect();
    format!("{}{ANY_ENDING}", stem.trim())
}

/// Whether a name came from a template: an export that is asked for again gets one of its own.
pub(crate) fn is_made(name: &str) -> bool {
    name.ends_with(ANY_ENDING)
}

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Named(&'a str),
    /// A brace without its other.
    Broken,
}

fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        let brace = rest.find(['{', '}']).unwrap_or(rest.len());
        if rest.is_empty() {
            return None;
        }
        if brace > 0 {
            let (text, after) = rest.split_at(brace);
            rest = after;
            return Some(Piece::Text(text));
        }
        let Some((name, after)) = rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) else {
            rest = "";
            return Some(Piece::Broken);
        };
        rest = after;
        Some(Piece::Named(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_and_their_ending_stays_open() {
        let at: Zoned = "2026-11-23T14:02:59+01:00[Europe/Berlin]".parse().unwrap();
        let filled = |template| name(template, "Quay 7, 2026-11-21 06:00–07:00", "Harbour", &at);
        assert_eq!(filled("{date} {title}"), "2026-11-23 Quay 7, 2026-11-21 06.00–07.00.*");
        assert_eq!(filled(" {connection}_{time}-final "), "Harbour_14.02-final.*");
        assert!(is_made(&filled("{title}")) && !is_made("Quay 7.mp4"));
    }

    #[test]
    fn template_that_names_what_there_is_not_is_refused_with_what_there_is() {
        for sound in ["{title}", "{date} {time} {connection}", "α {title}"] {
            assert!(judge(sound).is_ok(), "{sound}");
        }
        let long = format!("{{title}}{}", "x".repeat(LONGEST));
        for wrong in ["{titel}", "{title", "title}", "{}", "always the same", "", long.as_str()] {
            let failure = judge(wrong).expect_err(wrong);
            assert!(failure.remediation.contains("{title}"), "{failure}");
        }
    }
}
