//! The program by which the kernel chooses what a tap sees.

use std::collections::BTreeSet;

use nix::libc;
use socket2::SockFilter;
use vrrp::id::{Family, Vrid};
use vrrp::wire::PROTOCOL;
use vrrp::wire::auth::AH_PROTOCOL;

use crate::packets::LONGEST;

// Classic BPF: what an instruction does, and where a load takes its operand from.
const LOAD_HALF: u16 = 0x28;
const LOAD_BYTE: u16 = 0x30;
const LOAD_BYTE_INDEXED: u16 = 0x50;
const LOAD_HEADER_LENGTH: u16 = 0xb1;
const AND: u16 = 0x54;
const EQUAL: u16 = 0x15;
const GREATER: u16 = 0x25;
const JUMP: u16 = 0x05;
const RETURN: u16 = 0x06;

/// What the kernel knows of a packet beside its bytes (linux/filter.h).
const BESIDE: u32 = 0xffff_f000;
const ETHER_TYPE: u32 = BESIDE;
const PACKET_TYPE: u32 = BESIDE + 4;
const VLAN_TAG: u32 = BESIDE + 44;
const VLAN_TAG_PRESENT: u32 = BESIDE + 48;
const VLAN_ID: u32 = 0x0fff;
/// Packet types up to this one are for this host: to its address, to all, to a group. Others are for other hosts, or
/// from this one.
const MULTICAST: u32 = 2;

/// The length of VRRP's authentication header in bytes: twelve, and twelve of HMAC-MD5-96 (RFC 2403).
const AH_LENGTH: u32 = 24;

/// A program that lets the advertisements of these virtual routers pass, from the network header on.
pub(super) fn program(family: Family, vrids: &BTreeSet<Vrid>) -> Vec<SockFilter> {
    let ether_type = match family {
        Family::V4 => libc::ETH_P_IP,
        Family::V6 => libc::ETH_P_IPV6,
    };
    let mut program = Vec::with_capacity(32 + 2 * vrids.len());
    program.push(load(LOAD_HALF, ETHER_TYPE));
    program.extend(require_equal(ether_type.cast_unsigned()));
    program.push(load(LOAD_BYTE, PACKET_TYPE));
    program.extend([SockFilter::new(GREATER, 0, 1, MULTICAST), give(0)]);
    program.extend(untagged());
    match family {
        Family::V4 => program.extend(vrid_v4()),
        Family::V6 => program.extend(vrid_v6()),
    }
    let whole = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    program.extend(vrids.iter().flat_map(|vrid| [SockFilter::new(EQUAL, 0, 1, u32::from(vrid.get())), give(whole)]));
    program.push(give(0));
    program
}

/// Loads the VRID of an IPv4 packet of the protocol, which is the second byte after the header and the authentication
/// header, if there is one.
fn vrid_v4() -> [SockFilter; 12] {
    let [vrrp_inside, reject] = require_equal(u32::from(PROTOCOL));
    [
        load(LOAD_BYTE, 9),
        SockFilter::new(EQUAL, 8, 0, u32::from(PROTOCOL)),
        SockFilter::new(EQUAL, 1, 0, u32::from(AH_PROTOCOL)),
        give(0),
        load(LOAD_HEADER_LENGTH, 0),
        load(LOAD_BYTE_INDEXED, 0),
        vrrp_inside,
        reject,
        load(LOAD_BYTE_INDEXED, AH_LENGTH + 1),
        SockFilter::new(JUMP, 0, 0, 2),
        load(LOAD_HEADER_LENGTH, 0),
        load(LOAD_BYTE_INDEXED, 1),
    ]
}

/// Does the same over IPv6, which has no authentication header.
fn vrid_v6() -> [SockFilter; 4] {
    let [vrrp, reject] = require_equal(u32::from(PROTOCOL));
    [load(LOAD_BYTE, 6), vrrp, reject, load(LOAD_BYTE, 41)]
}

/// A link also receives what is for the VLANs on it. Those have links of their own, but for VLAN 0, which is none.
///
/// The tag of a packet that has none any more may be anything.
fn untagged() -> [SockFilter; 6] {
    let [tag_zero, reject] = require_equal(0);
    [
        load(LOAD_BYTE, VLAN_TAG_PRESENT),
        SockFilter::new(EQUAL, 4, 0, 0),
        load(LOAD_HALF, VLAN_TAG),
        SockFilter::new(AND, 0, 0, VLAN_ID),
        tag_zero,
        reject,
    ]
}

fn load(what: u16, at: u32) -> SockFilter {
    SockFilter::new(what, 0, 0, at)
}

/// Drops the packet, unless what was loaded is `value`.
fn require_equal(value: u32) -> [SockFilter; 2] {
    [SockFilter::new(EQUAL, 1, 0, value), give(0)]
}

/// Ends with so many bytes of the packet.
fn give(length: u32) -> SockFilter {
    SockFilter::new(RETURN, 0, 0, length)
}
