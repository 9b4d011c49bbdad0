//! A switch: a bridge in a network namespace of its own, whose cables can be pulled and whose frames can be read.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};

use crate::capture::Capture;
use crate::lab::Run;
use crate::namespace::Namespace;
use crate::process::Place;

/// The bridge, and the veth ports that lead to the hosts. A port is named `HOST-NIC`, such as `left-eth0`.
#[derive(Clone, Debug)]
pub struct Switch {
    name: String,
    network: Arc<Namespace>,
    run: Arc<Run>,
}

impl Switch {
    /// Makes a switch without ports. It forwards at once, floods multicast and emits nothing of its own.
    ///
    /// # Errors
    /// The kernel has no bridges.
    pub(crate) fn new(name: &str, run: Arc<Run>) -> Result<Self> {
        let network = Arc::new(Namespace::network()?);
        network.enter(|| {
            for scope in ["all", "default"] {
                let silence = format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6");
                if Path::new(&silence).exists() {
                    fs::write(&silence, "1").with_context(|| silence.clone())?;
                }
            }
            Ok(())
        })?;
        let switch = Self { name: name.into(), network, run };
        let bridge = "link add bridge0 type bridge mcast_snooping 0 stp_state 0 forward_delay 0";
        switch.ip(bridge)?;
        switch.ip("link set bridge0 up")?;
        Ok(switch)
    }

    /// Lays a cable: makes `nic` in the namespace `host_network` and the port `HOST-NIC` here.
    pub(crate) fn connect(&self, host: &str, nic: &str, mac: &str, host_network: &Namespace) -> Result<()> {
        let port = port(host, nic);
        ensure!(port.len() <= 15, "`{port}` is longer than 15 characters: give the host a shorter name");
        let network = host_network.path();
        let network = network.display();
        self.ip(&format!("link add {port} type veth peer name {nic} address {mac} netns {network}"))?;
        self.ip(&format!("link set {port} master bridge0 up"))
    }

    /// Pulls the cable of a host's NIC: it loses its carrier.
    ///
    /// # Errors
    /// There is no such port.
    pub fn unplug(&self, host: &str, nic: &str) -> Result<()> {
        self.ip(&format!("link set {} down", port(host, nic)))
    }

    /// Plugs the cable in again.
    ///
    /// # Errors
    /// There is no such port.
    pub fn plug(&self, host: &str, nic: &str) -> Result<()> {
        self.ip(&format!("link set {} up", port(host, nic)))
    }

    /// Drops what goes from the port `from` to the port `to`; `matching` is a nftables expression such as
    /// `ip protocol vrrp`, or empty for everything.
    ///
    /// # Errors
    /// nftables refuses the rule.
    pub fn drop_frames(&self, from: &str, to: &str, matching: &str) -> Result<()> {
        self.nft(&format!(
            "add table bridge lab\n\
             add chain bridge lab forward {{ type filter hook forward priority 0; }}\n\
             add rule bridge lab forward iifname {from} oifname {to} {matching} drop\n"
        ))
    }

    /// Drops everything between two ports, in both directions.
    ///
    /// # Errors
    /// nftables refuses the rule.
    pub fn partition(&self, one: &str, other: &str) -> Result<()> {
        self.drop_frames(one, other, "")?;
        self.drop_frames(other, one, "")
    }

    /// Removes every rule of [`Switch::drop_frames`] and [`Switch::partition`].
    ///
    /// # Errors
    /// nftables fails.
    pub fn heal(&self) -> Result<()> {
        self.nft("flush ruleset\n")
    }

    /// Captures what enters this switch, each frame once, named by the host that sent it.
    ///
    /// # Errors
    /// The kernel has no packet sockets.
    pub fn capture(&self) -> Result<Capture> {
        Capture::switch(&self.network, &self.run.logs().join(format!("{}.pcap", self.name)))
    }

    /// Does as [`Switch::capture`] does, without UDP and TCP: for hours of what clients send there is no room.
    ///
    /// # Errors
    /// As [`Switch::capture`].
    pub fn capture_signalling(&self) -> Result<Capture> {
        Capture::signalling(&self.network, &self.run.logs().join(format!("{}.pcap", self.name)))
    }

    fn nft(&self, rules: &str) -> Result<()> {
        self.place().run_with(&["nft", "-f", "-"], rules)?.ok()?;
        Ok(())
    }

    /// Runs `ip ARGUMENTS` in its namespace.
    pub(crate) fn ip(&self, arguments: &str) -> Result<()> {
        let argv: Vec<&str> = std::iter::once("ip").chain(arguments.split_whitespace()).collect();
        self.place().run(&argv)?.ok()?;
        Ok(())
    }

    /// The namespace that it is in.
    pub(crate) const fn network(&self) -> &Arc<Namespace> {
        &self.network
    }

    fn place(&self) -> Place {
        Place { namespaces: vec![Arc::clone(&self.network)], ..Place::machine() }
    }
}

fn port(host: &str, nic: &str) -> String {
    format!("{host}-{nic}")
}
