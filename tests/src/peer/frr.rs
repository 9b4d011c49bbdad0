//! FRR's vrrpd as a peer, with the zebra that it needs and the macvlan that it wants to find.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use nix::unistd::{Pid, User, chown};
use serde_json::Value;

use super::{Router, State};
use crate::host::Host;
use crate::process::{Place, Process};

const DAEMONS: &str = "/usr/lib/frr";
const END_DEADLINE: Duration = Duration::from_secs(10);

/// A running FRR with one virtual router on `eth0`. It always uses the virtual MAC.
#[derive(Debug)]
pub struct Frr {
    vrrpd: Process,
    zebra: Process,
    directory: PathBuf,
    family: &'static str,
}

impl Frr {
    /// Starts it on a host and returns when its virtual router is a Backup.
    ///
    /// # Errors
    /// Its daemons do not start; tells what they said.
    pub fn start(host: &Host, router: &Router) -> Result<Self> {
        let directory = host.directory().join("frr");
        fs::create_dir_all(&directory)?;
        let frr = User::from_name("frr")?.context("the package frr makes a user frr")?;
        chown(&directory, Some(frr.uid), Some(frr.gid))?;
        let first = router.addresses.first().context("a virtual router has an address")?;
        let family = if first.is_ipv4() { "v4" } else { "v6" };
        macvlan(host, router, family)?;
        let zebra = daemon(host, "zebra", &directory, "")?;
        zebra.wait_line(Duration::from_secs(10), "starting: vty@")?;
        let vrrpd = daemon(host, "vrrpd", &directory, &configuration(router))?;
        let peer = Self { vrrpd, zebra, directory, family };
        peer.wait(Duration::from_secs(10), State::Backup)?;
        // Until zebra takes the macvlan down, it answers for the addresses on it.
        let macvlan = format!("link show vrrp-{}", router.vrid);
        host.wait_network(Duration::from_secs(10), "FRR to take its macvlan down", |host| {
            Ok(host.ip(&macvlan)?[0]["operstate"] != "UP")
        })?;
        Ok(peer)
    }

    /// Waits until the state that it last said to enter is this one.
    ///
    /// # Errors
    /// It does not within `deadline`; tells what it said instead.
    pub fn wait(&self, deadline: Duration, state: State) -> Result<()> {
        let name = match state {
            State::Init => "-> Initialize",
            State::Backup => "-> Backup",
            State::Master => "-> Master",
        };
        let entered = || {
            let lines = self.vrrpd.log().lines();
            let last = lines.iter().rev().find(|line| line.contains(" -> "));
            Ok(last.is_some_and(|line| line.contains(name)))
        };
        let waited = self.vrrpd.log().wait_until(deadline, entered);
        waited.with_context(|| format!("waited for FRR to be {state:?}"))
    }

    /// Its virtual router's state.
    ///
    /// # Errors
    /// It does not report.
    pub fn state(&self) -> Result<State> {
        match self.report()?[self.family]["status"].as_str() {
            Some("Initialize") => Ok(State::Init),
            Some("Backup") => Ok(State::Backup),
            Some("Master") => Ok(State::Master),
            other => bail!("FRR is in state {other:?}"),
        }
    }

    /// Its processes: the one that speaks VRRP, and zebra.
    pub const fn processes(&self) -> [Pid; 2] {
        [self.vrrpd.pid(), self.zebra.pid()]
    }

    /// What it wrote about received packets that it found wrong: FRR has no counters for them.
    pub fn complaints(&self) -> Vec<String> {
        let wrong = ["nvalid", "alformed", "rror", "ismatch", "iscard", "nexpected"];
        let lines = self.vrrpd.log().lines();
        lines.into_iter().filter(|line| wrong.iter().any(|word| line.contains(word))).collect()
    }

