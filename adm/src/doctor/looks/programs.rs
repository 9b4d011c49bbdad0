//! Other programs that claim what the instances claim.

use crate::doctor::Finding;
use crate::doctor::facts::speakers::Speaker;
use crate::doctor::facts::{Facts, Subject};

use super::with;

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    with(&facts.speakers, |speakers| {
        // Of a host that does not run there are files, and no processes.
        let mut found: Vec<Finding> = facts.offline.clone().map(Finding::unseen).into_iter().collect();
        for speaker in speakers {
            if let (Some(why), Some(file)) = (&speaker.unread, &speaker.file) {
                let what = format!("what {} claims is not known: {file}: {why}", speaker.name);
                found.push(Finding::unseen(what).remedy(format!("vrrpadm import {file} --diff")));
                continue;
            }
            let shared: Vec<Finding> = facts.subjects.iter().filter_map(|subject| shared(speaker, subject)).collect();
            if let (Some(pid), true, false) = (speaker.pid, shared.is_empty(), facts.subjects.is_empty()) {
                let (name, file) = (speaker.name, speaker.file.as_deref().unwrap_or("its configuration"));
                let what = format!(
                    "{name} runs, too (process {pid}): as far as {file} tells, it has no VRID and no address of these instances"
                );
                found.push(Finding::advice(what).remedy(format!("see that it stays so, or stop {name}")));
            }
            found.extend(shared);
        }
        found
    })
}

/// Says what a program shares with an instance.
fn shared(speaker: &Speaker, subject: &Subject) -> Option<Finding> {
    let (link, vrid) = (subject.link(), subject.instance.vrid);
    let same_router =
        |(other, number): &(Option<String>, u8)| *number == vrid && other.as_ref().is_none_or(|other| other == link);
    let address = speaker.addresses.iter().find(|ip| subject.owns(**ip));
    let router = speaker.routers.iter().any(same_router);
    let what = match (address, router) {
        (Some(ip), _) => format!("claims {ip}"),
        (None, true) => format!("has VRID {vrid} on {link}"),
        (None, false) => return None,
    };
    let name = speaker.name;
    let file = speaker.file.as_ref().map(|file| format!(", by {file}")).unwrap_or_default();
    let service = match name {
        "FRR" => "frr.service".to_owned(),
        name => format!("{}.service", name.to_lowercase()),
    };
    let finding = match speaker.pid {
        Some(pid) => Finding::trouble(format!("{name} runs (process {pid}) and {what}, too{file}"))
            .remedy(format!("systemctl disable --now {service}, or take that out of its configuration")),
        None => {
            Finding::advice(format!("{name} does not run now, but {what}, too{file}: together they make two Masters"))
                .remedy(format!("systemctl mask {service}, or take that out of its configuration"))
        }
    };
    Some(finding.of(subject.name()).on(link))
}

#[cfg(test)]
mod tests {
    use super::super::scene::{facts, told};
    use super::*;

    fn keepalived(vrid: u8, address: &str) -> Speaker {
        Speaker {
            name: "keepalived",
            pid: Some(7),
            file: Some("/etc/keepalived/keepalived.conf".to_owned()),
            unread: None,
            routers: vec![(Some("eth0".to_owned()), vrid)],
            addresses: vec![address.parse().unwrap()],
        }
    }

    #[test]
    fn what_is_shared_is_told_and_what_is_not_is_advice() {
        let with = |speaker: Speaker| {
            let mut facts = facts();
            facts.speakers = Ok(vec![speaker]);
            told(&judge(&facts))
        };
        assert_eq!(
            with(keepalived(51, "192.0.2.99")),
            ["trouble: keepalived runs (process 7) and has VRID 51 on eth0, too, by /etc/keepalived/keepalived.conf"]
        );
        assert_eq!(
            with(keepalived(7, "192.0.2.10")),
            ["trouble: keepalived runs (process 7) and claims 192.0.2.10, too, by /etc/keepalived/keepalived.conf"]
        );
        assert!(with(keepalived(7, "192.0.2.99"))[0].starts_with("advice: keepalived runs, too"));
        assert!(
            with(Speaker { pid: None, ..keepalived(51, "192.0.2.99") })[0]
                .starts_with("advice: keepalived does not run now")
        );
        assert_eq!(with(Speaker { pid: None, ..keepalived(7, "192.0.2.99") }), [""; 0]);
        let unread = Speaker { unread: Some("a block has no end".to_owned()), ..keepalived(51, "192.0.2.10") };
        assert!(with(unread)[0].starts_with("not looked: what keepalived claims is not known: /etc/keepalived"));
        let elsewhere = Speaker { routers: vec![(Some("eth1".to_owned()), 51)], ..keepalived(7, "192.0.2.99") };
        assert!(with(elsewhere)[0].starts_with("advice"));
    }
}
