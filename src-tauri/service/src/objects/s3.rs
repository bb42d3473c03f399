//! Objects in an S3 bucket: written by multipart upload while they are made, there only when they are whole, and fetched from
//! the bucket itself by its own presigned links.

mod ledger;
mod parts;
mod patience;
#[cfg(test)]
pub(super) mod tests;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::multipart::MultipartStore as _;
use object_store::path::Path;
use object_store::signer::Signer as _;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _,
    RetryConfig,
};
use tokio_util::sync::CancellationToken;

use super::store::{Bytestream, NewObject, Store, Upload};
use crate::clock::Clock;
use crate::queue::workers::Bounds;
pub(crate) use ledger::{Begun, Ledger};
use parts::Parts;
use patience::Patience;

/// A bucket that is away for a while is waited for so long, within an attempt.
const AWAY: Duration = Duration::from_mins(1);

/// To look whether it is there takes no longer.
const LOOK: Duration = Duration::from_secs(2);

/// A request that nothing moves in for so long is given up. What the system holds back of a slow line goes in less.
const SILENCE: Duration = Duration::from_secs(30);

/// A client of ours that wants to read gets no answer about the bucket later than this.
const ANSWER: Duration = Duration::from_secs(5);

/// Throwing away what is of no use may take so long: a process that stops has not much more.
const CLEANUP: Duration = Duration::from_secs(2);

/// No attempt goes on for so long: an upload that does is nobody's.
const ABANDONED: Duration = Duration::from_hours(1);

/// So often it is looked for such ones.
const SEARCH: Duration = Duration::from_mins(15);

/// Where a bucket is, and how to get in. The secret does not print.
#[derive(Clone)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    /// The server's own address; none for Amazon's.
    pub(crate) endpoint: Option<String>,
    /// The address that links lead to, where clients reach the server by another.
    pub(crate) public: Option<String>,
    pub(crate) region: String,
    pub(crate) key_id: String,
    pub(crate) secret: String,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Bucket").field("name", &self.name).field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// A bucket of S3, or of a server that speaks the same.
#[derive(Debug)]
pub(crate) struct S3 {
    clients: Arc<Clients>,
    /// Signs links.
    signer: AmazonS3,
    /// How long a link is good.
    life: Duration,
}

/// One for each patience.
#[derive(Debug)]
struct Clients {
    /// Waits for a bucket that is away, and as long as anything moves.
    uploads: AmazonS3,
    /// Whoever reads may take his time, and the bucket may not.
    reads: AmazonS3,
    /// For questions that must not wait.
    brief: AmazonS3,
    ledger: Arc<dyn Ledger>,
}

impl S3 {
    /// Nothing is sent yet.
    pub(crate) fn new(bucket: &Bucket, life: Duration, ledger: Arc<dyn Ledger>) -> io::Result<Self> {
        let options = || ClientOptions::new().with_allow_http(true).with_connect_timeout(LOOK);
        let build = |builder: AmazonS3Builder| builder.build().map_err(io::Error::other);
        let uploads = bucket.at(bucket.endpoint.as_deref(), options(), AWAY);
        let uploads = uploads.with_http_connector(Patience { connect: LOOK, silence: SILENCE });
        let reads = options().with_timeout_disabled().with_read_timeout(SILENCE);
        let public = bucket.public.as_deref().or(bucket.endpoint.as_deref());
        Ok(Self {
            clients: Arc::new(Clients {
                uploads: build(uploads)?,
                reads: build(bucket.at(bucket.endpoint.as_deref(), reads, LOOK))?,
                brief: build(bucket.at(bucket.endpoint.as_deref(), options().with_timeout(LOOK), Duration::ZERO))?,
                ledger,
            }),
            signer: build(bucket.at(public, options(), Duration::ZERO))?,
            life,
        })
    }

    /// Ends the uploads of processes that died, until the service stops.
    pub(crate) async fn throw_away_abandoned(self: Arc<Self>, clock: Clock, stop: CancellationToken) {
        loop {
            if let Err(error) = self.throw_away_older(ABANDONED).await {
                tracing::warn!(%error, "abandoned uploads stay for a while");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep(SEARCH) => {}
            }
        }
    }

