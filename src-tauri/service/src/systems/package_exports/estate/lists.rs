//! The small kinds: option sets, permissions, templates, the one dashboard, and the bundles that a configuration export takes.

use serde_json::{Value, json};

use super::{Component, Provider};

/// Name, title, and the options as code and label.
type OptionSetRow = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const OPTION_SETS: [OptionSetRow; 15] = [
    (
        "matter-status",
        "Matter status",
        &[("intake", "Intake"), ("open", "Open"), ("hold", "On hold"), ("closed", "Closed")],
    ),
    (
        "practice-area",
        "Practice area",
        &[
            ("DR", "Dispute resolution"),
            ("CV", "Conveyancing"),
            ("EM", "Employment"),
            ("CO", "Corporate"),
            ("PC", "Private client"),
            ("IP", "Intellectual property"),
        ],
    ),
    ("matter-priority", "Priority", &[("low", "Low"), ("normal", "Normal"), ("urgent", "Urgent")]),
    (
        "fee-arrangement",
        "Fee arrangement",
        &[("hourly", "Hourly"), ("fixed", "Fixed fee"), ("capped", "Capped"), ("cfa", "Conditional")],
    ),
    ("currency", "Currency", &[("GBP", "Pound sterling"), ("EUR", "Euro"), ("USD", "US dollar")]),
    (
        "lead-source",
        "How they found us",
        &[("referral", "Referral"), ("web", "Website"), ("panel", "Panel"), ("existing", "Existing client")],
    ),
    (
        "court",
        "Court",
        &[("county", "County Court"), ("high", "High Court"), ("appeal", "Court of Appeal"), ("tribunal", "Tribunal")],
    ),
    ("tenure", "Tenure", &[("freehold", "Freehold"), ("leasehold", "Leasehold"), ("commonhold", "Commonhold")]),
    (
        "limitation-basis",
        "Limitation basis",
        &[
            ("contract", "Contract, 6 years"),
            ("tort", "Tort, 6 years"),
            ("injury", "Personal injury, 3 years"),
            ("deed", "Deed, 12 years"),
        ],
    ),
    (
        "closing-reason",
        "Closing reason",
        &[
            ("completed", "Completed"),
            ("withdrawn", "Client withdrew"),
            ("transferred", "Transferred"),
            ("declined", "Declined"),
        ],
    ),
    ("retention-class", "Retention class", &[("R6", "6 years"), ("R12", "12 years"), ("R99", "Permanent")]),
    (
        "party-role",
        "Party role",
        &[
            ("client", "Client"),
            ("opponent", "Opponent"),
            ("counsel", "Counsel"),
            ("expert", "Expert"),
            ("witness", "Witness"),
        ],
    ),
    (
        "legal-form",
        "Legal form",
        &[("ltd", "Limited company"), ("llp", "LLP"), ("plc", "Public company"), ("charity", "Charity")],
    ),
    (
        "identity-document",
        "Identity document",
        &[("passport", "Passport"), ("licence", "Driving licence"), ("id-card", "Identity card")],
    ),
    (
        "document-category",
        "Document category",
        &[("letter", "Letter"), ("pleading", "Pleading"), ("evidence", "Evidence"), ("invoice", "Invoice")],
    ),
];

