//! What is in the reports: every condition and every measurement of the source, found by an independent reader.

use calamine::{Data, Reader as _};
use landfall_service::dataset::{self, Measurement};

use super::bed::Bed;
use super::readers;

/// What a spreadsheet would take for a formula.
const DANGEROUS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

fn in_csv(text: &str) -> String {
    if text.starts_with(DANGEROUS) { format!("'{text}") } else { text.to_owned() }
}

#[test]
fn r_4_the_data_set_is_three_projects_with_60_conditions_and_3000_measurements() {
    let projects = dataset::projects();
    assert_eq!(projects.len(), 3);
    assert_eq!(projects.iter().map(|project| project.conditions.len()).sum::<usize>(), 60);
    assert_eq!(projects.iter().map(dataset::Project::measurement_count).sum::<usize>(), 3_000);
    let mut ids: Vec<_> =
        projects.iter().flat_map(dataset::Project::all_measurements).map(|measurement| &measurement.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3_000, "every measurement has an id of its own");
    let all: String = projects.iter().flat_map(dataset::Project::all_measurements).map(|found| found.notes).collect();
    for unpleasant in ["ü", "现", "の", "확", "\"", ",", "\n", "=", "+", "@", "\t", "\r", "\u{1b}", "<"] {
        assert!(all.contains(unpleasant), "some note has {unpleasant:?}");
    }
}

#[tokio::test]
async fn r_4_the_csv_has_a_row_for_each_measurement_with_its_condition() {
    let bed = Bed::new().await;
    for project in dataset::projects() {
        let reply = bed.report(project.id, "csv").await;
        assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
        let table = readers::csv(&reply.body);
        assert_eq!(table.rows.len(), project.measurement_count());
        assert_eq!(table.column_count(), 4 + 15 + 14, "all fields of project, condition and measurement, each once");
        let mut row = 0;
        for condition in &project.conditions {
            for measurement in &condition.measurements {
                let cell = |column| table.cell(row, column).as_str();
                assert_eq!(cell("project_name"), project.name);
                assert_eq!(cell("client_name"), project.client_name);
                assert_eq!(cell("condition_id"), condition.id);
                assert_eq!(cell("condition_name"), in_csv(condition.name));
                assert_eq!(cell("condition_description"), condition.description);
                assert_eq!(cell("condition_color"), condition.color);
                assert_eq!(cell("condition_elevation"), in_csv(condition.elevation));
                assert_eq!(cell("condition_total_quantity"), condition.total_quantity.to_string());
                assert_eq!(cell("measurement_id"), measurement.id);
                assert_eq!(cell("quantity"), measurement.quantity.to_string());
                assert_eq!(cell("unit"), measurement.unit);
                assert_eq!(cell("page_id"), measurement.page_id);
                assert_eq!(cell("sheet_title"), measurement.sheet_title);
                assert_eq!(cell("geometry_data"), measurement.geometry_data);
                assert_eq!(cell("pixel_area"), optional(measurement.pixel_area));
                assert_eq!(cell("is_verified"), measurement.is_verified.to_string());
                assert_eq!(cell("notes"), in_csv(measurement.notes));
                row += 1;
            }
        }
    }
}

