//! What a person sets, and that it works at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use landfall_engine::clock::Clock;
use landfall_engine::commons::Bounds;
use landfall_engine::home::Home;
use landfall_engine::net::Network;
use landfall_engine::secrets::SafeUrl;
use landfall_wire::{ErrorCode, Failure, JobId, NightRate, Section, Settings};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::desk::{Desk, lock};
use crate::names;
use crate::shelf::{self, Found};

/// What depends on the time of day, and what is old, is looked at that often at least: the clock on the wall may jump.
const LOOK: Duration = Duration::from_mins(15);

/// The minutes of a day.
const DAY: u16 = 24 * 60;

/// No more at once than that, of anything.
const MOST_AT_ONCE: u32 = 100;

pub(crate) fn path(home: &Home) -> PathBuf {
    home.root().join("settings.json")
}

/// The settings of that home, and whether what was there had to be set aside. Keys that are not known stay in the file.
pub(crate) fn read(home: &Home) -> (Settings, bool) {
    match shelf::read(&path(home)) {
        Found::Read(settings) => (settings, false),
        Found::Nothing => (Settings::default(), false),
        Found::SetAside => (Settings::default(), true),
    }
}

/// Writes the settings over those that are there, so that a newer program's keys outlive an older one.
fn write(home: &Home, settings: &Settings) -> Result<(), Failure> {
    let mut whole: Map<String, Value> = match shelf::read(&path(home)) {
        Found::Read(whole) => whole,
        Found::Nothing | Found::SetAside => Map::new(),
    };
    if let Ok(Value::Object(known)) = serde_json::to_value(settings) {
        whole.extend(known);
    }
    shelf::write(&path(home), &whole)
}

impl Desk {
    /// As they are.
    #[expect(clippy::unused_async, reason = "whatever a page asks is awaited")]
    pub async fn settings(&self) -> Result<Settings, Failure> {
        Ok(self.settings_now())
    }

    /// Keeps them and lets them work at once; gives them as they are now. What makes no sense is refused, and nothing is
    /// changed.
    pub async fn save_settings(&self, settings: Settings) -> Result<Settings, Failure> {
        judge(&settings)?;
        let before = self.settings_now();
        // A certificate that has gone meanwhile is no reason to refuse another theme.
        let another_way = network(&settings)? != network(&before).unwrap_or_default();
        if another_way {
            self.engine.set_network(network(&settings)?)?;
        }
        let (home, wanted) = (self.options.home.clone(), settings.clone());
        if let Err(failure) = self.blocking(move || write(&home, &wanted)).await? {
            // What cannot be kept does not hold either.
            if another_way && let Ok(network) = network(&before) {
                self.engine.set_network(network)?;
            }
            return Err(failure);
        }
        self.bound(&settings);
        let speaks_another = before.language != settings.language;
        *lock(&self.settings) = settings.clone();
        self.settings_changed.send_replace(());
        if speaks_another {
            lock(&self.labels).clear();
            self.fill_board().await?;
        }
        self.refresh_around();
        self.board_changed();
        Ok(settings)
    }

    pub(crate) fn settings_now(&self) -> Settings {
        lock(&self.settings).clone()
    }

    /// Hands to the engine what is its to do.
    pub(crate) fn use_settings(&self, settings: &Settings) -> Result<(), Failure> {
        self.engine.set_network(network(settings)?)?;
        self.bound(settings);
        Ok(())
    }

    fn bound(&self, settings: &Settings) {
        let now = self.options.clock.now();
        self.engine.set_bounds(Bounds {
            at_once: Some(settings.at_once),
            downloads: Some(settings.downloads_at_once),
            rate: rate_at(settings, minute(now, &self.options.zone)),
        });
    }

    /// Landed and ended jobs that are old leave the list; their files and receipts stay.
    async fn tidy(&self, days: u32) -> Result<(), Failure> {
        let age = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
        let Ok(before) = self.options.clock.now().checked_sub(age) else { return Ok(()) };
        let old: Vec<JobId> = {
            let board = lock(&self.board);
            let over = board.rows().filter(|row| matches!(row.section, Section::Landed | Section::Ended));
            over.filter(|row| row.phase.is_end() && row.updated_at < before).map(|row| row.id.clone()).collect()
        };
        for id in old {
            self.engine.forget(&id).await?;
            self.drop_row(&id);
        }
        Ok(())
    }
}

/// Keeps to what depends on the time of day, and tidies, until told to stop.
pub(crate) async fn keep(desk: Weak<Desk>, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let Some(mut changed) = desk.upgrade().map(|desk| desk.settings_changed.subscribe()) else { return };
    loop {
        let Some(there) = desk.upgrade() else { return };
        let settings = there.settings_now();
        there.bound(&settings);
        if let Some(days) = settings.keep_days
            && let Err(failure) = there.tidy(days).await
        {
            tracing::warn!(%failure, "old jobs stay in the list");
        }
        let wait = until_change(&settings, clock.now(), &there.options.zone);
        drop(there);
        tokio::select! {
            () = stop.cancelled() => return,
            changed = changed.changed() => if changed.is_err() { return },
            () = clock.sleep(wait) => {}
        }
    }
}

