//! Claimed addresses: answered for, leased, and gone when they are released.

use std::net::UdpSocket;
use std::time::Duration;

use super::super::{Claim, ClaimId, Report, Request};
use super::frames::{Client, source};
use super::lab::{addresses, claim_of, index, ip, on_a_host};
use super::segment::Monitor;

const V4: &str = "10.0.0.10";
const V6: &str = "2001:db8::10";

fn mac(link: &str) -> [u8; 6] {
    let text = ip(&format!("-o link show dev {link}"));
    let mac = text.split("link/ether ").nth(1).unwrap().split(' ').next().unwrap();
    let bytes: Vec<u8> = mac.split(':').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
    bytes.try_into().unwrap()
}

#[test]
fn a_claim_is_answered_with_the_links_own_mac_until_it_is_released() {
    on_a_host(|mut lab| {
        lab.hold(&[V4, V6]);
        assert_eq!(lab.claim(4, claim_of("eth0", &["10.0.0.10/24"])), index("eth0"));
        assert_eq!(lab.claim(6, claim_of("eth0", &["2001:db8::10/64"])), index("eth0"));
        let client = Client::new(&lab.segment);
        assert_eq!(client.who_has(V4, "10.0.0.1"), [mac("eth0")]);
        assert_eq!(client.who_has(V6, "fe80::1"), [mac("eth0")]);
        assert!(addresses("eth0").contains("inet 10.0.0.10/32 scope global"), "{}", addresses("eth0"));
        assert!(
            addresses("eth0").contains("inet6 2001:db8::10/128 scope global nodad deprecated"),
            "{}",
            addresses("eth0")
        );

        lab.release(4);
        lab.release(6);
        assert!(client.who_has(V4, "10.0.0.1").is_empty());
        assert!(client.who_has(V6, "fe80::1").is_empty());
        assert!(addresses("lo").contains(V4) && addresses("lo").contains(V6));
    });
}

#[test]
fn a_socket_survives_claim_and_release() {
    on_a_host(|mut lab| {
        lab.hold(&[V4]);
        let socket = UdpSocket::bind((V4, 0)).unwrap();
        lab.claim(1, claim_of("eth0", &["10.0.0.10/24"]));
        lab.release(1);
        let sender = UdpSocket::bind("10.0.0.1:0").unwrap();
        sender.send_to(b"still here", socket.local_addr().unwrap()).unwrap();
        let mut buffer = [0; 16];
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        assert_eq!(socket.recv(&mut buffer).unwrap(), 10);
    });
}

#[test]
fn a_claim_that_is_not_renewed_runs_out_and_the_hold_stays() {
    on_a_host(|mut lab| {
        lab.hold(&[V4, V6]);
        let lease = Duration::from_secs(2);
        let [mut monitor_v4, mut monitor_v6] = [Monitor::new(), Monitor::new()];
        lab.claim(4, Claim { lease, ..claim_of("eth0", &["10.0.0.10/24"]) });
        lab.claim(6, Claim { lease, ..claim_of("eth0", &["2001:db8::10/64"]) });
        monitor_v4.address_gone(index("eth0"), V4);
        lab.lapsed(4);
        lab.lapsed(6);
        monitor_v6.address_gone(index("eth0"), V6);
        assert!(addresses("lo").contains(V4) && addresses("lo").contains(V6));

        // Late life does not bring it back: another host may serve it. Only another claim does.
        lab.kernel.submit(Request::Renew);
        lab.claim(5, claim_of("eth0", &["10.0.0.11/24"]));
        assert!(!addresses("eth0").contains("10.0.0.10/32"));
        lab.claim(4, claim_of("eth0", &["10.0.0.10/24"]));
        assert!(addresses("eth0").contains("10.0.0.10/32"));
    });
}

#[test]
fn renewing_keeps_a_claim() {
    on_a_host(|mut lab| {
        let lease = Duration::from_secs(2);
        let mut monitor = Monitor::new();
        lab.claim(4, Claim { lease, ..claim_of("eth0", &["10.0.0.10/24"]) });
        lab.claim(6, Claim { lease: Duration::from_secs(5), ..claim_of("eth0", &["2001:db8::10/64"]) });
        monitor.address(index("eth0"), V4);
        // The lease of another address is the clock: 10.0.0.50 lives for 4 s, twice the lease.
        ip("addr add 10.0.0.50/32 dev eth0 valid_lft 4 preferred_lft 4");
        let renewing = lab.kernel.clone();
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let life = std::thread::spawn(move || {
            while stopped.recv_timeout(Duration::from_millis(500)).is_err() {
                renewing.submit(Request::Renew);
            }
        });
        monitor.address_gone(index("eth0"), "10.0.0.50");
        assert!(addresses("eth0").contains(V4) && addresses("eth0").contains(V6));
        stop.send(()).unwrap();
        life.join().unwrap();
    });
}

