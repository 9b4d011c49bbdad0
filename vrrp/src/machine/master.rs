//! Master, which RFC 9568 calls Active (section 6.4.3).

use std::time::{Duration, Instant};

use super::backup::Backup;
use super::contest::{Contest, Contested};
use super::drain::Drain;
use super::fault::Fault;
use super::timing::earliness;
use super::{Action, Bar, Event, Heard, Kind, Moment, Parameters, Peer, Place, Reason, Standing, State};
use crate::id::Version;

/// When a Master announces after its addresses are claimed. The first may be lost, or overtaken by the last
/// announcement of a Master that has not heard of this one yet.
const ANNOUNCEMENTS: [Duration; 4] =
    [Duration::from_millis(20), Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(5)];

/// A router that serves the addresses.
#[derive(Clone, Debug)]
pub(super) struct Master {
    /// Adver_Timer.
    advertise_at: Instant,
    /// The next announcement, while some are left.
    announce: Option<Announcements>,
    /// Whether the kernel has the addresses.
    claimed: bool,
    /// When an advertisement was last answered out of turn.
    answered: Option<Instant>,
    /// Another Master of the same priority.
    tie: Option<Tie>,
    /// Who else answers for the addresses.
    contest: Contest,
    /// Why it became Master.
    entered: Reason,
}

/// Another Master of the same priority, which one of both has to give way to.
#[derive(Clone, Copy, Debug)]
struct Tie {
    /// When it was first heard.
    since: Instant,
    /// When it is over unless it is heard again.
    until: Instant,
}

/// Announcements that follow a first one.
#[derive(Clone, Copy, Debug)]
struct Announcements {
    first: Instant,
    next: usize,
}

impl Announcements {
    fn due(self) -> Option<Instant> {
        ANNOUNCEMENTS.get(self.next).map(|&delay| self.first + delay)
    }

    /// Takes all that is due, so that a stall is followed by one announcement and no burst.
    fn take_due(&mut self, now: Instant) -> bool {
        let taken = self.next;
        let due = ANNOUNCEMENTS.iter().filter(|&&delay| self.first + delay <= now).count();
        self.next = taken.max(due);
        taken < due
    }
}

impl Master {
    /// Enters Master.
    pub(super) fn enter(standing: &Standing, moment: Moment<'_>, reason: Reason) -> State {
        Self::begin(standing, moment, reason, None)
    }

    /// Goes on as Master after the daemon was replaced, in step with what was advertised before.
    pub(super) fn resume(standing: &Standing, moment: Moment<'_>, advertise_at: Option<Instant>) -> State {
        // No Backup waits for longer than it has been told.
        let latest = moment.now + standing.parameters.interval.duration();
        let due = advertise_at.filter(|&due| moment.now < due && due <= latest);
        Self::begin(standing, moment, Reason::Resumed, due)
    }

    fn begin(standing: &Standing, mut moment: Moment<'_>, reason: Reason, due: Option<Instant>) -> State {
        let master = Self {
            advertise_at: due.unwrap_or(moment.now + standing.parameters.interval.duration()),
            announce: None,
            claimed: false,
            answered: None,
            tie: None,
            contest: Contest::default(),
            entered: reason,
        };
        moment.act(Action::Enter(Kind::Master, master.reason(standing)));
        if due.is_none() {
            moment.act(Action::Advertise(standing.priority()));
        }
        moment.act(Action::Claim);
        State::Master(master)
    }

