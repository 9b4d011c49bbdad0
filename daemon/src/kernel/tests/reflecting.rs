//! What is told of links: each change, once, with the right primary addresses.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use super::super::Report;
use super::lab::{Lab, claim_of, index, ip, on_a_bare_host, on_a_host};

fn v4(text: &str) -> Option<Ipv4Addr> {
    Some(text.parse().unwrap())
}

#[test]
fn the_first_dump_tells_of_every_link() {
    on_a_bare_host(|segment| {
        segment.plug("eth0");
        ip("addr add 10.0.0.1/24 dev eth0");
        ip("addr add fe80::1/64 dev eth0 nodad");
        let folder = tempfile::tempdir().unwrap();
        let (_kernel, mut reports) = super::super::start(folder.path().join("links")).unwrap();
        let mut links = Vec::new();
        loop {
            match reports.blocking_recv().unwrap() {
                Report::Link(link) => links.push(link),
                Report::Ready => break,
                other => panic!("{other:?}"),
            }
        }
        let names: Vec<_> =
            links.iter().map(|link| (link.name.as_str(), link.trouble.is_none(), link.loopback)).collect();
        assert_eq!(names, [("lo", true, true), ("eth0", true, false)]);
        let eth0 = &links[1];
        assert_eq!((eth0.primary_v4, eth0.link_local), (v4("10.0.0.1"), Some("fe80::1".parse().unwrap())));
        assert_eq!(eth0.owned, ["10.0.0.1", "fe80::1"].map(|ip| ip.parse::<IpAddr>().unwrap()).into());
        assert!(eth0.mac.is_some() && !eth0.ours);
    });
}

#[test]
fn a_link_that_comes_loses_its_carrier_is_renamed_and_goes() {
    on_a_host(|mut lab| {
        lab.segment.plug("lan0");
        let came = lab.link("lan0", |link| link.trouble.is_none());
        lab.segment.inside(|| ip("link set to-lan0 down"));
        lab.link("lan0", |link| link.trouble.is_some());
        lab.segment.inside(|| ip("link set to-lan0 up"));
        lab.link("lan0", |link| link.trouble.is_none());
        ip("link set lan0 name wan0");
        assert_eq!(lab.link("wan0", |_| true).index, came.index);
        ip("link del wan0");
        lab.until("LinkGone", |report| (*report == Report::LinkGone { index: came.index }).then_some(()));
    });
}

#[test]
fn a_port_that_leaves_a_bridge_is_no_link_that_goes() {
    on_a_host(|mut lab| {
        lab.segment.plug("lan0");
        ip("link add bridge0 type bridge");
        ip("link set lan0 master bridge0");
        ip("link set lan0 nomaster");
        ip("link set lan0 down");
        let index = index("lan0");
        lab.until("lan0 down", |report| match report {
            Report::LinkGone { index: gone } => panic!("link {gone} is said to be gone"),
            Report::Link(link) => (link.index == index && link.trouble.is_some() && link.mac.is_some()).then_some(()),
            _ => None,
        });
    });
}

#[test]
fn the_primary_address_is_the_best_of_others() {
    on_a_host(|mut lab| {
        let primary = |lab: &mut Lab, wanted: Option<Ipv4Addr>| lab.link("eth0", |link| link.primary_v4 == wanted);
        lab.hold(&["10.0.0.10"]);
        lab.claim(1, claim_of("eth0", &["10.0.0.10/24"]));
        ip("addr add 10.0.0.2/24 dev eth0");
        ip("addr add 169.254.0.1/16 dev eth0 scope link");
        ip("addr add 172.16.0.1/16 dev eth0");
        ip("addr del 10.0.0.1/24 dev eth0");
        // 10.0.0.2 was secondary to it, and went with it.
        primary(&mut lab, v4("172.16.0.1"));
        ip("addr change 172.16.0.1/16 dev eth0 valid_lft 600 preferred_lft 0");
        primary(&mut lab, v4("169.254.0.1"));
        ip("addr del 169.254.0.1/16 dev eth0");
        primary(&mut lab, None);
        // A virtual address that is configured here is the owner's: better than none.
        ip("addr add 10.0.0.10/24 dev eth0");
        primary(&mut lab, v4("10.0.0.10"));
        ip("addr add 10.0.0.3/24 dev eth0");
        ip("addr add 10.1.0.3/24 dev eth0");
        primary(&mut lab, v4("10.1.0.3"));
    });
}

#[test]
fn an_address_on_probation_is_no_source() {
    on_a_host(|mut lab| {
        ip("addr del fe80::1/64 dev eth0");
        lab.link("eth0", |link| link.link_local.is_none());
        ip("addr add fe80::2/64 dev eth0");
        let first = lab.link("eth0", |link| link.owned.contains(&"fe80::2".parse::<IpAddr>().unwrap()));
        assert_eq!(first.link_local, None);
        lab.link("eth0", |link| link.link_local == Some("fe80::2".parse().unwrap()));
    });
}

#[test]
fn addresses_of_ours_are_not_told_and_nothing_is_told_twice() {
    on_a_host(|mut lab| {
        lab.hold(&["10.0.0.10", "2001:db8::10"]);
        lab.claim(1, claim_of("eth0", &["10.0.0.10/24"]));
        lab.release(1);
        ip("addr add 10.9.9.9/32 dev eth0");
        let owned: BTreeSet<IpAddr> = ["10.0.0.1", "10.9.9.9", "fe80::1"].map(|ip| ip.parse().unwrap()).into();
        lab.until("the only report of eth0", |report| match report {
            Report::Link(link) => {
                assert_eq!((link.name.as_str(), &link.owned), ("eth0", &owned));
                Some(())
            }
            _ => None,
        });
    });
}
