//! One host of the segment: its group of virtual routers, the kernel below, and what must hold after every event.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use vrrp::id::Interval;
use vrrp::machine::{Action, Event, Heard, Kind, Reason, Resumption, VirtualRouter};
use vrrp::sync::{Group, MemberAction};
use vrrp::wire::Dialect;

use super::plan::{Lane, Plan};

/// What reaches a host from outside.
#[derive(Clone, Debug)]
pub(crate) enum Wakeup {
    Packet(Lane, Heard),
    /// The same over the heartbeat link.
    Heartbeat(Lane, Heard),
    /// The kernel has done what the host asked for in its life of this number.
    Kernel(usize, Lane, Event),
}

/// What a host does to the outside.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// It sends an advertisement.
    Send(Lane, Heard),
    /// It sends a heartbeat.
    Beat(Lane, Heard),
    /// Its kernel will answer.
    Answer(Wakeup),
}

/// A host.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) plan: Plan,
    pub(crate) group: Group,
    /// How often it was started; what a former life's kernel answers is lost.
    life: usize,
    pub(crate) running: bool,
    pub(crate) barred: bool,
    links: Vec<bool>,
    /// Whether its cable to the heartbeat link is plugged in.
    pub(crate) heartbeat: bool,
    stalled_since: Option<Instant>,
    stalled_until: Option<Instant>,
    /// When its daemon, which was killed, comes back, and whether it was Master.
    killed_until: Option<(Instant, bool)>,
    /// When its daemon last knew that every advertisement that was due was sent.
    alive_at: Option<Instant>,
    inbox: VecDeque<Wakeup>,
    /// What has come in and when, and when that is looked at.
    left_alone: VecDeque<(Instant, Wakeup)>,
    looks_at: Option<Instant>,
    /// What each member has asked of its addresses.
    claims: Vec<Claim>,
    /// How many claims its kernel will refuse.
    pub(crate) refusals: u32,
    /// When it sent an advertisement or a resignation.
    pub(crate) sent: Vec<(Instant, Lane)>,
}

/// What becomes of a member's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// Nothing is asked of them.
    None,
    /// They were asked for.
    Asked,
    /// The kernel has them.
    Made,
    /// They are served on.
    Drained,
}

impl Claim {
    const fn is_claimed(self) -> bool {
        matches!(self, Self::Asked | Self::Made)
    }
}

/// The shortest lease.
const LEASE: Duration = Duration::from_secs(2);

/// How long packets are left alone at most.
const LULL: Duration = Duration::from_millis(10);

/// How many packets wait in the socket of a host that is stalled.
const SOCKET: usize = 256;

impl Host {
    /// Makes a host that is switched off.
    pub(crate) fn new(plan: Plan) -> Self {
        let members = plan.lanes.len();
        Self {
            group: Group::new([]),
            life: 0,
            running: false,
            barred: false,
            links: vec![true; members],
            heartbeat: true,
            stalled_since: None,
            stalled_until: None,
            killed_until: None,
            alive_at: None,
            inbox: VecDeque::new(),
            left_alone: VecDeque::new(),
            looks_at: None,
            claims: vec![Claim::None; members],
            refusals: 0,
            sent: Vec::new(),
            plan,
        }
    }

    /// Tells whether it may become Master and is able to.
    pub(crate) fn is_eligible(&self) -> bool {
        self.running && !self.barred && matches!(self.group.kind(), Kind::Backup | Kind::Master)
    }

    pub(crate) fn is_master(&self) -> bool {
        self.running && self.group.kind() == Kind::Master
    }

    /// Tells whether clients on a lane that send to this host are answered.
    pub(crate) fn serves(&self, lane: Lane) -> bool {
        let claims = self.plan.lanes.iter().zip(&self.claims).find(|(own, _)| **own == lane);
        claims.is_some_and(|(_, claim)| matches!(claim, Claim::Made | Claim::Drained))
    }

