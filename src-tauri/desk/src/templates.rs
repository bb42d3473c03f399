//! Exports kept for the next time, per connection.

use std::collections::BTreeMap;

use jiff::Timestamp;
use landfall_engine::connector::{Connector, ParamType};
use landfall_wire::{ErrorCode, Failure, NewExport, Template};
use serde::{Deserialize, Serialize};

use crate::desk::Desk;

/// The file of all templates.
const FILE: &str = "templates";

/// No connection has more.
const MOST: usize = 200;

/// A template as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    template: Template,
    /// When its times were right.
    kept_at: Timestamp,
}

type Templates = BTreeMap<String, Vec<Kept>>;

impl Desk {
    /// Keeps it, in place of one of the same name.
    pub async fn save_template(&self, template: Template) -> Result<(), Failure> {
        // A time of its own is over when it is used.
        let template = Template { export: NewExport { not_before: None, ..template.export }, ..template };
        let name = template.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(Failure::new(
                ErrorCode::JobCreationFailed,
                "A template needs a name of at most 100 characters",
            )
            .with_remediation("Give it a name"));
        }
        self.engine.connections().get(&template.export.connection)?;
        let kept = Kept { template: Template { name, ..template }, kept_at: self.options.clock.now() };
        self.change_templates(move |templates| {
            let list = templates.entry(kept.template.export.connection.clone()).or_default();
            list.retain(|other| other.template.name != kept.template.name);
            if list.len() >= MOST {
                return Err(Failure::new(ErrorCode::JobCreationFailed, "The connection has too many templates")
                    .with_remediation("Remove one that is no longer used"));
            }
            list.push(kept);
            list.sort_by(|one, other| one.template.name.cmp(&other.template.name));
            Ok(())
        })
        .await
    }

    /// Takes one away; one that is not there is gone already.
    pub async fn remove_template(&self, connection: String, name: String) -> Result<(), Failure> {
        self.change_templates(move |templates| {
            if let Some(list) = templates.get_mut(&connection) {
                list.retain(|kept| kept.template.name != name);
            }
            Ok(())
        })
        .await
    }

    /// The templates of a connection, their times moved to today where they want that.
    pub(crate) fn templates_of(&self, connection: &str, connector: &Connector) -> Vec<Template> {
        let templates: Templates = self.shelf.read_or_default(FILE);
        let list = templates.get(connection).map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|kept| self.template_of_today(kept, connector)).collect()
    }

    fn template_of_today(&self, kept: &Kept, connector: &Connector) -> Template {
        let template = kept.template.clone();
        if !template.shifts_times {
            return template;
        }
        let day = |at: Timestamp| at.to_zoned(self.options.zone.clone()).date();
        let passed = day(kept.kept_at).until(day(self.options.clock.now())).map_or(0, |span| span.get_days());
        let is_time = |name: &str| {
            let found = connector.params().iter().find(|param| param.name == name);
            found.is_some_and(|param| matches!(param.kind, ParamType::Datetime | ParamType::Interval))
        };
        let given = template.export.given.iter().map(|(name, text)| {
            if !is_time(name) {
                return (name.clone(), text.clone());
            }
            let moved: Vec<String> = text.split('/').map(|part| self.moved(part, passed)).collect();
            (name.clone(), moved.join("/"))
        });
        Template { export: NewExport { given: given.collect(), ..template.export.clone() }, ..template }
    }

    async fn change_templates(
        &self,
        change: impl FnOnce(&mut Templates) -> Result<(), Failure> + Send + 'static,
    ) -> Result<(), Failure> {
        // One change at a time: the file is read, changed and written.
        let _turn = self.writing.lock().await;
        let shelf = self.shelf.clone();
        self.blocking(move || {
            let mut templates: Templates = shelf.read_or_default(FILE);
            change(&mut templates)?;
            shelf.write(FILE, &templates)
        })
        .await?
    }
}
