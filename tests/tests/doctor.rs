//! `vrrpadm doctor` on a host that works: it finds nothing, then one thing after the other is broken, named, and mended, where
//! there is a command for it by that command.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::install::Binaries;
use lab::peer::{Keepalived, Router, Vrrpd};
use lab::{ArpOperation, Frame, Host, Lab, NeighborKind, Payload};
use serde_json::Value;

const WAIT: Duration = Duration::from_secs(15);

/// What it tells, by how bad it is, of all but what this machine's own files lack: programs of a lab are not installed.
struct Told(Vec<Value>);

impl Told {
    /// Has a host with a daemon looked at. /sys is mounted anew, since it belongs to the network namespace of its mount.
    fn of(host: &Host, vrrpd: &Vrrpd, arguments: &str) -> Result<Self> {
        let program = Binaries::for_tests()?.vrrpadm.display();
        let line = format!(
            "mount -t sysfs sysfs /sys && exec {program} --bus {} doctor --json {arguments}",
            vrrpd.bus().address()
        );
        let output = host.run(&["unshare", "--mount", "sh", "-c", &line])?;
        let report: Value = serde_json::from_str(&output.stdout).with_context(|| format!("{output:?}"))?;
        let mut findings = report["findings"].as_array().context("no findings")?.clone();
        let is_trouble = |finding: &Value| finding["severity"] == "trouble";
        ensure!(output.code == Some(i32::from(findings.iter().any(is_trouble))), "{output:?}");
        findings.retain(|finding| finding["look"] != "installation");
        Ok(Self(findings))
    }

    /// The findings of one look.
    fn by(&self, look: &str) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |finding| finding["look"] == look)
    }

    /// Makes sure that nothing is wrong by a look, and that it was looked at.
    fn well(&self, look: &str) -> Result<()> {
        let findings: Vec<_> = self.by(look).collect();
        ensure!(!findings.is_empty() && findings.iter().all(|one| one["severity"] == "ok"), "{look}: {findings:#?}");
        Ok(())
    }

    /// The finding of a look that has all of some words, with its remedy.
    fn finds(&self, look: &str, severity: &str, words: &[&str]) -> Result<String> {
        let has = |finding: &Value| {
            words.iter().all(|word| finding["finding"].as_str().is_some_and(|text| text.contains(word)))
        };
        let found = self.by(look).find(|finding| finding["severity"] == severity && has(finding));
        let found = found.with_context(|| format!("{look} has no {severity} with {words:?}: {:#?}", self.0))?;
        println!("{look}: {}\n    -> {}", found["finding"], found["remedy"]);
        Ok(found["remedy"].as_str().unwrap_or_default().to_owned())
    }
}

const FIRST: &str = "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n\
                     priority = 200\n";
const SECOND: &str = "[instance.inst2]\ninterface = \"eth0\"\nvrid = 52\naddresses = [\"192.0.2.20/24\", \"2001:db8::20/64\"]\n\
                      priority = 200\nmac = \"virtual\"\n";

/// What another cluster has, whose owner chose the same VRID.
const STRANGER: &str =
    "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.99/24\"]\nversion = 2\n";

/// What is looked at on this host, apart from what a machine of the lab has for all.
const LOOKS: [&str; 14] = [
    "daemon",
    "listeners",
    "link",
    "addresses",
    "written-addresses",
    "firewall",
    "reverse-path",
    "arp",
    "ipv6",
    "forwarding",
    "snooping",
    "other-programs",
    "duplicates",
    "privileges",
];

#[test]
fn each_thing_that_breaks_is_named_and_mended() -> Result<()> {
    let lab = Lab::new("doctor")?;
    let (host, right) = (lab.host("left")?, lab.host("right")?);
    let vrrpd = Vrrpd::start(&host, FIRST)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let look = || Told::of(&host, &vrrpd, "");
    let told = look()?;
    for name in LOOKS {
        told.well(name)?;
    }
    let what = |name: &str| told.by(name).map(|finding| finding["severity"].clone()).collect::<Vec<_>>();
    ensure!(what("units") == ["not-looked"] && what("ordering") == ["not-looked"], "there is no systemd: {:?}", told.0);

    firewall(&host, look)?;
    settings(&host, look)?;
    gateway(&host, &vrrpd, look)?;

    // Somebody gives the host the address for good.
    host.sh("ip address add 192.0.2.10/24 dev eth0")?;
    let remedy = look()?.finds("addresses", "trouble", &["192.0.2.10/24 is on eth0", "vrrpd did not put it there"])?;
    host.sh(remedy.split(',').next().unwrap_or_default())?;
    look()?.well("addresses")?;

    // Another VRRP speaks for the same, here and on the wire.
    let keepalived = Keepalived::start(&host, &Router::new(51, 90, &["192.0.2.99"])?)?;
    look()?.finds("other-programs", "trouble", &["keepalived runs (process ", "has VRID 51 on eth0"])?;
    keepalived.stop()?;
    look()?.well("other-programs")?;
    let other = Vrrpd::start(&right, STRANGER)?;
    other.wait(WAIT, "inst1", "Master")?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let told = Told::of(&host, &vrrpd, "--listen 2")?;
    let words =
        ["192.0.2.2 advertises VRID 51 with version 2 and not 3", "the addresses 192.0.2.99 and not 192.0.2.10"];
    told.finds("duplicates", "trouble", &words)?;
    told.finds("duplicates", "trouble", &["VRID 51 has more than one Master over IPv4: 192.0.2."])?;
    let counted = ["were discarded since vrrpd started: they are of another version"];
    look()?.finds("duplicates", "advice", &counted)?;
    other.stop()?;

    bridge(&host, &vrrpd, look)
}

