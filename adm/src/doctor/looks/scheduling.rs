//! The daemon's process: whether it may do what it has to, and whether it is woken in time.

use std::time::Duration;

use super::with;
use crate::doctor::Finding;
use crate::doctor::facts::Facts;
use crate::doctor::facts::units::DAEMON;

/// What the daemon cannot do without, by number (capabilities(7)).
const CAPABILITIES: [(u32, &str); 2] = [(12, "CAP_NET_ADMIN"), (13, "CAP_NET_RAW")];

/// The usual scheduling policy (sched(7)).
const USUAL: u32 = 0;

/// The capabilities in force.
pub(super) fn privileges(facts: &Facts) -> Vec<Finding> {
    with(&facts.process, |process| {
        let lacks = CAPABILITIES.iter().filter(|(number, _)| process.capabilities & (1 << number) == 0);
        let lacking: Vec<&str> = lacks.map(|(_, name)| *name).collect();
        if lacking.is_empty() {
            return Vec::new();
        }
        let drop_ins =
            facts.units.as_ref().ok().and_then(|units| units.known.get(DAEMON)).map(|unit| unit.drop_ins.join(", "));
        let by = drop_ins.filter(|files| !files.is_empty()).map(|files| format!(": see {files}")).unwrap_or_default();
        let what = format!("vrrpd (process {}) runs without {}{by}", process.pid, lacking.join(" and "));
        vec![
            Finding::trouble(what).remedy("systemctl cat vrrp.service, and restart it once no drop-in takes them away"),
        ]
    })
}

/// Whether it runs when it has to.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let mut found = with(&facts.process, |process| {
        let mut found = Vec::new();
        if process.policy == Some(USUAL) {
            let planned = facts.units.as_ref().ok().and_then(|units| units.known.get(DAEMON)?.policy);
            let finding = match planned {
                Some(policy) if policy != 0 => Finding::trouble(
                    "vrrp.service asks for a real-time priority, and vrrpd runs without: a busy host may wake it too late",
                )
                .remedy("systemctl restart vrrp.service, and see its journal"),
                _ => Finding::advice("vrrpd runs without a real-time priority: a busy host may wake it too late")
                    .remedy("run it as vrrp.service, which has CPUSchedulingPolicy=rr, and take no drop-in that resets it"),
            };
            found.push(finding);
        }
        if let Some((group, limit)) = &process.quota {
            let what =
                format!("{group} has a limit of processor time (cpu.max {limit}), within which vrrpd is held back");
            found.push(Finding::advice(what).remedy("take CPUQuota= out of vrrp.service and the slices above it"));
        }
        if process.throttled > 0 {
            let what = format!("vrrpd was held back {} times for a limit of processor time", process.throttled);
            found.push(Finding::trouble(what).remedy("take CPUQuota= out of vrrp.service and the slices above it"));
        }
        found
    });
    if let Ok(0) = facts.real_time {
        let what = "kernel.sched_rt_runtime_us is 0: no program runs at a real-time priority";
        found.push(Finding::trouble(what).remedy("sysctl -w kernel.sched_rt_runtime_us=950000"));
    }
    found.extend(late(facts));
    found
}

/// How late the host wakes others, against the shortest interval in which something has to be sent.
fn late(facts: &Facts) -> Option<Finding> {
    let late = match &facts.lateness {
        Ok(late) => *late,
        Err(why) => return Some(Finding::unseen(why.clone())),
    };
    let enabled = facts.subjects.iter().filter(|subject| subject.instance.enabled);
    let shortest = enabled.map(|subject| subject.instance.advert_interval).min()?;
    let millis = late.as_secs_f64() * 1000.0;
    // Two intervals may be missed, and not the third; half of one is much for an idle host.
    let bad = late * 2 > Duration::from_millis(shortest.into());
    bad.then(|| {
        let what = format!(
            "a program without a real-time priority was woken {millis:.1} ms too late; the shortest advertisement interval is {shortest} ms"
        );
        Finding::advice(what).remedy("see what keeps the processors busy (top), and whether the virtual machine gets its share (st)")
    })
}

#[cfg(test)]
mod tests {
    use super::super::scene::{facts, told};
    use super::*;

    #[test]
    fn a_daemon_without_its_capabilities_is_told() {
        let mut facts = facts();
        facts.process.as_mut().unwrap().capabilities = 1 << 12;
        assert_eq!(told(&privileges(&facts)), ["trouble: vrrpd (process 7) runs without CAP_NET_RAW"]);
        facts.units.as_mut().unwrap().known.get_mut(DAEMON).unwrap().drop_ins = vec!["/etc/x.conf".to_owned()];
        assert!(told(&privileges(&facts))[0].ends_with("without CAP_NET_RAW: see /etc/x.conf"));
    }

    #[test]
    fn what_makes_the_daemon_late_is_told() {
        let with = |change: fn(&mut Facts)| {
            let mut facts = facts();
            change(&mut facts);
            told(&judge(&facts)).into_iter().map(|told| told.chars().take(48).collect::<String>()).collect::<Vec<_>>()
        };
        assert_eq!(with(|_| {}), [""; 0]);
        assert_eq!(
            with(|facts| facts.process.as_mut().unwrap().policy = Some(0)),
            ["trouble: vrrp.service asks for a real-time prior"]
        );
        assert_eq!(
            with(|facts| facts.process.as_mut().unwrap().throttled = 3),
            ["trouble: vrrpd was held back 3 times for a limit"]
        );
        assert_eq!(with(|facts| facts.real_time = Ok(0)), ["trouble: kernel.sched_rt_runtime_us is 0: no pro"]);
        assert_eq!(
            with(|facts| facts.lateness = Ok(Duration::from_millis(501))),
            ["advice: a program without a real-time priority w"]
        );
        assert_eq!(with(|facts| facts.lateness = Ok(Duration::from_millis(499))), [""; 0]);
    }
}
