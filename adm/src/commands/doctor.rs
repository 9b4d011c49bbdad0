use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use vrrp::config::check::{Checked, check_gathered};
use vrrp::config::{Config, VirtualAddress};
use vrrp::status::{Instance, Status};

use super::Context;
use super::configured::idle;
use super::suggest::unknown;
use crate::bus::{Daemon, Refusal};
use crate::doctor::facts::{Known, Seen, Subject};
use crate::doctor::{Facts, Report, Wishes};
use crate::exit::Health;
use crate::files::gather;
use crate::render::doctor::text;
use crate::render::progress::during;
use crate::render::time::now;
use crate::render::{json, say, width};

/// Why nothing but files is looked at below a root.
const OFFLINE: &str = "only files are looked at below a --root";

/// Look for what breaks VRRP on this host, and tell what to do
///
/// Looks at packet filters, links, kernel settings, addresses, other programs, units, sockets, the daemon's rights and the clock, changes
/// nothing, and tells what cannot be looked at: as root it sees most. Exits with 1 where something is found that breaks
/// VRRP; advice is no such thing.
///
/// With --probe it sends: as Master it asks a neighbour from the virtual MAC address, as every host asks before it talks to another one,
/// and waits for the answer. With --listen it opens a packet socket that sees the advertisements on the links of the instances.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  vrrpadm doctor\n  vrrpadm doctor web --probe --listen 5")]
pub(super) struct Args {
    /// The instances to look at [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Ask a neighbour whether answers to the virtual MAC address arrive (as root, on the Master)
    #[arg(long)]
    probe: bool,
    /// Listen to the advertisements on the links for so long, and tell of those that do not fit (as root)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=3600))]
    listen: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let known = self.known(context).await?;
        let wishes = Wishes { listen: self.listen.map(|time| Duration::from_secs(time.into())), probe: self.probe };
        let facts = during("this host was looked at", Facts::collect(known, wishes)).await;
        let report = Report::of(&facts);
        if self.json {
            say(&json(&report)?)?;
        } else {
            context.show(&text(&report, width(), !context.looks.no_legend)).await?;
        }
        Ok(Health::of(report.is_well()))
    }

    /// What the daemon and the files say of the instances that are meant.
    async fn known(&self, context: &Context) -> anyhow::Result<Known> {
        let bus = match context.connect().await {
            Ok(Some(connection)) => Ok(connection),
            Ok(None) => Err(OFFLINE.to_owned()),
            Err(refusal) => Err(refusal.to_string()),
        };
        let status: Seen<Status> = match &bus {
            Ok(connection) => Daemon::on(connection).describe().await.map_err(|refusal: Refusal| refusal.to_string()),
            Err(why) => Err(why.clone()),
        };
        let checked = check_gathered(&gather(&context.tree()));
        let mistakes = match &checked {
            Ok(checked) => (0, checked.warnings.len()),
            Err(problems) => (problems.len(), 0),
        };
        let Checked { config, .. } = checked.unwrap_or_default();
        let (daemon, groups, instances) = match status {
            Ok(status) => (Ok(status.daemon), status.groups, status.instances),
            Err(why) => {
                (Err(why.clone()), Vec::new(), config.instances.values().map(|instance| idle(instance, &why)).collect())
            }
        };
        Ok(Known {
            root: context.root().to_owned(),
            offline: context.root.is_some().then(|| OFFLINE.to_owned()),
            bus,
            daemon,
            groups,
            subjects: self.meant(instances, &config)?,
            mistakes,
            now: now(),
        })
    }

    fn meant(&self, instances: Vec<Instance>, config: &Config) -> anyhow::Result<Vec<Subject>> {
        let mut by_name: BTreeMap<String, Instance> =
            instances.into_iter().map(|instance| (instance.name.clone(), instance)).collect();
        if !self.names.is_empty() {
            let names: Vec<&str> = by_name.keys().map(String::as_str).collect();
            if let Some(name) = self.names.iter().find(|name| !names.contains(&name.as_str())) {
                return Err(unknown(name, &names));
            }
            by_name.retain(|name, _| self.names.contains(name));
        }
        Ok(by_name.into_values().map(|instance| subject(instance, config)).collect())
    }
}

fn subject(instance: Instance, config: &Config) -> Subject {
    let written = config.instances.values().find(|one| one.name.as_str() == instance.name);
    let address = |text: &String| -> Option<(IpAddr, u8)> {
        let (ip, prefix) = text.split_once('/')?;
        let VirtualAddress { ip, prefix } = VirtualAddress { ip: ip.parse().ok()?, prefix: prefix.parse().ok()? };
        Some((ip, prefix))
    };
    Subject {
        addresses: instance.addresses.iter().filter_map(address).collect(),
        unadvertised: instance.unadvertised.iter().filter_map(address).collect(),
        // The daemon does not tell them.
        peers: written.iter().flat_map(|instance| &instance.peers).map(|peer| peer.address).collect(),
        instance,
    }
}
