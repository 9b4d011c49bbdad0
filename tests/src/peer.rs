//! VRRP routers on the switch: ours, Debian's keepalived and FRR's vrrpd.

mod frr;
mod keepalived;
mod vrrpd;

pub use frr::Frr;
pub use keepalived::Keepalived;
pub use vrrpd::Vrrpd;

use std::net::IpAddr;

/// What a peer is to take part in. Both families share the VRID and make two virtual routers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Router {
    /// 2 or 3.
    pub version: u8,
    /// The link that it is on. FRR's is `eth0`.
    pub interface: &'static str,
    /// Virtual router identifier, 1 to 255.
    pub vrid: u8,
    /// 1 to 255.
    pub priority: u8,
    /// Advertisement interval in centiseconds; whole seconds with version 2.
    pub interval: u16,
    /// Addresses of one family; for IPv6 the first should be link-local.
    pub addresses: Vec<IpAddr>,
    /// Whether it uses the virtual MAC. FRR always does.
    pub virtual_mac: bool,
    /// Whether it takes over from a Master of lower priority.
    pub preempt: bool,
    /// The other routers, with unicast instead of the group. FRR has no unicast.
    pub peers: Vec<IpAddr>,
    /// What it sends from to `peers`; its choice if there is none.
    pub source: Option<IpAddr>,
    /// How it authenticates, with version 2. FRR does not.
    pub auth: Option<Auth>,
}

/// How version 2 authenticates (RFC 2338).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// By this password, of at most eight characters.
    Password(&'static str),
    /// By the authentication header, with this secret.
    Ah(&'static str),
}

impl Router {
    /// VRRPv3 with the interface's MAC, an advertisement a second, preempting.
    pub fn new(vrid: u8, priority: u8, addresses: &[&str]) -> anyhow::Result<Self> {
        let addresses = addresses.iter().map(|address| address.parse());
        Ok(Self {
            version: 3,
            interface: "eth0",
            vrid,
            priority,
            interval: 100,
            addresses: addresses.collect::<Result<_, _>>()?,
            virtual_mac: false,
            preempt: true,
            peers: Vec::new(),
            source: None,
            auth: None,
        })
    }
}

/// A virtual router's state, as the peers know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not started, or stopped.
    Init,
    /// Listens to a Master.
    Backup,
    /// Serves the addresses.
    Master,
}
