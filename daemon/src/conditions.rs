//! Sources of conditions: each watches one thing in a task of its own and tells what it sees.
//!
//! What a source does may block it, and never the loop.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use vrrp::conditions::Observation;
use vrrp::config::{File, Process, Watch};

use self::worker::Worker;

mod connection;
mod file;
mod http;
mod mii;
mod pace;
mod process;
mod script;
mod tcp;
#[cfg(test)]
mod tests;
mod worker;

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

/// The threads that sources share, as long as one needs them.
#[derive(Clone, Default)]
struct Workers {
    processes: Option<Worker<Process>>,
    files: Option<Worker<File>>,
}

impl Workers {
    /// Starts the threads that are needed for all of `watches`, and lets the others end.
    fn suit(&mut self, watches: &BTreeSet<Watch>) {
        let needed = |kind: fn(&Watch) -> bool| watches.iter().any(kind);
        let (processes, files) = (self.processes.take(), self.files.take());
        if needed(|watch| matches!(watch, Watch::Process(_))) {
            self.processes = Some(processes.unwrap_or_else(process::start));
        }
        if needed(|watch| matches!(watch, Watch::File(_))) {
            self.files = Some(files.unwrap_or_else(file::start));
        }
    }

    /// Those that a source needs, so that it keeps no other one alive.
    fn of(&self, watch: &Watch) -> Self {
        Self {
            processes: self.processes.clone().filter(|_| matches!(watch, Watch::Process(_))),
            files: self.files.clone().filter(|_| matches!(watch, Watch::File(_))),
        }
    }
}

/// Starts to watch what is wanted at any time, until the daemon drops its ends.
///
/// Units, links, routes and interface groups are not watched here: who tells of them tells the daemon itself.
pub(crate) fn start(mut wanted: watch::Receiver<BTreeSet<Watch>>) -> mpsc::Receiver<Report> {
    let (reports, receiver) = mpsc::channel(64);
    tokio::spawn(async move {
        let mut sources: BTreeMap<Watch, JoinHandle<()>> = BTreeMap::new();
        let mut workers = Workers::default();
        loop {
            let present = wanted.borrow_and_update().clone();
            sources.retain(|watch, source| {
                let keep = present.contains(watch);
                if !keep {
                    source.abort();
                }
                keep
            });
            workers.suit(&present);
            for watch in present {
                let workers = workers.of(&watch);
                let teller = Teller { watch: watch.clone(), reports: reports.clone() };
                sources.entry(watch).or_insert_with(|| {
                    tokio::spawn(async move {
                        // An error means that nobody listens any more.
                        let _: Result<(), Gone> = follow(&teller, &workers).await;
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

async fn follow(teller: &Teller, workers: &Workers) -> Result<(), Gone> {
    match &teller.watch {
        Watch::Process(settings) => follow_with(workers.processes.as_ref(), settings, teller).await,
        Watch::File(settings) => follow_with(workers.files.as_ref(), settings, teller).await,
        Watch::Unit(_) | Watch::Interface(_) | Watch::Route(_) | Watch::Group(_) => Ok(()),
        Watch::Script(script) => script::follow(script, teller).await,
        Watch::Mii(mii) => mii::follow(mii, teller).await,
        Watch::Http(http) => http::follow(http, teller).await,
        Watch::Tcp(tcp) => tcp::follow(tcp, teller).await,
    }
}

async fn follow_with<S: Clone + Send + 'static>(
    worker: Option<&Worker<S>>,
    settings: &S,
    teller: &Teller,
) -> Result<(), Gone> {
    match worker {
        Some(worker) => worker.follow(settings.clone(), teller).await,
        None => Ok(()),
    }
}
