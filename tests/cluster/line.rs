//! The line to a server, which can be made to bring nothing any more while it stays open: as a server hangs.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

/// A line to a port of this machine.
pub(crate) struct Line {
    pub(crate) port: u16,
    held: Arc<watch::Sender<bool>>,
    /// Bytes that have come while it was held.
    swallowed: watch::Receiver<u64>,
    _task: AbortOnDropHandle<()>,
}

impl Line {
    pub(crate) async fn to(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let held = Arc::new(watch::Sender::new(false));
        let (count, swallowed) = watch::channel(0);
        let (holding, count) = (held.clone(), Arc::new(count));
        let served = async move {
            let mut ways = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
                let ((from, to), (back, out)) = (client.into_split(), server.into_split());
                ways.spawn(carry(from, out, holding.subscribe(), Some(count.clone())));
                ways.spawn(carry(back, to, holding.subscribe(), None));
            }
        };
        #[expect(clippy::disallowed_methods, reason = "its owner is the handle, which ends it")]
        let task = AbortOnDropHandle::new(tokio::spawn(served));
        Self { port, held, swallowed, _task: task }
    }

    /// From now on everything is taken and nothing is brought.
    pub(crate) fn hold(&self) {
        self.held.send_replace(true);
    }

    /// Returns when somebody has said something that will have no answer.
    pub(crate) async fn swallows(&mut self) {
        self.swallowed.wait_for(|bytes| *bytes > 0).await.unwrap();
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    held: watch::Receiver<bool>,
    swallowed: Option<Arc<watch::Sender<u64>>>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if *held.borrow() {
            if let Some(swallowed) = &swallowed {
                swallowed.send_modify(|sum| *sum += count as u64);
            }
        } else if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
