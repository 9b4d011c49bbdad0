//! The state machine of one virtual router (RFC 9568, section 6.4; RFC 3768, section 6.4).
//!
//! [`VirtualRouter::handle`] takes one event and the time and returns what must be done about it;
//! [`VirtualRouter::deadline`] tells when it wants to be woken. A router that moves together with others is kept in
//! step by [`crate::sync`].

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::config::Checksum;
use crate::id::Priority;
use crate::wire::Dialect;

use self::backup::Backup;
use self::drain::Drain;
use self::fault::Fault;
use self::master::Master;
use self::standing::{Bar, Standing};

pub use self::action::{Action, Kind, Peer};
pub use self::drain::Handover;
pub use self::event::{Event, Heard, Parameters, Place, Resumption};
pub use self::filtered::{Filter, Look};
pub use self::reason::Reason;
pub use self::timing::EARLIEST;

mod action;
mod backup;
mod contest;
mod drain;
mod event;
mod fault;
mod filtered;
mod init;
mod master;
mod reason;
mod standing;
mod timing;

/// One virtual router: an interface, a VRID and a family.
#[derive(Clone, Debug)]
pub struct VirtualRouter {
    standing: Standing,
    state: State,
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
        let standing = Standing {
            parameters,
            place,
            link,
            sibling: None,
            earlier_ties: 0,
            bar: None,
            dialect,
            filter: None,
            drain: None,
        };
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
        self.heed_drain(now, &event, &mut actions);
        let moment = Moment { now, actions: &mut actions };
        self.state = match std::mem::replace(&mut self.state, State::Init) {
            State::Init => init::handle(&mut self.standing, moment, event),
            State::Backup(backup) => backup.handle(&mut self.standing, moment, event),
            State::Master(master) => master.handle(&mut self.standing, moment, event),
            State::Fault(fault) => fault.handle(&mut self.standing, moment, event),
        };
        if matches!(self.state, State::Master(_)) {
            // What was drained is claimed again.
            self.standing.drain = None;
        }
        actions
    }

    /// Ends the drain when its time has come, which is soon after another Master is heard.
    fn heed_drain(&mut self, now: Instant, event: &Event, actions: &mut Vec<Action>) {
        let Some(mut drain) = self.standing.drain else { return };
        if let Event::Received(heard) | Event::Heartbeat(heard) | Event::Filtered(heard, _) = event
            && heard.priority.is_some()
            && self.standing.check(heard).is_ok()
        {
            drain.hear(&self.standing.parameters, now);
        }
        let over = drain.until() <= now;
        if over {
            actions.push(Action::Release);
        }
        self.standing.drain = (!over).then_some(drain);
    }

    /// Tells when [`Event::Deadline`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let of_state = match &self.state {
            State::Init => None,
            State::Backup(backup) => backup.deadline(),
            State::Master(master) => Some(master.deadline()),
            State::Fault(fault) => fault.deadline(),
        };
        [of_state, self.drained_at()].into_iter().flatten().min()
    }

    /// Tells from when on [`Event::Deadline`] has it advertise what is due at the deadline, at most [`EARLIEST`] before that.
    ///
    /// Whoever is woken for one router may have others advertise with it, which then stay together.
    #[must_use]
    pub fn due_from(&self) -> Option<Instant> {
        match &self.state {
            State::Master(master) => Some(master.due_from(&self.standing)),
            State::Init | State::Backup(_) | State::Fault(_) => self.deadline(),
        }
    }

    /// Tells until when at most the addresses of a former Master are served on.
    #[must_use]
    pub fn drained_at(&self) -> Option<Instant> {
        self.standing.drain.map(Drain::until)
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

    /// Tells whether [`Event::Resume`] would make it Master.
    #[must_use]
    pub fn may_resume(&self) -> bool {
        matches!(self.state, State::Init) && self.standing.may_lead()
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
