//! Mounts: inotify does not tell that something else lies at a path because it was mounted there.

use std::fs::File;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The table of mounts, which can be waited for.
pub(super) struct Mounts(Option<AsyncFd<File>>);

impl Mounts {
    /// Opens the table of this thread. Needs a runtime that is entered. Without it, nothing ever changes.
    pub(super) fn open() -> Self {
        let table = File::open("/proc/thread-self/mountinfo");
        // SAFETY: the file owns its descriptor and keeps the same one until it is dropped with the `AsyncFd`.
        let wait = |table| unsafe { AsyncFd::register_with_interest(table, Interest::PRIORITY) }.map_err(Into::into);
        let table = table.and_then(wait).inspect_err(|error: &std::io::Error| {
            tracing::warn!(%error, "mounts cannot be watched: a file on one is noticed late");
        });
        Self(table.ok())
    }

    /// Waits until something was mounted or unmounted. Cancel-safe.
    pub(super) async fn changed(&self) {
        match &self.0 {
            Some(table) => match table.ready(Interest::PRIORITY).await {
                Ok(mut ready) => ready.clear_ready(),
                Err(_) => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }
}
