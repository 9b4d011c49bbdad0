//! What only the host knows and the owner of a configuration should know: of the units in it, and of the scripts.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use vrrp::config::{Config, Instance, Track, UnitName, Watch};

use super::Context;
use crate::nearest::nearest;
use crate::systemd::{Load, Systemd, Unit};

pub(super) mod scripts;
pub(super) mod secrets;

/// Other programs that speak VRRP.
const OTHERS: [&str; 2] = ["keepalived.service", "frr.service"];
/// Where FRR is told which of its daemons to run.
const FRR_DAEMONS: &str = "/etc/frr/daemons";
/// Where the files of units are.
const UNIT_FILES: [&str; 4] =
    ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"];

/// Warns about every instance of a configuration.
///
/// # Errors
/// Systemd cannot be asked, for the given reason; only the files are to be looked at where that is empty.
pub(super) async fn of_config(context: &Context, config: &Config) -> Result<Vec<String>, String> {
    let connection = context.connect().await.map_err(|refusal| refusal.to_string())?;
    let systemd = connection.map(|connection| Systemd::on(&connection)).ok_or("a --root has no systemd to ask")?;
    let mut warnings = others(&systemd).await.map_err(|refusal| refusal.to_string())?;
    let mut units = Units::of(&systemd);
    for instance in config.instances.values() {
        warnings.extend(units.of_instance(instance).await);
    }
    for (name, group) in &config.syncs {
        warnings.extend(units.of_named(name, tracked(&group.track)).await);
    }
    Ok(warnings)
}

/// Warns about one instance, as far as systemd can be asked.
pub(super) async fn of_instance(systemd: &Systemd, instance: &Instance) -> Vec<String> {
    let mut warnings = others(systemd).await.unwrap_or_default();
    warnings.extend(Units::of(systemd).of_instance(instance).await);
    warnings
}

async fn others(systemd: &Systemd) -> Result<Vec<String>, crate::systemd::Refusal> {
    let mut warnings = Vec::new();
    for name in OTHERS {
        let runs = systemd.unit(name).await?.active.is_serving();
        if runs && (name != "frr.service" || frr_speaks_vrrp()) {
            warnings.push(format!(
                "{name} speaks VRRP on this host, too: see that it shares no link with the same VRID and no address, or stop it"
            ));
        }
    }
    Ok(warnings)
}

fn frr_speaks_vrrp() -> bool {
    let daemons = std::fs::read_to_string(FRR_DAEMONS).unwrap_or_default();
    daemons.lines().any(|line| line.trim() == "vrrpd=yes")
}

/// The units among what is watched.
fn tracked(tracks: &[Track]) -> impl Iterator<Item = &UnitName> {
    tracks.iter().filter_map(|track| match &track.watch {
        Watch::Unit(unit) => Some(unit),
        Watch::Interface(_)
        | Watch::Mii(_)
        | Watch::Route(_)
        | Watch::Script(_)
        | Watch::Http(_)
        | Watch::Tcp(_)
        | Watch::Process(_)
        | Watch::File(_)
        | Watch::Group(_) => None,
    })
}

/// The units of a host, each of which is looked at once, however many depend on it.
struct Units<'s> {
    systemd: &'s Systemd,
    /// What there is to say of each that was looked at.
    known: HashMap<String, Vec<String>>,
    /// The names that there are.
    files: OnceCell<BTreeSet<String>>,
}

impl<'s> Units<'s> {
    fn of(systemd: &'s Systemd) -> Self {
        Self { systemd, known: HashMap::new(), files: OnceCell::new() }
    }

    async fn of_instance(&mut self, instance: &Instance) -> Vec<String> {
        let protected = instance.protect.iter().map(|protection| &protection.unit);
        self.of_named(instance.name.as_str(), protected.chain(tracked(&instance.track))).await
    }

