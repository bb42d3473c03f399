//! Reading what `[connection]` says about signing in.

use http::{HeaderName, header};

use super::auth::{AuthKind, KINDS, SignSpec};
use super::login::LoginStep;
use super::oauth2::Oauth2;
use super::request::{header_name, headers_of};
use super::sheet::{Cell, Names, Sheet};

/// When to sign in again unless the connector says otherwise.
const RELOGIN_ON: [u16; 1] = [401];

/// The keys that belong to one way to sign in each, and what to write where the way needs them.
const OWN_KEYS: [(&str, AuthKind); 6] = [
    ("secret_headers", AuthKind::Headers),
    ("basic", AuthKind::Basic),
    ("query", AuthKind::Query),
    ("cookie", AuthKind::Cookie),
    ("oauth2", AuthKind::Oauth2),
    ("login", AuthKind::Session),
];

impl SignSpec {
    pub(crate) fn read(connection: &Sheet<'_>, root: &Sheet<'_>) -> Option<Self> {
        let kinds = read_kinds(connection)?;
        for (key, kind) in OWN_KEYS {
            let cell = connection.cell(key);
            if let Some(cell) = cell.as_ref().filter(|_| !kinds.contains(&kind)) {
                cell.note(
                    format!("it belongs to the sign-in \"{}\", which is not in auth", kind.word()),
                    format!("add \"{}\" to connection.auth, or leave it out", kind.word()),
                );
            }
            if kinds.contains(&kind) && cell.is_none() && kind != AuthKind::Basic {
                connection.needed(key, hint(kind));
            }
        }
        let mut hosts = read_hosts(connection);
        let at_home = hosts.clone();
        for host in root.table("download").iter().flat_map(read_hosts) {
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        let names = Names { more: &["secret"], ..Names::default() };
        let basic = connection.table("basic");
        let secret = |key: &str| {
            let cell = basic.as_ref()?.cell(key)?;
            secret_name(&cell)
        };
        let basic = match &basic {
            Some(sheet) => {
                let hint = "write { user = \"user\", password = \"password\" }: the secrets' names";
                sheet.needed("user", hint);
                (secret("user")?, secret("password"))
            }
            None => ("user".to_owned(), Some("password".to_owned())),
        };
        let word = |key: &str| connection.cell(key).and_then(|cell| cell.text().map(str::to_owned));
        let token_header = connection.cell("token_header").and_then(|cell| {
            let text = cell.text()?;
            if text.eq_ignore_ascii_case("authorization") {
                return Some(header::AUTHORIZATION);
            }
            header_name(text, &cell)
        });
        let statuses = connection.cell("relogin_on").map(|cell| {
            let items = cell.items("a list of HTTP statuses, such as [401, 403]");
            items.iter().filter_map(|item| u16::try_from(item.whole(400)?).ok()).collect()
        });
        Some(Self {
            token_prefix: connection.cell("token_prefix").map_or(Some("Bearer ".to_owned()), |cell| prefix(&cell))?,
            token_header: token_header.unwrap_or(header::AUTHORIZATION),
            basic,
            query: word("query"),
            cookie: connection.cell("cookie").and_then(|cell| cookie_name(&cell)),
            headers: secret_headers(connection, &names),
            oauth2: connection.table("oauth2").and_then(|sheet| Oauth2::read(&sheet, &at_home)),
            login: LoginStep::read_all(connection),
            relogin_on: statuses.unwrap_or_else(|| RELOGIN_ON.to_vec()),
            hosts,
            kinds,
        })
    }
}

fn read_kinds(connection: &Sheet<'_>) -> Option<Vec<AuthKind>> {
    let cell = connection.needed("auth", "write auth = [\"bearer\"], or auth = [\"none\"]")?;
    let items = cell.items("a list of ways to sign in, such as [\"bearer\"]");
    if items.is_empty() && cell.value.is_array() {
        cell.note("the list is empty", "write [\"bearer\"], or [\"none\"]");
    }
    Some(items.iter().filter_map(|item| item.word(&KINDS, &[])).collect())
}

fn hint(kind: AuthKind) -> &'static str {
    match kind {
        AuthKind::Headers => "write secret_headers = { X-Api-Key = \"{{ secret.key }}\" }",
        AuthKind::Query => "write query = \"api_key\": the parameter that carries the secret",
        AuthKind::Cookie => "write cookie = \"session\": the cookie that carries the secret",
        AuthKind::Oauth2 => "write oauth2 = { token = \"/oauth/token\" }",
        AuthKind::Session => "write [[connection.login]] with the request that signs in",
        AuthKind::None | AuthKind::Bearer | AuthKind::Basic => "",
    }
}

/// Hosts, each with its port where that is not the scheme's own.
pub(crate) fn read_hosts(sheet: &Sheet<'_>) -> Vec<String> {
    let Some(cell) = sheet.cell("hosts") else { return Vec::new() };
    let hosts = cell.items("a list of hosts, such as [\"files.example.com\"]").into_iter().filter_map(|item| {
        let text = item.text()?.to_ascii_lowercase();
        let good = url::Url::parse(&format!("https://{text}/"))
            .is_ok_and(|url| super::oauth2::host_of(&url) == text && url.path() == "/" && url.username().is_empty());
        if !good {
            item.note(format!("\"{text}\" is no host"), "write a host's name alone, such as \"files.example.com\"");
        }
        good.then_some(text)
    });
    hosts.collect()
}

fn secret_headers(connection: &Sheet<'_>, names: &Names) -> Vec<(HeaderName, super::template::Template)> {
    let Some(table) = connection.table("secret_headers") else { return Vec::new() };
    for (name, cell) in table.cells() {
        if cell.value.as_str().is_some_and(|text| !text.contains("secret.")) {
            cell.note(
                format!("the header {name} names no secret"),
                "write \"{{ secret.key }}\"; a header without a secret belongs into headers",
            );
        }
    }
    headers_of(&table, names)
}

/// A name under which a secret is given and kept.
fn secret_name(cell: &Cell<'_>) -> Option<String> {
    let text = cell.text()?;
    let good = text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !good {
        cell.note(
            "it is no secret's name",
            "write a name such as \"password\"; the secret itself is given with `landfall connect add`",
        );
    }
    good.then(|| text.to_owned())
}

fn cookie_name(cell: &Cell<'_>) -> Option<String> {
    let text = cell.text()?;
    let good = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    if !good {
        cell.wrong("a cookie's name, such as \"session\"");
    }
    good.then(|| text.to_owned())
}

/// What stands before the token; it may be empty, and its blanks count.
fn prefix(cell: &Cell<'_>) -> Option<String> {
    let text = cell.value.as_str();
    if text.is_none_or(|text| text.chars().any(|c| !c.is_ascii_graphic() && c != ' ')) {
        cell.wrong("a text in quotes, such as \"Token \"");
    }
    text.map(str::to_owned)
}
