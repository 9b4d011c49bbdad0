//! The protected service is killed on the Master: when the Master resigns, and for how long nobody gets a page.

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use super::duel::Software;
use super::hosted::Hosted;
use super::row::{Row, Samples, Side};
use super::{Extent, millis, tell};
use crate::capture::Frame;
use crate::container::Container;
use crate::pair::{LONG, VIP4, VIPS, wait_instance};

/// What a worker rests for between two requests; four of them make one a millisecond.
const PAUSE: Duration = Duration::from_millis(3);
/// How long requests go on before and after the death: each program's way to the other host takes less.
const BEFORE: Duration = Duration::from_millis(300);
const AFTER: Duration = Duration::from_millis(700);
const AFTER_SCRIPT: Duration = Duration::from_millis(2500);

/// From the death to the last resignation on the wire, of both families.
pub(crate) const RESIGNS: &str = "resigns after, ms";

/// What was seen of all deaths.
#[derive(Debug, Default)]
struct Seen {
    resigned: Samples,
    silent: Samples,
}

/// Kills the service on the Master, and starts it again.
fn kill(hosted: &Hosted, master: &Container, source: Ipv4Addr, after: Duration, seen: &mut Seen) -> Result<()> {
    hosted.client.run(&["ip", "address", "replace", &format!("{source}/24"), "dev", "eth0"])?.ok()?;
    let process = master.main_pid("http.service")?;
    let load = hosted.client.load(source.into(), VIP4, PAUSE);
    thread::sleep(BEFORE);
    hosted.wire.skip();
    let killed = SystemTime::now();
    hosted.lab.kill(process)?;
    let missing = RefCell::new(VIPS.to_vec());
    let both = |frame: &Frame| {
        let mut missing = missing.borrow_mut();
        if let Some(advert) = frame.advert().filter(|_| frame.from(master.name()) && frame.resigns()) {
            missing.retain(|vip| vip.is_ipv4() != advert.source.is_ipv4());
        }
        missing.is_empty()
    };
    let resigned = hosted.wire.expect(LONG, &format!("resignations of {}", master.name()), both)?;
    thread::sleep(after);
    seen.resigned.push(millis(resigned.at.duration_since(killed)?));
    seen.silent.push(millis(load.stop()?.longest_silence()));
    master.wait_unit(LONG, "http.service", "failed")?;
    // Debian lets nginx be started five times in ten seconds.
    master.systemctl("reset-failed http.service")?;
    master.systemctl("start http.service")?;
    Ok(())
}

/// Measures ours on both hosts in turn, for nobody preempts, and then keepalived on the left one.
pub(super) fn measure(extent: &Extent) -> Result<Vec<Row>> {
    let hosted = Hosted::new("kill")?;
    let runs = extent.runs(50, 1);
    // Who has not heard of a connection for a quarter of an hour has forgotten it.
    let mut sources = (100..=250).cycle().map(|last| Ipv4Addr::new(192, 0, 2, last));
    let mut next = || sources.next().context("there is always another");
    tell(&format!("Ours: the service dies, {runs} times on each host"));
    hosted.set_up(Software::Ours)?;
    let hosts = [(&hosted.left, "systemd 252"), (&hosted.right, "systemd 257")];
    for (host, _) in hosts {
        host.vrrpadm("modify inst1 --routers 2 --no-preempt")?.ok()?;
    }
    let mut ours = [Seen::default(), Seen::default()];
    for _ in 0..runs {
        for ((host, _), seen) in hosts.iter().zip(&mut ours) {
            kill(&hosted, host, next()?, AFTER, seen)?;
            wait_instance(host, "inst1", "backup", "")?;
        }
    }
    let mut theirs = Seen::default();
    let runs = extent.runs(20, 1).min(20);
    tell(&format!("Keepalived: the service dies, {runs} times"));
    hosted.set_up(Software::Keepalived)?;
    for _ in 0..runs {
        kill(&hosted, &hosted.left, next()?, AFTER_SCRIPT, &mut theirs)?;
        hosted.wait_master("left")?;
    }
    let rows = hosts.iter().zip(ours).flat_map(|((_, systemd), seen)| {
        let scene = format!("SIGKILL of the protected service, {systemd}");
        [
            Row::new(&scene, RESIGNS, seen.resigned, Side::Measured(theirs.resigned.clone())).at_most(10.0),
            Row::new(&scene, "no page for, ms", seen.silent, Side::Measured(theirs.silent.clone())).at_most(25.0),
        ]
    });
    Ok(rows.collect())
}
