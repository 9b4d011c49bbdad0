//! Whether an answer to the virtual MAC address arrives: that of a neighbour who is asked from it.
//!
//! A hypervisor or a switch that lets a port have one MAC address alone drops what is sent to another one, and nothing on this
//! host tells. One answer proves that the way is open in both directions; the question is what every host asks before it sends.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant};

use nix::ifaddrs::getifaddrs;
use nix::libc;
use nix::sys::socket::{LinkAddr, MsgFlags, SockaddrLike as _, sendto};
use socket2::{Domain, SockFilter, Socket, Type};
use vrrp::id::{Family, Vrid};
use vrrp::status::State;
use vrrp::wire::{arp, neighbor};

use super::facts::{Seen, Subject};
use crate::wire::{EQUAL, LOAD, RETURN, open, receive, refused};

/// How often a neighbour is asked, and how long it may take to answer.
const TRIES: usize = 3;
const PATIENCE: Duration = Duration::from_millis(500);

const ICMPV6: u8 = 58;
const IPV6_HEADER: usize = 40;

/// A question, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Probed {
    /// The instance from whose address it was asked.
    pub(crate) instance: String,
    /// The family.
    pub(crate) family: Family,
    /// Who was asked and whether an answer came, or why nobody was asked.
    pub(crate) outcome: Seen<(IpAddr, bool)>,
}

/// Asks a neighbour of each Master with a virtual MAC address, once a family.
pub(crate) fn probe(subjects: &[Subject]) -> Vec<Probed> {
    let mut all = Vec::new();
    for subject in subjects.iter().filter(|subject| subject.is_virtual()) {
        for family in subject.families() {
            let outcome = ask(subject, family);
            all.push(Probed { instance: subject.name().to_owned(), family, outcome });
        }
    }
    all
}

fn ask(subject: &Subject, family: Family) -> Seen<(IpAddr, bool)> {
    if subject.instance.state != State::Master {
        return Err("only a Master may send from the virtual MAC address: run this on the Master".to_owned());
    }
    let link = subject.link();
    let own = subject.addresses.iter().map(|(ip, _)| *ip).find(|ip| Family::of(*ip) == family);
    let vrid = Vrid::new(subject.instance.vrid);
    let (Some(own), Some(vrid)) = (own, vrid) else { return Err("it has no address of this family".to_owned()) };
    let target = gateway(link, family).or_else(|| neighbour(link, family, subject)).ok_or_else(|| {
        format!(
            "nobody is known on {link} who could be asked: there is no default gateway of {family}, and no neighbour"
        )
    })?;
    let question = Question { mac: vrid.mac(family), own, target };
    let answered = question.put(link).map_err(|error| refused(&error))?;
    Ok((target, answered))
}

struct Question {
    mac: [u8; 6],
    own: IpAddr,
    target: IpAddr,
}

