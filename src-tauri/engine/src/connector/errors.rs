//! Where a server's errors keep their words, and which answers with status 200 are errors.

use landfall_wire::{ErrorCode, Failure};
use minijinja::Value;

use super::answer::{Reading, Words, refusal};
use super::expression::Expression;
use super::request::RequestSpec;
use super::sheet::{Names, Sheet};
use crate::net::Answer;

/// The `[errors]` of a connector.
#[derive(Debug, Default)]
pub(crate) struct ErrorSpec {
    message: Option<Expression>,
    remediation: Option<Expression>,
    code: Option<Expression>,
}

impl ErrorSpec {
    pub(crate) fn read(root: &Sheet<'_>, names: &Names) -> Self {
        let Some(sheet) = root.table("errors") else { return Self::default() };
        let names = names.clone().with_answer();
        let expression = |key| sheet.cell(key).and_then(|cell| cell.expression(&names));
        Self { message: expression("message"), remediation: expression("remediation"), code: expression("code") }
    }

    /// What the server says in an answer that is an error.
    pub(crate) fn words(&self, reading: &Reading, answer: &Answer) -> Words {
        let known = Words::of(answer);
        Words {
            message: reading.words(self.message.as_ref()).or(known.message),
            remediation: reading.words(self.remediation.as_ref()).or(known.remediation),
            code: reading.words(self.code.as_ref()).or(known.code),
        }
    }

    /// Refuses an answer that is an error, by its status or by what the connector says.
    pub(crate) fn accept(
        &self,
        spec: &RequestSpec,
        reading: &Reading,
        answer: &Answer,
        code: ErrorCode,
        doing: &str,
    ) -> Result<(), Failure> {
        let good = (200..300).contains(&answer.status);
        let failed =
            good && (spec.fail_if.as_ref().map_or(Ok(false), |when| reading.truth(when))? || has_errors(spec, reading));
        if good && !failed {
            return Ok(());
        }
        Err(refusal(answer, self.words(reading, answer), code, doing))
    }
}

/// Whether the answer to a GraphQL request has errors (GraphQL specification, section 7.1.2).
fn has_errors(spec: &RequestSpec, reading: &Reading) -> bool {
    let errors = || reading.context().get_attr("body").and_then(|body| body.get_attr("errors"));
    spec.payload.is_graphql() && errors().is_ok_and(|errors: Value| errors.is_true())
}
