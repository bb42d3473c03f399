//! The language as a JSON Schema for editors, made of the key tables and of what the reference says of each key.
//!
//! Draft 7, which is what editors of TOML read. The schema is written into the repository and compared here: whoever changes
//! a table or the reference writes it anew with `UPDATE_EXPECT=1 cargo test -p landfall-engine schema`.

use std::collections::BTreeMap;

use expect_test::expect_file;
use serde_json::{Map, Value, json};

use super::tables::{FIELD, REQUEST, ROOT};
use super::{Inner, Key, Tables};

const REFERENCE: &str = include_str!("../../../connectors/README.md");

/// Tables of which there are several, written as `[[table]]` or as a list.
const LISTS: [&str; 5] = ["param", "rule", "connection.login", "submit.step", "follow.poll.pace"];

/// Tables that every connector has, beside the keys that the reference calls required.
const NEEDED: [&str; 4] = ["connection", "submit", "follow", "resolve"];

/// What the reference's tables say of a key.
struct Row {
    /// What it holds, in the reference's words.
    words: String,
    default: String,
    meaning: String,
}

/// The rows by key; a type that is left out, or is `the same`, is that of the row before.
fn rows() -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    let mut before = String::new();
    for line in REFERENCE.lines() {
        let Some((key, rest)) = line.strip_prefix("| `").and_then(|line| line.split_once("` |")) else { continue };
        let cells: Vec<String> = rest.replace("\\|", "\u{0}").split('|').map(cell).collect();
        let [words, default, meaning, ..] = cells.as_slice() else { continue };
        let words = if words.is_empty() || words == "the same" { before.clone() } else { words.clone() };
        before.clone_from(&words);
        rows.insert(key.to_owned(), Row { words, default: default.clone(), meaning: meaning.clone() });
    }
    rows
}

fn cell(text: &str) -> String {
    text.trim().replace('\u{0}', "|")
}

/// What a value of that type looks like; the reference's words for types are few, and an unknown one is a mistake there.
fn shape(words: &str) -> Value {
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    let starts = |begin: &str| words == begin || words.starts_with(&format!("{begin} "));
    match words {
        "integer" => json!({ "type": "integer" }),
        "number" => json!({ "type": "number" }),
        "boolean" => json!({ "type": "boolean" }),
        "duration" => json!({ "type": "string", "pattern": r"^\s*[0-9]+\s*(ms|s|min|h|d)\s*$" }),
        "size" => json!({ "type": "string", "pattern": r"^\s*[0-9]+\s*(B|kB|MB|GB|KiB|MiB|GiB)\s*$" }),
        "label" => json!({ "type": ["string", "object"], "additionalProperties": { "type": "string" } }),
        "a value of its type" | "any value with templates" => json!({}),
        "`{ query, variables }`" => json!({
            "type": "object",
            "properties": { "query": { "type": "string" }, "variables": { "type": "object" } },
            "required": ["query"],
            "additionalProperties": false,
        }),
        "table: stage = weight" => json!({ "type": "object", "additionalProperties": { "type": "number" } }),
        "list of statuses" => {
            json!({ "type": "array", "items": { "type": "integer", "minimum": 100, "maximum": 599 } })
        }
        "list of words, numbers, booleans" => json!({ "type": "array", "items": scalar }),
        "list of texts or `{ value, label }`" => json!({ "type": "array", "items": {
            "type": ["string", "object"],
            "properties": { "value": { "type": "string" }, "label": shape("label") },
            "required": ["value"],
            "additionalProperties": false,
        } }),
        _ if starts("path") && !words.contains("URL") => json!({ "type": "string", "pattern": r"^\s*(/|\{\{)" }),
        _ if words.contains(", or a source")
            || words.contains("; or one source")
            || words.starts_with("as `resolve.") =>
        {
            json!({ "type": ["string", "object"], "additionalProperties": { "type": "string" } })
        }
        _ if starts("table of") => json!({ "type": "object", "additionalProperties": scalar }),
        _ if words.starts_with("list of hosts") => json!({ "type": "array", "items": { "type": "string" } }),
        _ if starts("list of") => json!({ "type": "array", "items": shape(&words["list of ".len()..]) }),
        _ if is_choice(words) => json!({ "enum": words.split(", ").collect::<Vec<_>>() }),
        "one of the states above" => json!({ "enum": states() }),
        "a type but list" => json!({ "enum": types().into_iter().filter(|word| word != "list").collect::<Vec<_>>() }),
        "an error's name, such as RESULT_EXPIRED" => json!({ "type": "string", "pattern": "^[A-Z_]+$" }),
        _ if ["source", "condition", "template", "template:", "text", "text,", "path", "header", "name", "regular"]
            .into_iter()
            .any(starts) =>
        {
            json!({ "type": "string" })
        }
        _ => panic!("the reference calls a type {words:?}, which is not known here: use one of the others, or add it"),
    }
}

