//! Work types and the workflows that run on them.

use serde_json::{Value, json};

use super::{Component, Provider};

/// Name, title, parent, whether it can be billed, number format, phases, and what it needs.
type TypeRow = (
    &'static str,
    &'static str,
    Option<&'static str>,
    bool,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const TYPES: [TypeRow; 6] = [
    (
        "matter",
        "Matter",
        None,
        true,
        "{practice}-{year}-{sequence:6}",
        &["intake", "conflict-check", "open", "on-hold", "closing", "closed", "archived"],
        &[
            "sharedo-type/matter-dispute",
            "sharedo-type/matter-conveyancing",
            "sharedo-type/key-date",
            "sharedo-workflow/matter-intake",
            "sharedo-workflow/conflict-check",
            "sharedo-workflow/matter-opening",
            "sharedo-workflow/billing-cycle",
            "sharedo-workflow/matter-closing",
            "sharedo-workflow/file-retention",
            "sharedo-form/matter-details",
            "sharedo-optionset/matter-status",
            "sharedo-optionset/matter-priority",
            "sharedo-permission/matter-read",
            "sharedo-permission/matter-edit",
            "sharedo-permission/matter-reopen",
            "sharedo-permission/ethical-wall",
            "sharedo-template/client-care-letter",
            "sharedo-dashboard/matter-overview",
        ],
    ),
    (
        "matter-dispute",
        "Dispute resolution matter",
        Some("matter"),
        true,
        "DR-{year}-{sequence:6}",
        &["pre-action", "pleadings", "disclosure", "trial", "enforcement"],
        &["sharedo-form/dispute-details", "sharedo-workflow/limitation-watch", "sharedo-optionset/court"],
    ),
    (
        "matter-conveyancing",
        "Conveyancing matter",
        Some("matter"),
        true,
        "CV-{year}-{sequence:6}",
        &["instruction", "searches", "exchange", "completion", "registration"],
        &["sharedo-form/conveyancing-details", "sharedo-optionset/tenure"],
    ),
    (
        "key-date",
        "Key date",
        None,
        false,
        "KD-{sequence:8}",
        &["pending", "confirmed", "met", "missed"],
        &["sharedo-form/key-date-form", "sharedo-workflow/limitation-watch", "sharedo-optionset/limitation-basis"],
    ),
    (
        "party",
        "Party",
        None,
        false,
        "P-{sequence:8}",
        &["prospect", "client", "former-client"],
        &[
            "sharedo-type/party-organisation",
            "sharedo-workflow/party-verification",
            "sharedo-form/party-details",
            "sharedo-optionset/party-role",
            "sharedo-permission/party-read",
            "sharedo-permission/party-edit",
        ],
    ),
    (
        "party-organisation",
        "Organisation",
        Some("party"),
        false,
        "O-{sequence:8}",
        &["prospect", "client", "former-client"],
        &["sharedo-form/organisation-details", "sharedo-optionset/legal-form"],
    ),
];

/// Name, kind, who does it, working days it may take, and what it uses.
type StepRow = (&'static str, &'static str, &'static str, Option<u32>, Option<&'static str>);

/// Name, title, what starts it, and its steps in order.
type WorkflowRow = (&'static str, &'static str, &'static str, &'static [StepRow]);

const WORKFLOWS: [WorkflowRow; 8] = [
    (
        "matter-intake",
        "Matter intake",
        "matter.created",
        &[
            ("capture-instruction", "form", "intake-team", Some(1), Some("sharedo-form/matter-intake-form")),
            ("verify-parties", "subprocess", "intake-team", Some(3), Some("sharedo-workflow/party-verification")),
            ("check-conflicts", "subprocess", "risk-team", Some(2), Some("sharedo-workflow/conflict-check")),
            ("agree-fees", "form", "fee-earner", Some(5), Some("sharedo-form/fee-agreement-form")),
            ("approve", "decision", "partner", Some(2), Some("sharedo-permission/matter-open")),
        ],
    ),
    (
        "conflict-check",
        "Conflict check",
        "matter.conflict-check.requested",
        &[
            ("search-parties", "automation", "system", None, None),
            ("review-hits", "form", "risk-team", Some(1), Some("sharedo-form/conflict-check-form")),
            ("override", "decision", "general-counsel", Some(2), Some("sharedo-permission/conflict-override")),
            ("send-waiver", "document", "risk-team", None, Some("sharedo-template/conflict-waiver")),
        ],
    ),
    (
        "matter-opening",
        "Matter opening",
        "matter.approved",
        &[
            ("assign-number", "automation", "system", None, None),
            ("send-engagement-letter", "document", "fee-earner", Some(2), Some("sharedo-template/engagement-letter")),
            ("send-fee-estimate", "document", "fee-earner", Some(2), Some("sharedo-template/fee-estimate")),
            ("complete-details", "form", "fee-earner", Some(10), Some("sharedo-form/matter-details")),
        ],
    ),
    (
        "limitation-watch",
        "Limitation watch",
        "key-date.confirmed",
        &[
            ("wait-until-90-days", "timer", "system", Some(90), None),
            ("warn-fee-earner", "document", "system", None, Some("sharedo-template/limitation-warning")),
            ("confirm-action", "form", "fee-earner", Some(5), Some("sharedo-form/key-date-form")),
            ("escalate", "decision", "partner", Some(1), Some("sharedo-permission/matter-edit")),
        ],
    ),
    (
        "billing-cycle",
        "Monthly billing",
        "calendar.month-end",
        &[
            ("collect-time", "automation", "system", None, None),
            ("review-proforma", "form", "fee-earner", Some(3), Some("sharedo-form/proforma-review")),
            ("approve-write-off", "decision", "partner", Some(2), Some("sharedo-permission/matter-bill")),
            ("send-invoice", "document", "finance", Some(1), Some("sharedo-template/invoice-cover")),
        ],
    ),
    (
        "matter-closing",
        "Matter closing",
        "matter.closing.requested",
        &[
            ("checklist", "form", "fee-earner", Some(10), Some("sharedo-form/closing-checklist")),
            ("final-bill", "subprocess", "finance", Some(5), Some("sharedo-workflow/billing-cycle")),
            ("closing-letter", "document", "fee-earner", Some(2), Some("sharedo-template/closing-letter")),
            ("close", "decision", "partner", Some(2), Some("sharedo-permission/matter-close")),
        ],
    ),
    (
        "file-retention",
        "File retention",
        "matter.closed",
        &[
            ("classify", "automation", "system", None, Some("sharedo-optionset/retention-class")),
            ("wait-for-retention", "timer", "system", Some(1_560), None),
            ("destroy-or-keep", "decision", "records-team", Some(20), Some("sharedo-permission/matter-destroy")),
        ],
    ),
    (
        "party-verification",
        "Party verification",
        "party.created",
        &[
            ("ask-for-documents", "document", "intake-team", Some(1), Some("sharedo-template/identity-request")),
            ("record-documents", "form", "intake-team", Some(5), Some("sharedo-form/identity-check-form")),
            ("screen-sanctions", "automation", "system", None, None),
            ("accept", "decision", "risk-team", Some(2), Some("sharedo-permission/party-verify")),
        ],
    ),
];

pub(super) fn components() -> Vec<Component> {
    TYPES.iter().map(work_type).chain(WORKFLOWS.iter().map(workflow)).collect()
}

fn work_type((name, title, parent, billable, number, phases, needs): &TypeRow) -> Component {
    let fields = json!({
        "parent": parent,
        "billable": billable,
        "numbering": {"pattern": number, "start": 1, "resetYearly": number.contains("{year}")},
        "phases": phases
            .iter()
            .enumerate()
            .map(|(index, phase)| json!({"systemName": phase, "order": index + 1, "isTerminal": index + 1 == phases.len()}))
            .collect::<Vec<_>>(),
        "security": {"inheritFromParent": parent.is_some(), "defaultAccess": "team"},
    });
    Component::new(
        Provider::Type,
        name,
        title,
        fields,
        &needs.iter().map(|need| (*need).to_owned()).collect::<Vec<_>>(),
    )
}

fn workflow((name, title, trigger, steps): &WorkflowRow) -> Component {
    let of_steps: Vec<Value> = steps
        .iter()
        .enumerate()
        .map(|(index, (step, kind, actor, days, uses))| {
            let next = steps.get(index + 1).map_or("end", |(next, ..)| next);
            json!({
                "systemName": step,
                "type": kind,
                "assignedTo": {"role": actor, "fallback": if *actor == "system" { None } else { Some("matter-owner") }},
                "due": days.map(|days| json!({"days": days, "basis": "working"})),
                "uses": uses,
                "transitions": if *kind == "decision" {
                    json!([{"on": "approved", "to": next}, {"on": "rejected", "to": "end", "reasonRequired": true}])
                } else {
                    json!([{"on": "completed", "to": next}])
                },
            })
        })
        .collect();
    let fields = json!({
        "trigger": {"event": trigger, "debounceSeconds": 5},
        "steps": of_steps,
        "settings": {"escalation": {"afterHours": 24, "to": "team-lead"}, "retry": {"times": 3, "factor": 2.0}, "audit": true},
    });
    let mut needs: Vec<String> = Vec::new();
    for (.., uses) in *steps {
        // A step twice in a workflow is one need.
        if let Some(uses) = uses
            && !needs.iter().any(|need| need == uses)
        {
            needs.push((*uses).to_owned());
        }
    }
    Component::new(Provider::Workflow, name, title, fields, &needs)
}
