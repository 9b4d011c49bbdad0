//! The SMF twin of the units of an instance: what the service manager of illumos would be told of it.
//!
//! All of it stands in the SMF instance `network/vrrp:NAME`, and nothing at the service `network/vrrp`: each
//! instance has a manifest of its own, and the daemon's, `manifests/vrrp.xml`, is another one.

use std::collections::BTreeMap;

use vrrp::config::check::{Needs, Outline};
use vrrp::config::{Effect, InstanceName, UnitName};

use crate::generator::OWN_USER;

pub(crate) use fmri::{Fmri, Given};

mod fmri;
mod manifest;

/// The service of which the daemon and each VRRP instance are SMF instances.
const SERVICE: &str = "network/vrrp";
/// The SMF instance that is the daemon.
const DAEMON: &str = "default";

/// What SMF is told of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Twin {
    name: InstanceName,
    enabled: bool,
    /// Without which it is offline; in the order of the configuration.
    required: Vec<Fmri>,
    /// What it merely starts after.
    awaited: Vec<Fmri>,
    /// What nobody has said the FMRI of.
    guessed: Vec<(UnitName, Fmri)>,
    /// What SMF cannot be told, a sentence each without its full stop.
    unsaid: Vec<String>,
}

impl Twin {
    /// Translates what systemd is told. `fmris` has what the protected units are called in SMF, as far as it is known.
    ///
    /// # Errors
    /// SMF takes no such name. Each text says which, and what to do.
    pub(crate) fn of(outline: &Outline, fmris: &BTreeMap<UnitName, Fmri>) -> Result<Self, Vec<String>> {
        let mut twin = Self {
            name: outline.name.clone(),
            enabled: outline.enabled,
            required: Vec::new(),
            awaited: Vec::new(),
            guessed: Vec::new(),
            unsaid: Vec::new(),
        };
        let mut problems: Vec<String> = wrong_name(&outline.name).into_iter().collect();
        for protection in &outline.protect {
            let unit = &protection.unit;
            let Some(fmri) = fmris.get(unit).cloned().or_else(|| twin.guess(unit)) else {
                problems.push(format!(
                    "nothing tells what {unit} is in SMF: say so with --fmri {unit}=FMRI (svcs -a lists them)"
                ));
                continue;
            };
            let wanted = if protection.effect == Effect::Backup { &mut twin.required } else { &mut twin.awaited };
            if !wanted.contains(&fmri) {
                wanted.push(fmri);
            }
            twin.unsaid.extend(unsaid_of(unit, protection.effect, &twin.name));
        }
        twin.awaited.retain(|fmri| !twin.required.contains(fmri));
        twin.unsaid.extend(unsaid_of_needs(&outline.needs));
        if problems.is_empty() { Ok(twin) } else { Err(problems) }
    }

    /// Takes a unit for the service that has its name.
    fn guess(&mut self, unit: &UnitName) -> Option<Fmri> {
        let fmri = Fmri::named_after(unit)?;
        self.guessed.push((unit.clone(), fmri.clone()));
        Some(fmri)
    }

    /// The units that were taken for services of their names, because nobody has said what they are.
    pub(crate) fn guessed(&self) -> &[(UnitName, Fmri)] {
        &self.guessed
    }

    /// What SMF cannot be told, a sentence each without its full stop.
    pub(crate) fn unsaid(&self) -> &[String] {
        &self.unsaid
    }
}

/// Says why a name is none in SMF, if it is none.
fn wrong_name(name: &InstanceName) -> Option<String> {
    if name.as_str() == DAEMON {
        return Some(format!(
            "it cannot be an instance in SMF, where svc:/{SERVICE}:{DAEMON} is the daemon itself: create it under another name"
        ));
    }
    (!fmri::is_instance(name.as_str())).then(|| {
        "it cannot be an instance in SMF, where a name has letters, digits, _ and - and begins with a letter: create it under another name"
            .to_owned()
    })
}

/// Says what is lost of an effect.
fn unsaid_of(unit: &UnitName, effect: Effect, name: &InstanceName) -> Option<String> {
    let (what, lost) = match effect {
        Effect::Backup => return None,
        Effect::Fault => {
            ("the effect fault".to_owned(), format!("nothing in SMF puts {name} in Fault when that stops"))
        }
        Effect::Weight(_) => (format!("the weight {effect}"), format!("nothing in SMF changes the priority of {name}")),
    };
    Some(format!("{unit} has {what}, which SMF has no word for: {name} starts after it, but {lost}"))
}

/// Says what is lost of that which the generator adds to the daemon's own unit.
fn unsaid_of_needs(needs: &Needs) -> Vec<String> {
    let mut unsaid = Vec::new();
    let users: Vec<&str> = needs.users.iter().map(String::as_str).filter(|user| *user != OWN_USER).collect();
    if !users.is_empty() {
        unsaid.push(format!(
            "there are scripts that run as {}: that takes the privileges proc_setid and proc_owner, which svc:/{SERVICE}:{DAEMON} has not",
            users.join(", ")
        ));
    }
    if needs.notices {
        unsaid
            .push("what on_transition names is run by vrrp-notify.service, which SMF has no counterpart of".to_owned());
    }
    unsaid
}
