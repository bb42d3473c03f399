//! Trying out what stands beside the life of a job: the sign-in by requests, and what a package's manifest promises.

use std::collections::BTreeMap;

use http::Method;
use jiff::Timestamp;
use url::Url;

use crate::connector::problem::Findings;
use crate::connector::recording::Recording;
use crate::connector::sign_in::{Place, SignIn, SignInReading, Signature};
use crate::connector::{AuthKind, Connector};
use crate::net::Request;
use crate::secrets::{Credentials, Secret};

/// Signs in as recorded, with secrets that are called `recorded-NAME`, and compares what a request then carries.
pub(super) fn try_sign_in(connector: &Connector, parsed: &Recording, url: &Url, findings: &Findings<'_>) {
    let Some(recorded) = &parsed.sign_in else { return };
    if let Err(difference) = walk_in(connector, parsed, url) {
        findings.note(&recorded.span(), "sign_in", difference, "");
    }
}

fn walk_in(connector: &Connector, parsed: &Recording, url: &Url) -> Result<(), String> {
    let Some(recorded) = parsed.sign_in.as_ref().map(toml::Spanned::get_ref) else { return Ok(()) };
    let asked = |kind: &AuthKind| matches!(kind, AuthKind::Oauth2 | AuthKind::Session);
    let (_, names) = connector
        .secrets()
        .into_iter()
        .find(|(kind, _)| asked(kind))
        .ok_or("the connector signs in without any request")?;
    let named: BTreeMap<_, _> =
        names.into_iter().map(|name| (name.clone(), Secret::new(format!("recorded-{name}")))).collect();
    let credentials = Credentials { named, ..Credentials::default() };
    let place = Place { name: "recorded", url, hosts: connector.hosts() };
    let (mut so_far, mut session) = (SignIn::default(), None);
    for step in 0..connector.sign_in_steps(&credentials) {
        let request = connector
            .sign_in_request(&place, &credentials, step, &so_far, Timestamp::UNIX_EPOCH)
            .map_err(|failure| failure.message)?;
        let exchange =
            recorded.exchange.get(step).ok_or_else(|| format!("{request:?} is asked and no answer is recorded"))?;
        let differences = exchange.differences(&request);
        if !differences.is_empty() {
            return Err(differences.join("; "));
        }
        let answer = exchange.answer_to(&request, Timestamp::UNIX_EPOCH);
        match connector.read_sign_in(&place, &credentials, step, so_far.clone(), &answer) {
            Ok(SignInReading::Next(more)) => so_far = more,
            Ok(SignInReading::Done(done)) => session = Some(done),
            Err(failure) => return Err(failure.message),
        }
    }
    let mut request = Request::new(Method::GET, url.clone());
    let signature =
        Signature { place, credentials: &credentials, session: session.as_ref(), now: Timestamp::UNIX_EPOCH };
    connector.sign(&mut request, &signature).map_err(|failure| failure.message)?;
    for (name, wanted) in &recorded.carries {
        let value = request.headers.get(name.as_str()).and_then(|value| value.to_str().ok());
        if value != Some(wanted) {
            return Err(format!("what is asked afterwards should carry the header {name} with `{wanted}`"));
        }
    }
    Ok(())
}

/// Compares what the connector says of a manifest with the recording.
pub(super) fn try_manifest(connector: &Connector, parsed: &Recording, findings: &Findings<'_>) {
    let wanted = parsed.manifest.as_ref().map(toml::Spanned::get_ref);
    if wanted == connector.manifest() {
        return;
    }
    let place = parsed.manifest.as_ref().map_or(0..0, toml::Spanned::span);
    findings.note(&place, "manifest", "the connector reads another manifest than this", "compare verify.manifest");
}
