//! Instances that are on a group: which link carries them, and what clients see of a move.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{ArpOperation, Client, Host, Lab, NeighborKind, Payload};

use super::scene::{WAIT, logs};

const VIPS: [IpAddr; 2] = [
    IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 10)),
    IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10)),
];

/// Two hosts in one segment, the first of which has two links into it.
struct Pair {
    one: Host,
    two: Host,
    client: Client,
    /// The last to be dropped.
    lab: Lab,
}

impl Pair {
    fn new(name: &str) -> Result<Self> {
        let lab = Lab::new(name)?;
        let (mut one, two) = (lab.host("one")?, lab.host("two")?);
        one.add_nic("eth1", lab.switch(), &["192.0.2.101/24", "2001:db8::101/64"])?;
        let client = lab.client("client")?;
        // What some distributions have: it refuses what comes by another link than it would be answered by.
        one.sh(
            "sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1 net.ipv4.conf.eth1.rp_filter=1",
        )?;
        Ok(Self { one, two, client, lab })
    }
}

fn on_group(keys: &str, group: &str) -> String {
    format!(
        "[instance.inst1]\ninterface = \"group:net0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n{keys}\n\
         [group.net0]\nmembers = [\"eth0\", \"eth1\"]\n{group}\n"
    )
}

fn on_link(keys: &str) -> String {
    on_group(keys, "").replace("group:net0", "eth0").split("[group").next().unwrap_or_default().to_owned()
}

/// The link that carries the instance.
fn carrier(vrrpd: &Vrrpd) -> Result<String> {
    Ok(vrrpd.adm(&["list", "-p", "-o", "link"])?.ok()?.trim().to_owned())
}

/// Every MAC address that the host `one` answers with when somebody asks for an address.
fn answers(pair: &Pair, vip: IpAddr) -> Result<BTreeSet<String>> {
    let wire = pair.lab.switch().capture()?;
    let answered = |frame: &lab::Frame| match &frame.payload {
        Payload::Arp(arp) => arp.operation == ArpOperation::Reply && arp.sender != arp.target,
        Payload::Neighbor(neighbor) => matches!(neighbor.kind, NeighborKind::Advertisement { solicited: true, .. }),
        Payload::Vrrp(_) | Payload::Ip(..) | Payload::Other(_) => false,
    };
    pair.client.ask(&wire, vip, Duration::from_millis(200))?;
    Ok(wire.all(|frame| frame.claims(vip) && answered(frame)).into_iter().map(|frame| frame.source).collect())
}

fn moves_below_a_stream(mac: &str) -> Result<()> {
    let pair = Pair::new("groups-carried")?;
    let keys = format!("priority = 200\nadvert_interval = \"200ms\"\nmac = \"{mac}\"");
    let _echoes = (pair.one.echo()?, pair.two.echo()?);
    let two = Vrrpd::start(&pair.two, &on_link(&keys.replace("200\n", "100\n")))?;
    let route = "virtual_routes = [{ to = \"203.0.113.0/24\", via = \"192.0.2.3\" }]";
    let mut one = Vrrpd::start(&pair.one, &on_group(&format!("{keys}\n{route}"), ""))?;
    one.wait(WAIT, "inst1", "Master")?;
    two.wait(WAIT, "inst1", "Backup")?;
    assert_eq!(carrier(&one)?, "eth0");
    let wire = pair.lab.switch().capture()?;
    for (number, vip) in VIPS.into_iter().enumerate() {
        let flow = pair.client.flow(vip, Duration::from_millis(1))?;
        let on = |link: &str| format!("inst1 moves from {} to {link}", if link == "eth1" { "eth0" } else { "eth1" });
        let announced = |link: &str| {
            let port = format!("one-{link}");
            // The last of the announcements that follow the claim closely.
            (0..3).try_for_each(|_| {
                let announced = |frame: &lab::Frame| frame.port == port && frame.announces(vip);
                wire.expect(WAIT, &format!("{vip} announced on {link}"), announced).map(drop)
            })
        };
        // An administrator takes a link that works out of use: nothing is lost.
        wire.skip();
        logs(&one, &on("eth1"), || one.adm(&["group", "offline", "net0", "eth0"])?.ok().map(drop))?;
        announced("eth1")?;
        assert_eq!(carrier(&one)?, "eth1");
        let led = pair.one.sh("ip route show 203.0.113.0/24")?;
        ensure!(led.contains("via 192.0.2.3 dev eth1 ") && led.lines().count() == 1, "the route moves with it: {led}");
        let macs = answers(&pair, vip)?;
        ensure!(macs.len() == 1, "one link answers for {vip}, and not {macs:?}");
        wire.skip();
        logs(&one, &on("eth0"), || one.adm(&["group", "online", "net0", "eth0"])?.ok().map(drop))?;
        announced("eth0")?;
        let report = flow.stop()?;
        println!("{mac}, {vip}, offline and online: {} of {} lost", report.lost, report.sent);
        ensure!(report.longest_silence < Duration::from_millis(50), "{report:?}");

        // A cable is pulled, and plugged in again.
        let flow = pair.client.flow(vip, Duration::from_millis(1))?;
        wire.skip();
        logs(&one, &on("eth1"), || pair.lab.switch().unplug("one", "eth0"))?;
        announced("eth1")?;
        let report = flow.stop()?;
        println!("{mac}, {vip}, cable: {} of {} lost, silence {:?}", report.lost, report.sent, report.longest_silence);
        ensure!(report.longest_silence < Duration::from_millis(200), "{report:?}");
        ensure!(report.turns == ["one"], "the other host never answers: {report:?}");
        logs(&one, &on("eth0"), || pair.lab.switch().plug("one", "eth0"))?;
        ensure!(one.standing("inst1").is_some_and(|standing| standing.starts_with("Master")));
        // Two links-up a minute are none too many; those of the other family are.
        if number == 0 {
            one.stop()?;
            one.start_again(&pair.one)?;
            one.wait(WAIT, "inst1", "Master")?;
            two.wait(WAIT, "inst1", "Backup")?;
        }
    }
    let entered = two.process().log().lines().into_iter().filter(|line| line.contains("-> Master")).count();
    assert!(entered <= 2, "only at its start, and while the other one was stopped: {entered}");

    // With the last link it gives up.
    pair.lab.switch().unplug("one", "eth1")?;
    pair.lab.switch().unplug("one", "eth0")?;
    one.wait(WAIT, "inst1", "Fault: group net0 is failed: none of its 2 members can be used: ")?;
    two.wait(WAIT, "inst1", "Master")?;
    one.stop()?;
    let left =
        pair.one.sh("sysctl -n net.ipv4.conf.eth0.rp_filter net.ipv4.conf.eth1.arp_ignore; ip route show proto 112")?;
    assert_eq!(left, "1\n0\n", "what links had before is theirs again, and no route is left");
    Ok(())
}

