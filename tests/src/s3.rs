//! An S3 server on a folder of this machine, which can be taken away and come back.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

/// The key to every bucket of these servers.
pub const KEY: (&str, &str) = ("landfall", "landfall-secret");

/// A running server; it is gone when this is dropped, with every connection to it.
#[derive(Debug)]
pub struct S3Server {
    address: SocketAddr,
    _task: AbortOnDropHandle<()>,
}

impl S3Server {
    /// Serves the folder, each folder in it a bucket, on this port of 127.0.0.1 or on any (0).
    pub async fn start(root: &Path, port: u16) -> io::Result<Self> {
        let files = s3s_fs::FileSystem::new(root).map_err(|error| io::Error::other(format!("{error:?}")))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(KEY.0, KEY.1));
        let service = builder.build();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let served = async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                connections.spawn(async move {
                    let server = Builder::new(TokioExecutor::new());
                    // A client that goes away is no matter of the server's.
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        };
        #[expect(clippy::disallowed_methods, reason = "its owner is the handle, which ends it")]
        let task = AbortOnDropHandle::new(tokio::spawn(served));
        Ok(Self { address, _task: task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A bucket of it, as `landfall serve --store` takes it.
    pub fn store(&self, bucket: &str) -> String {
        format!("s3://{bucket}?endpoint=http://{}", self.address)
    }
}
