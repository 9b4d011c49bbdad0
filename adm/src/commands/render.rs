use std::collections::BTreeMap;
use std::path::PathBuf;
use std::slice;

use anyhow::{anyhow, bail};
use clap::ArgGroup;
use vrrp::config::check::{Outline, check_gathered};
use vrrp::config::{InstanceName, UnitName, Written, harmless};

use super::Context;
use super::suggest::unknown;
use crate::exit::Health;
use crate::files::gather;
use crate::generator::{Content, outlines, units_of_all};
use crate::nearest::nearest;
use crate::render::{HEADING, note, styled, warn};
use crate::smf::{Fmri, Given, Twin};

/// Print what a service manager is told of an instance: the units for systemd, or a manifest for SMF
///
/// Nothing is changed. Exits with 1 where the configuration has problems: then this is what vrrp-generator makes of it.
///
/// With --systemd it is each file and link that the generator makes for the instance, below its path as systemctl cat has it.
///
/// With --smf it is a manifest of svc:/network/vrrp:NAME for the service manager of illumos. What SMF cannot be told stands in it as a comment, and is a
/// warning. Say with --fmri what SMF calls each protected unit. Where you do not, NAME.service is taken for svc:/network/NAME, whichever
/// instance of it is online, and NAME@INSTANCE.service for svc:/network/NAME:INSTANCE.
#[derive(clap::Args, Debug)]
#[command(
    group = ArgGroup::new("manager").required(true),
    after_help = "Examples:\n  vrrpadm render web --systemd\n  vrrpadm render web --smf --fmri nginx.service=svc:/network/http:nginx"
)]
pub(super) struct Args {
    /// The instance
    name: String,
    /// Print the files and links for systemd, each with its path
    #[arg(long, group = "manager")]
    systemd: bool,
    /// Print a manifest for the Service Management Facility of illumos
    #[arg(long, group = "manager")]
    smf: bool,
    /// What SMF calls a protected unit, such as nginx.service=svc:/network/http:nginx; repeat it for each
    #[arg(long = "fmri", value_name = "UNIT=FMRI", conflicts_with = "systemd", value_parser = Given::new)]
    fmris: Vec<Given>,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let gathered = gather(&context.tree());
        let (outlines, complaints) = outlines(&gathered, context.root());
        let Some(outline) = outlines.iter().find(|outline| outline.name.as_str() == self.name) else {
            if Written::read(&gathered.sources).names().any(|name| name == self.name) {
                let problems = check_gathered(&gathered).err().unwrap_or_default();
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                bail!("{} cannot be read from the files:\n{}", harmless(&self.name), problems.join("\n"));
            }
            let names: Vec<&str> = outlines.iter().map(|outline| outline.name.as_str()).collect();
            return Err(unknown(&self.name, &names));
        };
        if self.systemd {
            context.show(&units(outline, context)).await?;
        } else {
            let fmris = named(outline, self.fmris)?;
            let twin = Twin::of(outline, &fmris).map_err(|problems| refused(&outline.name, &problems))?;
            context.show(&twin.manifest()?).await?;
            tell_beside(&twin);
        }
        complaints.iter().for_each(|complaint| warn(&harmless(complaint)));
        Ok(Health::of(complaints.is_empty()))
    }
}

/// Says why there is no manifest: a mistake a line.
fn refused(name: &InstanceName, problems: &[String]) -> anyhow::Error {
    let separator = if problems.len() > 1 { "\n" } else { " " };
    anyhow!("{name} has no manifest:{separator}{}", problems.join("\n"))
}

/// The units of an instance, as `systemctl cat` shows files: each below its path.
fn units(outline: &Outline, context: &Context) -> String {
    let shown = |(path, content): (PathBuf, Content)| {
        let path = harmless(&path.display().to_string());
        match content {
            Content::Text(text) => format!("{}\n{text}", styled(HEADING, &format!("# {path}"))),
            Content::Link(target) => styled(HEADING, &format!("# {path} -> {target}")) + "\n",
        }
    };
    let units = units_of_all(slice::from_ref(outline), context.root());
    units.into_iter().map(shown).collect::<Vec<_>>().join("\n")
}

/// Tells what a manifest cannot say, and what to do with it.
fn tell_beside(twin: &Twin) {
    twin.unsaid().iter().for_each(|unsaid| warn(unsaid));
    for (unit, fmri) in twin.guessed() {
        warn(&format!("{unit} is taken for {fmri}: if SMF calls it otherwise, add --fmri {unit}=FMRI"));
    }
    note("Nothing was changed. On illumos, svccfg import takes manifests/vrrp.xml first, and then this.");
}

/// What SMF calls the units of an instance, as far as it was said.
fn named(outline: &Outline, given: Vec<Given>) -> anyhow::Result<BTreeMap<UnitName, Fmri>> {
    let units: Vec<&str> = outline.protect.iter().map(|protection| protection.unit.as_str()).collect();
    let mut fmris: BTreeMap<UnitName, Fmri> = BTreeMap::new();
    for Given { unit, fmri } in given {
        if !units.contains(&unit.as_str()) {
            let instead = match nearest(unit.as_str(), &units) {
                Some(near) => format!("did you mean {near}?"),
                None if units.is_empty() => "it protects nothing".to_owned(),
                None => format!("it protects {}", units.join(", ")),
            };
            bail!("{} does not protect {unit}: {instead}", outline.name);
        }
        if let Some(other) = fmris.insert(unit.clone(), fmri.clone()).filter(|other| *other != fmri) {
            bail!("{unit} cannot be both {other} and {fmri}: leave one --fmri out");
        }
    }
    Ok(fmris)
}