#[test]
fn a_master_moves_to_another_link_and_stays_master() -> Result<()> {
    moves_below_a_stream("interface")
}

#[test]
fn a_virtual_mac_address_moves_with_it() -> Result<()> {
    moves_below_a_stream("virtual")
}

#[test]
fn a_backup_that_one_link_keeps_deaf_hears_on_the_other() -> Result<()> {
    let pair = Pair::new("groups-deaf")?;
    let two = Vrrpd::start(&pair.two, &on_link("priority = 200\nadvert_interval = \"100ms\""))?;
    two.wait(WAIT, "inst1", "Master")?;
    let one = Vrrpd::start(&pair.one, &on_group("priority = 100\nadvert_interval = \"100ms\"", ""))?;
    one.wait(WAIT, "inst1", "Backup")?;
    pair.lab.switch().drop_frames("two-eth0", "one-eth0", "")?;
    let wire = pair.lab.switch().capture()?;
    wire.none(Duration::from_secs(2), "an advertisement of the Backup", |frame| {
        frame.from("one") && frame.advert().is_some()
    })?;
    // Its own advertisements, which come back by the other link, are nobody's.
    drop(two);
    one.wait(WAIT, "inst1", "Master")?;
    let received = |counters: &[serde_json::Value]| {
        counters.iter().map(|one| one["advertisements_received"].clone()).collect::<Vec<_>>()
    };
    let before = received(&one.counters("inst1")?);
    wire.skip();
    for _ in 0..10 {
        wire.expect(WAIT, "an advertisement", |frame| frame.from("one") && frame.advertises(51))?;
    }
    assert_eq!(received(&one.counters("inst1")?), before);
    Ok(())
}

#[test]
fn a_daemon_that_starts_anew_goes_on_with_the_link_that_works() -> Result<()> {
    let pair = Pair::new("groups-heir")?;
    let two = Vrrpd::start(&pair.two, &on_link("priority = 100"))?;
    let probed = "probe = \"arp\"\nfailure_detection_time = \"1s\"\ntargets = [\"192.0.2.2\", \"192.0.2.3\"]";
    let mut one = Vrrpd::start(&pair.one, &on_group("priority = 200", probed))?;
    one.wait(WAIT, "inst1", "Master")?;
    one.process().wait_line(WAIT, "group net0: eth0 is ok: eth0 is up and its targets answer")?;
    one.process().wait_line(WAIT, "group net0: eth1 is ok: eth1 is up and its targets answer")?;
    logs(&one, "inst1 moves from eth0 to eth1", || {
        ["two", "client"]
            .into_iter()
            .try_for_each(|host| pair.lab.switch().drop_frames("one-eth0", &format!("{host}-eth0"), ""))
    })?;
    let sent = pair.one.capture_sent("eth0")?;
    one.crash()?;
    one.start_again(&pair.one)?;
    one.wait(WAIT, "inst1", "Master")?;
    one.process().wait_line(WAIT, "group net0: eth0 is failed")?;
    let stray = sent.all(|frame| frame.advert().is_some() || VIPS.iter().any(|vip| frame.announces(*vip)));
    ensure!(stray.is_empty(), "it went back to a link that nobody hears: {stray:?}");
    let standing = two.standing("inst1").context("a standing")?;
    ensure!(standing.starts_with("Backup"), "{standing}");
    Ok(())
}

#[test]
fn a_link_without_an_address_is_left_for_one_that_has_it() -> Result<()> {
    let pair = Pair::new("groups-address")?;
    let one = Vrrpd::start(&pair.one, &on_group("advert_interval = \"100ms\"", ""))?;
    one.wait(WAIT, "inst1", "Master")?;
    let lost = "inst1 moves from eth0 to eth1";
    logs(&one, lost, || pair.one.sh("ip address del 192.0.2.1/24 dev eth0").map(drop))?;
    let why = "eth0 has no IPv4 address";
    let told = one.adm(&["group", "list", "--no-legend"])?;
    assert_eq!(told.stdout, "net0  degraded  -  [eth0] eth1\n");
    ensure!(one.process().log().lines().iter().any(|line| line.contains(why)), "{why}");
    logs(&one, "inst1 moves from eth1 to eth0", || pair.one.sh("ip address add 192.0.2.1/24 dev eth0").map(drop))?;
    ensure!(one.standing("inst1").is_some_and(|standing| standing.starts_with("Master")));
    Ok(())
}