fn optional(number: Option<f64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

#[tokio::test]
async fn r_4_the_workbook_has_summary_conditions_and_measurements() {
    let bed = Bed::new().await;
    for project in dataset::projects() {
        let bytes = bed.report(project.id, "excel").await.body;
        assert_eq!(readers::workbook(&bytes).sheet_names(), ["Summary", "Conditions", "Measurements"]);

        let conditions = readers::sheet(&bytes, "Conditions");
        assert_eq!(conditions.rows.len(), project.conditions.len());
        for (row, condition) in project.conditions.iter().enumerate() {
            assert_eq!(conditions.cell(row, "id"), &Data::String(condition.id.clone()));
            assert_eq!(xlsx_text(conditions.cell(row, "name")), condition.name);
            assert_eq!(conditions.cell(row, "total_quantity"), &Data::Float(condition.total_quantity.as_f64()));
        }

        let measurements = readers::sheet(&bytes, "Measurements");
        assert_eq!(measurements.rows.len(), project.measurement_count());
        assert_eq!(measurements.column_count(), 16);
        for (row, measurement) in project.all_measurements().enumerate() {
            assert_eq!(measurements.cell(row, "id"), &Data::String(measurement.id.clone()));
            assert_eq!(measurements.cell(row, "quantity"), &Data::Float(measurement.quantity.as_f64()));
            assert_eq!(measurements.cell(row, "geometry_data"), &Data::String(measurement.geometry_data.clone()));
            assert_eq!(measurements.cell(row, "is_ai_generated"), &Data::Bool(measurement.is_ai_generated));
            assert_eq!(xlsx_text(measurements.cell(row, "notes")), measurement.notes);
        }

        let summary = readers::workbook(&bytes).worksheet_range("Summary").unwrap();
        let cells: Vec<_> = summary.rows().flatten().collect();
        for total in project.totals() {
            assert!(cells.contains(&&Data::Float(total.quantity.as_f64())), "the summary has the total {total:?}");
        }
    }
}

/// The text of a cell. Control characters are written `_x001B_` (ECMA-376, ST_Xstring), which the reader leaves so.
fn xlsx_text(cell: &Data) -> String {
    let mut text = match cell {
        Data::String(text) => text.clone(),
        Data::Empty => String::new(),
        other => panic!("{other:?} is no text"),
    };
    for code in 0_u8..32 {
        text = text.replace(&format!("_x{code:04X}_"), &char::from(code).to_string());
    }
    text
}

#[tokio::test]
async fn r_4_the_xml_nests_project_conditions_and_measurements() {
    let bed = Bed::new().await;
    for project in dataset::projects() {
        let xml = bed.report(project.id, "ost").await.text();
        let document = roxmltree::Document::parse(&xml).unwrap();
        let root = document.root_element();
        let root = child(root, "project");
        assert_eq!(field(root, "project_name"), project.name);
        let conditions: Vec<_> = child(root, "conditions").children().filter(roxmltree::Node::is_element).collect();
        assert_eq!(conditions.len(), project.conditions.len());
        for (node, condition) in conditions.iter().zip(&project.conditions) {
            assert_eq!(field(*node, "id"), condition.id);
            assert_eq!(field(*node, "name"), in_xml(condition.name));
            assert_eq!(field(*node, "total_quantity"), condition.total_quantity.to_string());
            let nodes: Vec<_> = child(*node, "measurements").children().filter(roxmltree::Node::is_element).collect();
            assert_eq!(nodes.len(), condition.measurement_count());
            for (node, measurement) in nodes.iter().zip(&condition.measurements) {
                assert_eq!(field(*node, "id"), measurement.id);
                assert_eq!(field(*node, "condition_id"), condition.id);
                assert_eq!(field(*node, "quantity"), measurement.quantity.to_string());
                assert_eq!(field(*node, "geometry_data"), measurement.geometry_data);
                assert_eq!(field(*node, "pixel_length"), optional(measurement.pixel_length));
                assert_eq!(field(*node, "notes"), in_xml(measurement.notes));
            }
        }
    }
}

fn in_xml(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control() || ['\t', '\n', '\r'].contains(letter)).collect()
}

fn child<'a>(node: roxmltree::Node<'a, 'a>, name: &str) -> roxmltree::Node<'a, 'a> {
    node.children().find(|child| child.has_tag_name(name)).unwrap_or_else(|| panic!("there is no element {name}"))
}

fn field<'a>(node: roxmltree::Node<'a, 'a>, name: &str) -> &'a str {
    child(node, name).text().unwrap_or_default()
}

