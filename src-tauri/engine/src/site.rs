//! An open connection: one server, its clients, its limits, its sign-in.

mod entrance;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use landfall_wire::{ErrorCode, Failure};
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::commons::Commons;
use crate::connection::Connection;
use crate::connector::{Connector, Item, Standing};
use crate::entropy::Entropy;
use crate::monitor::{self, EventStream, Hub, StreamOrder};
use crate::net::{self, Answer, Network, Request};
use crate::retry::Trouble;
use crate::secrets::Vault;
use crate::transfer::TakenNames;
use crate::turns::Turns;
use entrance::Entrance;
pub(crate) use entrance::Pass;

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
    /// Names in use in the folders where files land.
    pub(crate) taken: TakenNames,
    /// Submissions in flight.
    pub(crate) submit_turns: Turns,
    /// Downloads at once.
    pub(crate) download_turns: Turns,
    clients: RwLock<Clients>,
    clock: Arc<dyn Clock>,
    vault: Vault,
    entrance: Entrance,
    next_request: Mutex<Duration>,
    /// The last answer to the question that all jobs share, and when it was asked.
    common: Mutex<Option<(Duration, Answer)>>,
    hub: OnceLock<Hub<Item>>,
}

/// The clients of one connection.
#[derive(Debug, Clone)]
struct Clients {
    /// For the API.
    api: reqwest::Client,
    /// For result files, and never with the API's token by itself.
    downloads: reqwest::Client,
}

impl Clients {
    fn of(network: &Network) -> Result<Self, Failure> {
        Ok(Self { api: net::api_client(network)?, downloads: net::download_client(network)? })
    }
}

impl Site {
    /// Opens a connection; nothing is sent yet.
    pub(crate) fn open(
        connection: Connection,
        connector: Arc<Connector>,
        vault: Vault,
        clock: Arc<dyn Clock>,
        commons: &Commons,
    ) -> Result<Self, Failure> {
        let at_once = commons.at_once(&connection, &connector);
        Ok(Self {
            clients: RwLock::new(Clients::of(&commons.network(&connection))?),
            taken: TakenNames::default(),
            submit_turns: Turns::new(at_once),
            download_turns: Turns::new(at_once),
            entrance: Entrance::default(),
            next_request: Mutex::new(Duration::ZERO),
            common: Mutex::new(None),
            hub: OnceLock::new(),
            connection,
            connector,
            clock,
            vault,
        })
    }

    /// The way into the network was set anew: what is asked from now on goes that way.
    pub(crate) fn go_through(&self, commons: &Commons) -> Result<(), Failure> {
        let clients = Clients::of(&commons.network(&self.connection))?;
        *self.clients.write().unwrap_or_else(PoisonError::into_inner) = clients;
        Ok(())
    }

    /// The bounds were set anew.
    pub(crate) fn keep_within(&self, commons: &Commons) {
        let at_once = commons.at_once(&self.connection, &self.connector);
        self.submit_turns.resize(at_once);
        self.download_turns.resize(at_once);
    }

    /// For result files, and never with the API's token by itself.
    pub(crate) fn downloads(&self) -> reqwest::Client {
        self.clients.read().unwrap_or_else(PoisonError::into_inner).downloads.clone()
    }

    /// For the API.
    fn client(&self) -> reqwest::Client {
        self.clients.read().unwrap_or_else(PoisonError::into_inner).api.clone()
    }

    /// Sends an API request, signed in. Only answers that say something about the matter come back as answers.
    pub(crate) async fn ask(&self, request: Request) -> Result<Answer, Setback> {
        let answer = self.ask_any(request).await?;
        match self.later(&answer) {
            None => Ok(answer),
            Some(setback) => Err(setback),
        }
    }