/// Whether the words are the values themselves: `none, inherit`.
fn is_choice(words: &str) -> bool {
    let is_value =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b"_0123456789".contains(&b));
    words.contains(", ") && words.split(", ").all(is_value)
}

fn types() -> Vec<String> {
    rows()["param.type"].words.split(", ").map(str::to_owned).collect()
}

fn states() -> Vec<String> {
    rows().into_keys().filter_map(|key| key.strip_prefix("states.").map(str::to_owned)).collect()
}

/// The schema on its way.
struct Schema {
    rows: BTreeMap<String, Row>,
}

impl Schema {
    /// A table's keys; laid over another table, nothing in it is required.
    fn table(&self, tables: Tables, path: &str, laid_over: bool) -> Value {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for group in tables.iter().copied() {
            let shared = shared(group);
            let at = shared.unwrap_or(path);
            for key in group {
                let full = if at.is_empty() { key.name.to_owned() } else { format!("{at}.{}", key.name) };
                let row = self.rows.get(&full);
                if !laid_over && (row.is_some_and(|row| row.default == "required") || NEEDED.contains(&full.as_str())) {
                    required.push(key.name);
                }
                let value = match shared {
                    Some(_) => json!({ "$ref": format!("#/definitions/{full}") }),
                    None => self.key(key, &full, laid_over),
                };
                properties.insert(key.name.to_owned(), value);
            }
        }
        let mut table = json!({ "type": "object", "additionalProperties": false, "properties": properties });
        if !required.is_empty() {
            table["required"] = json!(required);
        }
        table
    }

    fn key(&self, key: &Key, full: &str, laid_over: bool) -> Value {
        let table = |inner, laid_over| {
            let table = self.table(inner, full, laid_over);
            if LISTS.contains(&full) { json!({ "type": "array", "items": table }) } else { table }
        };
        let mut schema = match key.inner {
            Inner::Plain => shape(&self.rows.get(full).unwrap_or_else(|| panic!("{full} is in the reference")).words),
            Inner::Table(inner) => table(inner, laid_over),
            // The same keys as elsewhere are documented there, and so are the lists among them.
            Inner::Again(inner) => {
                let (_, there) = full.split_once('.').unwrap_or(("", full));
                let again = self.table(inner, there, true);
                if LISTS.contains(&there) { json!({ "type": "array", "items": again }) } else { again }
            }
            Inner::Each(inner) => json!({ "type": "object", "additionalProperties": self.table(inner, full, true) }),
        };
        if let (Some(row), Some(schema)) = (self.rows.get(full), schema.as_object_mut()) {
            let default = match row.default.as_str() {
                "" | "none" | "required" => String::new(),
                default => format!(" (default: {default})"),
            };
            let meaning = if row.meaning.is_empty() { row.words.as_str() } else { &row.meaning };
            schema.insert("description".into(), json!(format!("{meaning}{default}")));
        }
        schema
    }
}

/// The name of a group of keys that many tables have.
fn shared(group: &[Key]) -> Option<&'static str> {
    let named = [(REQUEST, "request"), (FIELD, "field")];
    named.into_iter().find(|(shared, _)| std::ptr::eq(*shared, group)).map(|(_, name)| name)
}

fn generated() -> String {
    let schema = Schema { rows: rows() };
    let mut root = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Landfall connector",
        "description": "How one kind of export server is driven. `landfall connectors check` knows more than this schema.",
    });
    let table = schema.table(ROOT, "", false);
    let mut definitions = Map::new();
    for (group, name) in [(REQUEST, "request"), (FIELD, "field")] {
        for key in group {
            let full = format!("{name}.{}", key.name);
            let value = schema.key(key, &full, false);
            definitions.insert(full, value);
        }
    }
    if let (Some(root), Value::Object(table)) = (root.as_object_mut(), table) {
        root.extend(table);
        root.insert("definitions".into(), Value::Object(definitions));
    }
    let mut text = serde_json::to_string_pretty(&root).expect("a schema is JSON");
    text.push('\n');
    text
}

#[test]
fn schema_of_the_language_is_as_written_down() {
    expect_file!["../../../connectors/connector.schema.json"].assert_eq(&generated());
}
