//! Durations and sizes as a person writes them: always with their unit.

use std::time::Duration;

const DURATIONS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

const SIZES: [(&str, u64); 7] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// A hundred years: what is longer is a slip of the pen, and would overflow what adds to it.
const LONGEST_MS: u64 = 100 * 366 * 86_400_000;

/// Reads `500ms`, `2s`, `30min`, `1h`, `7d`.
pub fn duration(text: &str) -> Option<Duration> {
    let millis = quantity(text, &DURATIONS)?;
    (millis <= LONGEST_MS).then(|| Duration::from_millis(millis))
}

/// Reads `22B`, `10kB`, `64KiB`, `2GB`.
pub fn size(text: &str) -> Option<u64> {
    quantity(text, &SIZES)
}

/// Writes a size for a person, in powers of 1000 as disks and networks are sold: `75.5 MB`.
pub fn size_text(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match UNITS.iter().find(|(_, factor)| bytes >= *factor) {
        Some((unit, factor)) => format!("{}.{} {unit}", bytes / factor, bytes % factor * 10 / factor),
        None => format!("{bytes} bytes"),
    }
}

/// Writes a duration the way [`duration`] reads it, in its largest whole unit.
pub(crate) fn duration_text(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (unit, factor) =
        DURATIONS.iter().rev().find(|(_, factor)| millis >= *factor && millis % factor == 0).unwrap_or(&DURATIONS[1]);
    format!("{}{unit}", millis / factor)
}

fn quantity(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = units.iter().find(|(name, _)| *name == unit.trim_start())?.1;
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_required_and_read() {
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("30min"), Some(Duration::from_mins(30)));
        assert_eq!(duration("1 h"), Some(Duration::from_hours(1)));
        for bad in ["", "2", "s", "-1s", "1.5s", "2 sec", "99999999999999999999s", "99999999999d"] {
            assert_eq!(duration(bad), None, "{bad:?} is no duration");
        }
        assert_eq!(size("64KiB"), Some(65_536));
        assert_eq!(size("22B"), Some(22));
        let texts = [0, 999, 1_000, 61_440, 75_497_752, 90_000_000_000].map(size_text);
        assert_eq!(texts, ["0 bytes", "999 bytes", "1.0 kB", "61.4 kB", "75.4 MB", "90.0 GB"]);
        assert_eq!(size("22"), None, "a size without its unit is ambiguous");
    }

    #[test]
    fn a_written_duration_reads_back() {
        for millis in [0, 1, 500, 1_000, 90_000, 1_800_000, 3_600_000, 172_800_000] {
            let given = Duration::from_millis(millis);
            assert_eq!(duration(&duration_text(given)), Some(given), "{}", duration_text(given));
        }
    }
}
