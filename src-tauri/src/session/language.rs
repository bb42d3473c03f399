//! The system's language, as the environment says it.

/// The language as a tag such as `de-DE`; `en` where nothing is said.
pub fn of_the_system() -> String {
    // The order of POSIX, with GNU's list of wishes before it.
    let said = ["LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        tag(&value)
    });
    said.unwrap_or_else(|| "en".to_owned())
}

/// A locale's name (`de_DE.UTF-8@euro`, or a list of them) as a language tag.
fn tag(locale: &str) -> Option<String> {
    let first = locale.split(':').next().unwrap_or_default();
    let bare = first.split(['.', '@']).next().unwrap_or_default();
    if matches!(bare, "" | "C" | "POSIX") {
        return None;
    }
    bare.chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
        .then(|| bare.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locale_is_read_as_a_tag() {
        for (locale, expected) in [
            ("de_DE.UTF-8", Some("de-DE")),
            ("de_CH@euro", Some("de-CH")),
            ("zh_CN:en", Some("zh-CN")),
            ("en", Some("en")),
            ("C", None),
            ("C.UTF-8", None),
            ("POSIX", None),
            ("", None),
            ("../../etc", None),
        ] {
            assert_eq!(tag(locale).as_deref(), expected, "of {locale:?}");
        }
    }
}
