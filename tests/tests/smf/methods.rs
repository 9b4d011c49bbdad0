//! What both managers run, and how long they wait for it.

use anyhow::{Context as _, Result, ensure};

use crate::model::read;
use crate::{CASES, file};

/// A key of a unit, without what stands for root.
fn said<'t>(unit: &'t str, key: &str) -> Result<&'t str> {
    let line = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    line.map(|value| value.trim_start_matches('+')).with_context(|| format!("{key}= is not there"))
}

#[test]
fn methods_are_those_of_the_units() -> Result<()> {
    let (daemon, instance) = ("units/systemd/system/vrrp.service", "units/systemd/system/vrrp@.service");
    let mut cases = vec![(file(daemon)?, file("manifests/vrrp.xml")?)];
    for case in CASES {
        cases.push((file(instance)?, case.render("--smf")?));
    }
    for (unit, manifest) in &cases {
        let document = read(manifest)?;
        let mut judged = 0;
        for method in document.descendants().filter(|node| node.has_tag_name("exec_method")) {
            let of = |attribute| method.attribute(attribute).unwrap_or_default();
            let (key, time) = match of("name") {
                "start" => ("ExecStart", "TimeoutStartSec"),
                "stop" => ("ExecStop", "TimeoutStopSec"),
                "refresh" => ("ExecReload", "TimeoutStartSec"),
                name => anyhow::bail!("nothing is known of the method {name}"),
            };
            // Without ExecStop= systemd sends SIGTERM, as SMF does for :kill.
            let exec = said(unit, key).unwrap_or(":kill");
            ensure!(of("exec") == exec, "{} is not {exec}", of("exec"));
            let seconds = said(unit, time)?.trim_end_matches('s');
            ensure!(of("timeout_seconds") == seconds, "{}: {seconds} s in the unit", of("name"));
            judged += 1;
        }
        ensure!(judged >= 2, "{manifest}");
    }
    Ok(())
}
