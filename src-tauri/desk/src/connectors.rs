//! Connectors: which there are, and new ones.

use landfall_engine::connector::{Connector, check};
use landfall_engine::library::Origin;
use landfall_wire::{
    ConnectorCheck, ConnectorOrigin, ConnectorProblem, ConnectorView, ErrorCode, Failure, SecretField,
};

use crate::desk::{Desk, lock};
use crate::forms::fields;
use crate::language::Tongue;
use crate::phrases;

/// No connector file is longer, in bytes.
const LONGEST: usize = 1024 * 1024;

impl Desk {
    /// All that can be used.
    pub async fn connectors(&self) -> Result<Vec<ConnectorView>, Failure> {
        let (library, tongue) = (self.engine.library(), self.tongue());
        self.blocking(move || {
            let (usable, damaged) = library.all();
            for failure in damaged {
                tracing::warn!(%failure, "a connector is left out");
            }
            usable.iter().map(|(entry, connector)| view(connector, origin(entry.origin), tongue)).collect()
        })
        .await
    }

    /// What a connector file is worth.
    pub async fn check_connector(&self, name: String, text: String) -> Result<ConnectorCheck, Failure> {
        let (library, tongue) = (self.engine.library(), self.tongue());
        self.blocking(move || match parsed(&name, &text) {
            Ok(connector) => {
                let there = library.find(connector.id()).ok();
                if there.as_ref().is_some_and(|entry| entry.origin == Origin::BuiltIn) {
                    return ConnectorCheck {
                        connector: None,
                        problems: vec![built_in(connector.id())],
                        replaces: false,
                    };
                }
                let connector = Some(view(&connector, ConnectorOrigin::Own, tongue));
                ConnectorCheck { connector, problems: Vec::new(), replaces: there.is_some() }
            }
            Err(problems) => ConnectorCheck { connector: None, problems, replaces: false },
        })
        .await
        .map(|check| ConnectorCheck {
            problems: check.problems.into_iter().map(|flaw| told(flaw, tongue)).collect(),
            ..check
        })
    }

    /// Adds a connector file that is right to the home.
    pub async fn add_connector(&self, name: String, text: String) -> Result<ConnectorView, Failure> {
        let (library, tongue) = (self.engine.library(), self.tongue());
        let view = self
            .blocking(move || {
                let connector = parsed(&name, &text).map_err(|problems| wrong(&problems))?;
                library.add(&connector, &text, None)?;
                Ok::<_, Failure>(view(&connector, ConnectorOrigin::Own, tongue))
            })
            .await??;
        lock(&self.connectors).remove(&view.id);
        Ok(view)
    }
}

fn parsed(name: &str, text: &str) -> Result<Connector, Vec<ConnectorProblem>> {
    if text.len() > LONGEST {
        return Err(vec![ConnectorProblem {
            line: None,
            key: String::new(),
            message: "the file is too long for a connector".into(),
            hint: "choose the connector's own file, which ends in .toml".into(),
        }]);
    }
    let checked = check(name, text, None).map_err(|problems| {
        problems
            .iter()
            .map(|problem| ConnectorProblem {
                line: (problem.line > 0).then_some(problem.line),
                key: problem.key.clone(),
                message: problem.message.clone(),
                hint: problem.hint.clone(),
            })
            .collect::<Vec<_>>()
    })?;
    Ok(checked.connector)
}

fn built_in(id: &str) -> ConnectorProblem {
    ConnectorProblem {
        line: None,
        key: "id".into(),
        message: format!("the connector {id} is built in, and is never replaced"),
        hint: "give yours another id".into(),
    }
}

/// A finding as the person reads it. What the language of connectors itself asks for stays as it is written there.
fn told(problem: ConnectorProblem, tongue: Tongue) -> ConnectorProblem {
    let book = phrases::book(tongue);
    ConnectorProblem { message: book.say(&problem.message), hint: book.say(&problem.hint), ..problem }
}

fn wrong(problems: &[ConnectorProblem]) -> Failure {
    let first = problems.first().map_or_else(String::new, |problem| format!(": {}; {}", problem.message, problem.hint));
    Failure::new(ErrorCode::JobCreationFailed, format!("The connector file cannot be used{first}"))
        .with_remediation("Mend the file and add it again")
}

fn origin(origin: Origin) -> ConnectorOrigin {
    match origin {
        Origin::BuiltIn => ConnectorOrigin::BuiltIn,
        Origin::Own => ConnectorOrigin::Own,
        Origin::Gallery => ConnectorOrigin::Gallery,
    }
}

fn view(connector: &Connector, origin: ConnectorOrigin, tongue: Tongue) -> ConnectorView {
    let ways = connector.secrets().into_iter();
    ConnectorView {
        id: connector.id().to_owned(),
        name: connector.name().to_owned(),
        help: connector.help().in_language(tongue.tag()).map(str::to_owned),
        origin,
        sign_in: ways.map(|(_, names)| names.into_iter().map(|name| secret(name, tongue)).collect()).collect(),
        hosts: connector.hosts().to_vec(),
        params: fields(connector, tongue),
    }
}

/// A secret by its name; those that many connectors have get words of their own.
fn secret(name: String, tongue: Tongue) -> SecretField {
    let label = match name.as_str() {
        "token" => tongue.pick("Token", "Token", "令牌").to_owned(),
        "user" | "username" => tongue.pick("User name", "Benutzername", "用户名").to_owned(),
        "password" => tongue.pick("Password", "Passwort", "密码").to_owned(),
        "client_id" => tongue.pick("Client id", "Client-ID", "客户端 ID").to_owned(),
        "client_secret" => tongue.pick("Client secret", "Client-Geheimnis", "客户端密钥").to_owned(),
        "refresh_token" => tongue.pick("Refresh token", "Refresh-Token", "刷新令牌").to_owned(),
        other => other.replace('_', " "),
    };
    let is_public = matches!(name.as_str(), "user" | "username" | "email" | "client_id" | "account" | "tenant");
    SecretField { name, label, is_public }
}