impl Question {
    fn put(&self, link: &str) -> io::Result<bool> {
        let mut frame = Vec::new();
        let (protocol, filter): (_, &[SockFilter]) = match (self.own, self.target) {
            (IpAddr::V4(own), IpAddr::V4(target)) => {
                arp::request(self.mac, own, target, &mut frame);
                (libc::ETH_P_ARP, &[SockFilter::new(RETURN, 0, 0, u32::MAX)])
            }
            (IpAddr::V6(own), IpAddr::V6(target)) => {
                neighbor::solicitation(self.mac, own, target, &mut frame);
                (libc::ETH_P_IPV6, &ICMPV6_ALONE)
            }
            (IpAddr::V4(_) | IpAddr::V6(_), _) => return Err(io::ErrorKind::InvalidInput.into()),
        };
        let ear = open(protocol, filter)?;
        let mouth = Socket::new(Domain::PACKET, Type::RAW, None)?;
        let to = address_of(link).ok_or(io::ErrorKind::NotFound)?;
        for _ in 0..TRIES {
            sendto(mouth.as_raw_fd(), &frame, &to, MsgFlags::empty())?;
            let deadline = Instant::now() + PATIENCE;
            while let Some((packet, _)) = receive(&ear, deadline)? {
                if self.is_answered(&packet) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn is_answered(&self, packet: &[u8]) -> bool {
        match (self.own, self.target) {
            (_, IpAddr::V4(target)) => arp::reply_to(self.mac, packet) == Some(target),
            (IpAddr::V6(own), IpAddr::V6(target)) => {
                let to_us = packet.get(24..IPV6_HEADER) == Some(&own.octets()[..]);
                let claimed = packet.get(IPV6_HEADER..).and_then(neighbor::claim);
                to_us && claimed.is_some_and(|(address, _)| address == target)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) => false,
        }
    }
}

const ICMPV6_ALONE: [SockFilter; 4] = [
    SockFilter::new(LOAD, 0, 0, 6),
    SockFilter::new(EQUAL, 0, 1, ICMPV6 as u32),
    SockFilter::new(RETURN, 0, 0, u32::MAX),
    SockFilter::new(RETURN, 0, 0, 0),
];

/// A link as packet sockets name it.
fn address_of(link: &str) -> Option<LinkAddr> {
    let all = getifaddrs().ok()?.filter(|entry| entry.interface_name == link);
    all.filter_map(|entry| entry.address).find_map(|address| {
        let link = address.as_link_addr()?;
        (link.family() == Some(nix::sys::socket::AddressFamily::Packet)).then_some(*link)
    })
}

/// The default gateway over a link.
fn gateway(link: &str, family: Family) -> Option<IpAddr> {
    match family {
        Family::V4 => {
            let routes = procfs::net::route().ok()?;
            let default = routes
                .into_iter()
                .find(|route| route.iface == link && route.destination.is_unspecified() && route.mask.is_unspecified());
            default.map(|route| route.gateway).filter(|gateway| !gateway.is_unspecified()).map(IpAddr::V4)
        }
        Family::V6 => gateway_v6(&fs::read_to_string("/proc/net/ipv6_route").ok()?, link).map(IpAddr::V6),
    }
}

/// Reads lines of destination, length, source, length, gateway, …, link.
fn gateway_v6(routes: &str, link: &str) -> Option<Ipv6Addr> {
    routes.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [destination, "00", _, _, gateway, .., name] = words.as_slice() else { return None };
        let gateway = Ipv6Addr::from(u128::from_str_radix(gateway, 16).ok()?);
        let default = destination.bytes().all(|digit| digit == b'0');
        (default && *name == link && !gateway.is_unspecified()).then_some(gateway)
    })
}

/// Somebody who has talked to this host of late: the table of IPv4 is a file, that of IPv6 is not.
fn neighbour(link: &str, family: Family, subject: &Subject) -> Option<IpAddr> {
    if let Some(peer) = subject.peers.iter().find(|peer| Family::of(**peer) == family && subject.is_near(**peer)) {
        return Some(*peer);
    }
    let known = match family {
        Family::V4 => procfs::net::arp().ok()?,
        Family::V6 => return None,
    };
    let complete =
        known.into_iter().find(|entry| entry.device == link && entry.hw_address.is_some_and(|mac| mac != [0; 6]));
    complete.map(|entry| IpAddr::V4(entry.ip_address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_of_a_link_is_found() {
        let zero = "0".repeat(32);
        let local = "fe800000000000000000000000000001";
        let line = |destination: &str, length: &str, gateway: &str, link: &str| {
            format!("{destination} {length} {zero} 00 {gateway} 00000400 00000001 00000000 00000003 {link}\n")
        };
        let routes = [
            line("fe800000000000000000000000000000", "40", &zero, "eth0"),
            line(&zero, "00", &zero, "lo"),
            line(&zero, "00", local, "eth1"),
            line(&zero, "00", local, "eth0"),
        ]
        .concat();
        assert_eq!(gateway_v6(&routes, "eth0"), Some("fe80::1".parse().unwrap()));
        assert_eq!(gateway_v6(&routes, "eth2"), None);
    }

    #[test]
    fn an_answer_is_from_who_was_asked_to_who_asked() {
        let question = Question {
            mac: [0, 0, 0x5e, 0, 2, 51],
            own: "2001:db8::10".parse().unwrap(),
            target: "fe80::1".parse().unwrap(),
        };
        let advertisement = |to: &str, target: &str| {
            let mut frame = Vec::new();
            neighbor::unsolicited([2, 0, 0, 0, 0, 1], target.parse().unwrap(), &mut frame);
            let mut packet = frame.split_off(14);
            packet[24..40].copy_from_slice(&to.parse::<Ipv6Addr>().unwrap().octets());
            packet
        };
        assert!(question.is_answered(&advertisement("2001:db8::10", "fe80::1")));
        assert!(!question.is_answered(&advertisement("ff02::1", "fe80::1")));
        assert!(!question.is_answered(&advertisement("2001:db8::10", "fe80::2")));
        assert!(!question.is_answered(&[]));
    }
}
