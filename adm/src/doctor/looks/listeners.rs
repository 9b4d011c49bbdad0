//! Who listens on the virtual addresses.

use std::net::IpAddr;

use super::with;
use crate::doctor::Finding;
use crate::doctor::facts::listeners::Listener;
use crate::doctor::facts::units::DAEMON;
use crate::doctor::facts::{Facts, Subject};

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    with(&facts.listeners, |listeners| {
        let subjects = facts.subjects.iter().filter(|subject| subject.instance.enabled);
        subjects
            .flat_map(|subject| [strangers(facts, subject, listeners), silent(facts, subject, listeners)].concat())
            .collect()
    })
}

/// What listens on an address of the instance, and is not protected by it.
fn strangers(facts: &Facts, subject: &Subject, listeners: &[Listener]) -> Vec<Finding> {
    let protects = |unit: &str| subject.instance.protects.iter().any(|protected| protected.unit == unit);
    let bound = listeners.iter().filter(|listener| subject.owns(listener.address.ip()));
    let mut found = Vec::new();
    for listener in bound {
        let (address, program) = (listener.address, &listener.program);
        let unit = match listener.unit.as_deref() {
            // systemd itself, for a socket unit.
            Some("init.scope") => continue,
            Some(unit) if unit.ends_with(".service") => unit,
            Some(_) | None => {
                let what = format!(
                    "{program} listens on {address}, and no service runs it: nothing starts it at boot, or watches it"
                );
                found.push(Finding::advice(what).remedy("run it as a service, and protect that"));
                continue;
            }
        };
        if protects(unit) {
            continue;
        }
        let known = facts.units.as_ref().ok().and_then(|units| units.known.get(unit));
        let (after, socket) = match known {
            Some(unit) => (
                unit.after.iter().any(|after| after == DAEMON),
                unit.triggered_by.iter().any(|socket| protects(socket)) || unit.names.iter().any(|name| protects(name)),
            ),
            None => continue,
        };
        if socket {
            continue;
        }
        found.push(if after {
            let what = format!("{unit} listens on {address} and is not protected: the address stays here when {unit} stops");
            let all: Vec<&str> = subject.instance.protects.iter().map(|one| one.unit.as_str()).chain([unit]).collect();
            let protect: Vec<String> = all.iter().map(|unit| format!("--protect {unit}")).collect();
            Finding::advice(what).remedy(format!("vrrpadm modify {} {}", subject.name(), protect.join(" ")))
        } else {
            let what = format!("{unit} listens on {address} and does not start after vrrp.service: at boot there may be nothing to bind yet");
            Finding::trouble(what).remedy(format!("systemctl edit {unit}, with [Unit], Wants=vrrp.service and After=vrrp.service; or protect it"))
        });
    }
    found.into_iter().map(|finding| finding.of(subject.name())).collect()
}

/// A protected unit that runs and listens where no client of the virtual addresses comes.
fn silent(facts: &Facts, subject: &Subject, listeners: &[Listener]) -> Vec<Finding> {
    let mut found = Vec::new();
    for protected in &subject.instance.protects {
        // The control group has the unit's own name, whatever alias is protected.
        let is_own = |unit: &str| match &facts.units {
            Ok(units) => units.is_same(&protected.unit, unit),
            Err(_) => protected.unit == unit,
        };
        let own: Vec<&Listener> = listeners.iter().filter(|one| one.unit.as_deref().is_some_and(is_own)).collect();
        // What listens nowhere may be served by its socket unit, or be no server at all.
        if own.is_empty() {
            continue;
        }
        let missed: Vec<IpAddr> = subject
            .virtual_addresses()
            .map(|(ip, _)| ip)
            .filter(|ip| !own.iter().any(|one| reaches(one, *ip)))
            .collect();
        if missed.is_empty() {
            continue;
        }
        let mut where_: Vec<String> = own.iter().map(|listener| listener.address.to_string()).collect();
        where_.sort();
        where_.dedup();
        let list: Vec<String> = missed.iter().map(ToString::to_string).collect();
        let what = format!(
            "{} listens on {}, and not on {}: clients there are refused",
            protected.unit,
            where_.join(" and "),
            list.join(" and ")
        );
        let remedy = format!("have {} listen on the virtual address, or on all", protected.unit);
        let all = missed.len() == subject.virtual_addresses().count();
        let finding = if all { Finding::trouble(what) } else { Finding::advice(what) };
        found.push(finding.of(subject.name()).remedy(remedy));
    }
    found
}

/// Tells whether what comes to an address comes to a socket. One of all IPv6 addresses usually takes IPv4, too.
fn reaches(listener: &Listener, ip: IpAddr) -> bool {
    let own = listener.address.ip();
    own == ip || (own.is_unspecified() && (own.is_ipv6() || ip.is_ipv4()))
}

#[cfg(test)]
mod tests {
    use super::super::scene::{facts, told, unit};
    use super::*;

    fn with(sockets: &[(&str, &str)]) -> Vec<String> {
        let mut facts = facts();
        let listener = |&(unit, address): &(&str, &str)| Listener {
            address: address.parse().unwrap(),
            unit: Some(unit.to_owned()),
            program: "p".to_owned(),
        };
        facts.listeners = Ok(sockets.iter().map(listener).collect());
        let known = &mut facts.units.as_mut().unwrap().known;
        known.insert("early.service".to_owned(), unit(&[]));
        known.insert("late.service".to_owned(), unit(&["vrrp.service"]));
        told(&judge(&facts))
    }

    #[test]
    fn a_protected_unit_on_the_addresses_or_on_all_is_well() {
        assert_eq!(with(&[("nginx.service", "192.0.2.10:80"), ("nginx.service", "[2001:db8::10]:80")]), [""; 0]);
        assert_eq!(with(&[("nginx.service", "[::]:80")]), [""; 0]);
        assert_eq!(with(&[]), [""; 0]);
    }

    #[test]
    fn a_unit_that_may_bind_too_early_is_told() {
        let found = with(&[("early.service", "192.0.2.10:81")]);
        assert!(
            found[0].starts_with("trouble: early.service listens on 192.0.2.10:81 and does not start after vrrp"),
            "{found:?}"
        );
        let found = with(&[("late.service", "192.0.2.10:81")]);
        assert!(
            found[0].starts_with("advice: late.service listens on 192.0.2.10:81 and is not protected"),
            "{found:?}"
        );
    }

    #[test]
    fn a_program_of_no_service_is_told_and_a_socket_unit_is_none() {
        let found = with(&[("session-1.scope", "192.0.2.10:81"), ("init.scope", "192.0.2.10:82")]);
        assert_eq!(
            found,
            ["advice: p listens on 192.0.2.10:81, and no service runs it: nothing starts it at boot, or watches it"]
        );
    }

    #[test]
    fn a_protected_unit_that_clients_do_not_reach_is_told() {
        let elsewhere = with(&[("nginx.service", "127.0.0.1:80")]);
        assert_eq!(
            elsewhere,
            [
                "trouble: nginx.service listens on 127.0.0.1:80, and not on 192.0.2.10 and 2001:db8::10: clients there are refused"
            ]
        );
        let half = with(&[("nginx.service", "0.0.0.0:80")]);
        assert!(
            half.len() == 1
                && half[0].starts_with("advice: nginx.service listens on 0.0.0.0:80, and not on 2001:db8::10")
        );
    }
}
