//! What the daemon tells of itself and the tool shows. Each field is a promise. What the tool makes of it, such as `vrrpadm why --json`,
//! is its own.
//!
//! Times are microseconds since 1970 (realtime), intervals are milliseconds. A field that is `null` is not known or does not apply.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config;
use crate::machine::Kind;
use crate::wire::auth::{Mode, Window};

pub use self::group::{Group, GroupMember, GroupTarget};
pub use self::transition::Transition;
pub use crate::state::State;

mod group;
mod transition;

/// Everything that a daemon knows of its instances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Status {
    /// The daemon.
    pub daemon: Daemon,
    /// The instances in the order of their names.
    pub instances: Vec<Instance>,
    /// The interface groups in the order of their names.
    #[serde(default)]
    pub groups: Vec<Group>,
}

/// The daemon as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Daemon {
    /// Its version.
    pub version: String,
    /// When it started.
    pub started: u64,
    /// One line for a person.
    pub summary: String,
    /// What is wrong with the configuration that it was last told to read, a line each; empty if it was applied.
    pub problems: Vec<String>,
    /// Why units cannot be watched, if they cannot.
    pub units_unknown: Option<String>,
    /// Other programs that undo what the daemon does again and again, a line each.
    #[serde(default)]
    pub fights: Vec<String>,
    /// Discards that belong to no instance, by reason.
    pub discards: BTreeMap<String, u64>,
    /// The heartbeats in the order of their names.
    pub heartbeats: Vec<Heartbeat>,
}

/// A further link on which instances are advertised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Heartbeat {
    /// Its name.
    pub name: String,
    /// Its link.
    pub interface: String,
    /// Why it cannot be sent, if it cannot.
    pub trouble: Option<String>,
    /// Who is heard on it, or was, in the order of their addresses.
    pub peers: Vec<HeartbeatPeer>,
    /// Heartbeats sent.
    pub sent: u64,
    /// Heartbeats received.
    pub received: u64,
    /// Sends that the kernel refused.
    pub send_errors: u64,
    /// Discarded heartbeats by reason.
    pub discards: BTreeMap<String, u64>,
}

/// A host that sends heartbeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HeartbeatPeer {
    /// Its address on the heartbeat's link.
    pub address: String,
    /// When it was heard last.
    pub heard: u64,
    /// Whether that is so short ago that it is there.
    pub present: bool,
}

impl From<Kind> for State {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Init => Self::Init,
            Kind::Backup => Self::Backup,
            Kind::Master => Self::Master,
            Kind::Fault => Self::Fault,
        }
    }
}

/// That an instance was made to resign and stays away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Away {
    /// When it ends; without it, when no other host serves.
    pub until: Option<u64>,
    /// Whether it stays away where nobody else serves.
    pub forced: bool,
}

/// One instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: State,
    /// Whether it is a Backup that may not take over.
    pub barred: bool,
    /// Why it is in this state, in words.
    pub reason: String,
    /// When it entered this state.
    pub since: u64,
    /// How many transitions it has gone through since the daemon started, or it was added.
    #[serde(default)]
    pub transitions: u64,
    /// That it was made to resign, as long as that holds.
    pub away: Option<Away>,
    /// Whether it serves on what it has resigned.
    pub draining: bool,
    /// Its link, or `group:NAME`.
    pub interface: String,
    /// The link that carries it, if one does: its own, or a member of its group.
    #[serde(default)]
    pub link: Option<String>,
    /// Its virtual router identifier.
    pub vrid: u8,
    /// Its protocol version, 2 or 3.
    pub version: u8,
    /// Its virtual addresses that are advertised, with their prefix lengths.
    pub addresses: Vec<String>,
    /// Those that move with them and are in no advertisement.
    #[serde(default)]
    pub unadvertised: Vec<String>,
    /// The routes that are there while it is Master, in the words of `ip route`.
    #[serde(default)]
    pub virtual_routes: Vec<String>,
    /// The rules that are there while it is Master, in the words of `ip rule`.
    #[serde(default)]
    pub virtual_rules: Vec<String>,
    /// Its priority as configured.
    pub priority: u8,
    /// Its priority with all weights.
    pub effective_priority: u8,
    /// Whether it deposes a Master of lower priority.
    pub preempt: bool,
    /// Its advertisement interval in milliseconds.
    pub advert_interval: u32,
    /// Whether its Master drops packets to its addresses, as `accept = false` says; the address owner does not.
    #[serde(default)]
    pub drops: bool,
    /// For how long, in seconds, hosts take its Master for their IPv6 default router; none without router advertisements.
    #[serde(default)]
    pub router_lifetime: Option<u32>,
    /// `interface` or `virtual`.
    pub mac: String,
    /// `address`, `freebind` or `none`.
    pub hold: String,
    /// Whether every address can be bound by a service here.
    pub held: bool,
    /// How long its addresses stay on the link when its daemon dies or hangs, in milliseconds.
    #[serde(default)]
    pub lease: Option<u32>,
    /// How its advertisements are authenticated, if they are.
    pub auth: Option<Auth>,
    /// Whether the configuration enables it.
    pub enabled: bool,
    /// The sync daemon of IPVS, where it follows this instance.
    #[serde(default)]
    pub sync_daemon: Option<SyncDaemon>,
    /// What it protects.
    pub protects: Vec<Unit>,
    /// What is watched for it: its own links first, then what it protects and tracks.
    pub conditions: Vec<Condition>,
    /// Its virtual routers, one a family.
    pub routers: Vec<Router>,
}

