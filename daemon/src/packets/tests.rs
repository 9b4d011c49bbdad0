use super::*;
use crate::frames::segment::{Host, address, on_segment};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use vrrp::id::{Interval, Priority, Version, Vrid};
use vrrp::wire::{self, Dialect, Draft};

mod below;
mod sealed;
mod together;

const GROUP: Listening = Listening { group: true, sealed: false };
const VIRTUAL_MAC: [u8; 6] = [0, 0, 0x5e, 0, 1, 51];

/// A packet that was received, for good.
#[derive(Debug, PartialEq, Eq)]
struct Heard {
    family: Family,
    source: IpAddr,
    destination: IpAddr,
    /// The decoded VRID and priority.
    result: Result<(u8, u8), Discard>,
}

fn open(host: &Host, group: bool) -> Packets {
    host.enter();
    let mut packets = Packets::new().unwrap();
    for family in Family::ALL {
        packets.open(host.link, family, Listening { group, sealed: false }).unwrap();
    }
    packets
}

fn take(packets: &mut Packets, budget: usize) -> Vec<Heard> {
    let mut heard = Vec::new();
    let count = packets.receive(budget, &mut |received| {
        let packet = received.packet.unwrap();
        let fields = |it: wire::Advertisement<'_>| (it.vrid.get(), it.priority.map_or(0, Priority::get));
        let Packet { source, destination, .. } = packet;
        let result = wire::decode(&packet).map(fields);
        heard.push(Heard { family: packet.family(), source, destination, result });
    });
    assert!(heard.len() <= count && count <= budget);
    heard
}

async fn next(packets: &mut Packets) -> Heard {
    loop {
        packets.readable().await.unwrap();
        if let Some(heard) = take(packets, 1).pop() {
            return heard;
        }
    }
}

fn advertisement(source: IpAddr, destination: IpAddr, priority: u8) -> Vec<u8> {
    let mut payload = Vec::new();
    let draft = Draft {
        version: Version::V3,
        vrid: Vrid::new(51).unwrap(),
        priority: Priority::new(priority),
        interval: Interval::DEFAULT,
        dialect: Dialect::PseudoHeader,
        source,
        destination,
        addresses: &[address(source.is_ipv6(), 99)],
    };
    wire::encode(&draft, &mut payload);
    payload
}

fn send(packets: &mut Packets, host: &Host, source: IpAddr, destination: IpAddr, priority: u8) -> io::Result<()> {
    let payload = advertisement(source, destination, priority);
    packets.send(&Outgoing { link: host.link, source, destination, source_mac: None, payload: &payload, sealed: false })
}

#[test]
fn an_advertisement_to_the_group_comes_from_exactly_its_source_and_not_back() {
    on_segment(async |segment| {
        let (mut left, mut right) = (open(&segment.left, true), open(&segment.right, true));
        for family in Family::ALL {
            for number in [1, 11] {
                let source = address(family == Family::V6, number);
                send(&mut left, &segment.left, source, family.group(), 100).unwrap();
                let expected = Heard { family, source, destination: family.group(), result: Ok((51, 100)) };
                assert_eq!(next(&mut right).await, expected);
                assert_eq!(take(&mut left, 9), [], "an own packet came back");
            }
        }
    });
}

#[test]
fn what_waits_in_a_socket_is_known_to_have_arrived_before() {
    on_segment(async |segment| {
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let (mut left, mut right) = (open(&segment.left, true), open(&segment.right, true));
        for family in Family::ALL {
            // The kernel takes a moment to begin with it; until then it tells when a packet was read.
            for attempt in 0.. {
                let before = clock();
                send(&mut left, &segment.left, address(family == Family::V6, 1), family.group(), 100).unwrap();
                right.readable().await.unwrap();
                let after = clock();
                let mut arrived = Vec::new();
                right.receive(9, &mut |received| arrived.extend(received.at));
                let [at] = arrived[..] else { panic!("{arrived:?} of one packet") };
                assert!(before <= at && (at <= after || attempt < 1000), "{before:?} {at:?} {after:?}");
                if at <= after {
                    break;
                }
            }
        }
    });
}

