//! Unicast: no group is joined, only configured peers are heard, and only from as near as they may be.

use anyhow::{Context, Result, ensure};
use lab::peer::{Keepalived, Router, State, Vrrpd};
use lab::{Frame, Host, Lab};

use super::{WAIT, configuration};

/// Both hosts' peers, and what of the own `peers` stands in a table.
const RIGHT: &str =
    "peers = [{ address = \"192.0.2.2\", min_ttl = 200 }, { address = \"2001:db8::2\", min_ttl = 200 }]\n";
const LEFT: &str = "peers = [\"192.0.2.1\", \"2001:db8::1\"]\n";

/// The multicast groups that a host listens to, as the kernel tells them: 224.0.0.18 and ff02::12.
fn is_member(host: &Host) -> Result<[bool; 2]> {
    let groups = host.sh("cat /proc/net/igmp /proc/net/igmp6")?;
    Ok(["120000E0", "ff020000000000000000000000000012"].map(|group| groups.contains(group)))
}

/// How often an instance counted a discard, in each family.
fn discarded(vrrpd: &Vrrpd, reason: &str) -> Result<Vec<u64>> {
    Ok(vrrpd.counters("inst1")?.iter().map(|counters| counters["discards"][reason].as_u64().unwrap_or(0)).collect())
}

#[test]
fn no_group_is_joined() -> Result<()> {
    let lab = Lab::new("unicast-groups")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let wire = lab.switch().capture()?;
    let vrrpd = Vrrpd::start(&left, &(configuration(200) + RIGHT))?;
    let other = Vrrpd::start(&right, &(configuration(100) + LEFT))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    other.wait(WAIT, "inst1", "Backup: 192.0.2.1 is Master")?;
    for host in [&left, &right] {
        ensure!(is_member(host)? == [false; 2], "{}", host.name());
    }
    let to_group = |frame: &Frame| frame.advert().is_some_and(|advert| advert.destination.is_multicast());
    ensure!(wire.all(to_group).is_empty());
    // The look at the groups sees one that is there, and a change of the configuration joins and leaves it.
    vrrpd.reload(&configuration(200))?;
    wire.expect(WAIT, "an advertisement to the group", to_group)?;
    ensure!(is_member(&left)? == [true; 2]);
    vrrpd.reload(&(configuration(200) + RIGHT))?;
    ensure!(is_member(&left)? == [false; 2]);
    Ok(())
}

/// Routers on the way take from the hop limit: what has crossed more of them than expected is not heard.
#[test]
fn a_peer_that_seems_too_far_away() -> Result<()> {
    let lab = Lab::new("unicast-ttl")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let other = Vrrpd::start(&right, &(configuration(200) + LEFT))?;
    other.wait(WAIT, "inst1", "Master")?;
    let vrrpd = Vrrpd::start(&left, &(configuration(100) + RIGHT))?;
    vrrpd.wait(WAIT, "inst1", "Backup: 192.0.2.2 is Master")?;
    ensure!(discarded(&vrrpd, "ip-ttl-error")? == [0, 0]);
    let far = |hops: u8| {
        right.sh(&format!(
            "nft 'add table inet far; add chain inet far out {{ type filter hook output priority 0; }}; \
             flush chain inet far out; \
             add rule inet far out ip protocol 112 ip ttl set {hops}; \
             add rule inet far out ip6 nexthdr 112 ip6 hoplimit set {hops}'"
        ))
    };
    far(200)?;
    let received = |vrrpd: &Vrrpd| {
        let counters = vrrpd.counters("inst1")?;
        Ok::<_, anyhow::Error>(counters.iter().filter_map(|one| one["advertisements_received"].as_u64()).sum::<u64>())
    };
    let wire = lab.switch().capture()?;
    let lowered = |frame: &Frame| frame.advert().is_some_and(|advert| advert.ttl == 200);
    let before = received(&vrrpd)?;
    for _ in 0..10 {
        wire.expect(WAIT, "an advertisement with the lowest hop limit", lowered)?;
    }
    ensure!(received(&vrrpd)? > before + 5 && discarded(&vrrpd, "ip-ttl-error")? == [0, 0]);
    far(199)?;
    vrrpd.wait(WAIT, "inst1", "Master: 192.0.2.2 was silent")?;
    ensure!(discarded(&vrrpd, "ip-ttl-error")?.iter().all(|count| *count > 0), "{:?}", vrrpd.counters("inst1")?);
    right.sh("nft flush ruleset")?;
    vrrpd.wait(WAIT, "inst1", "Backup: ")
}

#[test]
fn who_is_no_peer_is_not_heard() -> Result<()> {
    let lab = Lab::new("unicast-stranger")?;
    let (left, right, rogue) = (lab.host("left")?, lab.host("right")?, lab.host("rogue")?);
    let vrrpd = Vrrpd::start(&left, &(configuration(200) + RIGHT))?;
    let other = Vrrpd::start(&right, &(configuration(100) + LEFT))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    other.wait(WAIT, "inst1", "Backup")?;
    let stranger = Vrrpd::start(&rogue, &(configuration(250) + LEFT))?;
    stranger.wait(WAIT, "inst1", "Master")?;
    let log = vrrpd.process().log();
    log.wait_until(WAIT, || Ok(discarded(&vrrpd, "unknown-peer")?.iter().all(|count| *count > 0)))?;
    ensure!(vrrpd.standing("inst1").context("no standing")?.starts_with("Master"));
    Ok(())
}

/// Stock keepalived sends unicast over IPv6 from its link-local address, and with the kernel's hop limit, which is 64.
#[test]
fn stock_keepalived_is_near_enough_unless_it_is_asked_for_more() -> Result<()> {
    let lab = Lab::new("unicast-stock")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let wire = lab.switch().capture()?;
    let router =
        Router { interval: 10, peers: vec!["2001:db8::1".parse()?], ..Router::new(51, 200, &["2001:db8::10"])? };
    let peer = Keepalived::start(&right, &router)?;
    peer.wait(WAIT, State::Master)?;
    let ours = |peer: &str| {
        format!(
            "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"2001:db8::10/64\"]\npriority = 100\n\
             advert_interval = \"100ms\"\npeers = [{peer}]\n"
        )
    };
    let theirs = right.addresses("eth0")?.into_iter().find(|address| address.starts_with("fe80::"));
    let theirs = theirs.as_deref().and_then(|address| address.strip_suffix("/64")).context("no link-local address")?;
    let vrrpd = Vrrpd::start(&left, &ours(&format!("\"{theirs}\"")))?;
    vrrpd.wait(WAIT, "inst1", &format!("Backup: {theirs} is Master"))?;
    let advert = wire.expect(WAIT, "an advertisement", |frame| frame.from("right") && frame.advertises(51))?;
    ensure!(advert.advert().is_some_and(|advert| advert.ttl == 64), "{advert}");
    let at_least = |min_ttl: u8| ours(&format!("{{ address = \"{theirs}\", min_ttl = {min_ttl} }}"));
    vrrpd.reload(&at_least(65))?;
    vrrpd.wait(WAIT, "inst1", &format!("Master: {theirs} was silent"))?;
    vrrpd.reload(&at_least(64))?;
    vrrpd.wait(WAIT, "inst1", "Backup: ")
}
