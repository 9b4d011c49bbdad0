//! Debian's keepalived.

use anyhow::{Result, ensure};
use lab::Lab;
use lab::peer::{Keepalived, Router, State, Vrrpd};

use super::exchange::{Case, VRID, WAIT, exchange};
use super::rival::Maker;

const V4: &[&str] = &["192.0.2.10"];
const V6: &[&str] = &["2001:db8::10"];
const BOTH: &[&str] = &["192.0.2.10", "192.0.2.11", "2001:db8::10"];

const fn case(name: &'static str, addresses: &'static [&'static str]) -> Case {
    Case::new(name, Maker::Keepalived, addresses)
}

#[test]
fn version_2() -> Result<()> {
    exchange(&Case { version: 2, interval: 100, ..case("interop-k-2", V4) })
}

#[test]
fn version_3_over_ipv4() -> Result<()> {
    exchange(&case("interop-k-4", V4))
}

#[test]
fn version_3_over_ipv6() -> Result<()> {
    exchange(&case("interop-k-6", V6))
}

#[test]
fn ipv6_with_a_link_local_address_first() -> Result<()> {
    exchange(&Case { hold: "freebind", ..case("interop-k-6-ll", &["fe80::10", "2001:db8::10"]) })
}

#[test]
fn both_families_in_step() -> Result<()> {
    exchange(&case("interop-k-both", BOTH))
}

#[test]
fn virtual_macs_on_both_sides() -> Result<()> {
    exchange(&Case { mac: "virtual", their_virtual_mac: true, ..case("interop-k-vmac-4", V4) })
}

#[test]
fn virtual_macs_on_both_sides_over_ipv6() -> Result<()> {
    exchange(&Case { mac: "virtual", their_virtual_mac: true, ..case("interop-k-vmac-6", V6) })
}

#[test]
fn the_virtual_mac_on_our_side() -> Result<()> {
    exchange(&Case { mac: "virtual", ..case("interop-k-vmac-o", BOTH) })
}

#[test]
fn the_virtual_mac_on_their_side() -> Result<()> {
    exchange(&Case { their_virtual_mac: true, ..case("interop-k-vmac-t", V4) })
}

#[test]
fn unicast_over_ipv4() -> Result<()> {
    exchange(&Case { unicast: Some(["192.0.2.1", "192.0.2.2"]), ..case("interop-k-uni-4", V4) })
}

#[test]
fn unicast_over_ipv6() -> Result<()> {
    exchange(&Case { unicast: Some(["2001:db8::1", "2001:db8::2"]), ..case("interop-k-uni-6", V6) })
}

/// Whoever is Master stays Master while the other one, though better, does not preempt.
#[test]
fn without_preemption() -> Result<()> {
    let lab = Lab::beside("interop-k-nopreempt")?;
    let (ours, theirs) = (lab.host("ours")?, lab.host("theirs")?);
    let case = case("", V4);
    let start_theirs = |priority| {
        let router = Router { preempt: false, ..case.theirs(priority)?.remove(0) };
        Keepalived::start(&theirs, &router)
    };
    let peer = start_theirs(100)?;
    peer.wait(WAIT, State::Master)?;
    let vrrpd = Vrrpd::start(&ours, &(case.ours(200)? + "preempt = false\n"))?;
    // More than three intervals, after which it would be Master.
    let stays = |host: &str| -> Result<()> {
        let wire = lab.switch().capture()?;
        for _ in 0..10 {
            let advert = wire.expect(WAIT, "an advertisement", |frame| frame.advertises(VRID))?;
            ensure!(advert.from(host), "took over: {advert}");
        }
        Ok(())
    };
    stays("theirs")?;
    peer.stop()?;
    vrrpd.wait(WAIT, "inst1", "Master: 192.0.2.2 resigned")?;

    let peer = start_theirs(220)?;
    stays("ours")?;
    peer.wait(WAIT, State::Backup)?;
    assert_eq!((peer.errors()?, peer.complaints()), (0, Vec::new()));
    vrrpd.stop()?;
    peer.wait(WAIT, State::Master)
}
