//! A hundred thousand advertisements a second that nobody should believe, at two hosts that advertise every 100 ms.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::row::{Row, Samples, Side};
use super::{Extent, millis, tell};
use crate::flood::{self, Flood, Kind};
use crate::lab::Lab;
use crate::pair::{LONG, VRID};
use crate::peer::{Keepalived, Router, State};

const RATE: u32 = 100_000;
/// What keepalived does not believe without authentication either.
const PLAINLY_WRONG: [Kind; 3] = [Kind::OtherVrid, Kind::Checksum, Kind::Truncated];

#[derive(Debug, Default)]
struct Sums {
    gap: Samples,
    answer: Samples,
    memory: Samples,
    lines: Samples,
}

fn ours(length: Duration, sums: &mut Sums) -> Result<()> {
    let lab = Lab::new("reliability-flood-ours")?;
    let options = flood::Options { rate: RATE, length, kinds: Kind::ALL.to_vec(), looped: true };
    let measured = flood::measure(&lab, &options)?;
    tell(&format!("{:.0} frames a second were sent; {}", measured.rate, measured.standings[0]));
    sums.gap.push(millis(measured.gaps[1]));
    sums.answer.push(millis(measured.answers[1]));
    let grown = measured.memory.map(|[_, warm, end]| end.saturating_sub(warm));
    sums.memory.push(grown.into_iter().max().unwrap_or_default() as f64);
    sums.lines.push(measured.lines.into_iter().max().unwrap_or_default() as f64);
    Ok(())
}

/// The longest time between two advertisements of keepalived's Master in the flood.
fn theirs(length: Duration) -> Result<f64> {
    let lab = Lab::new("reliability-flood-keepalived")?;
    let (left, right, rogue) = (lab.host("left")?, lab.host("right")?, lab.host("rogue")?);
    let router =
        |priority| -> Result<Router> { Ok(Router { interval: 10, ..Router::new(VRID, priority, &["192.0.2.10"])? }) };
    let master = Keepalived::start(&left, &router(200)?)?;
    master.wait(LONG, State::Master)?;
    let _backup = Keepalived::start(&right, &router(100)?)?;
    let sent = left.capture_sent("eth0")?;
    thread::sleep(Duration::from_secs(1));
    let quiet = sent.all(|frame| frame.advertises(VRID)).len();
    ensure!(quiet > 5, "keepalived sent {quiet} advertisements in a second without a flood");
    let flood = Flood::start(&rogue, "eth0", flood::frames(&PLAINLY_WRONG, VRID)?, RATE)?;
    thread::sleep(Duration::from_secs(1));
    let before = sent.all(|frame| frame.advertises(VRID)).len();
    thread::sleep(length);
    flood.stop()?;
    let adverts = sent.all(|frame| frame.advertises(VRID)).split_off(before);
    if adverts.len() < 2 {
        tell(&format!("keepalived sent {} advertisements in {length:?}", adverts.len()));
        return Ok(f64::INFINITY);
    }
    let gaps = adverts.windows(2).map(|pair| millis(pair[1].at.duration_since(pair[0].at).unwrap_or_default()));
    Ok(gaps.fold(0.0, f64::max))
}

/// Measures both.
pub(super) fn measure(extent: &Extent) -> Result<Vec<Row>> {
    let length = Duration::from_secs(if extent.quick { 2 } else { 10 });
    let scene = format!("{RATE} wrong advertisements a second");
    let mut sums = Sums::default();
    let mut gaps = Samples::default();
    for _ in 0..extent.runs(3, 1) {
        tell(&format!("Ours: {scene}"));
        ours(length, &mut sums)?;
        tell(&format!("Keepalived: {scene}"));
        gaps.push(theirs(length)?);
    }
    Ok(vec![
        Row::new(&scene, "longest gap in its adverts, ms", sums.gap, Side::Measured(gaps)).at_most(150.0),
        Row::new(&scene, "vrrpadm status takes, ms", sums.answer, Side::none()).at_most(100.0),
        Row::new(&scene, "memory grows by, KiB", sums.memory, Side::none()).at_most(256.0),
        Row::new(&scene, "lines logged", sums.lines, Side::none()),
    ])
}
