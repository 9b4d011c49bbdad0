//! The detector that sees farther than the next plug: probes of one member, and what becomes of them.
//!
//! A probe is sent at some moment in the second half of each interval, to one target after the other. It is lost when an
//! interval has passed without an answer; an answer that comes later still shows that the member works.

use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::target::Target;
use super::{ANSWERS, LOSSES, TARGETS};
use crate::chance::Chance;

/// How much more often a member is probed that has its carrier again.
const HASTE: u32 = 4;
/// What is often enough even then.
const SHORTEST: Duration = Duration::from_millis(10);
/// How long such haste lasts, in detection times: a port of a switch forwards at the latest after 30 s (IEEE 802.1D).
const HASTE_LASTS: u32 = 6;

/// What the probes of a member come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeState {
    /// Targets answer.
    Ok,
    /// They do not, or not yet for long enough.
    Failed,
    /// No target is known, or none has answered anybody yet.
    Unknown,
    /// Nothing is probed.
    Disabled,
}

impl ProbeState {
    /// The word that is written everywhere.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Disabled => "disabled",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Health {
    /// Nothing speaks for or against it.
    #[default]
    Unknown,
    Good,
    /// Its link was gone, and what was known before counts no more.
    Doubted,
    Failed,
}

/// A probe that was sent, and is not answered.
#[derive(Clone, Copy, Debug)]
struct Sent {
    sequence: u16,
    target: IpAddr,
    at: Instant,
    lost: bool,
}

/// The probes of one member.
#[derive(Clone, Debug, Default)]
pub(super) struct Probing {
    targets: Vec<Target>,
    /// Whose turn it is.
    turn: usize,
    health: Health,
    /// Where the present interval begins, and when its probe is sent; none while nothing is probed.
    schedule: Option<(Instant, Instant)>,
    unanswered: VecDeque<Sent>,
    answers: u32,
    /// When the first of the answers in a row came.
    answered_from: Option<Instant>,
    last_answer: Option<Instant>,
    /// Losses in a row of targets that are known to be alive.
    losses: u32,
    /// When the first of them was sent.
    first_loss: Option<Instant>,
    hasty_until: Option<Instant>,
}

impl Probing {
    pub(super) fn targets(&self) -> &[Target] {
        &self.targets
    }

    pub(super) fn has(&self, target: IpAddr) -> bool {
        self.targets.iter().any(|one| one.address == target)
    }

    pub(super) fn state(&self) -> ProbeState {
        match self.health {
            Health::Unknown => ProbeState::Unknown,
            Health::Good => ProbeState::Ok,
            Health::Doubted | Health::Failed => ProbeState::Failed,
        }
    }

    /// Takes other targets; what is known of one that stays is kept. Without any, nothing can be told.
    pub(super) fn follow_targets(&mut self, targets: &[IpAddr]) {
        let mut known = std::mem::take(&mut self.targets);
        for address in targets {
            if !self.has(*address) {
                let at = known.iter().position(|target| target.address == *address);
                self.targets.push(at.map_or_else(|| Target::new(*address), |at| known.swap_remove(at)));
            }
        }
        let Self { targets, unanswered, .. } = self;
        unanswered.retain(|sent| targets.iter().any(|target| target.address == sent.target));
        if self.targets.is_empty() {
            self.stop();
            self.health = Health::Unknown;
        }
    }

    /// Has every target probed, also those that were left alone.
    pub(super) fn wake_targets(&mut self) {
        self.targets.iter_mut().for_each(Target::wake);
    }

    /// Forgets the link's former health: it was gone. With `haste`, what it is good for now is soon known.
    pub(super) fn doubt(&mut self, haste: Option<Instant>) {
        self.stop();
        self.hasty_until = haste;
        if self.health == Health::Good || self.health == Health::Unknown {
            self.health = Health::Doubted;
        }
    }

    /// Ends the doubt: the member is used again, and its probes count from now on.
    pub(super) fn trust(&mut self) {
        if self.health == Health::Doubted {
            self.health = Health::Unknown;
        }
    }

    pub(super) fn fail(&mut self) {
        self.health = Health::Failed;
        self.answers = 0;
        self.answered_from = None;
    }

    /// Stops, and forgets what is under way.
    pub(super) fn stop(&mut self) {
        self.schedule = None;
        self.unanswered.clear();
        (self.answers, self.answered_from) = (0, None);
        (self.losses, self.first_loss) = (0, None);
    }

    /// Begins, where there is somebody to probe and it has not begun.
    pub(super) fn start(&mut self, now: Instant, interval: Duration, chance: &mut Chance) {
        if self.schedule.is_none() && !self.targets.is_empty() {
            self.schedule = Some((now, self.moment(now, interval, chance)));
        }
    }

    pub(super) fn is_probing(&self, alive: &BTreeSet<IpAddr>) -> bool {
        self.schedule.is_some() && self.targets.iter().any(|target| alive.contains(&target.address))
    }

    /// Sends the probe that is due: gives its target.
    pub(super) fn send(
        &mut self,
        now: Instant,
        interval: Duration,
        sequence: u16,
        chance: &mut Chance,
    ) -> Option<IpAddr> {
        let (begin, _) = self.schedule.filter(|(_, at)| *at <= now)?;
        let pace = self.pace(now, interval);
        // After a stall nothing is made up for.
        let begin = if begin + pace * 2 > now { begin + pace } else { now };
        self.schedule = Some((begin, self.moment(begin, interval, chance)));
        let target = self.next_target(now)?;
        self.unanswered.push_back(Sent { sequence, target, at: now, lost: false });
        Some(target)
    }

