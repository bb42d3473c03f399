//! What expressions may name, by the place of the file they stand at.

use std::collections::BTreeSet;

use super::expression::Expression;
use super::problem::{nearest, or_list};
use super::sheet::Cell;

/// What expressions at some place of the file may name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// The declared parameters; `None` where there are none to speak of.
    pub(crate) params: Option<BTreeSet<String>>,
    /// What `submit.keep` keeps; `None` before the job exists.
    pub(crate) kept: Option<BTreeSet<String>>,
    /// Whether there is an answer to read.
    pub(crate) answer: bool,
    /// Whether there is an event to read.
    pub(crate) event: bool,
    /// Whether there is one item of several to read.
    pub(crate) item: bool,
}

const JOB: [&str; 4] = ["correlation_id", "created_at", "idempotency_key", "kept"];
const CONNECTION: [&str; 2] = ["name", "url"];
const ANSWER: [&str; 3] = ["body", "headers", "status"];
const EVENT: [&str; 2] = ["data", "event"];
const EVENT_FIELDS: [&str; 2] = ["id", "type"];
const ITEM: [&str; 1] = ["item"];

impl Names {
    /// The same where there is an answer to read.
    pub(crate) fn with_answer(mut self) -> Self {
        self.answer = true;
        self
    }

    /// The same where there is one item of several to read.
    pub(crate) fn with_item(mut self) -> Self {
        self.item = true;
        self
    }

    /// The names that an answer, an event and an item bring.
    fn read(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for (there, group) in [(self.answer, &ANSWER[..]), (self.event, &EVENT), (self.item, &ITEM)] {
            if there {
                names.extend(group);
            }
        }
        names
    }

    /// Whether all that the expression names can be there; what cannot is noted.
    pub(crate) fn admit(&self, expression: &Expression, cell: &Cell<'_>) -> bool {
        let mut good = true;
        for name in expression.names() {
            if let Err((message, hint)) = self.judge(&name) {
                cell.note(message, hint);
                good = false;
            }
        }
        good
    }

    fn judge(&self, name: &str) -> Result<(), (String, String)> {
        let mut steps = name.split('.');
        let (first, second, third) = (steps.next().unwrap_or_default(), steps.next(), steps.next());
        let mut job: Vec<&str> = JOB.to_vec();
        if self.kept.is_some() {
            job.insert(0, "id");
        }
        match (first, second) {
            ("params", second) => match &self.params {
                Some(params) => within("parameter", second, params.iter().map(String::as_str)),
                None => Err(("there are no parameters here".into(), "name connection.url or connection.name".into())),
            },
            ("connection", second) => within("field of connection", second, CONNECTION),
            ("job", Some("kept")) if self.params.is_some() => {
                within("kept value", third, self.kept.iter().flatten().map(String::as_str))
            }
            ("job", second) if self.params.is_some() => within("field of job", second, job),
            ("event", second) if self.event => within("field of event", second, EVENT_FIELDS),
            (name, _) if self.read().contains(&name) => Ok(()),
            (name, _) if ANSWER.contains(&name) => {
                Err((format!("`{name}` is not there before the server has answered"), "name params.… or job.…".into()))
            }
            (name, _) if EVENT.contains(&name) => Err((
                format!("`{name}` is only there where an event is read"),
                "an answer has body, headers, status".into(),
            )),
            (name, _) if ITEM.contains(&name) => Err((
                format!("`{name}` is only there where a list is read item by item"),
                "write each = \"body.…\" beside it".into(),
            )),
            (name, _) => {
                let mut known = vec!["connection"];
                if self.params.is_some() {
                    known.extend(["params", "job"]);
                }
                known.extend(self.read());
                let param = self.params.iter().flatten().find(|param| *param == name);
                let hint = match (param, nearest(name, known.iter().copied())) {
                    (Some(param), _) => format!("write params.{param}"),
                    (None, Some(near)) => format!("did you mean {near}?"),
                    (None, None) => format!("here there are {}", or_list(known)),
                };
                Err((format!("there is nothing called `{name}`"), hint))
            }
        }
    }
}

fn within<'n>(
    what: &str,
    name: Option<&str>,
    known: impl IntoIterator<Item = &'n str>,
) -> Result<(), (String, String)> {
    let known: Vec<&str> = known.into_iter().collect();
    match name {
        None => Ok(()),
        Some(name) if known.contains(&name) => Ok(()),
        Some(name) => {
            let hint = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None if known.is_empty() => "there are none".into(),
                None => format!("there are {}", or_list(known)),
            };
            Err((format!("there is no {what} called `{name}`"), hint))
        }
    }
}
