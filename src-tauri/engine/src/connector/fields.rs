//! What an answer or an event says of a job besides its state: one set of sources for both.

use std::time::Duration;

use landfall_wire::Failure;
use minijinja::Value;

use super::answer::Reading;
use super::expression::Expression;
use super::filters::{moment, text_of};
use super::follow::{Eta, Report};
use super::sheet::{Names, Sheet};
use super::states::{Judgement, RemoteState, Rules};

/// No answer puts more warnings into a timeline.
const MOST_WARNINGS: usize = 20;

/// The sources of one poll, or of one type of event.
#[derive(Debug)]
pub(crate) struct Fields {
    pub(crate) state: Option<Expression>,
    percent: Option<Expression>,
    done: Option<Expression>,
    total: Option<Expression>,
    stage: Option<Expression>,
    /// The stages in their order, in lower case, with how much of the whole each is.
    stages: Vec<(String, f64)>,
    message: Option<Expression>,
    reason: Option<Expression>,
    remediation: Option<Expression>,
    code: Option<Expression>,
    queue_position: Option<Expression>,
    eta: Option<Expression>,
    size: Option<Expression>,
    expires: Option<Expression>,
    warnings: Option<Expression>,
    keep: Vec<(String, Expression)>,
}

impl Fields {
    pub(crate) fn read(sheet: &Sheet<'_>, names: &Names) -> Self {
        let expression = |key| sheet.cell(key).and_then(|cell| cell.expression(names));
        for (key, other) in [("done", "total"), ("total", "done"), ("stages", "stage")] {
            if let (Some(cell), None) = (sheet.cell(key), sheet.cell(other)) {
                cell.note(format!("it says nothing without {other}"), format!("write {other} = \"…\" as well"));
            }
        }
        if let (Some(_), Some(done)) = (sheet.cell("percent"), sheet.cell("done")) {
            done.note("the progress is said twice", "keep percent, or done and total");
        }
        Self {
            state: expression("state"),
            percent: expression("percent"),
            done: expression("done"),
            total: expression("total"),
            stage: expression("stage"),
            stages: stages(sheet),
            message: expression("message"),
            reason: expression("reason"),
            remediation: expression("remediation"),
            code: expression("code"),
            queue_position: expression("queue_position"),
            eta: expression("eta"),
            size: expression("size"),
            expires: expression("expires"),
            warnings: expression("warnings"),
            keep: keep(sheet, names),
        }
    }

    /// Whether any of them looks at what is known of the job without an answer.
    pub(crate) fn read_scope(&self) -> bool {
        let for_show = [&self.percent, &self.done, &self.total, &self.stage, &self.message, &self.queue_position];
        let others = [&self.state, &self.reason, &self.remediation, &self.code, &self.eta, &self.size, &self.expires];
        let named = for_show.into_iter().chain(others).chain([&self.warnings]).flatten();
        named.chain(self.keep.iter().map(|(_, source)| source)).any(Expression::reads_scope)
    }

    /// The names of what it keeps.
    pub(crate) fn kept_names(&self) -> impl Iterator<Item = &str> {
        self.keep.iter().map(|(name, _)| name.as_str())
    }

    /// What is reported of a job whose state the rules have found.
    pub(crate) fn report(&self, reading: &Reading, judgement: Judgement) -> Report {
        let Judgement { mut state, word, warning, code, reason } = judgement;
        if let RemoteState::Failed { reason: why, remediation, server_code, code: ours } = &mut state {
            *why = reading.words(reason).or_else(|| reading.words(self.reason.as_ref()));
            *remediation = reading.words(self.remediation.as_ref());
            *server_code = reading.words(self.code.as_ref());
            *ours = code;
        }
        let mut report = Report::of(state);
        report.word = word;
        report.warnings.extend(warning);
        report.stage = reading.words(self.stage.as_ref());
        report.percent = self.read_percent(reading, report.stage.as_deref(), &mut report.warnings);
        report.message = reading.words(self.message.as_ref());
        // All of this is for show: what is unusable is left out.
        let value = |source: &Option<Expression>| reading.value(source.as_ref()?).ok().flatten();
        report.queue_position = value(&self.queue_position).as_ref().and_then(number).and_then(whole);
        report.size = value(&self.size).as_ref().and_then(number).and_then(whole);
        report.expires_at = value(&self.expires).and_then(|value| moment(&value).ok());
        report.eta = value(&self.eta).as_ref().and_then(eta);
        if let Some(said) = value(&self.warnings) {
            report.warnings.extend(sentences(&said));
        }
        match reading.keep(&self.keep) {
            Ok(kept) => report.kept = kept,
            Err(failure) => report.warnings.push(failure.message),
        }
        report
    }

