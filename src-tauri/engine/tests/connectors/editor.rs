//! The JSON Schema of the language, as an editor uses it: it takes every connector that there is, and finds slips.

use jsonschema::Validator;
use landfall_engine::connector::{BuiltIn, Connector};
use serde_json::{Value, json};

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(Connector::json_schema()).expect("the schema is JSON");
    jsonschema::draft7::new(&schema).expect("the schema is a schema")
}

/// A connector as an editor sees it: TOML as JSON.
fn document(source: &str) -> Value {
    let table: toml::Table = source.parse().expect("it is TOML");
    serde_json::to_value(table).expect("TOML without dates is JSON")
}

fn shipped() -> impl Iterator<Item = &'static BuiltIn> {
    Connector::built_in().iter().chain(Connector::gallery())
}

#[test]
fn every_connector_fits_the_schema() {
    let validator = validator();
    for shipped in shipped() {
        let document = document(shipped.source);
        let problems: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {}: {error}", shipped.id, error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}

#[test]
fn example_of_the_reference_fits_the_schema() {
    let reference = include_str!("../../connectors/README.md");
    for block in reference.split("```toml connector").skip(1) {
        let source = block.split_once('\n').and_then(|(_, rest)| rest.split_once("```")).expect("the block ends").0;
        let document = document(source);
        let problems: Vec<String> = validator().iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}

#[test]
fn slips_do_not_fit_the_schema() {
    let validator = validator();
    let built_in = Connector::built_in().iter().find(|built_in| built_in.id == "report-exports").expect("it is there");
    let right = document(built_in.source);
    let slips: [(&str, Value); 8] = [
        ("/follow/poll/evry", json!("2s")),
        ("/follow/poll/every", json!("2")),
        ("/follow/poll/get", json!("tasks")),
        ("/kind", json!("reports")),
        ("/param/0/type", json!("txt")),
        ("/connection/auth/0", json!("token")),
        ("/submit/id", json!(1)),
        ("/states/redy", json!(["done"])),
    ];
    for (pointer, value) in slips {
        let mut wrong = right.clone();
        let (table, key) = pointer.rsplit_once('/').expect("a pointer");
        let table = wrong.pointer_mut(table).expect("the table is there");
        match table {
            Value::Array(items) => items[key.parse::<usize>().expect("an index")] = value,
            table => table[key] = value,
        }
        assert!(!validator.is_valid(&wrong), "{pointer} is a slip of the pen");
    }
    let mut less = right.clone();
    less.as_object_mut().expect("a table").remove("follow");
    assert!(!validator.is_valid(&less), "what every connector has is needed");
}

#[test]
fn schema_says_of_each_key_what_it_is_for() {
    let schema: Value = serde_json::from_str(Connector::json_schema()).expect("the schema is JSON");
    for pointer in ["/definitions/request.get", "/definitions/field.state", "/properties/submit/properties/id"] {
        let described = schema.pointer(pointer).and_then(|key| key["description"].as_str());
        assert!(described.is_some_and(|text| text.len() > 10), "{pointer}: {described:?}");
    }
}
