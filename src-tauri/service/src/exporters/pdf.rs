//! PDF: a report to hand to a client, A4 upright: title with totals by category, an overview of the conditions, then each
//! condition with its properties and all its measurements.

mod draw;
mod layout;
mod typeface;

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::layout::{ACCENT, Align, BOTTOM, Cell, Column, INK, LEFT, Layout, MUTED, RIGHT, Style, rgb};
use super::ExportError;
use crate::dataset::{Condition, Measurement, Project, Quantity};

const WIDTH: f32 = RIGHT - LEFT;

const BODY: Style = Style { size: 8.0, bold: false, color: INK };
const STRONG: Style = Style { size: 8.0, bold: true, color: INK };
const SMALL: Style = Style { size: 7.2, bold: false, color: INK };
const LABEL: Style = Style { size: 7.0, bold: false, color: MUTED };
const SECTION: Style = Style { size: 15.0, bold: true, color: ACCENT };

pub(super) fn write(project: &Project, made_at: Timestamp, out: &mut dyn Write) -> Result<(), ExportError> {
    let made = made_at.to_zoned(TimeZone::UTC);
    let mut layout = Layout::new(&format!("{}  ·  Quantity take-off", project.name))?;
    title(&mut layout, project, &made.strftime("%-d %B %Y").to_string());
    overview(&mut layout, project);
    layout.new_page();
    section(&mut layout, "Measurements by condition");
    for condition in &project.conditions {
        detail(&mut layout, condition);
    }
    Ok(out.write_all(&draw::draw(layout.finish(), project.name, project.client_name, &made)?)?)
}

fn title(layout: &mut Layout, project: &Project, date: &str) {
    layout.banner(206.0);
    let on_dark = |size, bold| Style { size, bold, color: [255, 255, 255] };
    let pale = Style { size: 9.0, bold: false, color: [196, 210, 226] };
    layout.text_at(LEFT, 62.0, "QUANTITY TAKE-OFF REPORT", Style { bold: true, ..pale });
    layout.y = 72.0;
    layout.paragraph(LEFT, WIDTH, project.name, on_dark(24.0, true));
    layout.y += 4.0;
    layout.paragraph(LEFT, WIDTH * 0.8, project.description, on_dark(10.0, false));
    layout.text_at(LEFT, 172.0, "Prepared for", pale);
    layout.text_at(LEFT, 187.0, project.client_name, on_dark(10.5, true));
    layout.text_at(LEFT + 370.0, 172.0, "Date", pale);
    layout.text_at(LEFT + 370.0, 187.0, date, on_dark(10.5, true));

    let verified = project.all_measurements().filter(|measurement| measurement.is_verified).count();
    let mut sheets: Vec<_> = project.all_measurements().map(|measurement| measurement.sheet_number).collect();
    sheets.sort_unstable();
    sheets.dedup();
    let figures = [
        (project.conditions.len().to_string(), "conditions"),
        (grouped(&project.measurement_count().to_string()), "measurements"),
        (sheets.len().to_string(), "plan sheets"),
        (format!("{} %", verified * 100 / project.measurement_count().max(1)), "verified by a person"),
    ];
    for (index, (figure, label)) in (0_u16..).zip(figures) {
        let x = LEFT + f32::from(index) * WIDTH / 4.0;
        layout.text_at(x, 248.0, &figure, Style { size: 20.0, bold: true, color: ACCENT });
        layout.text_at(x, 262.0, label, LABEL);
    }

    layout.y = 292.0;
    section(layout, "Totals by category");
    let columns = [
        Column::new("Category", 151.0, Align::Left),
        Column::new("Measured", 80.0, Align::Left),
        Column::new("Conditions", 80.0, Align::Right),
        Column::new("Measurements", 80.0, Align::Right),
        Column::new("Total", 85.0, Align::Right),
        Column::new("Unit", 35.0, Align::Left),
    ];
    layout.table_head(&columns);
    let mut totals = project.totals();
    // Stable: the trades stay in the order of the work.
    let trades: Vec<_> = totals.iter().map(|total| total.category).collect();
    totals.sort_by_key(|total| trades.iter().position(|trade| *trade == total.category));
    let mut said = "";
    for total in totals {
        // A trade is named once, above all that belongs to it.
        let category = if total.category == said { "" } else { total.category };
        said = total.category;
        layout.row(
            &columns,
            &[
                Cell::new(category, STRONG),
                Cell::new(measured_as(total.unit), BODY),
                Cell::new(total.conditions.to_string(), BODY),
                Cell::new(grouped(&total.measurements.to_string()), BODY),
                Cell::new(amount(total.quantity), STRONG),
                Cell::new(total.unit, BODY),
            ],
        );
    }
    layout.y += 12.0;
    layout.paragraph(
        LEFT,
        WIDTH,
        &format!(
            "Quantities are as measured on the plans, without allowance for waste. Project {}. Every measurement behind \
             these totals is listed under its condition.",
            project.id
        ),
        LABEL,
    );
}

