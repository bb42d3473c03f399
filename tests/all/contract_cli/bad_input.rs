//! Bad input: its exit code and one clear sentence with what to do; nothing is lost, nothing is half-written.

use landfall_tests::program::Program;

use super::served::{TOKEN, connected};

/// What is typed, and what must come of it.
struct Case {
    typed: &'static str,
    input: &'static str,
    status: i32,
    says: &'static str,
}

const fn case(typed: &'static str, status: i32, says: &'static str) -> Case {
    Case { typed, input: "", status, says }
}

const ADD: &str = "connect add new --connector report-exports --url http://127.0.0.1:9 --secrets file";

/// Each `ADD` stands for the command line above.
const CASES: &[Case] = &[
    // Connections
    case(
        "connect add ../x --connector report-exports --url http://h --token-env TOKEN --secrets file",
        2,
        "\"../x\" is no name for a connection",
    ),
    case(
        "connect add a/b --connector report-exports --url http://h --token-env TOKEN --secrets file",
        2,
        "\"a/b\" is no name for a connection",
    ),
    case(
        "connect add .. --connector report-exports --url http://h --token-env TOKEN --secrets file",
        2,
        "\"..\" is no name for a connection",
    ),
    case(
        "connect add new --connector nope --url http://h --token-env TOKEN --secrets file",
        2,
        "There is no connector \"nope\"",
    ),
    case(
        "connect add new --connector report-exports --url nowhere --token-env TOKEN --secrets file",
        2,
        "The URL cannot be read: relative URL without a base",
    ),
    case(
        "connect add new --connector report-exports --url ftp://h --token-env TOKEN --secrets file",
        2,
        "The URL begins with ftp, which is neither http nor https",
    ),
    case(
        "connect add new --connector report-exports --url http://u:p@h --token-env TOKEN --secrets file",
        2,
        "The URL holds a user, password, query or fragment",
    ),
    case(
        "connect add new --connector report-exports --url http://h?key=1 --token-env TOKEN --secrets file",
        2,
        "The URL holds a user, password, query or fragment",
    ),
    case(
        "connect add new --connector report-exports --url http://h --token-env TOKEN",
        2,
        "This machine has no keychain that answers",
    ),
    case(
        "connect add new --connector report-exports --url http://h --token-env TOKEN --secrets file --limit 0",
        2,
        "invalid value '0' for '--limit <N>': 0 is not in 1..=64",
    ),
    case("connect test nowhere", 2, "There is no connection \"nowhere\""),
    case("connect test ../demo", 2, "\"../demo\" is no name for a connection"),
    case("connect remove nowhere", 2, "There is no connection \"nowhere\""),
    // Tokens, headers, certificates
    case("ADD", 2, "This kind of server needs a token"),
    case("ADD --token-stdin", 2, "The token is empty"),
    Case {
        typed: "ADD --token-stdin",
        input: "one\ntwo\n",
        status: 2,
        says: "The token holds characters that cannot be sent",
    },
    Case {
        typed: "ADD --token-stdin",
        input: "schlüssel\n",
        status: 2,
        says: "The token holds characters that cannot be sent",
    },
    case("ADD --token-env EMPTY", 2, "The token is empty"),
    case("ADD --token-env LINES", 2, "The token holds characters that cannot be sent"),
    case("ADD --token-env MISSING", 2, "The environment has no MISSING"),
    case("ADD --token-env TOKEN --header nope", 2, "A --header is not of the form NAME=VALUE"),
    case("ADD --token-env TOKEN --header X{Y=1", 2, "\"X{Y\" is no name for a header"),
    case(
        "ADD --token-env TOKEN --header X-Key=ä",
        2,
        "The value of the header x-key holds characters that cannot be sent",
    ),
    case("ADD --token-env TOKEN --ca missing.pem", 2, "The certificate file [DIR]/here/missing.pem cannot be used"),
    case(
        "ADD --token-env TOKEN --ca file",
        2,
        "The certificate file [DIR]/here/file cannot be used: it holds no certificate",
    ),
    case("ADD --token-env TOKEN --to file", 12, "The folder file cannot be used: it is a file, not a folder"),
    // Parameters
    case("export nowhere a=b", 2, "There is no connection \"nowhere\""),
    case("export demo", 2, "The parameter project_id cannot be used: it is missing"),
    case("export demo project_id=a format=doc", 2, "The parameter format cannot be used: `doc` is none of its values"),
    case("export demo project_id=a fromat=csv", 2, "There is no parameter `fromat`"),
    case("export demo project_id", 2, "\"project_id\" is no parameter"),
    case(
        "export demo project_id=a project_id=b format=csv",
        2,
        "The parameter project_id cannot be used: it is given twice",
    ),
    case(
        "export demo --params missing.json",
        2,
        "The parameter file missing.json cannot be used: No such file or directory",
    ),
    case("export demo --params file", 2, "The parameter file file cannot be used: expected value at line 1 column 1"),
    case(
        "export demo project_id=a format=csv --to file",
        12,
        "The folder file cannot be used: it is a file, not a folder",
    ),
    case(
        "export demo project_id=a format=csv --sha256 xyz",
        2,
        "invalid value 'xyz' for '--sha256 <HEX>': write the 64 hexadecimal digits that `sha256sum` prints",
    ),
    case(
        "export demo project_id=a format=csv --limit-rate 5",
        2,
        "invalid value '5' for '--limit-rate <R>': write a number with its unit, such as 500kB, 2MB or 1GiB",
    ),
    case(
        "export demo project_id=a format=csv --patience soon",
        2,
        "invalid value 'soon' for '--patience <D>': write a number with its unit, such as 500ms, 30s, 10min, 2h or 1d",
    ),
    // Of the contract, and not built yet
    case("export demo project_id=a format=csv --detach", 2, "--detach is not supported yet"),
    case("daemon", 2, "unrecognized subcommand 'daemon'"),
    // Jobs
    case(
        "export demo project_id=a format=csv --priority urgent",
        2,
        "invalid value 'urgent' for '--priority <P>': write low, normal, high, or a whole number from -100 to 100",
    ),
    case("resume nothing", 2, "There is no job \"nothing\""),
    case("forget nothing", 2, "There is no job \"nothing\""),
    case("delete nothing", 2, "There is no job \"nothing\""),
    case("adopt nosuch 7", 2, "There is no connection \"nosuch\""),
    case("adopt demo 7 nosuch=1", 2, "There is no parameter `nosuch`"),
    case("show nothing", 2, "There is no job \"nothing\""),
    Case { typed: "show EMPTY", input: "", status: 2, says: "The job's id is empty" },
    case("receipt nothing", 2, "There is no job \"nothing\""),
    case("compare", 2, "Two packages are needed to compare"),
    case("compare file", 2, "Two packages are needed to compare"),
    case("compare file file file", 2, "Two packages are needed to compare, and 3 are named"),
    case("compare --connection demo --across format=csv,pdf", 2, "An export of report-exports is no package"),
    case("compare --connection demo a=b", 2, "the following required arguments were not provided:"),
    case("compare --connection nobody --across a=b,c", 2, "There is no connection \"nobody\""),
    case("compare file nothing", 2, "There is no job \"nothing\""),
    case("compare ./gone.zip file", 2, "There is no file ./gone.zip"),
    case("verify nothing", 2, "There is no job \"nothing\""),
    case("cancel nothing", 2, "There is no job \"nothing\""),
    case("retry nothing", 2, "There is no job \"nothing\""),
    case("extend nothing", 2, "There is no job \"nothing\""),
    case("jobs --phase done", 2, "\"done\" is no phase"),
    // Connector files
    case("connectors show nope", 2, "There is no connector \"nope\""),
    case("connectors check missing.toml", 2, "missing.toml cannot be read: No such file or directory"),
    case("connectors show ../../etc/passwd", 2, "There is no connector \"../../etc/passwd\""),
    case("connectors add missing.toml", 2, "missing.toml cannot be read: No such file or directory"),
    case("connectors choices nobody camera", 2, "There is no connection \"nobody\""),
    case("connectors check binary", 2, "binary cannot be read: stream did not contain valid UTF-8"),
    // Fetch
    case("fetch", 2, "the following required arguments were not provided:"),
    case("fetch nowhere", 2, "The URL cannot be read: relative URL without a base"),
    case("fetch file:///etc/passwd", 2, "The URL begins with file, which is neither http nor https"),
    case("fetch http://127.0.0.1:9/a http://127.0.0.1:9/b --name x", 2, "--name and --sha256 belong to one URL"),
    case(
        "fetch http://127.0.0.1:9/a --segments 0",
        2,
        "invalid value '0' for '--segments <N>': 0 is not in 1..=4294967295",
    ),
    case("fetch http://127.0.0.1:9/a --to file", 12, "The folder file cannot be used: it is a file, not a folder"),
    case(
        "fetch http://127.0.0.1:9/a --ca file",
        2,
        "The certificate file file cannot be used: it holds no certificate",
    ),
    // The sample service
    case(
        "serve --faults boom",
        2,
        "The fault \"boom\" says not how often it comes: write for example \"cut=5%\" or \"cut=3x\"",
    ),
    case("serve --faults boom=1%", 2, "The fault \"boom=1%\" is not known: known are "),
    case(
        "serve --faults cut=200%",
        2,
        "The fault \"cut=200%\" needs a share from 0% to 100% or a count such as 3x after the \"=\"",
    ),
    case(
        "serve --pace -1",
        2,
        "invalid value '-1' for '--pace <FACTOR>': write a number from 0 up, such as 0, 0.5 or 10",
    ),
    case(
        "serve --pace fast",
        2,
        "invalid value 'fast' for '--pace <FACTOR>': write a number from 0 up, such as 0, 0.5 or 10",
    ),
    case("serve --user anna", 2, "A --user is not of the form NAME=TOKEN"),
    case("serve --link-ttl 0s", 2, "Links must be good for a while"),
    case("serve --token-ttl 0s", 2, "Access tokens must be good for a while"),
    case("serve --user anna=s --client anna=id", 2, "A client is written NAME=ID:SECRET"),
    case("serve --user anna=s --client bert=id:s", 2, "The client \"id\" acts for a user that is not there"),
    case("serve --port 99999", 2, "invalid value '99999' for '--port <PORT>': 99999 is not in 0..=65535"),
    case("serve --data file", 12, "The data folder file cannot be used: "),
    case("serve --queue redis://h", 2, "A queue on Redis and a store in S3 go together: give both --queue and --store"),
    case(
        "serve --store s3://bucket",
        2,
        "A queue on Redis and a store in S3 go together: give both --queue and --store",
    ),
    case("serve --role worker", 2, "A part can run alone only with a queue on Redis and a store in S3"),
    case("serve --queue http://h --store s3://b", 2, "The queue's address is not of the form redis://host:port/number"),
    case("serve --queue redis://h --store s3://b", 2, "The key to the bucket is missing: set AWS_ACCESS_KEY_ID"),
    // Flags
    case("jobs --color pink", 2, "invalid value 'pink' for '--color <WHEN>'"),
    case("completions csh", 2, "invalid value 'csh' for '<SHELL>'"),
    case("--home file jobs", 12, "The home folder file cannot be used: it is a file, not a folder"),
];

