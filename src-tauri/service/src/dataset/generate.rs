//! Draws a project's measurements from its plan and a fixed seed.

use super::{Condition, Measurement, Project, Quantity};

/// What is written by hand about a project.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) id: &'static str,
    /// Begins every id of the project.
    pub(super) mark: &'static str,
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) client_name: &'static str,
    /// Number and title of each plan sheet.
    pub(super) sheets: &'static [(&'static str, &'static str)],
    pub(super) conditions: &'static [Row; 20],
    /// Remarks; one measurement in three has one.
    pub(super) notes: &'static [&'static str],
}

/// How a condition is measured.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Linear,
    Area,
    Volume,
    Count,
}

/// A condition, as written by hand: kind, name, description, scope, category, colour, depth, thickness, and the place as
/// building, area, elevation.
pub(super) type Row = (
    Kind,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<f64>,
    Option<f64>,
    [&'static str; 3],
);

/// Measurements per condition: a few conditions have most of them, as in real take-offs. The sum is 1,000.
const COUNTS: [usize; 20] = [120, 95, 88, 80, 72, 66, 60, 55, 50, 46, 42, 38, 35, 32, 30, 28, 24, 20, 14, 5];

/// A plan page is this many pixels wide and high.
const PAGE: (u64, u64) = (4_960, 3_508);

pub(super) fn project(plan: &Plan, seed: u64) -> Project {
    let mut dice = Dice(seed);
    // Seven is prime to 20: the long conditions do not all stand first.
    let conditions = plan
        .conditions
        .iter()
        .enumerate()
        .map(|(index, row)| condition(plan, index, row, COUNTS[index * 7 % COUNTS.len()], &mut dice))
        .collect();
    Project { id: plan.id, name: plan.name, description: plan.description, client_name: plan.client_name, conditions }
}

fn condition(plan: &Plan, index: usize, row: &Row, count: usize, dice: &mut Dice) -> Condition {
    let &(kind, name, description, scope, category, color, depth, thickness, [building, area, elevation]) = row;
    let id = format!("{}-C{:02}", plan.mark, index + 1);
    let (measurement_type, unit) = match kind {
        Kind::Linear => ("linear", "m"),
        Kind::Area => ("area", "m²"),
        Kind::Volume => ("volume", "m³"),
        Kind::Count => ("count", "pcs"),
    };
    let measurements: Vec<_> = (1..=count)
        .map(|number| {
            let page = dice.below(plan.sheets.len());
            let (sheet_number, sheet_title) = plan.sheets[page];
            let drawn = draw(kind, depth.or(thickness).unwrap_or(0.25), dice);
            let is_ai_generated = dice.below(5) < 2;
            Measurement {
                id: format!("{}-{:02}-{number:04}", plan.mark, index + 1),
                condition_name: name,
                condition_id: id.clone(),
                page_id: format!("{}-P{:03}", plan.mark, page + 1),
                page_number: u32::try_from(page + 1).unwrap_or(u32::MAX),
                sheet_number,
                sheet_title,
                geometry_type: drawn.geometry_type,
                geometry_data: drawn.geometry_data,
                quantity: drawn.quantity,
                unit,
                pixel_length: drawn.pixel_length,
                pixel_area: drawn.pixel_area,
                is_ai_generated,
                is_verified: !is_ai_generated || dice.below(2) == 0,
                notes: if dice.below(3) == 0 { plan.notes[dice.below(plan.notes.len())] } else { "" },
            }
        })
        .collect();
    let total_quantity = Quantity(measurements.iter().map(|measurement| measurement.quantity.0).sum());
    Condition {
        id,
        name,
        description,
        scope,
        category,
        measurement_type,
        color,
        unit,
        depth,
        thickness,
        total_quantity,
        building,
        area,
        elevation,
        measurements,
    }
}

/// A shape on the page and what it amounts to.
struct Drawn {
    geometry_type: &'static str,
    geometry_data: String,
    quantity: Quantity,
    pixel_length: Option<f64>,
    pixel_area: Option<f64>,
}

/// Draws rectangles and straight lines at 1:100 and 118 pixels a centimetre, so that one pixel is 0.85 cm of the building.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "page coordinates are small integers")]
fn draw(kind: Kind, height: f64, dice: &mut Dice) -> Drawn {
    const METRES_A_PIXEL: f64 = 1.0 / 118.0;
    let (x, y) = (dice.from(200, PAGE.0 - 1_600), dice.from(200, PAGE.1 - 1_400));
    let (width, depth) = (dice.from(90, 1_400), dice.from(90, 1_200));
    let (right, bottom) = (x + width, y + depth);
    let outline = format!("[[{x},{y}],[{right},{y}],[{right},{bottom}],[{x},{bottom}]]");
    let pixel_area = (width * depth) as f64;
    let square_metres = pixel_area * METRES_A_PIXEL * METRES_A_PIXEL;
    match kind {
        Kind::Linear => Drawn {
            geometry_type: "polyline",
            geometry_data: format!("[[{x},{y}],[{right},{y}],[{right},{bottom}]]"),
            quantity: Quantity(((width + depth) as f64 * METRES_A_PIXEL * 100.0).round() as i64),
            pixel_length: Some((width + depth) as f64),
            pixel_area: None,
        },
        Kind::Area | Kind::Volume => Drawn {
            geometry_type: "polygon",
            geometry_data: outline,
            quantity: Quantity(match kind {
                Kind::Volume => (square_metres * height * 100.0).round() as i64,
                Kind::Area | Kind::Linear | Kind::Count => (square_metres * 100.0).round() as i64,
            }),
            pixel_length: Some((2 * (width + depth)) as f64),
            pixel_area: Some(pixel_area),
        },
        Kind::Count => Drawn {
            geometry_type: "point",
            geometry_data: format!("[[{x},{y}]]"),
            quantity: Quantity(dice.from(1, 4).cast_signed() * 100),
            pixel_length: None,
            pixel_area: None,
        },
    }
}

/// SplitMix64: small, and the same on every machine.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` up to but without `high`.
    pub(crate) fn from(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low).max(1)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.from(0, limit as u64)).unwrap_or(0)
    }
}
