//! What the daemon keeps of one instance beside its state machine.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use vrrp::beacon::Beacon;
use vrrp::conditions::Verdict;
use vrrp::config::problem::Problem;
use vrrp::config::{self, Mac, Watch};
use vrrp::id::{Family, Priority};
use vrrp::machine::{Filter, Parameters, Reason};
use vrrp::status::{Counters, State};
use vrrp::sync::Group;
use vrrp::wire::Discard;
use vrrp::wire::auth::{Association, Keys};

use super::away::Away;
use super::conditions::Watched;
use super::contest::Rival;
use super::formation::Number;
use super::handover::handover;
use super::history::History;
use super::refusals::Refusals;
use super::{Id, realtime};
use crate::journal::Transitions;
use crate::kernel::ClaimId;

/// The shortest lease that the kernel, which counts in seconds, can be trusted with.
const SHORTEST_LEASE: Duration = Duration::from_secs(2);

/// The instances by their numbers. Each is on its own: a map has room for others beside each that it holds.
pub(super) type Instances = BTreeMap<Id, Box<Instance>>;

/// One instance and its routers, one a family. Their state machines are in its formation.
pub(super) struct Instance {
    pub(super) config: config::Instance,
    /// The formation that it moves in.
    pub(super) formation: Number,
    /// Which member of the formation's group each router is.
    pub(super) places: Vec<usize>,
    /// IPv4 first.
    pub(super) routers: Vec<Router>,
    /// What is watched for it, in the order of its configuration.
    pub(super) conditions: Vec<Watched>,
    /// What its own conditions come to.
    pub(super) verdict: Verdict,
    /// What those of all that it moves with come to, as its routers were told.
    pub(super) effective: Verdict,
    /// Why it cannot authenticate though it has to.
    pub(super) insecure: Option<Reason>,
    /// That a person had it resign.
    pub(super) away: Option<Away>,
    /// How many other hosts its heartbeats hear, where it has any.
    pub(super) hosts: Option<usize>,
    /// When it entered its state, in microseconds since 1970.
    pub(super) since: u64,
    /// How many claims its routers have made.
    claims: u32,
    /// What it was told to be, and is, and why.
    pub(super) history: History,
    /// The state that the journal was told last.
    journaled: State,
}

/// What the daemon keeps of one virtual router.
pub(super) struct Router {
    pub(super) family: Family,
    /// The addresses as they are advertised.
    pub(super) addresses: Vec<IpAddr>,
    /// Those that move with them and are not advertised, perhaps of the other family.
    pub(super) unadvertised: Vec<IpAddr>,
    /// Its claim and how long that lives, while it has one.
    pub(super) claim: Option<(ClaimId, Duration)>,
    /// The link that announcements go out on, while the addresses are claimed.
    pub(super) claimed_on: Option<u32>,
    /// The claim that is served on though it is resigned.
    pub(super) draining: Option<ClaimId>,
    /// When it tells hosts that it is their router, while its addresses are claimed.
    pub(super) beacon: Option<Beacon>,
    /// The link that carries it.
    pub(super) link: Option<u32>,
    /// The link on which it is looked below the firewall for what it does not hear.
    pub(super) looks_on: Option<u32>,
    /// What takes away the advertisements of a sender, as it was last found, and when.
    pub(super) filter: Option<(IpAddr, Filter, Instant)>,
    /// The addresses that are watched for others that answer, and the link.
    pub(super) watches: Option<(u32, Vec<IpAddr>)>,
    /// Who else was last seen to answer.
    pub(super) rival: Option<Rival>,
    /// Who else goes on answering.
    pub(super) conflict: Option<Rival>,
    /// What its state machine was last told about the link.
    pub(super) standing: Option<Result<IpAddr, Reason>>,
    /// Since when, in microseconds since 1970.
    pub(super) standing_since: u64,
    /// Since when it is Master and has no primary address, while that is not believed.
    missing: Option<Instant>,
    /// The primary address that it last had, from which it resigns when its link or a condition fails.
    pub(super) source: Option<IpAddr>,
    /// What it shares with its peers, while it has all secrets that it needs.
    pub(super) association: Option<Association>,
    /// What it shares with them where it is looked below the firewall: that remembers numbers of its own, since an
    /// advertisement that is seen there may arrive yet.
    pub(super) below: Option<Association>,
    /// The same for what is heard over heartbeats, whose numbers come in another order.
    pub(super) afar: Option<Association>,
    pub(super) refusals: Refusals,
    pub(super) counters: Counters,
    pub(super) discards: BTreeMap<Discard, u64>,
}

impl Instance {
    /// Makes an instance that is in no formation yet, and the group of its routers.
    pub(super) fn new(config: config::Instance, since: u64) -> (Self, Group) {
        let families: Vec<Family> = config.families().collect();
        let group = Group::new(families.iter().map(|&family| parameters(&config, family, 0, None)));
        let instance = Self {
            formation: 0,
            places: Vec::new(),
            routers: families.into_iter().map(|family| Router::new(&config, family)).collect(),
            conditions: Vec::new(),
            verdict: Verdict::default(),
            effective: Verdict::default(),
            insecure: None,
            away: None,
            hosts: None,
            since,
            claims: 0,
            history: History::default(),
            journaled: State::Init,
            config,
        };
        (instance, group)
    }

    /// Notes a new state, or a new reason for the same one, and tells the journal of it. `false` says that the journal is
    /// told too much of this instance already, and has to be told [later](Self::tell_journal).
    pub(super) fn tell_transition(&mut self, state: State, reason: String, journal: &mut Transitions) -> bool {
        if self.history.state() == state && self.history.reason() == reason {
            return true;
        }
        let now = realtime();
        if self.history.state() != state {
            self.since = now;
        }
        self.history.add(now, state, reason);
        self.tell_journal(journal)
    }