#[test]
fn bad_input_gets_one_clear_sentence_and_changes_nothing() {
    let program = connected("http://127.0.0.1:9", "report-exports").with("EMPTY", "").with("LINES", "one\ntwo");
    std::fs::write(program.here().join("file"), "rubbish").expect("a file can be written");
    std::fs::write(program.here().join("binary"), [0xff, 0xfe, 0]).expect("a file can be written");
    // The store is made by the first command that needs one.
    program.run(&["recover"]).ended(0);
    let before = program.listing();
    let mut wrong = Vec::new();
    for Case { typed, input, status, says } in CASES {
        let line = typed.replace("ADD", ADD);
        let args: Vec<&str> =
            line.split(' ').map(|word| if word == "EMPTY" && line.starts_with("show") { "" } else { word }).collect();
        let ran = program.run_with(&args, input);
        let stderr = program.tidy(&ran.stderr);
        let first = stderr.lines().next().unwrap_or_default();
        let sentence = first.trim_start_matches("landfall: ").trim_start_matches("error: ");
        let advice = stderr.contains("\n  what to do: ") || stderr.contains("try '--help'");
        if ran.status != *status || !sentence.starts_with(says) || !advice || !ran.stdout.is_empty() {
            wrong.push(format!("{typed}\n  wanted {status}: {says}\n  got {}: {stderr}{}", ran.status, ran.stdout));
        }
        if first.ends_with('.') || stderr.contains("os error") || stderr.contains("panicked") {
            wrong.push(format!("{typed}\n  no sentence for a person: {stderr}"));
        }
        if program.listing() != before {
            wrong.push(format!("{typed}\n  was half done: {:?} and not {before:?}", program.listing()));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
    assert!(program.job_ids().is_empty(), "no wish was written");
}

#[test]
fn beginning_of_several_ids_is_refused_with_some_of_them() {
    let served = super::served::Served::with("job-fails=100%");
    let program = served.connected();
    // More jobs than an id's first letter can tell apart.
    let many: Vec<String> = (0..33).map(|number| number.to_string()).collect();
    for _ in &many {
        program.run(&["export", "demo", "project_id=nowhere", "format=csv", "-q"]).ended(3);
    }
    let ids = program.job_ids();
    let twice =
        ids.iter().find(|id| ids.iter().filter(|other| other[..1] == id[..1]).count() > 1).expect("33 ids, 32 letters");
    let ran = program.run(&["show", &twice[..1]]).ended(2);
    assert!(ran.stderr.starts_with("landfall: More than one job begins with"), "{}", ran.stderr);
    assert!(ran.stderr.contains("what to do: Type more of the id, such as "), "{}", ran.stderr);
    program.run(&["show", twice]).ended(0);
}

#[test]
fn connection_file_that_was_damaged_is_named_and_left_alone() {
    let program = connected("http://127.0.0.1:9", "report-exports");
    let file = program.home().join("connections/demo.toml");
    for rubbish in [
        "not toml [",
        "connector = 7",
        "connector = \"report-exports\"\nurl = \"http://h\"\nsecrets = \"file\"\nnew = 1",
    ] {
        std::fs::write(&file, rubbish).expect("it can be written");
        for args in
            [&["connect", "test", "demo"][..], &["connect", "list"], &["export", "demo", "project_id=a", "format=csv"]]
        {
            let ran = program.run(args).ended(12);
            let told = program.tidy(&ran.stderr);
            assert!(told.contains("The connection file [DIR]/home/connections/demo.toml cannot be used: "), "{told}");
            assert!(told.contains("what to do: Mend the file, or add the connection again"), "{told}");
        }
        let ran = program.run(&["connect", "list", "--json"]).ended(12);
        assert_eq!(ran.stdout.lines().count(), 1, "one document: {}", ran.stdout);
        assert_eq!(std::fs::read_to_string(&file).expect("it is there"), rubbish, "it is left for the person to mend");
    }
    super::served::add(&program, "demo", "http://127.0.0.1:9", "report-exports");
    program.run(&["connect", "list"]).ended(0);
}

#[test]
fn home_on_a_read_only_mount_is_12_and_a_sentence() {
    let program = connected("http://127.0.0.1:9", "report-exports");
    let before = program.listing();
    for typed in [
        "export demo project_id=a format=csv",
        "recover",
        "connect add new --connector report-exports --url http://h --token-env TOKEN --secrets file",
    ] {
        let script = format!(
            "mount --bind {0} {0} && mount -o remount,ro,bind {0} && \"$LANDFALL\" {typed}; echo $?",
            program.home().display()
        );
        let ran = program.script(&format!("exec unshare -Urm sh -c '{script}'")).ended(0);
        assert_eq!(ran.stdout, "12\n", "{typed}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("landfall: ") && ran.stderr.contains("what to do: "), "{typed}: {}", ran.stderr);
    }
    assert_eq!(program.listing(), before, "nothing was written");
}

#[test]
fn header_value_and_link_that_are_refused_are_not_repeated() {
    let program = Program::new().with("TOKEN", TOKEN);
    let base = ["connect", "add", "new", "--connector", "report-exports", "--token-env", "TOKEN", "--secrets", "file"];
    for more in [
        ["--url", "http://h", "--header", "X-Key=T9MARK\u{e4}"].as_slice(),
        &["--url", "http://h", "--header", "T9MARK"],
        &["--url", "http://me:T9MARK@h"],
        &["--url", "http://h/?key=T9MARK"],
        &["--url", "T9MARK"],
    ] {
        let ran = program.run(&[&base[..], more].concat()).ended(2);
        assert!(!ran.stderr.contains("T9MARK"), "{more:?} is shown again: {}", ran.stderr);
    }
    for args in
        [["fetch", "htp://h/x?sig=T9MARK"].as_slice(), &["fetch", "h/x?sig=T9MARK"], &["serve", "--user", "T9MARK"]]
    {
        let ran = program.run(args).ended(2);
        assert!(!ran.stderr.contains("T9MARK"), "{args:?} is shown again: {}", ran.stderr);
    }
}
