//! Gratuitous ARP: tells everybody on the link which MAC address answers for an IPv4 address.

use std::net::Ipv4Addr;

use super::frame::{EtherType, ethernet_header};

/// Writes a gratuitous ARP request as a whole frame over whatever `frame` held.
///
/// Sender and target are both `address` with `mac`, and everybody gets it (RFC 9568, section 6.4.1, with errata 7947
/// and 7949).
pub fn gratuitous(mac: [u8; 6], address: Ipv4Addr, frame: &mut Vec<u8>) {
    frame.clear();
    frame.extend(ethernet_header([0xff; 6], mac, EtherType::Arp));
    // Ethernet, IPv4, their address lengths, request (RFC 826).
    frame.extend([0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01]);
    for _sender_then_target in 0..2 {
        frame.extend(mac);
        frame.extend(address.octets());
    }
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
}
