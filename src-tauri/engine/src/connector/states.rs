//! From the server's words for a state to ours: one ordered list of rules, with `[states]` as its sugar.

use landfall_wire::{ErrorCode, Failure};
use minijinja::Value;
use serde::{Deserialize, Serialize};
use serde_json::json;
use toml::de::DeValue;

use super::answer::{Reading, clean};
use super::expression::Expression;
use super::filters::text_of;
use super::sheet::{Names, Sheet};

/// What the server says about a job, in our words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum RemoteState {
    /// It stands in the server's queue.
    Waiting,
    /// The server works on it.
    Preparing,
    /// The result can be fetched.
    Ready,
    /// The result can be fetched, but it is not all of what was asked for.
    Partial,
    /// It ended well with nothing in it.
    Empty,
    /// The server gave up on it.
    Failed {
        /// Why, in the server's words.
        reason: Option<String>,
        /// What the server advises.
        remediation: Option<String>,
        /// The server's own code for it.
        server_code: Option<String>,
        /// Our code for it, where a rule says so; else JOB_FAILED.
        #[serde(with = "code_name")]
        code: Option<ErrorCode>,
    },
    /// It is being cancelled.
    Cancelling,
    /// It was cancelled.
    Cancelled,
    /// Its result is gone.
    Expired,
    /// The server does not know it. Believed only after `Connector::lost_after`, since a server
    /// behind a balancer may not know its newest jobs everywhere at once.
    Lost,
}

impl RemoteState {
    /// The server gave up, for that reason.
    pub const fn failed(reason: Option<String>) -> Self {
        Self::Failed { reason, remediation: None, server_code: None, code: None }
    }

    /// The word as `[states]` writes it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Preparing => "preparing",
            Self::Ready => "ready",
            Self::Partial => "partial",
            Self::Empty => "empty",
            Self::Failed { .. } => "failed",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Lost => "lost",
        }
    }

    /// Whether the server will say nothing else about the job.
    pub const fn is_end(&self) -> bool {
        match self {
            Self::Waiting | Self::Preparing | Self::Cancelling => false,
            Self::Ready
            | Self::Partial
            | Self::Empty
            | Self::Failed { .. }
            | Self::Cancelled
            | Self::Expired
            | Self::Lost => true,
        }
    }

    /// The failure that an end without a result means.
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::Waiting | Self::Preparing | Self::Ready | Self::Partial | Self::Empty | Self::Cancelling => None,
            Self::Failed { reason, remediation, server_code, code } => {
                let message = match reason {
                    Some(reason) => format!("The server could not make the export: {reason}"),
                    None => "The server could not make the export and gives no reason".into(),
                };
                let details = json!({ "serverMessage": reason, "serverCode": server_code });
                let failure = Failure::new(code.unwrap_or(ErrorCode::JobFailed), message).with_details(details);
                Some(match remediation {
                    Some(remediation) => failure.with_remediation(remediation.clone()),
                    None => failure,
                })
            }
            Self::Cancelled => Some(Failure::new(ErrorCode::JobFailed, "The export was cancelled on the server")),
            Self::Expired => Some(Failure::new(ErrorCode::ResultExpired, "The server no longer has the result")),
            Self::Lost => Some(Failure::new(ErrorCode::JobFailed, "The server no longer knows the job")),
        }
    }
}

/// A code by its name.
mod code_name {
    use landfall_wire::ErrorCode;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, clippy::ref_option, reason = "serde asks with a reference")]
    pub(super) fn serialize<S: Serializer>(code: &Option<ErrorCode>, serializer: S) -> Result<S::Ok, S::Error> {
        code.map(ErrorCode::name).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ErrorCode>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.as_deref().and_then(ErrorCode::parse))
    }
}

const STATES: [(&str, RemoteState); 10] = [
    ("waiting", RemoteState::Waiting),
    ("preparing", RemoteState::Preparing),
    ("ready", RemoteState::Ready),
    ("partial", RemoteState::Partial),
    ("empty", RemoteState::Empty),
    ("failed", RemoteState::failed(None)),
    ("cancelling", RemoteState::Cancelling),
    ("cancelled", RemoteState::Cancelled),
    ("expired", RemoteState::Expired),
    ("lost", RemoteState::Lost),
];

