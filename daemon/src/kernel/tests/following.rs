//! Routes and rules that follow a claim.

use std::time::Duration;

use vrrp::config::check::check;
use vrrp::config::file::Source;
use vrrp::config::{VirtualRoute, VirtualRule};
use vrrp::id::Family;

use super::super::watch::Change;
use super::super::{Claim, ClaimId, Report, Request};
use super::lab::{DEADLINE, Lab, claim_of, ip, on_a_host, virtual_claim_of};
use super::segment::Monitor;

/// Both as an instance has them in its file.
fn ways(routes: &str, rules: &str) -> (Vec<VirtualRoute>, Vec<(Family, VirtualRule)>) {
    let text = format!(
        "[instance.a]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"10.0.0.10/24\"]\n\
         virtual_routes = [{routes}]\nvirtual_rules = [{rules}]\n"
    );
    let source = Source { path: "vrrp.toml".to_owned(), text };
    let config = check(&[source]).unwrap_or_else(|problems| panic!("{problems:#?}")).config;
    let instance = config.instances.into_values().next().unwrap();
    let rules = instance.rules_moved_by(Family::V4).map(|(family, rule)| (family, rule.clone())).collect();
    (instance.virtual_routes, rules)
}

fn with(claim: Claim, routes: &str, rules: &str) -> Claim {
    let (routes, rules) = ways(routes, rules);
    Claim { routes, rules, ..claim }
}

fn v4(routes: &str, rules: &str) -> Claim {
    with(claim_of("eth0", &["10.0.0.10/24"]), routes, rules)
}

const DEFAULT: &str = "{ to = \"default\", via = \"10.0.0.254\", source = \"10.0.0.10\", metric = 5 }";
const OTHERS: &str = "{ to = \"default\", via = \"10.0.0.253\", table = 1000 }, \
                      { to = \"198.51.100.0/24\", type = \"blackhole\" }, { to = \"203.0.113.0/24\", mtu = 1400 }";
const RULES: &str = "{ from = \"10.0.0.10/32\", table = 1000, priority = 1000 }, \
                     { fwmark = \"0x1/0xff\", iif = \"eth9\", not = true, table = 1000, priority = 1001 }";

fn ours() -> String {
    let routes = ["route show table all proto 112", "-6 route show table all proto 112"].map(ip).concat();
    // What reaches the subnet of an address is none that was asked for.
    let routes: String = routes
        .lines()
        .filter(|line| !line.contains("metric 112000"))
        .fold(String::new(), |all, line| format!("{all}{}\n", line.split_whitespace().collect::<Vec<_>>().join(" ")));
    let rules = ["rule", "-6 rule"].map(ip).concat();
    let rules: Vec<&str> = rules.lines().filter(|line| line.contains("112")).collect();
    routes + &rules.join("\n")
}

fn undone(lab: &mut Lab) -> String {
    lab.until("Undone", |report| match report {
        Report::Undone { text, .. } => Some(text.clone()),
        _ => None,
    })
}

#[test]
fn they_come_with_the_addresses_and_go_before_them() {
    on_a_host(|mut lab| {
        lab.hold(&["10.0.0.10", "2001:db8::10"]);
        lab.claim(4, v4(&format!("{DEFAULT}, {OTHERS}"), RULES));
        let found = ours();
        for line in [
            "default via 10.0.0.254 dev eth0 src 10.0.0.10 metric 5",
            "default via 10.0.0.253 dev eth0 table 1000",
            "blackhole 198.51.100.0/24",
            "203.0.113.0/24 dev eth0 scope link metric 2 mtu 1400",
            "1000:\tfrom 10.0.0.10 lookup 1000 proto 112",
            "1001:\tnot from all fwmark 0x1/0xff iif eth9 [detached] lookup 1000 proto 112",
        ] {
            assert!(found.contains(line), "{line} is not in\n{found}");
        }
        let mut monitor = Monitor::new();
        lab.release(4);
        let mut gone = Vec::new();
        monitor.until("the address to go", |change| {
            match change {
                Change::RuleGone(_) => gone.push("rule"),
                Change::VirtualRouteGone(..) => gone.push("route"),
                Change::AddressGone(_) => return Some(()),
                _ => {}
            }
            None
        });
        assert_eq!(gone, ["rule", "rule", "route", "route", "route", "route"]);
        assert_eq!(ours(), "");
    });
}

