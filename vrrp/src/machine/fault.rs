//! Fault: the router cannot trust what it hears or sends, and takes no part until it can.

use std::time::{Duration, Instant};

use super::backup::Backup;
use super::{Action, Bar, Event, Kind, Moment, Reason, Standing, State};

/// How long a router stays away after the kernel refused it, at least.
const REFUSAL: Duration = Duration::from_secs(10);

/// A router in Fault.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// What the kernel refused, and when it is tried again.
    refusal: Option<(Reason, Instant)>,
}

impl Fault {
    pub(super) fn enter(mut moment: Moment<'_>, reason: Reason) -> State {
        moment.act(Action::Enter(Kind::Fault, reason));
        State::Fault(Self { refusal: None })
    }

    /// Enters Fault for what the kernel refused. Nothing tells when it would no longer refuse, so time does.
    pub(super) fn refused(standing: &Standing, mut moment: Moment<'_>, reason: Reason) -> State {
        let again = moment.now + REFUSAL.max(standing.master_down_interval(None));
        moment.act(Action::Enter(Kind::Fault, reason.clone()));
        State::Fault(Self { refusal: Some((reason, again)) })
    }

    pub(super) const fn refusal(&self) -> Option<&Reason> {
        match &self.refusal {
            Some((reason, _)) => Some(reason),
            None => None,
        }
    }

    pub(super) fn reason(&self, standing: &Standing) -> Reason {
        self.refusal().or(standing.fault()).cloned().unwrap_or(Reason::LinkUnknown)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.refusal.as_ref().map(|(_, again)| *again)
    }

    pub(super) fn handle(mut self, standing: &mut Standing, mut moment: Moment<'_>, event: Event) -> State {
        let before = self.reason(standing);
        match event {
            Event::Shutdown => {
                moment.act(Action::Enter(Kind::Init, Reason::Disabled));
                return State::Init;
            }
            Event::Usable(primary) => standing.link = Ok(primary),
            Event::Unusable(reason) => standing.link = Err(reason),
            Event::Sibling(reason) => standing.sibling = reason,
            Event::Admitted => standing.bar = None,
            Event::Barred(reason) => standing.bar = Some(Bar { reason, last_resort: false }),
            Event::LastResort(reason) => standing.bar = Some(Bar { reason, last_resort: true }),
            Event::Reconfigured(parameters) => standing.reconfigure(parameters),
            Event::Deadline => self.refusal = self.refusal.filter(|(_, again)| *again > moment.now),
            // What is heard in Fault cannot be trusted, and what the kernel did was undone on entering it.
            Event::Startup
            | Event::Resume(_)
            | Event::Received(_)
            | Event::Heartbeat(_)
            | Event::Filtered(..)
            | Event::Contested
            | Event::Claimed
            | Event::Lapsed
            | Event::Refused(_)
            | Event::Lead
            | Event::Yield => {}
        }
        if self.refusal.is_none() && standing.fault().is_none() {
            standing.filter = None;
            return Backup::enter(standing, moment, Reason::Started);
        }
        let reason = self.reason(standing);
        if reason != before {
            moment.act(Action::Enter(Kind::Fault, reason));
        }
        State::Fault(self)
    }
}
