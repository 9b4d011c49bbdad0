//! What of the kernel's messages wakes the thread.

use std::collections::BTreeSet;
use std::net::IpAddr;

use socket2::SockFilter;
use vrrp::config::Route;

/// `AF_INET`.
const INET: u8 = 2;
/// `AF_INET6`.
const INET6: u8 = 10;
/// `RT_TABLE_MAIN`.
pub(super) const MAIN: u8 = 254;

/// Lets pass what may change a route, and of the routes of the main table those to destinations of a wanted length.
pub(super) fn filter(wanted: &BTreeSet<Route>) -> Vec<SockFilter> {
    const LOAD_HALF: u16 = 0x28;
    const LOAD_BYTE: u16 = 0x30;
    const EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const NEW_ADDRESS: u16 = 20;
    const NEW_ROUTE: u16 = 24;
    const DELETE_ROUTE: u16 = 25;
    // Offset 4 is the message type in the host's byte order (a filter loads big-endian). Of a route, 16 is the family, 17
    // the length of the destination, 20 the table.
    let mut filter = vec![
        SockFilter::new(LOAD_HALF, 0, 0, 4),
        SockFilter::new(EQUAL, 4, 0, NEW_ROUTE.to_be().into()),
        SockFilter::new(EQUAL, 3, 0, DELETE_ROUTE.to_be().into()),
        SockFilter::new(EQUAL, 1, 0, NEW_ADDRESS.to_be().into()),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(LOAD_BYTE, 0, 0, 20),
        SockFilter::new(EQUAL, 1, 0, MAIN.into()),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(LOAD_HALF, 0, 0, 16),
    ];
    let kinds: BTreeSet<[u8; 2]> = wanted.iter().map(|route| [family(route.destination), route.prefix]).collect();
    for kind in kinds {
        filter.push(SockFilter::new(EQUAL, 0, 1, u16::from_be_bytes(kind).into()));
        filter.push(SockFilter::new(RETURN, 0, 0, u32::MAX));
    }
    filter.push(SockFilter::new(RETURN, 0, 0, 0));
    filter
}

/// The number of an address's family.
pub(super) const fn family(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => INET,
        IpAddr::V6(_) => INET6,
    }
}

/// Reads an address of a family.
pub(super) fn address(family: u8, bytes: &[u8]) -> Option<IpAddr> {
    match family {
        INET => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        INET6 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

/// The address of a family that has no bit set.
pub(super) fn unspecified(family: u8) -> Option<IpAddr> {
    let zeros = [0; 16];
    address(family, &zeros[..4]).or_else(|| address(family, &zeros))
}
