//! What a virtual router knows in every state.

use std::net::IpAddr;
use std::time::Duration;

use super::backup::Backup;
use super::drain::Drain;
use super::fault::Fault;
use super::master::Master;
use super::{Action, Filter, Heard, Moment, Parameters, Peer, Place, Reason, Resumption, State, timing};
use crate::config::Checksum;
use crate::id::{Interval, Priority, Version};
use crate::wire::{Dialect, Discard};

/// What a router knows in every state.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) parameters: Parameters,
    pub(super) place: Place,
    /// The primary address, or why the link cannot be used.
    pub(super) link: Result<IpAddr, Reason>,
    pub(super) sibling: Option<Reason>,
    /// How many of those before it in its group have a Master of the same priority beside them.
    pub(super) earlier_ties: u32,
    pub(super) bar: Option<Bar>,
    pub(super) dialect: Dialect,
    /// What takes away the advertisements that were last heard, while something does.
    pub(super) filter: Option<Filter>,
    /// The serving on after it was Master, whatever its state is.
    pub(super) drain: Option<Drain>,
}

/// What keeps a router from taking part as it would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) reason: Reason,
    /// Whether it may become Master where nobody else advertises.
    pub(super) last_resort: bool,
}

impl Standing {
    /// Its priority. One that is a last resort gives way to everybody.
    pub(super) fn priority(&self) -> Priority {
        match &self.bar {
            Some(Bar { last_resort: true, .. }) => Priority::LOWEST,
            Some(_) | None => self.parameters.priority,
        }
    }

    /// Whether it may not become Master, whoever else advertises.
    pub(super) fn is_barred(&self) -> bool {
        self.bar.as_ref().is_some_and(|bar| !bar.last_resort)
    }

    /// Whether a Master of lower priority is deposed. The address owner always does (RFC 9568, section 6.1).
    pub(super) fn preempts(&self) -> bool {
        self.parameters.preempt || self.priority().is_owner()
    }

    /// The interval in force: the Master's where version 3 has learned it, else the configured one.
    pub(super) fn interval(&self, master: Option<&Peer>) -> Interval {
        match (self.parameters.version, master) {
            (Version::V3, Some(master)) => master.interval,
            (Version::V2, _) | (Version::V3, None) => self.parameters.interval,
        }
    }

    pub(super) fn skew_time(&self, master: Option<&Peer>) -> Duration {
        timing::skew_time(self.parameters.version, self.priority(), self.interval(master))
    }

    pub(super) fn master_down_interval(&self, master: Option<&Peer>) -> Duration {
        timing::master_down_interval(self.parameters.version, self.priority(), self.interval(master))
    }

    /// Why the router cannot run, if it cannot.
    pub(super) fn fault(&self) -> Option<&Reason> {
        self.link.as_ref().err().or(self.sibling.as_ref())
    }

    /// Enters the state that follows when a router starts or its Fault is over.
    pub(super) fn start(&self, moment: Moment<'_>) -> State {
        match self.fault() {
            Some(reason) => Fault::enter(moment, reason.clone()),
            None => Backup::enter(self, moment, Reason::Started),
        }
    }

    /// Resigns, and begins the drain.
    pub(super) fn resign(&mut self, moment: &mut Moment<'_>) {
        if self.parameters.handover.fast && self.parameters.version == Version::V3 {
            moment.act(Action::Hasten(self.priority()));
        }
        moment.act(Action::Resign);
        self.drain = Drain::resigned(&self.parameters, moment);
    }

    /// Whether nothing keeps it from being Master.
    pub(super) fn may_lead(&self) -> bool {
        self.fault().is_none() && !self.is_barred()
    }

    /// Enters the state that follows when a router starts that was Master a moment ago.
    pub(super) fn resume(&mut self, moment: Moment<'_>, resumption: Resumption) -> State {
        if self.parameters.checksum == Checksum::Auto {
            self.dialect = resumption.dialect.unwrap_or(self.dialect);
        }
        match self.may_lead() {
            true => Master::resume(self, moment, resumption.advertise_at),
            false => self.start(moment),
        }
    }

    /// Tells whether an advertisement is to be processed, and says why not otherwise (RFC 9568, section 7.1).
    pub(super) fn accept(&mut self, heard: &Heard) -> Result<(), Discard> {
        self.check(heard)?;
        if self.parameters.checksum == Checksum::Auto {
            self.dialect = heard.dialect;
        }
        Ok(())
    }

    /// Tells as [`accept`](Self::accept) does, and learns nothing of how others sum on its own link.
    pub(super) fn check(&self, heard: &Heard) -> Result<(), Discard> {
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

    pub(super) fn reconfigure(&mut self, parameters: Parameters) {
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
