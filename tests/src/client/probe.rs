//! The question "who has this address?", as a client with an empty cache asks it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::capture::{Arp, ArpOperation, Capture, Frame, NeighborKind, Payload, Socket};
use crate::host::{Host, Nic};

impl Host {
    /// Asks by ARP or ND, to everybody, who has `address`; returns the hosts whose answer `wire` saw within `window`, sorted.
    ///
    /// # Errors
    /// The question cannot be sent.
    pub fn ask(&self, wire: &Capture, address: IpAddr, window: Duration) -> Result<Vec<String>> {
        who_has(self, wire, address, window)
    }
}

pub(super) fn who_has(host: &Host, wire: &Capture, address: IpAddr, window: Duration) -> Result<Vec<String>> {
    let nic = host.nics().first().context("the client has no NIC")?;
    let mac = octets(nic.mac())?;
    let question = match address {
        IpAddr::V4(target) => request(mac, own_v4(nic)?, target),
        IpAddr::V6(target) => solicitation(mac, own_v6(nic)?, target),
    };
    let before = wire.all(|frame| answers(frame, address)).len();
    host.network().enter(|| {
        Socket::sender(nic.name())?.send(&question)?;
        Ok(())
    })?;
    // Every answer counts, also a second one: the whole window has to pass.
    let _none_else = wire.none(window, "", |_| false);
    let mut hosts: Vec<String> = wire
        .all(|frame| answers(frame, address))
        .iter()
        .skip(before)
        .filter_map(|frame| Some(frame.port.rsplit_once('-')?.0.to_owned()))
        .collect();
    hosts.sort();
    hosts.dedup();
    Ok(hosts)
}

fn answers(frame: &Frame, address: IpAddr) -> bool {
    match &frame.payload {
        Payload::Arp(Arp { operation: ArpOperation::Reply, sender, target, .. }) => {
            IpAddr::V4(*sender) == address && sender != target
        }
        Payload::Neighbor(neighbor) => {
            matches!(neighbor.kind, NeighborKind::Advertisement { solicited: true, .. })
                && IpAddr::V6(neighbor.target) == address
        }
        Payload::Arp(_) | Payload::Vrrp(_) | Payload::Ip(..) | Payload::Other(_) => false,
    }
}

fn request(mac: [u8; 6], own: Ipv4Addr, target: Ipv4Addr) -> Vec<u8> {
    let mut frame = [&[0xff; 6][..], &mac, &[0x08, 0x06]].concat();
    frame.extend([0, 1, 8, 0, 6, 4, 0, 1]);
    frame.extend(mac);
    frame.extend(own.octets());
    frame.extend([0; 6]);
    frame.extend(target.octets());
    frame
}

/// A neighbour solicitation to the solicited-node group (RFC 4861 section 4.3).
fn solicitation(mac: [u8; 6], own: Ipv6Addr, target: Ipv6Addr) -> Vec<u8> {
    let last = &target.octets()[13..];
    let group = [&[0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff][..], last].concat();
    let mut message = [&[135, 0, 0, 0, 0, 0, 0, 0][..], &target.octets(), &[1, 1], &mac].concat();
    let length = u8::try_from(message.len()).unwrap_or_default();
    let pseudo = [&own.octets()[..], &group, &[0, 0, 0, length, 0, 0, 0, 58]].concat();
    let sum = checksum(&[pseudo, message.clone()].concat());
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    let mut frame = [&[0x33, 0x33, 0xff][..], last, &mac, &[0x86, 0xdd]].concat();
    frame.extend([0x60, 0, 0, 0, 0, length, 58, 255]);
    frame.extend(own.octets());
    frame.extend(group);
    frame.extend(message);
    frame
}

fn checksum(octets: &[u8]) -> u16 {
    let words = octets.chunks(2).map(|pair| match *pair {
        [high, low] => u32::from(u16::from_be_bytes([high, low])),
        [high] => u32::from(high) << 8,
        _ => 0,
    });
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

fn own_v4(nic: &Nic) -> Result<Ipv4Addr> {
    own(nic, |address| address.parse().ok()).context("the client has no IPv4 address")
}

fn own_v6(nic: &Nic) -> Result<Ipv6Addr> {
    own(nic, |address| address.parse().ok()).context("the client has no IPv6 address")
}

fn own<T>(nic: &Nic, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    nic.addresses().iter().find_map(|address| parse(address.split('/').next()?))
}

fn octets(mac: &str) -> Result<[u8; 6]> {
    let octets: Vec<u8> = mac.split(':').map(|octet| u8::from_str_radix(octet, 16)).collect::<Result<_, _>>()?;
    match octets.try_into() {
        Ok(octets) => Ok(octets),
        Err(_) => bail!("{mac} is no MAC"),
    }
}
