//! The state machine of one virtual router (RFC 9568, section 6.4; RFC 3768, section 6.4).
//!
//! [`VirtualRouter::handle`] takes one event and the time and returns what must be done about it;
//! [`VirtualRouter::deadline`] tells when it wants to be woken. A router that moves together with others is kept in
//! step by [`crate::sync`].

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::config::Checksum;
use crate::id::{Family, Interval, Priority, Version};
use crate::wire::{Dialect, Discard};

use self::backup::Backup;
use self::fault::Fault;
use self::master::Master;

pub use self::filtered::{Filter, Look};
pub use self::reason::Reason;

mod backup;
mod contest;
mod fault;
mod filtered;
mod init;
mod master;
mod reason;
mod timing;

/// What a virtual router is told to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Its address family.
    pub family: Family,
    /// Its protocol version; `V2` with IPv4 alone.
    pub version: Version,
    /// Its priority with all weights.
    pub priority: Priority,
    /// Advertisement_Interval; one that `version` can carry.
    pub interval: Interval,
    /// Preempt_Mode.
    pub preempt: bool,
    /// How long a Master of lower priority is left alone before it is deposed.
    pub preempt_delay: Duration,
    /// How version 3 over IPv4 is summed.
    pub checksum: Checksum,
}

/// An advertisement that was decoded and belongs to this virtual router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who sent it.
    pub source: IpAddr,
    /// Its version.
    pub version: Version,
    /// The sender's priority; `None` where the sender resigns.
    pub priority: Option<Priority>,
    /// The sender's interval.
    pub interval: Interval,
    /// How it was summed.
    pub dialect: Dialect,
}

/// What can happen to a virtual router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is enabled.
    Startup,
    /// It is disabled, or the daemon stops.
    Shutdown,
    /// Its link can carry advertisements from this primary address.
    Usable(IpAddr),
    /// Its link cannot, or a condition says that it must not be trusted.
    Unusable(Reason),
    /// A router that it moves with is in Fault, or no longer is.
    Sibling(Option<Reason>),
    /// It may become Master.
    Admitted,
    /// It may not become or stay Master.
    Barred(Reason),
    /// It may be Master only where nobody else advertises.
    LastResort(Reason),
    /// An advertisement arrived.
    Received(Heard),
    /// An advertisement that was made for its link arrived over another one.
    Heartbeat(Heard),
    /// An advertisement was seen below the firewall, and has not arrived yet.
    Filtered(Heard, Filter),
    /// Another host answered for an address.
    Contested,
    /// The time that [`VirtualRouter::deadline`] told has come.
    Deadline,
    /// Its parameters changed; family and version are what they were.
    Reconfigured(Parameters),
    /// The kernel has all its addresses on the link.
    Claimed,
    /// The kernel refused an address or an advertisement.
    Refused(Reason),
    /// Every router that it moves with is ready: it becomes Master.
    Lead,
    /// A router that it moves with is no longer Master: it resigns.
    Yield,
}

/// What a virtual router is among those that it moves with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It moves alone.
    Alone,
    /// It is the first of several.
    First,
    /// It is another of several.
    Other,
}

/// What must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send an advertisement.
    Advertise(Priority),
    /// Send priority 0.
    Resign,
    /// Own the addresses on the wire, and send [`Event::Claimed`] or [`Event::Refused`] in return.
    Claim,
    /// Stop owning them.
    Release,
    /// Send gratuitous ARP or unsolicited neighbour advertisements for the addresses.
    Announce,
    /// Count an advertisement that was not processed.
    Discard(Discard),
    /// Count an advertisement that was processed although it did not arrive.
    CountFiltered,
    /// Tell that another host goes on answering for an address.
    Contested,
    /// Tell that the state changed, or the reason for it.
    Enter(Kind, Reason),
}

/// A state by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Disabled, or not set up yet.
    Init,
    /// It listens.
    Backup,
    /// It serves the addresses.
    Master,
    /// It cannot trust what it hears or sends.
    Fault,
}

/// A Master as it was last heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its primary address.
    pub address: IpAddr,
    /// Its priority.
    pub priority: Priority,
    /// Its interval.
    pub interval: Interval,
    /// When it was heard.
    pub at: Instant,
}

/// One virtual router: an interface, a VRID and a family.
#[derive(Clone, Debug)]
pub struct VirtualRouter {
    standing: Standing,
    state: State,
}

/// What a router knows in every state.
#[derive(Clone, Debug)]
struct Standing {
    parameters: Parameters,
    place: Place,
    /// The primary address, or why the link cannot be used.
    link: Result<IpAddr, Reason>,
    sibling: Option<Reason>,
    /// How many of those before it in its group have a Master of the same priority beside them.
    earlier_ties: u32,
    bar: Option<Bar>,
    dialect: Dialect,
    /// What takes away the advertisements that were last heard, while something does.
    filter: Option<Filter>,
}

