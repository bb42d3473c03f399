//! What must be seen of a job's life, and what was seen otherwise.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::Method;
use serde::Deserialize;

use super::contract::{End, Seen};
use super::part::{Part, PartAuth};
use crate::secrets::SafeUrl;
use crate::transfer::Digest;
use crate::units::{duration, duration_text};
use crate::verify::FileKind;

/// What must be seen of one file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenPart {
    /// Where it is.
    pub url: SafeUrl,
    /// Its name.
    pub name: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its promised digests, as `sha256:hex`.
    #[serde(default)]
    pub digests: Vec<String>,
    /// Its kind.
    pub kind: Option<FileKind>,
    /// Whether the sign-in goes with it.
    pub auth: PartAuth,
    /// When its link dies.
    pub expires_at: Option<Timestamp>,
    /// Its least size.
    pub min_size: Option<u64>,
    /// The statuses of a dead link.
    pub renew_on: Vec<u16>,
    /// Its further headers, each as `name: value`.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Whether it is unpacked on the way.
    #[serde(default)]
    pub gunzip: bool,
    /// Whether ranges of it can be asked for.
    #[serde(default = "yes")]
    pub ranges: bool,
    /// Whether its link works once.
    #[serde(default)]
    pub one_time: bool,
    /// How many records it must hold.
    pub records: Option<u64>,
}

const fn yes() -> bool {
    true
}

/// What must be seen of one job's life; what is left out is not looked at.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// `ready`, `empty`, or the name of a failure's code.
    pub end: String,
    /// The server's id of the job.
    pub job: Option<String>,
    /// A part of the failure's sentence.
    pub message: Option<String>,
    /// The server's own code for the failure.
    pub server_code: Option<String>,
    /// The failure's advice.
    pub remediation: Option<String>,
    /// The states in order.
    pub states: Vec<String>,
    /// The percents in order.
    pub percents: Option<Vec<f64>>,
    /// The stages in order.
    pub stages: Option<Vec<String>>,
    /// The server's sentences in order.
    pub messages: Option<Vec<String>>,
    /// By which submit it ended, where it is not the first.
    pub method: Option<Method>,
    /// The size that the server told while it worked.
    pub size: Option<u64>,
    /// When the server said that the result goes.
    pub expires_at: Option<Timestamp>,
    /// Parts of the warnings, in order; none when left out.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// From the submit to the end, such as `4s`.
    pub took: Option<String>,
    /// When it first counted as stalled, such as `10min`.
    pub stalled_at: Option<String>,
    /// The files.
    #[serde(default)]
    pub part: Vec<SeenPart>,
    /// The files' links when they are asked for once more; the recording holds that request as well.
    #[serde(default)]
    pub renewed: Vec<SafeUrl>,
}

impl Expectation {
    /// What was seen otherwise than recorded.
    pub fn differences(&self, seen: &Seen) -> Vec<String> {
        let mut found = self.differences_in_kind(seen);
        let mut differ = |what: &str, wanted: String, got: String| {
            if wanted != got {
                found.push(format!("{what} should be {wanted} and is {got}"));
            }
        };
        let span = |text: &String| duration(text).map_or_else(|| text.clone(), duration_text);
        let time = |at: Option<Duration>| at.map_or("never".to_owned(), duration_text);
        if let Some(job) = &self.job {
            differ("the job's id", job.clone(), seen.job.clone().unwrap_or_default());
        }
        differ("the states", self.states.join(", "), seen.states.join(", "));
        if let Some(percents) = &self.percents {
            differ("the progress", format!("{percents:?}"), format!("{:?}", seen.percents));
        }
        if let Some(stages) = &self.stages {
            differ("the stages", stages.join(", "), seen.stages.join(", "));
        }
        if let Some(messages) = &self.messages {
            differ("the messages", messages.join(", "), seen.messages.join(", "));
        }
        if self.size.is_some() {
            differ("the size", format!("{:?}", self.size), format!("{:?}", seen.size));
        }
        if self.expires_at.is_some() {
            differ("the expiry", format!("{:?}", self.expires_at), format!("{:?}", seen.expires_at));
        }
        let method = |method: Method| if method == Method::Primary { "the first" } else { "the fallback" }.to_owned();
        differ("the submit it ended by", method(self.method.unwrap_or_default()), method(seen.method));
        if let Some(took) = &self.took {
            differ("the time to the end", span(took), duration_text(seen.took));
        }
        differ("the time of the stall", self.stalled_at.as_ref().map_or("never".into(), span), time(seen.stalled_at));
        for (wanted, part) in self.part.iter().zip(&seen.parts) {
            for ((what, wanted), (_, got)) in wanted.fields().into_iter().zip(SeenPart::of(part).fields()) {
                differ(&format!("the file's {what}"), wanted, got);
            }
        }
        // Links print without their query, so that two that differ may look alike.
        if self.part.iter().zip(&seen.parts).any(|(wanted, part)| wanted.url != part.url) {
            found.push("the file's link differs, perhaps in what is not shown".into());
        }
        if !self.renewed.iter().eq(seen.renewed.iter().map(|part| &part.url)) {
            found.push("the renewed links differ, perhaps in what is not shown".into());
        }
        found
    }

