//! What the language says about signing in, about further hosts, and about what can be asked before a job is.

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};

use super::answer::Reading;
use super::auth::AuthKind;
use super::login::LoginStep;
use super::oauth2::{self, Oauth2};
use super::pages::PageHead;
use super::sign_in::{Place, Session, SignIn, SignInReading, Signature};
use super::{Choice, Connector, ParamProblem, Params, Part, Scope, wish};
use crate::net::{Answer, Request};
use crate::package::ManifestSpec;
use crate::secrets::{Credentials, Secret};

impl Connector {
    /// The secrets that a connection needs, for each of the ways to sign in.
    pub fn secrets(&self) -> Vec<(AuthKind, Vec<String>)> {
        self.signing.kinds.iter().map(|kind| (*kind, self.signing.secrets(*kind))).collect()
    }

    /// The way in which a connection with those secrets signs in; an error names what is missing.
    pub fn way(&self, credentials: &Credentials) -> Result<AuthKind, Failure> {
        self.signing.way(credentials)
    }

    /// Every host beyond the connection's own that may get the sign-in; to be shown before first use.
    pub fn hosts(&self) -> &[String] {
        &self.signing.hosts
    }

    /// How many requests the sign-in takes; 0 when the secrets are sent as they are.
    pub fn sign_in_steps(&self, credentials: &Credentials) -> usize {
        match self.signing.way(credentials) {
            Ok(AuthKind::Oauth2) => 1,
            Ok(AuthKind::Session) => self.signing.login.len(),
            _ => 0,
        }
    }

    /// A step of the sign-in. Its answer is read whatever its status is.
    pub fn sign_in_request(
        &self,
        place: &Place<'_>,
        credentials: &Credentials,
        step: usize,
        so_far: &SignIn,
        now: Timestamp,
    ) -> Result<Request, Failure> {
        let Some(oauth2) = self.signing.oauth2.as_ref().filter(|_| self.signs_in_by(AuthKind::Oauth2, credentials))
        else {
            return LoginStep::request(&self.signing.login, step, place, credentials, so_far, now);
        };
        let request = oauth2.request(place, credentials)?;
        let url = request.url.reveal();
        if url.origin() == place.url.origin() || self.signing.is_confirmed(url, place) {
            return Ok(request);
        }
        let host = oauth2::host_of(url);
        Err(Failure::new(
            ErrorCode::AuthenticationError,
            format!("Signing in would send the secrets to {host}, which nobody has confirmed"),
        )
        .with_remediation(format!("Add the connection again with --allow-host {host} if that is right")))
    }

    /// Reads a step of the sign-in; a refusal is AUTHENTICATION_ERROR.
    pub fn read_sign_in(
        &self,
        place: &Place<'_>,
        credentials: &Credentials,
        step: usize,
        so_far: SignIn,
        answer: &Answer,
    ) -> Result<SignInReading, Failure> {
        let read = if self.signs_in_by(AuthKind::Oauth2, credentials) {
            Oauth2::read_answer(answer).map(SignInReading::Done)
        } else {
            LoginStep::read_answer(&self.signing.login, step, place, credentials, so_far, answer)
        };
        // A server may repeat in its words what it was sent.
        read.map_err(|failure| without_secrets(failure, credentials))
    }

    fn signs_in_by(&self, kind: AuthKind, credentials: &Credentials) -> bool {
        self.signing.way(credentials).is_ok_and(|way| way == kind)
    }

    /// Takes from any answer of the connection's own origin what keeps a session alive: cookies, a fresh CSRF token.
    pub fn keep_up(&self, place: &Place<'_>, session: &mut Session, answer: &Answer) -> bool {
        if self.signing.login.is_empty() || answer.url.reveal().origin() != place.url.origin() {
            return false;
        }
        let mut changed = session.cookies.take(&answer.headers, answer.url.reveal(), answer.received_at);
        for (name, value) in self.signing.login.iter().filter_map(|step| step.csrf.as_ref()?.of_headers(answer)) {
            for (known, old) in &mut session.headers {
                if known == name && *old != value {
                    *old = value.clone();
                    changed = true;
                }
            }
        }
        changed
    }

    /// Statuses that mean that the sign-in is over: it is made again, once for a request.
    pub fn relogin_on(&self) -> &[u16] {
        &self.signing.relogin_on
    }

    /// Signs a request for the connection's own origin, or for a host that the connector lists and a person confirmed;
    /// any other request stays without.
    pub fn sign(&self, request: &mut Request, signature: &Signature<'_>) -> Result<(), Failure> {
        self.signing.sign(request, signature)
    }

    /// The request for the choices of a parameter; `None` when they are fixed. `given` is what is chosen so far.
    pub fn choices_request(&self, param: &str, place: &Place<'_>, given: &Params) -> Option<Result<Request, Failure>> {
        let (_, choices) = self.choices.iter().find(|(name, _)| name == param)?;
        Some(choices.build(place, &self.params, given))
    }

    /// Reads the choices of a parameter.
    pub fn read_choices(&self, param: &str, place: &Place<'_>, answer: &Answer) -> Result<Vec<Choice>, Failure> {
        match self.choices.iter().find(|(name, _)| name == param) {
            Some((_, choices)) => choices.read_answer(place, answer),
            None => Ok(Vec::new()),
        }
    }

    /// What was given so far, typed and judged, although more is needed for an export.
    pub fn given(&self, given: &[(String, String)]) -> Result<Params, ParamProblem> {
        wish::given(&self.params, given)
    }

    /// The parameters that tell two exports apart.
    pub fn identity(&self, params: &Params) -> Params {
        let tells = |name: &str| self.params.iter().any(|param| param.name == name && param.identity);
        Params(
            params
                .iter()
                .filter(|(name, _)| tells(name))
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect(),
        )
    }

    /// Where the page after this one is; `None` when it was the last.
    pub fn next_page(&self, scope: &Scope<'_>, page: &PageHead) -> Result<Option<Part>, Failure> {
        let answer = Answer {
            status: page.status,
            headers: page.headers.clone(),
            body: page.body.clone().unwrap_or_default(),
            url: page.url.clone(),
            received_at: Timestamp::UNIX_EPOCH,
        };
        let reading = Reading::among(scope.names(&self.params), &answer, None, ErrorCode::DownloadFailed);
        self.course(scope.method).resolve.next_page(scope, &reading, &page.url, page.body.is_some())
    }

    /// What the package's manifest promises.
    pub fn manifest(&self) -> Option<&ManifestSpec> {
        self.primary.resolve.manifest()
    }
}

/// The failure with every secret taken out of its words.
fn without_secrets(mut failure: Failure, credentials: &Credentials) -> Failure {
    // A short secret would tear holes into plain words, and is found by trying anyway.
    const SHORTEST: usize = 4;
    for secret in credentials.all().map(Secret::reveal).filter(|secret| secret.len() >= SHORTEST) {
        failure.message = failure.message.replace(secret, "****");
        failure.remediation = failure.remediation.replace(secret, "****");
        if failure.details.as_ref().is_some_and(|details| details.to_string().contains(secret)) {
            failure.details = None;
        }
    }
    failure
}
