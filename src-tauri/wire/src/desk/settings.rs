//! What a person sets.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::exports::OnClash;

/// The colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The language of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// As the system has it.
    #[default]
    System,
    /// English.
    En,
    /// German.
    De,
    /// Chinese.
    Zh,
}

/// Another speed limit for a part of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NightRate {
    /// From this minute of the local day, 0 to 1439.
    pub from: u16,
    /// To this minute; before `from`, it goes over midnight.
    pub to: u16,
    /// Bytes per second of all downloads together; none = no limit.
    pub rate: Option<u64>,
}

/// Everything that can be set. A missing key has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the settings page")]
pub struct Settings {
    /// Where exports land unless the connection says otherwise; none = the person's folder for downloads.
    pub folder: Option<String>,
    /// How files are named, instead of the connector's or the server's name; none = as those say.
    pub name_template: Option<String>,
    /// What is done when a name is in use that a file is to get.
    pub on_clash: OnClash,
    /// Submits and downloads at once per connection, unless the connection says otherwise.
    pub at_once: u32,
    /// Downloads at once of all connections together.
    pub downloads_at_once: u32,
    /// Bytes per second of all downloads together; none = no limit.
    pub rate: Option<u64>,
    /// Another limit for a part of the day.
    pub night_rate: Option<NightRate>,
    /// A proxy's URL; none = as the system says.
    pub proxy: Option<String>,
    /// A file of certificates (PEM) trusted besides the system's.
    pub certificate_authority: Option<String>,
    /// A file with a client certificate and its key (PEM).
    pub client_certificate: Option<String>,
    /// Tell when something lands.
    pub notify_landed: bool,
    /// Tell when something fails or waits for a person.
    pub notify_trouble: bool,
    /// Start with the session, hidden.
    pub autostart: bool,
    /// Closing the window goes to the tray; none = ask the next time.
    pub close_to_tray: Option<bool>,
    /// Minimising the window opens the compact one.
    pub minimise_to_compact: bool,
    /// The colours.
    pub theme: Theme,
    /// The language.
    pub language: Language,
    /// Landed and ended jobs leave the list after so many days; none = never.
    pub keep_days: Option<u32>,
    /// More in the log.
    pub verbose_log: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            folder: None,
            name_template: None,
            on_clash: OnClash::Number,
            at_once: 5,
            downloads_at_once: 5,
            rate: None,
            night_rate: None,
            proxy: None,
            certificate_authority: None,
            client_certificate: None,
            notify_landed: true,
            notify_trouble: true,
            autostart: false,
            close_to_tray: None,
            minimise_to_compact: false,
            theme: Theme::System,
            language: Language::System,
            keep_days: None,
            verbose_log: false,
        }
    }
}
