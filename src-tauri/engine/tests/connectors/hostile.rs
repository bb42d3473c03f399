//! Properties: nothing that comes from outside makes the connector language panic.

use std::sync::LazyLock;

use jiff::Timestamp;
use landfall_engine::connector::{Connector, Kept, Params, Recording, Scope};
use landfall_engine::net::Answer;
use landfall_wire::Method;
use proptest::prelude::*;
use url::Url;

use crate::reading::answer;

pub(crate) static CONNECTORS: LazyLock<Vec<Connector>> = LazyLock::new(|| {
    let parse = |built_in: &landfall_engine::connector::BuiltIn| Connector::parse(built_in.file_name, built_in.source);
    Connector::built_in().iter().map(parse).collect::<Result<_, _>>().unwrap_or_else(|problems| panic!("{problems}"))
});

/// Reads an answer at every step of every built-in connector; what comes of it is either way fine.
fn read_everywhere(answer: &Answer) {
    let url = Url::parse("https://server.example").expect("a URL");
    let params = Params::default();
    let kept = Kept::new();
    let scope = Scope {
        connection_name: "hostile",
        connection_url: &url,
        params: &params,
        remote_id: Some("1"),
        kept: &kept,
        created_at: Timestamp::UNIX_EPOCH,
        correlation_id: "c",
        idempotency_key: "k",
        method: Method::Primary,
    };
    for connector in CONNECTORS.iter() {
        let steps = connector.submit_steps(scope.method);
        let mut failures: Vec<_> =
            (0..steps).filter_map(|step| connector.read_submit(&scope, step, answer).err()).collect();
        failures.extend(connector.read_poll(&scope, answer).err());
        failures.extend(connector.read_resolve(&scope, answer).err());
        failures.extend(connector.read_cancel(&scope, answer).err());
        failures.extend(connector.read_list("hostile", &url, answer).err());
        let data = String::from_utf8_lossy(&answer.body);
        for kind in ["", "job-status", "job-completed", "job-failed"] {
            let items = connector.read_event(kind, "1", &data);
            failures.extend(items.iter().filter_map(|item| connector.read_item(&scope, item).err()));
        }
        for message in failures.into_iter().map(|failure| failure.message) {
            assert!(message.len() < 4_000, "a message for a person stays short");
            assert!(!message.chars().any(char::is_control), "a message for a person stays on its line: {message:?}");
        }
    }
}

/// JSON of any shape, with the names that connectors look for.
pub(crate) fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,20}".prop_map(Into::into),
        prop_oneof![Just("completed"), Just("failed"), Just("https://s.example/a?X-Amz-Date=9&X-Amz-Expires=x")]
            .prop_map(Into::into),
    ];
    let name = prop_oneof![
        ".{0,6}",
        prop_oneof![
            Just("status"),
            Just("jobId"),
            Just("task_id"),
            Just("export_id"),
            Just("progress"),
            Just("downloadUrl"),
            Just("download_url"),
            Just("file_size"),
            Just("file_key"),
            Just("error"),
            Just("message"),
            Just("detail"),
            Just("error_message"),
            Just("remediation"),
            Just("jobs"),
            Just("exports"),
            Just("exportId"),
            Just("presignedURL"),
            Just("state"),
            Just("id"),
            Just("percentage"),
            Just("progressPct"),
            Just("output"),
            Just("sizeBytes"),
            Just("errors"),
            Just("expiry"),
        ]
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 32, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((name.clone(), inner), 0..8)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,300}") {
        let _ = Connector::parse("any.toml", &text);
        let _ = Recording::parse("any.toml", &text);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Connector::parse("any.toml", &String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_damaged_connector_is_read_or_refused(
        which in 0..5_usize,
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, "[\\PC\n]{0,6}"), 1..4),
    ) {
        let mut text: Vec<char> = Connector::built_in()[which].source.chars().collect();
        for (at, length, instead) in cuts {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, instead.chars());
        }
        let text: String = text.into_iter().collect();
        if let Err(problems) = Connector::parse("damaged.toml", &text) {
            for problem in &problems {
                prop_assert!(problem.line >= 1 && problem.line <= text.lines().count() + 1, "{}", problem);
            }
        }
    }

    #[test]
    fn any_expression_is_compiled_or_refused(source in "[a-z.|()\\[\\]{}'\"0-9 +*~-]{0,60}") {
        let text = Connector::built_in()[1].source.replace("body.jobId", &source.replace('"', "\\\""));
        let _ = Connector::parse("expression.toml", &text);
    }

    #[test]
    fn any_json_is_an_answer(status in prop_oneof![Just(200_u16), 100..600_u16], body in any_json()) {
        read_everywhere(&answer(status, "application/json", body.to_string()));
    }

    #[test]
    fn any_bytes_are_an_answer(
        status in 0..1000_u16,
        kind in "[a-z/+;= -]{0,30}",
        body in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        read_everywhere(&answer(status, &kind, body));
    }

    #[test]
    fn any_parameters_are_wishes_or_refused(given in prop::collection::vec(("fileIds|format|project_id|camera|start|padding|durationSeconds|.{0,8}", ".{0,40}"), 0..4)) {
        for connector in CONNECTORS.iter() {
            let _ = connector.wishes(&given);
        }
    }
}
