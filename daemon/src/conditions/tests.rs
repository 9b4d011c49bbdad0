//! What the tests of sources share: a source that runs, and what it tells.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use vrrp::conditions::{Finding, Observation};
use vrrp::config::Watch;

use super::{Report, start};

/// How long anything may take that has to happen.
const DEADLINE: Duration = Duration::from_secs(10);

/// The sources of some watches.
pub(super) struct Sources {
    wanted: watch::Sender<BTreeSet<Watch>>,
    reports: mpsc::Receiver<Report>,
}

impl Sources {
    /// Starts to watch.
    pub(super) fn of(watches: impl IntoIterator<Item = Watch>) -> Self {
        let (wanted, receiver) = watch::channel(watches.into_iter().collect());
        Self { wanted, reports: start(receiver) }
    }

    /// Watches these and no others.
    pub(super) fn want(&self, watches: impl IntoIterator<Item = Watch>) {
        self.wanted.send_replace(watches.into_iter().collect());
    }

    /// The next thing that is told.
    pub(super) async fn next(&mut self) -> Observation {
        let report = timeout(DEADLINE, self.reports.recv()).await.expect("something is told in time");
        report.expect("the sources live").observation
    }

    /// Makes sure that this is told next.
    #[track_caller]
    pub(super) fn expect(&mut self, finding: Finding, words: &str) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let told = self.next().await;
            assert_eq!((told.finding, told.words.as_str()), (finding, words), "at {place}");
        }
    }

    /// Makes sure that nothing is told for a moment.
    pub(super) async fn expect_silence(&mut self) {
        let silence = timeout(Duration::from_millis(300), self.reports.recv()).await;
        assert_eq!(silence.ok(), None);
    }
}

/// Runs a test on a thread of its own, within a runtime.
pub(super) fn run(test: impl AsyncFnOnce() + Send + 'static) {
    let body = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(test());
    };
    if let Err(panic) = std::thread::spawn(body).join() {
        std::panic::resume_unwind(panic);
    }
}
