//! The worker: takes requests and the kernel's messages in, compares, and acts.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use tokio::sync::mpsc;
use tokio::time::Instant;
use vrrp::conditions::Observation;
use vrrp::config::Route;

use self::tell::Told;
use super::address::Place;
use super::attempts::{Attempts, WINDOW};
use super::fights::Fights;
use super::filter::{Dropped, Filter};
use super::listening::{self, Listening};
use super::observed::Observed;
use super::originals::Originals;
use super::outbox::{Closed, Outbox};
use super::plan::View;
use super::renewal::Renewals;
use super::routing::Routing;
use super::socket::Asking;
use super::tampering::Tampering;
use super::virtual_route::Key;
use super::wanted::{Target, Wanted};
use super::{Claim, ClaimId, Report, Request};

mod act;
mod filter;
mod hear;
mod tell;

/// Starts the worker's thread.
pub(super) fn spawn(
    state_file: PathBuf,
    requests: mpsc::UnboundedReceiver<Request>,
    reports: mpsc::Sender<Report>,
) -> io::Result<()> {
    let listening = listening::open()?;
    let asking = Asking::open()?;
    let filter = Filter::new(state_file.with_file_name("filter"));
    let originals = Originals::load(state_file);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let run = async move {
        let worker = Worker {
            asking,
            listening: Listening::new(listening)?,
            tampering: Tampering::new()?,
            filter,
            requests,
            routing: Routing::new(reports.clone()),
            outbox: Outbox::new(reports),
            wanted: Wanted::new(Instant::now()),
            observed: Observed::default(),
            originals,
            attempts: Attempts::default(),
            fights: Fights::default(),
            renewals: Renewals::default(),
            told: Told::default(),
            obstacles: BTreeMap::new(),
            window: None,
            pace: Instant::now(),
            target: Target::default(),
            changed: true,
        };
        worker.run().await
    };
    std::thread::Builder::new().name("kernel".to_owned()).spawn(move || {
        if let Err(error) = runtime.block_on(run) {
            tracing::error!(%error, "the netlink worker has failed: addresses are looked after no longer");
        }
    })?;
    Ok(())
}

struct Worker {
    asking: Asking,
    listening: Listening,
    tampering: Tampering,
    filter: Filter,
    requests: mpsc::UnboundedReceiver<Request>,
    outbox: Outbox,
    routing: Routing,
    wanted: Wanted,
    observed: Observed,
    originals: Originals,
    attempts: Attempts,
    fights: Fights,
    renewals: Renewals,
    told: Told,
    /// What is in the way of routes that follow claims, until it is not.
    obstacles: BTreeMap<Key, String>,
    /// The end of the window in which attempts are counted; a new one begins with the first attempt after it.
    window: Option<Instant>,
    /// When the next batch of renewals is due.
    pace: Instant,
    /// What is to be on the links, as it followed from the last change.
    target: Target,
    /// Whether anything has changed since it was last compared: the echo of a renewal changes nothing.
    changed: bool,
}

/// Whether the worker goes on.
#[derive(PartialEq, Eq)]
enum Next {
    Continue,
    End,
}