fn firewall(host: &Host, look: impl Fn() -> Result<Told>) -> Result<()> {
    host.sh(
        "nft add table inet site; nft 'add chain inet site input { type filter hook input priority 0; policy drop; }'; \
         nft add rule inet site input ct state established,related accept; nft add rule inet site input iifname lo accept; \
         nft 'add rule inet site input meta l4proto { tcp, udp, icmp, ipv6-icmp } accept'",
    )?;
    let told = look()?;
    let words = ["the chain input of the table inet site", "policy drop", "no rule that lets protocol 112 pass"];
    let remedy = told.finds("firewall", "trouble", &[&["IPv4 advertisements that come in"][..], &words].concat())?;
    told.finds("firewall", "trouble", &[&["IPv6 advertisements that come in"][..], &words].concat())?;
    // The command that it names is enough for both.
    host.sh(remedy.split(',').next().unwrap_or_default())?;
    look()?.well("firewall")?;
    host.sh(
        "nft flush ruleset; nft add table ip6 out; nft 'add chain ip6 out output { type filter hook output priority 0; }'; \
         nft add rule ip6 out output ip6 daddr ff02::99 drop",
    )?;
    look()?.well("firewall")?;
    // A mark that nothing has, which the rules do not tell.
    host.sh("nft add rule ip6 out output ip6 nexthdr 112 meta mark 7 drop")?;
    let remedy =
        look()?.finds("firewall", "advice", &["IPv6 advertisements that leave by eth0 pass or not", "output"])?;
    ensure!(remedy.contains("nft insert rule ip6 out output meta l4proto 112 accept"), "{remedy}");
    host.sh("nft flush ruleset")?;
    Ok(())
}

fn settings(host: &Host, look: impl Fn() -> Result<Told>) -> Result<()> {
    // A second link in the subnet, and a strict filter.
    host.sh("ip link add one type veth peer name two; ip link set two up; ip link set one up; ip address add 192.0.2.200/24 dev one")?;
    host.sh("sysctl -q -w net.ipv4.conf.all.rp_filter=1")?;
    let remedy = look()?.finds("reverse-path", "trouble", &["eth0 and one are in one subnet", "rp_filter 1"])?;
    host.sh(remedy.split(',').next().unwrap_or_default())?;
    look()?.well("reverse-path")?;
    host.sh("ip link delete one; sysctl -q -w net.ipv4.conf.all.rp_filter=0")?;

    // The greater number of `all` and of the link counts, and 4 hides nothing.
    host.sh("sysctl -q -w net.ipv4.conf.all.arp_ignore=4")?;
    let remedy = look()?.finds("arp", "trouble", &["eth0 answers ARP for held addresses (arp_ignore 4)"])?;
    host.sh(&remedy)?;
    look()?.well("arp")?;

    host.sh("sysctl -q -w net.ipv4.ip_nonlocal_bind=1")?;
    look()?.finds("nonlocal-bind", "advice", &["net.ipv4.ip_nonlocal_bind is 1"])?;
    host.sh("sysctl -q -w net.ipv4.ip_nonlocal_bind=0")?;

    host.sh("sysctl -q -w net.ipv6.conf.lo.disable_ipv6=1")?;
    let remedy = look()?.finds("ipv6", "trouble", &["IPv6 is disabled on lo"])?;
    host.sh(remedy.split(',').next().unwrap_or_default())?;
    look()?.well("ipv6")
}