#[test]
fn headers_are_those_that_the_rfc_asks_for() {
    on_segment(async |segment| {
        let capture = segment.right.capture();
        let mut left = open(&segment.left, false);
        for destination in [Family::V4.group(), address(false, 2)] {
            send(&mut left, &segment.left, address(false, 11), destination, 100).unwrap();
            let frame = loop {
                let frame = capture.next_from(segment.left.mac);
                if frame[12..14] == [0x08, 0x00] {
                    break frame;
                }
            };
            assert_eq!((frame[15], frame[22], frame[23]), (0xc0, 255, 112), "TOS, TTL, protocol to {destination}");
        }
        for destination in [Family::V6.group(), address(true, 2)] {
            send(&mut left, &segment.left, address(true, 11), destination, 100).unwrap();
            let frame = loop {
                let frame = capture.next_from(segment.left.mac);
                if frame[12..14] == [0x86, 0xdd] && frame[20] == PROTOCOL {
                    break frame;
                }
            };
            assert_eq!(
                (frame[14], frame[15] & 0xf0, frame[21]),
                (0x6c, 0, 255),
                "class and hop limit to {destination}"
            );
        }
    });
}

#[test]
fn a_virtual_mac_is_the_frames_source_and_the_packet_is_heard() {
    on_segment(async |segment| {
        let capture = segment.right.capture();
        let (mut left, mut right) = (open(&segment.left, true), open(&segment.right, true));
        for family in Family::ALL {
            let source = address(family == Family::V6, 1);
            let destination = family.group();
            let payload = advertisement(source, destination, 100);
            let outgoing = Outgoing {
                link: segment.left.link,
                source,
                destination,
                source_mac: Some(VIRTUAL_MAC),
                payload: &payload,
                sealed: false,
            };
            left.send(&outgoing).unwrap();
            let mut written = Vec::new();
            frame::advertisement(VIRTUAL_MAC, source, &payload, &mut written);
            assert_eq!(capture.next_from(VIRTUAL_MAC), written);
            assert_eq!(next(&mut right).await, Heard { family, source, destination, result: Ok((51, 100)) });
            assert_eq!(take(&mut left, 9), []);
        }
    });
}

/// Another socket of the right host is in the group all along, so the packets do reach the host.
#[test]
fn outside_the_group_only_what_is_sent_to_this_host_is_heard() {
    on_segment(async |segment| {
        let (mut left, mut member) = (open(&segment.left, true), open(&segment.right, true));
        let mut outsider = open(&segment.right, false);
        for family in Family::ALL {
            let v6 = family == Family::V6;
            let (source, peer) = (address(v6, 1), address(v6, 2));
            send(&mut left, &segment.left, source, family.group(), 100).unwrap();
            send(&mut left, &segment.left, source, peer, 101).unwrap();
            let unicast = || Heard { family, source, destination: peer, result: Ok((51, 101)) };
            assert_eq!(next(&mut outsider).await, unicast());
            assert_eq!(next(&mut member).await.destination, family.group());
            assert_eq!(next(&mut member).await, unicast());

            outsider.open(segment.right.link, family, GROUP).unwrap();
            send(&mut left, &segment.left, source, family.group(), 102).unwrap();
            assert_eq!(next(&mut outsider).await.result, Ok((51, 102)));
            assert_eq!(next(&mut member).await.result, Ok((51, 102)));

            outsider.open(segment.right.link, family, Listening::default()).unwrap();
            send(&mut left, &segment.left, source, family.group(), 103).unwrap();
            assert_eq!(next(&mut member).await.result, Ok((51, 103)));
            assert_eq!(take(&mut outsider, 9), []);
        }
    });
}

#[test]
fn a_hop_limit_below_255_is_seen_where_it_counts() {
    on_segment(async |segment| {
        let mut right = open(&segment.right, true);
        for (family, domain) in [(Family::V4, Domain::IPV4), (Family::V6, Domain::IPV6)] {
            let (source, peer) = (address(family == Family::V6, 1), address(family == Family::V6, 2));
            segment.left.enter();
            let plain = Socket::new(domain, Type::RAW, Some(Protocol::from(112))).unwrap();
            plain.bind_device(Some(segment.left.name.as_bytes())).unwrap();
            let on_link = |address| match address {
                IpAddr::V4(_) => SockAddr::from(SocketAddr::new(address, 0)),
                IpAddr::V6(address) => SocketAddrV6::new(address, 0, 0, segment.left.link).into(),
            };
            plain.bind(&on_link(source)).unwrap();
            plain.send_to(&advertisement(source, family.group(), 100), &on_link(family.group())).unwrap();
            assert_eq!(next(&mut right).await.result, Err(Discard::HopLimit));
            plain.send_to(&advertisement(source, peer, 101), &on_link(peer)).unwrap();
            assert_eq!(next(&mut right).await.result, Ok((51, 101)));
        }
    });
}

