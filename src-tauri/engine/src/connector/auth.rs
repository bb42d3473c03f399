//! Signing requests: the one place where a secret joins a request, and only on the connection's own origin or on a
//! host that the connector lists and a person confirmed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, header};
use landfall_wire::{ErrorCode, Failure};
use minijinja::Value;
use url::Url;

use super::login::LoginStep;
use super::oauth2::Oauth2;
use super::scope::{context, site};
use super::sign_in::{Place, Session, Signature};
use super::template::Template;
use crate::net::Request;
use crate::secrets::{Credentials, Secret};

/// How a connection signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthKind {
    /// Not at all.
    None,
    /// A token in a header, `Authorization: Bearer <token>` by default.
    Bearer,
    /// Headers made of secrets.
    Headers,
    /// User and password (RFC 7617).
    Basic,
    /// A secret in the query.
    Query,
    /// A secret as a cookie.
    Cookie,
    /// A token that is fetched with client credentials or a refresh token (RFC 6749 sections 4.4 and 6).
    Oauth2,
    /// A session that begins with a login.
    Session,
}

pub(crate) const KINDS: [(&str, AuthKind); 8] = [
    ("none", AuthKind::None),
    ("bearer", AuthKind::Bearer),
    ("headers", AuthKind::Headers),
    ("basic", AuthKind::Basic),
    ("query", AuthKind::Query),
    ("cookie", AuthKind::Cookie),
    ("oauth2", AuthKind::Oauth2),
    ("session", AuthKind::Session),
];

