//! Signing in: once for all jobs of a connection, and again when the server says that it is over.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use landfall_wire::{ErrorCode, Failure};

use super::{Setback, Site};
use crate::connector::{Place, Session, SignIn, SignInReading, Signature};
use crate::net::{self, Answer, Request};
use crate::secrets::{Credentials, Secret};

/// A token is not used in its last minute, or in the last tenth of a short life: it could die on the way.
const MARGIN: Duration = Duration::from_mins(1);
const SHARE_OF_LIFE: u32 = 10;

/// Where the jobs of a connection wait for one sign-in.
#[derive(Debug, Default)]
pub(super) struct Entrance {
    inner: tokio::sync::Mutex<Inner>,
    /// How often a sign-in was tried: whoever waited for one that failed takes its failure and does not try the next.
    tried: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    pass: Option<Arc<Pass>>,
    failed: Option<Setback>,
    /// A refresh token that could not be put into the vault.
    unsaved: Option<Secret>,
}

/// What requests are signed with, as long as it is good.
#[derive(Debug)]
pub(crate) struct Pass {
    credentials: Credentials,
    session: Option<Mutex<Session>>,
    /// By the monotonic clock.
    over_at: Option<Duration>,
}

impl Pass {
    fn session(&self) -> Option<MutexGuard<'_, Session>> {
        self.session.as_ref().map(|session| session.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Site {
    /// The connection as its connector sees it.
    pub(crate) fn place(&self) -> Place<'_> {
        Place { name: &self.connection.name, url: &self.connection.url, hosts: &self.connection.hosts }
    }

    /// What requests are signed with; signs in when there is nothing good.
    pub(super) async fn pass(&self) -> Result<Arc<Pass>, Setback> {
        let seen = self.entrance.tried.load(Ordering::Acquire);
        let mut inner = self.entrance.inner.lock().await;
        let now = self.clock.monotonic();
        match &inner.pass {
            Some(pass) if pass.over_at.is_none_or(|end| now < end) => Ok(pass.clone()),
            _ => self.make_pass(&mut inner, seen, None).await,
        }
    }

    /// Another pass than the one that was refused; jobs that were refused at the same time share one.
    pub(super) async fn renewed(&self, refused: &Arc<Pass>) -> Result<Arc<Pass>, Setback> {
        let seen = self.entrance.tried.load(Ordering::Acquire);
        let mut inner = self.entrance.inner.lock().await;
        match &inner.pass {
            Some(pass) if !Arc::ptr_eq(pass, refused) => Ok(pass.clone()),
            _ => self.make_pass(&mut inner, seen, Some(refused)).await,
        }
    }

    /// Signs in, unless that is done already.
    pub(crate) async fn enter(&self) -> Result<(), Failure> {
        self.pass().await.map(drop).map_err(|setback| setback.failure)
    }

    /// Forgets the sign-in, so that a new one is made with what the vault holds then.
    pub(crate) async fn sign_in_again(&self) {
        let mut inner = self.entrance.inner.lock().await;
        *inner = Inner { unsaved: inner.unsaved.take(), ..Inner::default() };
    }

    pub(super) fn sign_with(&self, pass: &Pass, request: &mut Request) -> Result<(), Failure> {
        let session = pass.session();
        self.connector.sign(
            request,
            &Signature {
                place: self.place(),
                credentials: &pass.credentials,
                session: session.as_deref(),
                now: self.clock.now(),
            },
        )
    }

    /// Keeps cookies and CSRF tokens as fresh as the last answer.
    pub(super) fn keep_up(&self, pass: &Pass, answer: &Answer) {
        if let Some(mut session) = pass.session() {
            self.connector.keep_up(&self.place(), &mut session, answer);
        }
    }

    async fn make_pass(&self, inner: &mut Inner, seen: u64, refused: Option<&Arc<Pass>>) -> Result<Arc<Pass>, Setback> {
        if self.entrance.tried.load(Ordering::Acquire) != seen
            && let Some(failed) = &inner.failed
        {
            return Err(failed.clone());
        }
        inner.pass = None;
        let entered = self.sign_in(inner, refused).await;
        self.entrance.tried.fetch_add(1, Ordering::Release);
        inner.failed = entered.as_ref().err().cloned();
        let pass = Arc::new(entered?);
        inner.pass = Some(pass.clone());
        Ok(pass)
    }

    async fn sign_in(&self, inner: &mut Inner, refused: Option<&Arc<Pass>>) -> Result<Pass, Setback> {
        let mut credentials = self.credentials().await?;
        if let Some(unsaved) = &inner.unsaved {
            credentials.named.insert("refresh_token".into(), unsaved.clone());
        }
        let steps = self.connector.sign_in_steps(&credentials);
        if steps == 0 {
            // A token is what it is; only a person, who put another into the vault, makes it better.
            if refused.is_some_and(|refused| refused.credentials == credentials) {
                return Err(self.not_accepted());
            }
            return Ok(Pass { credentials, session: None, over_at: None });
        }
        let mut session = self.walk_in(steps, &credentials).await?;
        if let Some(fresh) = session.refresh_token.take() {
            credentials.named.insert("refresh_token".into(), fresh.clone());
            inner.unsaved = self.keep(credentials.clone()).await.err().map(|failure| {
                tracing::warn!(connection = self.connection.name, %failure, "the fresh refresh token is not kept");
                fresh
            });
        }
        let life = session.expires_in.map(|life| life.saturating_sub(MARGIN.min(life / SHARE_OF_LIFE)));
        let over_at = life.map(|life| self.clock.monotonic().saturating_add(life));
        tracing::debug!(connection = self.connection.name, "signed in");
        Ok(Pass { credentials, session: Some(Mutex::new(session)), over_at })
    }

    async fn walk_in(&self, steps: usize, credentials: &Credentials) -> Result<Session, Setback> {
        let place = self.place();
        let mut so_far = SignIn::default();
        for step in 0..steps {
            let request = self.connector.sign_in_request(&place, credentials, step, &so_far, self.clock.now())?;
            self.wait_for_turn().await;
            let sent = net::exchange(&self.client(), self.clock.as_ref(), request).await;
            // Nothing that a job asks for was sent yet: the trouble says nothing about its request.
            let answer = sent.map_err(|trouble| Setback { trouble: None, ..self.out_of_reach(trouble) })?;
            match self.connector.read_sign_in(&place, credentials, step, so_far, &answer)? {
                SignInReading::Next(more) => so_far = more,
                SignInReading::Done(session) => return Ok(session),
            }
        }
        Err(self.not_accepted())
    }

    async fn credentials(&self) -> Result<Credentials, Failure> {
        let (vault, keeping, name) = (self.vault.clone(), self.connection.secrets, self.connection.name.clone());
        // A keychain talks over its own bus and may ask the person: never on a thread that moves bytes.
        let read = tokio::task::spawn_blocking(move || vault.get(keeping, &name)).await;
        read.unwrap_or_else(|_| {
            Err(Failure::new(ErrorCode::AuthenticationError, "The token could not be read from where it is kept"))
        })
    }

    async fn keep(&self, credentials: Credentials) -> Result<(), Failure> {
        let (vault, keeping, name) = (self.vault.clone(), self.connection.secrets, self.connection.name.clone());
        let kept = tokio::task::spawn_blocking(move || vault.put(keeping, &name, &credentials)).await;
        kept.unwrap_or_else(|_| {
            Err(Failure::new(ErrorCode::AuthenticationError, "The token could not be written to where it is kept"))
        })
    }
}
