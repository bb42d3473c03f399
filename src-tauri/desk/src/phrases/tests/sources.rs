//! Which sources are read for sentences, and which sentences of them are nobody's in a window.
//!
//! Read is every text that looks like words, and every text that is given to a call by which something is said, wherever it
//! stands in the code of the crates below: as a failure's message or remediation, a note, a refusal, an `#[error]`, a value
//! of a `match`. That is more than what a person gets to see, and on purpose: what is not for a person is named here, so
//! that nothing new is left out unseen.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::reading::{self, Manner, Read, Sentences};

/// Where sentences come from, in the house.
const ROOTS: [&str; 4] = ["wire/src", "engine/src", "desk/src", "src"];

/// Whoever writes connector files reads these, and whoever uses one does not. Their hints are the language itself.
const AUTHORS: &str = "engine/src/connector/";

/// Files of that folder whose findings anybody may see who drops a connector file: what is around every finding.
const FRAME: [&str; 3] = ["connector/sheet.rs", "connector/schema.rs", "connector/problem.rs"];

/// And of its other files these findings.
const FREQUENT: [&str; 4] = [
    "the line cannot be read: {}",
    "format {} is not known to this version",
    "write format = 1, or update Landfall",
    "the default does not fit: {}",
];

/// Files whose `#[error]`s go to the log alone: what a person is told is made of their kind.
const LOGGED: [&str; 1] = ["engine/src/transfer/error.rs"];

/// Files that say nothing to a person in a window, each with the reason.
const UNREAD: [(&str, &str); 18] = [
    ("engine/src/connector/check.rs", "tries a connector against its recorded answers, for its author"),
    ("engine/src/connector/check/sign_in.rs", "likewise"),
    ("engine/src/connector/contract.rs", "likewise"),
    ("engine/src/connector/contract/life.rs", "likewise"),
    ("engine/src/connector/contract/watch.rs", "likewise"),
    ("engine/src/connector/expectation.rs", "likewise"),
    ("engine/src/connector/recording.rs", "likewise"),
    ("engine/src/connector/names.rs", "finds names that an expression cannot have, for a connector's author"),
    ("engine/src/connector/template.rs", "likewise, braces"),
    ("engine/src/connector/schema/editor.rs", "makes the schema for editors"),
    ("engine/src/monitor/event.rs", "prints for developers"),
    ("engine/src/monitor/end.rs", "goes to the log: whoever listened asks instead"),
    ("engine/src/monitor/scan.rs", "reads and writes what servers send"),
    ("engine/src/package/report.rs", "is printed by the command line alone"),
    ("desk/src/notices/texts.rs", "says everything in every language itself"),
    ("src/session/words.rs", "likewise"),
    ("src/session/autostart.rs", "writes a file of the system"),
    ("src/start.rs", "speaks to a terminal, since there is no window yet"),
];

/// Texts that are not sentences for a person, each with the reason.
const UNSAID: [(&str, &str); 23] = [
    ("Basic {}", "is sent to a server"),
    ("multipart/form-data; boundary={}", "is sent to a server"),
    ("\r\nContent-Disposition: form-data; name=\"", "is sent to a server"),
    ("text/plain; charset=utf-8", "is sent to a server"),
    ("application/xml, text/xml", "is sent to a server"),
    ("Bearer ", "is sent to a server"),
    ("<Error ", "is what servers send"),
    ("Site tour", "is sent to the sample service"),
    ("{} {} ({}, {} bytes)", "is printed for developers"),
    ("{} of {} ({} bytes)", "is printed for developers"),
    ("{} in {}", "names an entry of the keychain"),
    ("token {}", "is a line of a sealed file"),
    ("header {} {}", "is a line of a sealed file"),
    ("secret {} {}", "is a line of a sealed file"),
    ("a file sealed with the pass phrase in LANDFALL_PASSPHRASE", "is printed by the command line alone"),
    ("a file sealed with the key file {}, which only you can read", "is printed by the command line alone"),
    ("unknown error code {}", "is told to a program"),
    (" extracted", "is the end of a folder's name"),
    ("list {}", "stands in quotes"),
    ("{}… ({} bytes)", "is a name in quotes"),
    ("not a digest of that algorithm", "goes to the log"),
    ("no file URL", "goes to the log"),
    ("CSV, TSV, JSON Lines, TOML", "names the files of a dialog in every language"),
];

/// Single words that come to a person as values, with the file that says them.
const WORDS: [(&str, &str); 4] = [
    ("refuses", "engine/src/secrets/vault.rs"),
    ("size", "engine/src/transfer/landing.rs"),
    ("token", "engine/src/connector/auth.rs"),
    ("password", "engine/src/connector/auth.rs"),
];

/// Every sentence that may come to a person, by its key, with the files that it stands in.
pub(super) fn sentences() -> Sentences {
    let house = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the desk lies in the house");
    let mut read = Read::default();
    for path in ROOTS.iter().flat_map(|root| files(&house.join(root))) {
        let name = path.strip_prefix(house).expect("it lies in the house").to_string_lossy().into_owned();
        if UNREAD.iter().any(|(unread, _)| *unread == name) {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a source can be read");
        let manner = Manner {
            for_authors: name.starts_with(AUTHORS) && !FRAME.iter().any(|frame| name.ends_with(frame)),
            errors_are_logged: LOGGED.contains(&name.as_str()),
        };
        reading::read(&name, &source, manner, &mut read);
        let words = WORDS.iter().filter(|(word, file)| *file == name && source.contains(&format!("\"{word}\"")));
        read.sentences.extend(words.map(|(word, file)| ((*word).to_owned(), BTreeSet::from([(*file).to_owned()]))));
    }
    let gone: Vec<&str> =
        UNSAID.iter().map(|(text, _)| *text).filter(|text| read.sentences.remove(*text).is_none()).collect();
    assert!(gone.is_empty(), "these are nowhere any more, take them off UNSAID: {gone:?}");
    for key in FREQUENT {
        let finding = read.findings.remove_entry(key);
        read.sentences.extend([finding.unwrap_or_else(|| panic!("{key:?} is nowhere any more: take it off the list"))]);
    }
    for (word, file) in WORDS {
        assert!(read.sentences.contains_key(word), "{word:?} is not in {file} any more: take it off the list");
    }
    read.sentences
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources can be read") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
    found
}

#[test]
fn what_is_left_out_is_still_there() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the desk lies in the house");
    for (file, _) in UNREAD {
        assert!(house.join(file).exists(), "{file} is gone: take it off the list");
    }
}
