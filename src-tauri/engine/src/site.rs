//! An open connection: one server, its clients, its limits, its sign-in.

use std::sync::Arc;
use std::time::Duration;

use landfall_wire::{ErrorCode, Failure};
use tokio::sync::{Mutex, Semaphore};

use crate::clock::Clock;
use crate::connection::Connection;
use crate::connector::{Connector, Standing};
use crate::net::{self, Answer, Request};
use crate::retry::Trouble;
use crate::secrets::{Credentials, Vault};
use crate::transfer::TakenNames;

/// What stopped a piece of work.
#[derive(Debug, Clone)]
pub(crate) struct Setback {
    /// For a person.
    pub(crate) failure: Failure,
    /// For the retry judge; without it the failure's code decides.
    pub(crate) trouble: Option<Trouble>,
    /// Whether something went forward before it.
    pub(crate) moved: bool,
}

impl From<Failure> for Setback {
    fn from(failure: Failure) -> Self {
        Self { failure, trouble: None, moved: false }
    }
}

/// Everything that jobs of one connection share.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) connection: Connection,
    pub(crate) connector: Arc<Connector>,
    /// For result files, and never with the API's token by itself.
    pub(crate) downloads: reqwest::Client,
    /// Names in use in the folders where files land.
    pub(crate) taken: TakenNames,
    /// Submissions in flight.
    pub(crate) submit_turns: Semaphore,
    /// Downloads at once.
    pub(crate) download_turns: Semaphore,
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    vault: Vault,
    credentials: Mutex<Option<Credentials>>,
    next_request: Mutex<Duration>,
}

impl Site {
    /// Opens a connection; nothing is sent yet.
    pub(crate) fn open(
        connection: Connection,
        connector: Arc<Connector>,
        vault: Vault,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let network = connection.network();
        let at_once = connection.limit.unwrap_or(connector.limits().jobs).max(1) as usize;
        Ok(Self {
            client: net::api_client(&network)?,
            downloads: net::download_client(&network)?,
            taken: TakenNames::default(),
            submit_turns: Semaphore::new(at_once),
            download_turns: Semaphore::new(at_once),
            credentials: Mutex::new(None),
            next_request: Mutex::new(Duration::ZERO),
            connection,
            connector,
            clock,
            vault,
        })
    }

    /// Sends an API request, signed in. Only answers that say something about the matter come back as answers.
    pub(crate) async fn ask(&self, mut request: Request) -> Result<Answer, Setback> {
        self.sign(&mut request).await?;
        self.wait_for_turn().await;
        let answer = net::exchange(&self.client, self.clock.as_ref(), request)
            .await
            .map_err(|trouble| self.out_of_reach(trouble))?;
        match Standing::of(&answer) {
            Standing::Ok | Standing::Refused { .. } => Ok(answer),
            Standing::SignIn => {
                // A token that was renewed meanwhile is read again at the next try.
                *self.credentials.lock().await = None;
                let message = format!("The server does not accept the sign-in of {:?}", self.connection.name);
                let again = format!(
                    "Sign in again: landfall connect add {} … --token-stdin; then `landfall recover` goes on",
                    self.connection.name
                );
                let failure = Failure::new(ErrorCode::AuthenticationError, message).with_remediation(again);
                let trouble = Some(Trouble::Status { status: 401, retry_after: None });
                Err(Setback { failure, trouble, moved: false })
            }
            Standing::Later { status } => {
                Err(self.out_of_reach(Trouble::Status { status, retry_after: answer.retry_after() }))
            }
        }
    }

    /// Adds the connection's sign-in, on its own origin only.
    pub(crate) async fn sign(&self, request: &mut Request) -> Result<(), Failure> {
        let credentials = self.credentials().await?;
        self.connector.authorize(request, &credentials, &self.connection.url)
    }

    /// Forgets the sign-in that was read, so that a new one is.
    pub(crate) async fn sign_in_again(&self) {
        *self.credentials.lock().await = None;
    }

    async fn credentials(&self) -> Result<Credentials, Failure> {
        let mut known = self.credentials.lock().await;
        if let Some(credentials) = known.as_ref() {
            return Ok(credentials.clone());
        }
        let (vault, keeping, name) = (self.vault.clone(), self.connection.secrets, self.connection.name.clone());
        // A keychain talks over its own bus and may ask the person: never on a thread that moves bytes.
        let read = tokio::task::spawn_blocking(move || vault.get(keeping, &name)).await;
        let credentials = read.unwrap_or_else(|_| {
            Err(Failure::new(ErrorCode::AuthenticationError, "The token could not be read from where it is kept"))
        })?;
        *known = Some(credentials.clone());
        Ok(credentials)
    }

    /// Spaces requests as the connector says.
    async fn wait_for_turn(&self) {
        let Some(per_second) = self.connector.limits().requests_per_second.filter(|rate| *rate > 0.0) else {
            return;
        };
        let mut next = self.next_request.lock().await;
        let now = self.clock.monotonic();
        let turn = (*next).max(now);
        *next = turn + Duration::from_secs_f64(1.0 / per_second);
        drop(next);
        self.clock.sleep(turn.saturating_sub(now)).await;
    }

    fn out_of_reach(&self, trouble: Trouble) -> Setback {
        let words = trouble.words();
        let host = self.connection.url.host_str().unwrap_or("the server");
        let message = format!("No useful answer from {host}: {words}");
        Setback { failure: Failure::new(ErrorCode::NetworkError, message), trouble: Some(trouble), moved: false }
    }
}
