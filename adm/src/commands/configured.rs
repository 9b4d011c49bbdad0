//! What the files say of instances, where no daemon is there to say more.

use anyhow::bail;
use vrrp::config::check::{Checked, check_gathered};
use vrrp::config::{self, Effect, Protection, RouterAdvertisement};
use vrrp::id::Version;
use vrrp::status::{Auth, Daemon, Instance, State, Status, Unit};

use super::Context;
use crate::files::gather;

/// Reads the files and gives every instance as one that does not run, for the `reason`.
///
/// # Errors
/// The files have problems; the text lists them.
pub(super) fn configured(context: &Context, reason: &str) -> anyhow::Result<Status> {
    match check_gathered(&gather(&context.tree())) {
        Ok(Checked { config, .. }) => {
            let daemon = Daemon { summary: reason.to_owned(), ..Daemon::default() };
            let instances = config.instances.values().map(|instance| idle(instance, reason)).collect();
            Ok(Status { daemon, instances, groups: Vec::new() })
        }
        Err(problems) => {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            bail!("{reason}, and the configuration has problems:\n{}", problems.join("\n"));
        }
    }
}

/// One instance of the files, as one that does not run for the `reason`.
pub(super) fn idle(instance: &config::Instance, reason: &str) -> Instance {
    Instance {
        name: instance.name.to_string(),
        state: State::Init,
        reason: if instance.enabled { reason.to_owned() } else { "disabled".to_owned() },
        interface: instance.interface.to_string(),
        vrid: instance.vrid.get(),
        version: match instance.version {
            Version::V2 => 2,
            Version::V3 => 3,
        },
        addresses: instance.addresses.iter().map(ToString::to_string).collect(),
        unadvertised: instance.unadvertised.iter().map(ToString::to_string).collect(),
        virtual_routes: instance.virtual_routes.iter().map(ToString::to_string).collect(),
        virtual_rules: instance.virtual_rules.iter().map(ToString::to_string).collect(),
        priority: instance.priority.get(),
        effective_priority: instance.priority.get(),
        preempt: instance.preempt,
        advert_interval: u32::try_from(instance.advert_interval.duration().as_millis()).unwrap_or(u32::MAX),
        mac: instance.mac.to_string(),
        drops: instance.drops(),
        router_lifetime: instance.router_advertisement.as_ref().map(RouterAdvertisement::lifetime_seconds),
        hold: instance.hold.to_string(),
        auth: Auth::of(instance),
        enabled: instance.enabled,
        protects: instance.protect.iter().map(unit).collect(),
        ..Instance::default()
    }
}

fn unit(protection: &Protection) -> Unit {
    let effect = match protection.effect {
        Effect::Weight(weight) => format!("{weight:+}"),
        Effect::Backup | Effect::Fault => protection.effect.to_string(),
    };
    Unit { unit: protection.unit.to_string(), effect, active_state: "unknown".to_owned() }
}
