//! Links from web pages: nothing is sent before a person said so, here or once for a connection.
//!
//! A link names a connection and values of its parameters, and nothing else: no folder, no file name, no address. Whatever
//! it holds beyond that makes it useless.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use landfall_wire::{Ask, ErrorCode, Failure, JobId, NewExport};
use url::Url;

use crate::desk::{Desk, lock};
use crate::forms::{flaw, slip};
use crate::shelf::Shelf;

/// The file of connections whose links need no question.
const FILE: &str = "instant-links";

/// No link is longer, in bytes.
const LONGEST: usize = 8 * 1024;

/// So many questions wait for an answer; the oldest are forgotten.
const OPEN: usize = 20;

/// A link that asks for more exports than this is asked about, whatever is allowed.
const MOST_INSTANT: usize = 10;

/// The same link within this is one click that was meant once, whatever hand or page doubled it.
const SAME_CLICK: Duration = Duration::from_secs(5);

/// The last link that asked for an export without a question: what, when by the monotonic clock, and its first job.
pub(crate) type LastLink = Option<(NewExport, Duration, JobId)>;

/// What a link wants.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Export(NewExport),
    Adopt { connection: String, remote_id: String },
}

/// Questions that wait for an answer, and connections that need none.
#[derive(Debug, Default)]
pub(crate) struct Links {
    last: u64,
    open: VecDeque<(u64, Wanted)>,
    instant: BTreeSet<String>,
}

impl Links {
    pub(crate) fn open(shelf: &Shelf) -> Self {
        Self { instant: shelf.read_or_default(FILE), ..Self::default() }
    }

    /// Whether links of that connection need no question.
    pub(crate) fn is_instant(&self, connection: &str) -> bool {
        self.instant.contains(connection)
    }

    /// The number of a question; the same for one that waits already.
    fn ask(&mut self, wanted: Wanted) -> u64 {
        if let Some((number, _)) = self.open.iter().find(|(_, other)| *other == wanted) {
            return *number;
        }
        self.last += 1;
        self.open.push_back((self.last, wanted));
        if self.open.len() > OPEN {
            self.open.pop_front();
        }
        self.last
    }

    fn answered(&mut self, number: u64) -> Option<Wanted> {
        let at = self.open.iter().position(|(other, _)| *other == number)?;
        self.open.remove(at).map(|(_, wanted)| wanted)
    }
}

impl Desk {
    /// What a `landfall://` link wants: a question to the person, what came of it where no question is needed, or why it
    /// cannot be used. Nothing is sent before the answer, unless links of the connection need none.
    pub async fn take_link(&self, url: &str) -> Result<Ask, Failure> {
        match self.wanted(url) {
            Ok(wanted) => self.asked(wanted).await,
            Err(failure) => Ok(Ask::BadLink { failure }),
        }
    }

    /// The person's answer to such a question; `always` = links of that connection need none from now on.
    pub async fn answer_link(&self, number: u64, accepted: bool, always: bool) -> Result<Vec<JobId>, Failure> {
        let Some(wanted) = lock(&self.links).answered(number) else {
            return Err(Failure::new(ErrorCode::JobCreationFailed, "The question was answered already")
                .with_remediation("Click the link on the web page again"));
        };
        if !accepted {
            return Ok(Vec::new());
        }
        match wanted {
            Wanted::Export(export) => {
                if always {
                    self.allow_instant(&export.connection, true).await?;
                }
                self.request(export).await
            }
            Wanted::Adopt { connection, remote_id } => self.adopt(connection, remote_id).await.map(|id| vec![id]),
        }
    }

    /// Whether links of a connection need no question, kept over restarts.
    pub(crate) async fn allow_instant(&self, connection: &str, allowed: bool) -> Result<(), Failure> {
        let _turn = self.writing.lock().await;
        let instant = {
            let mut links = lock(&self.links);
            let is_new =
                if allowed { links.instant.insert(connection.to_owned()) } else { links.instant.remove(connection) };
            if !is_new {
                return Ok(());
            }
            links.instant.clone()
        };
        let shelf = self.shelf.clone();
        self.blocking(move || shelf.write(FILE, &instant)).await?
    }

