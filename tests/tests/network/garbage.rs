//! A flood of what is no advertisement for us: counted by name, and nothing else happens.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Advert, Lab};

use super::{WAIT, configuration};

const ROUNDS: u64 = 1000;
const PACE: Duration = Duration::from_millis(1);

/// What is sent in each round, and the name that it is counted by.
const GARBAGE: [(&str, &[u8]); 5] = [
    // Version 3, VRID 51, priority 255, one address, 100 ms, and a checksum that is none.
    ("checksum-error", &[0x31, 51, 255, 1, 0, 10, 0xde, 0xad, 192, 0, 2, 10]),
    // The same, cut off in its header, and announcing an address that is not there.
    ("packet-length-error", &[0x31, 51, 255, 1, 0, 10, 0]),
    ("packet-length-error", &[0x31, 51, 255, 1, 0, 10, 0, 0]),
    // CARP (version 2, type 1, authentication length 7), VHID 51.
    (
        "carp",
        &[
            0x21, 51, 0, 7, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
            18, 19, 20, 21,
        ],
    ),
    // A true advertisement of another virtual router: VRID 77, priority 100, 192.0.2.77, the checksum of the message alone.
    ("vrid-error", &[0x31, 77, 100, 1, 0, 10, 0, 0, 192, 0, 2, 77]),
];

#[test]
fn a_flood_of_garbage_is_counted_and_disturbs_nobody() -> Result<()> {
    let lab = Lab::new("network-garbage")?;
    let (left, right, rogue) = (lab.host("left")?, lab.host("right")?, lab.host("rogue")?);
    let wire = lab.switch().capture()?;
    let master = Vrrpd::start(&left, &configuration(200))?;
    master.wait(WAIT, "inst1", "Master")?;
    let backup = Vrrpd::start(&right, &configuration(100))?;
    backup.wait(WAIT, "inst1", "Backup")?;
    wire.skip();

    let sender = rogue.vrrp_sender("192.0.2.3".parse()?)?;
    for _ in 0..ROUNDS {
        for (_, payload) in GARBAGE {
            sender.send(&summed_if_none(payload))?;
        }
        // The pace is what is tested: it lets no socket run over, so that every count is exact.
        thread::sleep(PACE);
    }
    // What the flood did not stop comes after it.
    wire.expect(WAIT, "an advertisement", |frame| frame.from("left") && frame.advertises(51))?;
    let expected = [("carp", ROUNDS), ("checksum-error", ROUNDS), ("packet-length-error", 2 * ROUNDS)];
    for vrrpd in [&master, &backup] {
        let counters = &vrrpd.counters("inst1")?[0];
        let counted = counters["discards"].as_object().context("no discards")?;
        let status = vrrpd.status()?;
        let daemon = status["daemon"]["discards"].as_object().context("no discards")?;
        for (name, count) in expected {
            let of = |map: &serde_json::Map<String, serde_json::Value>| map.get(name).and_then(|count| count.as_u64());
            let found = of(counted).unwrap_or(0) + of(daemon).unwrap_or(0);
            ensure!(found == count, "{name}: {found} of {count}; {counted:?} {daemon:?}");
        }
        ensure!(daemon.get("vrid-error").and_then(|count| count.as_u64()) == Some(ROUNDS), "{daemon:?}");
    }
    ensure!(master.standing("inst1").is_some_and(|standing| standing.starts_with("Master")));
    ensure!(backup.standing("inst1").is_some_and(|standing| standing.starts_with("Backup")));
    let ours = |advert: &Advert| advert.vrid == 51 && advert.source.is_ipv4();
    let adverts = wire.all(|frame| frame.from("left") && frame.advert().is_some_and(ours));
    let gaps = adverts.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at).unwrap_or_default());
    let longest = gaps.max().context("no advertisements")?;
    println!("longest time between two advertisements in the flood: {longest:?}");
    ensure!(longest < Duration::from_millis(300), "the Backup was about to take over");
    ensure!(wire.all(|frame| frame.from("right") && frame.advert().is_some()).is_empty());
    // A flood of messages would be a flood of its own.
    let lines = backup.process().log().lines().len();
    ensure!(lines < 60, "{lines} lines were logged");
    Ok(())
}

/// Puts the checksum of the message alone where there is none and the message is whole.
fn summed_if_none(payload: &[u8]) -> Vec<u8> {
    let mut message = payload.to_vec();
    if payload.len() > 8 && payload[6..8] == [0, 0] {
        let words = payload.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]));
        let mut sum: u32 = words.sum();
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        let sum = !u16::try_from(sum).unwrap_or_default();
        message[6..8].copy_from_slice(&sum.to_be_bytes());
    }
    message
}