    /// What was seen otherwise in kind: what must hold live as well, where ids, times and links are the server's own.
    pub fn differences_in_kind(&self, seen: &Seen) -> Vec<String> {
        let mut found = Vec::new();
        let mut differ = |what: &str, wanted: &str, got: &str| {
            if wanted != got {
                found.push(format!("{what} should be {wanted} and is {got}"));
            }
        };
        if let End::Failed(failure) = &seen.end {
            differ("the end", &self.end, &format!("{}", failure.code));
            if let Some(message) = self.message.as_ref().filter(|wanted| !failure.message.contains(*wanted)) {
                differ("the failure's sentence", message, &failure.message);
            }
            if let Some(code) = &self.server_code {
                let details = failure.details.as_ref().map(|details| details["serverCode"].to_string());
                differ("the server's code", &format!("{code:?}"), &details.unwrap_or_default());
            }
            if let Some(remediation) = &self.remediation {
                differ("the advice", remediation, &failure.remediation);
            }
            if self.end == "ready" {
                found.push(failure.message.clone());
                return found;
            }
        } else {
            differ("the end", &self.end, seen.end.word());
        }
        // Whether a poll meets a state that passes is a matter of time.
        let passes = |state: &str| state == "waiting" || state == "preparing";
        let strange =
            seen.states.iter().find(|state| !passes(state) && !self.states.iter().any(|wanted| wanted == **state));
        if let Some(strange) = strange {
            found.push(format!("the state {strange} should not be seen"));
        }
        if self.warnings.len() != seen.warnings.len()
            || self.warnings.iter().zip(&seen.warnings).any(|(wanted, got)| !got.contains(wanted.as_str()))
        {
            found.push(format!("the warnings should be {:?} and are {:?}", self.warnings, seen.warnings));
        }
        if self.part.len() != seen.parts.len() {
            found.push(format!("there should be {} files and there are {}", self.part.len(), seen.parts.len()));
        }
        let ending = |name: &Option<String>| {
            name.as_ref().and_then(|name| name.rsplit_once('.')).map_or("none".to_owned(), |(_, end)| end.to_owned())
        };
        for (wanted, part) in self.part.iter().zip(&seen.parts) {
            let mut differ = |what: &str, wanted: String, got: String| {
                if wanted != got {
                    found.push(format!("the file's {what} should be {wanted} and is {got}"));
                }
            };
            let word = |kind: Option<FileKind>| kind.map_or("none", FileKind::word).to_owned();
            differ("kind", word(wanted.kind), word(part.kind));
            differ("sign-in", format!("{:?}", wanted.auth), format!("{:?}", part.auth));
            differ("ending", ending(&wanted.name), ending(&part.name));
        }
        found
    }
}

impl SeenPart {
    /// What is compared field by field, as text; kind, sign-in and link are compared elsewhere.
    fn fields(&self) -> [(&'static str, String); 11] {
        let text = |value: Option<String>| value.unwrap_or("none".into());
        [
            ("name", text(self.name.clone())),
            ("size", text(self.size.map(|size| size.to_string()))),
            ("digests", self.digests.join(", ")),
            ("expiry", text(self.expires_at.map(|at| at.to_string()))),
            ("least size", text(self.min_size.map(|size| size.to_string()))),
            ("statuses of a dead link", format!("{:?}", self.renew_on)),
            ("headers", self.headers.join(", ")),
            ("unpacking", self.gunzip.to_string()),
            ("ranges", self.ranges.to_string()),
            ("use once", self.one_time.to_string()),
            ("records", text(self.records.map(|records| records.to_string()))),
        ]
    }

    fn of(part: &Part) -> Self {
        let word = |digest: &Digest| format!("{}:{}", digest.algorithm().word().replace('-', ""), digest.hex());
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))
        };
        Self {
            url: part.url.clone(),
            name: part.name.clone(),
            size: part.size,
            digests: part.digests.iter().map(word).collect(),
            kind: part.kind,
            auth: part.auth,
            expires_at: part.expires_at,
            min_size: part.min_size,
            renew_on: part.renew_on.clone(),
            headers: part.headers.iter().map(header).collect(),
            gunzip: part.gunzip,
            ranges: part.ranges,
            one_time: part.one_time,
            records: part.records,
        }
    }
}
