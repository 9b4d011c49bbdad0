//! What the kernel takes from a link in silence: routes with its last address, and memberships with a family or the link itself.

use super::super::Report;
use super::super::watch::Change;
use super::lab::{claim_of, index, ip, on_a_bare_host, on_a_host};
use super::segment::{Monitor, Segment};

#[test]
fn the_route_that_goes_with_the_last_address_of_a_link_is_put_back() {
    on_a_host(|mut lab| {
        lab.claim(1, claim_of("eth0", &["192.0.2.10/24"]));
        let mut monitor = Monitor::new();
        ip("addr del 10.0.0.1/24 dev eth0");
        let back = |change: &Change| matches!(change, Change::Route(_, None)).then_some(());
        monitor.until("the route without a source", back);
        ip("addr del 192.0.2.10/32 dev eth0");
        monitor.address_gone(index("eth0"), "192.0.2.10");
        monitor.until("the route once more", back);
        assert!(ip("route show 192.0.2.0/24").contains("proto 112"));
    });
}

#[test]
fn a_family_that_leaves_a_link_takes_the_memberships_with_it() {
    on_a_host(|mut lab| {
        // Too small for IPv6.
        ip("link set eth0 mtu 1200");
        ip("link set eth0 mtu 1500");
        lab.link("eth0", |link| link.epoch != 0);
    });
}

#[test]
fn a_carrier_that_comes_back_makes_memberships_doubtful() {
    on_a_host(|mut lab| {
        lab.segment.inside(|| ip("link set to-eth0 down"));
        let before = lab.link("eth0", |link| link.trouble.is_some()).epoch;
        lab.segment.inside(|| ip("link set to-eth0 up"));
        assert_ne!(lab.link("eth0", |link| link.trouble.is_none()).epoch, before);
    });
}

#[test]
fn a_link_that_is_replaced_in_a_moment_is_told_as_gone() {
    on_a_bare_host(|segment: Segment| {
        ip("link add spare0 index 77 type bridge");
        let mut lab = super::lab::Lab::new(segment);
        for _ in 0..5 {
            let mut batch = std::process::Command::new("ip");
            batch.args(["-batch", "-"]).stdin(std::process::Stdio::piped());
            let mut batch = batch.spawn().unwrap();
            let commands = "link del spare0\nlink add spare0 index 77 type bridge\n";
            std::io::Write::write_all(&mut batch.stdin.take().unwrap(), commands.as_bytes()).unwrap();
            assert!(batch.wait().unwrap().success());
            lab.until("the end of the link", |report| (*report == Report::LinkGone { index: 77 }).then_some(()));
            lab.link("spare0", |link| link.index == 77);
        }
    });
}
