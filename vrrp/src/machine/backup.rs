//! Backup (RFC 9568, section 6.4.2).

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::fault::Fault;
use super::filtered::HeldBack;
use super::master::Master;
use super::{Action, Bar, Event, Heard, Kind, Moment, Parameters, Peer, Place, Reason, Standing, State, timing};
use crate::id::Priority;

mod afar;
mod below;

/// A router that listens.
#[derive(Clone, Debug)]
pub(super) struct Backup {
    /// Master_Down_Timer.
    down: Down,
    /// The Master that is respected.
    master: Option<Peer>,
    /// A Master of lower priority that is being deposed.
    deposing: Option<Peer>,
    /// The Master that was last heard over a heartbeat.
    afar: Option<Peer>,
    /// Whether the Master that is respected is heard over a heartbeat alone.
    deaf: bool,
    /// The end of preempt_delay, while a Master of lower priority is respected.
    patience: Option<Instant>,
    /// What was seen below the firewall, and may arrive yet.
    held_back: Option<HeldBack>,
    /// Why it became Backup.
    entered: Reason,
}

/// Master_Down_Timer: what it is doing.
#[derive(Clone, Debug)]
enum Down {
    /// It was started, and runs out.
    Runs { since: Instant, until: Instant, after: Silence },
    /// It has run out; the reason is what makes this router Master.
    Out(Reason),
    /// It does not run while the router is barred.
    Barred,
}

/// What a running Master_Down_Timer waits after.
#[derive(Clone, Copy, Debug)]
enum Silence {
    /// The last advertisement, or the start.
    Advertisement,
    /// A resignation.
    Resignation(IpAddr),
}

impl Backup {
    /// Enters Backup with nobody heard yet. The address owner need not wait (RFC 9568, section 6.4.1).
    pub(super) fn enter(standing: &Standing, moment: Moment<'_>, reason: Reason) -> State {
        Self::enter_under(standing, moment, None, reason)
    }

    /// Enters Backup with `master` as the router to wait for.
    pub(super) fn enter_under(
        standing: &Standing,
        mut moment: Moment<'_>,
        master: Option<Peer>,
        reason: Reason,
    ) -> State {
        let mut backup = Self::new(standing, &mut moment, master, reason);
        backup.restart(standing, moment.now);
        let outranked = master.is_some_and(|master| master.priority.is_owner());
        if standing.priority().is_owner() && !outranked && !standing.is_barred() {
            backup.down = Down::Out(Reason::Owner);
        }
        backup.lead_if_alone(standing, moment)
    }

    /// Enters Backup for the sake of the others that the router moves with.
    pub(super) fn enter_yielding(standing: &Standing, mut moment: Moment<'_>) -> State {
        let mut backup = Self::new(standing, &mut moment, None, Reason::Yielded);
        // Two groups of one priority may have deposed members of each other, and both yield. Were the other one to
        // come back in the same moment as this one, they would do so again, for ever. So this one waits longest.
        let Parameters { version, interval, .. } = standing.parameters;
        let wait = timing::master_down_interval(version, Priority::LOWEST, interval);
        backup.wait(standing, moment.now, wait);
        State::Backup(backup)
    }

    fn new(standing: &Standing, moment: &mut Moment<'_>, master: Option<Peer>, reason: Reason) -> Self {
        moment.act(Action::Enter(Kind::Backup, standing.bar.as_ref().map_or(&reason, |bar| &bar.reason).clone()));
        Self {
            down: Down::Barred,
            master,
            deposing: None,
            afar: None,
            deaf: false,
            patience: None,
            held_back: None,
            entered: reason,
        }
    }

    pub(super) const fn is_ready(&self) -> bool {
        matches!(self.down, Down::Out(_)) && self.held_back.is_none()
    }

    pub(super) const fn is_barred(&self) -> bool {
        matches!(self.down, Down::Barred)
    }

    /// The router whose advertisements restart Master_Down_Timer.
    pub(super) const fn respected(&self) -> Option<&Peer> {
        self.master.as_ref()
    }