/// A gateway that sends nothing on, on a host whose settings are as they are without anybody.
fn gateway(host: &Host, vrrpd: &Vrrpd, look: impl Fn() -> Result<Told>) -> Result<()> {
    host.sh("sysctl -q -w net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0")?;
    let gateway = "[instance.gate]\ninterface = \"eth0\"\nvrid = 53\naddresses = [\"fe80::30/64\", \"2001:db8::30/64\", \"192.0.2.30/24\"]\n\
                   hold = \"none\"\naccept = false\nrouter_advertisement = {}\n";
    vrrpd.reload(&format!("{FIRST}{gateway}"))?;
    let told = look()?;
    let words = ["this host forwards no IPv6 packet"];
    let six = told.finds("forwarding", "trouble", &words)?;
    let four = told.finds("forwarding", "advice", &["accept = false", "IPv4 packets that come in by eth0"])?;
    for remedy in [six, four] {
        host.sh(remedy.split(',').next().unwrap_or_default())?;
    }
    look()?.well("forwarding")?;
    vrrpd.reload(FIRST)?;
    host.sh("sysctl -q -w net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0")?;
    look()?.well("forwarding")
}

fn bridge(host: &Host, vrrpd: &Vrrpd, look: impl Fn() -> Result<Told>) -> Result<()> {
    host.sh("ip link add br0 type bridge mcast_snooping 1 && ip link set br0 up && ip link set eth0 master br0")?;
    let told = look()?;
    told.finds("link", "trouble", &["eth0 is a port of br0"])?;
    let remedy = told.finds("snooping", "advice", &["the bridge br0", "asks nobody itself"])?;
    host.sh(remedy.split(',').next().unwrap_or_default())?;
    look()?.well("snooping")?;
    host.sh("ip link set eth0 nomaster; ip link delete br0")?;
    host.sh("ip link set eth0 down")?;
    let remedy = look()?.finds("link", "trouble", &["eth0 is down"])?;
    // The kernel takes the address of IPv6 with the link.
    host.sh(&format!("{remedy} && ip address add 2001:db8::1/64 dev eth0 nodad"))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    look()?.well("link")
}

/// Tells whether a frame asks somebody else for a MAC address.
fn is_question(frame: &Frame) -> bool {
    match &frame.payload {
        Payload::Arp(arp) => arp.operation == ArpOperation::Request && arp.sender != arp.target,
        Payload::Neighbor(neighbor) => neighbor.kind == NeighborKind::Solicitation,
        Payload::Vrrp(_) | Payload::Ip(..) | Payload::Other(_) => false,
    }
}

/// An answer to the virtual MAC address proves the way, and its absence is told; nobody is asked unless somebody wishes it.
#[test]
fn a_switch_that_lets_no_other_mac_address_through_is_noticed() -> Result<()> {
    let lab = Lab::new("doctor-probe")?;
    let (host, gateway) = (lab.host("left")?, lab.host("gate")?);
    let wire = lab.switch().capture()?;
    let vrrpd = Vrrpd::start(&host, SECOND)?;
    vrrpd.wait(WAIT, "inst2", "Master")?;
    let nothing = |family: &str| ["nobody is known on eth0".to_owned(), family.to_owned()];
    let told = Told::of(&host, &vrrpd, "--probe")?;
    for family in ["IPv4", "IPv6"] {
        let words = nothing(family);
        told.finds("virtual-mac", "not-looked", &words.each_ref().map(String::as_str))?;
    }
    host.sh("ip route add default via 192.0.2.2; ip -6 route add default via 2001:db8::2 dev eth0")?;
    wire.skip();
    Told::of(&host, &vrrpd, "")?;
    let asks = |frame: &Frame| frame.from("left") && frame.source.starts_with("00:00:5e:00:0") && is_question(frame);
    wire.none(Duration::from_millis(100), "a question that nobody wished", asks)?;
    Told::of(&host, &vrrpd, "--probe")?.finds(
        "virtual-mac",
        "ok",
        &["192.0.2.2 answered to the virtual MAC address of IPv4"],
    )?;
    Told::of(&host, &vrrpd, "--probe")?.finds(
        "virtual-mac",
        "ok",
        &["2001:db8::2 answered to the virtual MAC address of IPv6"],
    )?;
    lab.switch().drop_frames("gate-eth0", "left-eth0", "ether daddr 00:00:5e:00:00:00-00:00:5e:ff:ff:ff")?;
    let told = Told::of(&host, &vrrpd, "--probe inst2")?;
    told.finds("virtual-mac", "trouble", &["192.0.2.2 did not answer to the virtual MAC address of IPv4"])?;
    told.finds("virtual-mac", "trouble", &["2001:db8::2 did not answer to the virtual MAC address of IPv6"])?;
    lab.switch().heal()?;
    ensure!(gateway.name() == "gate", "it was there all the while");
    Ok(())
}
