//! After a crash: what is still wanted is adopted without a gap, what is not goes when the daemon has settled.

use super::super::watch::Change;
use super::super::{ClaimId, Request};
use super::lab::{Lab, addresses, claim_of, index, ip, on_a_host, virtual_claim_of};
use super::segment::Monitor;

fn crowded(lab: &mut Lab) {
    lab.hold(&["10.0.0.10", "10.0.0.11", "2001:db8::10"]);
    lab.claim(1, claim_of("eth0", &["10.0.0.10/24", "10.0.0.11/24"]));
    lab.claim(2, virtual_claim_of("eth0", &["2001:db8::10/64"]));
    lab.claim(3, claim_of("eth0", &["192.0.2.10/24"]));
}

#[test]
fn what_is_wanted_again_never_leaves() {
    on_a_host(|mut lab| {
        crowded(&mut lab);
        let macvlan = index(&format!("vrrp6-51-{}", index("eth0")));
        let mut monitor = Monitor::new();
        let mut lab = lab.crash_and_restart();
        crowded(&mut lab);
        lab.kernel.submit(Request::Settled);
        lab.claim(9, claim_of("eth0", &["10.0.0.99/24"]));
        assert_eq!(index(&format!("vrrp6-51-{}", index("eth0"))), macvlan);
        monitor.until("the last claim, and nothing lost before it", |change| match change {
            Change::Address(place, _) => (place.ip.to_string() == "10.0.0.99").then_some(()),
            Change::AddressGone(..)
            | Change::LinkGone(_)
            | Change::RouteGone(..)
            | Change::VirtualRouteGone(..)
            | Change::RuleGone(_) => panic!("{change:?}"),
            Change::Link(..)
            | Change::Route(..)
            | Change::VirtualRoute(..)
            | Change::Rule(_)
            | Change::Settings(_)
            | Change::FamilyGone(_) => None,
        });
    });
}

#[test]
fn what_nobody_wants_goes_when_all_is_settled_and_not_before() {
    on_a_host(|mut lab| {
        crowded(&mut lab);
        ip("addr add 10.0.0.77/32 dev eth0");
        let mut lab = lab.crash_and_restart();
        lab.hold(&["10.0.0.11"]);
        lab.claim(1, claim_of("eth0", &["10.0.0.11/24"]));
        let held = addresses("lo");
        assert!(held.contains("10.0.0.11") && !held.contains("10.0.0.10"), "a hold is the whole set: {held}");
        assert!(addresses("eth0").contains("10.0.0.10/32") && ip("link").contains("vrrp6-51"));
        assert!(ip("route").contains("proto 112"));

        lab.kernel.submit(Request::Settled);
        lab.stop(true);
        let left = addresses("eth0");
        assert!(!left.contains("10.0.0.10/32") && left.contains("10.0.0.77/32"), "{left}");
        assert!(!ip("link").contains("vrrp6-51") && !ip("route").contains("proto 112"));
    });
}

#[test]
fn a_daemon_that_ends_without_a_word_leaves_everything() {
    on_a_host(|mut lab| {
        crowded(&mut lab);
        let before = (addresses("eth0").lines().count(), addresses("lo").lines().count());
        let lab = lab.crash_and_restart();
        assert_eq!((addresses("eth0").lines().count(), addresses("lo").lines().count()), before);
        lab.kernel.submit(Request::Release { id: ClaimId(1) });
    });
}
