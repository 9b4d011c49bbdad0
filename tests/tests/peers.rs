//! Proofs that keepalived and FRR work as peers, against each other, as the captures see them.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::Result;
use lab::Lab;
use lab::peer::{Frr, Keepalived, Router, State};

const TAKEOVER: Duration = Duration::from_secs(8);

/// Lets a keepalived and an FRR share a virtual router, and the address move to and fro.
fn move_between(name: &str, version: u8, addresses: &[&str], virtual_mac: bool) -> Result<()> {
    let lab = Lab::new(name)?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let client = lab.client("client")?;
    let wire = lab.switch().capture()?;
    let router =
        |priority| -> Result<Router> { Ok(Router { version, virtual_mac, ..Router::new(51, priority, addresses)? }) };
    let high = Keepalived::start(&left, &router(200)?)?;
    high.wait(TAKEOVER, State::Master)?;
    let low = Frr::start(&right, &router(100)?)?;

    let advert = wire.expect(TAKEOVER, "an advertisement", |frame| frame.advertises(51))?;
    let content = advert.advert().cloned().unwrap_or_else(|| unreachable!("expected just now"));
    assert!(advert.from("left"), "{advert}");
    assert_eq!((content.version, content.priority, content.ttl), (version, 200, 255));
    assert_eq!(content.interval, 100);
    let wanted: Vec<IpAddr> = addresses.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    assert_eq!(content.addresses, wanted);
    let vip = wanted[wanted.len() - 1];
    assert_eq!(client.who_has(vip, Duration::from_millis(300))?, ["left"]);
    assert_eq!((high.state()?, low.state()?), (State::Master, State::Backup));

    high.stop()?;
    wire.expect(TAKEOVER, "left resigns", |frame| frame.from("left") && frame.resigns())?;
    wire.expect(TAKEOVER, "right takes over", |frame| frame.from("right") && frame.advertises(51))?;
    low.wait(TAKEOVER, State::Master)?;

    let high = Keepalived::start(&left, &router(200)?)?;
    wire.expect(TAKEOVER, "left is back", |frame| frame.from("left") && frame.advertises(51))?;
    wire.none(Duration::from_millis(2500), "right still advertises", |frame| {
        frame.from("right") && frame.advertises(51)
    })?;
    assert_eq!((high.errors()?, low.complaints()), (0, Vec::new()));
    assert_eq!(low.state()?, State::Backup);
    high.crash()?;
    wire.expect(TAKEOVER, "right takes over", |frame| frame.from("right") && frame.advertises(51))?;
    low.stop()
}

#[test]
fn version_2_over_ipv4() -> Result<()> {
    move_between("peers-2-v4", 2, &["192.0.2.10"], false)
}

#[test]
fn version_3_over_ipv4() -> Result<()> {
    move_between("peers-3-v4", 3, &["192.0.2.10"], false)
}

#[test]
fn version_3_over_ipv4_with_virtual_macs() -> Result<()> {
    move_between("peers-3-v4-vmac", 3, &["192.0.2.10"], true)
}

#[test]
fn version_3_over_ipv6() -> Result<()> {
    move_between("peers-3-v6", 3, &["fe80::10", "2001:db8::10"], false)
}