    /// Asks the question that all jobs share, unless it was asked after that moment of the monotonic clock and answered:
    /// whoever comes meanwhile waits for the same answer. With the answer comes when it was asked.
    pub(crate) async fn ask_in_common(&self, request: Request, after: Duration) -> Result<(Duration, Answer), Setback> {
        let mut common = self.common.lock().await;
        if let Some((asked_at, answer)) = common.as_ref().filter(|(asked_at, _)| *asked_at > after) {
            return Ok((*asked_at, answer.clone()));
        }
        let asked_at = self.clock.monotonic();
        let answer = self.ask(request).await?;
        *common = Some((asked_at, answer.clone()));
        Ok((asked_at, answer))
    }

    /// The same for a question to which "not now" may be an answer as well: whoever reads it decides. A sign-in that is
    /// over is made again, once for a request.
    pub(crate) async fn ask_any(&self, request: Request) -> Result<Answer, Setback> {
        let is_over = |answer: &Answer| self.connector.relogin_on().contains(&answer.status);
        let pass = self.pass().await?;
        let mut answer = self.ask_with(&pass, &request).await?;
        if is_over(&answer) {
            let fresh = self.renewed(&pass).await?;
            answer = self.ask_with(&fresh, &request).await?;
            if is_over(&answer) {
                self.sign_in_again().await;
                return Err(self.not_accepted());
            }
        }
        match Standing::of(&answer) {
            Standing::Ok | Standing::Refused { .. } | Standing::Later { .. } => Ok(answer),
            Standing::SignIn => {
                self.sign_in_again().await;
                Err(self.not_accepted())
            }
        }
    }

    /// The setback of an answer that only says that the server cannot answer now.
    pub(crate) fn later(&self, answer: &Answer) -> Option<Setback> {
        match Standing::of(answer) {
            Standing::Later { status } => {
                Some(self.out_of_reach(Trouble::Status { status, retry_after: answer.retry_after() }))
            }
            Standing::Ok | Standing::Refused { .. } | Standing::SignIn => None,
        }
    }

    /// Adds the connection's sign-in to the request for a download or a stream.
    pub(crate) async fn sign(&self, request: &mut Request) -> Result<Arc<Pass>, Failure> {
        let pass = self.pass().await.map_err(|setback| setback.failure)?;
        self.sign_with(&pass, request)?;
        Ok(pass)
    }

    /// The same once a sign-in was refused: with another one, which jobs that were refused at the same time share.
    pub(crate) async fn sign_anew(&self, request: &mut Request, refused: &Arc<Pass>) -> Result<Arc<Pass>, Failure> {
        let pass = self.renewed(refused).await.map_err(|setback| setback.failure)?;
        self.sign_with(&pass, request)?;
        Ok(pass)
    }

    async fn ask_with(&self, pass: &Pass, request: &Request) -> Result<Answer, Setback> {
        let mut request = request.clone();
        self.sign_with(pass, &mut request)?;
        self.wait_for_turn().await;
        // Boxed: thousands of jobs wait for a turn or for news, and each would hold the room that a request takes.
        let answer = Box::pin(net::exchange(&self.client(), self.clock.as_ref(), request))
            .await
            .map_err(|trouble| self.out_of_reach(trouble))?;
        self.keep_up(pass, &answer);
        Ok(answer)
    }

    fn not_accepted(&self) -> Setback {
        let message = format!("The server does not accept the sign-in of {:?}", self.connection.name);
        let again = format!(
            "Sign in again: landfall connect add {} … --token-stdin; then `landfall recover` goes on",
            self.connection.name
        );
        let failure = Failure::new(ErrorCode::AuthenticationError, message).with_remediation(again);
        let trouble = Some(Trouble::Status { status: 401, retry_after: None });
        Setback { failure, trouble, moved: false }
    }

    /// The stream that this connection's jobs share; opened while one of them listens.
    pub(crate) fn hub(self: &Arc<Self>, entropy: &Arc<dyn Entropy>) -> &Hub<Item> {
        self.hub.get_or_init(|| monitor::hub_of(self, entropy))
    }

    /// A stream of events; asked for when it is first listened to.
    pub(crate) fn stream(&self, order: StreamOrder, entropy: Arc<dyn Entropy>) -> EventStream {
        EventStream::new(self.client(), self.clock.clone(), entropy, order)
    }

    /// The time that this connection lives in.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
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
