//! A session that begins with a login: its steps, and the CSRF token that servers want replayed.

use http::HeaderName;
use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};
use minijinja::Value;

use super::answer::{Reading, accept};
use super::auth::secret_values;
use super::expression::Expression;
use super::filters::text_of;
use super::html;
use super::jar::Jar;
use super::oauth2::seconds;
use super::request::{RequestSpec, header_name};
use super::scope::{context, site};
use super::sheet::{Names, Sheet};
use super::sign_in::{Place, Session, SignIn, SignInReading};
use crate::net::{Answer, Request};
use crate::secrets::{Credentials, Secret};

/// One step of a login.
#[derive(Debug)]
pub(crate) struct LoginStep {
    request: RequestSpec,
    pub(crate) csrf: Option<Csrf>,
    keep: Vec<(String, Expression)>,
    done_when: Option<Expression>,
    token: Option<Expression>,
    expires_in: Option<Expression>,
}

/// Where a server gives its CSRF token, and the header that brings it back.
#[derive(Debug)]
pub(crate) struct Csrf {
    from: CsrfPlace,
    header: HeaderName,
}

#[derive(Debug)]
enum CsrfPlace {
    Cookie(String),
    Header(HeaderName),
    Json(Expression),
    Html(String),
}

#[derive(Clone, Copy)]
enum Word {
    Cookie,
    Header,
    Json,
    Html,
}

impl LoginStep {
    /// The steps of `[[connection.login]]`.
    pub(crate) fn read_all(connection: &Sheet<'_>) -> Vec<Self> {
        let mut names = Names { more: &["secret"], ..Names::default() };
        let mut steps = Vec::new();
        for sheet in connection.tables("login") {
            let step = Self::read(&sheet, &names);
            if sheet.cell("csrf").is_some() {
                names.more = &["secret", "csrf"];
            }
            let kept = sheet.table("keep").map(|table| table.cells().map(|(name, _)| name).collect::<Vec<_>>());
            names.login.extend(kept.unwrap_or_default());
            steps.extend(step);
        }
        steps
    }

    fn read(sheet: &Sheet<'_>, names: &Names) -> Option<Self> {
        let answer = Names { answer: true, ..names.clone() };
        let expression = |key| sheet.cell(key).and_then(|cell| cell.expression(&answer));
        let keep = sheet.table("keep").map(|table| {
            table.cells().filter_map(|(name, cell)| Some((name, cell.expression(&answer)?))).collect::<Vec<_>>()
        });
        let csrf = sheet.table("csrf").and_then(|table| Csrf::read(&table, &answer));
        Some(Self {
            request: RequestSpec::read(sheet, names)?,
            csrf,
            keep: keep.unwrap_or_default(),
            done_when: expression("done_when"),
            token: expression("token"),
            expires_in: expression("expires_in"),
        })
    }

    /// The names of the secrets it sends.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.request.templates().into_iter().flat_map(super::template::Template::secrets).collect()
    }

    /// The request, with what the steps before gave.
    pub(crate) fn request(
        steps: &[Self],
        step: usize,
        place: &Place<'_>,
        credentials: &Credentials,
        so_far: &SignIn,
        now: Timestamp,
    ) -> Result<Request, Failure> {
        // The words of a template's failure could hold what it was made of.
        let unfit = || Failure::new(ErrorCode::AuthenticationError, "A step of the sign-in cannot be made");
        let spec = steps.get(step).ok_or_else(unfit)?;
        let context = context(names(place, credentials, so_far));
        let mut request =
            spec.request.build(place.url, &context, &[], ErrorCode::AuthenticationError).map_err(|_| unfit())?;
        if let Some(cookies) = so_far.cookies.header(request.url.reveal(), now) {
            request.headers.insert(http::header::COOKIE, cookies);
        }
        let csrf = steps[..step].iter().rev().find_map(|step| step.csrf.as_ref());
        if let (Some(csrf), Some(value)) = (csrf, &so_far.csrf) {
            request.headers.insert(&csrf.header, super::auth::sensitive(value.reveal(), "CSRF token")?);
        }
        Ok(request)
    }

    /// Reads the answer; a redirect is as good as a page, since browsers are answered so.
    pub(crate) fn read_answer(
        steps: &[Self],
        step: usize,
        place: &Place<'_>,
        credentials: &Credentials,
        mut so_far: SignIn,
        answer: &Answer,
    ) -> Result<SignInReading, Failure> {
        const CODE: ErrorCode = ErrorCode::AuthenticationError;
        let unfit = |message: &str| Failure::new(CODE, message).with_remediation("Check the secrets of the connection");
        let Some(spec) = steps.get(step) else { return Err(unfit("The sign-in has no such step")) };
        if !(200..400).contains(&answer.status) {
            accept(answer, CODE, "the sign-in")?;
        }
        so_far.cookies.take(&answer.headers, answer.url.reveal(), answer.received_at);
        let reading = Reading::among(names(place, credentials, &so_far), answer, None, CODE);
        if let Some(done_when) = &spec.done_when
            && !reading.truth(done_when)?
        {
            return Err(unfit("The server does not accept the sign-in"));
        }
        for csrf in steps[..=step].iter().filter_map(|step| step.csrf.as_ref()) {
            let found = csrf.find(&so_far.cookies, answer, &reading);
            let asked = spec.csrf.as_ref().is_some_and(|own| std::ptr::eq(own, csrf));
            if found.is_none() && asked {
                return Err(unfit("The server's sign-in page holds no CSRF token where the connector looks for it"));
            }
            so_far.csrf = found.or(so_far.csrf);
        }
        let secret = |source: &Expression| -> Result<Secret, Failure> {
            let value = reading.value(source)?.ok_or_else(|| reading.missing(source))?;
            text_of(&value).map(Secret::new).map_err(|_| reading.missing(source))
        };
        for (name, source) in &spec.keep {
            so_far.kept.push((name.clone(), secret(source)?));
        }
        if let Some(source) = &spec.token {
            so_far.session.token = Some(secret(source)?);
        }
        if let Some(source) = &spec.expires_in {
            let value = reading.value(source)?.and_then(|value| serde_json::to_value(value).ok());
            so_far.session.expires_in = value.as_ref().and_then(seconds).or(so_far.session.expires_in);
        }
        if step + 1 < steps.len() {
            return Ok(SignInReading::Next(so_far));
        }
        let csrf = steps.iter().rev().find_map(|step| step.csrf.as_ref());
        let headers = csrf.filter(|csrf| !csrf.is_cookie()).and_then(|csrf| Some((csrf.header.clone(), so_far.csrf?)));
        Ok(SignInReading::Done(Session {
            headers: headers.into_iter().collect(),
            cookies: so_far.cookies,
            ..so_far.session
        }))
    }
}

