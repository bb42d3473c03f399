//! How a service on several machines is to be: its role, its Redis and its bucket.

use std::str::FromStr;
use std::time::Duration;

use url::Url;

use crate::objects::s3::Bucket;
use crate::queue::redis::{Pem, RedisAddress};

/// What a process of a service on several machines does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// It answers requests, and works on nothing.
    Api,
    /// It works, and answers only those who watch it.
    Worker,
    /// Both.
    #[default]
    All,
}

impl Role {
    /// Whether it answers requests.
    pub(crate) fn answers(self) -> bool {
        self != Self::Worker
    }

    /// Whether it works.
    pub(crate) fn works(self) -> bool {
        self != Self::Api
    }
}

impl FromStr for Role {
    type Err = ClusterError;

    fn from_str(word: &str) -> Result<Self, ClusterError> {
        match word {
            "api" => Ok(Self::Api),
            "worker" => Ok(Self::Worker),
            "all" => Ok(Self::All),
            _ => Err(ClusterError::Role),
        }
    }
}

/// A service on several machines: all of its processes have the same Redis and bucket, and share nothing else.
#[derive(Debug, Clone)]
pub struct Cluster {
    pub(crate) role: Role,
    pub(crate) redis: RedisAddress,
    pub(crate) bucket: Bucket,
    /// A worker that is silent for so long has lost its job to the next.
    pub lease: Duration,
    /// So long an ended job can be asked for.
    pub keep: Duration,
    /// A process that answers and is told to stop goes on answering for so long, and says on `/readyz` that it stops: whoever shares
    /// the requests out is to have seen it.
    pub drain: Duration,
}

/// Secrets that are better not in an address, since others on the machine can read a command line.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Redis's password, where its address has none.
    pub redis_password: Option<String>,
    /// Id and secret of the key to the bucket, where its address has none.
    pub bucket_key: Option<(String, String)>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secrets(****)")
    }
}

/// An address or a role that cannot be; no message names a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// Not a role.
    #[error("there is no such role: known are api, worker and all")]
    Role,
    /// Not an address of Redis.
    #[error(
        "the queue's address is not of the form redis://host:port/number or rediss://host:port/number?ca=file&identity=file"
    )]
    Queue,
    /// Certificates, and a connection that has none.
    #[error("certificates are for a queue over TLS: write rediss:// in place of redis://")]
    Plain,
    /// A file of certificates that is of no use.
    #[error("the certificate file {file} cannot be used: {why}")]
    Certificate {
        /// As it was named.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// Not an address of a bucket.
    #[error(
        "the store's address is not of the form s3://bucket?endpoint=http://host:port&region=name&public=http://host:port"
    )]
    Store,
    /// Nobody said how to get in.
    #[error("the key to the bucket is missing: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")]
    NoKey,
}

impl Cluster {
    /// So long a worker may be silent, by default: as with BullMQ.
    pub const LEASE: Duration = Duration::from_secs(30);

    /// So long an ended job can be asked for, by default.
    pub const KEEP: Duration = Duration::from_hours(7 * 24);

    /// So long a process that stops still answers, by default.
    pub const DRAIN: Duration = Duration::from_secs(2);

    /// Reads the two addresses.
    pub fn new(role: Role, queue: &str, store: &str, secrets: Secrets) -> Result<Self, ClusterError> {
        let redis = redis(queue, &secrets)?;
        let bucket = bucket(store, secrets)?;
        Ok(Self { role, redis, bucket, lease: Self::LEASE, keep: Self::KEEP, drain: Self::DRAIN })
    }
}

/// The address of Redis, with its password in it and the certificates that it names read.
pub(crate) fn redis(queue: &str, secrets: &Secrets) -> Result<RedisAddress, ClusterError> {
    let mut url = Url::parse(queue).map_err(|_| ClusterError::Queue)?;
    let secure = url.scheme() == "rediss";
    if !(secure || url.scheme() == "redis") || url.host_str().is_none_or(str::is_empty) || url.fragment().is_some() {
        return Err(ClusterError::Queue);
    }
    let (mut authority, mut identity) = (None, None);
    for (key, file) in url.query_pairs() {
        let wanted = match &*key {
            "ca" => &mut authority,
            "identity" => &mut identity,
            _ => return Err(ClusterError::Queue),
        };
        if !secure {
            return Err(ClusterError::Plain);
        }
        *wanted = Some(pem(&file, &key)?);
    }
    url.set_query(None);
    if url.password().is_none()
        && let Some(password) = &secrets.redis_password
    {
        url.set_password(Some(password)).map_err(|()| ClusterError::Queue)?;
    }
    Ok(RedisAddress { url: url.into(), authority, identity })
}

