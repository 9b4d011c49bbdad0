//! A thread that sources of one kind share: one descriptor serves them all, and what it does may block.

use tokio::sync::{mpsc, watch};
use vrrp::conditions::Observation;

use super::{Gone, Teller};

/// The way to the thread, which ends when the last one is dropped.
pub(super) struct Worker<S>(mpsc::UnboundedSender<Subscription<S>>);

/// What the thread hears from the sources.
pub(super) type Subscriptions<S> = mpsc::UnboundedReceiver<Subscription<S>>;

/// One source: what it watches, and how it is told what is seen.
pub(super) struct Subscription<S> {
    pub(super) settings: S,
    seen: watch::Sender<Option<Observation>>,
}

impl<S> Clone for Worker<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Send + 'static> Worker<S> {
    /// Starts a thread of that name which does `work` until it ends. It keeps the network namespace of the caller.
    pub(super) fn start<W: Future<Output = ()>>(
        name: &str,
        work: impl FnOnce(Subscriptions<S>) -> W + Send + 'static,
    ) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let body = move || match tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build() {
            Ok(runtime) => runtime.block_on(work(receiver)),
            Err(error) => tracing::error!(%error, "conditions cannot be watched"),
        };
        if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(body) {
            tracing::error!(%error, "the thread {name:?}, which watches conditions, cannot be started");
        }
        Self(sender)
    }

    /// Tells what the thread sees, until nobody listens any more.
    pub(super) async fn follow(&self, settings: S, teller: &Teller) -> Result<(), Gone> {
        let (seen, mut news) = watch::channel(None);
        // A thread that has ended drops the other end, which is noticed below.
        let _ = self.0.send(Subscription { settings, seen });
        while news.changed().await.is_ok() {
            let observation = news.borrow_and_update().clone();
            if let Some(observation) = observation {
                teller.tell(observation).await?;
            }
        }
        teller.tell(Observation::unknown("the thread that watches it has failed: see the journal")).await
    }
}

impl<S> Subscription<S> {
    /// Tells what is seen, unless it is what was seen before. It never waits: what was not heard yet is replaced.
    pub(super) fn tell(&self, observation: Observation) {
        self.seen.send_if_modified(|seen| {
            let news = seen.as_ref() != Some(&observation);
            *seen = Some(observation);
            news
        });
    }

    /// Tells whether the source is gone.
    pub(super) fn is_over(&self) -> bool {
        self.seen.is_closed()
    }
}
