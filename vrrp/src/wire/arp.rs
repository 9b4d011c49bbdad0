//! Gratuitous ARP: tells everybody on the link which MAC address answers for an IPv4 address. And the question to one host, for who
//! wants to know whether answers to a MAC address arrive.

use std::net::Ipv4Addr;

use super::frame::{EtherType, ethernet_header};

/// How a packet begins that is about Ethernet and IPv4, with the lengths of their addresses (RFC 826).
const ETHERNET_IPV4: [u8; 6] = [0x00, 0x01, 0x08, 0x00, 6, 4];
const REQUEST: [u8; 2] = [0x00, 0x01];
const REPLY: [u8; 2] = [0x00, 0x02];

/// Writes a gratuitous ARP request as a whole frame over whatever `frame` held.
///
/// Sender and target are both `address` with `mac`, and everybody gets it (RFC 9568, section 6.4.1, with errata 7947
/// and 7949).
pub fn gratuitous(mac: [u8; 6], address: Ipv4Addr, frame: &mut Vec<u8>) {
    asks((mac, address), (mac, address), frame);
}

/// Writes the request of `sender`, which has `mac`, for the MAC address of `target` as a whole frame over whatever `frame` held.
pub fn request(mac: [u8; 6], sender: Ipv4Addr, target: Ipv4Addr, frame: &mut Vec<u8>) {
    asks((mac, sender), ([0; 6], target), frame);
}

fn asks(sender: ([u8; 6], Ipv4Addr), target: ([u8; 6], Ipv4Addr), frame: &mut Vec<u8>) {
    frame.clear();
    frame.extend(ethernet_header([0xff; 6], sender.0, EtherType::Arp));
    frame.extend(ETHERNET_IPV4);
    frame.extend(REQUEST);
    for (mac, address) in [sender, target] {
        frame.extend(mac);
        frame.extend(address.octets());
    }
}

/// Reads whose reply to `mac` an ARP packet is, from its own header on.
#[must_use]
pub fn reply_to(mac: [u8; 6], packet: &[u8]) -> Option<Ipv4Addr> {
    let (sender, _) = claim(packet)?;
    let reply = packet.get(6..8)? == REPLY && packet.get(18..24)? == mac;
    reply.then_some(sender)
}

/// Reads whom an ARP packet, from its own header on, says that an address belongs to: its sender, in a request as in a
/// reply. A probe (RFC 5227, section 1.1), which claims nothing, has no sender address.
#[must_use]
pub fn claim(packet: &[u8]) -> Option<(Ipv4Addr, [u8; 6])> {
    let (header, rest) = packet.split_first_chunk::<8>()?;
    let [.., operation_high, operation_low] = header;
    let known = header.starts_with(&ETHERNET_IPV4) && matches!((operation_high, operation_low), (0, 1 | 2));
    let (mac, rest) = rest.split_first_chunk::<6>()?;
    let address = Ipv4Addr::from(*rest.first_chunk::<4>()?);
    (known && !address.is_unspecified()).then_some((address, *mac))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_names_the_address_as_sender_and_target() {
        let mut frame = vec![9; 99];
        gratuitous([0, 0, 0x5e, 0, 1, 51], Ipv4Addr::new(192, 0, 2, 10), &mut frame);
        #[rustfmt::skip]
        assert_eq!(frame, [
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0x5e, 0, 1, 51, 0x08, 0x06,
            0, 1, 0x08, 0x00, 6, 4, 0, 1,
            0, 0, 0x5e, 0, 1, 51, 192, 0, 2, 10,
            0, 0, 0x5e, 0, 1, 51, 192, 0, 2, 10,
        ]);
    }

    #[test]
    fn a_reply_is_to_who_asked() {
        let mut frame = Vec::new();
        let (own, theirs) = ([0, 0, 0x5e, 0, 1, 51], [2, 0, 0, 0, 0, 1]);
        request(own, Ipv4Addr::new(192, 0, 2, 10), Ipv4Addr::new(192, 0, 2, 1), &mut frame);
        let request = frame.split_off(14);
        #[rustfmt::skip]
        assert_eq!(request, [
            0, 1, 0x08, 0x00, 6, 4, 0, 1,
            0, 0, 0x5e, 0, 1, 51, 192, 0, 2, 10,
            0, 0, 0, 0, 0, 0, 192, 0, 2, 1,
        ]);
        assert_eq!(reply_to(own, &request), None);
        let reply = [&[0, 1, 8, 0, 6, 4, 0, 2][..], &theirs, &[192, 0, 2, 1], &own, &[192, 0, 2, 10]].concat();
        assert_eq!(reply_to(own, &reply), Some(Ipv4Addr::new(192, 0, 2, 1)));
        assert_eq!(reply_to(theirs, &reply), None, "to somebody else");
        for length in 0..24 {
            assert_eq!(reply_to(own, &reply[..length]), None, "{length} bytes");
        }
    }

    #[test]
    fn a_packet_claims_its_sender_and_a_probe_nothing() {
        let mut frame = Vec::new();
        let address = Ipv4Addr::new(192, 0, 2, 10);
        gratuitous([2, 0, 0, 0, 0, 1], address, &mut frame);
        let packet = frame.split_off(14);
        assert_eq!(claim(&packet), Some((address, [2, 0, 0, 0, 0, 1])));
        let changed = |at: usize, value: u8| {
            let mut packet = packet.clone();
            packet[at] = value;
            packet
        };
        assert_eq!(claim(&changed(7, 2)), Some((address, [2, 0, 0, 0, 0, 1])), "a reply");
        assert_eq!(claim(&changed(7, 3)), None, "reverse ARP");
        assert_eq!(claim(&changed(1, 6)), None, "another kind of link");
        assert_eq!(claim(&changed(5, 16)), None, "another kind of address");
        let mut probe = packet.clone();
        probe[14..18].fill(0);
        assert_eq!(claim(&probe), None);
        for length in 0..18 {
            assert_eq!(claim(&packet[..length]), None, "{length} bytes");
        }
    }
}
