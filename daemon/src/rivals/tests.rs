use super::*;
use crate::frames::Frames;
use crate::frames::segment::{Host, address, on_segment};
use vrrp::wire::neighbor::unsolicited;

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 0x99];

/// Claims an address as somebody on the left host's end of the cable.
fn claim(left: &Host, address: IpAddr) {
    left.enter();
    let mut frame = Vec::new();
    match address {
        IpAddr::V4(address) => vrrp::wire::arp::gratuitous(MAC, address, &mut frame),
        IpAddr::V6(address) => unsolicited(MAC, address, &mut frame),
    }
    Frames::new().unwrap().send(left.link, &frame).unwrap();
}

async fn next_of(rivals: &mut Rivals) -> Sighting {
    loop {
        rivals.readable().await.unwrap();
        let mut seen = None;
        rivals.receive(1, &mut |sighting| seen = Some(sighting));
        if let Some(seen) = seen {
            return seen;
        }
    }
}

#[test]
fn whoever_answers_for_a_watched_address_is_seen_and_nobody_else() {
    on_segment(async |segment| {
        let link = segment.right.link;
        segment.right.enter();
        let mut rivals = Rivals::new();
        for v6 in [false, true] {
            for number in [20, 21, 22] {
                rivals.watch(link, address(v6, number));
            }
            rivals.watch(link + 1, address(v6, 23));
            rivals.unwatch(link, address(v6, 20));
        }
        rivals.refresh();
        for v6 in [false, true] {
            for (number, what) in [(20, "watched no longer"), (23, "watched on another link"), (1, "watched by nobody")]
            {
                claim(&segment.left, address(v6, number));
                claim(&segment.left, address(v6, 21));
                let expected = Sighting { link, address: address(v6, 21), mac: MAC };
                assert_eq!(next_of(&mut rivals).await, expected, "{what}");
            }
            claim(&segment.left, address(v6, 22));
            assert_eq!(next_of(&mut rivals).await.address, address(v6, 22));
        }
    });
}

#[test]
fn what_is_not_watched_costs_no_socket() {
    on_segment(async |segment| {
        segment.right.enter();
        let mut rivals = Rivals::new();
        let open = |rivals: &mut Rivals| {
            rivals.refresh();
            [rivals.arp.is_some(), rivals.neighbor.is_some()]
        };
        assert_eq!(open(&mut rivals), [false, false]);
        rivals.watch(segment.right.link, address(false, 20));
        assert_eq!(open(&mut rivals), [true, false]);
        rivals.watch(segment.right.link, address(true, 20));
        assert_eq!(open(&mut rivals), [true, true]);
        rivals.unwatch(segment.right.link, address(false, 20));
        assert_eq!(open(&mut rivals), [false, true]);
        rivals.unwatch(segment.right.link, address(true, 20));
        assert_eq!(open(&mut rivals), [false, false]);
    });
}

/// A program has room for so many addresses; beyond that, all ARP is looked at.
#[test]
fn there_may_be_more_addresses_than_the_kernel_can_filter_by() {
    on_segment(async |segment| {
        segment.right.enter();
        let mut rivals = Rivals::new();
        for number in 0..2000u32 {
            rivals.watch(segment.right.link, Ipv4Addr::from_bits(0x0a00_0000 + number).into());
            if matches!(number, 998..=1000) {
                rivals.refresh();
            }
        }
        let last: IpAddr = [10, 0, 7, 207].into();
        claim(&segment.left, [10, 1, 0, 1].into());
        claim(&segment.left, last);
        assert_eq!(next_of(&mut rivals).await.address, last);
    });
}
