//! A Master's daemon hangs (SIGSTOP): when its claims are gone, for how long two hosts answer for the address, and what it says when it
//! goes on.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Result;
use nix::sys::signal::Signal;

use super::duel::{Duel, Setting, Software};
use super::row::{Row, Samples, Side};
use super::{Extent, millis, tell};
use crate::pair::VIP4;

/// How long each question waits for answers.
const WINDOW: Duration = Duration::from_millis(20);
/// What is not gone by then counts as never gone.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long the daemon stands still that goes on: longer than its lease and any Backup's patience.
const STALL: Duration = Duration::from_secs(6);
/// A Backup of priority 100 waits 3.6 s; after a lease of three intervals and the kernel's second nobody else may answer.
const CLAIMS_GONE: f64 = 4000.0;

#[derive(Debug, Default)]
struct Sums {
    gone: Samples,
    both: Samples,
    nobody: Samples,
}

/// Asks who has the address over and over, from the hang on.
fn hang(software: Software, virtual_mac: bool, sums: &mut Sums) -> Result<()> {
    let duel = Duel::new("lease", &[(software, 100), (software, 100)], &Setting::new(virtual_mac))?;
    let start = Instant::now();
    duel.sides[0].signal(Signal::SIGSTOP)?;
    let (mut left_last, mut both, mut right_first) = (start, Duration::ZERO, None);
    let mut asked = Instant::now();
    while start.elapsed() < PATIENCE {
        let answers = duel.client.ask(&duel.wire, VIP4, WINDOW)?;
        let now = Instant::now();
        let has = |name: &str| answers.iter().any(|answer| answer == name);
        if has("left") {
            left_last = now;
        }
        if has("right") {
            right_first.get_or_insert(now);
        }
        if has("left") && has("right") {
            both += now - asked;
        }
        asked = now;
        // Both have had the time to settle by then.
        if right_first.is_some_and(|first| now > first.max(left_last) + Duration::from_secs(1)) {
            break;
        }
    }
    duel.sides[0].signal(Signal::SIGCONT)?;
    let for_ever = left_last.elapsed() < Duration::from_millis(500);
    let gone = if for_ever { f64::INFINITY } else { millis(left_last - start) };
    let gap = right_first.map_or(f64::INFINITY, |first| millis(first.saturating_duration_since(left_last)));
    sums.gone.push(gone);
    sums.both.push(if for_ever { f64::INFINITY } else { millis(both) });
    sums.nobody.push(gap);
    Ok(())
}

/// Lets the Master go on after another one has taken over; counts the advertisements that it sends as a second Master, of the
/// family that has more.
fn awake(software: Software, virtual_mac: bool, again: &mut Samples) -> Result<()> {
    let duel = Duel::new("awake", &[(software, 100), (software, 100)], &Setting::new(virtual_mac))?;
    let start = Instant::now();
    duel.wire.skip();
    duel.sides[0].signal(Signal::SIGSTOP)?;
    duel.wait_announced(1)?;
    // The hang itself is what is measured.
    thread::sleep(STALL.saturating_sub(start.elapsed()));
    let on = SystemTime::now();
    duel.sides[0].signal(Signal::SIGCONT)?;
    // Three more of its advertisements would be due by then.
    thread::sleep(Duration::from_secs(3));
    let sent = [true, false].map(|ipv4| duel.adverts(0, on, ipv4).iter().filter(|frame| !frame.resigns()).count());
    again.push(sent.into_iter().max().unwrap_or_default() as f64);
    Ok(())
}

/// Measures it at an advertisement a second.
pub(super) fn measure(extent: &Extent) -> Result<Vec<Row>> {
    let runs = extent.runs(5, 1);
    let mut rows = Vec::new();
    for virtual_mac in [false, true] {
        let mut sums = [Sums::default(), Sums::default()];
        let scene = format!("SIGSTOP of the Master's daemon, {}", Setting::new(virtual_mac).mac());
        for (software, sums) in [Software::Ours, Software::Keepalived].into_iter().zip(&mut sums) {
            tell(&format!("{software:?}: {scene}"));
            for _ in 0..runs {
                hang(software, virtual_mac, sums)?;
            }
        }
        let woken = format!("SIGSTOP for 6 s, then SIGCONT, {}", Setting::new(virtual_mac).mac());
        let mut again = [Samples::default(), Samples::default()];
        for (software, again) in [Software::Ours, Software::Keepalived].into_iter().zip(&mut again) {
            tell(&format!("{software:?}: {woken}"));
            for _ in 0..runs {
                awake(software, virtual_mac, again)?;
            }
        }
        let [ours, theirs] = sums;
        rows.extend([
            Row::new(&scene, "it answers until, ms", ours.gone, Side::Measured(theirs.gone)).at_most(CLAIMS_GONE),
            Row::new(&scene, "two hosts answer for, ms", ours.both, Side::Measured(theirs.both)).at_most(500.0),
            Row::new(&scene, "nobody answers for, ms", ours.nobody, Side::Measured(theirs.nobody)),
        ]);
        let [ours, theirs] = again;
        rows.push(Row::new(&woken, "its adverts as a second Master", ours, Side::Measured(theirs)).at_most(1.0));
        if extent.quick {
            break;
        }
    }
    Ok(rows)
}
