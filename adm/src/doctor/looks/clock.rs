//! The clock: VRRP needs none, and authentication by keys does.

use crate::doctor::Finding;
use crate::doctor::facts::Facts;
use crate::doctor::facts::units::DAEMON;
use crate::render::time::interval;

/// What is taken for a step, in microseconds: a daemon takes some time from being started to being asked.
const STEP: u64 = 2_000_000;

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    for subject in &facts.subjects {
        let Some((auth, window)) = subject.instance.auth.as_ref().and_then(|auth| Some((auth, auth.window?))) else {
            continue;
        };
        match &facts.synchronized {
            Ok(true) => {}
            Ok(false) => {
                let what = format!(
                    "nothing keeps this host's clock right, and {} asks that the clocks of the hosts are at most {} apart",
                    auth.kind,
                    interval(window)
                );
                found.push(
                    Finding::trouble(what)
                        .of(subject.name())
                        .remedy("timedatectl set-ntp true, or see chronyc tracking"),
                );
            }
            Err(why) => found.push(Finding::unseen(why.clone()).of(subject.name())),
        }
    }
    let started = facts.units.as_ref().ok().and_then(|units| units.known.get(DAEMON)?.started);
    match (&facts.clocks, started) {
        (Ok((real, monotonic)), Some((then, since))) => {
            // Both are microseconds; the difference of the two clocks changes where one of them is set.
            let step = (i128::from(*real) - i128::from(*monotonic)) - (i128::from(then) - i128::from(since));
            if step.unsigned_abs() > STEP.into() {
                let millis = u32::try_from(step.unsigned_abs() / 1000).unwrap_or(u32::MAX);
                let way = if step > 0 { "forward" } else { "back" };
                let what = format!(
                    "the clock was set {way} by {} since vrrp.service started: times in status and journal do not fit, elections do not mind",
                    interval(millis)
                );
                found.push(
                    Finding::advice(what)
                        .remedy("start time synchronization before vrrp.service where it matters (time-sync.target)"),
                );
            }
        }
        (Err(why), _) => found.push(Finding::unseen(why.clone())),
        (Ok(_), None) => found.push(Finding::unseen("it is not known when vrrp.service started")),
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::scene::{facts, told};
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_told() {
        let mut facts = facts();
        let mut with = |real| {
            facts.clocks = Ok((real, 60_000_000));
            told(&judge(&facts))
        };
        assert_eq!(with(1_060_000_000), [""; 0], "as long by both clocks");
        assert!(
            with(1_063_500_000)[0].starts_with("advice: the clock was set forward by 3.5s since vrrp.service started")
        );
        assert!(with(1_050_000_000)[0].starts_with("advice: the clock was set back by 10s"));
    }

    #[test]
    fn only_keys_need_a_clock() {
        let mut facts = facts();
        facts.synchronized = Ok(false);
        assert_eq!(judge(&facts), []);
        let auth = vrrp::status::Auth { kind: "hmac-sha256".to_owned(), window: Some(5_000), ..Default::default() };
        facts.subjects[0].instance.auth = Some(auth);
        assert_eq!(
            told(&judge(&facts)),
            [
                "trouble: nothing keeps this host's clock right, and hmac-sha256 asks that the clocks of the hosts are at most 5s apart"
            ]
        );
    }
}
