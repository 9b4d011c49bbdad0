use super::*;
use crate::frames::segment::{Host, Segment, address, on_segment};

/// Probes from the left host, over its end of the cable.
fn start(segment: &Segment, ways: &[Way]) -> (Probes, mpsc::Receiver<Report>) {
    segment.left.enter();
    let (mut probes, reports) = Probes::new();
    probes.follow(ways.iter().cloned().collect(), false);
    (probes, reports)
}

fn way(host: &Host, v6: bool, echo: bool) -> Way {
    let family = if v6 { Family::V6 } else { Family::V4 };
    Way { link: host.link, family, echo, mac: Some(host.mac), source: Some(address(v6, 1)) }
}

#[test]
fn every_way_of_probing_is_answered() {
    on_segment(async |segment| {
        for echo in [false, true] {
            for v6 in [false, true] {
                let (probes, mut reports) = start(segment, &[way(&segment.left, v6, echo)]);
                let (link, target) = (segment.left.link, address(v6, 2));
                for sequence in [7, 8] {
                    probes.send(link, target, sequence);
                    let sequence = echo.then_some(sequence);
                    assert_eq!(reports.recv().await, Some(Report::Answered { link, target, sequence }), "{echo} {v6}");
                }
            }
        }
    });
}

#[test]
fn a_link_without_an_ipv4_address_is_probed_by_arp() {
    on_segment(async |segment| {
        let way = Way { source: None, ..way(&segment.left, false, false) };
        segment.left.run(&["address", "flush", "dev", segment.left.name]);
        let (probes, mut reports) = start(segment, &[way]);
        let (link, target) = (segment.left.link, address(false, 2));
        probes.send(link, target, 1);
        assert_eq!(reports.recv().await, Some(Report::Answered { link, target, sequence: None }));
    });
}

#[test]
fn what_cannot_be_sent_is_told_and_not_lost() {
    on_segment(async |segment| {
        let link = segment.left.link;
        let (probes, mut reports) = start(segment, &[way(&segment.left, false, true)]);
        probes.send(link, address(true, 2), 1);
        let reason = "the link has no IPv6 address to send from".to_owned();
        assert_eq!(reports.recv().await, Some(Report::Refused { link, sequence: 1, reason }));
        segment.left.run(&["address", "flush", "dev", segment.left.name]);
        probes.send(link, address(false, 2), 2);
        let Some(Report::Refused { sequence: 2, reason, .. }) = reports.recv().await else { panic!("it was sent") };
        assert!(!reason.contains("os error"), "{reason}");
    });
}

#[test]
fn what_nobody_asked_for_is_no_answer() {
    let target = address(false, 2);
    let mut owed = BTreeMap::from([(target, 1)]);
    assert!(!is_owed(&mut owed, address(false, 3)), "somebody else");
    assert!(is_owed(&mut owed, target));
    assert!(!is_owed(&mut owed, target), "one probe has one answer");
}

#[test]
fn routers_are_found_by_their_routes() {
    on_segment(async |segment| {
        for (to, via) in [("default", "192.0.2.2"), ("198.51.100.0/24", "192.0.2.12"), ("2001:db8::/32", "fe80::2")] {
            segment.left.run(&["route", "add", to, "via", via, "dev", segment.left.name]);
        }
        segment.left.enter();
        let (mut probes, mut reports) = Probes::new();
        probes.follow(BTreeSet::new(), true);
        let found: Vec<IpAddr> = ["192.0.2.2", "192.0.2.12", "fe80::2"].map(|router| router.parse().unwrap()).to_vec();
        let Some(Report::Gateways(mut told)) = reports.recv().await else { panic!("no routers") };
        let mut told = told.remove(segment.left.name).unwrap_or_default();
        // Prefixes of equal length may come in any order.
        told.sort_by_key(|router: &IpAddr| found.iter().position(|one| one == router));
        assert_eq!(told, found);
        probes.look_for_gateways();
        assert!(matches!(reports.recv().await, Some(Report::Gateways(_))), "it is told again on request");
    });
}
