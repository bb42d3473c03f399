//! `landfall doctor`: is this machine, and are the connections, fit for exports?

use landfall_engine::home::Home;
use landfall_engine::secrets::Vault;
use landfall_engine::store::Reader;
use landfall_wire::Failure;
use serde_json::json;

use super::{Outcome, engine, home};
use crate::args::Global;
use crate::console::{Console, size};

/// Less room than this is worth a warning: a package export of an hour's work is larger.
const LITTLE_ROOM: u64 = 1_000_000_000;

struct Finding {
    what: String,
    verdict: Verdict,
}

enum Verdict {
    Good(String),
    Worth(String),
    Bad(Failure),
}

pub(super) async fn run(global: &Global, console: &Console) -> Outcome {
    let home = home(global)?;
    let mut findings = vec![store(&home), room(&home), keychain()];
    findings.extend(connections(global, console).await);
    let status = findings
        .iter()
        .find_map(|finding| match &finding.verdict {
            Verdict::Bad(failure) => Some(failure.code.exit_status()),
            Verdict::Good(_) | Verdict::Worth(_) => None,
        })
        .unwrap_or(crate::exit::OK);
    let documents: Vec<_> = findings.iter().map(document).collect();
    console.document(&json!({ "ok": status == crate::exit::OK, "checks": documents }));
    for finding in &findings {
        match &finding.verdict {
            Verdict::Good(words) => console.line(&format!("good   {}: {words}", finding.what)),
            Verdict::Worth(words) => console.line(&format!("look   {}: {words}", finding.what)),
            Verdict::Bad(failure) => {
                console.line(&format!("bad    {}: {}", finding.what, failure.message));
                console.line(&format!("       what to do: {}", failure.remediation));
            }
        }
    }
    Ok(status)
}

fn document(finding: &Finding) -> serde_json::Value {
    let (verdict, words) = match &finding.verdict {
        Verdict::Good(words) => ("good", words.clone()),
        Verdict::Worth(words) => ("look", words.clone()),
        Verdict::Bad(failure) => ("bad", format!("{}. {}", failure.message, failure.remediation)),
    };
    json!({ "check": finding.what, "verdict": verdict, "words": words })
}

fn store(home: &Home) -> Finding {
    let verdict = match Reader::open(&home.store()).and_then(|reader| reader.jobs()) {
        Ok(jobs) => Verdict::Good(format!("{} jobs in {}", jobs.len(), home.root().display())),
        Err(error) => Verdict::Bad(error.into()),
    };
    Finding { what: "job list".into(), verdict }
}

fn room(home: &Home) -> Finding {
    let verdict = match landfall_engine::transfer::room(home.root()) {
        Some(free) if free < LITTLE_ROOM => {
            Verdict::Worth(format!("only {} free where the home lies; make room before large exports", size(free)))
        }
        Some(free) => Verdict::Good(format!("{} free where the home lies", size(free))),
        None => Verdict::Worth("this system does not say how much is free".into()),
    };
    Finding { what: "disk".into(), verdict }
}

fn keychain() -> Finding {
    let verdict = if Vault::keychain_answers() {
        Verdict::Good("answers".into())
    } else {
        Verdict::Worth("none answers; use --secrets file or --secrets session when adding a connection".into())
    };
    Finding { what: "keychain".into(), verdict }
}

async fn connections(global: &Global, console: &Console) -> Vec<Finding> {
    let engine = match engine(global, console) {
        Ok(engine) => engine,
        Err(failure) => return vec![Finding { what: "engine".into(), verdict: Verdict::Bad(failure) }],
    };
    let mut findings = Vec::new();
    match engine.connections().all() {
        Ok(connections) => {
            if connections.is_empty() {
                let words = "none yet; `landfall connect add` makes one, and `landfall try` needs none".into();
                findings.push(Finding { what: "connections".into(), verdict: Verdict::Worth(words) });
            }
            for connection in connections {
                let verdict = match engine.test(&connection.name).await {
                    Ok(Some(())) => Verdict::Good("the server accepts the sign-in".into()),
                    Ok(None) => Verdict::Worth("its connector has no test; the next export will show".into()),
                    Err(failure) => Verdict::Bad(failure),
                };
                findings.push(Finding { what: format!("connection {}", connection.name), verdict });
            }
        }
        Err(failure) => findings.push(Finding { what: "connections".into(), verdict: Verdict::Bad(failure) }),
    }
    engine.stop().await;
    findings
}
