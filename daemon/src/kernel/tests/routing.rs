//! Routes of others that are watched.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use vrrp::conditions::{Finding, Observation};
use vrrp::config::{LinkName, Route};

use super::super::{Report, Request};
use super::lab::{DEADLINE, Lab, claim_of, ip, on_a_host};

/// `10.9.0.0/16`, `10.9.0.0/16 via 10.0.0.2` or `10.9.0.0/16 via 10.0.0.2 through eth0`.
fn route(text: &str) -> Route {
    let mut words = text.split(' ');
    let (destination, prefix) = words.next().unwrap().split_once('/').unwrap();
    let (mut via, mut through) = (None, None);
    while let (Some(key), Some(value)) = (words.next(), words.next()) {
        match key {
            "via" => via = Some(value.parse::<IpAddr>().unwrap()),
            "through" => through = LinkName::new(value),
            _ => panic!("{key}"),
        }
    }
    Route { destination: destination.parse().unwrap(), prefix: prefix.parse().unwrap(), via, through }
}

fn watch(lab: &Lab, routes: &[&str]) {
    lab.kernel.submit(Request::Routes(routes.iter().map(|text| route(text)).collect()));
}

/// Waits until a route is told to be as these words say.
fn expect(lab: &mut Lab, watched: &str, finding: Finding, words: &str) {
    let watched = route(watched);
    let wanted = Observation { finding, words: words.to_owned() };
    lab.until(&format!("{wanted:?}"), |report| {
        (*report == Report::Route { route: watched.clone(), observation: wanted.clone() }).then_some(())
    });
}

fn good(lab: &mut Lab, watched: &str, words: &str) {
    expect(lab, watched, Finding::Good, words);
}

fn bad(lab: &mut Lab, watched: &str, words: &str) {
    expect(lab, watched, Finding::Bad, words);
}

#[test]
fn routes_of_both_families_come_and_go() {
    on_a_host(|mut lab| {
        watch(&lab, &["0.0.0.0/0", "::/0"]);
        bad(&mut lab, "0.0.0.0/0", "there is no route to 0.0.0.0/0");
        bad(&mut lab, "::/0", "there is no route to ::/0");
        ip("route add 0.0.0.0/1 via 10.0.0.2");
        ip("route add default via 10.0.0.2");
        good(&mut lab, "0.0.0.0/0", "0.0.0.0/0 is routed via 10.0.0.2 through eth0");
        ip("route add default via fe80::2 dev eth0");
        good(&mut lab, "::/0", "::/0 is routed via fe80::2 through eth0");
        ip("route replace default via 10.0.0.3");
        good(&mut lab, "0.0.0.0/0", "0.0.0.0/0 is routed via 10.0.0.3 through eth0");
        ip("route del default");
        bad(&mut lab, "0.0.0.0/0", "there is no route to 0.0.0.0/0");
        ip("-6 route del default");
        bad(&mut lab, "::/0", "there is no route to ::/0");
    });
}

#[test]
fn a_route_may_have_to_lead_over_one_router_and_link() {
    on_a_host(|mut lab| {
        lab.segment.plug("eth1");
        ip("addr add 10.1.0.1/24 dev eth1");
        let [over, along] = ["10.9.0.0/16 via 10.0.0.2", "10.9.0.0/16 through eth1"];
        ip("route add 10.9.0.0/16 via 10.0.0.3");
        watch(&lab, &[over, along]);
        let only = "10.9.0.0/16 is routed via 10.0.0.3 through eth0";
        bad(&mut lab, along, &format!("{along} is not there: {only}"));
        bad(&mut lab, over, &format!("{over} is not there: {only}"));
        ip("route replace 10.9.0.0/16 nexthop via 10.0.0.2 dev eth0 nexthop via 10.1.0.2 dev eth1");
        good(&mut lab, along, "10.9.0.0/16 is routed via 10.1.0.2 through eth1");
        good(&mut lab, over, "10.9.0.0/16 is routed via 10.0.0.2 through eth0");
        ip("link set eth1 name lan1");
        bad(
            &mut lab,
            along,
            &format!(
                "{along} is not there: 10.9.0.0/16 is routed via 10.0.0.2 through eth0 and via 10.1.0.2 through lan1"
            ),
        );
        ip("link set lan1 name eth1");
        good(&mut lab, along, "10.9.0.0/16 is routed via 10.1.0.2 through eth1");
        // A router of the other family.
        ip("route replace 10.9.0.0/16 via inet6 fe80::9 dev eth1");
        watch(&lab, &["10.9.0.0/16 via fe80::9"]);
        good(&mut lab, "10.9.0.0/16 via fe80::9", "10.9.0.0/16 is routed via fe80::9 through eth1");
    });
}