/// Name, title, what it allows, and who has it.
type PermissionRow = (&'static str, &'static str, &'static str, &'static [&'static str]);

const PERMISSIONS: [PermissionRow; 12] = [
    ("matter-read", "Read matters", "read", &["fee-earner", "partner", "secretary", "finance"]),
    ("matter-edit", "Edit matters", "update", &["fee-earner", "partner"]),
    ("matter-open", "Open matters", "approve", &["partner"]),
    ("matter-close", "Close matters", "approve", &["partner", "practice-manager"]),
    ("matter-reopen", "Reopen matters", "approve", &["practice-manager"]),
    ("matter-bill", "Approve bills", "approve", &["partner", "finance"]),
    ("matter-destroy", "Destroy files", "delete", &["records-team"]),
    ("conflict-override", "Override conflicts", "approve", &["general-counsel"]),
    ("ethical-wall", "Work behind an ethical wall", "restrict", &["risk-team"]),
    ("party-read", "Read parties", "read", &["fee-earner", "partner", "secretary", "intake-team"]),
    ("party-edit", "Edit parties", "update", &["intake-team"]),
    ("party-verify", "Verify parties", "approve", &["risk-team"]),
];

/// Name, title, category, and the fields merged into it.
type TemplateRow = (&'static str, &'static str, &'static str, &'static [&'static str]);

const TEMPLATES: [TemplateRow; 8] = [
    (
        "engagement-letter",
        "Engagement letter",
        "letter",
        &["client.name", "client.address", "matter.title", "fees.arrangement", "owner.name"],
    ),
    (
        "client-care-letter",
        "Client care letter",
        "letter",
        &["client.name", "matter.reference", "owner.name", "complaints.contact"],
    ),
    ("fee-estimate", "Fee estimate", "letter", &["client.name", "fees.estimate", "fees.currency", "fees.validUntil"]),
    ("conflict-waiver", "Conflict waiver", "letter", &["client.name", "conflict.party", "counsel.name"]),
    (
        "closing-letter",
        "Closing letter",
        "letter",
        &["client.name", "matter.reference", "matter.closingReason", "retention.until"],
    ),
    (
        "limitation-warning",
        "Limitation warning",
        "letter",
        &["owner.name", "keyDate.date", "keyDate.basis", "matter.reference"],
    ),
    (
        "invoice-cover",
        "Invoice cover sheet",
        "invoice",
        &["client.name", "invoice.number", "invoice.total", "invoice.due"],
    ),
    (
        "identity-request",
        "Request for identity documents",
        "letter",
        &["party.name", "documents.list", "documents.deadline"],
    ),
];

/// What a configuration export takes: name, title and members.
pub(super) const BUNDLES: [(&str, &str, &[&str]); 2] = [
    ("case-management", "Case management", &["sharedo-type/matter", "sharedo-type/party"]),
    (
        "reference-data",
        "Reference data",
        &[
            "sharedo-optionset/practice-area",
            "sharedo-optionset/currency",
            "sharedo-optionset/court",
            "sharedo-optionset/legal-form",
            "sharedo-optionset/retention-class",
            "sharedo-permission/matter-read",
        ],
    ),
];

pub(super) fn components() -> Vec<Component> {
    let option_sets = OPTION_SETS.iter().map(option_set);
    let permissions = PERMISSIONS.iter().map(|(name, title, action, roles)| {
        let scope = name.split('-').next().unwrap_or(name);
        let fields = json!({"action": action, "scope": {"type": scope, "includeDescendants": true}, "roles": roles, "expires": null});
        Component::new(Provider::Permission, name, title, fields, &[])
    });
    let templates = TEMPLATES.iter().map(template);
    option_sets.chain(permissions).chain(templates).chain([dashboard()]).collect()
}

fn option_set((name, title, options): &OptionSetRow) -> Component {
    let of_options: Vec<Value> = options
        .iter()
        .enumerate()
        .map(|(index, (code, label))| json!({"code": code, "label": label, "order": (index + 1) * 10, "active": true}))
        .collect();
    let default = options.first().map(|(code, _)| code);
    Component::new(
        Provider::OptionSet,
        name,
        title,
        json!({"options": of_options, "default": default, "sortBy": "order"}),
        &[],
    )
}

fn template((name, title, category, merged): &TemplateRow) -> Component {
    let fields = json!({
        "category": category,
        "format": "docx",
        "language": "en-GB",
        "mergeFields": merged.iter().map(|field| json!({"path": field, "required": !field.contains('U')})).collect::<Vec<_>>(),
        "page": {"size": "A4", "margins": {"top": 25, "bottom": 25, "left": 30, "right": 20}},
    });
    Component::new(Provider::Template, name, title, fields, &["sharedo-optionset/document-category".to_owned()])
}

/// Of a provider that no client has heard of.
fn dashboard() -> Component {
    let fields = json!({
        "tiles": [
            {"kind": "count", "title": "Open matters", "query": {"type": "matter", "phase": "open"}, "size": {"width": 1, "height": 1}},
            {"kind": "list", "title": "Key dates of the next 30 days", "query": {"type": "key-date", "within": 30}, "size": {"width": 2, "height": 2}},
            {"kind": "chart", "title": "Work in progress", "query": {"measure": "unbilled", "by": "practice-area"}, "size": {"width": 3, "height": 2}},
        ],
        "refreshSeconds": 300,
    });
    Component::new(
        Provider::Dashboard,
        "matter-overview",
        "Matter overview",
        fields,
        &["sharedo-permission/matter-read".to_owned()],
    )
}
