//! Routes of others that conditions watch: on a thread of its own, which there is while one is watched.
//!
//! What the kernel tells of a change says when to look, and a dump of the table says what there is: the kernel removes
//! routes of a link or an address that goes, and tells of neither. A dump of a large table takes its time, which no
//! claim has to wait for here. Of 100 000 routes only those to a watched destination wake the thread, and how often it
//! looks depends on how much it has to read.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::io;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;
use vrrp::conditions::Observation;
use vrrp::config::Route;

use self::table::Table;
use super::Report;

mod entry;
mod filter;
mod nexthop;
mod table;
mod verdict;

/// From one look to the next, at least.
const PAUSE: Duration = Duration::from_millis(10);
/// What is added to that for each route of the table: three times what it takes to read it.
const PAUSE_A_ROUTE: Duration = Duration::from_micros(3);
/// When is looked again after a link, an address or a nexthop object has changed: the kernel tells of that first, and
/// then changes its routes in silence.
const SETTLING: Duration = Duration::from_millis(200);
/// When is tried again after the kernel has refused to tell.
const RETRY: Duration = Duration::from_secs(5);

/// The way to the thread.
pub(super) struct Routing {
    thread: Option<mpsc::UnboundedSender<BTreeSet<Route>>>,
    reports: mpsc::Sender<Report>,
}

impl Routing {
    /// Watches nothing yet.
    pub(super) const fn new(reports: mpsc::Sender<Report>) -> Self {
        Self { thread: None, reports }
    }

    /// Has these routes watched, and no others. The thread of the caller hands its network namespace on.
    pub(super) fn follow(&mut self, routes: BTreeSet<Route>) -> io::Result<()> {
        if routes.is_empty() {
            self.thread = None;
            return Ok(());
        }
        let (thread, requests) = match self.thread.take() {
            Some(thread) if !thread.is_closed() => (thread, None),
            Some(_) | None => {
                let (thread, requests) = mpsc::unbounded_channel();
                (thread, Some(requests))
            }
        };
        if let Some(requests) = requests {
            spawn(requests, self.reports.clone())?;
        }
        // A thread that has just died is replaced with the next request.
        let _ = thread.send(routes);
        self.thread = Some(thread);
        Ok(())
    }
}

fn spawn(requests: mpsc::UnboundedReceiver<BTreeSet<Route>>, reports: mpsc::Sender<Report>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    std::thread::Builder::new().name("routes".to_owned()).spawn(move || {
        let watcher = Watcher { requests, reports, wanted: BTreeSet::new(), told: BTreeMap::new() };
        runtime.block_on(watcher.run());
    })?;
    Ok(())
}

struct Watcher {
    requests: mpsc::UnboundedReceiver<BTreeSet<Route>>,
    reports: mpsc::Sender<Report>,
    wanted: BTreeSet<Route>,
    told: BTreeMap<Route, Observation>,
}

/// Why nothing is watched any more.
enum Ended {
    /// Nobody wants it.
    Unwanted,
    /// The kernel does not let us.
    Failed(io::Error),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl Watcher {
    async fn run(mut self) {
        let mut next = self.requests.recv().await;
        while let Ok(()) = self.take(next) {
            let failed = match self.watch().await {
                Ok(never) => match never {},
                Err(Ended::Unwanted) => return,
                Err(Ended::Failed(error)) => Observation::unknown(format!("routes cannot be read: {error}")),
            };
            for route in self.wanted.clone() {
                if self.tell(&route, failed.clone()).await.is_err() {
                    return;
                }
            }
            next = tokio::select! {
                () = sleep(RETRY) => Some(self.wanted.clone()),
                request = self.requests.recv() => request,
            };
        }
    }

    async fn watch(&mut self) -> Result<Infallible, Ended> {
        let mut table = Table::open()?;
        loop {
            let routes = table.read(&self.wanted)?;
            for route in self.wanted.clone() {
                self.tell(&route, table.judge(&route)).await?;
            }
            tokio::select! {
                () = sleep(PAUSE + PAUSE_A_ROUTE * routes) => {}
                request = self.requests.recv() => {
                    self.take(request)?;
                    continue;
                }
            }
            self.wait(&mut table).await?;
        }
    }

    /// Waits until another look may show something else.
    async fn wait(&mut self, table: &mut Table) -> Result<(), Ended> {
        let settled = sleep(SETTLING);
        tokio::pin!(settled);
        while !table.listen(&self.wanted)? {
            tokio::select! {
                readable = table.readable() => readable?,
                () = &mut settled, if table.is_unsettled() => {
                    table.settle();
                    return Ok(());
                }
                request = self.requests.recv() => return self.take(request),
            }
        }
        Ok(())
    }

    fn take(&mut self, request: Option<BTreeSet<Route>>) -> Result<(), Ended> {
        self.wanted = request.ok_or(Ended::Unwanted)?;
        self.told.retain(|route, _| self.wanted.contains(route));
        Ok(())
    }

    async fn tell(&mut self, route: &Route, observation: Observation) -> Result<(), Ended> {
        if self.told.get(route) == Some(&observation) {
            return Ok(());
        }
        self.told.insert(route.clone(), observation.clone());
        let report = Report::Route { route: route.clone(), observation };
        self.reports.send(report).await.map_err(|_| Ended::Unwanted)
    }
}
