//! How a service is to be, and why it does not start.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use crate::auth::{Client, ClientError, Clients, User, UserError, Users};
use crate::cluster::Cluster;
use crate::database::DatabaseError;
use crate::faults::Faults;
use crate::queue::QueueError;

/// As long as S3 lets a link be good.
const LONGEST_LINK: Duration = Duration::from_hours(7 * 24);

/// A client that has asked for a job asks for its end at least this often.
const SHORTEST_KEEP: Duration = Duration::from_mins(1);

/// A worker that renews its lease more often does little else.
const SHORTEST_LEASE: Duration = Duration::from_secs(1);

/// How a service is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address of this machine that the API listens on; 127.0.0.1 is for this machine only.
    pub host: IpAddr,
    /// Port of the API; 0 takes any that is free.
    pub port: u16,
    /// How clients reach the API, where that is another address, such as a proxy's; without a slash at its end.
    pub public_url: Option<String>,
    /// Port of the storage on 127.0.0.1; 0 takes the one of the last start if it is free, else any.
    pub storage_port: u16,
    /// The folder of the database and the objects; made when it is missing.
    pub data: PathBuf,
    /// Who may ask. With nobody here the service makes one user and a token of its own, and keeps both in the data folder.
    pub users: Vec<User>,
    /// OAuth clients. A user that has none here has one with its name as id and its token as secret.
    pub clients: Vec<Client>,
    /// How long an access token is good.
    pub token_ttl: Duration,
    /// How long a link to a result is good.
    pub link_ttl: Duration,
    /// Stretches the work: 0 as fast as it goes, 1 about three seconds a job, 10 ten times that.
    pub pace: f64,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// Workers, each with one job at a time. 0 takes jobs and works on none.
    pub workers: usize,
    /// Pause before a job's second attempt; doubles before the third.
    pub backoff: Duration,
    /// The program that renders videos: a whole path, or a name to be found in `PATH`.
    pub ffmpeg: PathBuf,
    /// How often an event stream looks whether something has changed.
    pub look: Duration,
    /// Jobs of one user that may wait or be worked on at the same time; 0 for any number.
    pub most_open: u32,
    /// Redis and a bucket in the place of the data folder, for any number of processes. The folder then only has what goes
    /// with a process: scratch files, and the logs of FFmpeg.
    pub cluster: Option<Cluster>,
}

impl Options {
    /// The defaults: any port, links good for an hour, pace 1, two workers, no faults,
    /// FFmpeg from `PATH`, streams that look once a second.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            public_url: None,
            storage_port: 0,
            data: data.into(),
            users: Vec::new(),
            clients: Vec::new(),
            token_ttl: Duration::from_hours(1),
            link_ttl: Duration::from_hours(1),
            pace: 1.0,
            faults: Faults::none(),
            workers: 2,
            backoff: Duration::from_secs(1),
            ffmpeg: "ffmpeg".into(),
            look: Duration::from_secs(1),
            most_open: 0,
            cluster: None,
        }
    }

    /// Refuses what no service can be, before anything is touched.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        if !self.pace.is_finite() || self.pace < 0.0 {
            return Err(StartError::Pace);
        }
        if self.link_ttl.is_zero() {
            return Err(StartError::LinkTtl);
        }
        if let Some(cluster) = &self.cluster {
            if self.link_ttl > LONGEST_LINK {
                return Err(StartError::LinkTtlOfBucket);
            }
            if cluster.lease < SHORTEST_LEASE {
                return Err(StartError::Lease);
            }
            if cluster.keep < SHORTEST_KEEP {
                return Err(StartError::Keep);
            }
        }
        if self.token_ttl.is_zero() {
            return Err(StartError::TokenTtl);
        }
        if self.look.is_zero() {
            return Err(StartError::Look);
        }
        Users::new(&self.users)?;
        // Without users there will be one of the service's own, which is not known yet.
        if !self.users.is_empty() {
            Clients::new(&self.users, &self.clients)?;
        }
        Ok(())
    }
}

/// Why a service does not start; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The users contradict each other or the wire.
    #[error(transparent)]
    Users(#[from] UserError),
    /// The pace is negative or no number.
    #[error("the pace must be a number from 0 up")]
    Pace,
    /// A link must live for a while.
    #[error("links must be good for more than no time at all")]
    LinkTtl,
    /// S3 signs no link for longer.
    #[error("links to a bucket can be good for a week at most")]
    LinkTtlOfBucket,
    /// A lease is renewed three times while it lasts.
    #[error("a worker's lease must last for a second at least")]
    Lease,
    /// Whoever asked for a job must learn how it ended.
    #[error("ended jobs must be kept for a minute at least")]
    Keep,
    /// An access token must live for a while.
    #[error("access tokens must be good for more than no time at all")]
    TokenTtl,
    /// A client is nobody's, or contradicts another.
    #[error(transparent)]
    Clients(#[from] ClientError),
    /// A stream cannot look all the time.
    #[error("event streams must rest for a moment between two looks")]
    Look,
    /// The folder cannot be made or written.
    #[error("the data folder cannot be used: {0}; choose a folder that can be written")]
    Data(#[source] io::Error),
    /// Another service works in the folder.
    #[error("another service works in this data folder: stop it, or choose another folder")]
    InUse,
    /// The database cannot be opened.
    #[error("the database in the data folder cannot be used: {0}; choose an empty folder to start anew")]
    Database(#[source] QueueError),
    /// Redis is not there, or does not let us in.
    #[error("{0}; start Redis, or mend its address")]
    Redis(#[source] QueueError),
    /// The bucket is not there, or does not let us in.
    #[error("the bucket cannot be used: {0}; start the object store, make the bucket, or mend its address and key")]
    Bucket(#[source] io::Error),
    /// The port is taken or forbidden.
    #[error("port {port} cannot be listened on: {source}; choose another, or 0 for any")]
    Port {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
}

impl From<DatabaseError> for StartError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Role, Secrets};

    #[test]
    fn d_5_a_lease_or_a_link_that_cannot_be_is_refused_before_anything_is_touched() {
        let cluster = Cluster::new(Role::All, "redis://localhost", "s3://id:secret@results", Secrets::default());
        let mut options = Options { cluster: cluster.ok(), ..Options::new("") };
        assert!(options.check().is_ok());
        options.link_ttl = Duration::from_hours(8 * 24);
        assert!(matches!(options.check(), Err(StartError::LinkTtlOfBucket)), "S3 would refuse every link");
        options.link_ttl = Duration::from_hours(7 * 24);
        for lease in [Duration::ZERO, Duration::from_millis(2)] {
            options.cluster.as_mut().unwrap().lease = lease;
            assert!(matches!(options.check(), Err(StartError::Lease)), "{lease:?}");
        }
        options.cluster.as_mut().unwrap().lease = Cluster::LEASE;
        options.cluster.as_mut().unwrap().keep = Duration::from_secs(59);
        assert!(matches!(options.check(), Err(StartError::Keep)), "nobody would learn of the end");
        options.cluster = None;
        options.link_ttl = Duration::from_hours(8 * 24);
        assert!(options.check().is_ok(), "links of our own may be good for longer");
    }
}
