//! `systemd-analyze security`: how exposed systemd takes the daemons to be, of 10.

use std::fs;

use anyhow::{Context, Result};

use super::row::{Row, Samples, Side};
use super::{Extent, tell};
use crate::container::Container;
use crate::image::Release;
use crate::lab::Lab;
use crate::pair::installed;

/// Where the machine has FRR's unit, which containers have not.
const FRR: [&str; 2] = ["/usr/lib/systemd/system/frr.service", "/lib/systemd/system/frr.service"];
/// What systemd 257 may say of ours; 252 knows fewer settings and counts their lack.
const TARGETS: [Option<f64>; 2] = [None, Some(1.8)];

fn exposure(host: &Container, unit: &str) -> Result<f64> {
    let output = host.run(&["systemd-analyze", "security", "--no-pager", unit])?;
    // The exit code is that of a threshold.
    let line = output.stdout.lines().last().with_context(|| format!("{unit}: {}", output.stderr.trim()))?;
    let figure = line.split_whitespace().find_map(|word| word.parse().ok());
    figure.with_context(|| format!("no figure in {line:?}"))
}

/// Measures it on both releases.
pub(super) fn measure(extent: &Extent) -> Result<Vec<Row>> {
    let releases = if extent.quick { &Release::ALL[1..] } else { &Release::ALL[..] };
    let mut rows = Vec::new();
    for release in releases {
        let scene = format!("systemd-analyze security, Debian {}", release.number());
        tell(&scene);
        let lab = Lab::new("reliability-exposure")?;
        let mut host = installed(&lab, "host", *release)?;
        host.boot()?;
        let frr =
            FRR.iter().find_map(|file| fs::read_to_string(file).ok()).context("this machine has no frr.service")?;
        host.write("/etc/systemd/system/frr.service", &frr)?;
        host.systemctl("daemon-reload")?;
        let ours: Samples = [exposure(&host, "vrrp.service")?].into_iter().collect();
        let target = TARGETS[usize::from(*release == Release::Debian13)];
        for (unit, of) in [
            ("keepalived.service", "exposure beside keepalived"),
            ("frr.service", "exposure beside FRR"),
            ("chrony.service", "exposure beside chronyd"),
            ("chronyd-restricted.service", "exposure beside chronyd-restricted"),
        ] {
            let theirs = match exposure(&host, unit) {
                Ok(theirs) => Side::Measured([theirs].into_iter().collect()),
                Err(_) => Side::Absent("no such unit".into()),
            };
            let row = Row::new(&scene, of, ours.clone(), theirs);
            // Once is enough.
            rows.push(Row { target: target.filter(|_| unit == "keepalived.service"), ..row });
        }
    }
    Ok(rows)
}