/// What makes no sense is refused.
fn judge(settings: &Settings) -> Result<(), Failure> {
    let refuse =
        |message: &str, remedy: &str| Err(Failure::new(ErrorCode::JobCreationFailed, message).with_remediation(remedy));
    if !(1..=MOST_AT_ONCE).contains(&settings.at_once) || !(1..=MOST_AT_ONCE).contains(&settings.downloads_at_once) {
        return refuse("So many at once cannot be", "Give a number from 1 to 100");
    }
    if settings.rate == Some(0) {
        return refuse("A speed limit of nothing would stop everything", "Leave it empty for no limit, or pause all");
    }
    if let Some(night) = &settings.night_rate {
        if night.from >= DAY || night.to >= DAY {
            return refuse("A time of day lies between 00:00 and 23:59", "Give both ends of the night's limit so");
        }
        if night.from == night.to {
            return refuse("The limit for a part of the day ends when it begins", "Give two different times of day");
        }
        if night.rate == Some(0) {
            return refuse("A speed limit of nothing would stop everything", "Leave it empty for no limit");
        }
    }
    if settings.keep_days == Some(0) {
        return refuse("Jobs are kept for a day at least", "Give a number of days, or leave it empty to keep them");
    }
    if let Some(template) = &settings.name_template {
        names::judge(template)?;
    }
    if let Some(folder) = &settings.folder
        && !Path::new(folder).is_absolute()
    {
        return refuse("The folder for exports is no whole path", "Choose the folder with the dialog");
    }
    Ok(())
}

/// The way into the network, as it is set.
fn network(settings: &Settings) -> Result<Network, Failure> {
    let proxy = settings.proxy.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let proxy = proxy.map(|text| {
        // What is refused is not shown: it may hold a password.
        url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()).ok_or_else(
            || {
                Failure::new(ErrorCode::NetworkError, "The proxy's address cannot be used")
                    .with_remediation("Give it like http://proxy.example.com:3128")
            },
        )
    });
    let file = |text: &Option<String>| text.as_deref().filter(|text| !text.trim().is_empty()).map(PathBuf::from);
    Ok(Network {
        certificate_authorities: file(&settings.certificate_authority).into_iter().collect(),
        client_certificate: file(&settings.client_certificate),
        proxy: proxy.transpose()?.map(SafeUrl::new),
    })
}

/// The minute of the local day.
fn minute(now: Timestamp, zone: &TimeZone) -> u16 {
    let local = now.to_zoned(zone.clone());
    u16::try_from(local.hour()).unwrap_or(0) * 60 + u16::try_from(local.minute()).unwrap_or(0)
}

fn is_night(night: &NightRate, minute: u16) -> bool {
    if night.from <= night.to {
        (night.from..night.to).contains(&minute)
    } else {
        minute >= night.from || minute < night.to
    }
}

/// The limit of that minute of the day; none = no limit.
fn rate_at(settings: &Settings, minute: u16) -> Option<u64> {
    match &settings.night_rate {
        Some(night) if is_night(night, minute) => night.rate,
        _ => settings.rate,
    }
}

/// How long until the limit may change, or something else is to be looked at.
fn until_change(settings: &Settings, now: Timestamp, zone: &TimeZone) -> Duration {
    let Some(night) = &settings.night_rate else { return LOOK };
    let (present, second) = (minute(now, zone), now.to_zoned(zone.clone()).second());
    let until = |at: u16| (at + DAY - present - 1) % DAY + 1;
    let minutes = u64::from(until(night.from).min(until(night.to)));
    let second = u64::try_from(second).unwrap_or(0);
    Duration::from_secs((minutes * 60).saturating_sub(second).max(1)).min(LOOK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path()).unwrap();
        (folder, home)
    }

    #[test]
    fn unknown_keys_stay_and_a_bad_file_is_set_aside() {
        let (_folder, home) = home();
        std::fs::write(path(&home), r#"{"atOnce": 3, "future": {"x": 1}}"#).unwrap();
        let (settings, set_aside) = read(&home);
        assert_eq!((settings.at_once, settings.downloads_at_once, set_aside), (3, 5, false));
        write(&home, &Settings { at_once: 4, ..settings }).unwrap();
        let text = std::fs::read_to_string(path(&home)).unwrap();
        assert!(text.contains("future") && text.contains("\"atOnce\": 4"), "{text}");

        std::fs::write(path(&home), "{ no json").unwrap();
        assert_eq!(read(&home), (Settings::default(), true));
        let aside = path(&home).with_extension("json.damaged");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), "{ no json", "nothing of it is lost");
    }

    #[test]
    fn night_goes_over_midnight_by_the_clock_on_the_wall() {
        let night = NightRate { from: 22 * 60, to: 6 * 60, rate: None };
        let settings = Settings { rate: Some(100), night_rate: Some(night), ..Settings::default() };
        for (hour, expected) in [(21, Some(100)), (22, None), (23, None), (0, None), (5, None), (6, Some(100))] {
            assert_eq!(rate_at(&settings, hour * 60), expected, "at {hour}");
        }
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let at: Timestamp = "2026-01-31T19:50:30Z".parse().unwrap();
        assert_eq!(minute(at, &zone), 21 * 60 + 50);
        assert_eq!(until_change(&settings, at, &zone), Duration::from_secs(9 * 60 + 30), "to the second");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let fine = Settings::default();
        assert!(judge(&fine).is_ok());
        for wrong in [
            Settings { at_once: 0, ..fine.clone() },
            Settings { downloads_at_once: 1_000, ..fine.clone() },
            Settings { rate: Some(0), ..fine.clone() },
            Settings { keep_days: Some(0), ..fine.clone() },
            Settings { folder: Some("exports".into()), ..fine.clone() },
            Settings { name_template: Some("{titel}".into()), ..fine.clone() },
            Settings { night_rate: Some(NightRate { from: 1_440, to: 0, rate: None }), ..fine.clone() },
            Settings { night_rate: Some(NightRate { from: 1_320, to: 1_320, rate: Some(1) }), ..fine.clone() },
        ] {
            assert!(judge(&wrong).is_err(), "{wrong:?}");
        }
        let secret = Settings { proxy: Some("socks9://me:hunter2@x".into()), ..fine };
        let failure = network(&secret).unwrap_err();
        assert!(!failure.to_string().contains("hunter2"), "{failure}");
    }
}