/// What keeps a router from taking part as it would.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bar {
    reason: Reason,
    /// Whether it may become Master where nobody else advertises.
    last_resort: bool,
}

/// Each state owns the timers that it needs.
#[derive(Clone, Debug)]
enum State {
    Init,
    Backup(Backup),
    Master(Master),
    Fault(Fault),
}

impl VirtualRouter {
    /// Makes a router that is disabled, whose link is not known yet, and which nothing bars.
    ///
    /// One that moves with others becomes [ready](Self::is_ready) when its Master is silent, and waits for
    /// [`Event::Lead`].
    #[must_use]
    pub fn new(parameters: Parameters, place: Place) -> Self {
        let dialect = match parameters.checksum {
            Checksum::Auto | Checksum::Rfc5798 => Dialect::PseudoHeader,
            Checksum::Rfc9568 => Dialect::MessageOnly,
        };
        let link = Err(Reason::LinkUnknown);
        let standing =
            Standing { parameters, place, link, sibling: None, earlier_ties: 0, bar: None, dialect, filter: None };
        Self { standing, state: State::Init }
    }

    /// Gives it another place among those that it moves with.
    pub(crate) const fn place_at(&mut self, place: Place) {
        self.standing.place = place;
    }

    /// Tells whether it is Master beside another one of the same priority.
    pub(crate) fn is_tied(&self, now: Instant) -> bool {
        matches!(&self.state, State::Master(master) if master.is_tied(now))
    }

    /// Tells it how many of those before it in its group are tied.
    pub(crate) const fn defer_to(&mut self, earlier_ties: u32) {
        self.standing.earlier_ties = earlier_ties;
    }

    /// Applies one event and returns what must be done about it, in this order.
    #[must_use]
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        let moment = Moment { now, actions: &mut actions };
        self.state = match std::mem::replace(&mut self.state, State::Init) {
            State::Init => init::handle(&mut self.standing, moment, event),
            State::Backup(backup) => backup.handle(&mut self.standing, moment, event),
            State::Master(master) => master.handle(&mut self.standing, moment, event),
            State::Fault(fault) => fault.handle(&mut self.standing, moment, event),
        };
        actions
    }

    /// Tells when [`Event::Deadline`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Init => None,
            State::Backup(backup) => backup.deadline(),
            State::Master(master) => Some(master.deadline()),
            State::Fault(fault) => fault.deadline(),
        }
    }

    /// Tells the state.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self.state {
            State::Init => Kind::Init,
            State::Backup(_) => Kind::Backup,
            State::Master(_) => Kind::Master,
            State::Fault(_) => Kind::Fault,
        }
    }

    /// Tells why it is in its state.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match &self.state {
            State::Init => Reason::Disabled,
            State::Backup(backup) => backup.reason(&self.standing),
            State::Master(master) => master.reason(&self.standing),
            State::Fault(fault) => fault.reason(&self.standing),
        }
    }

    /// Tells whether its Master is silent, nothing bars it, and it waits for those that it moves with.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(&self.state, State::Backup(backup) if backup.is_ready())
    }

    /// Tells why it may not become Master, or only as a last resort, whatever its state.
    #[must_use]
    pub fn bar(&self) -> Option<&Reason> {
        self.standing.bar.as_ref().map(|bar| &bar.reason)
    }

    /// Its priority as it advertises it.
    #[must_use]
    pub fn priority(&self) -> Priority {
        self.standing.priority()
    }

    /// Tells why a router that it moves with is in Fault, as it was last told.
    pub(crate) const fn sibling(&self) -> Option<&Reason> {
        self.standing.sibling.as_ref()
    }

    /// Tells why it is in Fault on its own account.
    #[must_use]
    pub const fn own_fault(&self) -> Option<&Reason> {
        match (&self.state, &self.standing.link) {
            (State::Fault(fault), Ok(_)) => fault.refusal(),
            (State::Fault(_), Err(reason)) => Some(reason),
            (State::Init | State::Backup(_) | State::Master(_), _) => None,
        }
    }

    /// The other router that it last heard as Master; `None` while it is Master itself.
    #[must_use]
    pub const fn master(&self) -> Option<&Peer> {
        match &self.state {
            State::Backup(backup) => backup.master(),
            State::Init | State::Master(_) | State::Fault(_) => None,
        }
    }

    /// Tells whether it must be looked below the firewall for advertisements that do not arrive.
    #[must_use]
    pub fn look(&self) -> Look {
        match &self.state {
            State::Backup(backup) => backup.look(&self.standing),
            // It would not hear who deposes it.
            State::Master(master) if self.standing.filter.is_some() || master.looks() => Look::Yes,
            State::Init | State::Master(_) | State::Fault(_) => Look::No,
        }
    }

    /// What takes away the advertisements that it is to hear, where something is known to.
    #[must_use]
    pub const fn filter(&self) -> Option<Filter> {
        match &self.state {
            State::Backup(backup) if !backup.is_barred() => self.standing.filter,
            State::Master(_) => self.standing.filter,
            State::Init | State::Backup(_) | State::Fault(_) => None,
        }
    }

    /// Its primary address, while its link can be used.
    #[must_use]
    pub fn primary(&self) -> Option<IpAddr> {
        self.standing.link.as_ref().ok().copied()
    }

    /// The checksum that its version 3 advertisements over IPv4 carry.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.standing.dialect
    }

    /// What it was told to be.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.standing.parameters
    }

    /// Master_Down_Interval as it stands, with the Master's interval where one is known (RFC 9568, section 6.1).
    #[must_use]
    pub fn master_down_interval(&self) -> Duration {
        match &self.state {
            State::Backup(backup) => self.standing.master_down_interval(backup.respected()),
            State::Init | State::Master(_) | State::Fault(_) => self.standing.master_down_interval(None),
        }
    }
}

