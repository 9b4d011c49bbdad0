//! What a tap sees, and what it does not.

use super::*;
use std::time::Duration;
use vrrp::wire::auth::{Association, Keys, Secret};

/// A packet as it was seen, and whether below the firewall.
async fn next_of(packets: &mut Packets) -> (bool, IpAddr, u8) {
    loop {
        packets.readable().await.unwrap();
        let mut seen = None;
        packets.receive(1, &mut |received| {
            let packet = received.packet.unwrap();
            seen = Some((received.below, packet.source, wire::decode(&packet).unwrap().priority.unwrap().get()));
        });
        if let Some(seen) = seen {
            return seen;
        }
    }
}

fn vrid(number: u8) -> Vrid {
    Vrid::new(number).unwrap()
}

/// The frame of an advertisement for VRID 51 to the group.
fn group_frame(source: IpAddr, priority: u8) -> Vec<u8> {
    let mut frame = Vec::new();
    let payload = advertisement(source, Family::of(source).group(), priority);
    frame::advertisement([2, 0, 0, 0, 0, 1], source, &payload, &mut frame);
    frame
}

/// Puts an IEEE 802.1Q tag into a frame.
fn tagged(frame: &[u8], vlan: u8) -> Vec<u8> {
    [&frame[..12], &[0x81, 0, 0, vlan], &frame[12..]].concat()
}

#[test]
fn a_tap_sees_what_the_kernel_drops_and_the_socket_hears_the_rest() {
    on_segment(async |segment| {
        let mut right = open(&segment.right, true);
        right.look(segment.right.link, Family::V4, vrid(51)).unwrap();
        segment.left.enter();
        let frames = Frames::new().unwrap();
        // A martian: it seems to come from the host that receives it.
        frames.send(segment.left.link, &group_frame(address(false, 2), 1)).unwrap();
        assert_eq!(next_of(&mut right).await, (true, address(false, 2), 1));
        frames.send(segment.left.link, &group_frame(address(false, 1), 2)).unwrap();
        let mut both = [next_of(&mut right).await, next_of(&mut right).await];
        both.sort_unstable();
        assert_eq!(both, [false, true].map(|below| (below, address(false, 1), 2)));
        right.look_away(segment.right.link, Family::V4, vrid(51));
        for priority in [3, 4] {
            frames.send(segment.left.link, &group_frame(address(false, 1), priority)).unwrap();
            assert_eq!(next_of(&mut right).await, (false, address(false, 1), priority), "the tap is still open");
        }
    });
}

#[test]
fn a_tap_sees_only_what_it_looks_for() {
    on_segment(async |segment| {
        for family in Family::ALL {
            let v6 = family == Family::V6;
            segment.right.enter();
            let mut right = Packets::new().unwrap();
            // Neither the first nor the last of a long list.
            for number in [1, 77, 51, 200, 255] {
                right.look(segment.right.link, family, vrid(number)).unwrap();
            }
            right.look_away(segment.right.link, family, vrid(77));
            right.refresh();
            segment.left.enter();
            let frames = Frames::new().unwrap();
            let plain = group_frame(address(v6, 1), 9);
            let vrid_at = if v6 { 14 + 40 + 1 } else { 14 + 20 + 1 };
            let changed = |at: usize, value: u8| {
                let mut frame = plain.clone();
                frame[at] = value;
                frame
            };
            let unseen = [
                ("a VRID that nobody looks for any more", changed(vrid_at, 77)),
                ("another VRID", changed(vrid_at, 52)),
                ("another protocol", changed(if v6 { 14 + 6 } else { 14 + 9 }, 17)),
                ("another host's", [&[2, 0, 0, 0, 0, 9], &plain[6..]].concat()),
                ("another VLAN", tagged(&plain, 10)),
                ("another EtherType", changed(13, 0x06)),
            ];
            for (what, frame) in &unseen {
                frames.send(segment.left.link, frame).unwrap();
                frames.send(segment.left.link, &plain).unwrap();
                assert_eq!(next_of(&mut right).await, (true, address(v6, 1), 9));
                assert!(take(&mut right, 9).is_empty(), "{what}");
            }
            // VLAN 0 is no VLAN.
            frames.send(segment.left.link, &tagged(&plain, 0)).unwrap();
            assert_eq!(next_of(&mut right).await, (true, address(v6, 1), 9));
        }
    });
}

#[test]
fn a_tap_sees_options_and_no_packet_of_its_own_host() {
    on_segment(async |segment| {
        let mut right = open(&segment.right, false);
        right.look(segment.right.link, Family::V4, vrid(51)).unwrap();
        send(&mut right, &segment.right, address(false, 2), Family::V4.group(), 5).unwrap();
        segment.left.enter();
        let frames = Frames::new().unwrap();
        // Router alert (RFC 2113), and a header checksum that was right before and is now less by what was added.
        let mut frame = group_frame(address(false, 1), 6);
        frame.splice(34..34, [0x94, 4, 0, 0]);
        (frame[14], frame[17]) = (0x46, frame[17] + 4);
        let sum = u32::from(u16::from_be_bytes([frame[24], frame[25]]));
        let sum = sum + (0xffff - 0x0100) + (0xffff - 4) + (0xffff - 0x9404);
        let sum = (sum & 0xffff) + (sum >> 16);
        frame[24..26].copy_from_slice(&u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap().to_be_bytes());
        frames.send(segment.left.link, &frame).unwrap();
        assert_eq!(next_of(&mut right).await, (true, address(false, 1), 6));
    });
}

#[test]
fn a_tap_sees_what_the_authentication_header_seals() {
    on_segment(async |segment| {
        let mut right = open(&segment.right, true);
        for number in [50, 51] {
            right.look(segment.right.link, Family::V4, vrid(number)).unwrap();
        }
        right.refresh();
        let mut association = Association::new(Keys::Ah(Secret::read(b"hunter2", 1..=8).unwrap()));
        let source = address(false, 2);
        let draft = Draft {
            version: Version::V2,
            vrid: vrid(51),
            priority: Priority::new(7),
            interval: Interval::DEFAULT,
            dialect: Dialect::MessageOnly,
            source,
            destination: Family::V4.group(),
            addresses: &[address(false, 99)],
        };
        let (mut payload, mut frame) = (Vec::new(), Vec::new());
        let stamp = association.stamp(Duration::from_secs(1_748_736_000));
        association.encode(&draft, stamp, &mut payload);
        frame::sealed([2, 0, 0, 0, 0, 1], &payload, &mut frame);
        segment.left.enter();
        let frames = Frames::new().unwrap();
        let mut other = frame.clone();
        // The VRID behind both headers.
        other[14 + 20 + 24 + 1] = 52;
        frames.send(segment.left.link, &other).unwrap();
        frames.send(segment.left.link, &frame).unwrap();
        right.readable().await.unwrap();
        let mut seen = Vec::new();
        right.receive(9, &mut |received| seen.push((received.below, received.packet.unwrap().claimed_vrid())));
        assert_eq!(seen, [(true, Some(vrid(51)))]);
    });
}
