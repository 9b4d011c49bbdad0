//! Announcements: who answers for an address, and who is a router, told to everybody on a link.

use std::io;
use std::net::{IpAddr, Ipv6Addr};

use vrrp::wire::{arp, neighbor, router};

use crate::frames::Frames;

/// Sends gratuitous ARP, unsolicited neighbour advertisements and router advertisements.
pub(crate) struct Announcer {
    frames: Frames,
    frame: Vec<u8>,
}

impl Announcer {
    /// Opens the one socket that serves every link.
    ///
    /// # Errors
    /// `EPERM` without CAP_NET_RAW.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { frames: Frames::new()?, frame: Vec::new() })
    }

    /// Announces once that `mac` answers for `address` on the link with that index.
    ///
    /// # Errors
    /// The kernel's, with its number: `ENETDOWN` if the link is down, `ENXIO` or `ENODEV` if there is none.
    pub(crate) fn announce(&mut self, link: u32, mac: [u8; 6], address: IpAddr) -> io::Result<()> {
        match address {
            IpAddr::V4(address) => arp::gratuitous(mac, address, &mut self.frame),
            IpAddr::V6(address) => neighbor::unsolicited(mac, address, &mut self.frame),
        }
        self.frames.send(link, &self.frame)
    }

    /// Tells the hosts on a link once that `source`, which `mac` answers for, is their router.
    ///
    /// # Errors
    /// As those of [`announce`](Self::announce), and `EMSGSIZE` if the link's MTU is below 1280.
    pub(crate) fn advertise_router(
        &mut self,
        link: u32,
        mac: [u8; 6],
        source: Ipv6Addr,
        content: &router::Advertisement,
    ) -> io::Result<()> {
        router::advertisement(mac, source, content, &mut self.frame);
        self.frames.send(link, &self.frame)
    }
}

#[cfg(test)]
mod tests;
