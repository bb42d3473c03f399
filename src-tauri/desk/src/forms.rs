//! The form of an export, made from the connector.

use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan as _};
use landfall_engine::connector::{Choice, Connector, Param, ParamProblem, ParamType, Params};
use landfall_engine::engine::Request;
use landfall_engine::job::Priority;
use landfall_engine::transfer::Clash;
use landfall_engine::words;
use landfall_wire::{
    ChoiceView, ErrorCode, ExportForm, Failure, FieldKind, FormCheck, JobId, NewExport, OnClash, ParamField, ParamFlaw,
};
use serde_json::Value;

use crate::desk::Desk;
use crate::language::Tongue;
use crate::names;
use crate::titles;

/// So many titles are shown of what a form comes to.
const TITLES: usize = 20;

impl Desk {
    /// The form of a connection.
    #[expect(clippy::unused_async, reason = "whatever a page asks is awaited")]
    pub async fn form(&self, connection: String) -> Result<ExportForm, Failure> {
        let known = self.engine.connections().get(&connection)?;
        let connector = self.connector(&known.connector)?;
        let tongue = self.tongue();
        let folder = known.folder.unwrap_or_else(|| self.folder());
        Ok(ExportForm {
            connector_name: connector.name().to_owned(),
            help: connector.help().in_language(tongue.tag()).map(str::to_owned),
            fields: fields(&connector, tongue),
            folder: folder.display().to_string(),
            can_extract: connector.manifest().is_some(),
            templates: self.templates_of(&connection, &connector),
            connection,
        })
    }

    /// The values of a choice that are fetched from the server.
    pub async fn choices(
        &self,
        connection: String,
        param: String,
        given: Vec<(String, String)>,
    ) -> Result<Vec<ChoiceView>, Failure> {
        let connector = self.connector_of(&connection)?;
        let asked = connector.params().iter().find(|known| known.name == param).ok_or_else(|| {
            Failure::new(ErrorCode::JobCreationFailed, "The form has no such field")
                .with_remediation("Open the form again")
        })?;
        // What is not right yet says nothing about the choices.
        let flaws = connector.flaws(&given);
        let is_sound = |name: &String| !flaws.iter().any(|flaw| flaw.param.as_ref() == Some(name));
        let sound: Vec<(String, String)> =
            given.into_iter().filter(|(name, _)| *name != param && is_sound(name)).collect();
        let params = connector.params_of_adopted(&sound).unwrap_or_default();
        let tongue = self.tongue();
        let fetched = self.engine.choices(&connection, &param, &params).await?;
        Ok(fetched.as_ref().unwrap_or(&asked.choices).iter().map(|choice| choice_view(choice, tongue)).collect())
    }

    /// Everything that is wrong with what is typed so far, and what it would come to.
    #[expect(clippy::unused_async, reason = "whatever a page asks is awaited")]
    pub async fn check_form(&self, wanted: NewExport) -> Result<FormCheck, Failure> {
        let connector = self.connector_of(&wanted.connection)?;
        let given = filled(&wanted.given);
        let mut flaws: Vec<ParamFlaw> = connector.flaws(&given).iter().map(flaw).collect();
        let wishes = connector.wishes(&given).unwrap_or_default();
        if wanted.name.is_some() && wishes.len() > 1 {
            flaws.push(one_name_for_many(wishes.len()));
        }
        let titles = wishes.iter().take(TITLES).map(|wish| self.title(&connector, wish)).collect();
        let flaws = flaws.into_iter().map(|flaw| self.flaw_told(flaw)).collect();
        Ok(FormCheck { flaws, jobs: wishes.len(), titles })
    }

    /// Asks for it; from here on it is not lost.
    pub async fn request(&self, wanted: NewExport) -> Result<Vec<JobId>, Failure> {
        let connector = self.connector_of(&wanted.connection)?;
        let wishes = connector.wishes(&filled(&wanted.given)).map_err(|problem| slip(&flaw(&problem)))?;
        if wanted.name.is_some() && wishes.len() > 1 {
            return Err(slip(&one_name_for_many(wishes.len())));
        }
        self.ask(&wanted, wishes).await
    }

