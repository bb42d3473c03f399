//! The text form of faults: `cut=5%,503=3x,401@watch=1x,cut-every=3s`.

use std::str::FromStr;
use std::time::Duration;

use super::{Chance, Fault, Faults, Step};

/// A fault spec that cannot be understood; its message names the item and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the fault \"{item}\" {reason}")]
pub struct FaultSpecError {
    item: String,
    reason: String,
}

impl Faults {
    /// The explanation for `--help`.
    pub const HELP: &'static str = "\
Comma list of FAULT[@STEP]=HOW_OFTEN. HOW_OFTEN is a share (5%) or a count (3x: the next three times).
STEP narrows a fault of an answer: submit, watch, stream, resolve, list, result,
cancel, token.
An event stream has 401, 429, 500, 503, stall, cut, unknown-state and those with its name.
  401, 429, 500, 503  the API answers with this status (429 and 503 with Retry-After)
  lost                the request is carried out, the answer is cut off
  stall               an answer, or a download in its middle, falls silent
  garbage             the API's answer is not JSON
  wrong-types         the API's answer has numbers for text and text for numbers
  huge                the API's answer is 30 MB of JSON
  unknown-state       the status is a word that no document knows
  cut                 a download ends in the middle, an event stream after its first event
  cut-every=3s        the storage cuts each connection at this age
  expired             a link is expired when it is handed out
  wrong-digest        the storage states a digest that is not the object's
  attempt-fails       an attempt fails for a passing reason and is tried again
  job-fails           a job fails for good, with a reason and a remediation
  export-fails        a package export fails for good, a configuration export does not
  package-no-manifest, package-missing-file, package-empty, package-not-zip
                      a package is made broken in this way
  storage-fails       the storage breaks off while a result is written
  worker-dies         a worker dies and leaves its job processing: a report or package for ever,
                      any other until its 5 minutes are over
  worker-stalls       a worker falls silent for a minute in the middle of a job, then goes on
  no-link             a camera export that is done has no download yet
  stream-cut          an event stream is closed in the middle of its second event
  stream-silent       an event stream stays open and says nothing after its first event
  stream-204          an event stream is answered with 204 and nothing
  stream-html         an event stream is answered with a web page
Example: cut=5%,503=2%,stall=1%,worker-dies=1%,401@watch=1x";

    /// Adds the faults of a spec to those that are set.
    pub fn apply(&self, spec: &str) -> Result<(), FaultSpecError> {
        // All or nothing: a bad item leaves the switchboard as it was.
        let items = spec
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| parse(item).map_err(|reason| FaultSpecError { item: item.to_owned(), reason }))
            .collect::<Result<Vec<_>, _>>()?;
        for item in items {
            match item {
                Item::CutEvery(age) => self.set_cut_every(Some(age)),
                Item::Fault(fault, None, chance) => self.set(fault, chance),
                Item::Fault(fault, Some(step), chance) => self.set_at(fault, step, chance),
            }
        }
        Ok(())
    }
}

impl FromStr for Faults {
    type Err = FaultSpecError;

    fn from_str(spec: &str) -> Result<Self, FaultSpecError> {
        let faults = Self::none();
        faults.apply(spec)?;
        Ok(faults)
    }
}

enum Item {
    Fault(Fault, Option<Step>, Chance),
    CutEvery(Duration),
}

fn parse(item: &str) -> Result<Item, String> {
    let Some((name, often)) = item.split_once('=') else {
        return Err("says not how often it comes: write for example \"cut=5%\" or \"cut=3x\"".to_owned());
    };
    let (name, often) = (name.trim(), often.trim());
    if name == "cut-every" {
        return age(often).map(Item::CutEvery).ok_or_else(|| {
            "needs an age of more than nothing, such as \"cut-every=3s\" or \"cut-every=500ms\"".to_owned()
        });
    }
    let (word, step) = match name.split_once('@') {
        None => (name, None),
        Some((word, place)) => {
            let known = Step::ALL.iter().find(|(_, known)| *known == place).map(|(step, _)| *step);
            let step = known.ok_or_else(|| {
                format!("names no step: after @ comes one of {}", listed(Step::ALL.iter().map(|(_, word)| *word)))
            })?;
            (word, Some(step))
        }
    };
    let known = Fault::ALL.iter().find(|(_, known)| *known == word).map(|(fault, _)| *fault);
    let fault = known.ok_or_else(|| {
        format!("is not known: known are {}, cut-every", listed(Fault::ALL.iter().map(|(_, word)| *word)))
    })?;
    let chance = chance(often)
        .ok_or_else(|| "needs a share from 0% to 100% or a count such as 3x after the \"=\"".to_owned())?;
    Ok(Item::Fault(fault, step, chance))
}

fn chance(text: &str) -> Option<Chance> {
    if let Some(times) = text.strip_suffix('x') {
        return times.parse().ok().map(Chance::Times);
    }
    let percent: f64 = text.strip_suffix('%')?.trim().parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(Chance::Share(percent / 100.0))
}

fn age(text: &str) -> Option<Duration> {
    let (number, milliseconds) = match text.strip_suffix("ms") {
        Some(number) => (number, 1_u64),
        None => (text.strip_suffix('s')?, 1_000),
    };
    let age = number.trim().parse::<u64>().ok()?.checked_mul(milliseconds)?;
    (age > 0).then_some(Duration::from_millis(age))
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