    /// Takes an answer. Tells whether it is one.
    pub(super) fn heed_answer(&mut self, now: Instant, from: IpAddr, sequence: Option<u16>) -> bool {
        let mut of_target = self.unanswered.iter().enumerate().rev().filter(|(_, sent)| sent.target == from);
        let found = of_target.find(|(_, sent)| sequence.is_none_or(|sequence| sent.sequence == sequence));
        let Some(sent) = found.map(|(at, _)| at).and_then(|at| self.unanswered.remove(at)) else {
            return false;
        };
        if let Some(target) = self.targets.iter_mut().find(|target| target.address == from) {
            target.answer(now.saturating_duration_since(sent.at));
        }
        self.last_answer = Some(now);
        if self.losses >= LOSSES {
            // All were silent: what each of them lost meanwhile does not speak against it.
            self.targets.iter_mut().for_each(Target::forgive);
        }
        (self.losses, self.first_loss) = (0, None);
        self.answers = self.answers.saturating_add(1);
        self.answered_from.get_or_insert(now);
        if self.health == Health::Unknown || self.answers >= ANSWERS {
            self.health = Health::Good;
            self.hasty_until = None;
        }
        true
    }

    /// Forgets a probe that was never sent.
    pub(super) fn forget(&mut self, sequence: u16) {
        let Some(at) = self.unanswered.iter().position(|sent| sent.sequence == sequence) else { return };
        let target = self.unanswered.remove(at).map(|sent| sent.target);
        if let Some(target) = self.targets.iter_mut().find(|one| Some(one.address) == target) {
            target.sent = target.sent.saturating_sub(1);
        }
    }

    /// Counts what was lost. Gives the targets that are left alone from now on.
    pub(super) fn expire(
        &mut self,
        now: Instant,
        interval: Duration,
        longest: Duration,
        alive: &BTreeSet<IpAddr>,
    ) -> Vec<IpAddr> {
        let mut dead = Vec::new();
        for sent in self.unanswered.iter_mut().filter(|sent| !sent.lost && sent.at + interval <= now) {
            sent.lost = true;
            if alive.contains(&sent.target) {
                (self.answers, self.answered_from) = (0, None);
                // One that was sent before the last answer came does not speak against the member: it has worked since.
                if self.last_answer.is_none_or(|at| sent.at > at) {
                    self.losses = self.losses.saturating_add(1);
                    self.first_loss.get_or_insert(sent.at);
                }
            }
            let target = self.targets.iter_mut().find(|target| target.address == sent.target);
            if target.is_some_and(|target| target.lose(now, sent.at, self.last_answer)) {
                dead.push(sent.target);
            }
        }
        self.unanswered.retain(|sent| sent.at + longest > now);
        dead
    }

    /// Whether so many probes in a row were lost that the member, its targets or what is between them has failed.
    pub(super) fn is_suspect(&self) -> bool {
        self.is_trusted() && self.losses >= LOSSES
    }

    /// Whether it has lost twice as many, so that nobody else's answers are waited for.
    pub(super) fn is_beyond_doubt(&self) -> bool {
        self.losses >= 2 * LOSSES
    }

    /// Whether probes do not speak against the member.
    pub(super) fn is_trusted(&self) -> bool {
        matches!(self.health, Health::Unknown | Health::Good)
    }

    /// When the first probe of those that were lost in a row was sent.
    pub(super) const fn first_loss(&self) -> Option<Instant> {
        self.first_loss
    }

    /// When a target last answered.
    pub(super) const fn last_answer(&self) -> Option<Instant> {
        self.last_answer
    }

    /// Whether probes do not keep a member from being used that had failed. Where nobody has ever answered, they prove nothing.
    pub(super) fn agrees(&self, alive: &BTreeSet<IpAddr>) -> bool {
        match self.health {
            Health::Unknown | Health::Good => true,
            Health::Doubted => !self.targets.iter().any(|target| alive.contains(&target.address)),
            Health::Failed => false,
        }
    }

    /// Since when probes are answered without a loss, where that proves a member to be healthy.
    pub(super) fn proven_from(&self) -> Option<Instant> {
        self.answered_from.filter(|_| self.health == Health::Good)
    }

    pub(super) fn deadline(&self, interval: Duration) -> Option<Instant> {
        let lost = self.unanswered.iter().filter(|sent| !sent.lost).map(|sent| sent.at + interval).min();
        [self.schedule.map(|(_, at)| at), lost].into_iter().flatten().min()
    }

    /// The target whose turn it is among those that are probed.
    fn next_target(&mut self, now: Instant) -> Option<IpAddr> {
        if self.targets.iter().all(|target| target.rests(now)) {
            self.wake_targets();
        }
        let probed = self.targets.iter().enumerate().filter(|(_, target)| !target.rests(now)).take(TARGETS);
        let probed: Vec<usize> = probed.map(|(at, _)| at).collect();
        let at = *probed.iter().find(|at| **at >= self.turn).or(probed.first())?;
        self.turn = at + 1;
        let target = self.targets.get_mut(at)?;
        target.sent += 1;
        Some(target.address)
    }

    /// A moment in the second half of the interval that begins at `begin`.
    fn moment(&self, begin: Instant, interval: Duration, chance: &mut Chance) -> Instant {
        let half = self.pace(begin, interval) / 2;
        begin + half + half * u32::from(chance.draw()) / u32::from(u16::MAX)
    }

    fn pace(&self, now: Instant, interval: Duration) -> Duration {
        let hasty = self.hasty_until.is_some_and(|until| now < until);
        if hasty { (interval / HASTE).max(SHORTEST).min(interval) } else { interval }
    }
}

/// Until when a member is probed more often whose link came up at a time.
pub(super) fn haste(up: Instant, detection_time: Duration) -> Instant {
    up + detection_time * HASTE_LASTS
}