/// One event's time and the actions that it has caused so far.
struct Moment<'a> {
    now: Instant,
    actions: &'a mut Vec<Action>,
}

impl Moment<'_> {
    fn act(&mut self, action: Action) {
        self.actions.push(action);
    }
}

impl Standing {
    /// Its priority. One that is a last resort gives way to everybody.
    fn priority(&self) -> Priority {
        match &self.bar {
            Some(Bar { last_resort: true, .. }) => Priority::LOWEST,
            Some(_) | None => self.parameters.priority,
        }
    }

    /// Whether it may not become Master, whoever else advertises.
    fn is_barred(&self) -> bool {
        self.bar.as_ref().is_some_and(|bar| !bar.last_resort)
    }

    /// Whether a Master of lower priority is deposed. The address owner always does (RFC 9568, section 6.1).
    fn preempts(&self) -> bool {
        self.parameters.preempt || self.priority().is_owner()
    }

    /// The interval in force: the Master's where version 3 has learned it, else the configured one.
    fn interval(&self, master: Option<&Peer>) -> Interval {
        match (self.parameters.version, master) {
            (Version::V3, Some(master)) => master.interval,
            (Version::V2, _) | (Version::V3, None) => self.parameters.interval,
        }
    }

    fn skew_time(&self, master: Option<&Peer>) -> Duration {
        timing::skew_time(self.parameters.version, self.priority(), self.interval(master))
    }

    fn master_down_interval(&self, master: Option<&Peer>) -> Duration {
        timing::master_down_interval(self.parameters.version, self.priority(), self.interval(master))
    }

    /// Why the router cannot run, if it cannot.
    fn fault(&self) -> Option<&Reason> {
        self.link.as_ref().err().or(self.sibling.as_ref())
    }

    /// Enters the state that follows when a router starts or its Fault is over.
    fn start(&self, moment: Moment<'_>) -> State {
        match self.fault() {
            Some(reason) => Fault::enter(moment, reason.clone()),
            None => Backup::enter(self, moment, Reason::Started),
        }
    }

    /// Tells whether an advertisement is to be processed, and says why not otherwise (RFC 9568, section 7.1).
    fn accept(&mut self, heard: &Heard) -> Result<(), Discard> {
        self.check(heard)?;
        if self.parameters.checksum == Checksum::Auto {
            self.dialect = heard.dialect;
        }
        Ok(())
    }

    /// Tells as [`accept`](Self::accept) does, and learns nothing of how others sum on its own link.
    fn check(&self, heard: &Heard) -> Result<(), Discard> {
        if self.link.as_ref().is_ok_and(|&primary| primary == heard.source) {
            return Err(Discard::OwnPacket);
        }
        if heard.version != self.parameters.version {
            return Err(Discard::VersionMismatch);
        }
        // RFC 3768, section 7.1; version 3 learns the interval.
        if heard.version == Version::V2 && heard.interval != self.parameters.interval {
            return Err(Discard::Interval);
        }
        Ok(())
    }

    fn reconfigure(&mut self, parameters: Parameters) {
        if parameters.checksum != self.parameters.checksum {
            self.dialect = match parameters.checksum {
                Checksum::Auto => self.dialect,
                Checksum::Rfc5798 => Dialect::PseudoHeader,
                Checksum::Rfc9568 => Dialect::MessageOnly,
            };
        }
        self.parameters = parameters;
    }
}
