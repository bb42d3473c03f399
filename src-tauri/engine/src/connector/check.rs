//! Checking a connector: it is parsed and typed, its requests are tried out with sample parameters, and it is driven
//! through its recorded answers.

mod sign_in;

use std::collections::BTreeSet;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure, Method};
use minijinja::Value;
use url::Url;

use super::contract::{Drive, Seen, drive};
use super::problem::{Findings, Problems};
use super::recording::{self, Recorded, RecordedJob, RecordedList, Recording, Scenario};
use super::scope::{Kept, Scope, context};
use super::template::Template;
use super::{AuthKind, Connector, Params, wish};
use crate::secrets::{Credentials, Secret};
use crate::units::duration;

/// A connector that passed, and what was seen on the way.
#[derive(Debug)]
pub struct Checked {
    /// The connector.
    pub connector: Connector,
    /// Each scenario of the recording by its name, with what was seen.
    pub replays: Vec<(String, Seen)>,
}

/// Checks a connector file, and drives it through its recorded answers (file name and text) where there are any.
pub fn check(file: &str, source: &str, recording: Option<(&str, &str)>) -> Result<Checked, Problems> {
    let connector = Connector::parse(file, source)?;
    let Some((recorded_file, recorded)) = recording else { return Ok(Checked { connector, replays: Vec::new() }) };
    let parsed = Recording::parse(recorded_file, recorded)?;
    let findings = Findings::new(recorded_file, recorded);
    if parsed.connector.get_ref() != connector.id() {
        let place = parsed.connector.span();
        let hint = format!("write connector = \"{}\"", connector.id());
        findings.note(&place, "connector", format!("these answers are not for {}", connector.id()), hint);
        return findings.settle(None);
    }
    let url = Url::parse(recording::URL).map_err(|error| Problems::whole(recorded_file, error.to_string(), ""))?;
    try_test(&connector, &parsed, &url, &findings);
    sign_in::try_sign_in(&connector, &parsed, &url, &findings);
    sign_in::try_manifest(&connector, &parsed, &findings);
    try_lists(&connector, &parsed, &url, &findings);
    for refusal in &parsed.refused {
        let said = match connector.wishes_of_json(&refusal.get_ref().wish) {
            Err(problem) if problem.to_string().contains(&refusal.get_ref().says) => continue,
            Err(problem) => format!("the refusal says: {problem}"),
            Ok(_) => "this wish should be refused and is not".to_owned(),
        };
        findings.note(&refusal.span(), "refused", said, "compare the parameters of the connector");
    }
    let mut replays = Vec::new();
    for scenario in &parsed.scenario {
        let (seen, differences) = replay(&connector, scenario, &url);
        for difference in differences {
            let message = format!("\"{}\": {difference}", scenario.name.get_ref());
            findings.note(&scenario.name.span(), "scenario", message, "");
        }
        replays.extend(seen.map(|seen| (scenario.name.get_ref().clone(), seen)));
    }
    findings.settle(Some(Checked { connector, replays }))
}

/// Drives a connector through one recorded scenario.
fn replay(connector: &Connector, scenario: &Scenario, url: &Url) -> (Option<Seen>, Vec<String>) {
    let params = match connector.wishes_of_json(&scenario.wish) {
        Ok(wishes) => {
            let (made, wanted) = (wishes.len(), scenario.makes.unwrap_or(1));
            if made != wanted {
                return (None, vec![format!("the wish should make {wanted} jobs and makes {made}")]);
            }
            wishes.into_iter().next().unwrap_or_default()
        }
        Err(problem) => return (None, vec![format!("the wish is refused: {problem}")]),
    };
    let mut server = Recorded::new(&scenario.exchange);
    let credentials = recorded_credentials(connector);
    let drive_once = Drive {
        connector,
        connection_url: url,
        credentials: &credentials,
        params: &params,
        correlation_id: recording::CORRELATION_ID,
        idempotency_key: recording::IDEMPOTENCY_KEY,
        renew: !scenario.expect.renewed.is_empty(),
        cancel_after: scenario.cancel_after.as_deref().and_then(duration),
    };
    let seen = drive(&drive_once, &mut server);
    let mut differences = server.finish();
    if differences.is_empty() {
        differences = scenario.expect.differences(&seen);
    }
    (Some(seen), differences)
}

/// What a recorded server is asked with: the token, and the secrets of ways to sign in that need no request, `recorded-NAME`.
fn recorded_credentials(connector: &Connector) -> Credentials {
    let ways = connector.secrets().into_iter();
    let sent = ways.filter(|(kind, _)| matches!(kind, AuthKind::Basic | AuthKind::Headers));
    let named = sent.flat_map(|(_, names)| names).filter(|name| name != "token");
    Credentials {
        named: named.map(|name| (name.clone(), Secret::new(format!("recorded-{name}")))).collect(),
        ..Credentials::token(Secret::new(recording::TOKEN))
    }
}

