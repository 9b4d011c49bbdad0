//! What happens on a segment, as data that proptest makes and makes smaller.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use vrrp::id::{Priority, Version};
use vrrp::machine::{Event, Handover, Heard};
use vrrp::wire::Dialect;

use super::plan::{LINKS, Lane, Plan};
use super::segment::{CALM, KERNEL, LATENCY, Segment, Weather};

/// Hosts, and what happens to them.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) plans: Vec<Plan>,
    pub(crate) steps: Vec<Step>,
    pub(crate) seed: u64,
}

/// Something that happens a while after the step before it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    after: Duration,
    act: Act,
}

/// What can happen. Numbers of hosts and links are taken modulo how many there are.
#[derive(Clone, Debug)]
enum Act {
    /// A link is cut in two, without anybody's carrier.
    Partition(usize, Vec<bool>),
    /// The heartbeat link is cut in two.
    Split(Vec<bool>),
    /// A host's cable to the heartbeat link is pulled or plugged in.
    Heartbeat(usize, bool),
    Heal,
    Weather(Weather),
    Crash(usize),
    Start(usize),
    Bar(usize),
    Admit(usize),
    Disable(usize),
    Enable(usize),
    Priority(usize, u8),
    Interval(usize, u16),
    Link(usize, usize, bool),
    Stall(usize, Duration),
    /// Its daemon is killed and comes back.
    Kill(usize, Duration),
    /// Its kernel refuses the next claims.
    Refuse(usize, u32),
    /// Somebody else's advertisement: the last byte of its address, its priority and interval.
    Forge(Lane, u16, Option<u8>, u16),
}

/// The longest that a packet is under way in any weather.
const SLOWEST: Duration = Duration::from_millis(400);

/// What is on its way when the segment becomes calm has arrived after this long.
pub(crate) const SETTLED: Duration = SLOWEST.saturating_add(KERNEL);

/// How long a router stays away whose kernel refused it, at least.
const REFUSAL: Duration = Duration::from_secs(10);

/// The longest stall.
const STALL: u64 = 6_000;

/// The lanes that hosts have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lanes {
    /// All the same, on one link.
    OneLink,
    /// All the same, on two links.
    TwoLinks,
    /// All the same, on one link or two, with a heartbeat link besides.
    Heartbeat,
    /// One family or both of one link, each host its own.
    Mixed,
}

impl Schedule {
    /// Switches all hosts on, one after another, and lets everything happen.
    pub(crate) fn play(&self) -> Segment {
        let mut segment = Segment::new(self.plans.clone(), self.seed);
        for host in 0..self.plans.len() {
            segment.with(host, |host, now| host.start(now));
        }
        for step in &self.steps {
            segment.run(step.after);
            step.act.happen(&mut segment);
        }
        segment
    }

    /// The longest interval that anybody could have learned.
    pub(crate) fn longest_interval(&self) -> Duration {
        let planned = self.plans.iter().map(|plan| plan.centiseconds);
        let stepped = self.steps.iter().filter_map(|step| match step.act {
            Act::Interval(_, centiseconds) | Act::Forge(_, _, _, centiseconds) => Some(centiseconds),
            Act::Partition(..)
            | Act::Split(_)
            | Act::Heartbeat(..)
            | Act::Heal
            | Act::Weather(_)
            | Act::Crash(_)
            | Act::Start(_)
            | Act::Bar(_)
            | Act::Admit(_)
            | Act::Disable(_)
            | Act::Enable(_)
            | Act::Priority(..)
            | Act::Link(..)
            | Act::Stall(..)
            | Act::Kill(..)
            | Act::Refuse(..) => None,
        });
        Duration::from_millis(u64::from(planned.chain(stepped).max().unwrap_or(100)) * 10)
    }

    /// The longest Master_Down_Interval that can be in force.
    pub(crate) fn longest_silence(&self) -> Duration {
        let interval = self.longest_interval();
        let skew = match self.plans[0].version {
            Version::V2 => Duration::from_secs(1),
            Version::V3 => interval,
        };
        3 * interval + skew
    }

    /// How long there are two Masters at most once no packet is lost. A Master is heard within its interval; but
    /// groups of one priority let their first members decide, and respect a tie in another one only when it lasts.
    pub(crate) fn longest_rivalry(&self) -> Duration {
        SETTLED + self.longest_silence() + 2 * self.longest_interval()
    }

    /// How long a calm segment takes at most until nobody changes any more: a router that the kernel refused comes
    /// back, waits, finds a Master of lower priority, is patient and deposes it.
    pub(crate) fn time_to_decide(&self) -> Duration {
        let patience = self.plans.iter().map(|plan| plan.preempt_delay).max().unwrap_or_default();
        SETTLED + REFUSAL.max(self.longest_silence()) + 2 * self.longest_silence() + patience
    }
}

impl Segment {
    /// Ends every disturbance. Hosts stay as they are: off, barred, disabled, or with a link down.
    pub(crate) fn calm(&mut self) {
        self.sides.iter_mut().for_each(|sides| sides.fill(true));
        self.beats.fill(true);
        self.settle();
    }