impl Instance {
    /// The link that carries it; where none does, what it is configured for.
    #[must_use]
    pub fn carrier(&self) -> &str {
        self.link.as_deref().unwrap_or(&self.interface)
    }

    /// All of its virtual addresses with their prefix lengths, advertised or not.
    pub fn virtual_addresses(&self) -> impl Iterator<Item = &str> {
        self.addresses.iter().chain(&self.unadvertised).map(String::as_str)
    }
}

/// The connection sync daemon of the kernel's IPVS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SyncDaemon {
    /// The link that connections are told over.
    pub interface: String,
    /// Its sync id.
    pub id: u8,
    /// What runs: `master`, `backup`, or `none`; `unknown` until the kernel was asked.
    pub state: String,
    /// When that began, or was first seen; `null` while it is not known.
    pub since: Option<u64>,
    /// Why it is not what it is to be, if it is not.
    pub trouble: Option<String>,
}

/// How an instance authenticates. Nothing here is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Auth {
    /// `password`, `ah` or `hmac-sha256`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `receive-only`, `permissive` or `enforce`; the last for what has no modes.
    pub mode: String,
    /// The identifiers of the keys that are accepted; empty for what has none.
    pub keys: Vec<u8>,
    /// The identifier of the key that is sent with.
    pub send: Option<u8>,
    /// How far the clocks of the hosts may be apart, in milliseconds; `null` where that does not count.
    pub window: Option<u32>,
}

impl Auth {
    /// Tells what an instance is configured to do.
    #[must_use]
    pub fn of(instance: &config::Instance) -> Option<Self> {
        let auth = instance.auth.as_ref()?;
        let mut told = Self { kind: auth.name().to_owned(), mode: Mode::Enforce.to_string(), ..Self::default() };
        if let config::Auth::Hmac { keys, send, mode, window } = auth {
            told.mode = mode.to_string();
            told.keys = keys.keys().map(|id| id.get()).collect();
            told.send = Some(send.get());
            told.window = match window.unwrap_or_else(|| config::Auth::usual_window(instance.advert_interval)) {
                Window::Within(window) => u32::try_from(window.as_millis()).ok(),
                Window::Unlimited => None,
            };
        }
        Some(told)
    }
}

/// A unit that decides about an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unit {
    /// Its name as configured.
    pub unit: String,
    /// `backup`, `fault` or a weight.
    pub effect: String,
    /// Its ActiveState, `frozen` while all of its processes are, or `unknown`.
    pub active_state: String,
}

