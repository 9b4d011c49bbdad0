//! The units that follow from the instances: which files systemd finds, and what is in them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use vrrp::config::check::{Needs, Outline};
use vrrp::config::{Effect, UnitName};

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A file with this text.
    Text(Cow<'static, str>),
    /// A symbolic link to this path.
    Link(&'static str),
}

const DAEMON: &str = "/usr/lib/systemd/system/vrrp.service";
const INSTANCE: &str = "/usr/lib/systemd/system/vrrp@.service";
const NOTIFY: &str = "/usr/lib/systemd/system/vrrp-notify.service";
/// Who vrrp.service runs as.
pub(crate) const OWN_USER: &str = "vrrp";

/// A file's text below what tells where it comes from.
macro_rules! text {
    ($($text:literal),+) => {
        concat!("# vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).\n", $($text),+)
    };
}

/// The drop-in of a unit that binds to a virtual address: every address can be bound once vrrp.service is up.
const AFTER_DAEMON: &str = text!("[Unit]\nWants=vrrp.service\nAfter=vrrp.service\n");

/// The drop-in of the daemon that lets it run programs as other users, and kill them.
const BECOMING_OTHERS: &str = text!(
    "[Service]\nAmbientCapabilities=CAP_KILL CAP_SETGID CAP_SETUID\n",
    "CapabilityBoundingSet=CAP_KILL CAP_SETGID CAP_SETUID\nSystemCallFilter=@setuid\n"
);

/// Gives the units of all instances with their paths below a directory of units, each path once.
///
/// No path leaves that directory: the names of instances and units have no `/`.
pub(crate) fn units(outlines: &[Outline]) -> Vec<(String, Content)> {
    let mut units = Vec::with_capacity(outlines.len() * 4);
    if !outlines.is_empty() {
        // The daemon holds the addresses of every instance that is configured, enabled or not.
        units.push(("multi-user.target.wants/vrrp.service".to_owned(), Content::Link(DAEMON)));
    }
    if outlines.iter().any(|outline| outline.needs.notices) {
        units.push(("vrrp.service.wants/vrrp-notify.service".to_owned(), Content::Link(NOTIFY)));
    }
    let mut bound = HashSet::new();
    let mut daemon = BTreeMap::new();
    for outline in outlines {
        let instance = ["vrrp@", outline.name.as_str(), ".service"].concat();
        if !outline.protect.is_empty() {
            units.push(([&instance, ".d/50-protect.conf"].concat(), Content::Text(protect(outline).into())));
        }
        for protection in outline.protect.iter().filter(|protection| binds(&protection.unit)) {
            let unit = protection.unit.as_str();
            if bound.insert(unit) {
                units.push(([unit, ".d/50-vrrp.conf"].concat(), Content::Text(AFTER_DAEMON.into())));
            }
        }
        daemon.extend(of_daemon(&outline.needs));
        if outline.enabled {
            for wanting in wanted_by(outline) {
                units.push(([wanting, ".wants/", &instance].concat(), Content::Link(INSTANCE)));
            }
        }
    }
    let daemon = daemon.into_iter().map(|(file, text)| (format!("vrrp.service.d/{file}"), Content::Text(text.into())));
    units.extend(daemon);
    units
}

/// The drop-in of an instance's unit: what has to be active for it, and what it starts after.
///
/// `Requisite=` with `StopPropagatedFrom=` rather than `BindsTo=`: see `ARCHITECTURE.md`.
fn protect(outline: &Outline) -> String {
    let mut text = text!("[Unit]\n").to_owned();
    for protection in &outline.protect {
        let keys: &[&str] = match protection.effect {
            Effect::Backup => &["Requisite=", "After=", "StopPropagatedFrom="],
            Effect::Fault | Effect::Weight(_) => &["After="],
        };
        for key in keys {
            text.extend([key, protection.unit.as_str(), "\n"]);
        }
    }
    text
}

/// The drop-ins of the daemon itself: what its unit leaves out as long as no condition needs it.
fn of_daemon(needs: &Needs) -> Vec<(&'static str, &'static str)> {
    let mut files = Vec::new();
    if needs.processes {
        files.push(("50-processes.conf", text!("[Service]\nProtectProc=default\n")));
    }
    if needs.scripts {
        // They must not be scheduled as the daemon is, whose policy a fork inherits.
        files.push(("50-scripts.conf", text!("[Service]\nSystemCallFilter=sched_setscheduler\n")));
    }
    if !needs.users.iter().all(|user| user == OWN_USER) {
        files.push(("50-script-users.conf", BECOMING_OTHERS));
    }
    files
}

/// What starts an instance: each unit without which it may not run, or else the boot.
fn wanted_by(outline: &Outline) -> BTreeSet<&str> {
    let backup = outline.protect.iter().filter(|protection| protection.effect == Effect::Backup);
    let units: BTreeSet<&str> = backup.map(|protection| protection.unit.as_str()).collect();
    match units.is_empty() {
        true => BTreeSet::from(["multi-user.target"]),
        false => units,
    }
}

/// Tells whether a unit may bind to an address and can start after vrrp.service.
///
/// What vrrp.service itself starts after cannot: the bus, and systemd's own services of early boot.
fn binds(unit: &UnitName) -> bool {
    let name = unit.as_str();
    let before_daemon = name.starts_with("systemd-") || name.starts_with("dbus.") || name.starts_with("dbus-broker.");
    (name.ends_with(".service") || name.ends_with(".socket")) && !before_daemon
}
