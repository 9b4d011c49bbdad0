//! What systemd knows of a unit.

use std::collections::HashMap;

use vrrp::conditions::UnitState;
use zbus::OwnedVariant;

pub(super) type Properties = HashMap<String, OwnedVariant>;

/// Whether systemd could read a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// It is there.
    Loaded,
    /// There is no file for it.
    NotFound,
    /// It is masked.
    Masked,
    /// Its file is wrong, or any other word of systemd.
    Bad(String),
}

/// A unit, or the place where one could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Its primary name.
    pub(crate) id: String,
    /// All its names, aliases among them.
    pub(crate) names: Vec<String>,
    /// Whether it could be read.
    pub(crate) load: Load,
    /// Its ActiveState.
    pub(crate) active: UnitState,
    /// A service's type, such as `oneshot`; none for any other unit.
    pub(crate) service_type: Option<String>,
    /// Whether a oneshot service stays active without a process.
    pub(crate) remains: bool,
    /// What it starts after.
    pub(crate) after: Vec<String>,
    /// What starts after it.
    pub(crate) before: Vec<String>,
    /// What starts it on demand, such as a socket.
    pub(crate) triggered_by: Vec<String>,
    /// How its file is enabled, such as `enabled` or `static`; empty where it has none.
    pub(crate) file_state: String,
    /// What starts it: the units that want or require it.
    pub(crate) wanted_by: Vec<String>,
    /// Whether its files have changed since systemd read them.
    pub(crate) stale: bool,
    /// The files that add to its own.
    pub(crate) drop_ins: Vec<String>,
    /// A service's scheduling policy, by the kernel's number.
    pub(crate) policy: Option<i32>,
    /// When a service's main process started, in microseconds of the realtime and of the monotonic clock.
    pub(crate) started: Option<(u64, u64)>,
}

impl Unit {
    /// Reads a unit's properties, and those of the service that it is.
    pub(super) fn new(unit: &Properties, service: Option<&Properties>) -> Option<Self> {
        let word = |name: &str| text(unit, name);
        let list = |name: &str| -> Option<Vec<String>> { unit.get(name)?.try_clone().ok()?.try_into().ok() };
        // What mere questions about a unit leave out.
        let names = |name: &str| list(name).unwrap_or_default();
        let clock = |name: &str| -> Option<u64> { service?.get(name)?.try_into().ok().filter(|&time| time > 0) };
        let remains = || -> Option<bool> { service?.get("RemainAfterExit")?.try_into().ok() };
        Some(Self {
            id: word("Id")?,
            names: list("Names")?,
            load: match word("LoadState")?.as_str() {
                "loaded" => Load::Loaded,
                "not-found" => Load::NotFound,
                "masked" => Load::Masked,
                other => Load::Bad(other.to_owned()),
            },
            active: UnitState::from_name(&word("ActiveState")?),
            service_type: service.and_then(|service| text(service, "Type")),
            remains: remains().unwrap_or_default(),
            after: list("After")?,
            before: list("Before")?,
            triggered_by: list("TriggeredBy")?,
            file_state: word("UnitFileState")?,
            wanted_by: [names("WantedBy"), names("RequiredBy")].concat(),
            stale: unit.get("NeedDaemonReload").and_then(|stale| stale.try_into().ok()).unwrap_or_default(),
            drop_ins: names("DropInPaths"),
            policy: service.and_then(|service| service.get("CPUSchedulingPolicy")?.try_into().ok()),
            started: clock("ExecMainStartTimestamp").zip(clock("ExecMainStartTimestampMonotonic")),
        })
    }
}

#[cfg(test)]
impl Unit {
    /// A unit that is there and active, and enabled by multi-user.target.
    pub(crate) fn active(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            names: vec![id.to_owned()],
            load: Load::Loaded,
            active: UnitState::Active,
            service_type: None,
            remains: false,
            after: Vec::new(),
            before: Vec::new(),
            triggered_by: Vec::new(),
            file_state: "enabled".to_owned(),
            wanted_by: vec!["multi-user.target".to_owned()],
            stale: false,
            drop_ins: Vec::new(),
            policy: None,
            started: None,
        }
    }
}

fn text(properties: &Properties, name: &str) -> Option<String> {
    let text: &str = properties.get(name)?.try_into().ok()?;
    Some(text.to_owned())
}
