use std::time::{Duration, Instant};

use super::{Condition, Observation, Standing, UnitState, Verdict, order};
use crate::config::check::check;
use crate::config::file::Source;
use crate::config::{Damping, Effect};

/// Looks at a condition at each time, in seconds, and tells the standing after it.
fn play(damping: Damping, looks: &[(f64, &str)]) -> Vec<Standing> {
    let zero = beginning();
    let mut condition = Condition::new(Effect::Backup, damping, "not looked at");
    let look = |&(at, what): &(f64, &str)| {
        let now = zero + Duration::from_secs_f64(at);
        match what {
            "good" => condition.observe(now, Observation::good("well")),
            "bad" => condition.observe(now, Observation::bad("ill")),
            "unknown" => condition.observe(now, Observation::unknown("dark")),
            "deadline" => {
                assert_eq!(condition.deadline(), Some(now), "the deadline is another one");
                condition.expire(now)
            }
            "no deadline" => condition.deadline().is_some(),
            _ => panic!("no such look: {what}"),
        };
        if what == "no deadline" {
            assert_eq!(condition.deadline(), None);
        }
        condition.standing()
    };
    looks.iter().map(look).collect()
}

const GOOD: Standing = Standing::Good;
const BAD: Standing = Standing::Bad;
const UNKNOWN: Standing = Standing::Unknown;

fn damping(rise: u8, fall: u8, up: u64, down: u64) -> Damping {
    Damping { rise, fall, up_delay: Duration::from_secs(up), down_delay: Duration::from_secs(down) }
}

#[test]
fn without_damping_every_look_counts() {
    let looks = [(0.0, "good"), (1.0, "bad"), (2.0, "unknown"), (3.0, "good"), (3.0, "no deadline")];
    assert_eq!(play(Damping::NONE, &looks), [GOOD, BAD, UNKNOWN, GOOD, GOOD]);
}

#[test]
fn the_first_look_counts_at_once() {
    assert_eq!(play(damping(3, 3, 9, 9), &[(0.0, "bad")]), [BAD]);
    assert_eq!(play(damping(3, 3, 9, 9), &[(0.0, "good")]), [GOOD]);
}

#[test]
fn results_in_a_row_are_counted_and_one_that_differs_starts_anew() {
    let looks = [(0.0, "good"), (1.0, "bad"), (2.0, "good"), (3.0, "bad"), (4.0, "bad"), (5.0, "good"), (6.0, "good")];
    assert_eq!(play(damping(2, 2, 0, 0), &looks), [GOOD, GOOD, GOOD, GOOD, BAD, BAD, GOOD]);
}

#[test]
fn a_delay_runs_from_the_last_result_that_was_needed() {
    let looks = [(0.0, "bad"), (1.0, "good"), (2.0, "good"), (3.0, "good"), (7.0, "deadline"), (7.0, "no deadline")];
    assert_eq!(play(damping(2, 1, 5, 0), &looks), [BAD, BAD, BAD, BAD, GOOD, GOOD]);
}

#[test]
fn a_delay_ends_with_a_result_that_speaks_against_it() {
    let looks = [(0.0, "good"), (1.0, "bad"), (2.0, "good"), (2.0, "no deadline"), (3.0, "bad"), (8.0, "deadline")];
    assert_eq!(play(damping(1, 1, 0, 5), &looks), [GOOD, GOOD, GOOD, GOOD, GOOD, BAD]);
}

#[test]
fn what_nobody_can_tell_any_more_falls_like_what_is_bad() {
    let looks = [(0.0, "good"), (1.0, "unknown"), (2.0, "unknown"), (3.0, "good")];
    assert_eq!(play(damping(1, 2, 0, 0), &looks), [GOOD, GOOD, UNKNOWN, GOOD]);
}

#[test]
fn a_result_that_comes_after_the_delay_completes_the_turn() {
    let looks = [(0.0, "good"), (1.0, "bad"), (9.0, "bad")];
    assert_eq!(play(damping(1, 1, 0, 5), &looks), [GOOD, GOOD, BAD]);
}

#[test]
fn only_a_change_is_told() {
    let zero = beginning();
    let mut condition = Condition::new(Effect::Backup, damping(1, 2, 0, 0), "not looked at");
    let mut told = |observation| condition.observe(zero, observation);
    assert!(told(Observation::good("well")), "the first");
    assert!(!told(Observation::good("well")), "the same");
    assert!(told(Observation::good("very well")), "other words");
    assert!(!told(Observation::bad("ill")), "the first of two");
    assert!(told(Observation::bad("ill")), "the second of two");
    assert_eq!(condition.words(), "ill");
}

