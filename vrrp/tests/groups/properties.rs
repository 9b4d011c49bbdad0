//! What must hold whatever happens to a group.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use vrrp::group::{ANSWERS, Action, Event, GroupState, MemberState, Parameters};

use super::story::TARGETS;
use super::world::{World, group_of};

/// Something that happens to a member, after some time.
#[derive(Clone, Copy, Debug)]
struct Step {
    after: Duration,
    member: usize,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Link(bool),
    Mute(bool),
    FirstTarget(bool),
    Offline(bool),
}

fn step(members: usize, what: impl Strategy<Value = What>) -> impl Strategy<Value = Step> {
    let after = prop_oneof![0..500_u64, 500..5_000_u64, 5_000..40_000_u64].prop_map(Duration::from_millis);
    (after, 0..members, what).prop_map(|(after, member, what)| Step { after, member, what })
}

fn anything() -> impl Strategy<Value = What> {
    (0..4, any::<bool>()).prop_map(|(what, on)| match what {
        0 => What::Link(on),
        1 => What::Mute(on),
        2 => What::FirstTarget(on),
        _ => What::Offline(on),
    })
}

/// A group that has run for a while, with what it has told since.
struct Run {
    world: World,
    up: Vec<bool>,
    told: Vec<(Instant, Action)>,
}

impl Run {
    fn begin(parameters: Parameters, seed: u64) -> Self {
        let members = parameters.members.len();
        let mut world = World::new(parameters, seed);
        for member in 0..members {
            let _ = world.happen(Event::Link(member, Ok(())));
            let _ = world.happen(Event::Targets(member, TARGETS.map(|target| target.parse().unwrap()).to_vec()));
        }
        let until = world.now + Duration::from_secs(10);
        let _ = world.run(until);
        Self { world, up: vec![true; members], told: Vec::new() }
    }

    fn play(&mut self, steps: &[Step]) -> Result<(), TestCaseError> {
        for step in steps {
            let until = self.world.now + step.after;
            let told = self.world.run(until);
            self.told.extend(told);
            let actions = self.happen(step.member, step.what);
            self.told.extend(actions.into_iter().map(|action| (until, action)));
            self.check_group()?;
        }
        let until = self.world.now + Duration::from_secs(100);
        let told = self.world.run(until);
        self.told.extend(told);
        self.check_group()
    }

    fn happen(&mut self, member: usize, what: What) -> Vec<Action> {
        let target = TARGETS[0].parse().unwrap();
        match what {
            What::Link(up) => {
                self.up[member] = up;
                let told = if up { Ok(()) } else { Err("has no carrier".to_owned()) };
                return self.world.happen(Event::Link(member, told));
            }
            What::Mute(true) => _ = self.world.mute.insert(member),
            What::Mute(false) => _ = self.world.mute.remove(&member),
            What::FirstTarget(true) => _ = self.world.dead.remove(&target),
            What::FirstTarget(false) => _ = self.world.dead.insert(target),
            What::Offline(true) => return self.world.happen(Event::Offline(member)),
            What::Offline(false) => return self.world.happen(Event::Online(member)),
        }
        Vec::new()
    }

    fn state(&self, member: usize) -> MemberState {
        self.world.group.member(member).unwrap().0
    }

    /// The group is what its usable members come to, and what carries instances is one of them.
    fn check_group(&self) -> Result<(), TestCaseError> {
        let group = &self.world.group;
        let members = self.up.len();
        let usable = |member: &usize| !matches!(self.state(*member), MemberState::Failed | MemberState::Offline);
        let count = (0..members).filter(usable).count();
        let expected = match count {
            0 => GroupState::Failed,
            _ if count == members => GroupState::Ok,
            _ => GroupState::Degraded,
        };
        prop_assert_eq!(group.state(), expected);
        prop_assert_eq!(group.chosen().is_some(), count > 0);
        if let Some(chosen) = group.chosen() {
            prop_assert!(usable(&chosen) && group.is_active(chosen));
        }
        for member in 0..members {
            prop_assert!(self.up[member] || !usable(&member), "a member without a link is used");
        }
        Ok(())
    }

    /// When members failed and were usable again, by member.
    fn turns(&self) -> BTreeMap<usize, Vec<(Instant, bool)>> {
        let mut turns: BTreeMap<usize, Vec<(Instant, bool)>> = BTreeMap::new();
        for (at, action) in &self.told {
            if let Action::Member { member, state, .. } = action {
                let failed = *state == MemberState::Failed;
                let of_member = turns.entry(*member).or_default();
                if of_member.last().is_some_and(|(_, last)| *last != failed) || (of_member.is_empty() && failed) {
                    of_member.push((*at, failed));
                }
            }
        }
        turns
    }
}