    /// Tells whether it was last told to be in this state.
    pub(super) fn is_told_to_be(&self, state: State) -> bool {
        self.history.state() == state
    }

    /// Tells the journal how the instance stands. `false` says that the journal is told too much of it already.
    pub(super) fn tell_journal(&mut self, journal: &mut Transitions) -> bool {
        let state = self.history.state();
        let told = journal.add(self.config.name.as_str(), self.journaled, state, self.history.reason());
        if told {
            self.journaled = state;
        }
        told
    }

    /// Takes a configuration that has the same families.
    pub(super) fn replace(&mut self, config: config::Instance) {
        self.config = config;
        for router in &mut self.routers {
            (router.addresses, router.unadvertised) = addresses(&self.config, router.family);
        }
    }

    /// Takes the keys that were read for its configuration: none where it does not authenticate.
    /// `sealed` is a number that a former daemon may have sent.
    pub(super) fn secure(&mut self, keys: Option<&Result<Keys, Vec<Problem>>>, sealed: u32) {
        self.insecure = None;
        let associations =
            self.routers.iter_mut().flat_map(|router| [&mut router.association, &mut router.afar, &mut router.below]);
        match keys {
            None => associations.for_each(|association| *association = None),
            Some(Ok(keys)) => associations.for_each(|association| match association {
                Some(association) => association.set_keys(keys.clone()),
                None => {
                    let mut new = Association::new(keys.clone());
                    new.seal_above(sealed);
                    *association = Some(new);
                }
            }),
            Some(Err(problems)) => {
                associations.for_each(|association| *association = None);
                let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
                self.insecure = Some(Reason::Because(told.join("; ")));
            }
        }
    }

    /// Tells whether a unit decides about this instance.
    pub(super) fn heeds(&self, unit: &str) -> bool {
        let watches = |watch: &Watch| matches!(watch, Watch::Unit(watched) if watched.as_str() == unit);
        self.conditions.iter().any(|one| watches(&one.watch)) || self.config.unit() == unit
    }

    /// What a router is told to be, with the weights of the conditions.
    pub(super) fn parameters(&self, member: usize) -> Option<Parameters> {
        let router = self.routers.get(member)?;
        Some(parameters(&self.config, router.family, self.effective.weight, self.hosts))
    }

    /// The MAC address of the virtual router, where it has one of its own.
    pub(super) fn virtual_mac(&self, family: Family) -> Option<[u8; 6]> {
        match self.config.mac {
            Mac::Interface => None,
            Mac::Virtual => Some(self.config.vrid.mac(family)),
        }
    }

    /// Names the next claim: no two claims have one name, so that a late answer is known for what it is.
    pub(super) fn next_claim(&mut self, id: Id) -> ClaimId {
        self.claims = self.claims.wrapping_add(1);
        ClaimId(u64::from(id) << 32 | u64::from(self.claims))
    }

    /// How long a claim lives that nobody renews: no longer than a Backup waits at least, so that a daemon that
    /// hangs has lost its addresses when another host takes them.
    pub(super) fn lease(&self) -> Duration {
        (3 * self.config.advert_interval.duration()).max(SHORTEST_LEASE)
    }
}

impl Router {
    /// Notes whether it has no primary address. As long as a Master is to go on without, it tells until when.
    pub(super) fn doubt(&mut self, missing: bool, now: Instant, patience: Duration) -> Option<Instant> {
        let doubts = missing && self.claim.is_some() && matches!(self.standing, Some(Ok(_)));
        let since = doubts.then(|| self.missing.unwrap_or(now));
        self.missing = since;
        since.map(|since| since + patience).filter(|until| now < *until)
    }

    fn new(config: &config::Instance, family: Family) -> Self {
        let (addresses, unadvertised) = addresses(config, family);
        Self {
            family,
            addresses,
            unadvertised,
            claim: None,
            claimed_on: None,
            draining: None,
            beacon: None,
            link: None,
            looks_on: None,
            watches: None,
            rival: None,
            conflict: None,
            filter: None,
            standing: None,
            standing_since: 0,
            missing: None,
            source: None,
            association: None,
            below: None,
            afar: None,
            refusals: Refusals::default(),
            counters: Counters::default(),
            discards: BTreeMap::new(),
        }
    }

    /// All addresses that it moves.
    pub(super) fn moves(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.addresses.iter().chain(&self.unadvertised).copied()
    }

    /// Counts a packet that changed nothing.
    pub(super) fn discard(&mut self, reason: Discard) {
        *self.discards.entry(reason).or_default() += 1;
    }
}

/// What the router of one family advertises, and what it moves besides.
fn addresses(config: &config::Instance, family: Family) -> (Vec<IpAddr>, Vec<IpAddr>) {
    let advertised = config.addresses_of(family).count();
    let mut all: Vec<IpAddr> = config.moved_by(family).map(|address| address.ip).collect();
    let unadvertised = all.split_off(advertised);
    (all, unadvertised)
}

fn parameters(config: &config::Instance, family: Family, weight: i32, hosts: Option<usize>) -> Parameters {
    Parameters {
        family,
        version: config.version,
        priority: Priority::weighted(config.priority, weight),
        interval: config.advert_interval,
        preempt: config.preempt,
        preempt_delay: config.preempt_delay,
        checksum: config.checksum,
        handover: handover(config, family, hosts),
    }
}

/// The instance that a claim belongs to.
pub(super) fn instance_of(claim: ClaimId) -> Id {
    // The upper half of 64 bits are 32.
    Id::try_from(claim.0 >> 32).unwrap_or(Id::MAX)
}
