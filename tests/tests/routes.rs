//! A pair of routers whose Master alone has the way out: routes and rules that follow mastership, in both families.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Host, Lab};

const WAIT: Duration = Duration::from_secs(15);

/// What the client wants to reach, beyond the upstream router.
const AFAR: [&str; 2] = ["203.0.113.1", "2001:db8:2::1"];

/// Two hosts between a client and an upstream router, who answers for what is afar.
struct Scene {
    left: Host,
    right: Host,
    client: Host,
    _upstream: Host,
    _lab: Lab,
}

impl Scene {
    fn new(name: &str) -> Result<Self> {
        let lab = Lab::beside(name)?;
        let wan = lab.new_switch("wan")?;
        let (mut left, mut right, client) = (lab.host("left")?, lab.host("right")?, lab.host("client")?);
        for (host, number) in [(&mut left, 1), (&mut right, 2)] {
            host.add_nic("eth1", &wan, &[format!("198.51.100.{number}/24"), format!("2001:db8:1::{number}/64")])?;
            host.sh("echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")?;
        }
        let mut upstream = lab.bare_host("upstream")?;
        upstream.add_nic("eth0", &wan, &["198.51.100.254/24", "2001:db8:1::fe/64"])?;
        upstream.sh(&format!("ip link set lo up; for ip in {}; do ip address add $ip dev lo; done", AFAR.join(" ")))?;
        upstream.sh("ip route add 192.0.2.0/24 via 198.51.100.10; ip -6 route add 2001:db8::/64 via 2001:db8:1::10")?;
        client.sh("ip route add default via 192.0.2.10; ip -6 route add default via 2001:db8::10")?;
        Ok(Self { left, right, client, _upstream: upstream, _lab: lab })
    }

    /// Has the client reach what is afar, in both families: whoever is Master has the way.
    fn reaches(&self) -> Result<()> {
        for address in AFAR {
            // The first may be lost while the next hop is being looked for.
            let ping = self.client.run(&["ping", "-n", "-c", "5", "-i", "0.2", "-W", "2", address])?;
            ensure!(ping.code == Some(0), "{address} is not reached: {}", ping.stdout);
        }
        Ok(())
    }
}

/// The inner side is the client's gateway. What comes from there leaves by a table of its own, which only the rules lead to.
fn configuration(priority: u8, more: &str) -> String {
    format!(
        r#"
[defaults]
priority = {priority}
advert_interval = "100ms"
drain_timeout = "0s"

[instance.inside]
interface = "eth0"
vrid = 51
addresses = ["192.0.2.10/24", "2001:db8::10/64"]
virtual_rules = [
    {{ from = "192.0.2.0/24", to = "203.0.113.0/24", table = 100, priority = 1000 }},
    {{ from = "2001:db8::/64", to = "2001:db8:2::/48", table = 100, priority = 1000 }},
]

[instance.outside]
interface = "eth1"
vrid = 52
addresses = ["198.51.100.10/24", "2001:db8:1::10/64"]
virtual_routes = [
    {{ to = "default", via = "198.51.100.254", table = 100 }},
    {{ to = "default", via = "2001:db8:1::fe", table = 100 }},
    {{ to = "default", via = "198.51.100.254", source = "198.51.100.10" }},
    {{ to = "default", via = "2001:db8:1::fe", source = "2001:db8:1::10" }},
    {more}
]

[sync.router]
instances = ["inside", "outside"]
"#
    )
}

