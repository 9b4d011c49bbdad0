//! The reverse path filter: whether the kernel refuses packets whose answers it would send another way.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};

/// The setting that wants the way back to lead through the link that a packet came over; 2 wants any way back.
const STRICT: u8 = 1;

/// Tells whether the kernel refuses what comes over a link from `source`. It sends nothing, and does not wait.
///
/// `leads_back` tells of an address of this host whether it is on that link.
pub(crate) fn is_refused(link: &str, source: Ipv4Addr, leads_back: impl Fn(Ipv4Addr) -> bool) -> bool {
    // The greater number counts.
    let mode = setting("all").max(setting(link));
    if mode == 0 {
        return false;
    }
    match address_towards(source) {
        Some(from) => mode == STRICT && !leads_back(from),
        None => true,
    }
}

fn setting(link: &str) -> u8 {
    let text = fs::read_to_string(format!("/proc/sys/net/ipv4/conf/{link}/rp_filter"));
    text.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// The address from which the host would answer, if it knows a way. To connect a datagram socket is to look for one.
fn address_towards(destination: Ipv4Addr) -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((destination, 9)).ok()?;
    match socket.local_addr().ok()?.ip() {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}
