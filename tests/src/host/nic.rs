//! A NIC: one end of a veth pair, whose other end is a port of a switch.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result};

use crate::namespace::Namespace;
use crate::process::Place;
use crate::switch::Switch;

static MACS: AtomicU16 = AtomicU16::new(1);

/// A NIC with its MAC and addresses, which survive a power cycle.
#[derive(Clone, Debug)]
pub struct Nic {
    name: String,
    mac: String,
    addresses: Vec<String>,
    switch: Switch,
}

impl Nic {
    pub(super) fn new<S: AsRef<str>>(name: &str, switch: &Switch, addresses: &[S]) -> Self {
        let [high, low] = MACS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Self {
            name: name.into(),
            mac: format!("02:00:00:00:{high:02x}:{low:02x}"),
            addresses: addresses.iter().map(|address| address.as_ref().to_owned()).collect(),
            switch: switch.clone(),
        }
    }

    /// Its interface name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its MAC in lower case.
    pub fn mac(&self) -> &str {
        &self.mac
    }

    /// The addresses it was made with.
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    pub(super) fn connect(&self, host: &str, network: &Arc<Namespace>) -> Result<()> {
        self.switch.connect(host, &self.name, &self.mac, network)?;
        let name = &self.name;
        // Duplicate address detection would cost each host seconds; the lab's addresses are unique.
        network.enter(|| write_if_there(&format!("/proc/sys/net/ipv6/conf/{name}/accept_dad"), "0"))?;
        for address in &self.addresses {
            ip(network, &["address", "add", address, "dev", name])?;
        }
        ip(network, &["link", "set", name, "up"])
    }

    pub(super) fn disconnect(&self, network: &Arc<Namespace>) -> Result<()> {
        ip(network, &["link", "delete", &self.name])
    }
}

/// Makes a network namespace with the settings that a kernel starts with, whatever the machine's are.
pub(super) fn network() -> Result<Namespace> {
    let network = Arc::new(Namespace::network()?);
    network.enter(|| {
        for scope in ["all", "default"] {
            for setting in ["arp_announce", "arp_ignore", "arp_notify", "rp_filter", "forwarding"] {
                write_if_there(&format!("/proc/sys/net/ipv4/conf/{scope}/{setting}"), "0")?;
            }
        }
        Ok(())
    })?;
    ip(&network, &["link", "set", "lo", "up"])?;
    Arc::into_inner(network).context("the namespace is in use")
}

fn write_if_there(file: &str, value: &str) -> Result<()> {
    if Path::new(file).exists() {
        fs::write(file, value).with_context(|| format!("cannot write {file}"))?;
    }
    Ok(())
}

fn ip(network: &Arc<Namespace>, arguments: &[&str]) -> Result<()> {
    let place = Place { namespaces: vec![Arc::clone(network)], ..Place::machine() };
    let argv: Vec<&str> = std::iter::once("ip").chain(arguments.iter().copied()).collect();
    place.run(&argv)?.ok()?;
    Ok(())
}
