//! ARP as others send it: who has an address tells so in each packet, as its sender.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;

use nix::libc;
use nix::sys::socket::{LinkAddr, recvfrom};
use socket2::{SockFilter, Socket};
use vrrp::wire::arp;

use super::Sighting;
use crate::frames::{self, Listener};

/// The most addresses for which there is a test each: a program has no room for many more.
const MOST: usize = 1000;
/// Where the sender's IPv4 address stands (RFC 826).
const SENDER: u32 = 14;

const LOAD_WORD: u16 = 0x20;
const EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;

/// Opens a socket for what all links receive.
pub(super) fn open(addresses: &[Ipv4Addr]) -> io::Result<Listener> {
    frames::listen(0, libc::ETH_P_ARP, &program(addresses))
}

/// Has the kernel let pass only what one of these addresses sends.
pub(super) fn filter(socket: &Socket, addresses: &[Ipv4Addr]) -> io::Result<()> {
    socket.attach_filter(&program(addresses))
}

fn program(addresses: &[Ipv4Addr]) -> Vec<SockFilter> {
    let give = |length: u32| SockFilter::new(RETURN, 0, 0, length);
    if addresses.len() > MOST {
        return vec![give(u32::MAX)];
    }
    let tests = addresses.iter().flat_map(|address| [SockFilter::new(EQUAL, 0, 1, address.to_bits()), give(u32::MAX)]);
    [SockFilter::new(LOAD_WORD, 0, 0, SENDER)].into_iter().chain(tests).chain([give(0)]).collect()
}

/// Takes the next packet.
pub(super) fn receive(socket: &Socket) -> io::Result<Option<Sighting>> {
    let mut buffer = [0; 64];
    let (length, from) = recvfrom::<LinkAddr>(socket.as_raw_fd(), &mut buffer)?;
    let claim = arp::claim(buffer.get(..length).unwrap_or_default());
    Ok(claim.zip(from).and_then(|((address, mac), from)| {
        Some(Sighting { link: u32::try_from(from.ifindex()).ok()?, address: address.into(), mac })
    }))
}
