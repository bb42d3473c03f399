//! The data set that the service ships with: three building projects as a quantity surveyor would have them, 60 conditions and
//! 3,000 measurements, with all the fields of design document 004 ("Data Assembly").
//!
//! The words are written by hand, one file a project; the measurements are drawn from a fixed seed, so every start of every
//! service has the same data and a test can look for each value in each result. Some names and notes are unpleasant on
//! purpose (formulas, quotes, line breaks, control characters, umlauts, Chinese): people type such things.

mod generate;
mod nordkai;
mod riverside;
mod suzhou;

use std::sync::LazyLock;

pub(crate) use generate::Dice;

static PROJECTS: LazyLock<Vec<Project>> = LazyLock::new(|| {
    vec![
        generate::project(&nordkai::PLAN, 0x4e4b),
        generate::project(&riverside::PLAN, 0x5243),
        generate::project(&suzhou::PLAN, 0x535a),
    ]
});

/// All projects, in a fixed order.
pub fn projects() -> &'static [Project] {
    &PROJECTS
}

/// The project of this id.
pub fn project(id: &str) -> Option<&'static Project> {
    projects().iter().find(|project| project.id == id)
}

/// A building project: what one report export covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Stable id, fit for a URL.
    pub id: &'static str,
    /// Name as the client uses it.
    pub name: &'static str,
    /// What is being built.
    pub description: &'static str,
    /// Who pays.
    pub client_name: &'static str,
    /// What is measured.
    pub conditions: Vec<Condition>,
}

impl Project {
    /// All measurements, condition by condition.
    pub fn all_measurements(&self) -> impl Iterator<Item = &Measurement> {
        self.conditions.iter().flat_map(|condition| &condition.measurements)
    }

    /// How many measurements the project has.
    pub fn measurement_count(&self) -> usize {
        self.conditions.iter().map(Condition::measurement_count).sum()
    }

    /// The sums by category and unit, in order of first appearance.
    pub fn totals(&self) -> Vec<Total> {
        let mut totals: Vec<Total> = Vec::new();
        for condition in &self.conditions {
            let known =
                totals.iter_mut().find(|total| total.category == condition.category && total.unit == condition.unit);
            let hundredths = condition.measurements.iter().map(|measurement| measurement.quantity.0).sum::<i64>();
            if let Some(total) = known {
                total.quantity.0 += hundredths;
                total.conditions += 1;
                total.measurements += condition.measurement_count();
            } else {
                totals.push(Total {
                    category: condition.category,
                    unit: condition.unit,
                    quantity: Quantity(hundredths),
                    conditions: 1,
                    measurements: condition.measurement_count(),
                });
            }
        }
        totals
    }
}

/// The sum over the conditions of one category that share a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// Category of the conditions.
    pub category: &'static str,
    /// Unit of the sum.
    pub unit: &'static str,
    /// The sum.
    pub quantity: Quantity,
    /// Number of conditions in it.
    pub conditions: usize,
    /// Number of measurements in it.
    pub measurements: usize,
}

/// An amount in hundredths of its unit: sums stay exact, and every format writes the same digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(pub i64);

impl Quantity {
    /// As a floating-point number of whole units.
    #[expect(clippy::cast_precision_loss, reason = "the data set's sums are far below 2^52 hundredths")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(out, "{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }
}

/// A kind of work that is measured: a wall type, a slab, a door.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Unique in the data set.
    pub id: String,
    /// As the surveyor typed it.
    pub name: &'static str,
    /// Specification in a sentence.
    pub description: &'static str,
    /// Part of the contract.
    pub scope: &'static str,
    /// Trade.
    pub category: &'static str,
    /// `linear`, `area`, `volume` or `count`.
    pub measurement_type: &'static str,
    /// Marker colour on the plans, `#rrggbb`.
    pub color: &'static str,
    /// Unit of its quantities.
    pub unit: &'static str,
    /// Metres, where it has one.
    pub depth: Option<f64>,
    /// Metres, where it has one.
    pub thickness: Option<f64>,
    /// Sum of its measurements.
    pub total_quantity: Quantity,
    /// Building it belongs to.
    pub building: &'static str,
    /// Area of the building.
    pub area: &'static str,
    /// Level, in words of the plans.
    pub elevation: &'static str,
    /// What was measured.
    pub measurements: Vec<Measurement>,
}

impl Condition {
    /// Number of its measurements.
    pub fn measurement_count(&self) -> usize {
        self.measurements.len()
    }
}

/// One thing marked and measured on a plan sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// Unique in the data set.
    pub id: String,
    /// Name of its condition.
    pub condition_name: &'static str,
    /// Id of its condition.
    pub condition_id: String,
    /// Id of the plan page.
    pub page_id: String,
    /// Page in the plan set, from 1.
    pub page_number: u32,
    /// Number in the title block.
    pub sheet_number: &'static str,
    /// Title in the title block.
    pub sheet_title: &'static str,
    /// `polyline`, `polygon` or `point`.
    pub geometry_type: &'static str,
    /// Points on the page as JSON, in pixels.
    pub geometry_data: String,
    /// The amount.
    pub quantity: Quantity,
    /// Unit of the amount.
    pub unit: &'static str,
    /// Length on the page, for lines and outlines.
    pub pixel_length: Option<f64>,
    /// Area on the page, for outlines.
    pub pixel_area: Option<f64>,
    /// Found by the machine.
    pub is_ai_generated: bool,
    /// Confirmed by a person.
    pub is_verified: bool,
    /// Remark, often empty.
    pub notes: &'static str,
}
