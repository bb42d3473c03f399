//! `--help` of the program and of each command: names and flags are a contract.

use std::fmt::Write as _;

use expect_test::expect_file;
use landfall_tests::program::Program;

const COMMANDS: &[&[&str]] = &[
    &[],
    &["serve"],
    &["try"],
    &["connect"],
    &["connect", "add"],
    &["connect", "list"],
    &["connect", "test"],
    &["connect", "remove"],
    &["connectors"],
    &["connectors", "list"],
    &["connectors", "show"],
    &["connectors", "check"],
    &["connectors", "add"],
    &["connectors", "choices"],
    &["connectors", "schema"],
    &["export"],
    &["batch"],
    &["fetch"],
    &["jobs"],
    &["show"],
    &["recover"],
    &["pause"],
    &["resume"],
    &["cancel"],
    &["retry"],
    &["extend"],
    &["adopt"],
    &["forget"],
    &["delete"],
    &["verify"],
    &["receipt"],
    &["compare"],
    &["doctor"],
    &["completions"],
];

#[test]
fn help_of_every_command_is_as_written_down() {
    let program = Program::new().without("LANDFALL_HOME");
    let mut all = String::new();
    for command in COMMANDS {
        let ran = program.run(&[command, &["--help"][..]].concat()).ended(0);
        assert_eq!(ran.stderr, "", "help that was asked for is data");
        let (own, everywhere) = ran.stdout.split_once("\nEverywhere:\n").expect("every command takes them");
        let (everywhere, after) = everywhere.split_once("\n\n").unwrap_or((everywhere, ""));
        let _ = writeln!(all, "=== landfall {}\n\n{}\n", command.join(" "), own.trim_end());
        // What every command takes is written down once.
        if command.is_empty() {
            let _ = writeln!(all, "Everywhere:\n{}\n", everywhere.trim_end());
        }
        if !after.trim().is_empty() {
            let _ = writeln!(all, "{}\n", after.trim_end());
        }
    }
    expect_file!["help.txt"].assert_eq(&all);
}

#[test]
fn every_command_of_the_program_has_its_help_written_down() {
    let ran = Program::new().run(&["completions", "bash"]).ended(0);
    for command in COMMANDS.iter().filter(|command| !command.is_empty()) {
        let name = format!("landfall__subcmd__{}", command.join("__subcmd__"));
        let short = format!("landfall__{}", command.join("__"));
        assert!(ran.stdout.contains(&name) || ran.stdout.contains(&short), "completions know {command:?}");
    }
    let help = Program::new().run(&["--help"]).ended(0).stdout;
    let listed =
        help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1).take_while(|line| !line.is_empty());
    for name in listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|name| !name.is_empty()) {
        assert!(
            name == "help" || COMMANDS.iter().any(|command| command.first() == Some(&name)),
            "{name} is missing here"
        );
    }
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = Program::new().run(&["completions", shell]).ended(0);
        assert!(ran.stdout.contains("landfall") && ran.stdout.contains("export"), "{shell}: {}", ran.stdout.len());
    }
}