#[test]
fn another_lease_is_no_news_and_a_far_longer_one_counts_at_once() {
    on_a_host(|mut lab| {
        let leased = |seconds| Claim { lease: Duration::from_secs(seconds), ..claim_of("eth0", &["10.0.0.10/24"]) };
        lab.claim(4, leased(10));
        let mut monitor = Monitor::new();
        lab.kernel.submit(Request::Claim { id: ClaimId(4), claim: leased(600) });
        monitor.address(index("eth0"), V4);
        let told = addresses("eth0");
        assert!(["600", "599"].iter().any(|left| told.contains(&format!("valid_lft {left}sec"))), "{told}");
        lab.kernel.submit(Request::Claim { id: ClaimId(4), claim: leased(601) });
        lab.kernel.submit(Request::Claim { id: ClaimId(5), claim: claim_of("eth0", &["10.0.0.11/24"]) });
        let claimed = |report: &Report| matches!(report, Report::Claimed { .. }).then(|| report.clone());
        // They are told in the order of their numbers.
        assert_eq!(lab.until("a claim", claimed), Report::Claimed { id: ClaimId(5), link: index("eth0") });
    });
}

#[test]
fn an_address_of_others_counts_and_is_never_touched() {
    on_a_host(|mut lab| {
        ip("addr add 2001:db8::10/64 dev eth0 nodad");
        lab.claim(4, claim_of("eth0", &["10.0.0.1/24"]));
        lab.claim(6, claim_of("eth0", &["2001:db8::10/64"]));
        lab.release(4);
        lab.release(6);
        lab.stop(false);
        let left = addresses("eth0");
        assert!(left.contains("inet 10.0.0.1/24") && left.contains("inet6 2001:db8::10/64"), "{left}");
        assert!(!left.contains("10.0.0.1/32") && left.matches("valid_lft forever").count() == 3, "{left}");
    });
}

#[test]
fn a_subnet_without_an_address_gets_a_route_that_stays_while_the_address_is_held() {
    on_a_host(|mut lab| {
        lab.hold(&["192.0.2.10", V6]);
        lab.claim(4, claim_of("eth0", &["192.0.2.10/24"]));
        lab.claim(6, claim_of("eth0", &["2001:db8::10/64"]));
        let route = ip("-4 route show 192.0.2.0/24");
        assert!(route.contains("dev eth0 proto 112 scope link src 10.0.0.1"), "{route}");
        assert!(ip("-6 route show 2001:db8::/64").contains("dev eth0 proto 112"));
        // The route of the primary address serves its own subnet.
        lab.claim(5, claim_of("eth0", &["10.0.0.10/24"]));
        assert!(!ip("-4 route show 10.0.0.0/24").contains("proto 112"));

        lab.release(4);
        assert!(ip("-4 route show 192.0.2.0/24").contains("proto 112"));
        let mut monitor = Monitor::new();
        lab.hold(&[V6]);
        monitor.until("the route to go", |change| {
            matches!(change, super::super::watch::Change::RouteGone(..)).then_some(())
        });
        lab.stop(false);
        assert!(ip("-6 route show 2001:db8::/64").is_empty());
    });
}

#[test]
fn claims_and_releases_in_quick_succession_end_with_the_last_word() {
    on_a_host(|mut lab| {
        lab.hold(&[V4]);
        let claim = claim_of("eth0", &["10.0.0.10/24"]);
        for _ in 0..100 {
            lab.kernel.submit(Request::Claim { id: ClaimId(1), claim: claim.clone() });
            lab.kernel.submit(Request::Release { id: ClaimId(1) });
        }
        lab.claim(2, claim_of("eth0", &["10.0.0.11/24"]));
        let left = addresses("eth0");
        assert!(left.contains("10.0.0.11/32") && !left.contains("10.0.0.10/32"), "{left}");
    });
}

#[test]
fn a_claim_on_a_link_that_is_gone_says_so() {
    on_a_host(|mut lab| {
        let claim = claim_of("eth0", &["10.0.0.10/24"]);
        lab.claim(1, claim.clone());
        ip("link del eth0");
        assert!(lab.failed(1).contains("gone"));
        lab.release(1);
        lab.kernel.submit(Request::Claim { id: ClaimId(2), claim });
        assert!(lab.failed(2).contains("gone"));
    });
}

#[test]
fn frames_come_from_the_links_own_mac() {
    on_a_host(|mut lab| {
        lab.claim(1, claim_of("eth0", &["10.0.0.10/24"]));
        let client = Client::new(&lab.segment);
        client.who_has(V4, "10.0.0.1");
        UdpSocket::bind((V4, 0)).unwrap().send_to(b"x", "10.0.0.77:9").unwrap();
        let frames = client.until("a question", |frame| super::frames::asked(frame).is_some());
        assert!(frames.iter().all(|frame| source(frame) == mac("eth0")));
    });
}