/// The names that an answer, an event or an item brings.
const READ: [&str; 6] = ["body", "headers", "status", "data", "event", "item"];

/// Whether a name is brought by an answer, an event or an item.
pub(crate) fn is_read(name: &str) -> bool {
    READ.contains(&name)
}

/// The longest word for a state, in characters.
const LONGEST_WORD: usize = 60;

/// What the rules make of one answer.
#[derive(Debug)]
pub(crate) struct Judgement<'r> {
    pub(crate) state: RemoteState,
    /// The server's own word.
    pub(crate) word: Option<String>,
    /// Set when the word is unknown.
    pub(crate) warning: Option<String>,
    /// What the rule says of a failure.
    pub(crate) code: Option<ErrorCode>,
    pub(crate) reason: Option<&'r Expression>,
}

impl Judgement<'_> {
    fn of(state: RemoteState, word: Option<String>) -> Self {
        Self { state, word, warning: None, code: None, reason: None }
    }
}

/// One `[[rule]]`.
#[derive(Debug)]
struct Condition {
    when: Expression,
    state: usize,
    code: Option<ErrorCode>,
    reason: Option<Expression>,
    /// What it looks at: it is judged only where all of that is there, so that `not data.error` does not hold of a poll.
    looks_at: Vec<String>,
}

/// The rules of one connector: conditions first, in their order, then words.
#[derive(Debug)]
pub(crate) struct Rules {
    conditions: Vec<Condition>,
    words: Vec<(String, usize)>,
}

