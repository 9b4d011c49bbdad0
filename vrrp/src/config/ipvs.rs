//! `[ipvs]`: the kernel's load balancer, whose connections are synchronized as an instance moves.

use std::net::{IpAddr, Ipv4Addr};

use super::entries::Entry;
use super::field::{Field, Given, Reader};
use super::interface::link_beyond;
use super::problem::Finding;
use super::suggest::{Names, nearest};
use super::tables::member;
use super::text::Shown;
use super::value::Content;
use super::written::Written;
use super::{Config, InstanceName, LinkName, address};

/// The keys of `[ipvs]`.
pub(crate) const KEYS: [&str; 1] = ["sync_daemon"];
/// The keys of the sync daemon.
const DAEMON_KEYS: [&str; 7] = ["interface", "instance", "id", "maxlen", "group", "port", "ttl"];

const EXAMPLE: &str = "sync_daemon = { interface = \"eth1\", instance = \"inst1\" }";
/// The longest message that is asked for: every daemon can receive as much, and with UDP over IPv6 it fits in a packet.
const LONGEST: u16 = 65_487;
/// The least that the kernel lets a backup receive.
const SHORTEST: u16 = 1024;

/// The connection sync daemon of the kernel's IPVS, which is its master while an instance is Master, else its backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncDaemon {
    /// The link that connections are told over.
    pub interface: LinkName,
    /// The instance that it follows.
    pub instance: InstanceName,
    /// What tells it from other pairs on the link; a backup with 0 takes from all. 0 to 255.
    pub id: u8,
    /// The longest message in bytes, 1024 to 65487; without it what the kernel chooses by the link's MTU.
    pub maxlen: Option<u16>,
    /// The multicast group.
    pub group: IpAddr,
    /// The UDP port.
    pub port: u16,
    /// The TTL or hop limit of what is sent; 1 stays on the link.
    pub ttl: u8,
}

impl SyncDaemon {
    /// The group that the kernel has where none is named.
    pub const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 81));
    /// The port that the kernel has where none is named.
    pub const PORT: u16 = 8848;
    /// The TTL that the kernel has where none is named.
    pub const TTL: u8 = 1;
}

/// Puts the sync daemon together for a configuration that has its instances.
pub(crate) fn finish(written: &Written, config: &Config, findings: &mut Vec<Finding>) -> Option<SyncDaemon> {
    let table = &written.ipvs;
    let heading = table.headings.first()?;
    let names = Names::new(written.instances.keys().map(String::as_str));
    let mut reader = Reader { table, heading: "ipvs", instance: None, findings };
    let unknown = table.items.iter().filter(|(name, item)| !KEYS.contains(&name.as_str()) && !item.unreadable);
    for (name, item) in unknown {
        let shown = Shown::new(name);
        let message = match nearest(name, KEYS) {
            Some(near) => format!("{shown} is unknown: did you mean {near}?"),
            None if DAEMON_KEYS.contains(&name.as_str()) => {
                format!("{shown} is a key of the sync daemon: write [ipvs.sync_daemon] above it, or {EXAMPLE}")
            }
            None => format!("{shown} is unknown: the key is {}", KEYS.join(", ")),
        };
        reader.findings.push(Finding::new(item.key.clone(), message));
    }
    let daemon = reader.key("sync_daemon", |given| sync_daemon(given, &names, config));
    if matches!(daemon, Field::Absent) && table.items.is_empty() && !table.broken && !heading.unreadable {
        let message = format!("[ipvs] lacks sync_daemon: add, for example, {EXAMPLE}");
        findings.push(Finding::new(heading.whole.clone(), message));
    }
    daemon.given().map(|(daemon, _)| daemon.clone())
}

fn sync_daemon(given: &mut Given<'_>, names: &Names<'_>, config: &Config) -> Option<SyncDaemon> {
    let value = given.value;
    let keys = match &value.content {
        Content::Table(keys) => keys,
        Content::Text(_) | Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) => {
            return given.wrong(&format!("is {}: write a table, {EXAMPLE}", value.kind()));
        }
    };
    let mut entry = Entry { given, spot: &value.spot, keys };
    let mut good = entry.knows(&DAEMON_KEYS);
    let interface = entry
        .key("interface", |given| link_beyond(given, "is the loopback: name the link that leads to the other host"));
    let instance = entry.key("instance", |given| instance(given, names));
    let lacking = [("interface", matches!(interface, Field::Absent)), ("instance", matches!(instance, Field::Absent))];
    for (name, _) in lacking.into_iter().filter(|(_, lacks)| *lacks) {
        good = false;
        entry.wrong_at::<()>(entry.spot, format!("sync_daemon lacks {name}: write, for example, {EXAMPLE}"));
    }
    let id = entry.key("id", |given| given.number("is no sync id: use 0 to 255", 51, Some::<u8>));
    let maxlen = entry.key("maxlen", |given| {
        let what = format!("is no length of a message: use {SHORTEST} to {LONGEST} bytes");
        given.number(&what, 1472, |length: u16| (SHORTEST..=LONGEST).contains(&length).then_some(length))
    });
    let group = entry.key("group", |given| given.read("224.0.0.81", multicast));
    let port = entry.key("port", |given| {
        given.number("is no port: use 1 to 65535", SyncDaemon::PORT, |port: u16| (port > 0).then_some(port))
    });
    let ttl = entry.key("ttl", |given| {
        given.number("is no TTL: use 1 to 255", SyncDaemon::TTL.into(), |ttl: u8| (ttl > 0).then_some(ttl))
    });
    good.then_some(())?;
    let (instance, _) = instance.given()?;
    // Of an instance that is wrong otherwise enough has been said: what is made of the rest does not count.
    let vrid = config.instances.get(instance).map_or(0, |instance| instance.vrid.get());
    Some(SyncDaemon {
        interface: interface.given()?.0.clone(),
        instance: instance.clone(),
        id: id.value_or(vrid)?,
        maxlen: maxlen.map(Some).value_or(None)?,
        group: group.value_or(SyncDaemon::GROUP)?,
        port: port.value_or(SyncDaemon::PORT)?,
        ttl: ttl.value_or(SyncDaemon::TTL)?,
    })
}

/// Reads the name of an instance that there is.
fn instance(given: &mut Given<'_>, names: &Names<'_>) -> Option<InstanceName> {
    let name = given.text("inst1")?;
    member(name, names, "name another one").map_err(|message| given.wrong_at::<()>(&given.value.spot, message)).ok()
}

/// Reads a multicast group, or says what is wrong with it.
fn multicast(text: &str) -> Result<IpAddr, String> {
    match address::ip(text)? {
        group if group.is_multicast() => Ok(group),
        other => Err(format!("{other} is no multicast group: use one such as {}", SyncDaemon::GROUP)),
    }
}