impl Csrf {
    fn read(sheet: &Sheet<'_>, answer: &Names) -> Option<Self> {
        let words = [("cookie", Word::Cookie), ("header", Word::Header), ("json", Word::Json), ("html", Word::Html)];
        let hint = "write from = \"cookie\", \"header\", \"json\" or \"html\"";
        let from = sheet.needed("from", hint).and_then(|cell| cell.word(&words, &[]));
        let name = sheet.needed("name", "write the name of the cookie, header, field or input that holds it");
        let hint = "write header = \"X-CSRF-Token\": what brings it back";
        let header = sheet.needed("header", hint).and_then(|cell| header_name(cell.text()?, &cell));
        let name = name?;
        let from = match from? {
            Word::Cookie => CsrfPlace::Cookie(name.text()?.to_owned()),
            Word::Header => CsrfPlace::Header(header_name(name.text()?, &name)?),
            Word::Json => CsrfPlace::Json(name.expression(answer)?),
            Word::Html => CsrfPlace::Html(name.text()?.to_owned()),
        };
        Some(Self { from, header: header? })
    }

    fn is_cookie(&self) -> bool {
        matches!(self.from, CsrfPlace::Cookie(_))
    }

    fn find(&self, cookies: &Jar, answer: &Answer, reading: &Reading) -> Option<Secret> {
        match &self.from {
            CsrfPlace::Cookie(name) => cookies.value(name, answer.received_at).cloned(),
            CsrfPlace::Header(name) => answer.headers.get(name)?.to_str().ok().map(Secret::new),
            CsrfPlace::Json(source) => reading.text(source).ok().flatten().map(Secret::new),
            CsrfPlace::Html(name) => html::named_value(&String::from_utf8_lossy(&answer.body), name).map(Secret::new),
        }
        .filter(|token| !token.reveal().is_empty())
    }

    /// The header of today's cookie, where the token lies in one.
    pub(crate) fn of_cookies<'j>(&self, cookies: &'j Jar, now: Timestamp) -> Option<(&HeaderName, &'j Secret)> {
        match &self.from {
            CsrfPlace::Cookie(name) => Some((&self.header, cookies.value(name, now)?)),
            _ => None,
        }
    }

    /// A fresh token in the header of any answer.
    pub(crate) fn of_headers(&self, answer: &Answer) -> Option<(&HeaderName, Secret)> {
        match &self.from {
            CsrfPlace::Header(name) => Some((&self.header, Secret::new(answer.headers.get(name)?.to_str().ok()?))),
            _ => None,
        }
    }
}

fn names(
    place: &Place<'_>,
    credentials: &Credentials,
    so_far: &SignIn,
) -> std::collections::BTreeMap<&'static str, Value> {
    let mut names = site(place.name, place.url);
    names.insert("secret", secret_values(credentials));
    let kept = so_far.kept.iter().map(|(name, value)| (name.clone(), Value::from(value.reveal())));
    names.insert("login", Value::from_pairs(kept));
    if let Some(csrf) = &so_far.csrf {
        names.insert("csrf", Value::from(csrf.reveal()));
    }
    names
}