impl Worker {
    async fn run(mut self) -> io::Result<()> {
        self.read_anew()?;
        self.adopt_filter();
        self.outbox.push(Report::Ready);
        loop {
            if self.settle()? == Next::End {
                return Ok(());
            }
            let counting = self.attempts.waiting();
            // Begun with the first attempt, not with the wait before it: that would end it at once.
            self.window = counting.then(|| self.window.unwrap_or_else(|| Instant::now() + WINDOW));
            let window = self.window.unwrap_or_else(Instant::now);
            let drained = self.wanted.drained_at();
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(window), if counting => self.next_window(),
                () = tokio::time::sleep_until(self.pace), if self.renewals.waiting() => self.renew()?,
                () = tokio::time::sleep_until(drained.unwrap_or(self.pace)), if drained.is_some() => {
                    self.wanted.end_drains(Instant::now());
                    self.changed = true;
                }
                readable = self.listening.readable() => readable?,
                readable = self.tampering.readable() => readable?,
                readable = self.filter.readable() => readable?,
                request = self.requests.recv() => match request {
                    Some(request) => self.take(request),
                    None => return Ok(()),
                },
                () = self.outbox.writable() => {}
            }
        }
    }

    /// Acts until there is nothing to do.
    fn settle(&mut self) -> io::Result<Next> {
        loop {
            self.listen()?;
            while let Ok(request) = self.requests.try_recv() {
                self.take(request);
            }
            if self.observed.take_doubts() {
                self.read_virtual_routes()?;
            }
            if self.wanted.lapse(Instant::now()) {
                tracing::warn!("claims were not renewed in time and are given up");
                self.changed = true;
            }
            if !std::mem::take(&mut self.changed) {
                return Ok(self.hand_out());
            }
            // Before any of them is written, so that no write of others is missed.
            self.follow_settings();
            self.aim();
            let mut idle = !self.shut()?;
            let steps = self.view().next(&self.target);
            if !steps.is_empty() {
                idle = false;
                self.carry_out(steps)?;
                self.aim();
            }
            idle = idle && !self.open_up()?;
            self.changed |= !idle;
            self.tell(idle);
            let next = self.hand_out();
            if !self.changed || next == Next::End {
                return Ok(next);
            }
        }
    }

    /// Works out what is to be on the links. Where packets to an address are not dropped yet that are to be, it has to wait.
    fn aim(&mut self) {
        let mut target = self.wanted.target(&self.observed);
        target.undropped = target.dropped.iter().copied().filter(|dropped| !self.filter.drops(dropped)).collect();
        if !target.undropped.is_empty() {
            target.addresses.retain(|place, _| !target.undropped.contains(&Dropped::at(*place)));
        }
        self.target = target;
    }

    /// Hands over the reports for which the daemon has room.
    fn hand_out(&mut self) -> Next {
        let closed = self.outbox.flush().is_err_and(|Closed| true);
        let done = self.told.stopped && self.outbox.is_empty();
        if closed || done { Next::End } else { Next::Continue }
    }

    fn next_window(&mut self) {
        self.changed = true;
        self.window = None;
        self.attempts.next_window();
    }

    /// Watches the files of the settings that are not as they would be without us.
    fn follow_settings(&mut self) {
        let view = self.view();
        let changed = view.links().filter(|link| link.needed != link.original);
        let changed: Vec<_> = changed.map(|link| (link.index, self.observed.name(link.index))).collect();
        self.tampering.follow(changed.into_iter());
    }

    fn view(&self) -> View<'_> {
        View {
            wanted: &self.wanted,
            observed: &self.observed,
            originals: &self.originals,
            attempts: &self.attempts,
            now: Instant::now(),
        }
    }

    fn take(&mut self, request: Request) {
        self.changed |= request != Request::Renew;
        match request {
            Request::Hold(addresses) => {
                self.wanted.hold(addresses);
                self.told.held = None;
            }
            Request::Filter(ready) => {
                self.wanted.filter = ready;
                self.told.filter = None;
            }
            Request::Claim { id, claim } => self.claim(id, claim),
            Request::Drain { id, at_most } => {
                self.told.claims.remove(&id);
                self.wanted.drain(id, Instant::now() + at_most);
            }
            Request::Release { id } => {
                self.told.claims.remove(&id);
                self.wanted.release(id);
            }
            Request::Renew => {
                let now = Instant::now();
                self.changed |= self.wanted.lapse(now);
                self.wanted.renewed = now;
                self.renewals.begin(&self.target.addresses);
            }
            Request::Members(links) => self.wanted.members = links,
            Request::Routes(routes) => self.watch_routes(routes),
            Request::Settled => self.wanted.settled = true,
            Request::Stop { keep_holds } => self.stop(keep_holds),
        }
    }

    /// A claim is a sign of life too. What a former daemon left of it, or a far shorter lease, may be near its end: it is renewed
    /// first. Where nothing but the lease is another one, the daemon knows all there is to tell.
    fn claim(&mut self, id: ClaimId, claim: Claim) {
        let now = Instant::now();
        self.wanted.lapse(now);
        self.wanted.renewed = now;
        let former = self.wanted.claims.get(&id).filter(|kept| !kept.lapsed).map(|kept| &kept.claim);
        if former.is_none_or(|former| *former != Claim { lease: former.lease, ..claim.clone() }) {
            self.told.claims.remove(&id);
            claim.routes.iter().for_each(|route| self.attempts.forgive(Key::of(route)));
        }
        let lives = former.is_some_and(|former| former.lease >= claim.lease * 7 / 8);
        if let Some(link) = super::wanted::carrier(&claim, &self.observed).filter(|_| !lives) {
            let places = claim.addresses.iter().map(|address| Place::ours(link, address.ip));
            self.renewals.hurry(places.filter(|place| self.observed.has_ours(place.link, place.ip)));
        }
        self.obstacles.clear();
        self.wanted.claim(id, claim);
    }

    fn watch_routes(&mut self, routes: BTreeSet<Route>) {
        if let Err(error) = self.routing.follow(routes.clone()) {
            for route in routes {
                let observation = Observation::unknown(format!("routes cannot be watched: {error}"));
                self.outbox.push(Report::Route { route, observation });
            }
        }
    }

    fn stop(&mut self, keep_holds: bool) {
        let ids = self.wanted.claims.keys().chain(self.wanted.draining.keys());
        for id in ids.copied().collect::<Vec<_>>() {
            self.told.claims.remove(&id);
            self.wanted.release(id);
        }
        if !keep_holds {
            self.wanted.hold(BTreeSet::new());
        }
        self.wanted.members.clear();
        self.wanted.filter = false;
        self.wanted.settled = true;
        self.wanted.stopping = true;
    }
}
