//! Claims with a virtual MAC address: a macvlan that answers alone and is silent when it comes and goes.

use super::super::watch::Change;
use super::frames::{CLIENT, Client, is_listener_report, source};
use super::lab::{Lab, addresses, claim_of, index, ip, on_a_host, setting, virtual_claim_of};
use super::segment::Monitor;
use vrrp::id::{Family, Vrid};

const V4: &str = "10.0.0.10";
const V6: &str = "2001:db8::10";

fn virtual_mac(family: Family) -> [u8; 6] {
    Vrid::new(51).unwrap().mac(family)
}

/// All frames up to a new answer of the host, which comes after all that it had to send.
fn until_now(client: &Client) -> Vec<Vec<u8>> {
    let own = |frame: &[u8]| source(frame)[..3] != [0, 0, 0x5e] && source(frame) != CLIENT;
    client.probe("10.0.0.1");
    client.until("the answer of the host", |frame| own(frame) && frame[12..14] == [8, 6] && frame[21] == 2)
}

fn macvlan_gone(monitor: &mut Monitor, link: u32) {
    monitor.until("the macvlan to go", |change| (*change == Change::LinkGone(link)).then_some(()));
}

fn a_claim(lab: &mut Lab, id: u64, address: &str) -> u32 {
    lab.claim(id, virtual_claim_of("eth0", &[address]))
}

#[test]
fn the_virtual_mac_answers_and_the_links_own_does_not() {
    on_a_host(|mut lab| {
        lab.hold(&[V4, V6]);
        let link = a_claim(&mut lab, 4, "10.0.0.10/24");
        assert_eq!(link, index(&format!("vrrp4-51-{}", index("eth0"))));
        a_claim(&mut lab, 6, "2001:db8::10/64");
        let client = Client::new(&lab.segment);
        assert_eq!(client.who_has(V4, V4), [virtual_mac(Family::V4)]);
        assert_eq!(client.who_has(V6, V6), [virtual_mac(Family::V6)]);
        let name = format!("vrrp4-51-{}", index("eth0"));
        assert_eq!(["rp_filter", "arp_ignore", "arp_announce"].map(|what| setting(&name, what)), [2, 1, 2]);
        assert_eq!(setting("eth0", "arp_ignore"), 1);

        lab.release(4);
        lab.release(6);
        assert!(client.who_has(V4, "10.0.0.1").is_empty());
        assert!(client.who_has(V6, "fe80::1").is_empty());
        assert!(!ip("link").contains("vrrp"), "{}", ip("link"));
        lab.stop(false);
        assert_eq!(setting("eth0", "arp_ignore"), 0);
    });
}

/// Addresses of a family without a virtual router are on the macvlan of the one that there is.
#[test]
fn the_virtual_mac_answers_for_addresses_of_the_other_family_too() {
    on_a_host(|mut lab| {
        lab.hold(&[V4, V6]);
        for addresses in [["10.0.0.10/24", "2001:db8::10/64"], ["2001:db8::10/64", "10.0.0.10/24"]] {
            let claim = virtual_claim_of("eth0", &addresses);
            let mac = claim.mac.unwrap();
            lab.claim(4, claim);
            let client = Client::new(&lab.segment);
            assert_eq!(client.who_has(V4, V4), [mac]);
            assert_eq!(client.who_has(V6, V6), [mac]);
            lab.release(4);
            assert!(client.who_has(V4, "10.0.0.1").is_empty() && client.who_has(V6, "fe80::1").is_empty());
            assert!(!ip("link").contains("vrrp"), "{}", ip("link"));
        }
    });
}

#[test]
fn coming_and_going_it_sends_nothing_but_the_report_that_it_listens() {
    on_a_host(|mut lab| {
        lab.hold(&[V4, V6]);
        let client = Client::new(&lab.segment);
        a_claim(&mut lab, 4, "10.0.0.10/24");
        lab.release(4);
        let frames = until_now(&client);
        assert!(frames.iter().all(|frame| source(frame) != virtual_mac(Family::V4)), "{frames:02x?}");

        a_claim(&mut lab, 6, "2001:db8::10/64");
        let virtual_report = |frame: &[u8]| source(frame) == virtual_mac(Family::V6) && is_listener_report(frame);
        let frames = client.until("the report that it listens", virtual_report);
        let others =
            frames.iter().filter(|frame| source(frame) == virtual_mac(Family::V6) && !is_listener_report(frame));
        assert_eq!(others.count(), 0);
        // The report is repeated once within a second of joining, by a kernel timer: it must be over before the release.
        client.until("the repeated report", virtual_report);
        lab.release(6);
        let frames = until_now(&client);
        assert!(frames.iter().all(|frame| source(frame) != virtual_mac(Family::V6)), "{frames:02x?}");
    });
}

#[test]
fn a_macvlan_that_somebody_removes_or_takes_down_comes_back() {
    on_a_host(|mut lab| {
        let first = a_claim(&mut lab, 4, "10.0.0.10/24");
        let name = format!("vrrp4-51-{}", index("eth0"));
        let mut monitor = Monitor::new();
        ip(&format!("link del {name}"));
        macvlan_gone(&mut monitor, first);
        let second = lab.claimed(4);
        assert_ne!(first, second);
        assert!(addresses(&name).contains(V4));

        let mut monitor = Monitor::new();
        ip(&format!("link set {name} down"));
        for up in [false, true] {
            monitor.until("it to go down and come up", |change| match change {
                Change::Link(index, link) if *index == second && link.trouble().is_none() == up => Some(()),
                _ => None,
            });
        }
        let client = Client::new(&lab.segment);
        assert_eq!(client.who_has(V4, V4), [virtual_mac(Family::V4)]);
    });
}

#[test]
fn a_macvlan_of_another_program_is_left_alone_and_said_to_be_in_the_way() {
    on_a_host(|mut lab| {
        let name = format!("vrrp4-51-{}", index("eth0"));
        ip(&format!("link add {name} link eth0 type macvlan mode bridge"));
        lab.kernel.submit(super::super::Request::Claim {
            id: super::super::ClaimId(4),
            claim: virtual_claim_of("eth0", &["10.0.0.10/24"]),
        });
        let reason = lab.failed(4);
        assert!(reason.contains(&name) && reason.contains("remove it"), "{reason}");
        lab.release(4);
        lab.stop(false);
        assert!(ip("link").contains(&name));
    });
}

#[test]
fn both_kinds_of_claim_share_a_link() {
    on_a_host(|mut lab| {
        a_claim(&mut lab, 1, "10.0.0.10/24");
        lab.claim(2, claim_of("eth0", &["10.0.0.11/24"]));
        let client = Client::new(&lab.segment);
        assert_eq!(client.who_has(V4, V4), [virtual_mac(Family::V4)]);
        assert_eq!(client.who_has("10.0.0.11", "10.0.0.11").len(), 1);
    });
}