fn try_test(connector: &Connector, parsed: &Recording, url: &Url, findings: &Findings<'_>) {
    let Some(exchange) = &parsed.test else { return };
    let mut differences = Vec::new();
    match connector.test_request("recorded", url) {
        None => differences.push("the connector has no connection.test".to_owned()),
        Some(Err(failure)) => differences.push(failure.message),
        Some(Ok(mut request)) => {
            let credentials = recorded_credentials(connector);
            if let Err(failure) = connector.authorize(&mut request, &credentials, url) {
                differences.push(failure.message);
            }
            differences.extend(exchange.get_ref().differences(&request));
            let answer = exchange.get_ref().answer_to(&request, Timestamp::UNIX_EPOCH);
            if let Err(failure) = connector.read_test(&answer) {
                differences.push(failure.message);
            }
        }
    }
    for difference in differences {
        findings.note(&exchange.span(), "test", difference, "");
    }
}

/// Reads each recorded page of the account's jobs.
fn try_lists(connector: &Connector, parsed: &Recording, url: &Url, findings: &Findings<'_>) {
    for list in &parsed.list {
        let RecordedList { exchange, jobs, next } = list.get_ref();
        let read = || -> Result<Vec<String>, Failure> {
            let missing = || Failure::new(ErrorCode::NetworkError, "the connector has no list");
            let mut request = connector.list_request("recorded", url, None).ok_or_else(missing)??;
            connector.authorize(&mut request, &recorded_credentials(connector), url)?;
            let mut differences = exchange.differences(&request);
            let listing = connector.read_list("recorded", url, &exchange.answer_to(&request, Timestamp::UNIX_EPOCH))?;
            let seen: Vec<RecordedJob> = listing.jobs.into_iter().map(RecordedJob::of).collect();
            if seen != *jobs {
                differences.push(format!("the jobs should be {jobs:?} and are {seen:?}"));
            }
            let seen = listing.next.map(String::from);
            if seen != *next {
                differences.push(format!("the next page should be {next:?} and is {seen:?}"));
            }
            Ok(differences)
        };
        for difference in read().unwrap_or_else(|failure| vec![failure.message]) {
            findings.note(&list.span(), "list", difference, "");
        }
    }
    if parsed.list.is_empty() && connector.list_supported() {
        findings.note(&parsed.connector.span(), "list", "no page of the account's jobs is recorded", "write [[list]]");
    }
}

/// Tries every template that needs no answer with sample parameters: all of them given, and none that may be left out.
pub(super) fn try_out(connector: &Connector, findings: &Findings<'_>) {
    let Ok(url) = Url::parse(recording::URL) else { return };
    let kept: Kept = connector.kept_names().map(|name| (name.to_owned(), "sample".into())).collect();
    let samples = samples(connector);
    let mut told: BTreeSet<usize> = BTreeSet::new();
    for params in &samples {
        let scope = Scope {
            connection_name: "sample",
            connection_url: &url,
            params,
            remote_id: Some("sample"),
            kept: &kept,
            created_at: Timestamp::UNIX_EPOCH,
            correlation_id: recording::CORRELATION_ID,
            idempotency_key: recording::IDEMPOTENCY_KEY,
            method: Method::Primary,
        };
        let context: Value = context(scope.names(&connector.params));
        for template in connector.templates().filter(|template| !template.reads_answer()) {
            let result =
                template.try_out(&context).and_then(|text| connector.primary.resolve.admit_kind(template, &text));
            if let Err(unusable) = result
                && told.insert(template.place().start)
            {
                let given = params.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
                let given = if given.is_empty() { "no parameters".into() } else { given };
                findings.note(
                    &template.place(),
                    template.key(),
                    format!("with {given}: {}", unusable.message),
                    advice(template),
                );
            }
        }
    }
}

fn advice(template: &Template) -> &'static str {
    if template.expressions().any(|expression| expression.names().iter().any(|name| name.starts_with("params."))) {
        "give the parameter required = true or a default, or change the expression"
    } else {
        "change the expression"
    }
}

/// Every choice once, all else with one believable value; and the least that can be given.
fn samples(connector: &Connector) -> Vec<Params> {
    let mut all = vec![Params::default()];
    for param in connector.params() {
        let apart = param.depends_on.as_ref().is_some_and(|other| !wish::is_there(all.first(), other));
        if !apart && (param.required || param.default.is_some()) {
            let value = param.default.clone().or_else(|| param.samples().into_iter().next());
            all[0].0.extend(value.map(|value| (param.name.clone(), value)));
        }
    }
    let mut full = Params::default();
    for param in connector.params() {
        full.0.extend(param.samples().into_iter().next().map(|value| (param.name.clone(), value)));
    }
    for param in connector.params() {
        for value in param.samples() {
            let mut one = full.clone();
            one.0.insert(param.name.clone(), value);
            all.push(one);
        }
    }
    all
}
