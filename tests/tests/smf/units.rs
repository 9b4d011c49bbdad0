//! The graph of the units: of what `vrrpadm render` prints, and of the units that it is added to.

use anyhow::{Context as _, Result, bail, ensure};

use crate::graph::{BOOT, DAEMON, Graph, edge};
use crate::{Case, file};

/// What is there before anything of ours is, in a way of its own in both managers.
const EARLY: [&str; 5] = ["sysinit.target", "basic.target", "network-pre.target", "dbus.socket", "shutdown.target"];
/// What tells nothing of the graph.
const SILENT: [&str; 6] =
    ["Description", "Documentation", "DefaultDependencies", "StartLimitIntervalSec", "StartLimitBurst", "Conflicts"];
/// Where systemd reads what the generator writes.
const GENERATED: &str = "/run/systemd/generator/";

/// Reads the units that were rendered for a case.
pub(crate) fn of_units(case: &Case, rendered: &str) -> Result<Graph> {
    let mut graph = Graph::default();
    let unit = format!("vrrp@{}.service", case.name);
    read(&mut graph, case, &unit, &file("units/systemd/system/vrrp@.service")?)?;
    read(&mut graph, case, "vrrp.service", &file("units/systemd/system/vrrp.service")?)?;
    // Each begins with its path, as `systemctl cat` has it.
    let mut unit = String::new();
    for line in rendered.lines() {
        let Some((_, path)) = line.split_once(GENERATED).filter(|_| line.starts_with("# /")) else {
            read(&mut graph, case, &unit, line)?;
            continue;
        };
        let (directory, name) = path.split_once('/').with_context(|| path.to_owned())?;
        if let Some(wanting) = directory.strip_suffix(".wants") {
            let (name, _) = name.split_once(" -> ").with_context(|| path.to_owned())?;
            graph.starts_with.insert(edge(&smf(case, name)?, &smf(case, wanting)?));
        } else {
            unit = directory.strip_suffix(".d").with_context(|| path.to_owned())?.to_owned();
        }
    }
    Ok(graph)
}

/// Reads lines of a unit's file.
fn read(graph: &mut Graph, case: &Case, unit: &str, text: &str) -> Result<()> {
    let mut section = "[Unit]";
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('[') {
            section = line;
            continue;
        }
        let (key, value) = line.split_once('=').with_context(|| line.to_owned())?;
        if section != "[Unit]" || SILENT.contains(&key) {
            continue;
        }
        ensure!(!unit.is_empty(), "{line} is of no unit");
        let others = value.split(' ').filter(|other| !EARLY.contains(other) && *other != "vrrp-notify.path");
        for other in others {
            let (this, other) = (smf(case, unit)?, smf(case, other)?);
            let (forth, back) = (edge(&this, &other), edge(&other, &this));
            match key {
                "After" => drop(graph.after.insert(forth)),
                "Wants" => drop(graph.starts_with.insert(back)),
                "Requisite" => drop(graph.needs.insert(forth)),
                "StopPropagatedFrom" => drop(graph.stops_with.insert(forth)),
                _ => bail!("{unit} says {line}, which this test has no reading of"),
            }
        }
    }
    Ok(())
}

/// What SMF calls a unit.
fn smf(case: &Case, unit: &str) -> Result<String> {
    let instance = format!("vrrp@{}.service", case.name);
    let (own, protected) = (case.instance(), case.protected());
    let known = [
        ("vrrp.service", DAEMON),
        (&instance, &own),
        ("multi-user.target", BOOT),
        ("network.target", "svc:/milestone/network:default"),
        ("dbus.service", "svc:/system/dbus:default"),
    ];
    let known = known.into_iter().chain(protected);
    let found = known.into_iter().find(|(known, _)| *known == unit).map(|(_, fmri)| fmri.to_owned());
    found.with_context(|| format!("nothing is known of {unit}"))
}
