//! OAuth 2: a token for client credentials (RFC 6749 section 4.4) or for a refresh token (section 6).

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use landfall_wire::{ErrorCode, Failure};
use serde_json::Value as Json;
use url::Url;

use super::answer::accept;
use super::auth::{basic, not_signed_in};
use super::filters::percent;
use super::payload::pairs;
use super::sheet::{Cell, Sheet};
use super::sign_in::{Place, Session};
use crate::net::{Answer, Request};
use crate::secrets::{Credentials, Secret};

/// How a token is asked for.
#[derive(Debug)]
pub(crate) struct Oauth2 {
    /// A path below the connection's URL, or a whole URL.
    token: String,
    grant: Grant,
    client: Client,
    scope: Option<String>,
    form: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grant {
    ClientCredentials,
    RefreshToken,
}

/// How the client proves who it is (section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Client {
    Basic,
    Body,
    Public,
}

impl Oauth2 {
    pub(crate) fn read(sheet: &Sheet<'_>, hosts: &[String]) -> Option<Self> {
        let token = sheet.needed("token", "write token = \"/oauth/token\": where tokens are handed out");
        let token = token.and_then(|cell| token_url(&cell, hosts));
        let grants = [("client_credentials", Grant::ClientCredentials), ("refresh_token", Grant::RefreshToken)];
        let grant = sheet.cell("grant").and_then(|cell| cell.word(&grants, &[])).unwrap_or(Grant::ClientCredentials);
        let clients = [("basic", Client::Basic), ("body", Client::Body), ("public", Client::Public)];
        let client = sheet.cell("client").and_then(|cell| Some((cell.word(&clients, &[])?, cell)));
        if let Some((Client::Public, cell)) = &client
            && grant == Grant::ClientCredentials
        {
            cell.note("a public client has no credentials to ask with", "write client = \"basic\" or \"body\"");
        }
        let form = sheet.table("form").map(|table| {
            table.cells().filter_map(|(name, cell)| Some((name, cell.text()?.to_owned()))).collect::<Vec<_>>()
        });
        Some(Self {
            token: token?,
            grant,
            client: client.map_or(Client::Basic, |(client, _)| client),
            scope: sheet.cell("scope").and_then(|cell| cell.text().map(str::to_owned)),
            form: form.unwrap_or_default(),
        })
    }

    pub(crate) fn secrets(&self) -> Vec<&str> {
        let mut names = vec!["client_id"];
        if self.client != Client::Public {
            names.push("client_secret");
        }
        if self.grant == Grant::RefreshToken {
            names.push("refresh_token");
        }
        names
    }

    /// Where tokens are handed out.
    pub(crate) fn url(&self, place: &Place<'_>) -> Option<Url> {
        if self.token.starts_with('/') {
            let mut url = place.url.clone();
            url.set_path(&format!("{}{}", place.url.path().trim_end_matches('/'), self.token));
            url.set_query(None);
            return Some(url);
        }
        Url::parse(&self.token).ok()
    }

    pub(crate) fn request(&self, place: &Place<'_>, credentials: &Credentials) -> Result<Request, Failure> {
        let secret = |name: &str| credentials.secret(name).map_or("", Secret::reveal).to_owned();
        let mut form = match self.grant {
            Grant::ClientCredentials => vec![("grant_type".to_owned(), "client_credentials".to_owned())],
            Grant::RefreshToken => vec![
                ("grant_type".to_owned(), "refresh_token".to_owned()),
                ("refresh_token".to_owned(), secret("refresh_token")),
            ],
        };
        form.extend(self.scope.iter().map(|scope| ("scope".to_owned(), scope.clone())));
        form.extend(self.form.iter().cloned());
        let mut request = Request::new(Method::POST, self.url(place).ok_or_else(not_signed_in)?);
        match self.client {
            Client::Basic => {
                // Section 2.3.1: both are form-encoded first.
                let value = basic(&percent(&secret("client_id")), &percent(&secret("client_secret")))?;
                request.headers.insert(header::AUTHORIZATION, value);
            }
            Client::Body => {
                form.push(("client_id".to_owned(), secret("client_id")));
                form.push(("client_secret".to_owned(), secret("client_secret")));
            }
            Client::Public => form.push(("client_id".to_owned(), secret("client_id"))),
        }
        request.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers.insert(header::CONTENT_TYPE, kind);
        request.body = Some(Bytes::from(pairs(&form)));
        Ok(request)
    }

    /// Reads the token (section 5.1), or what the server says against it (section 5.2).
    pub(crate) fn read_answer(answer: &Answer) -> Result<Session, Failure> {
        accept(answer, ErrorCode::AuthenticationError, "the sign-in")?;
        let unfit = |what: &str| {
            Failure::new(ErrorCode::AuthenticationError, format!("The server's answer to the sign-in {what}"))
                .with_remediation("Ask the server's administrator whether the address of its tokens is right")
        };
        let body: Json = serde_json::from_slice(&answer.body).map_err(|_| unfit("is no JSON"))?;
        let text = |name: &str| body[name].as_str().map(str::trim).filter(|text| !text.is_empty()).map(Secret::new);
        let token = text("access_token").ok_or_else(|| unfit("holds no access_token"))?;
        Ok(Session {
            token: Some(token),
            expires_in: seconds(&body["expires_in"]),
            refresh_token: text("refresh_token"),
            ..Session::default()
        })
    }
}

/// A number of seconds, also as a text; what is none is not known.
pub(crate) fn seconds(value: &Json) -> Option<Duration> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Duration::try_from_secs_f64(number).ok()
}

/// A path, or a whole URL on a host that the connector lists.
fn token_url(cell: &Cell<'_>, hosts: &[String]) -> Option<String> {
    let text = cell.text()?;
    if text.starts_with('/') && !text.starts_with("//") && !text.contains(['?', '#', ' ', '{']) {
        return Some(text.to_owned());
    }
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "https" | "http") && url.has_host() && !text.contains('{') => {
            let host = host_of(&url);
            if !hosts.contains(&host) {
                cell.note(
                    format!("the secrets would go to {host}, which the connector does not list"),
                    format!("write hosts = [\"{host}\"] in [connection], which is shown before first use"),
                );
            }
            Some(text.to_owned())
        }
        _ => {
            cell.note(
                "it is neither a path nor a URL",
                "write \"/oauth/token\", or a whole URL whose host is in connection.hosts",
            );
            None
        }
    }
}

/// The host as lists of hosts name it, with its port where that is not the scheme's own.
pub(crate) fn host_of(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}
