//! Serves the metrics over HTTP/1.1, on sockets that systemd listens on. The daemon itself has no such server.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, rt};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use self::answer::answer;
use self::sockets::{Sockets, Stream};
use self::source::Source;
use crate::bus::Bus;

mod accept;
mod answer;
mod sockets;
mod source;

/// How many are served at once. Who comes then waits in the kernel's queue.
const CONNECTIONS: usize = 8;
/// How long somebody may take to ask.
const REQUEST: Duration = Duration::from_secs(5);
/// How long somebody may take for everything: Prometheus gives up after ten seconds itself.
const CONNECTION: Duration = Duration::from_secs(30);
/// How much of a request is read, in bytes.
const LARGEST_REQUEST: usize = 16 * 1024;

/// Serves until nobody has come for `idle`, or the program is told to end.
///
/// # Errors
/// No sockets were passed, or they cannot be listened on.
pub(crate) async fn serve(bus: Bus, idle: Duration) -> anyhow::Result<()> {
    let sockets = Sockets::passed()?;
    let source = Arc::new(Source::new(bus));
    let mut terminated = signal(SignalKind::terminate())?;
    let mut connections = JoinSet::new();
    let mut busy = Instant::now();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = terminated.recv() => return Ok(()),
            Some(_) = connections.join_next() => {
                busy = Instant::now();
                continue;
            }
            accepted = sockets.accept(), if connections.len() < CONNECTIONS => accepted,
            // Who comes in this moment finds systemd listening.
            () = sleep_until(busy + idle), if connections.is_empty() => return Ok(()),
        };
        let source = Arc::clone(&source);
        match accepted {
            Ok(Stream::Tcp(stream)) => connections.spawn(converse(TokioIo::new(stream), source)),
            Ok(Stream::Unix(stream)) => connections.spawn(converse(TokioIo::new(stream), source)),
            // Who came has left again.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => return Err(error.into()),
        };
    }
}

/// Answers one request. Whoever keeps connections open between two scrapes would keep others out.
async fn converse(stream: impl rt::Read + rt::Write + Unpin, source: Arc<Source>) {
    let service = service_fn(|request: Request<Incoming>| {
        let source = Arc::clone(&source);
        async move { Ok::<_, Infallible>(answer(request, &source).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST)
        .keep_alive(false)
        .max_buf_size(LARGEST_REQUEST)
        .serve_connection(stream, service);
    // Whoever leaves early or dawdles has only themselves to tell.
    let _ = timeout(CONNECTION, connection).await;
}
