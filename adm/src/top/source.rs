//! What the daemon tells: events as they come, a status each interval, and what the selected instance has gone through.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};
use vrrp::status::{Status, Transition};

use crate::bus::events::{Event, Events};
use crate::bus::{Bus, Daemon, Refusal};

/// The part of the time that asking may take is one of so many.
const SHARE: u32 = 20;
/// How soon an event is followed by a status at the earliest.
const SOON: Duration = Duration::from_millis(100);
/// How many transitions are asked for: as many as the daemon keeps of an instance, and some.
const TRANSITIONS: u32 = 64;

/// Something new.
#[derive(Clone, Debug)]
pub(super) enum Update {
    /// How everything is, and when that was told.
    Status(Box<Status>, std::time::Instant),
    /// What an instance has gone through.
    History(String, Vec<Transition>),
    /// Something that happened.
    Event(Event),
    /// Nobody tells how anything is, for this reason.
    Away(Refusal),
}

/// Where news come from.
pub(super) struct Source {
    pub(super) bus: Bus,
    pub(super) interval: Duration,
    /// The instance whose past is wanted.
    pub(super) wanted: watch::Receiver<Option<String>>,
    pub(super) tell: mpsc::Sender<Update>,
}

/// That nobody listens any more.
struct Unheard;

/// When to ask, where there is a daemon to ask.
struct Clock {
    due: Option<Instant>,
    /// Before this, asking would take more than its share.
    earliest: Instant,
}

impl Source {
    /// Tells until nobody listens. A bus that goes is waited for.
    pub(super) async fn run(mut self, mut daemon: Daemon) {
        loop {
            let refusal = match daemon.events().await {
                Ok(events) => match self.follow(&daemon, events).await {
                    Ok(()) => Refusal::NoBus { bus: self.bus.to_string(), reason: "it is gone".to_owned() },
                    Err(Unheard) => return,
                },
                Err(refusal) => refusal,
            };
            if self.say(Update::Away(refusal)).await.is_err() {
                return;
            }
            daemon = loop {
                sleep(self.interval).await;
                match self.bus.connect().await {
                    Ok(connection) => break Daemon::on(&connection),
                    Err(_) if self.tell.is_closed() => return,
                    Err(_) => {}
                }
            };
        }
    }

    /// Follows the daemon until the bus is gone.
    async fn follow(&mut self, daemon: &Daemon, mut events: Events) -> Result<(), Unheard> {
        let now = Instant::now();
        let mut clock = Clock { due: Some(now), earliest: now };
        self.wanted.mark_changed();
        loop {
            tokio::select! {
                biased;
                event = events.next() => match event {
                    None => return Ok(()),
                    Some(event) => self.heed(&mut clock, event).await?,
                },
                changed = self.wanted.changed() => {
                    changed.map_err(|_| Unheard)?;
                    self.remember(daemon).await?;
                }
                () = async { sleep_until(clock.due.unwrap_or(now)).await }, if clock.due.is_some() => {
                    self.describe(daemon, &mut clock).await?;
                }
            }
        }
    }

    /// Passes an event on, after which the rest may have changed, too.
    async fn heed(&self, clock: &mut Clock, event: Event) -> Result<(), Unheard> {
        let soon = clock.earliest.max(Instant::now() + SOON);
        clock.due = match &event {
            Event::Running(false) => None,
            Event::Running(true) => Some(Instant::now()),
            Event::Transition(_) | Event::Added(_) | Event::Removed(_) | Event::Lost(_) => {
                clock.due.map(|due| due.min(soon))
            }
        };
        self.say(Update::Event(event)).await
    }

    async fn describe(&mut self, daemon: &Daemon, clock: &mut Clock) -> Result<(), Unheard> {
        let start = Instant::now();
        let told = daemon.describe::<Status>().await;
        let end = Instant::now();
        clock.earliest = end + (end - start) * (SHARE - 1);
        clock.due = Some(clock.earliest.max(start + self.interval));
        match told {
            Ok(status) => {
                self.say(Update::Status(Box::new(status), end.into_std())).await?;
                // What the selected one went through may be more than the events told.
                self.remember(daemon).await
            }
            Err(refusal) => {
                if refusal == Refusal::NotRunning {
                    // The bus tells when one comes.
                    clock.due = None;
                }
                self.say(Update::Away(refusal)).await
            }
        }
    }

    /// Asks what the selected instance has gone through. A daemon of another version may not tell.
    async fn remember(&mut self, daemon: &Daemon) -> Result<(), Unheard> {
        let Some(name) = self.wanted.borrow_and_update().clone() else { return Ok(()) };
        match daemon.history(std::slice::from_ref(&name), TRANSITIONS).await {
            Ok(history) => self.say(Update::History(name, history)).await,
            Err(_) => Ok(()),
        }
    }

    async fn say(&self, update: Update) -> Result<(), Unheard> {
        self.tell.send(update).await.map_err(|_| Unheard)
    }
}
