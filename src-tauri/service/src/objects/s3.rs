//! Objects in an S3 bucket: written by multipart upload while they are made, there only when they are whole, and fetched from
//! the bucket itself by its own presigned links.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::signer::Signer as _;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, GetOptions, GetRange, MultipartUpload, ObjectStore as _,
    ObjectStoreExt as _, PutMultipartOptions, PutOptions, RetryConfig,
};
use tokio::runtime::Handle;

use super::store::{Bytestream, NewObject, Store, Upload};

/// Bytes of a part. S3 takes none under 5 MiB but the last, and 10,000 of them: 80 GB are enough for anything made here.
const PART: usize = 8 * 1024 * 1024;

/// A bucket that is away for a while is waited for so long, within an attempt.
const AWAY: Duration = Duration::from_mins(1);

/// To look whether it is there takes no longer.
const LOOK: Duration = Duration::from_secs(2);

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
    client: Arc<AmazonS3>,
    /// For questions that must not wait.
    brief: AmazonS3,
    /// Signs links.
    signer: AmazonS3,
    /// How long a link is good.
    life: Duration,
}

impl S3 {
    /// Nothing is sent yet.
    pub(crate) fn new(bucket: &Bucket, life: Duration) -> io::Result<Self> {
        let client = |endpoint: &Option<String>, patience: Duration, retries| {
            let retry = RetryConfig {
                backoff: BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() },
                max_retries: retries,
                retry_timeout: patience,
            };
            let options = ClientOptions::new().with_allow_http(true).with_connect_timeout(LOOK);
            let mut builder = AmazonS3Builder::new()
                .with_bucket_name(&bucket.name)
                .with_region(&bucket.region)
                .with_access_key_id(&bucket.key_id)
                .with_secret_access_key(&bucket.secret)
                .with_client_options(options)
                .with_retry(retry);
            if let Some(endpoint) = endpoint {
                builder = builder.with_endpoint(endpoint);
            }
            builder.build().map_err(io::Error::other)
        };
        let public = bucket.public.clone().or_else(|| bucket.endpoint.clone());
        Ok(Self {
            client: Arc::new(client(&bucket.endpoint, AWAY, 100)?),
            brief: client(&bucket.endpoint, LOOK, 0)?,
            signer: client(&public, LOOK, 0)?,
            life,
        })
    }
}

impl Store for S3 {
    fn begin(&self, object: &NewObject) -> io::Result<Box<dyn Upload>> {
        let name: String = url::form_urlencoded::byte_serialize(object.name.as_bytes()).collect();
        let name = name.replace('+', "%20").replace('*', "%2A");
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::ContentType, object.content_type.into());
        attributes.insert(Attribute::ContentDisposition, format!("attachment; filename*=UTF-8''{name}").into());
        Ok(Box::new(Parts {
            client: self.client.clone(),
            path: path(&object.key)?,
            attributes,
            part: Vec::new(),
            multipart: None,
            runtime: Handle::current(),
        }))
    }

    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let removed = match path(key) {
                Ok(path) => self.client.delete(&path).await.map_err(io::Error::other),
                Err(error) => Err(error),
            };
            if let Err(error) = removed {
                tracing::warn!(%error, "an object could not be removed");
            }
        })
    }

    fn read<'a>(&'a self, key: &'a str, first: u64, length: u64) -> BoxFuture<'a, io::Result<Bytestream>> {
        Box::pin(async move {
            if length == 0 {
                return Ok(futures_util::stream::empty().boxed());
            }
            let options = GetOptions { range: Some(GetRange::Bounded(first..first + length)), ..GetOptions::default() };
            let found = self.client.get_opts(&path(key)?, options).await.map_err(io::Error::other)?;
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
            self.brief.list_with_delimiter(Some(&folder)).await.map(drop).map_err(io::Error::other)
        })
    }
}

fn path(key: &str) -> io::Result<Path> {
    Path::parse(key).map_err(io::Error::other)
}

/// An object on its way: a small one goes in one piece at its end, a large one in parts as they fill up.
struct Parts {
    client: Arc<AmazonS3>,
    path: Path,
    attributes: Attributes,
    part: Vec<u8>,
    multipart: Option<Box<dyn MultipartUpload>>,
    runtime: Handle,
}

impl Parts {
    fn send_part(&mut self) -> io::Result<()> {
        let mut multipart = if let Some(multipart) = self.multipart.take() {
            multipart
        } else {
            let options = PutMultipartOptions { attributes: self.attributes.clone(), ..Default::default() };
            self.runtime.block_on(self.client.put_multipart_opts(&self.path, options)).map_err(io::Error::other)?
        };
        let part = Bytes::from(std::mem::take(&mut self.part));
        let sent = self.runtime.block_on(multipart.put_part(part.into())).map_err(io::Error::other);
        self.multipart = Some(multipart);
        sent
    }
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(PART - self.part.len());
        self.part.extend_from_slice(&bytes[..count]);
        if self.part.len() == PART {
            self.send_part()?;
        }
        Ok(count)
    }

    /// A part goes when it is full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Upload for Parts {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if self.multipart.is_some() {
            let sent = if self.part.is_empty() { Ok(()) } else { self.send_part() };
            let Some(mut multipart) = self.multipart.take() else { return sent };
            let done =
                sent.and_then(|()| self.runtime.block_on(multipart.complete()).map(drop).map_err(io::Error::other));
            if done.is_err() {
                self.multipart = Some(multipart);
                self.abort();
            }
            return done;
        }
        let options = PutOptions { attributes: self.attributes.clone(), ..Default::default() };
        let whole = Bytes::from(std::mem::take(&mut self.part));
        let put = self.runtime.block_on(self.client.put_opts(&self.path, whole.into(), options));
        put.map(drop).map_err(io::Error::other)
    }

    fn abort(mut self: Box<Self>) {
        if let Some(mut multipart) = self.multipart.take()
            && let Err(error) = self.runtime.block_on(multipart.abort())
        {
            // The bucket's own rule for unfinished uploads removes them then.
            tracing::warn!(%error, "an unfinished upload could not be thrown away");
        }
    }
}
