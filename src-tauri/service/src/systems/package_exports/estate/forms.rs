//! Forms: sections of fields, some of which choose from an option set.

use serde_json::{Value, json};

use super::{Component, Provider};

/// Name, label, kind (`set:NAME` chooses from that option set), whether it must be filled in.
type FieldRow = (&'static str, &'static str, &'static str, bool);

/// Name, title, columns, and sections with their fields.
type FormRow = (&'static str, &'static str, u32, &'static [(&'static str, &'static [FieldRow])]);

const FORMS: [FormRow; 12] = [
    (
        "matter-intake-form",
        "New instruction",
        1,
        &[
            (
                "Instruction",
                &[
                    ("title", "Short title", "text", true),
                    ("practiceArea", "Practice area", "set:practice-area", true),
                    ("priority", "Priority", "set:matter-priority", false),
                    ("summary", "What is it about", "text-long", true),
                ],
            ),
            (
                "Client",
                &[
                    ("client", "Client", "lookup:party", true),
                    ("source", "How they found us", "set:lead-source", false),
                ],
            ),
        ],
    ),
    (
        "conflict-check-form",
        "Conflict hits",
        2,
        &[(
            "Review",
            &[
                ("hits", "Hits", "grid", true),
                ("assessment", "Assessment", "text-long", true),
                ("waiverNeeded", "Waiver needed", "boolean", true),
            ],
        )],
    ),
    (
        "matter-details",
        "Matter details",
        2,
        &[
            (
                "General",
                &[
                    ("reference", "Our reference", "text", true),
                    ("status", "Status", "set:matter-status", true),
                    ("owner", "Responsible partner", "lookup:user", true),
                ],
            ),
            (
                "Money",
                &[
                    ("feeArrangement", "Fee arrangement", "set:fee-arrangement", true),
                    ("currency", "Currency", "set:currency", true),
                    ("estimate", "Estimate", "money", false),
                ],
            ),
        ],
    ),
    (
        "dispute-details",
        "Dispute",
        2,
        &[(
            "Proceedings",
            &[
                ("court", "Court", "set:court", false),
                ("claimNumber", "Claim number", "text", false),
                ("claimValue", "Value of the claim", "money", true),
                ("opponent", "Opponent", "lookup:party", true),
            ],
        )],
    ),
    (
        "conveyancing-details",
        "Conveyancing",
        2,
        &[(
            "Property",
            &[
                ("address", "Address", "address", true),
                ("tenure", "Tenure", "set:tenure", true),
                ("price", "Price", "money", true),
                ("completionDate", "Completion", "date", false),
            ],
        )],
    ),
    (
        "fee-agreement-form",
        "Fee agreement",
        1,
        &[(
            "Fees",
            &[
                ("arrangement", "Arrangement", "set:fee-arrangement", true),
                ("hourlyRate", "Hourly rate", "money", false),
                ("capAmount", "Cap", "money", false),
                ("currency", "Currency", "set:currency", true),
            ],
        )],
    ),
    (
        "proforma-review",
        "Proforma review",
        1,
        &[(
            "Proforma",
            &[
                ("entries", "Time entries", "grid", true),
                ("writeOff", "Write-off", "money", false),
                ("narrative", "Narrative", "text-long", false),
            ],
        )],
    ),
    (
        "closing-checklist",
        "Closing checklist",
        1,
        &[(
            "Before closing",
            &[
                ("reason", "Reason", "set:closing-reason", true),
                ("undertakingsDischarged", "All undertakings discharged", "boolean", true),
                ("clientMoney", "Client account at zero", "boolean", true),
                ("retention", "Retention class", "set:retention-class", true),
            ],
        )],
    ),
    (
        "key-date-form",
        "Key date",
        1,
        &[(
            "Date",
            &[
                ("date", "Date", "date", true),
                ("basis", "Basis", "set:limitation-basis", true),
                ("confirmedBy", "Confirmed by", "lookup:user", false),
            ],
        )],
    ),
    (
        "party-details",
        "Party details",
        2,
        &[
            ("Name", &[("name", "Name", "text", true), ("role", "Role", "set:party-role", true)]),
            (
                "Contact",
                &[
                    ("email", "E-mail", "email", false),
                    ("phone", "Telephone", "text", false),
                    ("address", "Address", "address", false),
                ],
            ),
        ],
    ),
    (
        "organisation-details",
        "Organisation",
        2,
        &[(
            "Register",
            &[
                ("legalForm", "Legal form", "set:legal-form", true),
                ("registerNumber", "Register number", "text", false),
            ],
        )],
    ),
    (
        "identity-check-form",
        "Identity check",
        1,
        &[(
            "Documents",
            &[
                ("document", "Document", "set:identity-document", true),
                ("number", "Number", "text", true),
                ("expires", "Valid until", "date", true),
                ("seenInPerson", "Seen in person", "boolean", false),
            ],
        )],
    ),
];

pub(super) fn components() -> Vec<Component> {
    FORMS.iter().map(form).collect()
}

fn form((name, title, columns, sections): &FormRow) -> Component {
    let mut needs: Vec<String> = Vec::new();
    let of_sections: Vec<Value> = sections
        .iter()
        .map(|(heading, fields)| json!({"heading": heading, "collapsed": false, "fields": of_fields(fields, &mut needs)}))
        .collect();
    let fields = json!({
        "layout": {"columns": columns, "labelPosition": "top"},
        "sections": of_sections,
        "onSubmit": {"validate": true, "publish": format!("form.{name}.submitted")},
    });
    Component::new(Provider::Form, name, title, fields, &needs)
}

fn of_fields(fields: &[FieldRow], needs: &mut Vec<String>) -> Vec<Value> {
    let field = |(name, label, kind, required): &FieldRow| {
        let mut field =
            json!({"systemName": name, "label": label, "type": kind, "required": required, "visible": true});
        if let Some(set) = kind.strip_prefix("set:") {
            field["type"] = json!("option");
            field["optionSet"] = json!(set);
            let need = format!("sharedo-optionset/{set}");
            if !needs.contains(&need) {
                needs.push(need);
            }
        } else if let Some(target) = kind.strip_prefix("lookup:") {
            field["type"] = json!("lookup");
            field["lookup"] = json!({"of": target, "multiple": false});
        } else if *kind == "money" {
            field["rounding"] = json!({"step": 1, "mode": "half-up"});
        }
        field
    };
    fields.iter().map(field).collect()
}
