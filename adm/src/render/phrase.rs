//! An instance's state in a phrase, and whether it is well.

use vrrp::status::{Conflict, Instance, State, Status};

use super::{BAD, DOUBTFUL, GOOD, PLAIN};
use anstyle::Style;

/// Tells whether an instance runs in a daemon. One that does not is only what the files say.
pub(crate) const fn runs(instance: &Instance) -> bool {
    instance.since > 0
}

/// Tells whether an instance is well: Master alone, a Backup that hears and may take over, or disabled by its configuration. What it is to
/// hold must be held, too. Of one that does not run nothing bad is known.
pub(crate) fn is_well(instance: &Instance) -> bool {
    let placed = match instance.state {
        State::Master => conflict(instance).is_none(),
        State::Backup => !instance.barred && !is_filtered(instance),
        State::Init | State::Fault => false,
    };
    !instance.enabled || !runs(instance) || (placed && !lacks_hold(instance))
}

/// Tells whether something on this host takes away the advertisements that an instance is to hear.
fn is_filtered(instance: &Instance) -> bool {
    instance.routers.iter().any(|router| router.filtered_by.is_some())
}

/// The other host that answers for an address of a Master.
fn conflict(instance: &Instance) -> Option<&Conflict> {
    instance.routers.iter().find_map(|router| router.conflict.as_ref())
}

/// Tells whether services here cannot bind an address that they should be able to bind.
pub(crate) fn lacks_hold(instance: &Instance) -> bool {
    runs(instance) && instance.hold == "address" && !instance.held
}

/// Tells whether a daemon and all its instances are well.
pub(crate) fn all_well(status: &Status) -> bool {
    let daemon = &status.daemon;
    daemon.problems.is_empty() && status.instances.iter().all(is_well)
}

/// What an instance is and why, to be said after its name: `is Backup, barred: http.service is inactive`.
pub(crate) fn is_what(instance: &Instance) -> String {
    let reason = &instance.reason;
    match instance.state {
        State::Init if !instance.enabled => "is disabled".to_owned(),
        State::Init if !runs(instance) => format!("is configured: {reason}"),
        State::Init => format!("is not set up yet: {reason}"),
        State::Backup if instance.barred => format!("is Backup, barred: {reason}"),
        State::Backup => format!("is Backup: {reason}"),
        State::Master => format!("is Master: {reason}"),
        State::Fault => format!("is in Fault: {reason}"),
    }
}

/// Why an instance is what it is, beside its state.
pub(crate) fn why(instance: &Instance) -> String {
    if instance.enabled && !runs(instance) {
        return String::new();
    }
    let reason = if instance.barred { format!("barred: {}", instance.reason) } else { instance.reason.clone() };
    match conflict(instance) {
        _ if instance.enabled && lacks_hold(instance) => format!("{reason} (its addresses are not all held)"),
        Some(Conflict { address, mac, .. }) => format!("{reason} ({mac} answers for {address} too)"),
        None => reason,
    }
}

/// The style that tells at a glance how an instance is.
pub(crate) fn style(instance: &Instance) -> Style {
    match instance.state {
        _ if !instance.enabled => PLAIN,
        State::Fault => BAD,
        _ if !is_well(instance) => DOUBTFUL,
        State::Master => GOOD,
        State::Init | State::Backup => PLAIN,
    }
}

/// Why the system refuses something, without the number that it has for it.
pub(crate) fn refusal(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Counts things: `1 problem`, `2 problems`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}