#[test]
fn nexthop_objects_are_followed_also_where_the_kernel_tells_of_nothing_else() {
    on_a_host(|mut lab| {
        for compatible in ["1", "0"] {
            std::fs::write("/proc/sys/net/ipv4/nexthop_compat_mode", compatible).unwrap();
            ip("nexthop add id 7 via 10.0.0.2 dev eth0");
            ip("nexthop add id 8 via 10.0.0.3 dev eth0");
            ip("nexthop add id 9 group 7/8");
            ip("route add 10.9.0.0/16 nhid 9");
            watch(&lab, &["10.9.0.0/16 via 10.0.0.3"]);
            good(&mut lab, "10.9.0.0/16 via 10.0.0.3", "10.9.0.0/16 is routed via 10.0.0.3 through eth0");
            ip("nexthop replace id 8 via 10.0.0.4 dev eth0");
            bad(
                &mut lab,
                "10.9.0.0/16 via 10.0.0.3",
                "10.9.0.0/16 via 10.0.0.3 is not there: 10.9.0.0/16 is routed via 10.0.0.2 through eth0 and via 10.0.0.4 through eth0",
            );
            // The kernel says nothing of the route that goes with it.
            ip("nexthop flush");
            bad(&mut lab, "10.9.0.0/16 via 10.0.0.3", "there is no route to 10.9.0.0/16");
            watch(&lab, &[]);
        }
    });
}

#[test]
fn a_route_that_leads_nowhere_is_not_good() {
    on_a_host(|mut lab| {
        ip("route add 10.9.0.0/16 via 10.0.0.2 metric 50");
        watch(&lab, &["10.9.0.0/16"]);
        let there = "10.9.0.0/16 is routed via 10.0.0.2 through eth0";
        good(&mut lab, "10.9.0.0/16", there);
        for kind in ["blackhole", "unreachable", "prohibit", "throw"] {
            ip(&format!("route add {kind} 10.9.0.0/16 metric 10"));
            let words = format!("the route to 10.9.0.0/16 leads nowhere: its type is {kind}");
            bad(&mut lab, "10.9.0.0/16", &words);
            ip(&format!("route del {kind} 10.9.0.0/16 metric 10"));
            good(&mut lab, "10.9.0.0/16", there);
        }
    });
}

#[test]
fn a_route_goes_with_its_link_and_its_source_though_the_kernel_does_not_say_so() {
    on_a_host(|mut lab| {
        ip("addr add 10.1.0.1/32 dev lo");
        ip("route add 10.9.0.0/16 via 10.0.0.2 src 10.1.0.1");
        watch(&lab, &["10.9.0.0/16"]);
        let there = "10.9.0.0/16 is routed via 10.0.0.2 through eth0";
        good(&mut lab, "10.9.0.0/16", there);
        lab.segment.inside(|| ip("link set to-eth0 down"));
        let way = "the route to 10.9.0.0/16 via 10.0.0.2 through eth0";
        bad(&mut lab, "10.9.0.0/16", &format!("{way} is dead: eth0 has no carrier"));
        lab.segment.inside(|| ip("link set to-eth0 up"));
        good(&mut lab, "10.9.0.0/16", there);
        ip("addr del 10.1.0.1/32 dev lo");
        bad(&mut lab, "10.9.0.0/16", "there is no route to 10.9.0.0/16");
        ip("route add 10.9.0.0/16 via 10.0.0.2");
        good(&mut lab, "10.9.0.0/16", there);
        ip("link set eth0 down");
        bad(&mut lab, "10.9.0.0/16", "there is no route to 10.9.0.0/16");
        ip("link set eth0 up");
        ip("route add 10.9.0.0/16 via 10.0.0.2");
        good(&mut lab, "10.9.0.0/16", there);
    });
}

#[test]
fn our_own_route_to_the_subnet_of_a_claim_is_no_proof_of_anything() {
    on_a_host(|mut lab| {
        lab.hold(&["192.0.2.10"]);
        lab.claim(1, claim_of("eth0", &["192.0.2.10/24"]));
        assert!(ip("route show").contains("192.0.2.0/24"), "there is a route of ours");
        watch(&lab, &["192.0.2.0/24"]);
        bad(&mut lab, "192.0.2.0/24", "there is no route to 192.0.2.0/24");
        ip("route add 192.0.2.0/24 via 10.0.0.2");
        good(&mut lab, "192.0.2.0/24", "192.0.2.0/24 is routed via 10.0.0.2 through eth0");
    });
}

