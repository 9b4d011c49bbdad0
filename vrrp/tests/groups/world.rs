//! A group and the network around it: who answers over which member, and how fast.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use vrrp::config::LinkName;
use vrrp::group::{Action, Event, Group, Parameters, Role};

/// How long an answer takes.
const ROUND_TRIP: Duration = Duration::from_micros(500);

/// A group in its network. Time passes in [`run`](World::run) alone.
pub(crate) struct World {
    pub(crate) zero: Instant,
    pub(crate) now: Instant,
    pub(crate) group: Group,
    /// The members that nothing comes back over, though they have a carrier.
    pub(crate) mute: BTreeSet<usize>,
    pub(crate) dead: BTreeSet<IpAddr>,
    pub(crate) round_trip: Duration,
    /// The answers that are under way.
    answers: BTreeMap<(Instant, u16), (usize, IpAddr)>,
    /// Every probe: when, over which member, to whom.
    pub(crate) probes: Vec<(Instant, usize, IpAddr)>,
}

impl World {
    pub(crate) fn new(parameters: Parameters, seed: u64) -> Self {
        let zero = beginning();
        let group = Group::new(parameters, seed);
        let (mute, dead, answers, probes) = Default::default();
        Self { zero, now: zero, group, mute, dead, round_trip: ROUND_TRIP, answers, probes }
    }

    /// Has something happen now, and gives what is done, but for the probes.
    pub(crate) fn happen(&mut self, event: Event) -> Vec<Action> {
        let actions = self.group.handle(self.now, event);
        self.perform(actions)
    }

    /// Lets time pass until then, and gives what is done meanwhile, with its time.
    pub(crate) fn run(&mut self, until: Instant) -> Vec<(Instant, Action)> {
        let mut done = Vec::new();
        for _ in 0..1_000_000 {
            let answer = self.answers.first_key_value().map(|((at, _), _)| *at);
            let deadline = self.group.deadline();
            let Some(next) = answer.into_iter().chain(deadline).min().filter(|next| *next <= until) else {
                self.now = until;
                return done;
            };
            self.now = self.now.max(next);
            let event = if answer == Some(next) {
                let ((_, sequence), (member, target)) = self.answers.pop_first().unwrap();
                Event::Answered { member, target, sequence: Some(sequence) }
            } else {
                Event::Deadline
            };
            let actions = self.happen(event);
            done.extend(actions.into_iter().map(|action| (self.now, action)));
        }
        panic!("the group never rests");
    }

    fn perform(&mut self, actions: Vec<Action>) -> Vec<Action> {
        let mut others = Vec::new();
        for action in actions {
            if let Action::Probe { member, target, sequence } = action {
                self.probes.push((self.now, member, target));
                if !self.mute.contains(&member) && !self.dead.contains(&target) {
                    self.answers.insert((self.now + self.round_trip, sequence), (member, target));
                }
            } else {
                others.push(action);
            }
        }
        others
    }
}

/// A group of `eth0`, `eth1` and so on.
pub(crate) fn group_of(active: usize, standby: usize) -> Parameters {
    let role = |member| if member < active { Role::Active } else { Role::Standby };
    let members = (0..active + standby).map(|member| (LinkName::new(&format!("eth{member}")).unwrap(), role(member)));
    Parameters { members: members.collect(), probes: false, detection_time: Duration::from_secs(7), failback: true }
}

#[expect(clippy::disallowed_methods, reason = "virtual time starts at some instant, and std makes no other")]
fn beginning() -> Instant {
    Instant::now()
}