/// A file of certificates, and of a key where it is ours.
fn pem(file: &str, purpose: &str) -> Result<Pem, ClusterError> {
    let refuse = |why: String| ClusterError::Certificate { file: file.to_owned(), why };
    let text = std::fs::read_to_string(file).map_err(|error| refuse(error.to_string()))?;
    // Without one all that is said later is that the server's certificate is not known.
    if !text.contains("-----BEGIN CERTIFICATE-----") {
        return Err(refuse("it holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)".to_owned()));
    }
    if purpose == "identity" && !text.contains("PRIVATE KEY-----") {
        return Err(refuse("it holds no private key beside the certificate (-----BEGIN PRIVATE KEY-----)".to_owned()));
    }
    Ok(Pem(text.into_bytes()))
}

fn bucket(store: &str, secrets: Secrets) -> Result<Bucket, ClusterError> {
    let url = Url::parse(store).map_err(|_| ClusterError::Store)?;
    let name = url.host_str().filter(|name| !name.is_empty()).ok_or(ClusterError::Store)?.to_owned();
    if url.scheme() != "s3" {
        return Err(ClusterError::Store);
    }
    let (mut endpoint, mut public, mut region) = (None, None, "us-east-1".to_owned());
    for (key, value) in url.query_pairs() {
        let address = || {
            let there = Url::parse(&value).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            there.then(|| value.trim_end_matches('/').to_owned()).ok_or(ClusterError::Store)
        };
        match &*key {
            "endpoint" => endpoint = Some(address()?),
            "public" => public = Some(address()?),
            "region" => region = value.into_owned(),
            _ => return Err(ClusterError::Store),
        }
    }
    let decoded = |text: &str| {
        url::form_urlencoded::parse(format!("v={}", text.replace('+', "%2B")).as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let (key_id, secret) = match (url.password(), secrets.bucket_key) {
        (Some(secret), _) if !url.username().is_empty() => (decoded(url.username()), decoded(secret)),
        (_, Some(key)) => key,
        _ => return Err(ClusterError::NoKey),
    };
    Ok(Bucket { name, endpoint, public, region, key_id, secret })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(queue: &str, store: &str) -> Result<Cluster, ClusterError> {
        Cluster::new(Role::All, queue, store, Secrets::default())
    }

    #[test]
    fn d_5_addresses_are_read_and_their_secrets_do_not_print() {
        let secrets = Secrets {
            redis_password: Some("hush/1".to_owned()),
            bucket_key: Some(("id".to_owned(), "hush2".to_owned())),
        };
        let store = "s3://results?endpoint=http://127.0.0.1:9000/&region=eu-1&public=https://files.example.org";
        let cluster = Cluster::new(Role::Api, "redis://127.0.0.1:6379/2", store, secrets.clone()).unwrap();
        assert_eq!(cluster.redis.url, "redis://:hush%2F1@127.0.0.1:6379/2");
        assert_eq!(cluster.bucket.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
        assert_eq!(cluster.bucket.public.as_deref(), Some("https://files.example.org"));
        assert_eq!((cluster.bucket.name.as_str(), cluster.bucket.region.as_str()), ("results", "eu-1"));
        let printed = format!("{cluster:?} {secrets:?}");
        assert!(!printed.contains("hush"), "{printed}");
    }

    #[test]
    fn d_5_what_is_no_address_is_refused_in_a_sentence() {
        let good = "s3://id:secret@results";
        assert!(cluster("redis://localhost", good).is_ok());
        assert_eq!(cluster("localhost:6379", good).unwrap_err(), ClusterError::Queue);
        assert_eq!(cluster("http://localhost", good).unwrap_err(), ClusterError::Queue);
        for store in ["results", "s3://", "file:///tmp", "s3://a:b@results?endpoint=localhost", "s3://a:b@results?x=1"]
        {
            assert_eq!(cluster("redis://localhost", store).unwrap_err(), ClusterError::Store, "{store}");
        }
        assert_eq!(cluster("redis://localhost", "s3://results").unwrap_err(), ClusterError::NoKey);
        assert_eq!("boss".parse::<Role>(), Err(ClusterError::Role));
    }
}