/// Something that is watched for an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Condition {
    /// What kind of thing it is: `address`, `unit`, `interface`, `mii`, `route`, `script`, `http`, `tcp`, `process`, `file` or
    /// `group`.
    pub kind: String,
    /// Which one.
    pub watches: String,
    /// What follows while it is bad: `backup`, `fault` or a weight.
    pub effect: String,
    /// What it counts as: `good`, `bad` or `unknown`.
    pub standing: String,
    /// What made it count as that.
    pub reason: String,
    /// Since when it counts as that.
    pub since: Option<u64>,
    /// What was seen last.
    pub last_result: Option<String>,
    /// When it was seen.
    pub last_checked: Option<u64>,
}

/// One virtual router: a family of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Router {
    /// `IPv4` or `IPv6`.
    pub family: String,
    /// Its source address.
    pub primary: Option<String>,
    /// Who is Master as far as it knows: its own primary address or another's.
    pub master: Option<String>,
    /// That Master's priority.
    pub master_priority: Option<u8>,
    /// That Master's advertisement interval in milliseconds.
    pub master_advert_interval: Option<u32>,
    /// Master_Down_Interval in milliseconds.
    pub master_down_interval: u32,
    /// When its timer runs out: the Master_Down_Timer of a Backup, the Adver_Timer of a Master, or before that the end of a drain.
    #[serde(default)]
    pub timer: Option<u64>,
    /// Who was refused for want of authentication, and how last; at most 16 hosts.
    pub auth_refusals: Vec<AuthRefusal>,
    /// What takes away the advertisements that it is to hear: `firewall`, `rp_filter` or `martian`.
    pub filtered_by: Option<String>,
    /// Another host that answers for an address while this one is Master, if one did in the last half minute.
    pub conflict: Option<Conflict>,
    /// What was counted, by name.
    pub counters: Counters,
}

/// A host whose advertisements were not authentic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuthRefusal {
    /// The source address that it had; anybody can write one.
    pub source: String,
    /// Why its last advertisement was refused, by the name of the counter.
    pub reason: String,
    /// When that was.
    pub at: u64,
}

/// Another host that answers for a virtual address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conflict {
    /// The address.
    pub address: String,
    /// The MAC address that it gives for it.
    pub mac: String,
    /// When it was last seen.
    pub at: u64,
}

/// What a virtual router counts; the names follow RFC 8347 where it has one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counters {
    /// How often it became Master.
    pub master_transitions: u64,
    /// Advertisements sent, resignations included.
    pub advertisements_sent: u64,
    /// Advertisements received and accepted for processing, resignations included.
    pub advertisements_received: u64,
    /// Advertisements processed although they reached this host and not the daemon's socket, resignations included.
    pub advertisements_filtered: u64,
    /// How often another host was seen that goes on answering for an address.
    pub address_conflicts: u64,
    /// Resignations sent.
    pub priority_zero_sent: u64,
    /// Resignations received.
    pub priority_zero_received: u64,
    /// Gratuitous ARP and unsolicited neighbour advertisements sent.
    pub announcements_sent: u64,
    /// Router advertisements sent to IPv6 hosts.
    #[serde(default)]
    pub router_advertisements_sent: u64,
    /// Sends that the kernel refused.
    pub send_errors: u64,
    /// Accepted version 3 advertisements over IPv4 whose checksum included the pseudo-header.
    pub checksum_rfc5798: u64,
    /// Accepted version 3 advertisements over IPv4 whose checksum covered the message alone.
    pub checksum_rfc9568: u64,
    /// Accepted advertisements whose addresses differ from the configured ones.
    pub address_list_mismatches: u64,
    /// Accepted IPv6 advertisements whose first address is not link-local.
    pub first_not_link_local: u64,
    /// Accepted advertisements that were authentic.
    pub authenticated: u64,
    /// Accepted advertisements that were not authenticated, as `auth.mode` allows.
    pub unauthenticated: u64,
    /// Discarded packets by reason.
    pub discards: BTreeMap<String, u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After an upgrade the tool is newer than the daemon until that is started anew.
    #[test]
    fn what_a_daemon_does_not_count_yet_is_none() {
        let mut told = serde_json::to_value(Counters { advertisements_sent: 7, ..Counters::default() }).unwrap();
        told.as_object_mut().unwrap().remove("router_advertisements_sent").unwrap();
        let counters: Counters = serde_json::from_value(told).unwrap();
        assert_eq!((counters.advertisements_sent, counters.router_advertisements_sent), (7, 0));
    }
}