    pub(super) fn reason(&self, standing: &Standing) -> Reason {
        match &standing.bar {
            Some(bar) => Reason::LastResort(Box::new(bar.reason.clone())),
            None => self.entered.clone(),
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        let others = [self.announce.and_then(Announcements::due), self.contest.deadline()];
        others.into_iter().flatten().fold(self.advertise_at, Instant::min)
    }

    /// From when on the deadline may be told.
    pub(super) fn due_from(&self, standing: &Standing) -> Instant {
        self.deadline().min(self.advertise_from(standing))
    }

    fn advertise_from(&self, standing: &Standing) -> Instant {
        self.advertise_at - earliness(standing.parameters.interval)
    }

    /// Tells whether it is to be looked below the firewall for a Master that is not heard.
    pub(super) const fn looks(&self) -> bool {
        self.contest.looks()
    }

    pub(super) fn handle(mut self, standing: &mut Standing, mut moment: Moment<'_>, event: Event) -> State {
        match event {
            Event::Shutdown => {
                standing.resign(&mut moment);
                moment.act(Action::Enter(Kind::Init, Reason::Disabled));
                return State::Init;
            }
            Event::Usable(primary) => {
                if standing.link.as_ref() != Ok(&primary) {
                    standing.link = Ok(primary);
                    // Backups compare the source address with the last one that they heard.
                    self.advertise(standing, &mut moment);
                }
            }
            Event::Unusable(reason) => {
                standing.link = Err(reason.clone());
                standing.resign(&mut moment);
                return Fault::enter(moment, reason);
            }
            Event::Sibling(None) => standing.sibling = None,
            Event::Sibling(Some(reason)) => {
                standing.sibling = Some(reason.clone());
                standing.resign(&mut moment);
                return Fault::enter(moment, reason);
            }
            Event::Admitted => {
                if standing.bar.take().is_some() {
                    moment.act(Action::Enter(Kind::Master, self.reason(standing)));
                    self.advertise(standing, &mut moment);
                }
            }
            Event::Barred(reason) => return Self::leave(standing, moment, Bar { reason, last_resort: false }),
            Event::LastResort(reason) => {
                let bar = Bar { reason, last_resort: true };
                // Somebody better may wait. Only who has found that there is nobody goes on.
                if standing.bar.is_none() {
                    return Self::leave(standing, moment, bar);
                }
                if standing.bar.replace(bar.clone()) != Some(bar) {
                    moment.act(Action::Enter(Kind::Master, self.reason(standing)));
                }
            }
            Event::Received(heard) => match standing.accept(&heard) {
                Ok(()) => {
                    standing.filter = None;
                    return self.hear(standing, moment, heard);
                }
                Err(discard) => moment.act(Action::Discard(discard)),
            },
            // Wherever it is heard, there is another Master, and the same order of addresses decides.
            Event::Heartbeat(heard) => match standing.check(&heard) {
                Ok(()) => return self.hear(standing, moment, heard),
                Err(discard) => moment.act(Action::Discard(discard)),
            },
            Event::Filtered(heard, by) => {
                if standing.accept(&heard).is_ok() {
                    standing.filter = Some(by);
                    moment.act(Action::CountFiltered);
                    return self.hear(standing, moment, heard);
                }
            }
            Event::Contested => {
                if let Some(Contested { defend }) = self.contest.see(moment.now, standing.parameters.interval) {
                    moment.act(Action::Contested);
                    if defend && self.claimed {
                        moment.act(Action::Announce);
                    }
                }
            }
            Event::Reconfigured(parameters) => self.reconfigure(standing, &mut moment, parameters),
            Event::Deadline => self.expire(standing, &mut moment),
            Event::Claimed => {
                self.claimed = true;
                self.announce(&mut moment);
            }
            Event::Refused(reason) => {
                standing.resign(&mut moment);
                return Fault::refused(standing, moment, reason);
            }
            Event::Lapsed => {
                // Somebody else may be Master by now, and must not be deposed by who has not listened. If nobody is, the
                // resignation has somebody be it soon.
                moment.act(Action::Resign);
                moment.act(Action::Release);
                return Backup::enter(standing, moment, Reason::Lapsed);
            }
            Event::Yield => {
                standing.resign(&mut moment);
                return Backup::enter_yielding(standing, moment);
            }
            Event::Startup | Event::Resume(_) | Event::Lead => {}
        }
        State::Master(self)
    }

    /// Resigns because something bars it.
    fn leave(standing: &mut Standing, mut moment: Moment<'_>, bar: Bar) -> State {
        standing.resign(&mut moment);
        let reason = bar.reason.clone();
        standing.bar = Some(bar);
        standing.filter = None;
        Backup::enter(standing, moment, reason)
    }

    /// Applies an advertisement.
    fn hear(mut self, standing: &mut Standing, mut moment: Moment<'_>, heard: Heard) -> State {
        self.contest.hear(moment.now);
        let Some(priority) = heard.priority else {
            if self.may_answer(standing, moment.now) {
                self.advertise(standing, &mut moment);
            }
            return State::Master(self);
        };
        let own = standing.priority();
        let peer = Peer { address: heard.source, priority, interval: heard.interval, at: moment.now };
        let tied = priority == own && standing.link.as_ref().is_ok_and(|&primary| heard.source > primary);
        if priority == own {
            self.note_tie(standing, &peer);
        }
        if tied && self.stands(standing, &peer) {
            return State::Master(self);
        }
        if tied || priority > own {
            standing.drain = Drain::deposed(&standing.parameters, &mut moment);
            let reason = Reason::Deposed { master: heard.source, priority, own };
            return Backup::enter_under(standing, moment, Some(peer), reason);
        }
        if self.may_answer(standing, moment.now) {
            // Adver_Timer runs on. RFC 3768 discards in silence, but its clients were misled all the same.
            if standing.parameters.version == Version::V3 {
                moment.act(Action::Advertise(own));
            }
            if self.claimed {
                self.announce(&mut moment);
            }
        }
        State::Master(self)
    }

    /// Tells whether this router remains Master for the time being, although `peer` has the better address.
    ///
    /// Two groups of one priority may become Master in the same moment and each have the better address for a member.
    /// Were each deposed there, both would yield. So the first members decide, and the loser's others resign at once.
    /// Where those do not hear each other, the next ones do that have such a peer: each waits a Master_Down_Interval, and
    /// another one for every member before it that has one. A `peer` that does not give way by then is no such group, and
    /// wins.
    fn stands(&self, standing: &Standing, peer: &Peer) -> bool {
        let patience = standing.master_down_interval(Some(peer)) * (1 + standing.earlier_ties);
        standing.place == Place::Other && self.tie.is_some_and(|tie| peer.at < tie.since + patience)
    }

    /// Remembers a Master of the same priority. One that was silent in between is another one.
    fn note_tie(&mut self, standing: &Standing, peer: &Peer) {
        let tie = self.tie.filter(|tie| peer.at < tie.until);
        let since = tie.map_or(peer.at, |tie| tie.since);
        self.tie = Some(Tie { since, until: peer.at + standing.master_down_interval(Some(peer)) });
    }

    /// Tells whether there is another Master of the same priority.
    pub(super) fn is_tied(&self, now: Instant) -> bool {
        self.tie.is_some_and(|tie| now < tie.until)
    }

    /// Tells whether an advertisement may be answered out of turn: once an interval, so that nothing that is received
    /// makes this router send more than it sends anyway.
    fn may_answer(&mut self, standing: &Standing, now: Instant) -> bool {
        let interval = standing.parameters.interval.duration();
        let may = self.answered.is_none_or(|answered| answered + interval <= now);
        if may {
            self.answered = Some(now);
        }
        may
    }

    fn expire(&mut self, standing: &Standing, moment: &mut Moment<'_>) {
        self.contest.expire(moment.now);
        if self.advertise_from(standing) <= moment.now {
            moment.act(Action::Advertise(standing.priority()));
            // Absolute, so that lateness does not add up; but what a stall missed is not sent after it in a burst. Who was
            // early, with others, stays with them.
            let interval = standing.parameters.interval.duration();
            self.advertise_at = self.advertise_at.min(moment.now) + interval;
            if self.advertise_at <= moment.now {
                self.advertise_at = moment.now + interval;
            }
        }
        if self.announce.as_mut().is_some_and(|announcements| announcements.take_due(moment.now)) {
            moment.act(Action::Announce);
        }
    }

    /// Advertises at once and starts Adver_Timer again.
    fn advertise(&mut self, standing: &Standing, moment: &mut Moment<'_>) {
        moment.act(Action::Advertise(standing.priority()));
        self.advertise_at = moment.now + standing.parameters.interval.duration();
    }

    /// Announces at once and again later.
    fn announce(&mut self, moment: &mut Moment<'_>) {
        moment.act(Action::Announce);
        self.announce = Some(Announcements { first: moment.now, next: 0 });
    }

    /// Tells the Backups at once what changed for them: they wait by the interval and compare by the priority.
    fn reconfigure(&mut self, standing: &mut Standing, moment: &mut Moment<'_>, parameters: Parameters) {
        let old = (standing.priority(), standing.parameters.interval);
        standing.reconfigure(parameters);
        if old != (standing.priority(), standing.parameters.interval) {
            self.advertise(standing, moment);
        }
    }
}
