//! What a client loses when an address moves.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Result, ensure};
use lab::peer::Vrrpd;
use lab::{Lab, Report};

use super::{VIPS, WAIT, configuration};

/// How the address leaves the Master.
#[derive(Clone, Copy, Debug)]
enum Move {
    /// A host of higher priority comes back.
    Preemption,
    /// SIGTERM.
    Stop,
    /// SIGKILL.
    Crash,
}

/// Moves the addresses from one host to the other below a stream of datagrams.
fn moves(how: Move, keys: &str, vip: IpAddr) -> Result<Report> {
    let lab = Lab::new("holding-flow")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let client = lab.client("client")?;
    let (_left_echo, _right_echo) = (left.echo()?, right.echo()?);
    let config = |priority| configuration(priority, keys).replace("100ms", "500ms");
    let (low, mut high) = (Vrrpd::start(&left, &config(100))?, Vrrpd::start(&right, &config(200))?);
    high.wait(WAIT, "inst1", "Master")?;
    low.wait(WAIT, "inst1", "Backup: ")?;
    if matches!(how, Move::Preemption) {
        high.stop()?;
        low.wait(WAIT, "inst1", "Master")?;
    }
    client.wire().skip();
    let flow = client.flow(vip, Duration::from_millis(1))?;
    let echoes =
        |frame: &lab::Frame| frame.from("client") && matches!(frame.payload, lab::Payload::Ip(_, to, 17) if to == vip);
    client.wire().expect(WAIT, "the stream", echoes)?;
    let new = match how {
        Move::Preemption => {
            high.start_again(&right)?;
            "right"
        }
        Move::Stop => {
            high.stop()?;
            "left"
        }
        Move::Crash => {
            high.crash()?;
            "left"
        }
    };
    let announces = |frame: &lab::Frame| frame.from(new) && frame.announces(vip);
    // The last of the announcements that follow the claim closely.
    for _ in 0..3 {
        client.wire().expect(WAIT, "the new Master announces", announces)?;
    }
    let report = flow.stop()?;
    println!(
        "{how:?}, {keys}, {vip}: {} of {} lost, silence {:?}, turns {:?}",
        report.lost, report.sent, report.longest_silence, report.turns
    );
    ensure!(report.turns.last().map(String::as_str) == Some(new), "{report:?}");
    Ok(report)
}

/// Master_Down_Interval of the Backup at 500 ms and priority 100, and time for the take-over on a busy machine.
const DOWN: Duration = Duration::from_millis(1805 + 500);
/// What a machine that has other things to do keeps from a client.
const BUSY: Duration = Duration::from_millis(50);

const INTERFACE: &str = "mac = \"interface\"";
const VIRTUAL: &str = "mac = \"virtual\"";

#[test]
fn a_better_host_takes_over_without_a_loss() -> Result<()> {
    for keys in [INTERFACE, VIRTUAL] {
        for vip in VIPS {
            let report = moves(Move::Preemption, keys, vip)?;
            ensure!(report.longest_silence < BUSY, "{report:?}");
        }
    }
    Ok(())
}

#[test]
fn a_host_that_stops_serves_until_the_other_one_does() -> Result<()> {
    for keys in [INTERFACE, VIRTUAL, "hold = \"freebind\"", "fast_resign = \"always\""] {
        for vip in VIPS {
            let report = moves(Move::Stop, keys, vip)?;
            ensure!(report.longest_silence < BUSY, "{report:?}");
        }
    }
    Ok(())
}

#[test]
fn after_a_crash_the_silence_is_no_longer_than_the_down_interval() -> Result<()> {
    for keys in [INTERFACE, VIRTUAL] {
        for vip in VIPS {
            let report = moves(Move::Crash, keys, vip)?;
            ensure!(report.longest_silence < DOWN, "{report:?}");
        }
    }
    Ok(())
}