    /// Tells when it must be woken.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let due = if self.plan.crowded { self.group.due_from() } else { self.group.deadline() };
        let due = || [due, self.looks_at].into_iter().flatten().min();
        let running = self.stalled_until.or_else(due).filter(|_| self.running);
        self.killed_until.map(|(until, _)| until).or(running)
    }

    /// Switches it off without a word.
    pub(crate) fn crash(&mut self) -> Vec<Effect> {
        self.running = false;
        self.stalled_until = None;
        self.killed_until = None;
        self.inbox.clear();
        self.left_alone.clear();
        self.looks_at = None;
        self.claims.fill(Claim::None);
        Vec::new()
    }

    /// Kills its daemon, which comes back at some time. What the daemon has claimed stays in the kernel.
    pub(crate) fn kill(&mut self, until: Instant) -> Vec<Effect> {
        if self.running {
            let master = self.is_master();
            let _ = self.crash();
            self.killed_until = Some((until, master));
        }
        Vec::new()
    }

    /// Starts its daemon after that was killed. A Master goes on while nobody can have taken over.
    fn come_back(&mut self, now: Instant, master: bool) -> Vec<Effect> {
        self.begin();
        let bar = self.barred.then(|| Event::Barred(because("barred")));
        let mut effects: Vec<Effect> = bar.into_iter().flat_map(|bar| self.tell(now, &bar)).collect();
        for member in 0..self.links.len() {
            effects.extend(self.link(now, member, self.links[member]));
        }
        let resumptions = vec![Resumption::default(); self.links.len()];
        let safe = self.alive_at.is_some_and(|alive| now < alive + 2 * self.plan.interval().duration());
        effects.extend(self.step(now, |group| match master && safe {
            true => group.resume(now, &resumptions),
            false => group.handle_all(now, &Event::Startup),
        }));
        effects
    }

    fn begin(&mut self) {
        self.running = true;
        self.killed_until = None;
        self.life += 1;
        self.group = Group::new(self.plan.lanes.iter().map(|&lane| self.plan.parameters(lane)));
    }

    /// Switches it on.
    pub(crate) fn start(&mut self, now: Instant) -> Vec<Effect> {
        if self.running {
            return Vec::new();
        }
        self.begin();
        let mut effects = Vec::new();
        if self.barred {
            effects.extend(self.tell(now, &Event::Barred(because("barred"))));
        }
        effects.extend(self.tell(now, &Event::Startup));
        for member in 0..self.links.len() {
            effects.extend(self.link(now, member, self.links[member]));
        }
        effects
    }

    /// Connects or disconnects one member's link.
    pub(crate) fn link(&mut self, now: Instant, member: usize, up: bool) -> Vec<Effect> {
        let member = member % self.links.len();
        self.links[member] = up;
        let event = match up {
            true => Event::Usable(self.plan.address(self.plan.lanes[member])),
            false => Event::Unusable(because("no carrier")),
        };
        self.step(now, |group| group.handle(now, member, event))
    }

    pub(crate) fn bar(&mut self, now: Instant, barred: bool) -> Vec<Effect> {
        self.barred = barred;
        let event = if barred { Event::Barred(because("barred")) } else { Event::Admitted };
        self.tell(now, &event)
    }

    /// Gives it another priority and interval.
    pub(crate) fn reconfigure(&mut self, now: Instant, plan: Plan) -> Vec<Effect> {
        self.plan = plan;
        let mut effects = Vec::new();
        for member in 0..self.plan.lanes.len() {
            let parameters = self.plan.parameters(self.plan.lanes[member]);
            effects.extend(self.step(now, |group| group.handle(now, member, Event::Reconfigured(parameters))));
        }
        effects
    }

    /// Tells every member.
    pub(crate) fn tell(&mut self, now: Instant, event: &Event) -> Vec<Effect> {
        self.step(now, |group| group.handle_all(now, event))
    }

    /// Keeps it from handling anything for a while.
    pub(crate) fn stall(&mut self, now: Instant, until: Instant) -> Vec<Effect> {
        self.stalled_since = self.stalled_since.or(Some(now));
        self.stalled_until = Some(until).filter(|_| self.running);
        Vec::new()
    }

    /// Ends a stall: what has waited is handled, packets before deadlines. A daemon that was killed comes back.
    pub(crate) fn resume(&mut self, now: Instant) -> Vec<Effect> {
        if let Some((_, master)) = self.killed_until {
            return self.come_back(now, master);
        }
        self.stalled_until = None;
        let silent = self.stalled_since.take().map(|since| now - since);
        let lease = LEASE.max(3 * self.plan.interval().duration());
        let lapsed = silent.is_some_and(|silent| silent >= lease).then(|| self.tell(now, &Event::Lapsed));
        let inbox = std::mem::take(&mut self.inbox);
        let heard = inbox.into_iter().flat_map(|wakeup| self.wake(now, wakeup));
        lapsed.into_iter().flatten().chain(heard).collect()
    }

    /// Hands over what came from outside. A host that is stalled finds it later.
    pub(crate) fn wake(&mut self, now: Instant, wakeup: Wakeup) -> Vec<Effect> {
        if !self.running {
            return Vec::new();
        }
        if self.stalled_until.is_some() {
            if self.inbox.len() < SOCKET {
                self.inbox.push_back(wakeup);
            }
            return Vec::new();
        }
        if self.plan.crowded && !matches!(wakeup, Wakeup::Kernel(..)) {
            self.left_alone.push_back((now, wakeup));
            self.looks_at.get_or_insert(now + self.lull());
            return Vec::new();
        }
        self.take(now, now, wakeup)
    }

    /// Handles what came in at a time.
    fn take(&mut self, now: Instant, at: Instant, wakeup: Wakeup) -> Vec<Effect> {
        match wakeup {
            Wakeup::Packet(lane, heard) => self.deliver(now, at, lane, Event::Received(heard)),
            Wakeup::Heartbeat(lane, heard) => self.hear_afar(now, at, lane, heard),
            Wakeup::Kernel(life, lane, event) if life == self.life => self.deliver(now, at, lane, event),
            Wakeup::Kernel(..) => Vec::new(),
        }
    }

    /// Handles its deadline, or the end of its stall.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Effect> {
        if self.stalled_until.is_some() || self.killed_until.is_some() {
            return self.resume(now);
        }
        let mut effects = self.look(now);
        effects.extend(self.step(now, |group| group.expire(now)));
        assert!(self.group.deadline().is_none_or(|deadline| deadline > now), "a deadline has passed: {self}");
        effects
    }

    /// How long packets are left alone, as the daemon does it at most.
    fn lull(&self) -> Duration {
        (self.plan.interval().duration() / 100).min(LULL)
    }

    /// Handles what was left alone, each as of the time at which it came in.
    fn look(&mut self, now: Instant) -> Vec<Effect> {
        self.looks_at = None;
        // None is taken to be older than that.
        let earliest = now - self.lull();
        let mut waiting: Vec<_> = std::mem::take(&mut self.left_alone).into();
        // As the daemon does it: heartbeats come last.
        waiting.sort_by_key(|(_, wakeup)| matches!(wakeup, Wakeup::Heartbeat(..)));
        waiting.into_iter().flat_map(|(at, wakeup)| self.take(now, at.max(earliest), wakeup)).collect()
    }

    fn deliver(&mut self, now: Instant, at: Instant, lane: Lane, event: Event) -> Vec<Effect> {
        match self.plan.lanes.iter().position(|&own| own == lane) {
            Some(member) if self.links[member] => {
                if event == Event::Claimed && self.claims[member] == Claim::Asked {
                    self.claims[member] = Claim::Made;
                }
                self.step(now, |group| group.handle(at, member, event))
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// A heartbeat is heard whatever the state of the link is that it was made for.
    fn hear_afar(&mut self, now: Instant, at: Instant, lane: Lane, heard: Heard) -> Vec<Effect> {
        match self.plan.lanes.iter().position(|&own| own == lane) {
            Some(member) if self.plan.heartbeat && self.heartbeat => {
                self.step(now, |group| group.handle(at, member, Event::Heartbeat(heard)))
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// Lets the group handle something, checks it, and does what it says.
    fn step(&mut self, now: Instant, handle: impl FnOnce(&mut Group) -> Vec<MemberAction>) -> Vec<Effect> {
        if !self.running {
            return Vec::new();
        }
        let before: Vec<Kind> = self.group.members().iter().map(VirtualRouter::kind).collect();
        let actions = handle(&mut self.group);
        let effects =
            actions.into_iter().flat_map(|(member, action)| self.act(now, member, &before, &action)).collect();
        self.check();
        effects
    }

    fn act(&mut self, now: Instant, member: usize, before: &[Kind], action: &Action) -> Vec<Effect> {
        let lane = self.plan.lanes[member];
        let router = &self.group.members()[member];
        let masters = [before[member], router.kind()];
        let source = router.primary().unwrap_or(self.plan.address(lane));
        let mut interval = router.parameters().interval;
        let priority = match action {
            Action::Hasten(priority) => {
                assert!(masters.contains(&Kind::Master), "{:?} hastens without having been Master", self.plan);
                interval = Interval::SHORTEST;
                Some(*priority)
            }
            Action::Advertise(priority) => {
                assert!(masters.contains(&Kind::Master), "{:?} advertises without being Master", self.plan);
                assert!(!self.barred, "{:?} is barred and advertises", self.plan);
                Some(*priority)
            }
            Action::Resign => {
                assert!(masters.contains(&Kind::Master), "{:?} resigns without having been Master", self.plan);
                assert!(self.claims[member].is_claimed(), "{:?} releases before it resigns", self.plan);
                None
            }
            Action::Claim => {
                let before = std::mem::replace(&mut self.claims[member], Claim::Asked);
                assert!(!before.is_claimed(), "{:?} claims twice", self.plan);
                let refused = self.refusals > 0;
                self.refusals -= u32::from(refused);
                let answer = if refused { Event::Refused(because("refused")) } else { Event::Claimed };
                return vec![Effect::Answer(Wakeup::Kernel(self.life, lane, answer))];
            }
            Action::Drain => {
                let before = std::mem::replace(&mut self.claims[member], Claim::Drained);
                assert!(before.is_claimed(), "{:?} drains what it has not claimed", self.plan);
                return Vec::new();
            }
            Action::Release => {
                let before = std::mem::replace(&mut self.claims[member], Claim::None);
                assert!(before != Claim::None, "{:?} releases what it has not", self.plan);
                return Vec::new();
            }
            Action::Announce => {
                assert!(self.claims[member].is_claimed(), "{:?} announces what it has not claimed", self.plan);
                return Vec::new();
            }
            Action::Discard(_) | Action::CountFiltered | Action::Contested | Action::Enter(..) => return Vec::new(),
        };
        self.sent.push((now, lane));
        self.alive_at = Some(now);
        let heard = Heard { source, version: self.plan.version, priority, interval, dialect: Dialect::PseudoHeader };
        let sent = self.links[member].then_some(Effect::Send(lane, heard));
        let beaten = (self.plan.heartbeat && self.heartbeat).then_some(Effect::Beat(lane, heard));
        sent.into_iter().chain(beaten).collect()
    }

    fn check(&self) {
        let kind = self.group.kind();
        for (router, claimed) in self.group.members().iter().zip(&self.claims) {
            let master = router.kind() == Kind::Master;
            assert_eq!(claimed.is_claimed(), master, "claims and states differ: {self}");
            assert!(
                [Kind::Init, Kind::Master, Kind::Fault].iter().all(|all| (router.kind() == *all) == (kind == *all)),
                "members are not in step: {self}"
            );
            assert!(!(master && self.barred), "a barred host is Master: {self}");
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.plan)?;
        for router in self.group.members() {
            write!(out, "; {:?}: {}", router.kind(), router.reason())?;
        }
        Ok(())
    }
}

fn because(words: &str) -> Reason {
    Reason::Because(words.to_owned())
}
