use std::collections::BTreeSet;
use std::fmt::Write as _;

use landfall_wire::ErrorCode;
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};

use super::*;

mod keys;
mod reading;
mod sources;
mod system;

const TONGUES: [Tongue; 3] = [Tongue::En, Tongue::De, Tongue::Zh];

fn file(tongue: Tongue) -> String {
    format!("desk/phrases/{}.json", tongue.tag())
}

fn source(tongue: Tongue) -> &'static str {
    tongue.pick(
        include_str!("../../phrases/en.json"),
        include_str!("../../phrases/de.json"),
        include_str!("../../phrases/zh.json"),
    )
}

/// The lines of a file, in its order, doubled ones too.
struct Lines(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Lines;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("sentences and their words")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lines, A::Error> {
                let mut lines = Vec::new();
                while let Some(line) = map.next_entry()? {
                    lines.push(line);
                }
                Ok(Lines(lines))
            }
        }
        reader.deserialize_map(Each)
    }
}

fn lines(tongue: Tongue) -> Vec<(String, String)> {
    serde_json::from_str::<Lines>(source(tongue)).expect("a book is JSON").0
}

fn names_a_command(text: &str) -> bool {
    let option = text.split(" --").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
    option || text.contains("landfall ") || text.contains("LANDFALL_")
}

fn line(key: &str) -> String {
    format!("  {}: \"…\",\n", serde_json::to_string(key).expect("a text is JSON"))
}

