//! What an operator reads: every message of the daemon that has a catalog entry, one function each.
//!
//! `journalctl -x` explains them; `units/systemd/catalog/vrrp.catalog` holds the explanations. What the network can bring
//! about is limited, instance by instance, so that nobody can fill a disk from outside.

use std::fmt::Display;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use tracing::{error, info, warn};
use vrrp::message_id as id;
use vrrp::wire::Discard;
use vrrp::wire::auth::{Detail, Refusal};

use limit::limited;

pub(crate) use groups::{group, member, moved, targets_sought};
pub(crate) use ipvs::{sync_daemon, sync_daemon_failed, sync_daemon_stopped};
pub(crate) use transitions::Transitions;

mod groups;
mod ipvs;
mod limit;
mod output;
mod transitions;

/// The most problems that are logged one by one; `vrrpadm check` shows them all.
const PROBLEMS: usize = 20;

/// Sends messages to the journal if standard error leads there, else to standard error.
pub(crate) fn start() {
    output::start();
}

/// The daemon is there.
pub(crate) fn starting() {
    info!(MESSAGE_ID = id::STARTING, "vrrpd {} starts", env!("CARGO_PKG_VERSION"));
}

/// The daemon leaves, and resigns. `keep_holds` if another one follows that cannot go on where it stopped.
pub(crate) fn stopping(keep_holds: bool) {
    match keep_holds {
        true => info!(MESSAGE_ID = id::STOPPING, "stopping for a restart: resigning, addresses stay held"),
        false => info!(MESSAGE_ID = id::STOPPING, "stopping: resigning and releasing every address"),
    }
}

/// The daemon leaves everything as it is to the next one.
pub(crate) fn leaving(same_process: bool) {
    match same_process {
        true => {
            info!(MESSAGE_ID = id::STOPPING, "making room for the program that is installed now: nothing is given up")
        }
        false => info!(MESSAGE_ID = id::STOPPING, "stopping for a restart: nothing is given up"),
    }
}

/// What a former daemon left cannot be gone on with.
pub(crate) fn not_resumed(reason: &str) {
    warn!(MESSAGE_ID = id::NOT_RESUMED, "every instance starts anew: {reason}");
}

/// Some of the former daemon's Masters start anew.
pub(crate) fn too_late(masters: usize, resumed: usize, silence: Duration) {
    info!(
        MESSAGE_ID = id::TOO_LATE,
        "going on with {resumed} of {masters} Masters: the others are configured otherwise, or might have been replaced in the \
         {:.3} s since the former daemon's last sign of life",
        silence.as_secs_f64()
    );
}

/// What the next daemon is to go on with cannot be written.
pub(crate) fn not_saved(error: &io::Error) {
    warn!(
        MESSAGE_ID = id::NOT_SAVED,
        "the state cannot be written to the runtime directory: {error}; after a crash every instance starts anew"
    );
}

/// The program that is installed does not replace the one that runs.
pub(crate) fn not_replaced(reason: &str) {
    error!(MESSAGE_ID = id::NOT_REPLACED, "vrrpd {} goes on running: {reason}", env!("CARGO_PKG_VERSION"));
}

/// The daemon cannot go on.
pub(crate) fn failed(error: &anyhow::Error) {
    // The alternate form is the whole chain of causes on one line.
    error!(MESSAGE_ID = id::FAILED, "vrrpd cannot go on: {error:#}");
}

/// Every address can be bound.
pub(crate) fn held(addresses: usize) {
    info!(MESSAGE_ID = id::HELD, "services can bind, addresses held: {addresses}");
}

/// Some address cannot be bound.
pub(crate) fn hold_failed(reason: &str) {
    error!(MESSAGE_ID = id::HOLD_FAILED, "services may be unable to bind: {reason}");
}

/// A Master cannot own its addresses.
pub(crate) fn claim_failed(instance: &str, reason: &str) {
    limited(id::CLAIM_FAILED, instance, |left_out| {
        error!(
            MESSAGE_ID = id::CLAIM_FAILED,
            VRRP_INSTANCE = instance,
            "{instance}: its addresses cannot be claimed: {reason}{left_out}"
        );
    });
}

/// Another program undid something, and it was done again.
pub(crate) fn undone(text: &str) {
    limited(id::UNDONE, "", |left_out| warn!(MESSAGE_ID = id::UNDONE, "{text}{left_out}"));
}

/// Another program undoes something again and again.
pub(crate) fn fight(text: &str) {
    error!(MESSAGE_ID = id::FIGHT, "a fight with another program: {text}");
}

