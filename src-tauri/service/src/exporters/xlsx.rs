//! XLSX: sheets Summary, Conditions and Measurements. Text is written as text, so nothing becomes a formula.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::ExportError;
use super::columns::{CONDITION, Cell, Column, MEASUREMENT};
use crate::dataset::Project;

pub(super) fn write(project: &Project, made_at: Timestamp, out: &mut dyn Write) -> Result<(), ExportError> {
    let bytes = workbook(project, made_at)?.save_to_buffer()?;
    Ok(out.write_all(&bytes)?)
}

struct Looks {
    title: Format,
    label: Format,
    head: Format,
    text: Format,
    amount: Format,
    decimal: Format,
    whole: Format,
}

fn workbook(project: &Project, made_at: Timestamp) -> Result<Workbook, XlsxError> {
    let looks = Looks {
        title: Format::new().set_bold().set_font_size(16),
        label: Format::new().set_font_color(Color::RGB(0x5f_6b_7a)).set_align(FormatAlign::Top),
        head: Format::new()
            .set_bold()
            .set_font_color(Color::White)
            .set_background_color(Color::RGB(0x1f_3a_5f))
            .set_align(FormatAlign::Top)
            .set_text_wrap()
            .set_border_bottom(FormatBorder::Thin),
        text: Format::new().set_align(FormatAlign::Top),
        amount: Format::new().set_num_format("#,##0.00").set_align(FormatAlign::Top),
        decimal: Format::new().set_num_format("#,##0.###").set_align(FormatAlign::Top),
        whole: Format::new().set_num_format("#,##0").set_align(FormatAlign::Top),
    };
    let made = made_at.to_zoned(TimeZone::UTC);
    let mut workbook = Workbook::new();
    workbook.set_properties(
        &DocProperties::new()
            .set_title(project.name)
            .set_subject("Quantity take-off")
            .set_company(project.client_name)
            .set_creation_datetime(
                &ExcelDateTime::from_ymd(
                    made.year().unsigned_abs(),
                    made.month().unsigned_abs(),
                    made.day().unsigned_abs(),
                )?
                .and_hms(
                    made.hour().unsigned_abs().into(),
                    made.minute().unsigned_abs(),
                    made.second().unsigned_abs(),
                )?,
            ),
    );
    summary(workbook.add_worksheet().set_name("Summary")?, project, made_at, &looks)?;
    let sheet = workbook.add_worksheet().set_name("Conditions")?;
    table(sheet, &CONDITION, &project.conditions.iter().collect::<Vec<_>>(), &looks)?;
    let sheet = workbook.add_worksheet().set_name("Measurements")?;
    table(sheet, &MEASUREMENT, &project.all_measurements().collect::<Vec<_>>(), &looks)?;
    Ok(workbook)
}

fn summary(sheet: &mut Worksheet, project: &Project, made_at: Timestamp, looks: &Looks) -> Result<(), XlsxError> {
    sheet.write_string_with_format(0, 0, project.name, &looks.title)?;
    let made = made_at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string();
    let facts = [
        ("Client", project.client_name),
        ("Project", project.id),
        ("Description", project.description),
        ("Made", made.as_str()),
    ];
    let mut row = 1;
    for (label, fact) in facts {
        sheet.write_string_with_format(row, 0, label, &looks.label)?;
        sheet.write_string(row, 1, fact)?;
        row += 1;
    }
    for (label, count) in [("Conditions", project.conditions.len()), ("Measurements", project.measurement_count())] {
        sheet.write_string_with_format(row, 0, label, &looks.label)?;
        sheet.write_number_with_format(row, 1, whole(count), &looks.whole.clone().set_align(FormatAlign::Left))?;
        row += 1;
    }
    row += 1;
    for (column, name) in (0..).zip(["Category", "Total", "Unit", "Conditions", "Measurements"]) {
        sheet.write_string_with_format(row, column, name, &looks.head)?;
    }
    for total in project.totals() {
        row += 1;
        sheet.write_string(row, 0, total.category)?;
        sheet.write_number_with_format(row, 1, total.quantity.as_f64(), &looks.amount)?;
        sheet.write_string(row, 2, total.unit)?;
        sheet.write_number_with_format(row, 3, whole(total.conditions), &looks.whole)?;
        sheet.write_number_with_format(row, 4, whole(total.measurements), &looks.whole)?;
    }
    for (column, width) in (0..).zip([28, 16, 8, 12, 14]) {
        sheet.set_column_width(column, width)?;
    }
    sheet.set_print_fit_to_pages(1, 0);
    Ok(())
}

fn table<T>(sheet: &mut Worksheet, columns: &[Column<T>], rows: &[&T], looks: &Looks) -> Result<(), XlsxError> {
    for (column, (name, _)) in (0..).zip(columns) {
        sheet.write_string_with_format(0, column, *name, &looks.head)?;
    }
    let mut widths: Vec<usize> = columns.iter().map(|(name, _)| name.len() + 2).collect();
    for (row, item) in (1..).zip(rows) {
        for (column, (_, read)) in (0_u16..).zip(columns) {
            let cell = read(item);
            if let Some(width) = widths.get_mut(usize::from(column)) {
                *width = (*width).max(width_of(&cell.to_string()) + 1);
            }
            match cell {
                Cell::Text("") | Cell::Empty => {}
                Cell::Text(text) => drop(sheet.write_string_with_format(row, column, text, &looks.text)?),
                Cell::Amount(quantity) => {
                    sheet.write_number_with_format(row, column, quantity.as_f64(), &looks.amount)?;
                }
                Cell::Decimal(number) => drop(sheet.write_number_with_format(row, column, number, &looks.decimal)?),
                Cell::Whole(number) => drop(sheet.write_number_with_format(row, column, number, &looks.whole)?),
                Cell::Flag(flag) => drop(sheet.write_boolean_with_format(row, column, flag, &looks.text)?),
            }
        }
    }
    for (column, width) in (0..).zip(widths) {
        sheet.set_column_width(column, u32::try_from(width.min(48)).unwrap_or(48))?;
    }
    let last = (u32::try_from(rows.len()).unwrap_or(u32::MAX), u16::try_from(columns.len()).unwrap_or(u16::MAX));
    sheet.autofilter(0, 0, last.0, last.1.saturating_sub(1))?;
    // Head and name stay in sight.
    sheet.set_freeze_panes(1, 2)?;
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

/// Width in digits of the default font; Chinese, Japanese and Korean letters take two.
fn width_of(text: &str) -> usize {
    text.lines()
        .map(|line| line.chars().map(|letter| if letter >= '\u{2e80}' { 2 } else { 1 }).sum())
        .max()
        .unwrap_or(0)
}

fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