#[test]
fn those_of_ipv6_and_of_a_virtual_mac_do_so_too() {
    on_a_host(|mut lab| {
        lab.hold(&["10.0.0.10", "2001:db8::10"]);
        ip("addr add 2001:db8::1/64 dev eth0 nodad");
        let routes = "{ to = \"default\", via = \"2001:db8::fe\", source = \"2001:db8::10\" }, \
                      { to = \"2001:db8:9::/48\", via = \"fe80::fe\", table = 1000, metric = 7 }, \
                      { to = \"2001:db8:8::/48\", type = \"unreachable\" }";
        let rules = "{ to = \"2001:db8:9::/48\", table = 1000, priority = 1000 }";
        lab.claim(4, with(virtual_claim_of("eth0", &["10.0.0.10/24"]), DEFAULT, ""));
        lab.claim(6, with(virtual_claim_of("eth0", &["2001:db8::10/64"]), routes, rules));
        let found = ours();
        for line in [
            "default via 10.0.0.254 dev eth0 src 10.0.0.10 metric 5",
            "default via 2001:db8::fe dev eth0 src 2001:db8::10 metric 1024",
            "2001:db8:9::/48 via fe80::fe dev eth0 table 1000 metric 7",
            "unreachable 2001:db8:8::/48",
            "1000:\tfrom all to 2001:db8:9::/48 lookup 1000 proto 112",
        ] {
            assert!(found.contains(line), "{line} is not in\n{found}");
        }
        lab.release(4);
        lab.release(6);
        assert_eq!(ours(), "");
    });
}

#[test]
fn what_somebody_removes_is_put_back_and_told() {
    on_a_host(|mut lab| {
        lab.hold(&["10.0.0.10"]);
        lab.claim(4, v4(&format!("{DEFAULT}, {OTHERS}"), RULES));
        let before = ours();
        ip("route del default via 10.0.0.254");
        let told = undone(&mut lab);
        assert!(told.starts_with("ip (process ") || told.starts_with("process "), "{told}");
        assert!(told.ends_with("removed the route to default from eth0: put back"), "{told}");
        std::thread::sleep(Duration::from_millis(150));
        ip("rule del priority 1000");
        let told = undone(&mut lab);
        assert!(told.ends_with("the rule \"1000: from 10.0.0.10/32 lookup 1000\" from eth0: put back"), "{told}");
        assert_eq!(ours(), before);
    });
}

/// The kernel removes routes with the address that they prefer and with their link, and tells nobody of those of IPv4.
#[test]
fn what_the_kernel_removes_is_put_back_and_nobody_is_blamed() {
    on_a_host(|mut lab| {
        lab.hold(&[]);
        lab.claim(4, v4(&format!("{DEFAULT}, {OTHERS}"), RULES));
        let before = ours();
        ip("addr del 10.0.0.10/32 dev eth0");
        let told = undone(&mut lab);
        assert!(told.ends_with("removed 10.0.0.10 from eth0: put back"), "{told}");
        let deadline = std::time::Instant::now() + DEADLINE;
        while ours() != before {
            assert!(std::time::Instant::now() < deadline, "{}\nis not\n{before}", ours());
            std::thread::yield_now();
        }
        ip("link set eth0 down");
        lab.link("eth0", |link| link.trouble.is_some());
        ip("link set eth0 up");
        while ours() != before {
            assert!(std::time::Instant::now() < deadline, "{}\nis not\n{before}", ours());
            std::thread::yield_now();
        }
        lab.claim(5, claim_of("eth0", &["10.0.0.11/24"]));
    });
}

#[test]
fn a_route_of_others_is_left_alone_and_told() {
    on_a_host(|mut lab| {
        lab.hold(&["10.0.0.10"]);
        ip("route add default via 10.0.0.1 dev eth0 metric 5 proto dhcp");
        lab.kernel.submit(Request::Claim { id: ClaimId(4), claim: v4(DEFAULT, "") });
        let reason = lab.failed(4);
        let expected = "cannot route default via 10.0.0.254 through eth0: a route of DHCP with this metric is there via \
                        10.0.0.1 through eth0: remove it, or give this one another metric";
        assert_eq!(reason, expected);
        assert!(ip("route").contains("default via 10.0.0.1 dev eth0 proto dhcp metric 5"), "{}", ip("route"));
        ip("route del default via 10.0.0.1");
        lab.claimed(4);

        // The kernel tells the same rule of two programs apart.
        ip("rule add from 10.0.0.9 table 1000 priority 999");
        let before = ip("rule");
        lab.claim(4, v4(DEFAULT, "{ from = \"10.0.0.9/32\", table = 1000, priority = 999 }"));
        assert_eq!(ip("rule").matches("999:").count(), 2);
        lab.release(4);
        assert_eq!(ip("rule"), before);
    });
}

