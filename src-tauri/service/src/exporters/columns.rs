//! Every field of the "Data Assembly" once, in its order: CSV, XLSX and XML all write these.

use crate::dataset::{Condition, Measurement, Project, Quantity};

/// What stands in a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    Amount(Quantity),
    Decimal(f64),
    Whole(u32),
    Flag(bool),
    Empty,
}

impl std::fmt::Display for Cell<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => out.write_str(text),
            Self::Amount(quantity) => quantity.fmt(out),
            Self::Decimal(number) => number.fmt(out),
            Self::Whole(number) => number.fmt(out),
            Self::Flag(flag) => flag.fmt(out),
            Self::Empty => Ok(()),
        }
    }
}

/// A field: its name and how to read it.
pub(super) type Column<T> = (&'static str, for<'a> fn(&'a T) -> Cell<'a>);

pub(super) const PROJECT: [Column<Project>; 4] = [
    ("project_id", |project| Cell::Text(project.id)),
    ("project_name", |project| Cell::Text(project.name)),
    ("project_description", |project| Cell::Text(project.description)),
    ("client_name", |project| Cell::Text(project.client_name)),
];

pub(super) const CONDITION: [Column<Condition>; 15] = [
    ("id", |condition| Cell::Text(&condition.id)),
    ("name", |condition| Cell::Text(condition.name)),
    ("description", |condition| Cell::Text(condition.description)),
    ("scope", |condition| Cell::Text(condition.scope)),
    ("category", |condition| Cell::Text(condition.category)),
    ("measurement_type", |condition| Cell::Text(condition.measurement_type)),
    ("color", |condition| Cell::Text(condition.color)),
    ("unit", |condition| Cell::Text(condition.unit)),
    ("depth", |condition| decimal(condition.depth)),
    ("thickness", |condition| decimal(condition.thickness)),
    ("total_quantity", |condition| Cell::Amount(condition.total_quantity)),
    ("measurement_count", |condition| Cell::Whole(u32::try_from(condition.measurement_count()).unwrap_or(u32::MAX))),
    ("building", |condition| Cell::Text(condition.building)),
    ("area", |condition| Cell::Text(condition.area)),
    ("elevation", |condition| Cell::Text(condition.elevation)),
];

pub(super) const MEASUREMENT: [Column<Measurement>; 16] = [
    ("id", |measurement| Cell::Text(&measurement.id)),
    ("condition_id", |measurement| Cell::Text(&measurement.condition_id)),
    ("condition_name", |measurement| Cell::Text(measurement.condition_name)),
    ("page_id", |measurement| Cell::Text(&measurement.page_id)),
    ("page_number", |measurement| Cell::Whole(measurement.page_number)),
    ("sheet_number", |measurement| Cell::Text(measurement.sheet_number)),
    ("sheet_title", |measurement| Cell::Text(measurement.sheet_title)),
    ("geometry_type", |measurement| Cell::Text(measurement.geometry_type)),
    ("geometry_data", |measurement| Cell::Text(&measurement.geometry_data)),
    ("quantity", |measurement| Cell::Amount(measurement.quantity)),
    ("unit", |measurement| Cell::Text(measurement.unit)),
    ("pixel_length", |measurement| decimal(measurement.pixel_length)),
    ("pixel_area", |measurement| decimal(measurement.pixel_area)),
    ("is_ai_generated", |measurement| Cell::Flag(measurement.is_ai_generated)),
    ("is_verified", |measurement| Cell::Flag(measurement.is_verified)),
    ("notes", |measurement| Cell::Text(measurement.notes)),
];

fn decimal<'a>(number: Option<f64>) -> Cell<'a> {
    number.map_or(Cell::Empty, Cell::Decimal)
}