    /// The router that was last heard as Master. One that is being deposed was heard after one that is respected.
    pub(super) const fn master(&self) -> Option<&Peer> {
        match &self.deposing {
            Some(deposing) => Some(deposing),
            None => self.master.as_ref(),
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let until = match self.down {
            Down::Runs { until, .. } => Some(self.patience.map_or(until, |patience| patience.min(until))),
            Down::Out(_) | Down::Barred => None,
        };
        [until, self.held_back.map(|held_back| held_back.until)].into_iter().flatten().min()
    }

    pub(super) fn reason(&self, standing: &Standing) -> Reason {
        match (&standing.bar, &self.down, self.master()) {
            (Some(bar), _, _) => bar.reason.clone(),
            (None, Down::Out(_), _) => Reason::Waiting,
            (None, Down::Runs { .. } | Down::Barred, Some(&Peer { address: master, priority, .. })) => {
                match standing.filter {
                    _ if self.deaf => Reason::Afar { master, priority },
                    Some(by) => Reason::Filtered { master, by },
                    None => Reason::Heard { master, priority },
                }
            }
            (None, Down::Runs { .. } | Down::Barred, None) => self.entered.clone(),
        }
    }

    pub(super) fn handle(mut self, standing: &mut Standing, mut moment: Moment<'_>, event: Event) -> State {
        match event {
            Event::Shutdown => {
                moment.act(Action::Enter(Kind::Init, Reason::Disabled));
                return State::Init;
            }
            Event::Usable(primary) => standing.link = Ok(primary),
            Event::Unusable(reason) => {
                standing.link = Err(reason.clone());
                return Fault::enter(moment, reason);
            }
            Event::Sibling(None) => standing.sibling = None,
            Event::Sibling(Some(reason)) => {
                standing.sibling = Some(reason.clone());
                return Fault::enter(moment, reason);
            }
            Event::Admitted => {
                if standing.bar.take().is_some() {
                    return Self::enter_under(standing, moment, self.master, Reason::Admitted);
                }
            }
            Event::Barred(reason) => {
                self.bar(standing, &mut moment, Bar { reason, last_resort: false });
                standing.filter = None;
                self.down = Down::Barred;
                self.deaf = false;
                self.patience = None;
                self.held_back = None;
            }
            Event::LastResort(reason) => {
                let began = self.bar(standing, &mut moment, Bar { reason, last_resort: true });
                if began {
                    self.deposing = None;
                    self.deaf = false;
                    self.patience = None;
                    self.restart(standing, moment.now);
                }
            }
            Event::Received(heard) => match standing.accept(&heard) {
                Ok(()) => self.receive(standing, &mut moment, heard),
                Err(discard) => moment.act(Action::Discard(discard)),
            },
            Event::Heartbeat(heard) => match standing.check(&heard) {
                Ok(()) => self.hear_afar(standing, &mut moment, heard),
                Err(discard) => moment.act(Action::Discard(discard)),
            },
            Event::Filtered(heard, by) => {
                if !self.is_barred() && standing.accept(&heard).is_ok() {
                    let seen = HeldBack::take(self.held_back, heard, by, moment.now);
                    self.glimpse(standing, &mut moment, seen);
                }
            }
            Event::Reconfigured(parameters) => self.reconfigure(standing, parameters),
            Event::Deadline => {
                let due = self.deadline().is_some_and(|deadline| deadline <= moment.now);
                if let Some(seen) = self.held_back.take_if(|_| due) {
                    self.hear_filtered(standing, &mut moment, seen);
                }
                self.expire(standing, &mut moment);
            }
            Event::Lead => {
                if let Down::Out(reason) = self.down {
                    return Master::enter(standing, moment, reason);
                }
            }
            // The kernel may still answer to a claim that was released meanwhile.
            Event::Claimed
            | Event::Lapsed
            | Event::Refused(_)
            | Event::Contested
            | Event::Startup
            | Event::Resume(_)
            | Event::Yield => {}
        }
        self.lead_if_alone(standing, moment)
    }

    /// Remembers what bars it, and tells whether that is of another kind than what did before.
    fn bar(&mut self, standing: &mut Standing, moment: &mut Moment<'_>, bar: Bar) -> bool {
        if standing.bar.as_ref().is_none_or(|before| before.reason != bar.reason) {
            moment.act(Action::Enter(Kind::Backup, bar.reason.clone()));
        }
        let kind = Some(bar.last_resort);
        standing.bar.replace(bar).map(|before| before.last_resort) != kind
    }

    /// Applies an advertisement.
    fn hear(&mut self, standing: &Standing, now: Instant, heard: Heard) {
        let Some(priority) = heard.priority else {
            return self.hear_resignation(standing, now, heard);
        };
        let peer = Peer { address: heard.source, priority, interval: heard.interval, at: now };
        let lower = priority < standing.priority();
        if lower && !self.is_outranked_afar(standing, now, Some(heard.source)) && self.deposes(standing, now) {
            self.deposing = Some(peer);
            return;
        }
        if priority >= standing.priority() {
            self.patience = None;
        }
        self.respect(standing, peer);
    }

    /// Waits for the next advertisement of a router that stays Master.
    fn respect(&mut self, standing: &Standing, peer: Peer) {
        self.master = Some(peer);
        self.deposing = None;
        self.restart(standing, peer.at);
    }

    /// Waits Skew_Time alone.
    fn hear_resignation(&mut self, standing: &Standing, now: Instant, heard: Heard) {
        if let Down::Runs { until, after, .. } = self.down {
            let skewed = now + standing.skew_time(self.master.as_ref());
            // It may have resigned over a heartbeat already, which is followed sooner.
            let again = matches!(after, Silence::Resignation(before) if before == heard.source);
            let until = if again { until.min(skewed) } else { skewed };
            self.down = Down::Runs { since: now, until, after: Silence::Resignation(heard.source) };
        }
        self.patience = None;
    }

    /// Tells whether a Master of lower priority is deposed at this time, and starts preempt_delay when one is first heard.
    fn deposes(&mut self, standing: &Standing, now: Instant) -> bool {
        if !standing.preempts() {
            return false;
        }
        let preempt_delay = standing.parameters.preempt_delay;
        if self.is_ready() || preempt_delay.is_zero() || matches!(self.down, Down::Barred) {
            return true;
        }
        *self.patience.get_or_insert(now + preempt_delay) <= now
    }

    /// Starts Master_Down_Timer with Master_Down_Interval.
    fn restart(&mut self, standing: &Standing, now: Instant) {
        self.wait(standing, now, standing.master_down_interval(self.master.as_ref()));
    }

    /// Starts Master_Down_Timer, unless the router is barred.
    fn wait(&mut self, standing: &Standing, now: Instant, wait: Duration) {
        self.down = match standing.is_barred() {
            true => Down::Barred,
            false => Down::Runs { since: now, until: now + wait, after: Silence::Advertisement },
        };
    }

    fn expire(&mut self, standing: &Standing, moment: &mut Moment<'_>) {
        let Down::Runs { since, until, after } = self.down else {
            return;
        };
        let now = moment.now;
        let own = standing.priority();
        let preempted = |peer: Peer| Reason::Preempted { master: peer.address, priority: peer.priority, own };
        if until <= now {
            if let Some(peer) = self.alive_afar(standing, now, since, after) {
                return self.wait_afar(standing, moment, peer);
            }
            let silent = self.master.map(|master| master.address);
            self.down = Down::Out(match (after, self.deposing) {
                (Silence::Resignation(master), _) => Reason::Resigned(master),
                (Silence::Advertisement, Some(peer)) => preempted(peer),
                (Silence::Advertisement, None) => Reason::Silence(silent, now - since),
            });
        } else if self.patience.take_if(|patience| *patience <= now).is_some() {
            let lower = self.master.map(|master| master.address);
            if self.is_outranked_afar(standing, now, lower) {
                return;
            }
            // The lower Master was patiently respected until this moment: there is nothing left to wait for.
            self.down = Down::Out(self.master.map_or(Reason::Started, preempted));
        }
    }

    /// Moves running timers by what the new parameters make of them.
    fn reconfigure(&mut self, standing: &mut Standing, parameters: Parameters) {
        let old = (standing.master_down_interval(self.master.as_ref()), standing.parameters.preempt_delay);
        standing.reconfigure(parameters);
        let new = (standing.master_down_interval(self.master.as_ref()), standing.parameters.preempt_delay);
        let moved = |at: Instant, old: Duration, new: Duration| (at + new).checked_sub(old).unwrap_or(at);
        if let Down::Runs { until, after: Silence::Advertisement, .. } = &mut self.down {
            *until = moved(*until, old.0, new.0);
        }
        let patient = standing.preempts() && self.lower(standing.priority());
        self.patience = self.patience.filter(|_| patient).map(|patience| moved(patience, old.1, new.1));
    }

    fn lower(&self, own: Priority) -> bool {
        self.master.is_some_and(|master| master.priority < own)
    }

    fn lead_if_alone(self, standing: &Standing, moment: Moment<'_>) -> State {
        match self.down {
            Down::Out(reason) if standing.place == Place::Alone => Master::enter(standing, moment, reason),
            Down::Out(_) | Down::Runs { .. } | Down::Barred => State::Backup(self),
        }
    }
}
