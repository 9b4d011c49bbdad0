//! A Master leaves on purpose, at an advertisement a second: what two clients lose, one a family.

use anyhow::Result;

use super::duel::{Duel, Setting, Software, Way};
use super::row::{Row, Samples, Side};
use super::{Extent, millis, tell};
use crate::client::Report;

/// What became of both families' streams in all runs.
#[derive(Debug, Default)]
struct Lost {
    v4: Samples,
    v6: Samples,
    silence: Samples,
}

impl Lost {
    fn add(&mut self, reports: &[Report]) {
        for (report, samples) in reports.iter().zip([&mut self.v4, &mut self.v6]) {
            samples.push(report.lost as f64);
        }
        self.silence.push(reports.iter().map(|report| millis(report.longest_silence)).fold(0.0, f64::max));
    }

    fn measures(self) -> [(&'static str, Samples, Option<f64>); 3] {
        [
            ("IPv4 datagrams lost", self.v4, Some(0.0)),
            ("IPv6 datagrams lost", self.v6, Some(0.0)),
            ("longest silence, ms", self.silence, None),
        ]
    }
}

/// Hands over to and fro; what counts is where the first side leaves, or both where they run the same.
fn moves(
    name: &str,
    software: [Software; 2],
    setting: &Setting,
    way: Way,
    runs: usize,
) -> Result<Result<Lost, String>> {
    let mut duel = Duel::new(name, &software.map(|software| (software, 100)), setting)?;
    let mut lost = Lost::default();
    let mut from = 0;
    while lost.silence.runs() < runs {
        let back = if software[from] == Software::Ours { way } else { Way::Stop };
        let reports = match duel.hand_over(from, back)? {
            Ok(reports) => reports,
            Err(why) => return Ok(Err(why)),
        };
        let heir = duel.sides[1 - from].host.name();
        for report in &reports {
            if report.turns.last().is_none_or(|last| last != heir) {
                tell(&format!("{heir} was not the last to answer: {report:?}"));
            }
        }
        if from == 0 || software[0] == software[1] {
            lost.add(&reports);
        }
        duel.sides[from].return_from(back)?;
        from = 1 - from;
    }
    Ok(Ok(lost))
}

/// Measures everything about planned handovers between two hosts without systemd.
pub(super) fn measure(extent: &Extent) -> Result<Vec<Row>> {
    let runs = extent.runs(100, 2);
    let mut rows = Vec::new();
    for virtual_mac in [false, true] {
        let setting = Setting::new(virtual_mac);
        let mac = setting.mac();
        let beside = [Software::Keepalived; 2];
        tell(&format!("keepalived stops, keepalived takes over, {mac}"));
        let theirs = moves("handover", beside, &setting, Way::Stop, runs)?.unwrap_or_default().measures();
        for (way, how) in [(Way::Stop, "SIGTERM"), (Way::Resign, "vrrpadm resign")] {
            for heir in [Software::Ours, Software::Keepalived] {
                let to = if heir == Software::Ours { "vrrpd" } else { "keepalived" };
                let scene = format!("{how}, {to} takes over, {mac}");
                tell(&scene);
                let ours = moves("handover", [Software::Ours, heir], &setting, way, runs)?;
                let theirs = theirs.iter().map(|(_, samples, _)| match way {
                    Way::Stop => Side::Measured(samples.clone()),
                    Way::Resign => Side::none(),
                });
                rows.extend(rows_of(&scene, ours, theirs));
            }
            if extent.quick {
                return Ok(rows);
            }
        }
    }
    Ok(rows)
}

fn rows_of(scene: &str, ours: Result<Lost, String>, theirs: impl Iterator<Item = Side>) -> Vec<Row> {
    let (ours, why) = match ours {
        Ok(ours) => (ours, None),
        Err(why) => (Lost::default(), Some(why)),
    };
    let row = |((measure, samples, target), theirs): ((&'static str, Samples, Option<f64>), Side)| {
        let row = match &why {
            None => Row::new(scene, measure, samples, theirs),
            Some(why) => Row::absent(scene, measure, why, theirs),
        };
        match target {
            Some(target) => row.at_most(target),
            None => row,
        }
    };
    ours.measures().into_iter().zip(theirs).map(row).collect()
}
