//! Virtual MAC addresses where something outside this host may not let them through.

use crate::doctor::Finding;
use crate::doctor::facts::{Facts, Subject};

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let subjects: Vec<&Subject> =
        facts.subjects.iter().filter(|one| one.is_virtual() && one.instance.enabled).collect();
    if subjects.is_empty() {
        return Vec::new();
    }
    match &facts.probed {
        Some(probed) => probed
            .iter()
            .map(|one| {
                let (family, name) = (one.family, &one.instance);
                let link = subjects.iter().find(|subject| subject.name() == name).map(|subject| subject.link());
                let finding = match &one.outcome {
                    Ok((target, true)) => Finding::well(format!(
                        "{target} answered to the virtual MAC address of {family}: frames to it arrive here"
                    )),
                    Ok((target, false)) => Finding::trouble(format!(
                        "{target} did not answer to the virtual MAC address of {family}: it is down, or a hypervisor or switch drops frames \
                         from or to that address"
                    ))
                    .remedy(format!(
                        "ping {target}; if that works, allow further MAC addresses on the port ({}), or vrrpadm modify {name} --mac interface",
                        allowed(facts)
                    )),
                    Err(why) => Finding::unseen(format!("{family}: {why}")),
                };
                let finding = finding.of(name);
                link.into_iter().fold(finding, |finding, link| finding.on(link))
            })
            .collect(),
        None => subjects.iter().map(|subject| unasked(facts, subject).of(subject.name()).on(subject.link())).collect(),
    }
}

/// What can be said without asking anybody.
fn unasked(facts: &Facts, subject: &Subject) -> Finding {
    let name = subject.name();
    match &facts.virtualization {
        Ok(Some(kind)) => Finding::advice(format!(
            "this host is a virtual one ({kind}), and such hosts often get no frames for another MAC address than their own; nobody was asked \
             whether the virtual one works"
        ))
        .remedy(format!("vrrpadm doctor {name} --probe, as root on the Master; {}", allowed(facts))),
        Ok(None) => Finding::unseen("whether switches let the virtual MAC address through: vrrpadm doctor --probe asks, as root on the Master"),
        Err(why) => Finding::unseen(why.clone()),
    }
}

/// The setting that lets them through, by the kind of hypervisor.
fn allowed(facts: &Facts) -> &'static str {
    match facts.virtualization.as_ref().ok().and_then(|kind| kind.as_deref()) {
        Some("vmware") => "VMware: accept forged transmits and MAC address changes on the port group, or MAC learning",
        Some("microsoft") => "Hyper-V: MacAddressSpoofing on",
        Some("oracle") => "VirtualBox: promiscuous mode \"allow all\"",
        Some("kvm" | "qemu") => {
            "libvirt: no filter clean-traffic or no-mac-spoofing, trustGuestRxFilters='yes'; OpenStack: allowed address pairs"
        }
        Some("amazon" | "google") => {
            "clouds let none through: use mac = \"interface\" with peers, or the cloud's own addresses"
        }
        _ => "port security, MAC spoofing protection",
    }
}

#[cfg(test)]
mod tests {
    use vrrp::id::Family;

    use super::super::scene::{facts, told};
    use super::*;
    use crate::doctor::probe::Probed;

    #[test]
    fn nothing_is_proven_but_by_an_answer() {
        let mut facts = facts();
        facts.virtualization = Ok(Some("kvm".to_owned()));
        assert_eq!(judge(&facts), [], "the link's own MAC address needs nothing");
        facts.subjects[0].instance.mac = "virtual".to_owned();
        assert!(told(&judge(&facts))[0].starts_with("advice: this host is a virtual one (kvm)"));
        facts.virtualization = Ok(None);
        assert!(told(&judge(&facts))[0].starts_with("not looked: "));
        let target = "192.0.2.254".parse().unwrap();
        let mut with = |outcome| {
            facts.probed = Some(vec![Probed { instance: "web".to_owned(), family: Family::V4, outcome }]);
            told(&judge(&facts)).remove(0)
        };
        assert!(with(Ok((target, true))).starts_with("ok: 192.0.2.254 answered"));
        assert!(with(Ok((target, false))).starts_with("trouble: 192.0.2.254 did not answer"));
        assert_eq!(with(Err("nobody is known".to_owned())), "not looked: IPv4: nobody is known");
    }
}
