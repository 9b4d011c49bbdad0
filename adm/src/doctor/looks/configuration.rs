//! The configuration, and whether a daemon runs by it.

use vrrp::status::State;

use crate::doctor::Finding;
use crate::doctor::facts::Facts;

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let (problems, warnings) = facts.mistakes;
    let mut found = Vec::new();
    if problems > 0 {
        found.push(
            Finding::trouble(format!("problems of the configuration: {}; vrrpd would not apply it", problems))
                .remedy("vrrpadm check"),
        );
    } else if warnings > 0 {
        found.push(Finding::advice(format!("warnings about the configuration: {}", warnings)).remedy("vrrpadm check"));
    }
    if facts.daemon.as_ref().is_ok_and(|daemon| !daemon.problems.is_empty()) {
        let what = "vrrpd was told to read files that it refused, and runs on with those that it had";
        found.push(Finding::trouble(what).remedy("vrrpadm check, then vrrpadm reload"));
    }
    found
}

/// Whether the daemon runs, and what it says that no other look has.
pub(super) fn daemon(facts: &Facts) -> Vec<Finding> {
    let daemon = match &facts.daemon {
        Ok(daemon) => daemon,
        Err(why) => return vec![absent(facts, why)],
    };
    let mut found = Vec::new();
    let follows = facts.subjects.iter().any(|subject| !subject.instance.protects.is_empty());
    if let Some(why) = daemon.units_unknown.as_ref().filter(|_| follows) {
        found.push(Finding::trouble(format!("vrrpd cannot see units: {why}")).remedy("systemctl status dbus.service"));
    }
    for fight in &daemon.fights {
        found.push(
            Finding::trouble(format!("a fight: {fight}"))
                .remedy("keep that program from the link: docs/other-programs.md"),
        );
    }
    for heartbeat in &daemon.heartbeats {
        let (name, link) = (&heartbeat.name, &heartbeat.interface);
        if let Some(trouble) = &heartbeat.trouble {
            found.push(Finding::trouble(format!("heartbeat {name} cannot be sent: {trouble}")).on(link));
        } else if heartbeat.peers.iter().all(|peer| !peer.present) {
            let what =
                format!("heartbeat {name} hears nobody: a cut of the instances' own link would make two Masters");
            found.push(
                Finding::advice(what).on(link).remedy("see that another host has the same heartbeat, and its cable"),
            );
        }
    }
    for group in facts.groups.iter().filter(|group| group.state != "ok") {
        let what = format!("group {} is {}: {}", group.name, group.state, group.reason);
        let finding = if group.state == "failed" { Finding::trouble(what) } else { Finding::advice(what) };
        found.push(finding.remedy(format!("vrrpadm group show {}", group.name)));
    }
    for subject in &facts.subjects {
        let instance = &subject.instance;
        if instance.enabled && instance.state == State::Fault {
            let what = format!("it is in Fault: {}", instance.reason);
            found.push(Finding::trouble(what).of(subject.name()).remedy(format!("vrrpadm why {}", subject.name())));
        }
        if instance.enabled && instance.since > 0 && subject.holds() && !instance.held {
            let what = "its addresses are not all held, so that services cannot bind to them";
            found.push(Finding::trouble(what).of(subject.name()).remedy("systemctl status vrrp.service"));
        }
    }
    found
}

fn absent(facts: &Facts, why: &str) -> Finding {
    let runs = facts.units.as_ref().is_ok();
    match facts.subjects.is_empty() {
        // Nothing is configured, so nothing has to run.
        true if runs => {
            Finding::advice("no instance is configured").remedy("vrrpadm create NAME, see vrrpadm create --help")
        }
        false if runs => Finding::trouble("vrrpd does not run: no address is held, and this host takes no part")
            .remedy("systemctl start vrrp.service"),
        true | false => Finding::unseen(why.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{facts, told};
    use super::*;

    #[test]
    fn what_check_finds_is_told_in_a_line() {
        let mut facts = facts();
        facts.mistakes = (2, 0);
        assert_eq!(told(&judge(&facts)), ["trouble: problems of the configuration: 2; vrrpd would not apply it"]);
        facts.mistakes = (0, 1);
        assert_eq!(told(&judge(&facts)), ["advice: warnings about the configuration: 1"]);
    }

    #[test]
    fn a_daemon_that_does_not_run_is_trouble_where_something_is_configured() {
        let mut facts = facts();
        facts.daemon = Err("vrrpd is not running".to_owned());
        assert!(told(&daemon(&facts))[0].starts_with("trouble: vrrpd does not run"));
        facts.subjects.clear();
        assert_eq!(told(&daemon(&facts)), ["advice: no instance is configured"]);
        facts.units = Err("there is no bus".to_owned());
        assert_eq!(told(&daemon(&facts)), ["not looked: vrrpd is not running"]);
    }

    #[test]
    fn a_group_that_is_not_whole_is_told() {
        let mut facts = facts();
        let group = |state: &str| vrrp::status::Group {
            name: "net0".to_owned(),
            state: state.to_owned(),
            reason: "eth1 has no carrier".to_owned(),
            ..vrrp::status::Group::default()
        };
        facts.groups = vec![group("ok"), group("degraded"), group("failed")];
        assert_eq!(
            told(&daemon(&facts)),
            [
                "advice: group net0 is degraded: eth1 has no carrier",
                "trouble: group net0 is failed: eth1 has no carrier"
            ]
        );
    }

    #[test]
    fn what_the_daemon_complains_of_is_told() {
        let mut facts = facts();
        facts.daemon.as_mut().unwrap().fights = vec!["NetworkManager removes 192.0.2.10".to_owned()];
        facts.subjects[0].instance.held = false;
        facts.subjects[0].instance.state = State::Fault;
        facts.subjects[0].instance.reason = "eth0 has no carrier".to_owned();
        let found = told(&daemon(&facts));
        assert_eq!(
            found[..2],
            ["trouble: a fight: NetworkManager removes 192.0.2.10", "trouble: it is in Fault: eth0 has no carrier"]
        );
        assert!(found[2].starts_with("trouble: its addresses are not all held"));
    }
}