/// A condition that was looked at once.
fn seen(effect: Effect, observation: Observation) -> Condition {
    let mut condition = Condition::new(effect, Damping::NONE, "not looked at");
    condition.observe(beginning(), observation);
    condition
}

#[test]
fn weights_add_up() {
    let value = Observation { finding: super::Finding::Value(-30), words: "it holds -30".to_owned() };
    let cases = [
        (-20, Observation::bad("ill"), -20),
        (-20, Observation::good("well"), 0),
        (-20, Observation::unknown("dark"), -20),
        (20, Observation::bad("ill"), 0),
        (20, Observation::good("well"), 20),
        (20, Observation::unknown("dark"), 0),
        (1, value.clone(), -30),
        (-2, value, 60),
    ];
    let conditions: Vec<Condition> =
        cases.iter().map(|(weight, observation, _)| seen(Effect::Weight(*weight), observation.clone())).collect();
    for (condition, (weight, observation, expected)) in conditions.iter().zip(&cases) {
        assert_eq!(condition.weight(), *expected, "{weight} {observation:?}");
    }
    let verdict = Verdict::of(&conditions);
    assert_eq!(verdict, Verdict { weight: 10, ..Verdict::default() });
}

#[test]
fn the_first_that_is_not_good_gives_the_reason() {
    let conditions = [
        seen(Effect::Backup, Observation::good("a is well")),
        seen(Effect::Fault, Observation::unknown("nobody sees b")),
        seen(Effect::Backup, Observation::bad("c is ill")),
        seen(Effect::Backup, Observation::bad("d is ill")),
        seen(Effect::Fault, Observation::bad("e is ill")),
        Condition::new(Effect::Backup, Damping::NONE, "f has not been looked at"),
    ];
    let verdict = Verdict::of(&conditions);
    assert_eq!(verdict.fault.as_deref(), Some("nobody sees b"));
    let bar = verdict.bar.clone().unwrap();
    assert_eq!((bar.reason.as_str(), bar.ordered), ("c is ill", false));
    let ordered = verdict.ordered("vrrp@a.service is inactive".to_owned()).bar.unwrap();
    assert_eq!((ordered.reason.as_str(), ordered.ordered), ("vrrp@a.service is inactive", true));
    let unseen = Verdict::of(&conditions[5..]).bar.unwrap();
    assert_eq!(unseen.reason, "f has not been looked at");
}

#[test]
fn those_that_move_together_share_bars_and_weights() {
    let well = Verdict { weight: -5, ..Verdict::default() };
    let ill = Verdict::of(&[seen(Effect::Backup, Observation::bad("c is ill"))]);
    let ordered = Verdict::default().ordered("vrrp@b.service is inactive".to_owned());
    let reason = |verdict: &Verdict| verdict.bar.clone().map(|bar| (bar.reason, bar.ordered));
    let both = well.clone().with(&ill, "b");
    assert_eq!(reason(&both), Some(("b: c is ill".to_owned(), false)));
    assert_eq!(both.weight, -5);
    assert_eq!(reason(&ill.clone().with(&ordered, "b")), Some(("b: vrrp@b.service is inactive".to_owned(), true)));
    assert_eq!(reason(&ordered.clone().with(&ill, "a")), reason(&ordered));
    assert_eq!(well.clone().with(&well, "b").weight, -10);
}

#[test]
fn a_frozen_unit_serves_nobody_and_is_no_reason_for_systemd_to_stop_the_instance() {
    let frozen = Observation::of_unit("http.service", UnitState::Frozen, "");
    assert_eq!(frozen, Observation::bad("http.service is frozen"));
    let text = "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n\
                protect = [\"http.service\"]\n";
    let config = check(&[Source::from_bytes("vrrp.toml", text.into()).unwrap()]).unwrap().config;
    let instance = config.instances.values().next().unwrap();
    let ordered = |http: UnitState, own: UnitState| {
        order(instance, |unit| if unit == "http.service" { http } else { own }, "dark")
    };
    let stopped = Some("vrrp@inst1.service is inactive".to_owned());
    assert_eq!(ordered(UnitState::Frozen, UnitState::Active), None);
    assert_eq!(ordered(UnitState::Frozen, UnitState::Inactive), stopped, "somebody has stopped it");
    assert_eq!(ordered(UnitState::Active, UnitState::Inactive), stopped, "somebody has stopped it");
    assert_eq!(ordered(UnitState::Failed, UnitState::Inactive), None, "systemd has");
}

#[expect(clippy::disallowed_methods, reason = "virtual time starts at some instant, and std makes no other")]
fn beginning() -> Instant {
    Instant::now()
}