    /// Writes the wishes, then lets them go.
    pub(crate) async fn ask(&self, wanted: &NewExport, wishes: Vec<Params>) -> Result<Vec<JobId>, Failure> {
        let known = self.engine.connections().get(&wanted.connection)?;
        let folder = self.target(wanted.folder.as_deref(), known.folder.as_deref()).await?;
        let priority = Priority::of_number(wanted.priority).ok_or_else(|| {
            Failure::new(ErrorCode::JobCreationFailed, format!("{} is no priority", wanted.priority))
                .with_remediation("Give a whole number from -100 to 100")
        })?;
        let name = wanted.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        let request = Request {
            name,
            extract: wanted.extract,
            priority,
            not_before: wanted.not_before,
            clash: self.clash(wanted.on_clash),
            ..Request::new(wanted.connection.clone(), wishes, folder)
        };
        // Together: a person who is told of a failure and asks again asks for nothing twice.
        let ids = self.engine.request_all(self.named(request)?).await?;
        self.hold(&ids).await?;
        self.look_at(&ids).await?;
        self.engine.carry_all(&ids).await?;
        Ok(ids)
    }

    /// What is done about a name that is in use: as asked, else as it is set.
    pub(crate) fn clash(&self, asked: Option<OnClash>) -> Option<Clash> {
        match asked.unwrap_or_else(|| self.settings_now().on_clash) {
            OnClash::Number => Some(Clash::Number),
            OnClash::Skip => Some(Clash::Skip),
            OnClash::Replace => Some(Clash::Replace),
            OnClash::Ask => None,
        }
    }

    /// By the template of the settings each export has a name of its own, so each is asked for by itself.
    fn named(&self, request: Request) -> Result<Vec<Request>, Failure> {
        let Some(template) = self.settings_now().name_template.filter(|_| request.name.is_none()) else {
            return Ok(vec![request]);
        };
        let connector = self.connector_of(&request.connection)?;
        let at = self.options.clock.now().to_zoned(self.options.zone.clone());
        let each = request.params.iter().map(|params| {
            let name = names::name(&template, &self.title(&connector, params), &request.connection, &at);
            Request { params: vec![params.clone()], name: Some(name), ..request.clone() }
        });
        Ok(each.collect())
    }

    /// The same again as a draft, its times moved by so many days of the clock on the wall.
    pub async fn again(&self, id: JobId, days: i32) -> Result<NewExport, Failure> {
        let wish = self.job(&id).await?.wish;
        let connector = self.connector(&wish.connector)?;
        let known = connector.params().iter().filter_map(|param| Some((param, wish.params.get(&param.name)?)));
        let given = known.map(|(param, value)| (param.name.clone(), self.typed(param, value, days))).collect();
        Ok(NewExport {
            folder: Some(wish.folder.display().to_string()),
            name: wish.name.clone().filter(|name| !names::is_made(name)),
            extract: wish.extract,
            priority: wish.priority.number(),
            ..NewExport::of(wish.connection.clone(), given)
        })
    }

    /// A value as a person types it, its times moved by so many days.
    fn typed(&self, param: &Param, value: &Value, days: i32) -> String {
        let moved = |text: &str| self.moved(text, days);
        match (param.kind, value) {
            (ParamType::Interval, Value::Object(bounds)) => {
                let bound = |name| bounds.get(name).and_then(Value::as_str).map(moved).unwrap_or_default();
                format!("{}/{}", bound("start"), bound("end"))
            }
            (ParamType::Datetime, Value::String(text)) => moved(text),
            (ParamType::List, Value::Array(items)) => {
                let items: Vec<String> = items
                    .iter()
                    .map(|item| match item.as_str() {
                        Some(text) if param.item == ParamType::Datetime => moved(text),
                        Some(text) => escaped(text),
                        None => item.to_string(),
                    })
                    .collect();
                items.join(",")
            }
            (ParamType::Json, value) => value.to_string(),
            (_, Value::String(text)) if param.many => escaped(text),
            (_, Value::String(text)) => text.clone(),
            (_, value) => value.to_string(),
        }
    }

    /// A point in time so many days later by the clock on the wall; what is none stays as it is.
    pub(crate) fn moved(&self, text: &str, days: i32) -> String {
        if days == 0 {
            return text.to_owned();
        }
        let Ok(at) = text.trim().parse::<Timestamp>() else { return text.to_owned() };
        let moved = at.to_zoned(self.options.zone.clone()).checked_add(i64::from(days).days());
        moved.map_or_else(|_| text.to_owned(), |moved| moved.timestamp().to_string())
    }

    /// What a job with those parameters would be called.
    pub(crate) fn title(&self, connector: &Connector, params: &Params) -> String {
        let title = titles::title(connector, params, self.tongue(), &self.options.zone);
        if title.is_empty() { connector.name().to_owned() } else { title }
    }

    /// The connector of a connection.
    pub(crate) fn connector_of(&self, connection: &str) -> Result<std::sync::Arc<Connector>, Failure> {
        let known = self.engine.connections().get(connection)?;
        self.connector(&known.connector)
    }

