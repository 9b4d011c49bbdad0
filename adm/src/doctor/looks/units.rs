//! The installation and the units, as systemd has read them.

use super::with;
use crate::doctor::Finding;
use crate::doctor::facts::units::DAEMON;
use crate::doctor::facts::{Facts, Subject};
use crate::systemd::{Load, Unit};

/// Files that are missing or masked.
pub(super) fn installation(facts: &Facts) -> Vec<Finding> {
    let is_virtual = facts.subjects.iter().any(Subject::is_virtual);
    let matters = facts.lacking.iter().filter(|lacking| is_virtual || !lacking.only_virtual);
    matters
        .map(|lacking| {
            Finding::trouble(format!("/{} is missing or masked: {}", lacking.file, lacking.costs))
                .remedy("install vrrpd again; then systemctl daemon-reload and systemctl reload dbus")
        })
        .collect()
}

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    with(&facts.units, |units| {
        let mut found = Vec::new();
        let known = |name: &str| units.known.get(name);
        if let Some(daemon) = known(DAEMON) {
            found.extend(of_daemon(daemon, facts));
        }
        for subject in facts.subjects.iter().filter(|subject| subject.instance.enabled) {
            let own = format!("vrrp@{}.service", subject.name());
            let mut of_subject: Vec<Finding> =
                known(&own).into_iter().flat_map(|unit| of_instance(&own, unit)).collect();
            for protected in &subject.instance.protects {
                of_subject
                    .extend(known(&protected.unit).into_iter().flat_map(|unit| of_protected(&protected.unit, unit)));
            }
            found.extend(of_subject.into_iter().map(|finding| finding.of(subject.name())));
        }
        found
    })
}

/// What keeps systemd from a unit at all, and that it has old files.
fn of_any(name: &str, unit: &Unit) -> Vec<Finding> {
    let mut found = Vec::new();
    match &unit.load {
        Load::Loaded => {}
        Load::Masked => {
            found.push(
                Finding::trouble(format!("{name} is masked, so that it cannot start"))
                    .remedy(format!("systemctl unmask {name}")),
            );
        }
        Load::NotFound => {
            let what = format!("there is no {name}");
            found.push(
                Finding::trouble(what)
                    .remedy("install it and run systemctl daemon-reload, or name another unit: vrrpadm check"),
            );
        }
        Load::Bad(word) => {
            found.push(
                Finding::trouble(format!("systemd cannot read {name} ({word})"))
                    .remedy(format!("systemctl status {name}")),
            );
        }
    }
    if unit.stale {
        let what = format!("the files of {name} have changed since systemd read them");
        found.push(Finding::trouble(what).remedy(format!("systemctl daemon-reload && systemctl restart {name}")));
    }
    found
}

fn of_daemon(unit: &Unit, facts: &Facts) -> Vec<Finding> {
    let mut found = of_any(DAEMON, unit);
    let starts = !unit.wanted_by.is_empty() || matches!(unit.file_state.as_str(), "enabled" | "enabled-runtime");
    if unit.load == Load::Loaded && !facts.subjects.is_empty() && !starts {
        let what = "nothing starts vrrp.service at boot: its generator has not run since the instances were configured";
        found.push(
            Finding::trouble(what)
                .remedy("systemctl daemon-reload; if that does not help, see journalctl -t vrrp-generator"),
        );
    }
    // What the generator itself adds lies below /run.
    let by_hand: Vec<&str> =
        unit.drop_ins.iter().map(String::as_str).filter(|file| file.starts_with("/etc/")).collect();
    if !by_hand.is_empty() {
        found.push(Finding::well(format!("vrrp.service is changed by {}", by_hand.join(" and "))));
    }
    found
}

fn of_instance(name: &str, unit: &Unit) -> Vec<Finding> {
    let mut found = of_any(name, unit);
    if unit.load == Load::Loaded && unit.wanted_by.is_empty() && !unit.stale {
        let what =
            format!("nothing starts {name}: systemd has not read the configuration since the instance was written");
        found.push(Finding::trouble(what).remedy(format!("systemctl daemon-reload && systemctl start {name}")));
    }
    found
}

fn of_protected(name: &str, unit: &Unit) -> Vec<Finding> {
    let mut found = of_any(name, unit);
    if unit.load != Load::Loaded {
        return found;
    }
    if unit.wanted_by.is_empty() && unit.triggered_by.is_empty() {
        let what = format!("nothing starts {name} at boot: the instance stays Backup after the next one");
        found.push(Finding::advice(what).remedy(format!("systemctl enable {name}")));
    }
    if !unit.after.iter().any(|after| after == DAEMON) && !unit.stale && binds(name) {
        let what = format!("{name} does not start after vrrp.service: it may find no address to bind at boot");
        found.push(Finding::trouble(what).remedy("systemctl daemon-reload"));
    }
    found
}

/// Tells whether the generator orders a unit after the daemon: it does so with what can bind, but for what starts before it.
fn binds(name: &str) -> bool {
    let early = ["systemd-", "dbus.", "dbus-broker."].iter().any(|start| name.starts_with(start));
    (name.ends_with(".service") || name.ends_with(".socket")) && !early
}

#[cfg(test)]
mod tests {
    use super::super::scene::{facts, told, unit};
    use super::*;

    fn with(name: &str, change: impl FnOnce(&mut Unit)) -> Vec<String> {
        let mut facts = facts();
        change(facts.units.as_mut().unwrap().known.get_mut(name).unwrap());
        told(&judge(&facts))
    }

    #[test]
    fn a_host_as_it_is_installed_is_well() {
        assert_eq!((judge(&facts()), installation(&facts())), (Vec::new(), Vec::new()));
    }

    #[test]
    fn each_unit_that_does_not_start_is_told() {
        let masked = |unit: &mut Unit| unit.load = Load::Masked;
        assert_eq!(with("vrrp@web.service", masked), ["trouble: vrrp@web.service is masked, so that it cannot start"]);
        assert_eq!(with("nginx.service", |unit| unit.load = Load::NotFound), ["trouble: there is no nginx.service"]);
        assert_eq!(
            with("nginx.service", |unit| unit.stale = true),
            ["trouble: the files of nginx.service have changed since systemd read them"]
        );
        assert!(
            with("vrrp.service", |unit| (unit.wanted_by, unit.file_state) = (Vec::new(), "static".to_owned()))[0]
                .starts_with("trouble: nothing starts vrrp.service at boot")
        );
        assert!(
            with("vrrp@web.service", |unit| unit.wanted_by.clear())[0]
                .starts_with("trouble: nothing starts vrrp@web.service")
        );
        assert!(
            with("nginx.service", |unit| unit.wanted_by.clear())[0]
                .starts_with("advice: nothing starts nginx.service at boot")
        );
        assert!(
            with("nginx.service", |unit| unit.after.clear())[0]
                .starts_with("trouble: nginx.service does not start after vrrp")
        );
    }

    #[test]
    fn units_are_not_looked_at_without_systemd() {
        let mut facts = facts();
        facts.units = Err("there is no bus".to_owned());
        assert_eq!(told(&judge(&facts)), ["not looked: there is no bus"]);
    }

    #[test]
    fn a_unit_of_the_test_is_one_that_starts() {
        assert!(of_any("a.service", &unit(&[])).is_empty());
    }
}