    /// What `show vrrp json` says about its virtual router.
    ///
    /// # Errors
    /// It does not answer.
    pub fn report(&self) -> Result<Value> {
        let directory = self.directory.display().to_string();
        let argv = ["vtysh", "--vty_socket", &directory, "-d", "vrrpd", "-c", "show vrrp json"];
        let answer = Place::machine().run(&argv)?.ok()?;
        let mut routers: Vec<Value> = serde_json::from_str(&answer)?;
        routers.pop().context("FRR reports no virtual router")
    }

    /// Stops it: a Master resigns.
    ///
    /// # Errors
    /// It does not end.
    pub fn stop(&self) -> Result<()> {
        self.vrrpd.stop()?;
        self.zebra.stop()?;
        Ok(())
    }

    /// Kills it: it says nothing, and its macvlan stays.
    ///
    /// # Errors
    /// It has ended.
    pub fn crash(&self) -> Result<()> {
        for process in [&self.vrrpd, &self.zebra] {
            process.signal(Signal::SIGKILL)?;
            process.wait(END_DEADLINE)?;
        }
        Ok(())
    }
}

/// Makes the macvlan by whose MAC FRR finds the interface of a virtual router.
fn macvlan(host: &Host, router: &Router, family: &str) -> Result<()> {
    let octet = if family == "v4" { "01" } else { "02" };
    let (name, vrid) = (format!("vrrp-{}", router.vrid), router.vrid);
    let mac = format!("00:00:5e:00:{octet}:{vrid:02x}");
    // One that was here before has left it.
    host.sh(&format!("if ip link show {name} >/dev/null 2>&1; then ip link delete {name}; fi"))?;
    host.sh(&format!("ip link add {name} link eth0 address {mac} type macvlan mode bridge"))?;
    // A Backup's macvlan keeps its addresses, and without this eth0 would answer for them.
    host.sh("echo 1 > /proc/sys/net/ipv4/conf/eth0/arp_ignore")?;
    // A generated link-local address would be the same on every FRR: it comes from the virtual MAC.
    host.sh(&format!("ip link set {name} addrgenmode none"))?;
    if family == "v6" {
        let own = host.nics().first().and_then(|nic| nic.mac().rsplit(':').next());
        let own = own.context("the host has no NIC")?;
        host.sh(&format!("ip address add fe80::{vrid:x}:{own}/64 dev {name} nodad"))?;
    }
    for address in &router.addresses {
        let address = match address {
            IpAddr::V4(address) => format!("{address}/24"),
            IpAddr::V6(address) => format!("{address}/64 nodad"),
        };
        host.sh(&format!("ip address add {address} dev {name}"))?;
    }
    host.sh(&format!("ip link set {name} up"))?;
    Ok(())
}

fn daemon(host: &Host, name: &str, directory: &Path, configuration: &str) -> Result<Process> {
    let file = |suffix: &str| directory.join(format!("{name}.{suffix}")).display().to_string();
    let conf = file("conf");
    fs::write(&conf, configuration)?;
    let (program, pid) = (format!("{DAEMONS}/{name}"), file("pid"));
    let zserv = directory.join("zserv.api").display().to_string();
    let vty = directory.display().to_string();
    host.spawn(&[
        program.as_str(),
        "--socket",
        &zserv,
        "--pid_file",
        &pid,
        "--config_file",
        &conf,
        "--vty_socket",
        &vty,
        "--vty_port",
        "0",
        "--log",
        "stdout",
        "--log-level",
        "debug",
    ])
}

fn configuration(router: &Router) -> String {
    let vrid = router.vrid;
    let mut lines = vec![
        "interface eth0".to_owned(),
        format!(" vrrp {vrid} version {}", router.version),
        format!(" vrrp {vrid} priority {}", router.priority),
        format!(" vrrp {vrid} advertisement-interval {}", u32::from(router.interval) * 10),
    ];
    if !router.preempt {
        lines.push(format!(" no vrrp {vrid} preempt"));
    }
    lines.extend(router.addresses.iter().map(|address| match address {
        IpAddr::V4(address) => format!(" vrrp {vrid} ip {address}"),
        IpAddr::V6(address) => format!(" vrrp {vrid} ipv6 {address}"),
    }));
    lines.push(String::new());
    lines.join("\n")
}
