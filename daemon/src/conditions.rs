//! Sources of conditions: each watches one thing in a task of its own and tells what it sees.
//!
//! What a source does may block it, and never the loop.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use vrrp::conditions::Observation;
use vrrp::config::Watch;

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// Where.
    pub(crate) watch: Watch,
    /// What.
    pub(crate) observation: Observation,
}

/// How a source tells what it sees.
#[derive(Clone)]
struct Teller {
    watch: Watch,
    reports: mpsc::Sender<Report>,
}

/// Nobody listens: the daemon stops.
struct Gone;

impl Teller {
    /// Tells what was seen.
    async fn tell(&self, observation: Observation) -> Result<(), Gone> {
        self.reports.send(Report { watch: self.watch.clone(), observation }).await.map_err(|_| Gone)
    }
}

/// Starts to watch what is wanted at any time, until the daemon drops its ends.
///
/// Units, links and routes are not watched here: who tells of them tells the daemon itself.
pub(crate) fn start(mut wanted: watch::Receiver<BTreeSet<Watch>>) -> mpsc::Receiver<Report> {
    let (reports, receiver) = mpsc::channel(64);
    tokio::spawn(async move {
        let mut sources: BTreeMap<Watch, JoinHandle<()>> = BTreeMap::new();
        loop {
            let present = wanted.borrow_and_update().clone();
            sources.retain(|watch, source| {
                let keep = present.contains(watch);
                if !keep {
                    source.abort();
                }
                keep
            });
            for watch in present {
                let teller = Teller { watch: watch.clone(), reports: reports.clone() };
                sources.entry(watch).or_insert_with(|| {
                    tokio::spawn(async move {
                        // An error means that nobody listens any more.
                        let _: Result<(), Gone> = follow(&teller).await;
                    })
                });
            }
            if wanted.changed().await.is_err() {
                return;
            }
        }
    });
    receiver
}

async fn follow(teller: &Teller) -> Result<(), Gone> {
    match &teller.watch {
        Watch::Unit(_) | Watch::Interface(_) | Watch::Route(_) => Ok(()),
        Watch::Mii(_) | Watch::Script(_) | Watch::Http(_) | Watch::Tcp(_) | Watch::Process(_) | Watch::File(_) => {
            teller.tell(Observation::unknown("nothing watches it")).await
        }
    }
}
