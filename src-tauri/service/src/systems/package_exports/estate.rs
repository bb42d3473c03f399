//! The estate: what four environments of a law firm's case management are configured with, component by component.
//!
//! The words are small tables (`workflows`, `forms`, `lists`), the same for every environment; `environments` says in what each
//! differs. What a component needs stands in its own body under `dependencies`, so that an environment can change that too.

mod environments;
mod forms;
mod lists;
mod workflows;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::Kind;
use crate::dataset::Dice;

/// The kinds of components. The last one is not among those that design document 003 names: a client must keep it all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Provider {
    Type,
    Workflow,
    Form,
    OptionSet,
    Permission,
    Template,
    Dashboard,
}

impl Provider {
    /// In the order of packages.
    const ALL: [Self; 7] =
        [Self::Type, Self::Workflow, Self::Form, Self::OptionSet, Self::Permission, Self::Template, Self::Dashboard];

    /// The word in the manifest.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Type => "sharedo-type",
            Self::Workflow => "sharedo-workflow",
            Self::Form => "sharedo-form",
            Self::OptionSet => "sharedo-optionset",
            Self::Permission => "sharedo-permission",
            Self::Template => "sharedo-template",
            Self::Dashboard => "sharedo-dashboard",
        }
    }

    /// The folder in a package.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Type => "workTypes",
            Self::Workflow => "workflows",
            Self::Form => "forms",
            Self::OptionSet => "optionSets",
            Self::Permission => "permissions",
            Self::Template => "templates",
            Self::Dashboard => "dashboards",
        }
    }
}

/// One thing that was configured.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Component {
    pub(super) provider: Provider,
    pub(super) name: String,
    pub(super) body: Value,
}

impl Component {
    /// With version, title and the rest of the body. `fields` must be an object.
    fn new(provider: Provider, name: &str, title: &str, fields: Value, dependencies: &[String]) -> Self {
        let mut dice = Dice(seed_of(name));
        let mut body = json!({"systemName": name, "title": title, "version": dice.from(2, 9), "active": true});
        if let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) {
            body.extend(fields);
            body.insert("dependencies".to_owned(), json!(dependencies));
        }
        Self { provider, name: name.to_owned(), body }
    }

    /// `sharedo-form/matter-details`: how others name it.
    fn reference(&self) -> String {
        format!("{}/{}", self.provider.as_str(), self.name)
    }

    fn dependencies(&self) -> impl Iterator<Item = &str> {
        self.body["dependencies"].as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    /// The body, with the history of its versions when that is wanted.
    pub(super) fn content(&self, with_history: bool) -> Value {
        let mut content = self.body.clone();
        if with_history && let Some(content) = content.as_object_mut() {
            content.insert("history".to_owned(), history(&self.name, self.body["version"].as_u64().unwrap_or(1)));
        }
        content
    }
}

/// Who changed what when: drawn from the name, so that it is the same every time.
fn history(name: &str, versions: u64) -> Value {
    const PEOPLE: [&str; 5] = ["h.okafor", "m.lindqvist", "s.varga", "r.delacroix", "release-pipeline"];
    const NOTES: [&str; 6] = [
        "Wording agreed with the practice group",
        "Order of the steps changed after the pilot",
        "Deadline moved, see the change request",
        "Imported from the previous environment",
        "Field made mandatory for audit",
        "No functional change",
    ];
    let mut dice = Dice(seed_of(name) ^ 0x4849);
    let mut day = dice.from(0, 40);
    let entries = (1..=versions).map(|version| {
        day += dice.from(9, 60);
        json!({
            "version": version,
            "changedAt": format!("{}-{:02}-{:02}T{:02}:30:00Z", 2023 + day / 336, 1 + day % 336 / 28, 1 + day % 28, dice.from(7, 18)),
            "changedBy": pick(&PEOPLE, &mut dice),
            "note": if version == 1 { "First version" } else { pick(&NOTES, &mut dice) },
        })
    });
    entries.collect()
}

fn pick(words: &[&'static str], dice: &mut Dice) -> &'static str {
    let index = usize::try_from(dice.from(0, words.len() as u64)).unwrap_or(0);
    words.get(index).copied().unwrap_or_default()
}

/// FNV-1a: the same on every machine, which the standard hasher does not promise.
fn seed_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// What one environment is configured with.
#[derive(Debug, Clone)]
pub(super) struct Estate {
    pub(super) environment: &'static str,
    components: Vec<Component>,
    /// Changes that found nothing to change: a mistake in `environments`, which a test looks for.
    missed: Vec<String>,
}

static ESTATES: LazyLock<Vec<Estate>> = LazyLock::new(environments::all);

/// All environments, in a fixed order.
pub(super) fn all() -> &'static [Estate] {
    &ESTATES
}

/// The environment of this name.
pub(super) fn of(environment: &str) -> Option<&'static Estate> {
    all().iter().find(|estate| estate.environment == environment)
}

impl Estate {
    fn new(environment: &'static str) -> Self {
        let mut components = workflows::components();
        components.extend(forms::components());
        components.extend(lists::components());
        Self { environment, components, missed: Vec::new() }
    }

    fn get(&self, reference: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.reference() == reference)
    }

    /// What can be asked for by this kind: name and title.
    pub(super) fn systems(&self, kind: Kind) -> Vec<(&str, &str)> {
        let Some(provider) = kind.provider() else {
            return lists::BUNDLES.iter().map(|(name, title, _)| (*name, *title)).collect();
        };
        let of_kind = self.components.iter().filter(|component| component.provider == provider);
        of_kind.map(|component| (component.name.as_str(), component.body["title"].as_str().unwrap_or(""))).collect()
    }

    /// The components of one export in the order of packages; `None` where there is no such system here.
    pub(super) fn select(&self, kind: Kind, name: &str, with_dependencies: bool) -> Option<Vec<&Component>> {
        let roots = if let Some(provider) = kind.provider() {
            vec![self.get(&format!("{}/{name}", provider.as_str()))?]
        } else {
            let (.., members) = lists::BUNDLES.iter().find(|(bundle, ..)| *bundle == name)?;
            // An environment may lack a member: a bundle is a wish, not a promise.
            members.iter().filter_map(|member| self.get(member)).collect()
        };
        let mut chosen = BTreeSet::new();
        let mut open = roots;
        while let Some(component) = open.pop() {
            if chosen.insert(component.reference()) && with_dependencies {
                open.extend(component.dependencies().filter_map(|reference| self.get(reference)));
            }
        }
        let in_order = Provider::ALL
            .iter()
            .flat_map(|provider| self.components.iter().filter(move |component| component.provider == *provider));
        Some(in_order.filter(|component| chosen.contains(&component.reference())).collect())
    }
}