    /// Ends every disturbance, but leaves links cut as they are.
    pub(crate) fn settle(&mut self) {
        self.weather = CALM;
        for host in 0..self.hosts.len() {
            self.hosts[host].refusals = 0;
            self.with(host, |host, now| host.resume(now));
        }
    }
}

impl Act {
    fn happen(&self, segment: &mut Segment) {
        let count = segment.hosts.len();
        match *self {
            Self::Partition(link, ref sides) => {
                segment.sides[link % LINKS] = sides.iter().copied().cycle().take(count).collect();
            }
            Self::Split(ref sides) => segment.beats = sides.iter().copied().cycle().take(count).collect(),
            Self::Heartbeat(host, up) => segment.hosts[host % count].heartbeat = up,
            Self::Heal => {
                segment.sides.iter_mut().for_each(|sides| sides.fill(true));
                segment.beats.fill(true);
            }
            Self::Weather(weather) => segment.weather = weather,
            Self::Crash(host) => segment.with(host % count, |host, _| host.crash()),
            Self::Start(host) => segment.with(host % count, |host, now| host.start(now)),
            Self::Bar(host) => segment.with(host % count, |host, now| host.bar(now, true)),
            Self::Admit(host) => segment.with(host % count, |host, now| host.bar(now, false)),
            Self::Disable(host) => segment.with(host % count, |host, now| host.tell(now, &Event::Shutdown)),
            Self::Enable(host) => segment.with(host % count, |host, now| host.tell(now, &Event::Startup)),
            Self::Priority(host, priority) => {
                segment.with(host % count, |host, now| host.reconfigure(now, Plan { priority, ..host.plan.clone() }));
            }
            Self::Interval(host, centiseconds) => {
                let change = |plan: &Plan| Plan { centiseconds, ..plan.clone() };
                segment.with(host % count, |host, now| host.reconfigure(now, change(&host.plan)));
            }
            Self::Link(host, member, up) => segment.with(host % count, |host, now| host.link(now, member, up)),
            Self::Stall(host, duration) => segment.with(host % count, |host, now| host.stall(now, now + duration)),
            Self::Kill(host, duration) => segment.with(host % count, |host, now| host.kill(now + duration)),
            Self::Refuse(host, claims) => segment.hosts[host % count].refusals = claims,
            Self::Forge(lane, address, priority, centiseconds) => {
                let model = Plan { rank: [address; 2 * LINKS], centiseconds, ..segment.hosts[0].plan.clone() };
                let heard = Heard {
                    source: model.address(lane),
                    version: model.version,
                    priority: priority.and_then(Priority::new),
                    interval: model.interval(),
                    dialect: Dialect::MessageOnly,
                };
                segment.forge(lane, heard);
            }
        }
    }
}

/// Any schedule of up to `hosts` hosts and `steps` steps.
pub(crate) fn schedules(lanes: Lanes, hosts: usize, steps: usize) -> impl Strategy<Value = Schedule> {
    let heartbeat = lanes == Lanes::Heartbeat;
    versions(lanes).prop_flat_map(move |(version, lanes)| {
        let steps = vec(step(version), 0..=steps);
        (plans(version, lanes, heartbeat, hosts), steps, any::<u64>()).prop_map(|(plans, steps, seed)| Schedule {
            plans,
            steps,
            seed,
        })
    })
}

fn versions(lanes: Lanes) -> BoxedStrategy<(Version, Vec<Vec<Lane>>)> {
    let [v4, v6] = [vec![Lane::V4], vec![Lane::V6]];
    let both = vec![Lane::V4, Lane::V6];
    let (inner, all) = (vec![Lane::V4, Lane(2)], Lane::ALL.to_vec());
    match lanes {
        Lanes::Mixed => Just((Version::V3, vec![both, v4, v6])).boxed(),
        Lanes::OneLink => prop_oneof![
            2 => Just((Version::V3, vec![v4.clone()])),
            3 => Just((Version::V3, vec![both])),
            1 => Just((Version::V2, vec![v4])),
        ]
        .boxed(),
        Lanes::Heartbeat => prop_oneof![
            3 => Just((Version::V3, vec![v4])),
            2 => Just((Version::V3, vec![both])),
            2 => Just((Version::V3, vec![inner.clone()])),
            1 => Just((Version::V2, vec![inner])),
        ]
        .boxed(),
        Lanes::TwoLinks => prop_oneof![
            3 => Just((Version::V3, vec![inner.clone()])),
            2 => Just((Version::V3, vec![all])),
            1 => Just((Version::V2, vec![inner])),
        ]
        .boxed(),
    }
}