    /// Warns about units on which an instance or a sync group depends.
    async fn of_named(&mut self, owner: &str, units: impl Iterator<Item = &UnitName>) -> Vec<String> {
        let mut warnings = Vec::new();
        for name in units.map(UnitName::as_str) {
            if !self.known.contains_key(name) {
                let known = self.look(name).await;
                self.known.insert(name.to_owned(), known);
            }
            warnings.extend(self.known.get(name).into_iter().flatten().map(|what| format!("{owner}: {what}")));
        }
        warnings
    }

    async fn look(&self, name: &str) -> Vec<String> {
        match self.systemd.unit(name).await {
            Ok(unit) if unit.load == Load::NotFound => vec![self.not_found(name)],
            Ok(unit) => of_unit(name, &unit).collect(),
            Err(refusal) => vec![format!("{name} cannot be looked at: {refusal}")],
        }
    }

    fn not_found(&self, name: &str) -> String {
        let names: Vec<&str> = self.files.get_or_init(unit_files).iter().map(String::as_str).collect();
        let advice = match nearest(name, &names) {
            Some(near) => format!("did you mean {near}?"),
            None => "it takes part once that is installed and active".to_owned(),
        };
        format!("there is no {name}: {advice}")
    }
}

/// The names of the files of units on this host.
pub(super) fn unit_files() -> BTreeSet<String> {
    let directories = UNIT_FILES.iter().filter_map(|directory| std::fs::read_dir(Path::new(directory)).ok());
    directories.flatten().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Says what makes a unit unfit to be protected.
fn of_unit<'u>(name: &'u str, unit: &'u Unit) -> impl Iterator<Item = String> + use<'u> {
    let stem = name.strip_suffix(".service").unwrap_or(name);
    let oneshot = unit.service_type.as_deref() == Some("oneshot");
    let umbrella = (oneshot && unit.remains).then(|| {
        format!(
            "{name} only starts others and stays active whatever becomes of them: name the unit that serves, see systemctl \
             list-units '{stem}@*'"
        )
    });
    let passing = (oneshot && !unit.remains).then(|| {
        format!("{name} is over as soon as it has run, so that it is never active: name the unit that serves")
    });
    let socket = unit.triggered_by.iter().find(|trigger| trigger.ends_with(".socket")).map(|socket| {
        format!("{name} is started on demand and may stop when nobody asks: protect {socket}, which listens")
    });
    let cycle = unit.before.iter().any(|other| other == "vrrp.service").then(|| {
        format!("{name} starts before vrrp.service and can bind no virtual address: take that order out, or protect another unit")
    });
    let load = match &unit.load {
        Load::Masked => Some(format!("{name} is masked, so that it cannot start: systemctl unmask {name}")),
        Load::Bad(word) => Some(format!("{name} cannot be read by systemd ({word}): see systemctl status {name}")),
        Load::Loaded | Load::NotFound => None,
    };
    [umbrella, passing, socket, cycle, load].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit() -> Unit {
        Unit {
            service_type: Some("forking".to_owned()),
            after: vec!["vrrp.service".to_owned()],
            policy: Some(0),
            ..Unit::active("http.service")
        }
    }

    fn warnings(unit: &Unit) -> Vec<String> {
        of_unit("http.service", unit).collect()
    }

    #[test]
    fn a_unit_that_serves_is_fine() {
        assert_eq!(warnings(&unit()), Vec::<String>::new());
    }

    #[test]
    fn each_unfit_unit_is_told_with_what_to_do() {
        let oneshot = |remains| Unit { service_type: Some("oneshot".to_owned()), remains, ..unit() };
        let cases = [
            (oneshot(true), "systemctl list-units 'http@*'"),
            (oneshot(false), "never active"),
            (Unit { triggered_by: vec!["http.socket".to_owned()], ..unit() }, "protect http.socket"),
            (Unit { before: vec!["vrrp.service".to_owned()], ..unit() }, "take that order out"),
            (Unit { load: Load::Masked, ..unit() }, "systemctl unmask http.service"),
            (Unit { load: Load::Bad("bad-setting".to_owned()), ..unit() }, "bad-setting"),
        ];
        for (unit, advice) in cases {
            let warnings = warnings(&unit);
            assert!(warnings.len() == 1 && warnings[0].contains(advice), "{warnings:?}");
        }
    }
}