/// Packets of instances could not be sent, all for one reason.
pub(crate) fn send_failed(instances: &[&str], error: &dyn Display) {
    match instances {
        [instance] => {
            limited(id::SEND_FAILED, instance, |left_out| {
                let text = format!("{instance}: sending failed: {error}{left_out}");
                warn!(MESSAGE_ID = id::SEND_FAILED, VRRP_INSTANCE = instance, "{text}");
            });
        }
        instances => {
            limited(id::SEND_FAILED, "", |left_out| {
                let names = instances.join(" ");
                let text = format!("{} instances: sending failed: {error}{left_out}", instances.len());
                warn!(MESSAGE_ID = id::SEND_FAILED, VRRP_INSTANCES = names, "{text}");
            });
        }
    }
}

/// A packet that came for an instance was discarded.
pub(crate) fn discarded(instance: &str, reason: Discard) {
    limited(id::DISCARDED, instance, |left_out| {
        warn!(
            MESSAGE_ID = id::DISCARDED,
            VRRP_INSTANCE = instance,
            VRRP_DISCARD = reason.name(),
            "{instance}: discarded a packet: {}{left_out}",
            reason.name()
        );
    });
}

/// A host's advertisements for an instance are not authentic; the caller tells each host and reason once.
pub(crate) fn not_authentic(instance: &str, source: IpAddr, refusal: &Refusal) {
    let reason = refusal.discard.name();
    let detail = match refusal.detail {
        Detail::None => String::new(),
        Detail::Key(_) | Detail::Clock(_) => format!(" ({})", refusal.detail),
    };
    warn!(
        MESSAGE_ID = id::NOT_AUTHENTIC,
        VRRP_INSTANCE = instance,
        VRRP_DISCARD = reason,
        VRRP_SOURCE = %source,
        "{instance}: what {source} sends is discarded: {reason}{detail}"
    );
}

/// Another host answers for an address while this one is Master.
pub(crate) fn conflict(instance: &str, address: IpAddr, mac: &str) {
    limited(id::CONFLICT, instance, |left_out| {
        warn!(
            MESSAGE_ID = id::CONFLICT,
            VRRP_INSTANCE = instance,
            VRRP_ADDRESS = address.to_string(),
            VRRP_MAC = mac,
            "{instance}: another host, {mac}, answers for {address}{left_out}"
        );
    });
}

/// The configuration is wrong and nothing of it was applied.
pub(crate) fn problems(problems: &[String]) {
    error!(
        MESSAGE_ID = id::PROBLEMS,
        "the configuration is not applied, problems: {}; vrrpadm check shows them",
        problems.len()
    );
    for problem in problems.iter().take(PROBLEMS) {
        error!(MESSAGE_ID = id::PROBLEM, "{problem}");
    }
}

/// The configuration was applied.
pub(crate) fn reloaded(added: u32, removed: u32, changed: u32) {
    info!(MESSAGE_ID = id::RELOADED, "configuration applied: {added} added, {removed} removed, {changed} changed");
}

/// The configuration that was applied could not be kept for the next start.
pub(crate) fn not_remembered(state_dir: &Path, error: &io::Error) {
    warn!(
        MESSAGE_ID = id::NOT_REMEMBERED,
        "the applied configuration cannot be kept in {}: {error}; a start with a broken file would hold nothing",
        state_dir.display()
    );
}

/// A host is heard on a heartbeat that was not before.
pub(crate) fn heartbeat_heard(heartbeat: &str, interface: &str, address: IpAddr) {
    limited(id::HEARTBEAT_HEARD, heartbeat, |left_out| {
        info!(MESSAGE_ID = id::HEARTBEAT_HEARD, "heartbeat {heartbeat}: {address} is heard on {interface}{left_out}");
    });
}

/// A host is not heard on a heartbeat any more.
pub(crate) fn heartbeat_silent(heartbeat: &str, interface: &str, address: IpAddr, silence: Duration) {
    limited(id::HEARTBEAT_SILENT, heartbeat, |left_out| {
        warn!(
            MESSAGE_ID = id::HEARTBEAT_SILENT,
            "heartbeat {heartbeat}: {address} has not been heard on {interface} for {} s{left_out}",
            silence.as_secs()
        );
    });
}

/// A heartbeat cannot be sent, or can again.
pub(crate) fn heartbeat_trouble(heartbeat: &str, trouble: Option<&str>) {
    limited(id::HEARTBEAT_TROUBLE, heartbeat, |left_out| match trouble {
        Some(trouble) => warn!(MESSAGE_ID = id::HEARTBEAT_TROUBLE, "heartbeat {heartbeat}: {trouble}{left_out}"),
        None => info!(MESSAGE_ID = id::HEARTBEAT_TROUBLE, "heartbeat {heartbeat} is sent again{left_out}"),
    });
}

/// Nobody can tell the state of units.
pub(crate) fn units_unknown(reason: &str) {
    warn!(MESSAGE_ID = id::UNITS_UNKNOWN, "protected instances are barred, no unit can be watched: {reason}");
}

/// The state of every unit is known.
pub(crate) fn units_following(units: usize) {
    info!(MESSAGE_ID = id::UNITS_FOLLOWING, "watching {units} units");
}
