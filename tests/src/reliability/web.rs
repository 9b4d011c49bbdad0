//! New connections to nginx while it is restarted on the Master, and while the Master reboots.

use std::net::Ipv4Addr;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::duel::Software;
use super::hosted::Hosted;
use super::row::{Row, Samples, Side};
use super::{Extent, millis, tell};
use crate::client::Requests;
use crate::pair::VIP4;

/// What a worker rests for between two requests; with four of them, some 350 requests a second.
const PAUSE: Duration = Duration::from_millis(10);

/// What happens to the Master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Restart,
    Reboot,
}

impl Event {
    const ALL: [Self; 2] = [Self::Restart, Self::Reboot];

    const fn scene(self) -> &'static str {
        match self {
            Self::Restart => "systemctl restart nginx on the Master",
            Self::Reboot => "reboot of the Master",
        }
    }

    const fn runs(self) -> usize {
        match self {
            Self::Restart => 20,
            Self::Reboot => 5,
        }
    }
}

/// What became of the requests of all runs.
#[derive(Debug, Default)]
struct Sums {
    sent: Samples,
    refused: Samples,
    timed_out: Samples,
    reset: Samples,
    slowest: Samples,
}

impl Sums {
    fn add(&mut self, requests: &Requests) {
        self.sent.push(requests.sent() as f64);
        self.refused.push(requests.refused as f64);
        self.timed_out.push(requests.timed_out as f64);
        self.reset.push(requests.reset as f64);
        self.slowest.push(millis(requests.slowest));
    }

    fn measures(self) -> [(&'static str, Samples, Option<f64>); 5] {
        [
            ("requests sent", self.sent, None),
            ("requests refused", self.refused, Some(0.0)),
            ("requests timed out", self.timed_out, Some(0.0)),
            ("connections reset", self.reset, None),
            ("slowest answer, ms", self.slowest, None),
        ]
    }
}

fn loads(hosted: &mut Hosted, event: Event, runs: usize, sources: &mut impl Iterator<Item = u8>) -> Result<Sums> {
    let mut sums = Sums::default();
    for _ in 0..runs {
        let source = Ipv4Addr::new(192, 0, 2, sources.next().context("there is always another")?);
        hosted.client.run(&["ip", "address", "replace", &format!("{source}/24"), "dev", "eth0"])?.ok()?;
        let load = hosted.client.load(source.into(), VIP4, PAUSE);
        thread::sleep(Duration::from_millis(300));
        match event {
            Event::Restart => {
                hosted.left.systemctl("restart nginx.service")?;
                // Its check, once a second, may notice only now.
                thread::sleep(Duration::from_secs(2));
            }
            Event::Reboot => hosted.left.reboot()?,
        }
        // Back again is a move, too.
        hosted.wait_master("left")?;
        thread::sleep(Duration::from_secs(1));
        sums.add(&load.stop()?);
    }
    Ok(sums)
}

/// Measures both events, first with our daemon and then with keepalived.
pub(super) fn measure(extent: &Extent) -> Result<Vec<Row>> {
    let mut hosted = Hosted::new("web")?;
    let events = if extent.quick { &Event::ALL[..1] } else { &Event::ALL[..] };
    // The first one comes again after a quarter of an hour, when nobody remembers it.
    let mut sources = (100..=250).cycle();
    let mut found = Vec::new();
    for software in [Software::Ours, Software::Keepalived] {
        hosted.set_up(software)?;
        for event in events {
            let runs = extent.runs(event.runs(), 2);
            tell(&format!("{software:?}: {}, {runs} times", event.scene()));
            found.push(loads(&mut hosted, *event, runs, &mut sources)?);
        }
    }
    let theirs = found.split_off(events.len());
    let mut rows = Vec::new();
    for (event, (ours, theirs)) in events.iter().zip(found.into_iter().zip(theirs)) {
        for ((measure, ours, target), (_, theirs, _)) in ours.measures().into_iter().zip(theirs.measures()) {
            let row = Row::new(event.scene(), measure, ours, Side::Measured(theirs));
            rows.push(Row { target, ..row });
        }
    }
    Ok(rows)
}
