//! Every key of the whole language: those that work, and those that are reserved and refused as "not supported yet".
//!
//! A key that is in no table here is a slip of the pen, and the nearest name is offered. The reference
//! (`connectors/README.md`) lists the same keys; a test compares the two.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::problem::{Findings, UNKNOWN_KEY, nearest, or_list};

/// One key of a table.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) inner: Inner,
}

/// What a key holds, as far as names go; types are the readers' business.
#[derive(Debug)]
pub(crate) enum Inner {
    /// A value, or a table whose keys the author chooses.
    Plain,
    /// A table, or a list of tables, with keys of the language.
    Table(Tables),
    /// Known, and refused.
    Reserved,
}

/// The keys of a table, in groups that tables share.
pub(crate) type Tables = &'static [&'static [Key]];

const fn plain(name: &'static str) -> Key {
    Key { name, inner: Inner::Plain }
}

const fn table(name: &'static str, keys: Tables) -> Key {
    Key { name, inner: Inner::Table(keys) }
}

const fn later(name: &'static str) -> Key {
    Key { name, inner: Inner::Reserved }
}

/// The file as a whole.
pub(crate) static ROOT: Tables = &[&[
    plain("format"),
    plain("id"),
    plain("name"),
    plain("kind"),
    plain("help"),
    table("connection", CONNECTION),
    table("param", PARAM),
    table("submit", SUBMIT),
    table("follow", FOLLOW),
    table("states", STATES),
    table("rule", RULE),
    table("resolve", RESOLVE),
    table("download", DOWNLOAD),
    table("verify", VERIFY),
    later("acknowledge"),
    later("cancel"),
    later("delete"),
    later("errors"),
    later("fallback"),
    later("list"),
]];

/// The one request block.
static REQUEST: &[Key] = &[
    plain("get"),
    plain("post"),
    plain("put"),
    plain("patch"),
    plain("delete"),
    plain("query"),
    plain("headers"),
    plain("json"),
    plain("form"),
    later("answer"),
    later("fail_if"),
    later("graphql"),
    later("head"),
    later("multipart"),
    later("text"),
    later("timeout"),
    later("xml"),
];

/// What else a request block has where `url` is no key of the surrounding table.
static REQUEST_ELSEWHERE: &[Key] = &[later("url")];

static CONNECTION: Tables = &[&[
    plain("auth"),
    plain("correlation_header"),
    plain("headers"),
    plain("help"),
    table(
        "limits",
        &[&[
            plain("jobs"),
            plain("requests_per_second"),
            later("poll_gap"),
            later("submits_per_day"),
            later("submits_per_hour"),
        ]],
    ),
    table("test", &[REQUEST, REQUEST_ELSEWHERE]),
    table("basic", &[&[plain("user"), plain("password")]]),
    plain("cookie"),
    plain("hosts"),
    table("login", LOGIN),
    table("oauth2", &[&[plain("token"), plain("grant"), plain("client"), plain("scope"), plain("form")]]),
    plain("query"),
    plain("relogin_on"),
    plain("secret_headers"),
    plain("token_header"),
    plain("token_prefix"),
]];

static LOGIN: Tables = &[
    REQUEST,
    REQUEST_ELSEWHERE,
    &[
        table("csrf", &[&[plain("from"), plain("name"), plain("header")]]),
        plain("done_when"),
        plain("expires_in"),
        plain("keep"),
        plain("token"),
    ],
];

static PARAM: Tables = &[&[
    plain("name"),
    plain("label"),
    plain("help"),
    plain("type"),
    plain("item"),
    plain("choices"),
    plain("default"),
    plain("required"),
    plain("many"),
    plain("min"),
    plain("max"),
    plain("max_items"),
    plain("max_length"),
    table("choices_from", &[REQUEST, REQUEST_ELSEWHERE, &[plain("each"), plain("value"), plain("label")]]),
    plain("depends_on"),
    plain("identity"),
    plain("pattern"),
    plain("unit"),
]];

static SUBMIT: Tables = &[
    REQUEST,
    REQUEST_ELSEWHERE,
    &[
        plain("id"),
        plain("keep"),
        plain("idempotency_header"),
        later("adopt"),
        later("done_when"),
        later("duplicate_when"),
        later("optional"),
        later("queue_full_when"),
        later("rejected"),
        later("step"),
    ],
];

static FOLLOW: Tables = &[&[
    plain("deadline"),
    plain("stall_after"),
    plain("lost_after"),
    table("poll", POLL),
    later("many"),
    later("ours_when"),
    later("stream"),
]];

