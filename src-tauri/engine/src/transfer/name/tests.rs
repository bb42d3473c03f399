use proptest::prelude::*;

use super::*;

fn check(text: &str, expected: &str) {
    assert_eq!(SafeName::of_server(text).as_str(), expected, "{text:?}");
}

#[test]
fn hostile_names_become_harmless() {
    check("report.csv", "report.csv");
    check("../../etc/passwd", "passwd");
    check("..\\..\\windows\\system.ini", "system.ini");
    check("/", "download");
    check("..", "download");
    check("", "download");
    check("CON", "_CON");
    check("com1.txt", "_com1.txt");
    check("LPT¹", "_LPT¹");
    check("console.log", "console.log");
    check("name. . ", "name");
    check(".hidden", "hidden");
    check("a\0b\nc.pdf", "abc.pdf");
    check("invoice\u{202e}fdp.exe", "invoicefdp.exe");
    check("cafe\u{301}.txt", "café.txt");
    check("a:b*c?.txt", "a_b_c_.txt");
    check("日本語.xlsx", "日本語.xlsx");
}

#[test]
fn long_name_keeps_its_extension() {
    let name = SafeName::of(&format!("{}.tar.gz", "ü".repeat(10_000)));
    assert!(name.as_str().len() <= 255 && name.as_str().ends_with("ü.tar.gz"), "{name}");
    let name = name.numbered(1234);
    assert!(name.as_str().len() <= 255 && name.as_str().ends_with("ü (1234).tar.gz"), "{name}");
    let aside = name.beside("changed-1.part");
    assert!(aside.as_str().len() <= 255 && aside.as_str().ends_with(".changed-1.part"), "{aside}");
}

#[test]
fn stem_is_changed_and_the_ending_stays() {
    for (name, stem, expected) in [
        ("clip_0041.mp4", "Quay 7, 2026-11-21", "Quay 7, 2026-11-21.mp4"),
        ("package.tar.gz", "Matter 2.5", "Matter 2.5.tar.gz"),
        ("README", "a/b", "a_b"),
        ("x.csv", "..", "download.csv"),
    ] {
        assert_eq!(SafeName::of(name).with_stem(stem).as_str(), expected, "{name} called {stem}");
    }
    let long = SafeName::of("x.json.gz").with_stem(&"ü".repeat(300));
    assert!(long.as_str().len() <= 255 && long.as_str().ends_with("ü.json.gz"), "{long}");
}

#[test]
fn separators_of_a_template_stay_readable() {
    assert_eq!(SafeName::of("Bericht 2024/05.csv").as_str(), "Bericht 2024_05.csv");
}

#[test]
fn clash_counts_case_and_composition() {
    assert!(SafeName::of("Report.CSV").clashes_with("report.csv"));
    assert!(SafeName::of("CAFÉ.txt").clashes_with("cafe\u{301}.txt"));
    assert!(!SafeName::of("a.txt").clashes_with("b.txt"));
}

#[test]
fn disposition_in_every_spelling() {
    let cases: [(&[u8], Option<&str>); 14] = [
        (b"attachment; filename=\"a b.csv\"", Some("a b.csv")),
        (b"attachment; filename=plain.csv", Some("plain.csv")),
        (b"attachment; filename=\"semi;colon.csv\"", Some("semi;colon.csv")),
        (b"attachment; filename=\"quo\\\"te.csv\"", Some("quo\"te.csv")),
        (b"attachment; filename=\"x.csv\"; filename*=UTF-8''%E2%82%AC.csv", Some("€.csv")),
        (b"attachment; filename*=UTF-8''%E2%82%AC.csv; filename=x.csv", Some("€.csv")),
        (b"attachment; filename*=iso-8859-1'de'%fcber.csv", Some("über.csv")),
        (b"attachment; filename*=UTF-8''%zz; filename=ok.csv", Some("ok.csv")),
        (b"attachment; filename*=UTF-8''%e2%82; filename=ok.csv", Some("ok.csv")),
        (b"ATTACHMENT;FILENAME=UP.CSV", Some("UP.CSV")),
        ("attachment; filename=\"raw-ü.csv\"".as_bytes(), Some("raw-ü.csv")),
        (b"attachment; filename=\"latin-\xfc.csv\"", Some("latin-ü.csv")),
        (b"inline", None),
        (b"attachment; filename=\"\"", None),
    ];
    for (field, expected) in cases {
        assert_eq!(of_disposition(field).as_deref(), expected, "{}", String::from_utf8_lossy(field));
    }
}

fn is_safe(name: &str) -> Result<(), TestCaseError> {
    prop_assert!(!name.is_empty() && name.len() <= 255, "length of {:?}", name);
    prop_assert!(!name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|', '\0']), "{:?}", name);
    prop_assert!(!name.starts_with(['.', ' ']) && !name.ends_with(['.', ' ']), "{:?}", name);
    prop_assert!(!name.chars().any(char::is_control), "{:?}", name);
    prop_assert!(!name.contains(['\u{202e}', '\u{2066}', '\u{200f}', '\u{feff}']), "{:?}", name);
    prop_assert!(!is_device(name), "{:?}", name);
    prop_assert!(name.nfc().eq(name.chars()), "not NFC: {:?}", name);
    let path = std::path::Path::new(name);
    prop_assert_eq!(path.components().count(), 1);
    prop_assert!(matches!(path.components().next(), Some(std::path::Component::Normal(_))));
    Ok(())
}

proptest! {
    #[test]
    fn any_text_becomes_a_safe_name(text in ".{0,400}", number: u32) {
        for name in [SafeName::of(&text), SafeName::of_server(&text)] {
            is_safe(name.as_str())?;
            is_safe(name.numbered(number).as_str())?;
            is_safe(name.beside("changed-1.part").as_str())?;
            prop_assert_eq!(&SafeName::of(name.as_str()), &name, "a safe name stays as it is");
        }
    }

    #[test]
    fn text_of_nasty_pieces_becomes_a_safe_name(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("../"), Just("..\\"), Just("CON"), Just("nul."), Just("."), Just(" "), Just("\u{202e}"),
                Just("e\u{301}"), Just("\0"), Just("C:"), Just("\u{200b}"), Just("a"), Just(".tar.gz"), Just("\u{958}"),
                Just("\u{301}"), Just("\u{2028}"), Just("COM9"),
            ],
            0..60,
        ),
        long in 0_usize..10_000,
    ) {
        let text = format!("{}{}", pieces.concat(), "x".repeat(long));
        is_safe(SafeName::of(&text).as_str())?;
        is_safe(SafeName::of_server(&text).as_str())?;
    }

    #[test]
    fn any_disposition_is_read_without_panic(field in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = of_disposition(&field);
    }
}