impl AuthKind {
    /// The word as `connection.auth` writes it.
    pub fn word(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// Everything a connector says about signing in.
#[derive(Debug)]
pub(crate) struct SignSpec {
    pub(crate) kinds: Vec<AuthKind>,
    pub(crate) token_header: HeaderName,
    pub(crate) token_prefix: String,
    /// The secrets' names; without a password it is `user:`.
    pub(crate) basic: (String, Option<String>),
    pub(crate) query: Option<String>,
    pub(crate) cookie: Option<String>,
    pub(crate) headers: Vec<(HeaderName, Template)>,
    pub(crate) oauth2: Option<Oauth2>,
    pub(crate) login: Vec<LoginStep>,
    pub(crate) relogin_on: Vec<u16>,
    /// Hosts of `connection.hosts` and of `download.hosts`, with their port where they name one.
    pub(crate) hosts: Vec<String>,
}

impl SignSpec {
    /// The names of the secrets that a way to sign in needs, in the order of the file.
    pub(crate) fn secrets(&self, kind: AuthKind) -> Vec<String> {
        let mut names: Vec<String> = match kind {
            AuthKind::None => Vec::new(),
            AuthKind::Bearer | AuthKind::Query | AuthKind::Cookie => vec!["token".to_owned()],
            AuthKind::Headers => self.headers.iter().flat_map(|(_, template)| template.secrets()).collect(),
            AuthKind::Basic => std::iter::once(&self.basic.0).chain(&self.basic.1).cloned().collect(),
            AuthKind::Oauth2 => self.oauth2.iter().flat_map(Oauth2::secrets).map(str::to_owned).collect(),
            AuthKind::Session => self.login.iter().flat_map(LoginStep::secrets).collect(),
        };
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }

    /// The first way to sign in for which all secrets are there; not at all comes last.
    pub(crate) fn way(&self, credentials: &Credentials) -> Result<AuthKind, Failure> {
        let ready = |kind: &&AuthKind| self.secrets(**kind).iter().all(|name| credentials.secret(name).is_some());
        let way = self.kinds.iter().filter(|kind| **kind != AuthKind::None).find(ready);
        match way {
            Some(kind) => Ok(*kind),
            None if self.kinds.contains(&AuthKind::None) || !credentials.headers.is_empty() => Ok(AuthKind::None),
            None => Err(self.lacking(credentials)),
        }
    }

    fn lacking(&self, credentials: &Credentials) -> Failure {
        let kind = self.kinds.first().copied().unwrap_or(AuthKind::None);
        let names: Vec<String> =
            self.secrets(kind).into_iter().filter(|name| credentials.secret(name).is_none()).collect();
        let what = if names == ["token"] { "token".to_owned() } else { names.join(" and no ") };
        Failure::new(ErrorCode::AuthenticationError, format!("The connection has no {what}"))
            .with_remediation(format!("Enter the {} of this connection again; the job is kept", names.join(" and ")))
    }

    /// Adds the sign-in to a request, if its URL may have it; elsewhere the request stays without.
    pub(crate) fn sign(&self, request: &mut Request, signature: &Signature<'_>) -> Result<(), Failure> {
        let Signature { place, credentials, session, now } = *signature;
        for name in [&header::AUTHORIZATION, &header::COOKIE, &self.token_header] {
            request.headers.remove(name);
        }
        let url = request.url.reveal().clone();
        let own = url.origin() == place.url.origin();
        if !own && !self.is_confirmed(&url, &place) {
            return Ok(());
        }
        let way = self.way(credentials)?;
        for (name, value) in &credentials.headers {
            let key = HeaderName::try_from(name.as_str()).map_err(|_| unsendable(&format!("header {name:?}")))?;
            request.headers.insert(key, sensitive(value.reveal(), &format!("header {name:?}"))?);
        }
        let token = |token: Option<&Secret>| token.map(|token| token.reveal().trim().to_owned());
        match way {
            AuthKind::None => {}
            AuthKind::Bearer => self.add_token(request, token(credentials.secret("token")))?,
            AuthKind::Headers => {
                let context = secrets_context(&place, credentials);
                for (name, template) in &self.headers {
                    let text = template.text(&context).map_err(|_| unsendable(&format!("header {name}")))?;
                    request.headers.insert(name, sensitive(&text, &format!("header {name}"))?);
                }
            }
            AuthKind::Basic => {
                let secret = |name: &str| credentials.secret(name).map_or("", Secret::reveal).to_owned();
                let password = self.basic.1.as_deref().map(secret).unwrap_or_default();
                request.headers.insert(header::AUTHORIZATION, basic(&secret(&self.basic.0), &password)?);
            }
            AuthKind::Query => {
                let name = self.query.as_deref().unwrap_or("token");
                request.url = with_query(url, name, &token(credentials.secret("token")).unwrap_or_default()).into();
            }
            AuthKind::Cookie => {
                let name = self.cookie.as_deref().unwrap_or_default();
                let pair = format!("{name}={}", token(credentials.secret("token")).unwrap_or_default());
                request.headers.insert(header::COOKIE, sensitive(&pair, "token")?);
            }
            AuthKind::Oauth2 | AuthKind::Session => {
                let session = session.ok_or_else(not_signed_in)?;
                self.add_session(request, session, own, now)?;
            }
        }
        Ok(())
    }

    fn add_session(
        &self,
        request: &mut Request,
        session: &Session,
        own: bool,
        now: jiff::Timestamp,
    ) -> Result<(), Failure> {
        if session.token.is_some() {
            self.add_token(request, session.token.as_ref().map(|token| token.reveal().to_owned()))?;
        }
        if !own {
            return Ok(());
        }
        for (name, value) in &session.headers {
            request.headers.insert(name, sensitive(value.reveal(), "CSRF token")?);
        }
        for csrf in self.login.iter().filter_map(|step| step.csrf.as_ref()) {
            if let Some((name, value)) = csrf.of_cookies(&session.cookies, now) {
                request.headers.insert(name, sensitive(value.reveal(), "CSRF token")?);
            }
        }
        if let Some(cookies) = session.cookies.header(request.url.reveal(), now) {
            request.headers.insert(header::COOKIE, cookies);
        }
        Ok(())
    }

    fn add_token(&self, request: &mut Request, token: Option<String>) -> Result<(), Failure> {
        let text = format!("{}{}", self.token_prefix, token.unwrap_or_default());
        request.headers.insert(&self.token_header, sensitive(&text, "token")?);
        Ok(())
    }

    /// Whether the sign-in may go there: the connector lists the host, a person confirmed it, and it is no less safe.
    pub(crate) fn is_confirmed(&self, url: &Url, place: &Place<'_>) -> bool {
        let safe = url.scheme() == "https" || (url.scheme() == "http" && place.url.scheme() == "http");
        let listed = |hosts: &[String]| hosts.iter().any(|host| is_host(url, host));
        safe && listed(&self.hosts) && listed(place.hosts)
    }
}

/// Whether the URL lies on that host: `files.example` on the scheme's own port, or `files.example:8443`.
fn is_host(url: &Url, host: &str) -> bool {
    let Some(name) = url.host_str() else { return false };
    match url.port() {
        Some(port) => host.eq_ignore_ascii_case(&format!("{name}:{port}")),
        None => host.eq_ignore_ascii_case(name),
    }
}

/// What templates over secrets see.
pub(crate) fn secrets_context(place: &Place<'_>, credentials: &Credentials) -> Value {
    let mut names = site(place.name, place.url);
    names.insert("secret", secret_values(credentials));
    context(names)
}

pub(crate) fn secret_values(credentials: &Credentials) -> Value {
    let token = credentials.token.iter().map(|token| ("token", token));
    let named = credentials.named.iter().map(|(name, secret)| (name.as_str(), secret));
    Value::from_pairs(token.chain(named).map(|(name, secret)| (name.to_owned(), Value::from(secret.reveal()))))
}

/// User and password as RFC 7617 writes them.
pub(crate) fn basic(user: &str, password: &str) -> Result<HeaderValue, Failure> {
    if user.contains(':') {
        return Err(unsendable("user name, with its colon,"));
    }
    sensitive(&format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))), "password")
}

/// One more pair in the query, what is there staying as it is; a pair of that name gives way.
fn with_query(mut url: Url, name: &str, value: &str) -> Url {
    let own = format!("{}=", super::filters::percent(name));
    let rest = url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with(&own));
    let mut pairs: Vec<String> = rest.map(str::to_owned).collect();
    pairs.push(format!("{own}{}", super::filters::percent(value)));
    url.set_query(Some(&pairs.join("&")));
    url
}

/// A header's value that no log of the HTTP client prints.
pub(crate) fn sensitive(text: &str, what: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text).map_err(|_| unsendable(what))?;
    value.set_sensitive(true);
    Ok(value)
}

pub(crate) fn not_signed_in() -> Failure {
    Failure::new(ErrorCode::AuthenticationError, "The connection is not signed in")
        .with_remediation("Try again; if it stays so, add the connection anew")
}

fn unsendable(what: &str) -> Failure {
    Failure::new(
        ErrorCode::AuthenticationError,
        format!("The connection's {what} holds characters that cannot be sent"),
    )
    .with_remediation("Enter it again, without line breaks")
}
