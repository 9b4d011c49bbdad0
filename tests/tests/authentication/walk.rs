//! From nothing to authentication, and from one key to the next: host by host, and nobody notices.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Advert, Frame, Host, Lab};

use super::{Form, V2, V3, VRID, WAIT, hmac};

/// What follows a message, in octets.
const TRAILER: usize = 28;

type Stage = fn(&Host) -> Result<String>;

/// First the migration that docs/authentication.md describes, then its rotation.
const STAGES: [(&str, Stage); 7] = [
    ("nothing", |_| Ok(String::new())),
    ("receive-only", |host| hmac(host, &[0], 0, ", mode = \"receive-only\"")),
    ("permissive", |host| hmac(host, &[0], 0, ", mode = \"permissive\"")),
    ("enforce", |host| hmac(host, &[0], 0, "")),
    ("two keys", |host| hmac(host, &[0, 1], 0, "")),
    ("the new key", |host| hmac(host, &[0, 1], 1, "")),
    ("the new key alone", |host| hmac(host, &[1], 1, "")),
];

#[test]
fn version_2_walks_without_a_gap() -> Result<()> {
    walk(&V2)
}

#[test]
fn version_3_walks_without_a_gap_over_both_families() -> Result<()> {
    walk(&V3)
}

fn walk(form: &Form) -> Result<()> {
    let lab = Lab::new(&format!("auth-walk-{}", form.name))?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let wire = lab.switch().capture()?;
    let mut master = Vrrpd::start(&left, &form.configuration(200, ""))?;
    master.wait(WAIT, "inst1", "Master")?;
    let backup = Vrrpd::start(&right, &form.configuration(100, ""))?;
    backup.wait(WAIT, "inst1", "Backup: ")?;
    wire.skip();
    for (number, (name, stage)) in STAGES.iter().enumerate().skip(1) {
        let mut hosts = [(&right, &backup, 100), (&left, &master, 200)];
        // Either may be the first.
        hosts.rotate_left(number % 2);
        for (host, vrrpd, priority) in hosts {
            vrrpd.reload(&form.configuration(priority, &stage(host)?))?;
            for address in form.addresses {
                let family = |advert: &Advert| advert.source.is_ipv4() != address.contains(':');
                let advertises = |frame: &Frame| frame.advertises(VRID) && frame.advert().is_some_and(family);
                for _ in 0..2 {
                    wire.expect(WAIT, "an advertisement", advertises).with_context(|| (*name).to_owned())?;
                }
            }
        }
    }
    let adverts = wire.all(|frame| frame.advertises(VRID));
    let others: Vec<&Frame> = adverts.iter().filter(|frame| !frame.from("left")).collect();
    ensure!(others.is_empty(), "a second Master: {}", others[0]);
    for ipv4 in [true, false] {
        let of_family = adverts.iter().filter(|frame| frame.advert().is_some_and(|one| one.source.is_ipv4() == ipv4));
        let times: Vec<_> = of_family.map(|frame| frame.at).collect();
        let gaps = times.windows(2).map(|pair| pair[1].duration_since(pair[0]).unwrap_or_default());
        let longest = gaps.max().unwrap_or_default();
        println!("{}, ipv4 {ipv4}: the longest gap was {longest:?}", form.name);
        ensure!(longest < 3 * form.interval, "nothing was advertised for {longest:?}");
    }
    let keys: BTreeSet<Option<u8>> = adverts.iter().map(key).collect();
    ensure!(keys == [None, Some(1), Some(2)].into(), "the keys on the wire were {keys:?}");
    for vrrpd in [&master, &backup] {
        ensure!(vrrpd.complaints()?.is_empty(), "{:?}", vrrpd.complaints()?);
    }
    let status = backup.status()?;
    let auth = &status["instances"][0]["auth"];
    ensure!(auth["keys"] == serde_json::json!([2]) && auth["mode"] == "enforce", "{auth}");
    let counters = &backup.counters("inst1")?[0];
    ensure!(
        counters["authenticated"].as_u64() > Some(5) && counters["unauthenticated"].as_u64() > Some(0),
        "{counters}"
    );

    // What they share by now is enough for a take-over in each direction.
    master.stop()?;
    backup.wait(WAIT, "inst1", "Master: 192.0.2.1 resigned")?;
    master.start_again(&left)?;
    master.wait(WAIT, "inst1", "Master")?;
    backup.wait(WAIT, "inst1", "Backup: 192.0.2.1")
}

/// The key that an advertisement was signed with, if it was.
pub(super) fn key(frame: &Frame) -> Option<u8> {
    let advert = frame.advert()?;
    let (header, address) = if advert.source.is_ipv4() { (20, 4) } else { (40, 16) };
    let password = if advert.version == 2 { 8 } else { 0 };
    let message = 14 + header + 8 + advert.addresses.len() * address + password;
    // A link pads what is shorter than 60 octets with zeros; a trailer begins with 1.
    let trailer = frame.octets.get(message..message + TRAILER)?;
    (trailer[0] == 1).then_some(trailer[1])
}