#[test]
fn what_is_wanted_again_is_told_again_and_what_is_not_wanted_costs_no_thread() {
    on_a_host(|mut lab| {
        assert_eq!(thread(), None);
        for _ in 0..3 {
            watch(&lab, &["10.9.0.0/16"]);
            bad(&mut lab, "10.9.0.0/16", "there is no route to 10.9.0.0/16");
            watch(&lab, &["10.9.0.0/16", "10.8.0.0/16"]);
            bad(&mut lab, "10.8.0.0/16", "there is no route to 10.8.0.0/16");
            assert!(thread().is_some());
            watch(&lab, &[]);
            let begin = Instant::now();
            while thread().is_some() {
                assert!(begin.elapsed() < DEADLINE, "the thread ends");
                std::thread::yield_now();
            }
        }
    });
}

/// The thread that watches routes on this host, as a folder of /proc.
fn thread() -> Option<PathBuf> {
    let here = std::fs::read_link("/proc/thread-self/ns/net").unwrap();
    let is_ours = |folder: &PathBuf| {
        let name = std::fs::read_to_string(folder.join("comm")).unwrap_or_default();
        name == "routes\n" && std::fs::read_link(folder.join("ns/net")).is_ok_and(|there| there == here)
    };
    std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path()).find(is_ours)
}

/// The processor time that it has had.
fn busy() -> Duration {
    let times = std::fs::read_to_string(thread().expect("routes are watched").join("schedstat")).unwrap();
    Duration::from_nanos(times.split(' ').next().unwrap().parse().unwrap())
}

/// Adds `count` routes of others, as a routing daemon does.
fn fill(count: u32, verb: &str) {
    use std::io::Write;
    let mut child = Command::new("ip").args(["-batch", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut lines = String::new();
    for number in 0..count {
        let address = std::net::Ipv4Addr::from_bits(0x6400_0000 + (number << 8));
        lines.push_str(&format!("route {verb} {address}/24 via 10.0.0.2\n"));
    }
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_full_table_neither_hides_a_route_nor_holds_claims_up() {
    on_a_host(|mut lab| {
        let count = 100_000;
        fill(count, "add");
        ip("route add default via 10.0.0.2");
        let begin = Instant::now();
        watch(&lab, &["0.0.0.0/0"]);
        good(&mut lab, "0.0.0.0/0", "0.0.0.0/0 is routed via 10.0.0.2 through eth0");
        println!("found among {count} routes: {:?}", begin.elapsed());
        let look = busy();

        let begin = Instant::now();
        ip("route del default");
        lab.claim(1, claim_of("eth0", &["10.0.0.10/24"]));
        println!("a claim meanwhile: {:?}", begin.elapsed());
        bad(&mut lab, "0.0.0.0/0", "there is no route to 0.0.0.0/0");
        println!("missed among {count} routes: {:?}", begin.elapsed());

        let before = busy();
        fill(count, "del");
        let cost = busy() - before;
        println!("time of the thread while {count} others went: {cost:?}");
        // What came before has made it look once more.
        assert!(cost < 3 * look, "that is more than three looks, each of {look:?}");
        ip("route add default via 10.0.0.3");
        good(&mut lab, "0.0.0.0/0", "0.0.0.0/0 is routed via 10.0.0.3 through eth0");
    });
}

/// Has `ip` do something with many routes of others of the other family.
fn batch_v6(file: &Path, lines: impl Iterator<Item = (&'static str, u32)>) -> Child {
    let line = |(verb, number): (&str, u32)| format!("route {verb} 2001:db8:{number:x}::/64 via fe80::2 dev eth0\n");
    std::fs::write(file, lines.map(line).collect::<String>()).unwrap();
    Command::new("ip").arg("-batch").arg(file).spawn().unwrap()
}

#[test]
fn a_table_that_changes_while_it_is_read_hides_no_route() {
    on_a_host(|mut lab| {
        let count = 30_000;
        let file = lab.folder().join("batch");
        assert!(batch_v6(&file, (0..count).map(|number| ("add", number))).wait().unwrap().success());
        // In the middle: what changes before it shifts it while the kernel tells of the table.
        let [steady, other] = ["2001:db8:4000:1::/64", "2001:db9::/48"];
        ip(&format!("-6 route add {steady} via fe80::2 dev eth0"));
        watch(&lab, &[steady, other]);
        good(&mut lab, steady, &format!("{steady} is routed via fe80::2 through eth0"));
        let changes = (0..count).flat_map(|number| [("del", number), ("add", count + number)]);
        let mut churn = batch_v6(&file, changes);
        for number in 3..15 {
            ip(&format!("-6 route replace {other} via fe80::{number} dev eth0"));
            let words = format!("{other} is routed via fe80::{number} through eth0");
            lab.until(&words, |report| match report {
                Report::Route { route, observation } if route.prefix == 64 => panic!("{observation:?}"),
                Report::Route { observation, .. } => (observation.words == words).then_some(()),
                _ => None,
            });
        }
        churn.kill().unwrap();
        churn.wait().unwrap();
    });
}
