//! Held addresses: bound by services, invisible to the segment.

use std::net::{IpAddr, TcpListener, UdpSocket};

use super::frames::{Client, asked};
use super::lab::{self, addresses, claim_of, ip, on_a_host, setting, virtual_claim_of};
use super::segment::Monitor;

const V4: &str = "10.0.0.10";
const V6: &str = "2001:db8::10";

#[test]
fn a_service_binds_what_is_held_and_nobody_is_answered() {
    on_a_host(|mut lab| {
        lab.hold(&[V4, V6]);
        TcpListener::bind((V4, 80)).unwrap();
        TcpListener::bind((V6, 80)).unwrap();
        let client = Client::new(&lab.segment);
        assert!(client.who_has(V4, "10.0.0.1").is_empty());
        assert!(client.who_has(V6, "fe80::1").is_empty());
    });
}

#[test]
fn without_the_settings_the_segment_would_be_answered() {
    on_a_host(|lab| {
        ip("addr add 10.0.0.10/32 dev lo scope host");
        assert_eq!(Client::new(&lab.segment).who_has(V4, "10.0.0.1").len(), 1);
    });
}

#[test]
fn a_process_that_sends_from_a_held_address_does_not_show_it() {
    on_a_host(|mut lab| {
        ip("addr add 2001:db8::1/64 dev eth0 nodad");
        lab.hold(&[V4, V6]);
        let client = Client::new(&lab.segment);
        for (from, to) in [(V4, "10.0.0.77"), (V6, "2001:db8::77")] {
            let (held, looked_for): (IpAddr, IpAddr) = (from.parse().unwrap(), to.parse().unwrap());
            UdpSocket::bind((from, 0)).unwrap().send_to(b"x", (to, 9)).unwrap();
            let question = |frame: &[u8]| asked(frame).is_some_and(|(_, target)| target == looked_for);
            let frames = client.until("the question for the client", question);
            assert!(frames.iter().filter_map(|frame| asked(frame)).all(|(sender, _)| sender != held));
        }
    });
}

#[test]
fn a_second_link_in_the_segment_is_as_silent_even_one_that_comes_later() {
    on_a_host(|mut lab| {
        lab.segment.plug("eth1");
        lab.hold(&[V4, V6]);
        let client = Client::new(&lab.segment);
        assert!(client.who_has(V4, "10.0.0.1").is_empty());

        let mut monitor = Monitor::new();
        lab.segment.plug("eth2");
        // Its settings are written before it carries a frame: the message about them is there before the one that it is up.
        let later = lab::index("eth2");
        monitor.until("the settings of eth2", |change| match change {
            super::super::watch::Change::Link(index, link) if *index == later => {
                link.settings.filter(|settings| settings.arp_ignore == 3).map(drop)
            }
            _ => None,
        });
        assert_eq!((setting("eth2", "arp_ignore"), setting("eth2", "arp_announce")), (3, 2));
        assert!(client.who_has(V4, "10.0.0.1").is_empty());
        assert!(client.who_has(V6, "fe80::1").is_empty());
    });
}

#[test]
fn beside_a_virtual_mac_of_another_virtual_router_it_stays_hidden() {
    on_a_host(|mut lab| {
        lab.hold(&[V4, "10.0.0.20"]);
        lab.claim(1, virtual_claim_of("eth0", &["10.0.0.20/24"]));
        assert!(Client::new(&lab.segment).who_has(V4, "10.0.0.1").is_empty());
    });
}

#[test]
fn strict_settings_are_left_alone_and_all_are_restored_at_the_end() {
    on_a_host(|mut lab| {
        lab.segment.plug("eth1");
        lab::change_setting("eth1", "arp_ignore", 2);
        lab::change_setting("eth1", "arp_announce", 1);
        lab.hold(&[V4]);
        assert_eq!((setting("eth0", "arp_ignore"), setting("eth0", "arp_announce")), (3, 2));
        assert_eq!((setting("eth1", "arp_ignore"), setting("eth1", "arp_announce")), (2, 2));

        let mut lab = lab.crash_and_restart();
        lab.hold(&[V4]);
        lab.claim(1, claim_of("eth0", &["10.0.0.10/24"]));
        lab.stop(false);
        assert_eq!((setting("eth0", "arp_ignore"), setting("eth0", "arp_announce")), (0, 0));
        assert_eq!((setting("eth1", "arp_ignore"), setting("eth1", "arp_announce")), (2, 1));
        assert!(!addresses("lo").contains(V4) && !addresses("eth0").contains(V4));
    });
}

#[test]
fn at_a_stop_that_keeps_the_holds_their_settings_stay() {
    on_a_host(|mut lab| {
        lab.hold(&[V4]);
        lab.claim(1, claim_of("eth0", &["10.0.0.10/24"]));
        lab.stop(true);
        assert!(addresses("lo").contains(V4) && !addresses("eth0").contains(V4));
        assert_eq!(setting("eth0", "arp_ignore"), 3);
    });
}

#[test]
fn what_is_no_longer_wanted_is_removed_and_what_cannot_be_held_is_said() {
    on_a_host(|mut lab| {
        lab.hold(&[V4, V6]);
        let reason = lab.try_hold(&[V6, "fe80::10"]).unwrap_err();
        assert!(reason.contains("fe80::10") && reason.contains("freebind"), "{reason}");
        assert!(!addresses("lo").contains(V4) && addresses("lo").contains(V6));
        assert_eq!(setting("eth0", "arp_ignore"), 0);
    });
}

#[test]
fn an_address_that_the_loopback_link_shows_to_all_is_no_hold() {
    on_a_host(|mut lab| {
        ip("addr add 10.0.0.10/32 dev lo");
        let reason = lab.try_hold(&[V4]).unwrap_err();
        assert!(reason.contains("scope host"), "{reason}");
        ip("addr del 10.0.0.10/32 dev lo");
        assert_eq!(lab.held(), Ok(()));
        assert!(Client::new(&lab.segment).who_has(V4, "10.0.0.1").is_empty());
    });
}
