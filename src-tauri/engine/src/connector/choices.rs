//! What a parameter says beyond its type: choices that are fetched from the server, what it depends on, what it looks like.

use landfall_wire::{ErrorCode, Failure};

use super::answer::{Reading, accept};
use super::expression::Expression;
use super::filters::text_of;
use super::params::{Choice, Param, ParamType, Pattern, Texts};
use super::problem::{nearest, or_list};
use super::request::RequestSpec;
use super::scope::{context, of_params, site};
use super::sheet::{Names, Sheet};
use super::sign_in::Place;
use super::wish::Params;
use crate::net::{Answer, Request};

/// No more choices are shown.
const MOST: usize = 10_000;

/// How choices are fetched.
#[derive(Debug)]
pub(crate) struct ChoicesSpec {
    request: RequestSpec,
    each: Expression,
    value: Option<Expression>,
    label: Option<Expression>,
}

/// Reads `choices_from` of every parameter, and checks what they depend on.
pub(crate) fn read_all(root: &Sheet<'_>, params: &[Param]) -> Vec<(String, ChoicesSpec)> {
    let mut all = Vec::new();
    for sheet in root.tables("param") {
        let name = sheet.cell("name").and_then(|cell| cell.value.as_str().map(str::to_owned));
        let Some((at, param)) = params.iter().enumerate().find(|(_, param)| Some(&param.name) == name.as_ref()) else {
            continue;
        };
        depends_on_another(&sheet, param, &params[..at]);
        let Some(from) = sheet.cell("choices_from") else { continue };
        if param.kind != ParamType::Choice && param.item != ParamType::Choice {
            from.note("only a choice has choices", "write type = \"choice\", or leave it out");
        }
        if let Some(cell) = sheet.cell("choices") {
            cell.note("the choices are fetched, and stand here too", "keep choices or choices_from");
        }
        if let Some(spec) = from.table().and_then(|table| ChoicesSpec::read(&table, param)) {
            all.push((param.name.clone(), spec));
        }
    }
    all
}

fn depends_on_another(sheet: &Sheet<'_>, param: &Param, before: &[Param]) {
    let (Some(other), Some(cell)) = (&param.depends_on, sheet.cell("depends_on")) else { return };
    let names = || before.iter().map(|param| param.name.as_str());
    if names().any(|name| name == other) {
        return;
    }
    let hint = match nearest(other, names()) {
        Some(near) => format!("did you mean {near}?"),
        None if before.is_empty() => "there is none: put this parameter after the one it depends on".into(),
        None => format!("there are {}", or_list(names())),
    };
    cell.note(format!("there is no parameter `{other}` before this one"), hint);
}

/// Reads `pattern`; a default that does not match it is a slip as well.
pub(crate) fn read_pattern(sheet: &Sheet<'_>, param: &Param) -> Option<Pattern> {
    let cell = sheet.cell("pattern")?;
    let is_text = param.kind == ParamType::Text || (param.kind == ParamType::List && param.item == ParamType::Text);
    if !is_text {
        cell.note("a pattern is for texts", "leave it out");
    }
    let pattern = Pattern::parse(cell.text()?);
    if pattern.is_none() {
        cell.note("it is no regular expression", "write one like \"[A-Z]{2}-[0-9]+\"; the whole text must match it");
    }
    pattern
}

impl ChoicesSpec {
    fn read(sheet: &Sheet<'_>, param: &Param) -> Option<Self> {
        let names = Names { params: Some(param.depends_on.iter().cloned().collect()), ..Names::default() };
        let answer = Names { answer: true, ..Names::default() };
        let item = Names { item: true, ..answer.clone() };
        let request = RequestSpec::read(sheet, &names);
        let each = sheet.needed("each", "write each = \"body.items\": where the answer lists the choices");
        let expression = |key| sheet.cell(key).and_then(|cell| cell.expression(&item));
        Some(Self {
            each: each?.expression(&answer)?,
            value: expression("value"),
            label: expression("label"),
            request: request?,
        })
    }

    pub(crate) fn build(&self, place: &Place<'_>, declared: &[Param], given: &Params) -> Result<Request, Failure> {
        let mut names = site(place.name, place.url);
        names.insert("params", of_params(declared, given));
        self.request.build(place.url, &context(names), &[], ErrorCode::NetworkError)
    }

    pub(crate) fn read_answer(&self, place: &Place<'_>, answer: &Answer) -> Result<Vec<Choice>, Failure> {
        const CODE: ErrorCode = ErrorCode::NetworkError;
        accept(answer, CODE, "to list the choices")?;
        let reading = Reading::among(site(place.name, place.url), answer, None, CODE);
        let mut choices: Vec<Choice> = Vec::new();
        for item in reading.items(&self.each)?.into_iter().take(MOST) {
            let reading = reading.with_item(item.clone());
            let value = match &self.value {
                Some(source) => reading.text(source)?,
                None => text_of(&item).ok(),
            };
            let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
            let label = reading.words(self.label.as_ref());
            let label = Texts(label.map(|label| ("en".to_owned(), label)).into_iter().collect());
            choices.push(Choice { value, label });
        }
        Ok(choices)
    }
}
