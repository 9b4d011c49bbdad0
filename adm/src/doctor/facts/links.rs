//! Links, what they are to bridges, and the addresses on them.

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::{Interface, InterfaceFlags, if_nameindex};

use super::Seen;

/// Where the kernel tells of links.
const SYS: &str = "/sys/class/net";

/// A link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link {
    /// Whether it is up.
    pub(crate) up: bool,
    /// Whether it has a carrier; nothing is known of one that is down.
    pub(crate) carrier: Option<bool>,
    /// The bridge or bond of which it is a port.
    pub(crate) upper: Option<String>,
    /// What it is as a bridge, if it is one.
    pub(crate) bridge: Option<Bridge>,
}

/// A bridge of this host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bridge {
    /// Whether it forwards multicast to who asked for it alone.
    pub(crate) snoops: bool,
    /// Whether it asks.
    pub(crate) asks: bool,
}

/// An address of this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Its link.
    pub(crate) link: String,
    /// The address.
    pub(crate) ip: IpAddr,
    /// The length of its prefix.
    pub(crate) prefix: u8,
}

/// Reads all links.
pub(crate) fn links() -> Seen<BTreeMap<String, Link>> {
    let all = getifaddrs().map_err(|error| format!("the links cannot be listed: {error}"))?;
    let ports = ports().is_ok();
    let mut links = BTreeMap::new();
    for entry in all {
        let flags = entry.flags;
        links.entry(entry.interface_name).or_insert_with_key(|name| {
            let up = flags.contains(InterfaceFlags::IFF_UP);
            let mut link =
                Link { up, carrier: up.then(|| flags.contains(InterfaceFlags::IFF_LOWER_UP)), ..Link::default() };
            if ports {
                look_at_port(&mut link, &Path::new(SYS).join(name));
            }
            link
        });
    }
    Ok(links)
}

/// Tells whether /sys can be asked for bridges and their ports: it belongs to the network namespace in which it was mounted.
pub(crate) fn ports() -> Seen<()> {
    let names = if_nameindex().map_err(|error| format!("the links cannot be listed: {error}"))?;
    let is_here = |interface: &Interface| {
        let directory = Path::new(SYS).join(&*interface.name().to_string_lossy());
        number(&directory.join("ifindex")) == Some(interface.index().into())
    };
    if names.iter().all(is_here) {
        return Ok(());
    }
    Err("bridges and their ports: /sys is that of another network namespace, as in containers and with nsenter --net"
        .to_owned())
}

fn look_at_port(link: &mut Link, directory: &Path) {
    let bridge = |setting: &str| directory.join("bridge").join(setting);
    link.upper = fs::read_link(directory.join("master")).ok().as_deref().and_then(name);
    link.bridge = number(&bridge("multicast_snooping"))
        .map(|snoops| Bridge { snoops: snoops == 1, asks: number(&bridge("multicast_querier")) == Some(1) });
}

fn name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// Reads all addresses.
pub(crate) fn addresses() -> Seen<Vec<Address>> {
    let all = getifaddrs().map_err(|error| format!("the addresses cannot be listed: {error}"))?;
    let mut addresses = Vec::new();
    for entry in all {
        let (Some(address), Some(mask)) = (entry.address, entry.netmask) else { continue };
        let found = match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
            (Some(four), _) => {
                mask.as_sockaddr_in().map(|mask| (IpAddr::V4(four.ip()), mask.ip().to_bits().leading_ones()))
            }
            (_, Some(six)) => {
                mask.as_sockaddr_in6().map(|mask| (IpAddr::V6(six.ip()), mask.ip().to_bits().leading_ones()))
            }
            (None, None) => None,
        };
        let Some((ip, prefix)) = found else { continue };
        addresses.push(Address { link: entry.interface_name, ip, prefix: u8::try_from(prefix).unwrap_or(u8::MAX) });
    }
    Ok(addresses)
}
