//! The units that follow from the instances: which files systemd finds, and what is in them.

use std::collections::{BTreeMap, BTreeSet};

use vrrp::config::check::{Needs, Outline};
use vrrp::config::{Effect, UnitName};

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A file with this text.
    Text(String),
    /// A symbolic link to this path.
    Link(&'static str),
}

const DAEMON: &str = "/usr/lib/systemd/system/vrrp.service";
const INSTANCE: &str = "/usr/lib/systemd/system/vrrp@.service";
/// Who vrrp.service runs as.
const OWN_USER: &str = "vrrp";
const HEADER: &str = "# vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).\n";

/// Gives the units of all instances, by their paths below a directory of units.
///
/// No path leaves that directory: the names of instances and units have no `/`.
pub(crate) fn units(outlines: &[Outline]) -> BTreeMap<String, Content> {
    let mut units = BTreeMap::new();
    for outline in outlines {
        let instance = format!("vrrp@{}.service", outline.name);
        // The daemon holds the addresses of every instance that is configured, enabled or not.
        units.insert("multi-user.target.wants/vrrp.service".to_owned(), Content::Link(DAEMON));
        if !outline.protect.is_empty() {
            units.insert(format!("{instance}.d/50-protect.conf"), Content::Text(protect(outline)));
        }
        for protection in outline.protect.iter().filter(|protection| binds(&protection.unit)) {
            units.insert(format!("{}.d/50-vrrp.conf", protection.unit), Content::Text(after_daemon()));
        }
        for (file, text) in of_daemon(&outline.needs) {
            units.insert(format!("vrrp.service.d/{file}"), Content::Text(text));
        }
        if outline.enabled {
            for wanting in wanted_by(outline) {
                units.insert(format!("{wanting}.wants/{instance}"), Content::Link(INSTANCE));
            }
        }
    }
    units
}

/// The drop-in of an instance's unit: what has to be active for it, and what it starts after.
///
/// `Requisite=` with `StopPropagatedFrom=` rather than `BindsTo=`: see `ARCHITECTURE.md`.
fn protect(outline: &Outline) -> String {
    let mut text = format!("{HEADER}[Unit]\n");
    for protection in &outline.protect {
        let unit = &protection.unit;
        let lines = match protection.effect {
            Effect::Backup => format!("Requisite={unit}\nAfter={unit}\nStopPropagatedFrom={unit}\n"),
            Effect::Fault | Effect::Weight(_) => format!("After={unit}\n"),
        };
        text.push_str(&lines);
    }
    text
}

/// The drop-in of a unit that binds to a virtual address: every address can be bound once vrrp.service is up.
fn after_daemon() -> String {
    format!("{HEADER}[Unit]\nWants=vrrp.service\nAfter=vrrp.service\n")
}

/// The drop-ins of the daemon itself: what its unit leaves out as long as no condition needs it.
fn of_daemon(needs: &Needs) -> Vec<(&'static str, String)> {
    let mut files = Vec::new();
    if needs.processes {
        files.push(("50-processes.conf", format!("{HEADER}[Service]\nProtectProc=default\n")));
    }
    if needs.scripts {
        // They must not be scheduled as the daemon is, whose policy a fork inherits.
        files.push(("50-scripts.conf", format!("{HEADER}[Service]\nSystemCallFilter=sched_setscheduler\n")));
    }
    if !needs.users.iter().all(|user| user == OWN_USER) {
        files.push(("50-script-users.conf", becoming_others()));
    }
    files
}

/// The drop-in of the daemon that lets it run programs as other users, and kill them.
fn becoming_others() -> String {
    let capabilities = "CAP_KILL CAP_SETGID CAP_SETUID";
    format!(
        "{HEADER}[Service]\nAmbientCapabilities={capabilities}\nCapabilityBoundingSet={capabilities}\n\
         SystemCallFilter=@setuid\n"
    )
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