#[tokio::test]
async fn r_4_the_pdf_has_title_totals_page_numbers_and_every_measurement() {
    let bed = Bed::new().await;
    for project in dataset::projects() {
        let reply = bed.report(project.id, "pdf").await;
        let pages: Vec<String> = readers::pdf_pages(&reply.body).iter().map(|page| squeezed(page)).collect();
        assert!(pages.len() > 10, "a thousand measurements fill more than {} pages", pages.len());
        for text in [project.name, project.client_name, "Totals by category"] {
            assert!(pages[0].contains(&squeezed(text)), "the title page has {text}");
        }
        for total in project.totals() {
            assert!(pages[0].contains(&squeezed(&grouped(total.quantity))), "the title page has the total {total:?}");
        }
        for (index, page) in pages.iter().enumerate() {
            let number = format!("Page{}of{}", index + 1, pages.len());
            assert!(page.contains(&number), "page {} says which it is", index + 1);
        }
        let all = pages.concat();
        for condition in &project.conditions {
            assert!(all.contains(&squeezed(condition.name)), "the PDF has the condition {}", condition.id);
            assert!(all.contains(&squeezed(&grouped(condition.total_quantity))), "with its total");
            for text in [condition.description, condition.scope, condition.building, condition.area] {
                assert!(all.contains(&squeezed(text)), "the PDF has {text}");
            }
        }
        for measurement in project.all_measurements() {
            assert!(all.contains(&pdf_row(measurement)), "the PDF has {} with its quantity", measurement.id);
            // A letter that no font of ours has would not be found.
            assert!(all.contains(&squeezed(measurement.notes)), "the PDF has the note {:?}", measurement.notes);
        }
    }
}

/// Id, sheet, page, shape and quantity, as they stand in a row.
fn pdf_row(measurement: &Measurement) -> String {
    squeezed(&format!(
        "{}{}{}{}{}{}{}",
        measurement.id,
        measurement.sheet_number,
        measurement.sheet_title,
        measurement.page_number,
        measurement.geometry_type,
        grouped(measurement.quantity),
        measurement.unit,
    ))
}

/// Without blanks: where lines break is not the matter here.
fn squeezed(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control()).collect()
}

fn grouped(quantity: dataset::Quantity) -> String {
    let text = quantity.to_string();
    let (whole, fraction) = text.split_once('.').unwrap();
    let groups: Vec<_> = whole.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    format!("{}.{fraction}", groups.join(","))
}

#[tokio::test]
async fn r_5_no_text_of_the_csv_can_be_taken_for_a_formula_and_numbers_stay_numbers() {
    let bed = Bed::new().await;
    let mut tamed = 0;
    for project in dataset::projects() {
        let table = readers::csv(&bed.report(project.id, "csv").await.body);
        for row in 0..table.rows.len() {
            for cell in &table.rows[row] {
                assert!(!cell.starts_with(DANGEROUS), "{cell:?} would be taken for a formula");
                tamed += usize::from(cell.starts_with('\'') && cell[1..].starts_with(DANGEROUS));
            }
            for number in ["quantity", "condition_total_quantity", "page_number"] {
                let cell = table.cell(row, number);
                assert!(cell.parse::<f64>().is_ok(), "{cell:?} is a number without an apostrophe");
            }
        }
    }
    assert!(tamed > 100, "the source has texts that need it: {tamed}");
}

#[tokio::test]
async fn r_5_the_workbook_has_no_formulas() {
    let bed = Bed::new().await;
    for project in dataset::projects() {
        let mut workbook = readers::workbook(&bed.report(project.id, "excel").await.body);
        for name in workbook.sheet_names() {
            let formulas = workbook.worksheet_formula(&name).unwrap();
            assert!(formulas.used_cells().all(|(_, _, formula)| formula.is_empty()), "{name} has no formula");
        }
    }
}

#[tokio::test]
async fn r_5_control_characters_leave_the_xml() {
    let source = dataset::project("riverside-clinic").unwrap();
    assert!(
        source.all_measurements().any(|found| found.notes.contains(['\u{7}', '\u{1b}', '\0'])),
        "the source has some"
    );
    let xml = Bed::new().await.report(source.id, "ost").await.text();
    let bad = xml.chars().find(|letter| letter.is_control() && !['\n', '\t'].contains(letter));
    assert_eq!(bad, None, "XML 1.0 cannot carry it");
    assert!(xml.contains("&#13;"), "a carriage return is text and stays, as a reference");
}
