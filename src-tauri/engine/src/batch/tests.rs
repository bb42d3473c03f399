use expect_test::{Expect, expect};

use super::*;

fn reports() -> Connector {
    let built_in =
        Connector::built_in().iter().find(|built_in| built_in.id == "report-exports").expect("it is built in");
    Connector::parse(built_in.file_name, built_in.source).expect("it is right")
}

/// Each row as what it asks for, or why not.
fn check(file_name: &str, text: &str, expected: &Expect) -> Batch {
    let batch = Batch::read(&reports(), file_name, text).expect("the file can be read");
    let told: Vec<String> = batch
        .rows
        .iter()
        .map(|row| match &row.wishes {
            Ok(wishes) => format!("{}: {}", row.line, serde_json::to_string(wishes).expect("it is JSON")),
            Err(problem) => format!("{}: {problem}", row.line),
        })
        .collect();
    expected.assert_eq(&(told.join("\n") + "\n"));
    batch
}

fn refused(file_name: &str, text: &str) -> String {
    Batch::read(&reports(), file_name, text).expect_err("the file cannot be used").to_string()
}

#[test]
fn table_has_a_row_for_each_export_and_a_bad_row_fails_alone() {
    let batch = check(
        "Monday.CSV",
        "\u{FEFF}project_id;format\r\nnordkai-40;csv\r\n;;\r\n\"a;b\";gif\r\nx;csv;more\r\n",
        &expect![[r#"
            2: [{"project_id":"nordkai-40","format":"csv"}]
            4: format: `gif` is none of its values; did you mean pdf?
            5: the row has 3 cells and the table 2 columns; put cells that hold the separator into quotes
        "#]],
    );
    let rest = batch.rest(&[(1, "it does not fit".into())]);
    expect![[r#"
        project_id;format;_error
        "a;b";gif;it does not fit
    "#]]
    .assert_eq(&rest);
    let again = Batch::read(&reports(), "rest.csv", &rest).expect("the rest can be run again");
    assert_eq!(again.rows.len(), 1, "the reason is no parameter");
}

#[test]
fn json_lines_have_an_object_each() {
    let batch = check(
        "wishes.jsonl",
        "{\"project_id\": \"nordkai-40\", \"format\": \"pdf\", \"_error\": \"of before\"}\n\nnonsense\n{\"format\": \"pdf\"}\n",
        &expect![[r#"
            1: [{"project_id":"nordkai-40","format":"pdf"}]
            3: line 3 is no JSON object (expected ident at line 1 column 2); write one object a line, such as {"format": "csv"}
            4: project_id: it is missing; add project_id=text
        "#]],
    );
    expect![[r#"
        nonsense
        {"format":"pdf","_error":"missing"}
    "#]]
    .assert_eq(&batch.rest(&[(1, "no object".into()), (2, "missing".into())]));
}

#[test]
fn file_that_makes_no_sense_as_a_whole_is_refused_with_what_would_be_right() {
    expect![[r#"The table has a column `projectid`, which is no parameter of report-exports; The columns can be: project_id, format"#]]
        .assert_eq(&refused("a.csv", "projectid,format\na,csv\n"));
    expect!["The table has two columns `format`; Keep one of them"]
        .assert_eq(&refused("a.csv", "format,format\ncsv,csv\n"));
    expect!["The file is neither a table nor JSON Lines by its name; Name it FILE.csv or FILE.jsonl"]
        .assert_eq(&refused("a.xlsx", ""));
}
