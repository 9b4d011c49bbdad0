//! The sockets that systemd passes.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use anyhow::{Context as _, bail};
use listenfd::ListenFd;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

/// All sockets that were passed.
#[derive(Debug)]
pub(super) struct Sockets(Vec<Listener>);

#[derive(Debug)]
enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// Somebody who has come.
#[derive(Debug)]
pub(super) enum Stream {
    /// Over the network.
    Tcp(TcpStream),
    /// From this host.
    Unix(UnixStream),
}

impl Sockets {
    /// Takes the sockets that were passed to this process (sd_listen_fds(3)).
    ///
    /// # Errors
    /// There are none, or one is not what can be listened on.
    pub(super) fn passed() -> anyhow::Result<Self> {
        let mut passed = ListenFd::from_env();
        if passed.len() == 0 {
            bail!(
                "--serve needs a socket that systemd listens on: use systemctl enable --now vrrp-metrics.socket, or try \
                 it with systemd-socket-activate --listen=9112 vrrpadm metrics --serve"
            );
        }
        (0..passed.len()).map(|at| Listener::take(&mut passed, at)).collect::<anyhow::Result<_>>().map(Self)
    }

    /// Waits for somebody to come to any of them.
    pub(super) async fn accept(&self) -> io::Result<Stream> {
        poll_fn(|context| {
            let accepted = self.0.iter().map(|listener| listener.poll_accept(context)).find(Poll::is_ready);
            accepted.unwrap_or(Poll::Pending)
        })
        .await
    }
}

impl Listener {
    fn take(passed: &mut ListenFd, at: usize) -> anyhow::Result<Self> {
        if let Ok(Some(listener)) = passed.take_unix_listener(at) {
            listener.set_nonblocking(true)?;
            return Ok(Self::Unix(UnixListener::from_std(listener)?));
        }
        let listener = passed.take_tcp_listener(at).ok().flatten();
        let listener = listener.with_context(|| {
            format!(
                "socket {} of those that systemd passed is no stream: use ListenStream= in vrrp-metrics.socket",
                at + 1
            )
        })?;
        listener.set_nonblocking(true)?;
        Ok(Self::Tcp(TcpListener::from_std(listener)?))
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Stream>> {
        match self {
            Self::Tcp(listener) => listener.poll_accept(context).map_ok(|(stream, _)| Stream::Tcp(stream)),
            Self::Unix(listener) => listener.poll_accept(context).map_ok(|(stream, _)| Stream::Unix(stream)),
        }
    }
}
