//! Packets that the authentication header seals.

use std::time::Duration;

use vrrp::wire::auth::{Association, Keys, Secret};

use super::*;

const SEALED: Listening = Listening { group: true, sealed: true };
const NOW: Duration = Duration::from_secs(1_748_736_000);

fn open(host: &Host) -> Packets {
    host.enter();
    let mut packets = Packets::new().unwrap();
    packets.open(host.link, Family::V4, SEALED).unwrap();
    packets
}

fn association() -> Association {
    Association::new(Keys::Ah(Secret::read(b"hunter2", 1..=8).unwrap()))
}

fn sealed(association: &mut Association, source: IpAddr, destination: IpAddr) -> Vec<u8> {
    let draft = Draft {
        version: Version::V2,
        vrid: Vrid::new(51).unwrap(),
        priority: Priority::new(100),
        interval: Interval::DEFAULT,
        dialect: Dialect::MessageOnly,
        source,
        destination,
        addresses: &[address(false, 99)],
    };
    let mut payload = Vec::new();
    let stamp = association.stamp(NOW);
    association.encode(&draft, stamp, &mut payload);
    payload
}

/// Whether the next packet is authentic, and what it is discarded for otherwise.
async fn next_opened(packets: &mut Packets, association: &mut Association) -> Result<bool, Discard> {
    let mut opened = None;
    while opened.is_none() {
        packets.readable().await.unwrap();
        packets.receive(1, &mut |received| {
            let result = received.packet.map(|packet| association.open(&packet, NOW));
            opened = Some(result.unwrap().map(|opened| opened.authentic).map_err(|refusal| refusal.discard));
        });
    }
    opened.unwrap()
}

/// The kernel fills in the header's checksum, and the link may pad the packet: neither breaks the seal.
#[test]
fn a_sealed_packet_arrives_whole_from_either_mac_and_to_either_destination() {
    on_segment(async |segment| {
        let (mut left, mut right) = (open(&segment.left), open(&segment.right));
        let (mut sender, mut receiver) = (association(), association());
        let (source, peer) = (address(false, 1), address(false, 2));
        for (destination, source_mac) in
            [(Family::V4.group(), None), (peer, None), (Family::V4.group(), Some(VIRTUAL_MAC))]
        {
            let payload = sealed(&mut sender, source, destination);
            let outgoing =
                Outgoing { link: segment.left.link, source, destination, source_mac, payload: &payload, sealed: true };
            left.send(&outgoing).unwrap();
            let result = next_opened(&mut right, &mut receiver).await;
            assert_eq!(result, Ok(true), "to {destination} from {source_mac:?}");
        }
    });
}

#[test]
fn what_others_seal_is_not_handed_over() {
    on_segment(async |segment| {
        let (mut left, mut right) = (open(&segment.left), open(&segment.right));
        let (mut sender, mut receiver) = (association(), association());
        let (source, destination) = (address(false, 1), address(false, 2));
        for protocol in [6, 17, 112] {
            let mut payload = sealed(&mut sender, source, destination);
            payload[20] = protocol;
            let outgoing = Outgoing {
                link: segment.left.link,
                source,
                destination,
                source_mac: None,
                payload: &payload,
                sealed: true,
            };
            left.send(&outgoing).unwrap();
        }
        // Only the last comes, since the kernel keeps their order.
        assert_eq!(next_opened(&mut right, &mut receiver).await, Ok(true));
        assert_eq!(right.receive(9, &mut |_| {}), 0);
    });
}

#[test]
fn it_is_heard_only_where_it_is_asked_for() {
    on_segment(async |segment| {
        let (mut left, mut right) = (open(&segment.left), open(&segment.right));
        let mut sender = association();
        let (source, destination) = (address(false, 1), Family::V4.group());
        right.open(segment.right.link, Family::V4, GROUP).unwrap();
        let payload = sealed(&mut sender, source, destination);
        let outgoing = Outgoing {
            link: segment.left.link,
            source,
            destination,
            source_mac: None,
            payload: &payload,
            sealed: true,
        };
        left.send(&outgoing).unwrap();
        send(&mut left, &segment.left, source, destination, 100).unwrap();
        assert_eq!(next(&mut right).await.result, Ok((51, 100)));
        assert_eq!(take(&mut right, 9), []);
    });
}
