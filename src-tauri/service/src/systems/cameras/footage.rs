//! The cameras, and when each of them has filmed.

use jiff::{SignedDuration, Timestamp};

/// The fixed stretch: the year 2025.
const YEAR: Footage = Footage::Fixed(Timestamp::constant(1_735_689_600, 0), Timestamp::constant(1_767_225_600, 0));

/// The cameras keep so much of the past.
const KEPT: Footage = Footage::Last(SignedDuration::from_hours(30 * 24));

static CAMERAS: [Camera; 4] = [
    Camera { id: "gate-north", name: "North gate", footage: &[KEPT, YEAR] },
    Camera { id: "crane-2", name: "Tower crane 2", footage: &[KEPT, YEAR] },
    Camera { id: "yard", name: "Storage yard", footage: &[KEPT] },
    // Taken down since.
    Camera { id: "old pit", name: "Excavation pit", footage: &[YEAR] },
];

/// A camera.
#[derive(Debug)]
pub(super) struct Camera {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    footage: &'static [Footage],
}

/// A stretch of time that was filmed without a gap.
#[derive(Debug)]
enum Footage {
    Fixed(Timestamp, Timestamp),
    /// Up to now.
    Last(SignedDuration),
}

pub(super) fn cameras() -> &'static [Camera] {
    &CAMERAS
}

/// The camera of this id.
pub(super) fn camera(id: &str) -> Option<&'static Camera> {
    CAMERAS.iter().find(|camera| camera.id == id)
}

impl Camera {
    /// When it has filmed, seen from now.
    pub(super) fn stretches(&self, now: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.footage.iter().map(move |footage| match footage {
            Footage::Fixed(from, to) => (*from, *to),
            Footage::Last(duration) => (now.checked_sub(*duration).unwrap_or(Timestamp::MIN), now),
        })
    }

    /// What there is of an interval: its longest part that was filmed without a gap (C-2). `None` when there is nothing.
    pub(super) fn clip(&self, start: Timestamp, end: Timestamp, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let parts = self.stretches(now).map(|(from, to)| (start.max(from), end.min(to)));
        parts.filter(|(from, to)| from < to).max_by_key(|(from, to)| to.duration_since(*from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_2_an_interval_is_clipped_to_the_longest_stretch_there_is() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = time("2026-11-20T12:00:00Z");
        let clip = |camera, from, to| super::camera(camera).unwrap().clip(time(from), time(to), now);
        let gate = |from, to| clip("gate-north", from, to);
        let (noon, one) = ("2025-06-01T12:00:00Z", "2025-06-01T13:00:00Z");
        assert_eq!(gate(noon, one), Some((time(noon), time(one))), "all of it is there");
        assert_eq!(gate("2024-12-31T00:00:00Z", noon), Some((time("2025-01-01T00:00:00Z"), time(noon))));
        assert_eq!(gate("2026-11-20T11:59:00Z", "2027-01-01T00:00:00Z"), Some((time("2026-11-20T11:59:00Z"), now)));
        let last_month = time("2026-10-21T12:00:00Z");
        assert_eq!(gate("2025-12-31T00:00:00Z", "2027-01-01T00:00:00Z"), Some((last_month, now)), "the longer part");
        for (camera, from, to) in [
            ("gate-north", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"),
            ("gate-north", "2027-03-01T00:00:00Z", "2027-03-02T00:00:00Z"),
            ("gate-north", one, noon),
            ("gate-north", noon, noon),
            ("yard", noon, one),
            ("old pit", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"),
        ] {
            assert_eq!(clip(camera, from, to), None, "{camera} {from} {to}");
        }
    }
}
