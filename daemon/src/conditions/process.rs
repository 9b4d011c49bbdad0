//! Conditions on processes, by the name that the kernel has of each.
//!
//! The kernel tells of every process that starts, renames itself or ends over its process connector, to which one
//! socket listens for all conditions. It tells those in the first network and process namespaces only, so that in a
//! container /proc is looked at every second instead.

use std::time::Duration;

use tokio::time::sleep;
use vrrp::conditions::Observation;
use vrrp::config::Process;

use self::census::Census;
use self::connector::{Connector, Event};
use super::worker::{Subscription, Subscriptions, Worker};

mod census;
mod connector;
#[cfg(test)]
mod tests;

/// How often /proc is looked at where the kernel tells nothing.
const PERIOD: Duration = Duration::from_secs(1);

/// Starts the thread that watches processes.
pub(super) fn start() -> Worker<Process> {
    Worker::start("processes", |subscriptions| async { Watcher::new().run(subscriptions).await })
}

struct Watcher {
    subscriptions: Vec<Subscription<Process>>,
    census: Census,
    /// None where the kernel does not tell.
    connector: Option<Connector>,
}

impl Watcher {
    fn new() -> Self {
        let connector = Connector::open().inspect_err(|error| {
            tracing::info!(%error, "the kernel does not tell of processes here: they are looked for every second");
        });
        Self { subscriptions: Vec::new(), census: Census::of("/proc"), connector: connector.ok() }
    }

    async fn run(mut self, mut requests: Subscriptions<Process>) {
        loop {
            tokio::select! {
                biased;
                request = requests.recv() => match request {
                    Some(subscription) => self.subscribe(subscription),
                    None => return,
                },
                heard = heard(&self.connector) => self.heed(heard),
            }
            self.tell();
        }
    }

    fn subscribe(&mut self, subscription: Subscription<Process>) {
        self.subscriptions.push(subscription);
        if self.census.follow(self.subscriptions.iter().map(|one| one.settings.name.as_str())) {
            self.census.scan();
        }
    }

    fn heed(&mut self, heard: Heard) {
        match heard {
            Heard::Events(events) => events.into_iter().for_each(|event| self.apply(event)),
            Heard::Overrun => self.census.scan(),
            Heard::Lost => {
                self.connector = None;
                self.census.scan();
            }
            Heard::Nothing => {
                self.census.check();
                let short =
                    |one: &Subscription<Process>| self.census.count(&one.settings.name) < one.settings.count.into();
                if self.subscriptions.iter().any(short) {
                    self.census.scan();
                }
            }
        }
    }

    fn apply(&mut self, event: Event) {
        match event {
            // A child has its parent's name until it says otherwise.
            Event::Forked { parent, child } if self.census.knows(parent) => self.census.look(child),
            Event::Forked { .. } => {}
            Event::Renamed { process } => self.census.look(process),
            Event::Ended { process } => self.census.strike(process),
        }
    }

    fn tell(&mut self) {
        self.subscriptions.retain(|one| !one.is_over());
        for subscription in &self.subscriptions {
            let Process { name, count } = &subscription.settings;
            let observation = match self.census.is_blind() {
                true => Observation::unknown(
                    "the processes of other users are hidden from vrrpd: systemctl daemon-reload, then systemctl restart \
                     vrrp.service; or see hidepid= of /proc",
                ),
                false => observe(name, *count, self.census.count(name), self.connector.is_some()),
            };
            subscription.tell(observation);
        }
    }
}

/// What was heard of processes.
enum Heard {
    Events(Vec<Event>),
    /// More than the socket could keep.
    Overrun,
    /// The connector serves no longer.
    Lost,
    /// Nobody tells; it is time to look.
    Nothing,
}

async fn heard(connector: &Option<Connector>) -> Heard {
    let Some(connector) = connector else {
        sleep(PERIOD).await;
        return Heard::Nothing;
    };
    match connector.events().await {
        Ok(events) => Heard::Events(events),
        Err(error) if error.raw_os_error() == Some(nix::libc::ENOBUFS) => Heard::Overrun,
        Err(error) => {
            tracing::warn!(%error, "the kernel does not tell of processes any more: they are looked for every second");
            Heard::Lost
        }
    }
}

fn observe(name: &str, needed: u16, running: usize, told: bool) -> Observation {
    let how = if told { "" } else { " (looked for every second, as the kernel does not tell of processes here)" };
    let few = running < usize::from(needed);
    let words = match (few, running, needed) {
        (false, _, 1) => format!("{name} runs{how}"),
        (false, _, _) => format!("at least {needed} processes {name} run{how}"),
        (true, 0, _) => format!("no process {name} runs{how}"),
        (true, _, _) => format!("only {running} of {needed} processes {name} run{how}"),
    };
    if few { Observation::bad(words) } else { Observation::good(words) }
}