    /// The same of an event; `None` for one that says nothing of the state although its type may.
    pub(crate) fn judge_event(&self, reading: &Reading, rules: &Rules) -> Result<Option<Report>, Failure> {
        let silent = match &self.state {
            Some(source) => reading.value(source)?.is_none(),
            None => false,
        };
        if silent {
            return Ok(rules.judge_alone(reading)?.map(|judgement| self.report(reading, judgement)));
        }
        self.judge(reading, rules).map(Some)
    }

    /// What the rules make of it, and all else that it says.
    pub(crate) fn judge(&self, reading: &Reading, rules: &Rules) -> Result<Report, Failure> {
        let judgement = rules.judge(reading, self.state.as_ref())?;
        Ok(self.report(reading, judgement))
    }

    /// A percent is for show: one that is unusable is noted and left out, never an error.
    fn read_percent(&self, reading: &Reading, stage: Option<&str>, warnings: &mut Vec<String>) -> Option<f64> {
        let value = |source: &Option<Expression>| reading.value(source.as_ref()?).ok().flatten();
        let (source, percent) = match (&self.percent, &self.done) {
            (Some(source), _) => (source, number(&value(&self.percent)?)),
            (None, Some(source)) => {
                let (done, total) = (value(&self.done)?, value(&self.total)?);
                let share = number(&done).zip(number(&total)).filter(|(_, total)| *total > 0.0);
                (source, share.map(|(done, total)| done / total * 100.0))
            }
            (None, None) => return self.weigh(stage?, 0.0),
        };
        match percent {
            Some(percent) if (0.0..=100.0).contains(&percent) && self.stages.is_empty() => Some(percent),
            Some(percent) if (0.0..=100.0).contains(&percent) => self.weigh(stage?, percent),
            _ => {
                let place = source.source();
                warnings.push(format!("The server's progress (`{place}`) is no number from 0 to 100; left out"));
                None
            }
        }
    }

    /// The progress of the whole at that percent of a stage; none for a stage that has no weight.
    fn weigh(&self, stage: &str, percent: f64) -> Option<f64> {
        let stage = stage.to_lowercase();
        let at = self.stages.iter().position(|(name, _)| *name == stage)?;
        let sum = |stages: &[(String, f64)]| stages.iter().map(|(_, weight)| weight).sum::<f64>();
        let before = sum(&self.stages[..at]) + self.stages[at].1 * percent / 100.0;
        Some(before / sum(&self.stages) * 100.0)
    }
}

/// A table of sources under `keep`.
pub(crate) fn keep(sheet: &Sheet<'_>, names: &Names) -> Vec<(String, Expression)> {
    let Some(table) = sheet.table("keep") else { return Vec::new() };
    table
        .cells()
        .filter_map(|(name, cell)| {
            if super::follow::OWN_KEPT.contains(&name.as_str()) {
                cell.note(format!("Landfall keeps `{name}` itself"), "choose another name");
            }
            Some((name, cell.expression(names)?))
        })
        .collect()
}

/// The names under `keep`, whatever else is wrong with them.
pub(crate) fn named(sheet: &Sheet<'_>) -> Vec<String> {
    let table = sheet.any_table("keep");
    table.iter().flat_map(Sheet::cells).map(|(name, _)| name).collect()
}

fn stages(sheet: &Sheet<'_>) -> Vec<(String, f64)> {
    let Some(table) = sheet.table("stages") else { return Vec::new() };
    let weights = table.cells().filter_map(|(name, cell)| {
        let weight = cell.number()?;
        if weight <= 0.0 {
            cell.wrong("a number above 0");
        }
        Some((name.to_lowercase(), weight))
    });
    weights.collect()
}

/// A number, or a text of one, with a percent sign or without.
fn number(value: &Value) -> Option<f64> {
    let text = text_of(value).ok()?;
    text.trim().trim_end_matches('%').parse::<f64>().ok().filter(|number| number.is_finite())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
fn whole(number: f64) -> Option<u64> {
    (0.0..=9_007_199_254_740_992.0).contains(&number).then_some(number as u64)
}

/// Seconds to the end, or the time of it. What is beyond a year from now, or in 1970, is no estimate of anybody.
fn eta(value: &Value) -> Option<Eta> {
    const YEAR: f64 = 366.0 * 86_400.0;
    match number(value) {
        Some(seconds) if (0.0..=YEAR).contains(&seconds) => Some(Eta::In(Duration::from_secs_f64(seconds))),
        _ => moment(value).ok().map(Eta::At),
    }
}

/// A sentence, or several.
fn sentences(value: &Value) -> Vec<String> {
    let one =
        |value: &Value| text_of(value).ok().map(|text| super::answer::sentence(&text)).filter(|text| !text.is_empty());
    match one(value) {
        Some(sentence) => vec![sentence],
        None => value.try_iter().ok().into_iter().flatten().take(MOST_WARNINGS).filter_map(|item| one(&item)).collect(),
    }
}
