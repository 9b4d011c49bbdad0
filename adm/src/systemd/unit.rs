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
}

impl Unit {
    /// Reads a unit's properties, and those of the service that it is.
    pub(super) fn new(unit: &Properties, service: Option<&Properties>) -> Option<Self> {
        let word = |name: &str| text(unit, name);
        let list = |name: &str| -> Option<Vec<String>> { unit.get(name)?.try_clone().ok()?.try_into().ok() };
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
        })
    }
}

fn text(properties: &Properties, name: &str) -> Option<String> {
    let text: &str = properties.get(name)?.try_into().ok()?;
    Some(text.to_owned())
}