#[test]
fn a_full_socket_neither_exceeds_the_budget_nor_starves_the_other() {
    on_segment(async |segment| {
        let (mut left, mut right) = (open(&segment.left, true), open(&segment.right, true));
        for family in Family::ALL {
            for _ in 0..40 {
                let source = address(family == Family::V6, 1);
                send(&mut left, &segment.left, source, family.group(), 100).unwrap();
            }
        }
        let mut families = [0, 0];
        let mut longest_run = (Family::V4, 0, 0);
        while families != [40, 40] {
            right.readable().await.unwrap();
            let heard = take(&mut right, 5);
            assert!(heard.len() <= 5);
            for family in heard.into_iter().map(|heard| heard.family) {
                families[usize::from(family == Family::V6)] += 1;
                let (previous, run, longest) = longest_run;
                let run = if previous == family { run + 1 } else { 1 };
                longest_run = (family, run, if families.contains(&40) { longest } else { run.max(longest) });
            }
        }
        assert!(longest_run.2 <= 2 * TURN, "one socket had {} packets in a row while the other waited", longest_run.2);
        assert_eq!(take(&mut right, 9), []);
        assert_eq!(right.receive(0, &mut |_| unreachable!()), 0);
    });
}

/// Each round ends with nothing left to read, so each wait needs an edge of its own.
#[test]
fn no_wake_up_is_lost() {
    on_segment(async |segment| {
        let (mut left, mut right) = (open(&segment.left, true), open(&segment.right, true));
        for round in 1..=250 {
            let family = Family::ALL[usize::from(round % 3 == 0)];
            {
                let mut waits = std::pin::pin!(right.readable());
                let before =
                    std::future::poll_fn(|context| std::task::Poll::Ready(waits.as_mut().poll(context).is_ready()))
                        .await;
                assert!(!before, "round {round} begins with something to read");
                send(&mut left, &segment.left, address(family == Family::V6, 1), family.group(), round).unwrap();
                waits.await.unwrap();
            }
            assert_eq!(next(&mut right).await.result, Ok((51, round)));
            assert_eq!(take(&mut right, 9), []);
        }
    });
}

#[test]
fn a_source_that_is_not_here_is_refused() {
    on_segment(async |segment| {
        let mut left = open(&segment.left, true);
        for family in Family::ALL {
            let refused =
                send(&mut left, &segment.left, address(family == Family::V6, 77), family.group(), 100).unwrap_err();
            assert!(refused.raw_os_error().is_some(), "{family}: {refused}");
        }
        let mixed = send(&mut left, &segment.left, address(false, 1), address(true, 2), 100).unwrap_err();
        assert_eq!(mixed.raw_os_error(), Some(libc::EAFNOSUPPORT));
    });
}

#[test]
fn a_link_may_go_down_and_come_back() {
    on_segment(async |segment| {
        let (mut left, mut right) = (open(&segment.left, true), open(&segment.right, true));
        let (family, source) = (Family::V4, address(false, 1));
        segment.left.run(&["link", "set", segment.left.name, "down"]);
        let refused = send(&mut left, &segment.left, source, family.group(), 100).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::ENETUNREACH));
        assert!(nobody_waits(&left) && nobody_waits(&right), "the loop would spin");

        let watches = [&segment.left, &segment.right].map(|host| (host, host.watch(libc::RTMGRP_LINK)));
        segment.left.run(&["link", "set", segment.left.name, "up"]);
        for (host, watch) in watches {
            host.enter();
            watch.until(|| host.carries());
        }
        send(&mut left, &segment.left, source, family.group(), 101).unwrap();
        assert_eq!(next(&mut right).await.result, Ok((51, 101)));
    });
}

#[test]
fn a_link_that_is_gone_is_silent_and_its_sockets_close() {
    on_segment(async |segment| {
        let mut left = open(&segment.left, true);
        segment.left.run(&["link", "delete", segment.left.name]);
        assert!(nobody_waits(&left), "the loop would spin");
        for family in Family::ALL {
            let source = address(family == Family::V6, 1);
            assert!(send(&mut left, &segment.left, source, family.group(), 100).unwrap_err().raw_os_error().is_some());
            left.close(segment.left.link, family);
            left.close(segment.left.link, family);
            let closed = send(&mut left, &segment.left, source, family.group(), 100).unwrap_err();
            assert_eq!(closed.raw_os_error(), Some(libc::ENOTCONN));
            assert_eq!(left.open(segment.left.link, family, GROUP).unwrap_err().raw_os_error(), Some(libc::ENODEV));
        }
        assert_eq!(take(&mut left, 9), []);
    });
}

fn nobody_waits(packets: &Packets) -> bool {
    !packets.poll.get_ref().ready(&mut VecDeque::new()).unwrap()
}