fn probed(active: usize, standby: usize, failback: bool) -> Parameters {
    Parameters { probes: true, failback, ..group_of(active, standby) }
}

/// A quarter of the usual number of cases: each of them lasts for minutes of its own time.
fn cases() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { failure_persistence: None, cases: usual.cases / 4, ..usual }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_group_is_what_its_usable_members_come_to(
        seed: u64, failback: bool, standby in 0..2_usize, steps in prop::collection::vec(step(3, anything()), 1..40),
    ) {
        Run::begin(probed(3 - standby, standby, failback), seed).play(&steps)?;
    }

    #[test]
    fn a_member_whose_probes_are_answered_and_whose_link_is_up_never_fails(
        seed: u64, steps in prop::collection::vec(step(3, anything()), 1..40),
    ) {
        let mut run = Run::begin(probed(3, 0, true), seed);
        let others: Vec<Step> = steps
            .into_iter()
            .filter(|step| step.member > 0 || matches!(step.what, What::FirstTarget(_)))
            .collect();
        run.play(&others)?;
        prop_assert!(!run.turns().contains_key(&0));
    }

    #[test]
    fn a_member_that_nothing_comes_back_over_fails_in_time_and_not_at_once(
        seed: u64, wait in 0..5_000_u64, tenths in 1..100_u64,
    ) {
        let detection_time = Duration::from_millis(tenths * 100);
        let mut run = Run::begin(Parameters { detection_time, ..probed(2, 0, true) }, seed);
        let until = run.world.now + Duration::from_millis(wait);
        let _ = run.world.run(until);
        run.world.mute.insert(1);
        let told = run.world.run(until + detection_time);
        let failed = told.iter().find(|(_, action)| {
            matches!(action, Action::Member { member: 1, state: MemberState::Failed, .. })
        });
        // Four intervals lie between five losses, and a half is the least.
        prop_assert!(failed.is_some_and(|(at, _)| *at - until >= detection_time / 7 * 4));
        let other = told.iter().any(|(_, action)| matches!(action, Action::Member { member: 0, .. }));
        prop_assert!(!other);
    }

    #[test]
    fn a_dead_target_alone_fails_nobody(
        seed: u64, steps in prop::collection::vec(step(2, any::<bool>().prop_map(What::FirstTarget)), 1..40),
    ) {
        let mut run = Run::begin(probed(2, 0, true), seed);
        run.play(&steps)?;
        prop_assert!(run.turns().is_empty());
    }

    #[test]
    fn only_a_link_that_is_up_and_answers_in_a_row_repair_a_member(
        seed: u64, steps in prop::collection::vec(step(2, anything()), 1..40),
    ) {
        let mut run = Run::begin(probed(2, 0, true), seed);
        // A target that is dead now and then is another story.
        let steps: Vec<Step> =
            steps.into_iter().filter(|step| !matches!(step.what, What::FirstTarget(_) | What::Offline(_))).collect();
        run.play(&steps)?;
        for (member, turns) in run.turns() {
            for pair in turns.windows(2).filter(|pair| pair[0].1) {
                let between = run.world.probes.iter().filter(|(at, who, _)| {
                    *who == member && (pair[0].0..=pair[1].0).contains(at)
                });
                prop_assert!(between.count() >= usize::try_from(ANSWERS).unwrap());
            }
        }
    }

    #[test]
    fn a_link_that_flaps_changes_its_member_a_few_times_a_minute(
        seed: u64, probes: bool, tenths in 5..100_u64,
        steps in prop::collection::vec((0..3_000_u64, any::<bool>()), 100..200),
    ) {
        let detection_time = Duration::from_millis(tenths * 100);
        let mut run = Run::begin(Parameters { probes, detection_time, ..group_of(2, 0) }, seed);
        let steps: Vec<Step> = steps
            .into_iter()
            .map(|(after, up)| Step { after: Duration::from_millis(after), member: 0, what: What::Link(up) })
            .collect();
        run.play(&steps)?;
        let turns = run.turns().remove(&0).unwrap_or_default();
        let minute = Duration::from_secs(60);
        let most = turns.iter().map(|(from, _)| turns.iter().filter(|(at, _)| (*from..*from + minute).contains(at)).count());
        let (most, allowed) = (most.max().unwrap_or_default(), if probes { 16 } else { 6 });
        prop_assert!(most <= allowed, "{} turns in a minute", most);
    }
}
