//! What all connections of one engine share: turns and speed of downloads, the way into the network, and what a person set
//! for connections that say nothing themselves.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::connection::{Connection, JOBS_AT_ONCE};
use crate::connector::Connector;
use crate::net::Network;
use crate::transfer::Throttle;
use crate::turns::Turns;

/// What a person may set for all connections together. The default sets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Submits in flight and downloads at once of one connection, unless it says otherwise itself; a server that bears
    /// less gets less. `None` = as the connector says.
    pub at_once: Option<u32>,
    /// Downloads at once of all connections together; `None` = no bound.
    pub downloads: Option<u32>,
    /// Bytes a second of all downloads together; `None` = no bound.
    pub rate: Option<u64>,
}

/// The shared things themselves.
#[derive(Debug)]
pub(crate) struct Commons {
    /// Downloads of all connections.
    pub(crate) downloads: Turns,
    /// The speed of all downloads.
    pub(crate) throttle: Throttle,
    bounds: Mutex<Bounds>,
    network: Mutex<Network>,
}

impl Default for Commons {
    fn default() -> Self {
        Self {
            downloads: Turns::new(u32::MAX),
            throttle: Throttle::default(),
            bounds: Mutex::default(),
            network: Mutex::default(),
        }
    }
}

impl Commons {
    /// Sets the bounds, for what goes on too.
    pub(crate) fn set_bounds(&self, bounds: Bounds) {
        *lock(&self.bounds) = bounds;
        self.downloads.resize(bounds.downloads.unwrap_or(u32::MAX).max(1));
        self.throttle.set(bounds.rate.unwrap_or(0));
    }

    /// Sets the way into the network, for what is opened from now on; gives the one of before.
    pub(crate) fn set_network(&self, network: Network) -> Network {
        std::mem::replace(&mut *lock(&self.network), network)
    }

    /// The way into the network of that connection.
    pub(crate) fn network(&self, connection: &Connection) -> Network {
        let mut network = lock(&self.network).clone();
        network.certificate_authorities.extend(connection.certificate_authority.clone());
        network
    }

    /// Submits in flight and downloads at once of that connection.
    pub(crate) fn at_once(&self, connection: &Connection, connector: &Connector) -> u32 {
        let bearable = connector.limits().jobs;
        let of_all = lock(&self.bounds).at_once;
        let unsaid = match (of_all, bearable) {
            (Some(wanted), Some(bearable)) => wanted.min(bearable),
            (one, other) => one.or(other).unwrap_or(JOBS_AT_ONCE),
        };
        connection.limit.unwrap_or(unsaid).max(1)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
