//! What the language says about signing in, about further hosts, and about what can be asked before a job is.

use landfall_wire::Failure;

use super::auth::AuthKind;
use super::manifest::ManifestSpec;
use super::pages::PageHead;
use super::sign_in::{Place, SignIn, SignInReading, Signature};
use super::{Choice, Connector, Params, Part, Scope, auth};
use crate::net::{Answer, Request};
use crate::secrets::Credentials;

impl Connector {
    /// The secrets that a connection needs, for each of the ways to sign in.
    pub fn secrets(&self) -> Vec<(AuthKind, Vec<&str>)> {
        self.auth.iter().map(|kind| (*kind, Vec::new())).collect()
    }

    /// Every host beyond the connection's own that may get the sign-in; to be shown before first use.
    pub fn hosts(&self) -> Vec<&str> {
        Vec::new()
    }

    /// How many requests the sign-in takes; 0 when the secrets are sent as they are.
    pub fn sign_in_steps(&self, credentials: &Credentials) -> usize {
        let _ = credentials;
        0
    }

    /// A step of the sign-in. Its answer is read whatever its status is.
    pub fn sign_in_request(
        &self,
        place: &Place<'_>,
        credentials: &Credentials,
        step: usize,
        so_far: &SignIn,
    ) -> Result<Request, Failure> {
        let _ = (place, credentials, step, so_far);
        Err(auth::no_token())
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
        let _ = (place, credentials, step, so_far, answer);
        Err(auth::no_token())
    }

    /// Statuses that mean that the sign-in is over: it is made again, once for a request.
    pub fn relogin_on(&self) -> &[u16] {
        &[401]
    }

    /// Signs a request for the connection's own origin, or for a host that the connector lists and a person confirmed;
    /// any other request stays without.
    pub fn sign(&self, request: &mut Request, signature: &Signature<'_>) -> Result<(), Failure> {
        auth::authorize(&self.auth, request, signature.credentials, signature.place.url)
    }

    /// The request for the choices of a parameter; `None` when they are fixed. `given` is what is chosen so far.
    pub fn choices_request(&self, param: &str, place: &Place<'_>, given: &Params) -> Option<Result<Request, Failure>> {
        let _ = (param, place, given);
        None
    }

    /// Reads the choices of a parameter.
    pub fn read_choices(
        &self,
        param: &str,
        place: &Place<'_>,
        given: &Params,
        answer: &Answer,
    ) -> Result<Vec<Choice>, Failure> {
        let _ = (param, place, given, answer);
        Ok(Vec::new())
    }

    /// The parameters that tell two exports apart.
    pub fn identity(&self, params: &Params) -> Params {
        params.clone()
    }

    /// Where the page after this one is; `None` when it was the last.
    pub fn next_page(&self, scope: &Scope<'_>, page: &PageHead) -> Result<Option<Part>, Failure> {
        let _ = (scope, page);
        Ok(None)
    }

    /// What the package's manifest promises.
    pub fn manifest(&self) -> Option<&ManifestSpec> {
        None
    }
}
