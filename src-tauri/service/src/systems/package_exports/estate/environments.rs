//! In what the environments differ, as releases and clients make them differ.
//!
//! `prod` is the base: what runs. `uat` is the next release before its acceptance; `clientA-vnext` the release after that, with
//! work that nobody else has; `clientB-uat` another client's acceptance, customised and a release behind.

use serde_json::{Value, json};

use super::{Component, Estate, Provider};

pub(super) fn all() -> Vec<Estate> {
    let mut uat = Estate::new("uat");
    next_release(&mut uat);
    let mut client_a = Estate::new("clientA-vnext");
    next_release(&mut client_a);
    undertakings(&mut client_a);
    let mut client_b = Estate::new("clientB-uat");
    customised(&mut client_b);
    vec![client_a, client_b, uat, Estate::new("prod")]
}

/// Values deep inside, an entry that is new, a step that has moved.
fn next_release(estate: &mut Estate) {
    estate.set("sharedo-workflow/matter-intake", "/version", json!(11));
    estate.set("sharedo-workflow/matter-intake", "/steps/2/due/days", json!(1));
    estate.set("sharedo-workflow/matter-intake", "/settings/escalation/to", json!("intake-lead"));
    estate.append(
        "sharedo-optionset/practice-area",
        "/options",
        json!({"code": "DP", "label": "Data protection", "order": 70, "active": true}),
    );
    estate.set("sharedo-form/identity-check-form", "/sections/0/fields/3/required", json!(true));
    estate.set("sharedo-permission/matter-close", "/roles", json!(["practice-manager", "partner"]));
    estate.set("sharedo-template/fee-estimate", "/mergeFields/3/required", json!(true));
}

/// A workflow with all that belongs to it, and a tile on the dashboard.
fn undertakings(estate: &mut Estate) {
    estate.add(Component::new(
        Provider::Workflow,
        "undertaking-discharge",
        "Discharge of undertakings",
        json!({
            "trigger": {"event": "undertaking.due", "debounceSeconds": 5},
            "steps": [
                {
                    "systemName": "draft-letter",
                    "type": "document",
                    "assignedTo": {"role": "fee-earner", "fallback": "matter-owner"},
                    "due": {"days": 2, "basis": "working"},
                    "uses": "sharedo-template/undertaking-letter",
                    "transitions": [{"on": "completed", "to": "confirm"}],
                },
                {
                    "systemName": "confirm",
                    "type": "decision",
                    "assignedTo": {"role": "partner", "fallback": "matter-owner"},
                    "due": null,
                    "uses": "sharedo-permission/undertaking-discharge",
                    "transitions": [{"on": "approved", "to": "end"}],
                },
            ],
            "settings": {"escalation": null, "retry": {"times": 3, "factor": 2.0}, "audit": true},
        }),
        &["sharedo-template/undertaking-letter".to_owned(), "sharedo-permission/undertaking-discharge".to_owned()],
    ));
    estate.add(Component::new(
        Provider::Template,
        "undertaking-letter",
        "Undertaking letter",
        json!({"category": "letter", "format": "docx", "language": "en-GB", "mergeFields": [{"path": "undertaking.text", "required": true}]}),
        &[],
    ));
    estate.add(Component::new(
        Provider::Permission,
        "undertaking-discharge",
        "Discharge undertakings",
        json!({"action": "approve", "scope": {"type": "matter", "includeDescendants": true}, "roles": ["partner"], "expires": null}),
        &[],
    ));
    estate.append("sharedo-type/matter", "/dependencies", json!("sharedo-workflow/undertaking-discharge"));
    estate.set("sharedo-type/matter", "/numbering/pattern", json!("{client}-{practice}-{sequence:6}"));
    estate.set("sharedo-workflow/billing-cycle", "/settings/escalation", Value::Null);
    estate.append(
        "sharedo-dashboard/matter-overview",
        "/tiles",
        json!({"kind": "count", "title": "Open undertakings", "query": {"type": "undertaking"}, "size": {"width": 1, "height": 1}}),
    );
}

/// One that is gone, an order that is another, the same number written otherwise, a field that is missing instead of null.
fn customised(estate: &mut Estate) {
    estate.remove("sharedo-template/client-care-letter");
    estate.remove("sharedo-optionset/lead-source");
    estate.reverse("sharedo-optionset/currency", "/options");
    estate.set("sharedo-form/fee-agreement-form", "/sections/0/fields/1/rounding/step", json!(1.0));
    estate.set("sharedo-workflow/billing-cycle", "/settings/retry/factor", json!(2));
    estate.drop_field("sharedo-workflow/billing-cycle", "/settings", "escalation");
    estate.drop_field("sharedo-permission/matter-read", "", "expires");
    estate.set("sharedo-workflow/limitation-watch", "/steps/0/due/days", json!(120));
    estate.set("sharedo-form/matter-details", "/title", json!("Aktendetails – Mandat 详情"));
    estate.set("sharedo-template/engagement-letter", "/page/margins/left", json!(35));
    estate.set("sharedo-dashboard/matter-overview", "/refreshSeconds", json!(60));
}

impl Estate {
    fn add(&mut self, component: Component) {
        self.components.push(component);
    }

    fn remove(&mut self, reference: &str) {
        let before = self.components.len();
        self.components.retain(|component| component.reference() != reference);
        if self.components.len() == before {
            self.missed.push(format!("remove {reference}"));
        }
    }

    /// Puts the value where the pointer (RFC 6901) leads, in place of another.
    fn set(&mut self, reference: &str, pointer: &str, value: Value) {
        self.change(reference, pointer, |there| {
            let other = *there != value;
            *there = value;
            other
        });
    }

    fn append(&mut self, reference: &str, pointer: &str, item: Value) {
        self.change(reference, pointer, |there| there.as_array_mut().map(|list| list.push(item)).is_some());
    }

    fn reverse(&mut self, reference: &str, pointer: &str) {
        self.change(reference, pointer, |there| there.as_array_mut().map(|list| list.reverse()).is_some());
    }

    /// Takes the field away, which is not the same as null.
    fn drop_field(&mut self, reference: &str, pointer: &str, field: &str) {
        self.change(reference, pointer, |there| {
            there.as_object_mut().is_some_and(|there| there.shift_remove(field).is_some())
        });
    }

    fn change(&mut self, reference: &str, pointer: &str, change: impl FnOnce(&mut Value) -> bool) {
        let component = self.components.iter_mut().find(|component| component.reference() == reference);
        let there = component.and_then(|component| component.body.pointer_mut(pointer));
        if !there.is_some_and(change) {
            self.missed.push(format!("{reference}{pointer}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, all};

    #[test]
    fn p_6_every_difference_finds_what_it_changes_and_every_need_is_met_somewhere() {
        let mut known = std::collections::BTreeSet::new();
        for estate in all() {
            assert_eq!(estate.missed, Vec::<String>::new(), "{}", estate.environment);
            known.extend(estate.components.iter().map(super::Component::reference));
        }
        for estate in all() {
            for component in &estate.components {
                for need in component.dependencies() {
                    assert!(known.contains(need), "{} needs {need}", component.reference());
                }
            }
        }
    }

    #[test]
    fn p_6_no_component_is_beyond_the_reach_of_the_case_management_bundle() {
        for estate in all() {
            let selected = estate.select(Kind::Configuration, "case-management", true).unwrap();
            assert_eq!(selected.len(), estate.components.len(), "{} has an orphan", estate.environment);
        }
    }
}
