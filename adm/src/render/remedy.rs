//! What would change how an instance is: commands where there are some, else what has to happen.

use vrrp::status::{Condition, Instance, Router, State};

use super::phrase::runs;
use super::time::interval;

/// What would change how an instance is, the nearest first.
pub(super) fn remedies(instance: &Instance) -> Vec<String> {
    let name = &instance.name;
    let mut found: Vec<String> = Vec::new();
    match instance.state {
        _ if !instance.enabled => found.push(format!("vrrpadm enable {name}")),
        _ if !runs(instance) => found.push("systemctl start vrrp.service".to_owned()),
        _ if instance.away.is_some() => found.push(format!("vrrpadm resign {name} --undo")),
        State::Fault => found.extend(failing(instance, "fault")),
        State::Backup if instance.barred => found.extend(barred(instance)),
        State::Backup => found.extend(listening(instance)),
        State::Master => found.extend(leading(instance)),
        State::Init => {}
    }
    found.extend(instance.routers.iter().filter_map(unfiltered));
    let mut once = Vec::new();
    for remedy in found {
        if !once.contains(&remedy) {
            once.push(remedy);
        }
    }
    once
}

fn barred(instance: &Instance) -> Vec<String> {
    let unit = format!("vrrp@{}.service", instance.name);
    let mut found = failing(instance, "backup");
    if found.is_empty() && instance.reason.contains(&unit) {
        found.push(format!("systemctl start {unit}"));
    }
    found
}

/// What would mend the conditions with an effect that are bad.
fn failing(instance: &Instance, effect: &str) -> Vec<String> {
    let bad = instance.conditions.iter().filter(|one| one.effect == effect && one.standing != "good");
    bad.flat_map(|condition| mend(instance, condition)).collect()
}

fn mend(instance: &Instance, condition: &Condition) -> Vec<String> {
    let Condition { kind, watches, reason, .. } = condition;
    let link = if kind == "interface" { watches } else { instance.carrier() };
    if let Some((group, _)) = reason.strip_prefix("group ").and_then(|rest| rest.split_once(' ')) {
        return vec![format!("vrrpadm group show {group}, which tells of each link why it is not used")];
    }
    match kind.as_str() {
        "unit" if reason.contains("failed") => {
            vec![format!("systemctl start {watches}"), format!("systemctl status {watches}, which tells why it failed")]
        }
        "unit" => vec![format!("systemctl start {watches}")],
        _ if reason.contains("has no carrier") => {
            vec![format!("plug in the cable of {link}, or look at the port at its other end")]
        }
        "address" | "interface" if reason.contains("is down") => vec![format!("ip link set {link} up")],
        "address" if reason.contains("does not exist") => {
            vec![format!("vrrpadm modify {} --interface LINK, if it has another name: see ip link", instance.name)]
        }
        "address" if reason.contains("has no ") => {
            vec![format!("{link} gets an address to send from: see ip address show {link}")]
        }
        "address" => vec![reason.clone()],
        _ => vec![format!("{kind} {watches} has to be good")],
    }
}

/// How a Backup that listens becomes Master.
fn listening(instance: &Instance) -> Vec<String> {
    let Instance { name, effective_priority: own, .. } = instance;
    let heard = |router: &Router| Some((router.master.clone()?, router.master_priority?, router.master_down_interval));
    let Some((master, theirs, down)) = instance.routers.iter().find_map(heard) else {
        return Vec::new();
    };
    let mut found = vec![
        format!("vrrpadm resign {name}, on the host of {master}"),
        format!("{master} is silent for {}", interval(down)),
    ];
    // One more than the Master's, and what the weights take away.
    let enough = u16::from(theirs) + 1 + u16::from(instance.priority.saturating_sub(*own));
    if theirs >= *own && enough < 255 && instance.preempt {
        found.push(format!("vrrpadm modify {name} --priority {enough}, here"));
    } else if theirs < *own && !instance.preempt {
        found.push(format!(
            "vrrpadm modify {name} --preempt, here: its priority is higher, but it waits for the Master to leave"
        ));
    }
    found
}

/// How a Master is one no longer, and who disturbs it.
fn leading(instance: &Instance) -> Vec<String> {
    let conflict = |router: &Router| {
        let conflict = router.conflict.as_ref()?;
        Some(format!("{} is taken off the host with {}", conflict.address, conflict.mac))
    };
    let mut found: Vec<String> = instance.routers.iter().filter_map(conflict).collect();
    found.push(format!("vrrpadm resign {}, which hands it over", instance.name));
    if instance.effective_priority < 255 {
        found.push(format!("a router that preempts with a priority above {}", instance.effective_priority));
    }
    found
}

/// What has to let advertisements pass that this host takes away.
fn unfiltered(router: &Router) -> Option<String> {
    Some(match router.filtered_by.as_deref()? {
        "firewall" => "the firewall lets protocol 112 in: see nft list ruleset and iptables-save".to_owned(),
        "rp_filter" => "a route leads back to the Master through this link, or rp_filter is 2".to_owned(),
        "martian" => "the Master sends from an address that is not this host's, too".to_owned(),
        other => format!("what filters its advertisements lets them pass: {other}"),
    })
}
