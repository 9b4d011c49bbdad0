//! The D-Bus messages of the watcher: what it sends, and what it understands.

use std::collections::HashMap;
use std::num::NonZeroU32;

use vrrp::conditions::UnitState;
use zbus::message::{Flags, Type};
use zbus::names::UniqueName;
use zbus::{DynamicType, Message, OwnedObjectPath, Variant};

const BUS: &str = "org.freedesktop.DBus";
const SYSTEMD: &str = "org.freedesktop.systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// What the bus is to pass on: who systemd is, its units' properties, the end of a daemon-reload. A bus allows a
/// connection a few hundred rules, so one serves all units.
pub(super) const MATCHES: [&str; 3] = [
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',\
     arg0='org.freedesktop.systemd1'",
    "type='signal',sender='org.freedesktop.systemd1',interface='org.freedesktop.DBus.Properties',\
     member='PropertiesChanged',path_namespace='/org/freedesktop/systemd1/unit',arg0='org.freedesktop.systemd1.Unit'",
    "type='signal',sender='org.freedesktop.systemd1',interface='org.freedesktop.systemd1.Manager',member='Reloading'",
];

/// Asks the bus to pass on what matches `rule`.
pub(super) fn add_match(rule: &str) -> zbus::Result<Message> {
    to_bus("AddMatch", &rule)
}

/// Asks the bus who systemd is.
pub(super) fn owner() -> zbus::Result<Message> {
    to_bus("GetNameOwner", &SYSTEMD)
}

/// Asks systemd for its signals; without it, it sends none.
pub(super) fn subscribe() -> zbus::Result<Message> {
    to_systemd("Subscribe", &())
}

/// Asks systemd for the states of `units`, which loads those that are not loaded and resolves aliases.
pub(super) fn list(units: &[String]) -> zbus::Result<Message> {
    to_systemd("ListUnitsByNames", &(units,))
}

/// Asks systemd for the cgroup of the unit with this path; nothing if units of its kind have none.
pub(super) fn cgroup(path: &str) -> Option<zbus::Result<Message>> {
    let interface = match path.rsplit_once("_2e")?.1 {
        "service" => "org.freedesktop.systemd1.Service",
        "scope" => "org.freedesktop.systemd1.Scope",
        "slice" => "org.freedesktop.systemd1.Slice",
        "socket" => "org.freedesktop.systemd1.Socket",
        "mount" => "org.freedesktop.systemd1.Mount",
        "swap" => "org.freedesktop.systemd1.Swap",
        _ => return None,
    };
    let call = Message::method_call(path, "Get")
        .destination(SYSTEMD)
        .interface(PROPERTIES)
        .with_flags(Flags::NO_AUTO_START)
        .build(&(interface, "ControlGroup"));
    Some(call)
}

fn to_bus<B: serde::Serialize + DynamicType>(member: &str, body: &B) -> zbus::Result<Message> {
    Message::method_call("/org/freedesktop/DBus", member).destination(BUS).interface(BUS).build(body)
}

// A bus that finds no systemd is not to start one: its service file runs /bin/false.
fn to_systemd<B: serde::Serialize + DynamicType>(member: &str, body: &B) -> zbus::Result<Message> {
    Message::method_call("/org/freedesktop/systemd1", member)
        .destination(SYSTEMD)
        .interface(MANAGER)
        .with_flags(Flags::NO_AUTO_START)
        .build(body)
}

/// A message as the watcher understands it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The answer to a call.
    Answer { call: NonZeroU32 },
    /// The error that a call ended with.
    Refusal { call: NonZeroU32, error: String, text: String },
    /// Systemd came to the bus under this name, or left it.
    Owner(Option<String>),
    /// A daemon-reload is over.
    Reloaded,
    /// A unit's state, by the path of its primary name.
    Changed { path: String, state: UnitState },
    /// Anything else.
    Other,
}

/// Understands a message. Any program on the bus can send a signal straight to us, so only the bus and systemd, which
/// is `owner`, are believed.
pub(super) fn understand(message: &Message, owner: Option<&str>) -> Heard {
    let header = message.header();
    let sender = header.sender().map(UniqueName::as_str);
    match (message.message_type(), header.reply_serial()) {
        (Type::MethodReturn, Some(call)) => Heard::Answer { call },
        (Type::Error, Some(call)) => Heard::Refusal {
            call,
            error: header.error_name().map(ToString::to_string).unwrap_or_default(),
            text: message.body().deserialize::<&str>().unwrap_or_default().to_owned(),
        },
        (Type::Signal, _) if sender == Some(BUS) => owner_changed(message),
        (Type::Signal, _) if sender.is_some() && sender == owner => signal(message),
        (Type::Signal | Type::MethodCall | Type::MethodReturn | Type::Error, _) => Heard::Other,
    }
}

fn owner_changed(message: &Message) -> Heard {
    let is_member = message.header().member().is_some_and(|member| member.as_str() == "NameOwnerChanged");
    match message.body().deserialize::<(&str, &str, &str)>() {
        Ok((SYSTEMD, _, "")) if is_member => Heard::Owner(None),
        Ok((SYSTEMD, _, owner)) if is_member => Heard::Owner(Some(owner.to_owned())),
        Ok(_) | Err(_) => Heard::Other,
    }
}

fn signal(message: &Message) -> Heard {
    let header = message.header();
    let name = (header.interface().map(|name| name.as_str()), header.member().map(|name| name.as_str()));
    match name {
        (Some(MANAGER), Some("Reloading")) => match message.body().deserialize::<bool>() {
            Ok(false) => Heard::Reloaded,
            Ok(true) | Err(_) => Heard::Other,
        },
        (Some(PROPERTIES), Some("PropertiesChanged")) => {
            let body = message.body();
            let Ok((UNIT, values, _)) = body.deserialize::<(&str, HashMap<&str, Variant<'_>>, Vec<&str>)>() else {
                return Heard::Other;
            };
            match (header.path(), values.get("ActiveState")) {
                (Some(path), Some(Variant::Str(state))) => {
                    Heard::Changed { path: path.to_string(), state: UnitState::from_name(state) }
                }
                _ => Heard::Other,
            }
        }
        _ => Heard::Other,
    }
}

/// Reads the answer to [`owner`].
pub(super) fn owner_of(answer: &Message) -> Option<String> {
    answer.body().deserialize::<&str>().ok().map(ToOwned::to_owned)
}

/// Reads the answer to [`cgroup`]; nothing while the unit has none.
pub(super) fn cgroup_of(answer: &Message) -> Option<String> {
    let body = answer.body();
    match body.deserialize::<Variant<'_>>() {
        Ok(Variant::Str(cgroup)) if !cgroup.is_empty() => Some(cgroup.to_string()),
        Ok(_) | Err(_) => None,
    }
}

/// Reads the answer to [`list`]: path and state in the order of the names asked for; `None` if it is none.
pub(super) fn listed(answer: &Message) -> Option<Vec<(String, UnitState)>> {
    // Name, description, load state, active state, sub state, followed unit, path, then the job's number, type and path.
    type Row<'a> =
        (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str, OwnedObjectPath, u32, &'a str, OwnedObjectPath);
    let body = answer.body();
    let rows = body.deserialize::<Vec<Row<'_>>>().ok()?;
    Some(rows.into_iter().map(|row| (row.6.to_string(), UnitState::from_name(row.3))).collect())
}
