//! The contract suite over every built-in connector, and proof that it notices each key.

use landfall_engine::connector::{BuiltIn, Checked, Connector, check};
use toml::{Table, Value};

fn checked(built_in: &BuiltIn, source: &str) -> Result<Checked, String> {
    let recording = format!("{}.recorded.toml", built_in.id);
    check(built_in.file_name, source, Some((&recording, built_in.recording))).map_err(|problems| problems.to_string())
}

#[test]
fn a_connector_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + std::fmt::Debug>() {}
    shared::<Connector>();
}

#[test]
fn a_connector_saved_by_an_editor_of_windows_is_read() {
    for built_in in Connector::built_in() {
        let saved = format!("\u{feff}{}", built_in.source.replace('\n', "\r\n"));
        checked(built_in, &saved).unwrap_or_else(|problems| panic!("{problems}"));
    }
}

#[test]
fn every_built_in_connector_keeps_its_recorded_contract() {
    for built_in in Connector::built_in() {
        let checked = checked(built_in, built_in.source).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(checked.connector.id(), built_in.id, "the file is named after the id");
        assert!(checked.replays.len() >= 5, "{} is shown in good and bad lives", built_in.id);
        let length: usize = built_in
            .source
            .split("\n\n")
            .filter(|table| !table.starts_with("[[param]]"))
            .map(|table| table.lines().count())
            .sum();
        assert!(length < 75, "{} stays short, its parameters aside: {length} lines", built_in.id);
        for (name, seen) in &checked.replays {
            println!("{}: {name}: {} after {:?}, {:?}", built_in.id, seen.end.word(), seen.states, seen.took);
        }
    }
}

/// Texts for people change nothing in what a connector does.
const FOR_PEOPLE: [&str; 2] = ["label", "help"];

/// The path to a key: tables by name, items of lists by number.
type Path = Vec<String>;

/// Every key of a document, and every item of its lists, without the texts for people.
fn paths(value: &Value, at: &Path, out: &mut Vec<Path>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children.into_iter().filter(|(key, _)| !FOR_PEOPLE.contains(&key.as_str())) {
        let path: Path = at.iter().cloned().chain([key]).collect();
        out.push(path.clone());
        paths(child, &path, out);
    }
}

/// The value at the path's last table or list, for a change of what is in it.
fn holder<'v>(value: &'v mut Value, path: &[String]) -> &'v mut Value {
    path.iter().fold(value, |value, key| match value {
        Value::Table(table) => table.get_mut(key).expect("the path was walked"),
        Value::Array(items) => &mut items[key.parse::<usize>().expect("an index")],
        _ => panic!("the path was walked"),
    })
}

/// The document, changed at one place, as text again.
fn changed(source: &str, path: &Path, change: impl Fn(&mut Value, &str)) -> String {
    let mut document = Value::Table(source.parse::<Table>().expect("a built-in connector is TOML"));
    let (last, tables) = path.split_last().expect("a path has a key");
    change(holder(&mut document, tables), last);
    toml::to_string(&document).expect("it was TOML before")
}

/// The first line of why the changed connector is refused.
fn refusal(built_in: &BuiltIn, source: &str) -> Option<String> {
    let problems = checked(built_in, source).err()?;
    let all = problems.lines().count();
    problems.lines().next().map(|line| format!("{line} [{all}]"))
}

#[test]
fn no_key_of_a_built_in_connector_can_be_removed_unnoticed() {
    let mut unnoticed = Vec::new();
    for built_in in Connector::built_in() {
        let document = Value::Table(built_in.source.parse::<Table>().expect("TOML"));
        let mut all = Vec::new();
        paths(&document, &Vec::new(), &mut all);
        for path in all {
            let source = changed(built_in.source, &path, |holder, last| match holder {
                Value::Table(table) => drop(table.remove(last)),
                Value::Array(items) => drop(items.remove(last.parse::<usize>().expect("an index"))),
                _ => {}
            });
            match refusal(built_in, &source) {
                Some(why) => println!("{}: {} → {why}", built_in.id, path.join(".")),
                None => unnoticed.push(format!("{}: {}", built_in.id, path.join("."))),
            }
        }
    }
    assert!(unnoticed.is_empty(), "removed and nobody noticed:\n{}", unnoticed.join("\n"));
}

#[test]
fn no_value_of_a_built_in_connector_can_be_changed_unnoticed() {
    // The name is for people; the way a value is written is not its meaning.
    let free = |path: &Path| path.join(".") == "name";
    let mut unnoticed = Vec::new();
    for built_in in Connector::built_in() {
        let document = Value::Table(built_in.source.parse::<Table>().expect("TOML"));
        let mut all = Vec::new();
        paths(&document, &Vec::new(), &mut all);
        for path in all.into_iter().filter(|path| !free(path)) {
            let source = changed(built_in.source, &path, |holder, last| {
                let value = match holder {
                    Value::Table(table) => table.get_mut(last).expect("the path was walked"),
                    Value::Array(items) => &mut items[last.parse::<usize>().expect("an index")],
                    _ => return,
                };
                *value = match &*value {
                    Value::String(text) => match text.strip_suffix("min").or(text.strip_suffix('s')) {
                        Some(number) if number.parse::<u32>().is_ok() => Value::String(format!("{number}1s")),
                        _ => Value::String(format!("{text}x")),
                    },
                    Value::Integer(number) => Value::Integer(number + 1),
                    Value::Boolean(value) => Value::Boolean(!value),
                    other => other.clone(),
                };
            });
            let same = source.parse::<Table>() == built_in.source.parse::<Table>();
            if !same && refusal(built_in, &source).is_none() {
                unnoticed.push(format!("{}: {}", built_in.id, path.join(".")));
            }
        }
    }
    assert!(unnoticed.is_empty(), "changed and nobody noticed:\n{}", unnoticed.join("\n"));
}
