//! What the page may ask for is written down in four places; they say the same.

use std::collections::BTreeSet;

const BUILD: &str = include_str!("../../build.rs");
const HANDLER: &str = include_str!("../../src/commands.rs");
const HOST: &str = include_str!("../../../ui/src/shared/host.ts");
const MAIN: &str = include_str!("../../capabilities/main.json");
const COMPACT: &str = include_str!("../../capabilities/compact.json");

fn handled() -> BTreeSet<String> {
    let list = HANDLER.split_once("generate_handler![").unwrap().1.split_once(']').unwrap().0;
    list.split(',').filter_map(|entry| Some(entry.trim().split_once("::")?.1.to_owned())).collect()
}

fn allowed(capability: &str) -> BTreeSet<String> {
    let capability: serde_json::Value = serde_json::from_str(capability).unwrap();
    let permissions = capability["permissions"].as_array().unwrap();
    permissions
        .iter()
        .map(|permission| {
            let permission = permission.as_str().unwrap();
            let command = permission.strip_prefix("allow-").expect("nothing but our own commands is allowed");
            command.replace('-', "_")
        })
        .collect()
}

fn snake(name: &str) -> String {
    name.chars().fold(String::new(), |mut text, letter| {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
        text
    })
}

#[test]
fn every_method_of_the_host_is_a_command() {
    let host = HOST.split_once("export interface Host {").unwrap().1;
    let methods: BTreeSet<_> = host
        .lines()
        .filter(|line| line.starts_with("  ") && !line.trim_start().starts_with(['/', '*']))
        .filter_map(|line| Some(snake(line.trim().split_once('(')?.0)))
        .collect();
    let mut handled = handled();
    assert!(handled.remove("acknowledge"), "it belongs to `watch`");
    assert_eq!(methods, handled);
}

#[test]
fn only_commands_of_ours_are_allowed_and_few_of_them_to_the_small_window() {
    let list = BUILD.split_once("COMMANDS: &[&str] = &[").unwrap().1.split_once("];").unwrap().0;
    let built: BTreeSet<_> = list.split(',').map(|name| name.trim().trim_matches('"').to_owned()).collect();
    let built: BTreeSet<_> = built.into_iter().filter(|name| !name.is_empty()).collect();
    assert_eq!(built, handled(), "a command without a permission of its own is open to every window");
    assert_eq!(allowed(MAIN), handled());
    let small = ["acknowledge", "asks", "order", "pause_all", "resume_all", "settings", "show_main", "watch"];
    assert_eq!(allowed(COMPACT), small.map(String::from).into());
}