    /// Where files go: as asked, else as the connection says, else as the settings say. Made if it is missing.
    /// Where exports land unless a connection or an export says otherwise, made where it is not there yet.
    pub async fn made_folder(&self) -> Result<PathBuf, Failure> {
        self.target(None, None).await
    }

    /// The folder for an export: the one that was asked for, else the connection's, else the usual one.
    pub(crate) async fn target(&self, asked: Option<&str>, known: Option<&Path>) -> Result<PathBuf, Failure> {
        let asked = asked.map(str::trim).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let folder = asked.or_else(|| known.map(Path::to_owned)).unwrap_or_else(|| self.folder());
        let unusable = |why: &str| {
            Failure::new(ErrorCode::DiskError, format!("The folder {} cannot be used: {why}", folder.display()))
                .with_remediation("Choose another folder")
        };
        if !folder.is_absolute() {
            return Err(unusable("it is no whole path"));
        }
        let made = folder.clone();
        match self.blocking(move || std::fs::create_dir_all(made)).await? {
            Ok(()) => Ok(folder),
            Err(_) if folder.is_file() => Err(unusable("it is a file, not a folder")),
            Err(error) => Err(unusable(&words::of_io(&error))),
        }
    }
}

/// Fields that were left empty are as good as not given.
pub(crate) fn filled(given: &[(String, String)]) -> Vec<(String, String)> {
    given.iter().filter(|(_, text)| !text.trim().is_empty()).cloned().collect()
}

/// Commas between several values are told from those in one.
fn escaped(text: &str) -> String {
    text.replace(',', "\\,")
}

/// A flaw as the page shows it.
pub(crate) fn flaw(problem: &ParamProblem) -> ParamFlaw {
    ParamFlaw { param: problem.param.clone(), message: format!("{}; {}", sentence(&problem.message), problem.hint) }
}

/// A flaw as a failure.
pub(crate) fn slip(flaw: &ParamFlaw) -> Failure {
    let message = match &flaw.param {
        Some(param) => format!("The parameter {param} cannot be used: {}", flaw.message),
        None => flaw.message.clone(),
    };
    Failure::new(ErrorCode::JobCreationFailed, message).with_remediation("Mend it and ask again")
}

fn one_name_for_many(jobs: usize) -> ParamFlaw {
    let message = format!("A name is one file's, and {jobs} exports are asked for; leave the name empty");
    ParamFlaw { param: None, message }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().collect::<String>() + characters.as_str()).unwrap_or_default()
}

/// The fields of a connector.
pub(crate) fn fields(connector: &Connector, tongue: Tongue) -> Vec<ParamField> {
    connector.params().iter().map(|param| field(param, tongue)).collect()
}

fn field(param: &Param, tongue: Tongue) -> ParamField {
    let how = param.how_to_write();
    ParamField {
        name: param.name.clone(),
        label: param.label.in_language(tongue.tag()).unwrap_or(&param.name).to_owned(),
        help: param.help.in_language(tongue.tag()).map(str::to_owned),
        kind: kind(param.kind),
        choices: param.choices.iter().map(|choice| choice_view(choice, tongue)).collect(),
        fetched: param.fetched,
        default: param.default.as_ref().map(default_text),
        required: param.required,
        many: param.many,
        min: param.min,
        max: param.max,
        max_items: param.max_items,
        max_length: param.max_length,
        pattern: param.pattern.as_ref().map(|pattern| pattern.source().to_owned()),
        unit: param.unit.clone(),
        depends_on: param.depends_on.clone(),
        example: how.split_once('=').map_or_else(|| how.clone(), |(_, example)| example.to_owned()),
    }
}

fn kind(kind: ParamType) -> FieldKind {
    match kind {
        ParamType::Text => FieldKind::Text,
        ParamType::Integer => FieldKind::Integer,
        ParamType::Number => FieldKind::Number,
        ParamType::Boolean => FieldKind::Boolean,
        ParamType::Choice => FieldKind::Choice,
        ParamType::Datetime => FieldKind::Datetime,
        ParamType::Interval => FieldKind::Interval,
        ParamType::Json => FieldKind::Json,
        ParamType::Duration => FieldKind::Duration,
        ParamType::List => FieldKind::List,
    }
}

fn choice_view(choice: &Choice, tongue: Tongue) -> ChoiceView {
    let label = choice.label.in_language(tongue.tag()).unwrap_or(&choice.value).to_owned();
    ChoiceView { value: choice.value.clone(), label }
}

fn default_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(default_text).collect::<Vec<_>>().join(","),
        Value::Object(bounds) if bounds.contains_key("start") && bounds.contains_key("end") => {
            let bound = |name| bounds.get(name).map(default_text).unwrap_or_default();
            format!("{}/{}", bound("start"), bound("end"))
        }
        other => other.to_string(),
    }
}