/// What a host has of ours, beside the routes to the subnets of its addresses.
fn ways(host: &Host) -> Result<Vec<String>> {
    let all = "for f in -4 -6; do ip $f route show table all proto 112; ip -d $f rule; done";
    let lines = host.sh(all)?;
    let lines = lines.lines().filter(|line| !line.contains("metric 112000"));
    let ours = lines.filter(|line| line.contains("via ") || line.contains("proto 112"));
    Ok(ours.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
}

fn is_master(vrrpd: &Vrrpd) -> Result<()> {
    for name in ["inside", "outside"] {
        vrrpd.wait_told(WAIT, name, |told| told["state"] == "master")?;
    }
    Ok(())
}

#[test]
fn a_client_is_routed_by_whoever_is_master() -> Result<()> {
    let scene = Scene::new("routes-pair")?;
    let (left, right) = (&scene.left, &scene.right);
    let ours = Vrrpd::start(left, &configuration(200, ""))?;
    is_master(&ours)?;
    let theirs = Vrrpd::start(right, &configuration(100, ""))?;
    theirs.wait_told(WAIT, "outside", |told| told["state"] == "backup")?;
    scene.reaches()?;
    let has = ways(left)?;
    ensure!(has.len() == 6 && ways(right)?.is_empty(), "{has:#?} and {:#?}", ways(right)?);

    ours.stop()?;
    is_master(&theirs)?;
    scene.reaches()?;
    ensure!(ways(left)?.is_empty() && ways(right)?.len() == 6, "{:#?} and {:#?}", ways(left)?, ways(right)?);
    theirs.stop()?;
    ensure!(ways(right)?.is_empty(), "{:#?}", ways(right)?);
    Ok(())
}

#[test]
fn what_is_removed_comes_back_and_what_is_wanted_stays() -> Result<()> {
    let scene = Scene::new("routes-kept")?;
    let left = &scene.left;
    let mut vrrpd = Vrrpd::start(left, &configuration(200, ""))?;
    is_master(&vrrpd)?;
    let has = ways(left)?;
    for (command, told) in [
        ("ip route del default table 100", "the route to default in table 100 from eth1: put back"),
        ("ip -6 rule del priority 1000", "from eth0: put back"),
    ] {
        left.sh(command)?;
        vrrpd.process().wait_line(WAIT, told)?;
        ensure!(ways(left)? == has, "after {command}: {:#?}", ways(left)?);
    }

    let monitor = left.spawn(&["ip", "monitor", "route", "rule"])?;
    let mark = |number: u8| -> Result<Vec<String>> {
        // What is told of a route to there comes after all that was told before.
        let line = format!("192.88.99.{number}");
        left.sh(&format!("until ip route add {line} dev eth0; do :; done"))?;
        monitor.wait_line(WAIT, &line)?;
        let lines = monitor.log().lines();
        let since = lines.iter().rposition(|known| known.contains(&format!("192.88.99.{}", number - 1))).unwrap_or(0);
        let ours = |line: &&String| line.contains("via ") || line.contains("1000:");
        Ok(lines.iter().skip(since).filter(ours).cloned().collect())
    };
    mark(1)?;
    vrrpd.crash()?;
    vrrpd.start_again(left)?;
    is_master(&vrrpd)?;
    let seen = mark(2)?;
    ensure!(seen.is_empty() && ways(left)? == has, "after a crash {seen:#?}");

    vrrpd.reload(&configuration(200, r#"{ to = "198.18.0.0/15", via = "198.51.100.254" },"#))?;
    left.wait_network(WAIT, "one more route", |host| Ok(ways(host)?.len() == has.len() + 1))?;
    let seen = mark(3)?;
    ensure!(seen.len() == 1 && seen[0].contains("198.18.0.0/15"), "after a reload {seen:#?}");
    vrrpd.reload(&configuration(200, ""))?;
    left.wait_network(WAIT, "one route less", |host| Ok(ways(host)?.len() == has.len()))?;
    let seen = mark(4)?;
    ensure!(seen.len() == 1 && seen[0].contains("Deleted"), "after another one {seen:#?}");
    vrrpd.stop()?;
    ensure!(ways(left)?.is_empty(), "{:#?}", ways(left)?);
    Ok(())
}

/// Without all of it the instance is no Master, and says why and what to do.
#[test]
fn a_way_that_cannot_be_had_is_a_reason() -> Result<()> {
    let scene = Scene::new("routes-refused")?;
    let left = &scene.left;
    left.sh("ip route add default via 198.51.100.254 dev eth1 proto static")?;
    let vrrpd = Vrrpd::start(left, &configuration(200, ""))?;
    let told = vrrpd.wait_told(WAIT, "outside", |told| told["state"] == "fault")?;
    let reason = told["reason"].as_str().context("no reason")?;
    let expected =
        "a route with this metric is there via 198.51.100.254 through eth1: remove it, or give this one another metric";
    ensure!(reason.contains(expected), "{reason}");
    let shown = vrrpd.adm(&["why", "outside"])?;
    let shown: Vec<&str> = shown.stdout.split_whitespace().collect();
    ensure!(shown.join(" ").contains("remove it, or give this one another metric"), "{shown:?}");
    left.wait_network(WAIT, "nothing of ours", |host| Ok(ways(host)?.is_empty()))?;
    left.sh("ip route del default")?;
    is_master(&vrrpd)
}

/// It would be refused at each take-over, and each of those deposes whoever serves.
#[test]
fn a_router_or_a_source_that_cannot_be_is_known_before_a_take_over() -> Result<()> {
    let scene = Scene::new("routes-beyond")?;
    let (left, right) = (&scene.left, &scene.right);
    let theirs = Vrrpd::start(right, &configuration(100, ""))?;
    is_master(&theirs)?;
    let beyond = configuration(200, r#"{ to = "198.18.0.0/15", via = "203.0.113.254" },"#);
    let ours = Vrrpd::start(left, &beyond)?;
    let told = ours.wait_told(WAIT, "outside", |told| told["state"] == "fault")?;
    let reason = told["reason"].as_str().context("no reason")?;
    ensure!(reason.starts_with("203.0.113.254 is not reachable through eth1"), "{reason}");
    // Also where it is the peer of a point-to-point link.
    left.sh("ip address add 203.0.113.1 peer 203.0.113.254 dev eth1")?;
    is_master(&ours)?;
    let tried = ours
        .process()
        .log()
        .lines()
        .into_iter()
        .filter(|line| line.contains("outside: ") && line.contains("-> Master"))
        .count();
    ensure!(tried == 1, "it has tried {tried} times");
    ours.reload(&beyond.replace("via = \"203.0.113.254\" }", "via = \"203.0.113.254\", onlink = true }"))?;
    left.sh("ip address del 203.0.113.1 peer 203.0.113.254 dev eth1")?;
    theirs.wait_told(WAIT, "outside", |told| told["state"] == "backup")?;
    is_master(&ours)?;

    ours.reload(&configuration(200, r#"{ to = "2001:db8:f::/48", via = "2001:db8:2::fe" },"#))?;
    ours.wait_told(WAIT, "outside", |told| told["state"] == "fault")?;
    left.sh("ip address add 2001:db8:2::1/64 dev eth1 nodad")?;
    is_master(&ours)?;

    let source = r#"{ to = "2001:db8:f::/48", via = "2001:db8:2::fe", source = "2001:db8:3::1" },"#;
    ours.reload(&configuration(200, source))?;
    // First the kernel refuses what a Master changes, and then it is known.
    let why = "2001:db8:3::1 is no address of this host, and a virtual route has it as its source";
    ours.wait_told(WAIT, "outside", |told| told["reason"].as_str().is_some_and(|reason| reason.starts_with(why)))?;
    left.sh("ip address add 2001:db8:3::1/128 dev lo nodad")?;
    is_master(&ours)
}