    async fn throw_away_older(&self, age: Duration) -> io::Result<()> {
        let Clients { brief, ledger, .. } = &*self.clients;
        for upload in ledger.left(age).await? {
            // Somebody else may have been faster, or it was complete before its process died.
            match parts::ended(brief.abort_multipart(&path(&upload.key)?, &upload.id).await) {
                Ok(()) => ledger.strike(&upload).await?,
                Err(error) => tracing::warn!(%error, key = upload.key, "an abandoned upload stays for a while"),
            }
        }
        Ok(())
    }
}

impl Bucket {
    /// A client to the bucket at this address, which tries again for so long.
    fn at(&self, endpoint: Option<&str>, options: ClientOptions, patience: Duration) -> AmazonS3Builder {
        let retry = RetryConfig {
            backoff: BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() },
            max_retries: if patience.is_zero() { 0 } else { 100 },
            retry_timeout: patience,
        };
        let builder = AmazonS3Builder::new()
            .with_bucket_name(&self.name)
            .with_region(&self.region)
            .with_access_key_id(&self.key_id)
            .with_secret_access_key(&self.secret)
            .with_client_options(options)
            .with_retry(retry);
        match endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint),
            None => builder,
        }
    }
}

impl Store for S3 {
    fn begin(&self, object: &NewObject, bounds: &Bounds) -> io::Result<Box<dyn Upload>> {
        let name: String = url::form_urlencoded::byte_serialize(object.name.as_bytes()).collect();
        let name = name.replace('+', "%20").replace('*', "%2A");
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::ContentType, object.content_type.into());
        attributes.insert(Attribute::ContentDisposition, format!("attachment; filename*=UTF-8''{name}").into());
        Ok(Box::new(Parts::new(self.clients.clone(), path(&object.key)?, attributes, bounds.clone())))
    }

    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let removed = async { self.clients.reads.delete(&path(key)?).await.map_err(io::Error::other) };
            match tokio::time::timeout(ANSWER, removed).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "an object could not be removed"),
                Err(_) => tracing::warn!("an object could not be removed: the bucket does not answer"),
            }
        })
    }

    fn read<'a>(&'a self, key: &'a str, first: u64, length: u64) -> BoxFuture<'a, io::Result<Bytestream>> {
        Box::pin(async move {
            if length == 0 {
                return Ok(futures_util::stream::empty().boxed());
            }
            let options = GetOptions { range: Some(GetRange::Bounded(first..first + length)), ..GetOptions::default() };
            let path = path(key)?;
            let found = tokio::time::timeout(ANSWER, self.clients.reads.get_opts(&path, options)).await?;
            let found = found.map_err(|error| match error {
                object_store::Error::NotFound { .. } => io::Error::new(io::ErrorKind::NotFound, error),
                error => io::Error::new(io::ErrorKind::TimedOut, error),
            })?;
            Ok(found.into_stream().map_err(io::Error::other).boxed())
        })
    }

    /// S3 judges the time of a link by its own clock.
    fn link<'a>(&'a self, key: &'a str, _now: Timestamp, expired: bool) -> BoxFuture<'a, io::Result<String>> {
        Box::pin(async move {
            // In whole seconds on the wire: rounded up, lest a link of half a second be dead at birth.
            let life = Duration::from_secs(self.life.as_secs() + u64::from(self.life.subsec_nanos() > 0));
            let life = if expired { Duration::ZERO } else { life };
            let signed = self.signer.signed_url(http::Method::GET, &path(key)?, life).await;
            Ok(signed.map_err(io::Error::other)?.to_string())
        })
    }

    fn ready(&self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async {
            let folder = Path::from("landfall-ready");
            self.clients.brief.list_with_delimiter(Some(&folder)).await.map(drop).map_err(io::Error::other)
        })
    }
}

fn path(key: &str) -> io::Result<Path> {
    Path::parse(key).map_err(io::Error::other)
}
