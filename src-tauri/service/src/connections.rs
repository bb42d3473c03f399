//! Connections that can be cut: all of them when the service ends, and those to the storage at an age that a fault sets.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::faults::Faults;

/// After a failed accept (no more file handles, say) it waits so long.
const ACCEPT_REST: Duration = Duration::from_millis(200);

/// Accepts connections that can be cut.
pub(crate) struct CuttableListener {
    pub(crate) listener: TcpListener,
    pub(crate) cut: CancellationToken,
    /// Cuts by age, where the faults may ask for it.
    pub(crate) by_age: Option<(Clock, Faults)>,
    /// How many were accepted.
    pub(crate) count: Counted,
}

/// Chooses the counter of a listener.
pub(crate) struct Counted(pub(crate) Arc<crate::seen::Counters>, pub(crate) fn(&crate::seen::Counters) -> &AtomicU64);

impl Listener for CuttableListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (CuttableStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let Counted(counters, which) = &self.count;
                    which(counters).fetch_add(1, Ordering::Relaxed);
                    // Answers are small and waited for.
                    let _ = stream.set_nodelay(true);
                    return (CuttableStream { stream, end: self.end(), ended: false }, address);
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl CuttableListener {
    /// Becomes ready when the connection that was just made is to be cut.
    fn end(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let cut = self.cut.clone().cancelled_owned();
        let age = self.by_age.as_ref().and_then(|(clock, faults)| Some((clock.clone(), faults.cut_every()?)));
        Box::pin(async move {
            match age {
                None => cut.await,
                Some((clock, age)) => {
                    tokio::select! {
                        () = cut => {}
                        () = clock.sleep(age) => {}
                    }
                }
            }
        })
    }
}

/// A TCP connection with an end that comes from outside.
pub(crate) struct CuttableStream {
    stream: TcpStream,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    ended: bool,
}

impl CuttableStream {
    fn whole(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if !self.ended {
            self.ended = self.end.as_mut().poll(context).is_ready();
        }
        if self.ended { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.whole(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.whole(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.whole(context)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