    async fn asked(&self, wanted: Wanted) -> Result<Ask, Failure> {
        match wanted {
            Wanted::Export(export) => {
                let connector = self.connector_of(&export.connection)?;
                let wishes = connector.wishes(&export.given).map_err(|problem| slip(&flaw(&problem)))?;
                let jobs = wishes.len();
                let instant = lock(&self.links).is_instant(&export.connection) && jobs <= MOST_INSTANT;
                if !instant {
                    let title = wishes.first().map(|wish| self.title(&connector, wish)).unwrap_or_default();
                    let asked = wishes.first().map(|wish| self.asked_for(&connector, wish)).unwrap_or_default();
                    let number = lock(&self.links).ask(Wanted::Export(export.clone()));
                    return Ok(Ask::ConfirmExport { number, export, title, jobs, asked });
                }
                // One at a time: the second of two clicks finds what the first has asked for.
                let mut last = self.last_link.lock().await;
                let now = self.options.clock.monotonic();
                if let Some((other, at, id)) = last.as_ref()
                    && *other == export
                    && now.saturating_sub(*at) < SAME_CLICK
                {
                    return Ok(Ask::ShowJob { id: id.clone() });
                }
                match self.request(export.clone()).await {
                    Ok(ids) => {
                        let id = ids.into_iter().next().ok_or_else(nothing)?;
                        *last = Some((export, now, id.clone()));
                        Ok(Ask::ShowJob { id })
                    }
                    Err(failure) => Ok(Ask::BadLink { failure }),
                }
            }
            Wanted::Adopt { connection, remote_id } => {
                let wanted = Wanted::Adopt { connection: connection.clone(), remote_id: remote_id.clone() };
                let number = lock(&self.links).ask(wanted);
                Ok(Ask::ConfirmAdopt { number, connection, remote_id })
            }
        }
    }

    /// Reads a link; gives what it wants.
    fn wanted(&self, text: &str) -> Result<Wanted, Failure> {
        if text.len() > LONGEST {
            return Err(bad("The link is too long"));
        }
        let url = Url::parse(text.trim()).map_err(|_| bad("The link cannot be read"))?;
        if url.scheme() != "landfall" {
            return Err(bad("The link is not one of Landfall's"));
        }
        let mut given: Vec<(String, String)> =
            url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let connections: Vec<String> =
            given.extract_if(.., |(name, _)| name == "connection").map(|(_, value)| value).collect();
        let [connection] = connections.as_slice() else {
            return Err(bad("The link does not say by which connection"));
        };
        // `landfall://export?…` has it as host, `landfall:export?…` as path.
        let verb = url.host_str().map_or_else(|| url.path().trim_matches('/').to_owned(), str::to_owned);
        match verb.as_str() {
            "export" => self.wanted_export(connection, given),
            "adopt" => self.wanted_adopt(connection, &given),
            _ => Err(bad("The link wants something that Landfall does not know")),
        }
    }

    fn wanted_export(&self, connection: &str, given: Vec<(String, String)>) -> Result<Wanted, Failure> {
        self.known(connection)?.wishes(&given).map_err(|problem| slip(&flaw(&problem)))?;
        Ok(Wanted::Export(NewExport::of(connection, given)))
    }

    fn wanted_adopt(&self, connection: &str, given: &[(String, String)]) -> Result<Wanted, Failure> {
        self.known(connection)?;
        let named: BTreeMap<&str, &str> = given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        match (named.get("id"), given.len()) {
            (Some(id), 1) if !id.is_empty() && id.len() <= 512 && !id.chars().any(char::is_control) => {
                Ok(Wanted::Adopt { connection: connection.to_owned(), remote_id: (*id).to_owned() })
            }
            _ => Err(bad("The link does not say which job of the server")),
        }
    }

    fn known(&self, connection: &str) -> Result<std::sync::Arc<landfall_engine::connector::Connector>, Failure> {
        let there = self.engine.connections().has(connection).unwrap_or(false);
        if !there {
            // The name is a web page's: shown short, and never looked for elsewhere.
            let name: String = connection.chars().filter(|character| !character.is_control()).take(64).collect();
            return Err(Failure::new(
                ErrorCode::JobCreationFailed,
                format!("The link asks by a connection {name:?}, which is not there"),
            )
            .with_remediation("Add a connection of that name, or ask whoever made the page"));
        }
        self.connector_of(connection)
    }
}

fn bad(message: &str) -> Failure {
    Failure::new(ErrorCode::JobCreationFailed, message)
        .with_remediation("Ask whoever made the page; a link is like landfall://export?connection=NAME&camera=…")
}

fn nothing() -> Failure {
    Failure::new(ErrorCode::JobCreationFailed, "The link asks for nothing")
        .with_remediation("Ask whoever made the page")
}