#[test]
fn what_cannot_be_routed_says_what_to_do() {
    on_a_host(|mut lab| {
        lab.hold(&["10.0.0.10"]);
        let cases = [
            (
                "{ to = \"default\", via = \"192.0.2.1\" }",
                "cannot route default via 192.0.2.1 through eth0: 192.0.2.1 is not reachable there: give eth0 an address in \
                 its subnet, or write onlink = true",
            ),
            (
                "{ to = \"default\", via = \"10.0.0.254\", interface = \"eth7\" }",
                "cannot route default: eth7 does not exist",
            ),
            (
                "{ to = \"192.0.2.0/24\", source = \"10.0.0.99\", table = 77 }",
                "cannot route 192.0.2.0/24 in table 77 through eth0: the source 10.0.0.99 is no address of this host",
            ),
        ];
        for (routes, expected) in cases {
            lab.kernel.submit(Request::Claim { id: ClaimId(4), claim: v4(routes, "") });
            assert_eq!(lab.failed(4), expected);
        }
        lab.claim(4, v4("{ to = \"default\", via = \"192.0.2.1\", onlink = true }", ""));
        assert!(ours().contains("default via 192.0.2.1 dev eth0 onlink"), "{}", ours());
    });
}

#[test]
fn a_change_touches_only_what_differs() {
    on_a_host(|mut lab| {
        lab.hold(&["10.0.0.10"]);
        lab.claim(4, v4(&format!("{DEFAULT}, {OTHERS}"), RULES));
        let mut monitor = Monitor::new();
        let changed = DEFAULT.replace("254", "252");
        lab.claim(4, v4(&format!("{changed}, {OTHERS}"), RULES));
        lab.claim(5, claim_of("eth0", &["10.0.0.99/24"]));
        let mut seen = Vec::new();
        monitor.until("the other claim", |change| match change {
            Change::VirtualRoute(_, way) => {
                seen.push(format!("{:?}", way.via));
                None
            }
            Change::VirtualRouteGone(_, way) => {
                seen.push(format!("not {:?}", way.via));
                None
            }
            Change::Rule(_) | Change::RuleGone(_) | Change::AddressGone(_) => panic!("{change:?}"),
            Change::Address(place, _) => (place.ip.to_string() == "10.0.0.99").then_some(()),
            _ => None,
        });
        assert_eq!(seen, ["not Some(10.0.0.254)", "Some(10.0.0.252)"]);
    });
}

#[test]
fn after_a_crash_what_is_wanted_stays_and_the_rest_goes() {
    on_a_host(|mut lab| {
        let claim = || v4(&format!("{DEFAULT}, {OTHERS}"), RULES);
        lab.hold(&["10.0.0.10"]);
        lab.claim(4, claim());
        let before = ours();
        let mut monitor = Monitor::new();
        let mut lab = lab.crash_and_restart();
        lab.hold(&["10.0.0.10"]);
        lab.claim(4, claim());
        lab.kernel.submit(Request::Settled);
        lab.claim(5, claim_of("eth0", &["10.0.0.99/24"]));
        monitor.until("the other claim, and nothing lost before it", |change| match change {
            Change::VirtualRouteGone(..) | Change::RuleGone(_) => panic!("{change:?}"),
            Change::Address(place, _) => (place.ip.to_string() == "10.0.0.99").then_some(()),
            _ => None,
        });
        assert_eq!(ours(), before);

        let mut lab = lab.crash_and_restart();
        lab.hold(&["10.0.0.10"]);
        assert_eq!(ours(), before, "nobody has said yet what is wanted");
        lab.kernel.submit(Request::Settled);
        lab.stop(true);
        assert_eq!(ours(), "");
    });
}

#[test]
fn they_serve_until_the_drain_is_over() {
    on_a_host(|mut lab| {
        lab.hold(&["10.0.0.10"]);
        lab.claim(4, v4(DEFAULT, RULES));
        let before = ours();
        lab.kernel.submit(Request::Drain { id: ClaimId(4), at_most: Duration::from_secs(3600) });
        lab.claim(5, claim_of("eth0", &["10.0.0.99/24"]));
        assert_eq!(ours(), before);
        lab.release(4);
        assert_eq!(ours(), "");
    });
}