impl Rules {
    pub(crate) fn read(root: &Sheet<'_>, names: &Names) -> Self {
        let places: Vec<(&'static str, usize)> = STATES.iter().enumerate().map(|(at, (word, _))| (*word, at)).collect();
        let mut conditions = Vec::new();
        for rule in root.tables("rule") {
            let when = rule.needed("when", "write a condition, such as when = \"body.done and not body.error\"");
            let state = rule.needed("state", "write the state it means, such as state = \"ready\"");
            let when = when.and_then(|cell| cell.expression(names));
            let state = state.and_then(|cell| cell.word(&places, &[]));
            let code =
                rule.cell("code").and_then(|cell| cell.word(&ErrorCode::ALL.map(|code| (code.name(), code)), &[]));
            let reason = rule.cell("reason").and_then(|cell| cell.expression(names));
            for key in ["code", "reason"] {
                if let Some(cell) = rule.cell(key).filter(|_| state.is_some_and(|at| STATES[at].0 != "failed")) {
                    cell.note(format!("only a failure has a {key}"), "write state = \"failed\", or leave it out");
                }
            }
            if let (Some(when), Some(state)) = (when, state) {
                let looks_at: Vec<String> = when.roots().into_iter().filter(|name| is_read(name)).collect();
                let reads = |group: &[&str]| looks_at.iter().any(|name| group.contains(&name.as_str()));
                if reads(&["body", "headers", "status"]) && reads(&["data", "event"]) {
                    rule.note("a rule looks at an answer or at an event, not at both", "make two rules of it");
                }
                conditions.push(Condition { when, state, code, reason, looks_at });
            }
        }
        let mut words: Vec<(String, usize)> = Vec::new();
        for (at, (state, _)) in STATES.iter().enumerate() {
            let Some(cell) = root.table("states").and_then(|states| states.cell(state)) else { continue };
            let example = format!("{state} = [\"the server's word\"]");
            for item in cell.items(&format!("a list of the server's words: {example}")) {
                let word = match item.value {
                    DeValue::String(word) if !word.trim().is_empty() => word.trim().to_lowercase(),
                    DeValue::Integer(number) => number.as_str().to_owned(),
                    DeValue::Boolean(value) => value.to_string(),
                    _ => {
                        item.wrong("a word in quotes, a whole number, true or false");
                        continue;
                    }
                };
                match words.iter().find(|(known, _)| *known == word) {
                    Some((_, other)) => {
                        item.note(
                            format!("\"{word}\" is already a word for {}", STATES[*other].0),
                            "keep it in one of the two",
                        );
                    }
                    None => words.push((word, at)),
                }
            }
        }
        let mut meant = words.iter().map(|(_, at)| *at).chain(conditions.iter().map(|condition| condition.state));
        if !meant.any(|at| STATES[at].0 == "ready") {
            root.findings.note(
                &(0..0),
                "states.ready",
                "nothing says when the result is ready",
                "write [states] with ready = [\"completed\"]",
            );
        }
        Self { conditions, words }
    }

    /// Whether a condition looks at what is known of the job without an answer.
    pub(crate) fn read_scope(&self) -> bool {
        self.conditions
            .iter()
            .any(|one| one.when.reads_scope() || one.reason.as_ref().is_some_and(Expression::reads_scope))
    }

    /// Whether `[states]` has words, so that a `state` to compare them with is needed.
    pub(crate) fn has_words(&self) -> bool {
        !self.words.is_empty()
    }

    /// Whether the body of an answer that went well is needed to tell the state. A word in it is not, where a rule tells
    /// by the status.
    pub(crate) fn look_into_a_success(&self, state: Option<&Expression>) -> bool {
        let looks_at = |name: &str| self.conditions.iter().any(|one| one.looks_at.iter().any(|known| known == name));
        looks_at("body") || (state.is_some_and(Expression::reads_body) && !looks_at("status"))
    }

    /// What an answer says of the job's state.
    pub(crate) fn judge<'r>(
        &'r self,
        reading: &Reading,
        source: Option<&Expression>,
    ) -> Result<Judgement<'r>, Failure> {
        let said = source.map(|source| reading.value(source)).transpose()?.flatten();
        let word = said.as_ref().map(text_of).and_then(Result::ok).map(|word| clean(&word, LONGEST_WORD));
        let word = word.filter(|word| !word.is_empty());
        if let Some(condition) = self.holding(reading, |_| true)? {
            return Ok(condition.judgement(word));
        }
        let Some(source) = source else {
            return Ok(Judgement::of(RemoteState::Preparing, None));
        };
        let Some(said) = said else { return Err(reading.missing(source)) };
        let Some(word) = word else { return Err(wrong_word(reading, source, &said)) };
        let folded = word.to_lowercase();
        if let Some((_, state)) = self.words.iter().find(|(known, _)| *known == folded) {
            return Ok(Judgement::of(STATES[*state].1.clone(), Some(word)));
        }
        let warning = format!("The server says \"{word}\", which this connector does not know; taken as preparing");
        Ok(Judgement { warning: Some(warning), ..Judgement::of(RemoteState::Preparing, Some(word)) })
    }

    /// What the rules say of an answer that is no 2xx: only those count that look at the status, since a condition over
    /// a body was not written for errors.
    pub(crate) fn judge_status(&self, reading: &Reading) -> Result<Option<Judgement<'_>>, Failure> {
        let of_status = |condition: &Condition| condition.looks_at.iter().any(|name| name == "status");
        Ok(self.holding(reading, of_status)?.map(|condition| condition.judgement(None)))
    }

    /// What the rules say where there is no word.
    pub(crate) fn judge_alone(&self, reading: &Reading) -> Result<Option<Judgement<'_>>, Failure> {
        Ok(self.holding(reading, |_| true)?.map(|condition| condition.judgement(None)))
    }

    /// The state that a word alone stands for; an unknown one is preparing.
    pub(crate) fn state_of_word(&self, word: &str) -> RemoteState {
        let folded = word.trim().to_lowercase();
        let known = self.words.iter().find(|(known, _)| *known == folded);
        known.map_or(RemoteState::Preparing, |(_, state)| STATES[*state].1.clone())
    }

    fn holding(&self, reading: &Reading, which: impl Fn(&Condition) -> bool) -> Result<Option<&Condition>, Failure> {
        for condition in self.conditions.iter().filter(|condition| which(condition)) {
            if condition.looks_at.iter().all(|name| reading.has(name)) && reading.truth(&condition.when)? {
                return Ok(Some(condition));
            }
        }
        Ok(None)
    }
}

impl Condition {
    fn judgement(&self, word: Option<String>) -> Judgement<'_> {
        Judgement { code: self.code, reason: self.reason.as_ref(), ..Judgement::of(STATES[self.state].1.clone(), word) }
    }
}

fn wrong_word(reading: &Reading, source: &Expression, said: &Value) -> Failure {
    if said.as_str().is_some() { reading.missing(source) } else { reading.wrong_type(source, "a word", said) }
}
