//! The advertisements of a fleet as the lab itself sends them: in version 3, with one address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::fleet::{Member, link_local, own_address};
use crate::flood::{checksum, packet};

/// The protocol's number, and its groups.
pub(super) const VRRP: u8 = 112;
pub(super) const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 18);
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12);

/// What follows the IP header, with the sum that RFC 5798 asks for and keepalived wants: over the pseudo-header, too. It
/// comes from a host of the member's link.
pub(super) fn message(member: &Member, host: u8, priority: u8, interval: Duration) -> Vec<u8> {
    let centiseconds = u16::try_from(interval.as_millis() / 10).unwrap_or(u16::MAX).to_be_bytes();
    let mut message = vec![0x31, member.vrid, priority, 1, centiseconds[0], centiseconds[1], 0, 0];
    let pseudo = match member.address {
        IpAddr::V4(address) => {
            message.extend(address.octets());
            let length = u8::try_from(message.len()).unwrap_or_default();
            [&own_address(member.link, host).octets()[..], &GROUP.octets(), &[0, VRRP, 0, length]].concat()
        }
        IpAddr::V6(address) => {
            message.extend(address.octets());
            let length = u8::try_from(message.len()).unwrap_or_default();
            let ends = [link_local(member.link, host).octets(), GROUP_V6.octets()].concat();
            [&ends[..], &[0, 0, 0, length, 0, 0, 0, VRRP]].concat()
        }
    };
    let sum = checksum(&[pseudo, message.clone()].concat());
    message[6..8].copy_from_slice(&sum);
    message
}

/// The whole Ethernet frame.
pub(super) fn frame(member: &Member, host: u8, priority: u8, interval: Duration) -> Vec<u8> {
    let message = message(member, host, priority, interval);
    if member.address.is_ipv4() {
        return packet(own_address(member.link, host), &message);
    }
    let source = link_local(member.link, host);
    let length = u16::try_from(message.len()).unwrap_or_default().to_be_bytes();
    let ethernet = [0x33, 0x33, 0, 0, 0, 0x12, 2, 0, 0, 0, 0xbb, host, 0x86, 0xdd];
    let header = [0x6c, 0, 0, 0, length[0], length[1], VRRP, 255];
    [&ethernet[..], &header, &source.octets(), &GROUP_V6.octets(), &message].concat()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::fleet::Fleet;
    use super::{checksum, frame, message};

    #[test]
    fn both_families_advertise_the_address_with_a_sum_that_holds() {
        for (fleet, header, pseudo) in [(Fleet::new(1), 34, 12), (Fleet::ipv6(1), 54, 40)] {
            let member = fleet.members().next().expect("a fleet has a member");
            let message = message(&member, 2, 200, Duration::from_secs(1));
            let frame = frame(&member, 2, 200, Duration::from_secs(1));
            assert_eq!(frame[header..], message);
            assert_eq!(message[..6], [0x31, 1, 200, 1, 0, 100]);
            // Source, destination, length and protocol: the sum over all of it is nothing.
            let ends = if pseudo == 12 { &frame[26..34] } else { &frame[22..54] };
            let summed = [ends, &[0, 112, 0, u8::try_from(message.len()).unwrap_or_default()], &message].concat();
            assert_eq!(checksum(&summed), [0, 0], "{fleet}");
        }
    }
}
