//! Which programs are to be run: as the files say, which only root can change. What the daemon says decides no more than when.

use std::collections::BTreeMap;

use vrrp::config::check::check_gathered;
use vrrp::config::file::{Source, Tree};
use vrrp::config::{Instance, OnTransition, harmless};

use super::ledger::Change;
use crate::files::gather;
use crate::render::warn;
use crate::systemd::Program;

/// What the files said when they were read last without a problem.
pub(super) struct Programs {
    tree: Tree,
    sources: Vec<Source>,
    /// Also those that are deleted: something may be run for that.
    instances: BTreeMap<String, Instance>,
}

impl Programs {
    pub(super) fn below(tree: Tree) -> Self {
        Self { tree, sources: Vec::new(), instances: BTreeMap::new() }
    }

    /// Reads the files again. A configuration with a problem is not applied, so nothing follows from it. Gives the instances for
    /// which something is run now, and was not before.
    pub(super) fn read(&mut self) -> Vec<String> {
        let gathered = gather(&self.tree);
        if gathered.sources == self.sources {
            return Vec::new();
        }
        self.sources.clone_from(&gathered.sources);
        let Ok(checked) = check_gathered(&gathered) else {
            warn("the configuration has problems (see vrrpadm check): the programs of the former one are run");
            return Vec::new();
        };
        let mut new = Vec::new();
        for (name, instance) in checked.config.instances {
            let name = name.to_string();
            if !self.has(&name) && !instance.on_transition.is_empty() {
                new.push(name.clone());
            }
            self.instances.insert(name, instance);
        }
        new
    }

    /// Tells whether anything is ever run for an instance.
    pub(super) fn has(&self, instance: &str) -> bool {
        self.instances.get(instance).is_some_and(|instance| !instance.on_transition.is_empty())
    }

    /// What is to be run for a change, in this order.
    pub(super) fn of(&self, change: &Change) -> Vec<Program> {
        let Some(instance) = self.instances.get(&change.instance) else { return Vec::new() };
        let wanted = instance.on_transition.iter().filter(|run| run.to.contains(&change.state));
        wanted.map(|run| program(instance, run, change)).collect()
    }
}

fn program(instance: &Instance, run: &OnTransition, change: &Change) -> Program {
    let addresses: Vec<String> = instance.virtual_addresses().map(|address| address.to_string()).collect();
    let environment = [
        ("VRRP_INSTANCE", change.instance.clone()),
        ("VRRP_STATE", change.state.name().to_owned()),
        ("VRRP_OLD_STATE", change.old.name().to_owned()),
        // A value of the environment is one line for systemd.
        ("VRRP_REASON", harmless(&change.reason)),
        ("VRRP_INTERFACE", instance.interface.to_string()),
        ("VRRP_VRID", instance.vrid.get().to_string()),
        ("VRRP_PRIORITY", instance.priority.get().to_string()),
        ("VRRP_ADDRESSES", addresses.join(" ")),
    ];
    Program {
        description: format!("VRRP instance {}: {} -> {}", change.instance, change.old.name(), change.state.name()),
        path: run.program.clone(),
        arguments: run.arguments.clone(),
        user: run.user.clone(),
        environment: environment.map(|(name, value)| format!("{name}={value}")).to_vec(),
        timeout: run.timeout,
    }
}