fn plans(version: Version, lanes: Vec<Vec<Lane>>, heartbeat: bool, most: usize) -> impl Strategy<Value = Vec<Plan>> {
    (2..=most).prop_flat_map(move |count| {
        let plan = (
            priority(),
            interval(version),
            prop::bool::weighted(0.7),
            prop_oneof![2 => Just(0), 1 => Just(1_000), 1 => Just(7_000)],
            prop::sample::select(lanes.clone()),
            handover(),
            prop::bool::weighted(0.3),
        );
        let ranks: Vec<u16> = (1..=u16::try_from(count).unwrap()).collect();
        let shuffled = || Just(ranks.clone()).prop_shuffle();
        (vec(plan, count), [shuffled(), shuffled(), shuffled()], interval(version)).prop_map(
            move |(plans, ranks, common)| {
                let number = |(index, plan)| (u16::try_from(index).unwrap(), plan);
                let plans = plans.into_iter().enumerate().map(number);
                let plan =
                    |(index, (priority, centiseconds, preempt, delay, lanes, handover, crowded)): (u16, _)| Plan {
                        lanes,
                        heartbeat,
                        crowded,
                        version,
                        priority,
                        // Routers of version 2 do not talk to one another with different intervals.
                        centiseconds: if version == Version::V2 { common } else { centiseconds },
                        preempt,
                        preempt_delay: Duration::from_millis(delay),
                        handover,
                        rank: {
                            let [second, third, fourth] = &ranks;
                            let at = usize::from(index);
                            [index + 1, second[at], third[at], fourth[at]]
                        },
                    };
                plans.map(plan).collect()
            },
        )
    })
}

/// Few different ones, so that they are often equal.
pub(crate) fn priority() -> impl Strategy<Value = u8> {
    prop_oneof![4 => prop::sample::select(vec![50_u8, 100, 150]), 1 => 1_u8..=254, 1 => Just(255)]
}

/// How hosts leave; where there are more than two, the fast way is one that nobody should choose.
fn handover() -> impl Strategy<Value = Handover> {
    let millis = |choices: &'static [u64]| prop::sample::select(choices).prop_map(Duration::from_millis);
    (any::<bool>(), millis(&[0, 300, 5_000]), millis(&[0, 50])).prop_map(|(fast, drain, linger)| Handover {
        fast,
        drain,
        linger,
    })
}

fn interval(version: Version) -> impl Strategy<Value = u16> {
    match version {
        Version::V2 => prop::sample::select(vec![100, 200]),
        Version::V3 => prop::sample::select(vec![100, 100, 100, 20, 50, 300]),
    }
}

fn step(version: Version) -> impl Strategy<Value = Step> {
    let after = prop_oneof![2 => 0_u64..20, 3 => 0_u64..1_000, 2 => 0_u64..8_000];
    (after, act(version)).prop_map(|(after, act)| Step { after: Duration::from_millis(after), act })
}

fn act(version: Version) -> impl Strategy<Value = Act> {
    let host = || 0_usize..8;
    let weather =
        (0_u8..60, 0_u8..30, LATENCY.as_millis()..=SLOWEST.as_millis()).prop_map(|(lost, doubled, slowest)| {
            Act::Weather(Weather { lost, doubled, slowest: Duration::from_millis(u64::try_from(slowest).unwrap()) })
        });
    let reconfigured = match version {
        // All of them would have to change at once.
        Version::V2 => (host(), priority()).prop_map(|(host, priority)| Act::Priority(host, priority)).boxed(),
        Version::V3 => prop_oneof![
            (host(), priority()).prop_map(|(host, priority)| Act::Priority(host, priority)),
            (host(), interval(version)).prop_map(|(host, interval)| Act::Interval(host, interval)),
        ]
        .boxed(),
    };
    let forged =
        (prop::sample::select(Lane::ALL.to_vec()), 1_u16..100, prop::option::of(priority()), interval(version));
    prop_oneof![
        3 => (0..LINKS, vec(any::<bool>(), 8)).prop_map(|(link, sides)| Act::Partition(link, sides)),
        1 => vec(any::<bool>(), 8).prop_map(Act::Split),
        1 => (host(), any::<bool>()).prop_map(|(host, up)| Act::Heartbeat(host, up)),
        2 => Just(Act::Heal),
        3 => weather,
        2 => host().prop_map(Act::Crash),
        3 => host().prop_map(Act::Start),
        2 => host().prop_map(Act::Bar),
        3 => host().prop_map(Act::Admit),
        1 => host().prop_map(Act::Disable),
        2 => host().prop_map(Act::Enable),
        3 => reconfigured,
        3 => (host(), 0_usize..2 * LINKS, prop::bool::weighted(0.6)).prop_map(|(host, member, up)| Act::Link(host, member, up)),
        2 => (host(), 0..STALL).prop_map(|(host, ms)| Act::Stall(host, Duration::from_millis(ms))),
        2 => (host(), 0..STALL).prop_map(|(host, ms)| Act::Kill(host, Duration::from_millis(ms))),
        1 => (host(), 1_u32..4).prop_map(|(host, claims)| Act::Refuse(host, claims)),
        1 => forged.prop_map(|(lane, address, priority, interval)| Act::Forge(lane, address, priority, interval)),
    ]
}