static POLL: Tables = &[
    REQUEST,
    REQUEST_ELSEWHERE,
    &[
        plain("every"),
        plain("state"),
        plain("percent"),
        plain("stage"),
        plain("message"),
        plain("reason"),
        plain("remediation"),
        later("backoff"),
        later("digest"),
        later("done"),
        later("each"),
        later("eta"),
        later("expires"),
        later("long_poll"),
        later("of"),
        later("pace"),
        later("queue_position"),
        later("size"),
        later("stages"),
        later("total"),
        later("warnings"),
    ],
];

static STATES: Tables = &[&[
    plain("waiting"),
    plain("preparing"),
    plain("ready"),
    plain("empty"),
    plain("failed"),
    plain("cancelling"),
    plain("cancelled"),
    plain("expired"),
    plain("lost"),
    later("partial"),
]];

static RULE: Tables = &[&[plain("when"), plain("state"), later("code"), later("reason")]];

static RESOLVE: Tables = &[
    REQUEST,
    &[
        plain("ready_when"),
        plain("url"),
        plain("size"),
        plain("digest"),
        plain("expires"),
        plain("every"),
        plain("tries"),
        plain("renew_on"),
        plain("direct"),
        plain("each"),
        plain("expires_in"),
        table("item", ITEM),
        plain("join"),
        plain("location"),
        plain("next"),
        plain("next_query"),
        plain("one_time"),
        plain("polled"),
    ],
];

static ITEM: Tables = &[&[
    plain("url"),
    plain("direct"),
    plain("query"),
    plain("name"),
    plain("size"),
    plain("digest"),
    plain("expires"),
    plain("expires_in"),
    plain("headers"),
]];

static DOWNLOAD: Tables =
    &[&[plain("auth"), plain("name"), plain("gunzip"), plain("headers"), plain("hosts"), plain("ranges")]];

static MANIFEST: Tables =
    &[&[plain("path"), plain("each"), plain("file"), plain("name"), plain("kind"), plain("kinds")]];

static VERIFY: Tables =
    &[&[plain("type"), plain("min_size"), table("manifest", MANIFEST), plain("records"), plain("refuse")]];

/// Notes every key that the language does not have, and every one that it only reserves.
pub(crate) fn check_names(sheet: &DeTable<'_>, keys: Tables, path: &str, findings: &Findings<'_>) {
    for (name, value) in sheet {
        let written: &str = name.get_ref();
        let full = if path.is_empty() { written.to_owned() } else { format!("{path}.{written}") };
        let known = keys.iter().copied().flatten();
        match known.clone().find(|key| key.name == written).map(|key| &key.inner) {
            None => {
                let place = if path.is_empty() { "at the top of a connector".into() } else { format!("in {path}") };
                let names = known.filter(|key| !matches!(key.inner, Inner::Reserved)).map(|key| key.name);
                let hint = nearest(written, keys.iter().copied().flatten().map(|key| key.name)).map_or_else(
                    || format!("{place} there can be {}", or_list(names)),
                    |name| format!("did you mean {name}?"),
                );
                findings.note(&name.span(), &full, UNKNOWN_KEY, hint);
            }
            Some(Inner::Reserved) => findings.note(
                &name.span(),
                &full,
                "this key belongs to the language but is not supported yet",
                "leave it out; the reference marks what works today",
            ),
            Some(Inner::Plain) => {}
            Some(Inner::Table(inner)) => match value.get_ref() {
                DeValue::Table(table) => check_names(table, inner, &full, findings),
                DeValue::Array(tables) => {
                    for table in tables.iter().filter_map(|item| item.get_ref().as_table()) {
                        check_names(table, inner, &full, findings);
                    }
                }
                _ => {}
            },
        }
    }
}

/// Every key with its tables (`follow.poll.every`), and whether it works today; for the reference's own test. Keys of
/// the request block stand once, as `request.…`.
pub fn keys() -> BTreeMap<String, bool> {
    fn is_shared(group: &[Key]) -> bool {
        [REQUEST, REQUEST_ELSEWHERE].iter().any(|request| std::ptr::eq(*request, group))
    }
    fn walk(tables: Tables, path: &str, out: &mut BTreeMap<String, bool>) {
        for group in tables.iter().copied() {
            let path = if is_shared(group) { "request" } else { path };
            for key in group {
                let full = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
                match key.inner {
                    Inner::Plain => drop(out.insert(full, true)),
                    Inner::Reserved => drop(out.insert(full, false)),
                    Inner::Table(inner) => {
                        walk(inner, &full, out);
                        if inner.iter().all(|group| is_shared(group)) {
                            out.insert(full, true);
                        }
                    }
                }
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(ROOT, "", &mut out);
    out
}
