//! Drained claims: served on, and silent.

use std::net::UdpSocket;
use std::time::Duration;

use super::super::{ClaimId, Report, Request};
use super::frames::{Client, send_through, source};
use super::lab::{Lab, addresses, claim_of, index, ip, on_a_host, setting, virtual_claim_of};

const V4: &str = "10.0.0.10";
const V6: &str = "2001:db8::10";

fn drain(lab: &Lab, id: u64, at_most: Duration) {
    lab.kernel.submit(Request::Drain { id: ClaimId(id), at_most });
}

fn released(lab: &mut Lab, id: u64) {
    lab.until("Released", |report| (*report == Report::Released { id: ClaimId(id) }).then_some(()));
}

/// Waits until a link has lost an address.
fn left(link: &str, address: &str) {
    while addresses(link).contains(address) {
        std::thread::yield_now();
    }
}

#[test]
fn what_is_not_held_is_held_for_as_long_as_it_is_drained() {
    on_a_host(|mut lab| {
        lab.hold(&[]);
        lab.claim(4, claim_of("eth0", &["10.0.0.10/24"]));
        lab.claim(6, claim_of("eth0", &["2001:db8::10/64"]));
        let client = Client::new(&lab.segment);
        for id in [4, 6] {
            drain(&lab, id, Duration::from_secs(3600));
        }
        left("eth0", V4);
        left("eth0", V6);
        assert!(client.who_has(V4, "10.0.0.1").is_empty());
        assert!(client.who_has(V6, "fe80::1").is_empty());
        for address in [V4, V6] {
            assert!(addresses("lo").contains(address), "{}", addresses("lo"));
            UdpSocket::bind((address, 53)).unwrap();
        }
        for id in [4, 6] {
            lab.release(id);
        }
        left("lo", V4);
        left("lo", V6);
        lab.stop(false);
        assert_eq!(setting("eth0", "arp_ignore"), 0);
    });
}

#[test]
fn a_macvlan_stays_and_is_silent() {
    on_a_host(|mut lab| {
        lab.hold(&[V4, V6]);
        lab.claim(4, virtual_claim_of("eth0", &["10.0.0.10/24"]));
        lab.claim(6, virtual_claim_of("eth0", &["2001:db8::10/64"]));
        let client = Client::new(&lab.segment);
        for id in [4, 6] {
            drain(&lab, id, Duration::from_secs(3600));
        }
        let macvlans = || ip("addr show type macvlan");
        while macvlans().contains(V4) || macvlans().contains(V6) {
            std::thread::yield_now();
        }
        assert_eq!(macvlans().matches("state UP").count(), 2, "{}", macvlans());
        // Whatever leaves one of them turns the switch back to this host, and the kernel has reports of its own to send.
        let wire = Client::new(&lab.segment);
        let mut frame = [&[0x33, 0x33, 0, 0, 0, 1, 0, 0, 0x5e, 0, 2, 51, 0x86, 0xdd][..], &[0; 46]].concat();
        let parent = index("eth0");
        for (family, macvlan) in [(1, format!("vrrp4-51-{parent}")), (2, format!("vrrp6-51-{parent}"))] {
            frame[10] = family;
            send_through(&macvlan, &frame);
        }
        // What comes for all macvlans comes to all of them in one order.
        ip("link add link eth0 name fence type macvlan");
        ip("link set fence addrgenmode none up");
        while setting("fence", "arp_ignore") != 3 {
            std::thread::yield_now();
        }
        ip("addr add 10.0.0.30/24 dev fence");
        ip("addr add fe80::30/64 dev fence nodad");
        assert!(client.who_has(V4, "10.0.0.30").is_empty());
        assert!(client.who_has(V6, "fe80::30").is_empty());
        ip("link del fence");
        for id in [4, 6] {
            lab.release(id);
        }
        assert_eq!(macvlans(), "");
        wire.probe("10.0.0.1");
        let frames = wire.until("the answer of the host", |frame| frame[12..14] == [8, 6] && frame[21] == 2);
        let from_macvlan = |frame: &&Vec<u8>| source(frame)[..4] == [0, 0, 0x5e, 0];
        assert_eq!(frames.iter().filter(from_macvlan).count(), 0, "{frames:02x?}");
    });
}

#[test]
fn a_drain_that_nobody_ends_is_over_in_time() {
    on_a_host(|mut lab| {
        lab.hold(&[]);
        lab.claim(4, claim_of("eth0", &["10.0.0.10/24"]));
        drain(&lab, 4, Duration::from_millis(50));
        released(&mut lab, 4);
        left("lo", V4);
        assert!(!addresses("eth0").contains(V4));
    });
}

#[test]
fn what_is_drained_is_claimed_again() {
    on_a_host(|mut lab| {
        lab.hold(&[V4]);
        for claim in [claim_of("eth0", &["10.0.0.10/24"]), virtual_claim_of("eth0", &["10.0.0.10/24"])] {
            let carrier = lab.claim(4, claim.clone());
            drain(&lab, 4, Duration::from_secs(3600));
            assert_eq!(lab.claim(4, claim), carrier);
            let client = Client::new(&lab.segment);
            assert_eq!(client.who_has(V4, V4).len(), 1);
            lab.release(4);
        }
    });
}

#[test]
fn a_macvlan_that_a_former_daemon_muted_speaks_again() {
    on_a_host(|mut lab| {
        lab.hold(&[V4]);
        let claim = virtual_claim_of("eth0", &["10.0.0.10/24"]);
        let carrier = lab.claim(4, claim.clone());
        drain(&lab, 4, Duration::from_secs(3600));
        while !ip("-d link show type macvlan").contains("qdisc blackhole") {
            std::thread::yield_now();
        }
        let mut lab = lab.crash_and_restart();
        lab.hold(&[V4]);
        assert_eq!(lab.claim(4, claim), carrier);
        assert_eq!(Client::new(&lab.segment).who_has(V4, V4).len(), 1);
    });
}
