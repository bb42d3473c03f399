//! The keys, table by table.

use super::{Key, Tables, again, each, plain, table};

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
    table("cancel", CANCEL),
    table("delete", ORDER),
    table("acknowledge", ORDER),
    table("list", LIST),
    table("errors", &[&[plain("message"), plain("remediation"), plain("code")]]),
    table("fallback", FALLBACK),
]];

static ORDER: Tables = &[REQUEST, &[plain("over")]];

static CANCEL: Tables = &[REQUEST, &[plain("over"), plain("wait")]];

static LIST: Tables = &[
    REQUEST,
    &[
        plain("each"),
        plain("id"),
        plain("state"),
        plain("created_at"),
        plain("correlation_id"),
        plain("keep"),
        plain("next"),
    ],
];

static FALLBACK: Tables = &[&[
    again("submit", SUBMIT),
    again("follow", FOLLOW),
    again("states", STATES),
    again("rule", RULE),
    again("resolve", RESOLVE),
    again("download", DOWNLOAD),
    again("verify", VERIFY),
    again("cancel", CANCEL),
]];

/// The one request block.
pub(super) static REQUEST: &[Key] = &[
    plain("get"),
    plain("post"),
    plain("put"),
    plain("patch"),
    plain("delete"),
    plain("query"),
    plain("headers"),
    plain("json"),
    plain("form"),
    plain("answer"),
    plain("fail_if"),
    plain("graphql"),
    plain("head"),
    plain("multipart"),
    plain("text"),
    plain("timeout"),
    plain("xml"),
];

/// What a poll and an event say of a job.
pub(super) static FIELD: &[Key] = &[
    plain("state"),
    plain("percent"),
    plain("done"),
    plain("total"),
    plain("stage"),
    plain("stages"),
    plain("message"),
    plain("reason"),
    plain("remediation"),
    plain("code"),
    plain("queue_position"),
    plain("eta"),
    plain("size"),
    plain("expires"),
    plain("warnings"),
    plain("keep"),
];

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
            plain("poll_gap"),
            plain("submits_per_day"),
            plain("submits_per_hour"),
        ]],
    ),
    table("test", &[REQUEST]),
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
    table("choices_from", &[REQUEST, &[plain("each"), plain("value"), plain("label")]]),
    plain("depends_on"),
    plain("identity"),
    plain("pattern"),
    plain("unit"),
]];

static SUBMIT: Tables = &[
    REQUEST,
    &[
        plain("id"),
        plain("keep"),
        plain("idempotency_header"),
        plain("adopt"),
        plain("done_when"),
        plain("duplicate_when"),
        plain("queue_full_when"),
        plain("rejected"),
        table("existing", &[REQUEST, &[plain("when"), plain("id"), plain("keep")]]),
        table("step", &[REQUEST, &[plain("id"), plain("keep")]]),
    ],
];

static FOLLOW: Tables = &[&[
    plain("deadline"),
    plain("stall_after"),
    plain("lost_after"),
    plain("estimate"),
    plain("falls_back"),
    plain("ours_when"),
    table("poll", POLL),
    table("stream", STREAM),
]];

static POLL: Tables = &[
    REQUEST,
    FIELD,
    &[
        plain("every"),
        plain("backoff"),
        plain("longest"),
        plain("limit"),
        plain("long_poll"),
        plain("etag"),
        plain("each"),
        plain("of"),
        plain("shared"),
        table("pace", &[&[plain("polls"), plain("above"), plain("below"), plain("every")]]),
    ],
];

static STREAM: Tables = &[
    REQUEST,
    FIELD,
    &[
        plain("scope"),
        plain("each"),
        plain("of"),
        plain("silence"),
        plain("idle"),
        plain("tries"),
        plain("first_backoff"),
        each("events", &[FIELD]),
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
    plain("partial"),
]];

static RULE: Tables = &[&[plain("when"), plain("state"), plain("code"), plain("reason")]];

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
