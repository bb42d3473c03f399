//! Connections as the engine has them open: tried, bounded, put down.

use std::sync::{Arc, PoisonError};

use landfall_wire::{Failure, JobId};

use super::{Carried, Engine};
use crate::commons::Bounds;
use crate::connection::Connection;
use crate::connector::{Choice, Params};
use crate::net::{self, Network};
use crate::secrets::Credentials;
use crate::site::Site;

impl Engine {
    /// Asks a connection whether it works, as its connector says; `None` when the connector has no such question.
    pub async fn test(&self, connection: &str) -> Result<Option<()>, Failure> {
        tested(self.site(connection)?.as_ref()).await
    }

    /// Tries a connection out with secrets that are kept nowhere yet: whether the server takes the sign-in, by the
    /// connector's test or else by signing in; `None` when there is no way to know.
    pub async fn try_out(&self, connection: Connection, credentials: Credentials) -> Result<Option<()>, Failure> {
        let connector = self.library().connector(&connection.connector)?;
        connector.way(&credentials)?;
        let signs_in = connector.sign_in_steps(&credentials) > 0;
        let vault = self.vault.holding(credentials);
        let site = Site::open(connection, connector, vault, self.clock.clone(), &self.commons)?;
        match tested(&site).await? {
            None if signs_in => site.enter().await.map(Some),
            verdict => Ok(verdict),
        }
    }

    /// Puts a connection down: its jobs are no longer carried, and whoever carries them next goes on from what is stored, by
    /// the connection as it is written then. Gives the jobs.
    pub async fn close(&self, connection: &str) -> Vec<JobId> {
        let theirs = |carried: &Carried| carried.face.borrow().connection.as_deref() == Some(connection);
        let ids: Vec<JobId> =
            self.running().iter().filter(|(_, carried)| theirs(carried)).map(|(id, _)| id.clone()).collect();
        let carried: Vec<Carried> = ids.iter().filter_map(|id| self.running().remove(id)).collect();
        for carried in &carried {
            carried.task.stop();
        }
        for carried in carried {
            carried.task.ended().await;
        }
        self.sites.lock().unwrap_or_else(PoisonError::into_inner).remove(connection);
        ids
    }

    /// Sets what bounds all connections together; for what goes on too.
    pub fn set_bounds(&self, bounds: Bounds) {
        self.commons.set_bounds(bounds);
        for site in self.open_sites() {
            site.keep_within(&self.commons);
        }
    }

    /// Sets the way into the network for all connections: what is asked from now on goes that way. One that cannot be used
    /// changes nothing.
    pub fn set_network(&self, network: Network) -> Result<(), Failure> {
        net::api_client(&network)?;
        let before = self.commons.set_network(network);
        let sites = self.open_sites();
        let went = sites.iter().try_for_each(|site| site.go_through(&self.commons));
        if went.is_err() {
            self.commons.set_network(before);
            for site in &sites {
                // One whose own certificate has gone keeps the way that it has.
                let _ = site.go_through(&self.commons);
            }
        }
        went
    }

    fn open_sites(&self) -> Vec<Arc<Site>> {
        self.sites.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Opens a connection for that many submissions and downloads at once, whatever its file says. For a connection that
    /// carries jobs already it comes too late.
    pub fn open(&self, connection: &str, at_once: u32) -> Result<(), Failure> {
        self.site_of(connection, Some(at_once)).map(drop)
    }

    /// The choices of a parameter, fetched from the server; `None` when they are fixed. `given` is what is chosen so far.
    pub async fn choices(&self, connection: &str, param: &str, given: &Params) -> Result<Option<Vec<Choice>>, Failure> {
        let site = self.site(connection)?;
        let Some(request) = site.connector.choices_request(param, &site.place(), given) else { return Ok(None) };
        let answer = site.ask(request?).await.map_err(|setback| setback.failure)?;
        site.connector.read_choices(param, &site.place(), &answer).map(Some)
    }

    /// One open connection for all its jobs.
    pub(super) fn site(&self, name: &str) -> Result<Arc<Site>, Failure> {
        self.site_of(name, None)
    }

    fn site_of(&self, name: &str, at_once: Option<u32>) -> Result<Arc<Site>, Failure> {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(site) = sites.get(name) {
            return Ok(site.clone());
        }
        let mut connection: Connection = self.connections().get(name)?;
        connection.limit = at_once.or(connection.limit);
        let connector = self.library().connector(&connection.connector)?;
        let (vault, clock) = (self.vault.clone(), self.clock.clone());
        let site = Arc::new(Site::open(connection, connector, vault, clock, &self.commons)?);
        sites.insert(name.to_owned(), site.clone());
        Ok(site)
    }
}

/// Asks the connector's question; `None` when it has none.
async fn tested(site: &Site) -> Result<Option<()>, Failure> {
    let Some(request) = site.connector.test_request(&site.connection.name, &site.connection.url) else {
        return Ok(None);
    };
    let answer = site.ask(request?).await.map_err(|setback| setback.failure)?;
    site.connector.read_test(&answer).map(Some)
}