#[test]
fn every_sentence_has_its_words_in_every_language() {
    let sources = sources::sentences();
    let system = system::sentences();
    let known = |keys: &BTreeSet<String>, sentence: &str| {
        keys.contains(sentence) || keys.iter().any(|key| template::small(key) == template::small(sentence))
    };
    let mut wrong = String::new();
    for tongue in TONGUES {
        let lines = lines(tongue);
        let keys: BTreeSet<String> = lines.iter().map(|(key, _)| key.clone()).collect();
        let missing: Vec<(&str, String)> = sources
            .iter()
            .filter(|(key, _)| !keys.contains(*key) && (tongue != Tongue::En || names_a_command(key)))
            .map(|(key, files)| (key.as_str(), files.iter().cloned().collect::<Vec<_>>().join(", ")))
            .chain(
                system
                    .iter()
                    .map(|key| (key.as_str(), "the system".to_owned()))
                    .filter(|(sentence, _)| tongue != Tongue::En && !known(&keys, sentence)),
            )
            .collect();
        if !missing.is_empty() {
            let _ = writeln!(wrong, "\nTo be added to {}, with {{1}}, {{2}} for the values:", file(tongue));
        }
        for (key, files) in missing {
            let _ = writeln!(wrong, "{}    (of {files})", line(key));
        }
        for key in keys.iter().filter(|key| !sources.contains_key(*key)) {
            let of_the_system = system.iter().any(|sentence| template::small(sentence) == template::small(key));
            if tongue == Tongue::En || !of_the_system {
                let _ = writeln!(wrong, "\nStands in {} and in no source any more: {key:?}", file(tongue));
            }
        }
        let mut before = "";
        for (key, words) in &lines {
            if key.as_str() <= before {
                let _ =
                    writeln!(wrong, "\nStands twice or out of order in {} (sorted by bytes): {key:?}", file(tongue));
            }
            before = key;
            let (numbers, values) = Template::new(key, words).numbers();
            if numbers != (1..=values).collect() {
                let _ = writeln!(
                    wrong,
                    "\nHas {values} values, and {words:?} of {} puts in {numbers:?}: {key:?}",
                    file(tongue)
                );
            }
            if names_a_command(words) {
                let _ = writeln!(wrong, "\nNames the command line in {}: {words:?}", file(tongue));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}\nWhat is not for a person in a window is named in phrases/tests/sources.rs.");
}

#[test]
fn what_words_call_a_button_is_called_so_by_the_page() {
    let house = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().and_then(std::path::Path::parent).unwrap();
    for tongue in TONGUES {
        let mut labels = BTreeSet::new();
        for file in std::fs::read_dir(house.join("ui/src/messages").join(tongue.tag())).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            labels.extend(serde_json::from_str::<BTreeMap<String, String>>(&text).unwrap().into_values());
        }
        let (open, close) = tongue.pick(('“', '”'), ('„', '“'), ('“', '”'));
        for (_, words) in lines(tongue) {
            for quoted in words.split(open).skip(1).filter_map(|rest| rest.split_once(close)) {
                assert!(labels.contains(quoted.0), "the page calls nothing {:?}, as {words:?} does", quoted.0);
            }
        }
    }
}

#[test]
fn what_was_put_together_is_said_part_by_part() {
    for (english, german, chinese) in [
        (
            "The folder /srv/a b cannot be used: Permission denied",
            "Der Ordner /srv/a b ist nicht brauchbar: keine Berechtigung",
            "文件夹 /srv/a b 无法使用：没有权限",
        ),
        (
            "It is missing; add camera=gate-north",
            "Fehlt; ergänzen Sie camera=gate-north",
            "未填写；请补充 camera=gate-north",
        ),
        (
            "The parameter format cannot be used: `doc` is none of its values; choose csv, json or pdf",
            "Der Parameter format ist nicht brauchbar: `doc` gehört nicht zu den Werten; wählen Sie csv, json oder pdf",
            "参数 format 无法使用：`doc` 不在可选值中；请选择 csv，json 或 pdf",
        ),
        (
            "The server refused the request: the lens is dirty or broken",
            "Der Server hat die Anfrage abgelehnt: the lens is dirty or broken",
            "服务器拒绝了请求：the lens is dirty or broken",
        ),
        (
            "The server refused to cancel the job with status 409",
            "Der Server hat das Abbrechen des Auftrags mit Status 409 abgelehnt",
            "服务器拒绝了取消任务（状态 409）",
        ),
        (
            "file 2 of 3: the connection was cut at byte 5; tried again",
            "Datei 2 von 3: die Verbindung ist abgerissen, bei Byte 5; neuer Versuch",
            "文件 2/3：连接中断，在第 5 字节处；已重试",
        ),
        (
            "The server could not make the export: no film; its fallback failed too: The server no longer knows the job",
            "Der Server konnte den Export nicht machen: no film; auch der zweite Weg misslang: Der Server kennt den Auftrag nicht mehr",
            "服务器无法完成导出：no film；备用方式也失败：服务器已不认识该任务",
        ),
        (
            "The package /x/p.zip was refused: its manifest names \"../a\", which would leave the folder",
            "Das Paket /x/p.zip wurde abgelehnt: sein Manifest nennt \"../a\", und das würde den Ordner verlassen",
            "数据包 /x/p.zip 被拒绝：其清单列出 \"../a\"，而它会超出文件夹",
        ),
        (
            "Another Landfall is at work in this home folder (process 12)",
            "Ein anderes Landfall arbeitet in diesem Ordner (Prozess 12)",
            "另一个 Landfall 正在使用此数据文件夹 (进程 12)",
        ),
        (
            "verified by SHA-256, size, csv structure",
            "geprüft anhand von SHA-256, Größe, csv-Aufbau",
            "验证依据：SHA-256，大小，csv 结构",
        ),
    ] {
        assert_eq!(book(Tongue::De).say(english), german);
        assert_eq!(book(Tongue::Zh).say(english), chinese);
        assert_eq!(book(Tongue::En).say(english), english, "English that is for a window stays");
    }
}

#[test]
fn words_for_the_command_line_are_not_said_in_a_window() {
    for (english, window) in [
        (
            "Sign in again: landfall connect add demo … --token-stdin; then `landfall recover` goes on",
            "Sign in again at the connection demo; the export goes on by itself",
        ),
        (
            "Job a1 stays as it is: It has landed already; `landfall verify` proves it again",
            "Job a1 stays as it is: It has landed already; verify it again to see that it is still the same",
        ),
        ("Ask the owner", "Ask the owner"),
    ] {
        assert_eq!(book(Tongue::En).say(english), window);
    }
}

#[test]
fn failure_keeps_its_english_for_whoever_helps() {
    let failure = Failure::new(ErrorCode::NetworkError, "The server cannot answer now (503)")
        .with_details(json!({ "status": 503 }));
    let english = (failure.message.clone(), failure.remediation.clone());
    let told = book(Tongue::De).tell(failure.clone());
    assert_eq!(told.message, "Der Server kann gerade nicht antworten (503)");
    let details = told.details.clone().unwrap();
    assert_eq!((&details["status"], &details["original"]["message"]), (&json!(503), &json!(english.0)));
    assert_eq!(details["original"]["remediation"], json!(english.1));
    assert_eq!(book(Tongue::De).tell(told.clone()), told, "said twice it is the same");
    assert_eq!(book(Tongue::En).tell(failure.clone()), failure);
}

#[test]
fn what_is_said_is_no_sentence_to_be_said_again() {
    for tongue in TONGUES {
        let book = book(tongue);
        for template in &book.templates {
            let values: Vec<String> = (0..template.numbers().1).map(|number| format!("q{number}x")).collect();
            let said = book.say(&template.english(&values));
            assert_eq!(book.say(&said), said, "{template:?}");
        }
    }
}

fn tongues() -> impl Strategy<Value = Tongue> {
    prop::sample::select(TONGUES.to_vec())
}

proptest! {
    #[test]
    fn text_that_is_in_no_book_stays_as_it_is(text in "[qxz;:,. `\"(){}/\\[\\]äß文\n-]{0,300}", tongue in tongues()) {
        prop_assert_eq!(book(tongue).say(&text), text);
    }

    #[test]
    fn any_text_is_said_in_little_time(
        parts in prop::collection::vec((any::<prop::sample::Index>(), "\\PC{0,12}"), 0..60),
        between in prop::sample::select(vec!["; ", ": ", " ", ""]),
        tongue in tongues(),
    ) {
        let templates = &book(tongue).templates;
        let text = parts.iter().map(|(index, value)| templates[index.index(templates.len())].english(&vec![value.clone(); 4]));
        let text = text.collect::<Vec<_>>().join(between);
        let mut fuel = FUEL;
        if text.len() <= LONGEST {
            let _ = book(tongue).said(&text, 0, &mut fuel);
        }
        let _ = book(tongue).say(&text);
    }

    #[test]
    fn no_value_is_lost(
        index in any::<prop::sample::Index>(),
        values in prop::collection::vec("q[a-z0-9/._-]{1,9}( [a-z0-9]{1,5}9)?", 4),
        tongue in tongues(),
    ) {
        let templates = &book(tongue).templates;
        let template = &templates[index.index(templates.len())];
        let english = template.english(&values);
        let said = book(tongue).say(&english);
        for value in values.iter().take(template.numbers().1) {
            prop_assert!(said.contains(value.as_str()), "{value:?} of {english:?} is not in {said:?}");
        }
    }
}
