//! The language that a person reads.

use landfall_wire::{Language, Settings};

/// A language that there are texts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Tongue {
    /// English.
    En,
    /// German.
    De,
    /// Chinese.
    Zh,
}

impl Tongue {
    /// As settings say, else as the system's language tag says, else English.
    pub(crate) fn of(settings: &Settings, system: &str) -> Self {
        match settings.language {
            Language::En => Self::En,
            Language::De => Self::De,
            Language::Zh => Self::Zh,
            Language::System => match system.split(['-', '_', '.']).next() {
                Some("de") => Self::De,
                Some("zh") => Self::Zh,
                _ => Self::En,
            },
        }
    }

    /// As connectors write it.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Zh => "zh",
        }
    }

    /// One of three texts.
    pub(crate) fn pick<T>(self, en: T, de: T, zh: T) -> T {
        match self {
            Self::En => en,
            Self::De => de,
            Self::Zh => zh,
        }
    }
}