fn overview(layout: &mut Layout, project: &Project) {
    layout.new_page();
    section(layout, "Conditions at a glance");
    let columns = [
        Column::new("", 12.0, Align::Left),
        Column::new("Id", 48.0, Align::Left),
        Column::new("Condition", 156.0, Align::Left),
        Column::new("Category", 94.0, Align::Left),
        Column::new("Place", 96.0, Align::Left),
        Column::new("Marks", 32.0, Align::Right),
        Column::new("Total", 48.0, Align::Right),
        Column::new("Unit", 25.0, Align::Left),
    ];
    layout.table_head(&columns);
    for condition in &project.conditions {
        layout.row(
            &columns,
            &[
                Cell::swatch(rgb(condition.color)),
                Cell::new(condition.id.as_str(), SMALL),
                Cell::new(condition.name, STRONG),
                Cell::new(condition.category, SMALL),
                Cell::new(format!("{}, {}", condition.area, condition.elevation), SMALL),
                Cell::new(condition.measurement_count().to_string(), SMALL),
                Cell::new(amount(condition.total_quantity), STRONG),
                Cell::new(condition.unit, SMALL),
            ],
        );
    }
}

const MEASUREMENTS: [Column; 7] = [
    Column::new("Measurement", 62.0, Align::Left),
    Column::new("Sheet", 148.0, Align::Left),
    Column::new("Page", 26.0, Align::Right),
    Column::new("Shape", 44.0, Align::Left),
    Column::new("Quantity", 52.0, Align::Right),
    Column::new("Origin", 64.0, Align::Left),
    Column::new("Notes", 115.0, Align::Left),
];

fn detail(layout: &mut Layout, condition: &Condition) {
    // A heading without some of its rows would be lost at the foot of a page.
    if layout.y > BOTTOM - 150.0 {
        layout.new_page();
    }
    layout.y += 6.0;
    layout.bookmark(condition.name);
    layout.rule(ACCENT, 0.8);
    let top = layout.y;
    layout.y += 5.0;
    layout.swatch_at(LEFT, layout.y + 2.5, 8.0, rgb(condition.color));
    layout.paragraph(LEFT + 14.0, 340.0, condition.name, Style { size: 11.0, bold: true, color: INK });
    layout.paragraph(LEFT + 14.0, 340.0, condition.description, BODY);
    let below = layout.y;
    let total = format!("{} {}", amount(condition.total_quantity), condition.unit);
    layout.text_right(RIGHT, top + 17.0, &total, Style { size: 12.0, bold: true, color: ACCENT });
    let count = format!("{}  ·  {} measurements", condition.id, condition.measurement_count());
    layout.text_right(RIGHT, top + 29.0, &count, LABEL);

    layout.y = below.max(top + 32.0) + 2.0;
    let metres = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value} m"));
    let facts = [
        ("Scope", condition.scope.to_owned()),
        ("Category", condition.category.to_owned()),
        ("Measured as", condition.measurement_type.to_owned()),
        ("Depth", metres(condition.depth)),
        ("Thickness", metres(condition.thickness)),
        ("Building", condition.building.to_owned()),
        ("Area", condition.area.to_owned()),
        ("Elevation", condition.elevation.to_owned()),
    ];
    layout.facts(&facts, LABEL, SMALL);
    layout.y += 4.0;
    layout.table_head(&MEASUREMENTS);
    layout.name_table(&format!("{}  {}", condition.id, condition.name));
    for measurement in &condition.measurements {
        layout.row(&MEASUREMENTS, &row(measurement));
    }
    layout.end_table();
    layout.y += 10.0;
}

fn row(measurement: &Measurement) -> [Cell; 7] {
    let origin = match (measurement.is_ai_generated, measurement.is_verified) {
        (true, true) => "AI, verified",
        (true, false) => "AI, unverified",
        (false, true) => "Manual, verified",
        (false, false) => "Manual",
    };
    [
        Cell::new(measurement.id.as_str(), SMALL),
        Cell::new(format!("{}  {}", measurement.sheet_number, measurement.sheet_title), SMALL),
        Cell::new(measurement.page_number.to_string(), SMALL),
        Cell::new(measurement.geometry_type, SMALL),
        Cell::new(format!("{} {}", amount(measurement.quantity), measurement.unit), STRONG),
        Cell::new(origin, Style { color: MUTED, ..SMALL }),
        Cell::new(measurement.notes, SMALL),
    ]
}

fn section(layout: &mut Layout, text: &str) {
    layout.paragraph(LEFT, WIDTH, text, SECTION);
    layout.y += 6.0;
}

fn measured_as(unit: &str) -> &'static str {
    match unit {
        "m" => "Length",
        "m²" => "Area",
        "m³" => "Volume",
        _ => "Count",
    }
}

/// Digits in groups of three.
fn amount(quantity: Quantity) -> String {
    grouped(&quantity.to_string())
}

fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, part)| (whole, Some(part)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{grouped}.{fraction}"),
        None => grouped,
    }
}
