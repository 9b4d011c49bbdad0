//! Where a program is measured: a host, and another one at the far end of each of its links.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use nix::mount::{MsFlags, mount};

use super::extent::Extent;
use super::fleet::{Family, Fleet, link_local, link_name, own_address};
use crate::capture::{Capture, Frame, NeighborKind, Payload};
use crate::host::Host;
use crate::lab::{self, Lab};
use crate::namespace::Namespace;
use crate::process::Place;

/// How long keepalived may take for thousands of instances, and some more.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);

/// What is in memory of the measured host's directory.
pub(super) const RUNTIME: &str = "run";

/// Two hosts with a cable from each to each, as many as the fleet has links: what is between them costs nobody anything.
#[derive(Debug)]
pub(super) struct Site {
    /// Runs the program.
    pub(super) left: Host,
    /// Counts, captures and sends.
    pub(super) right: Host,
    lab: Lab,
    links: usize,
}

impl Site {
    /// Lays the cables for a fleet. In a hurry others may be there at the same time.
    pub(super) fn new(name: &str, fleet: &Fleet, extent: &Extent) -> Result<Self> {
        let name = format!("bench-{name}");
        let lab = if extent.quick { Lab::beside(&name)? } else { Lab::new(&name)? };
        let (mut left, right) = (lab.bare_host("left")?, lab.bare_host("right")?);
        runtime_in_memory(&mut left)?;
        for host in [&left, &right] {
            // Who has a link-local address looks for a router, again and again.
            let setting = "/proc/sys/net/ipv6/conf/default/router_solicitations";
            host.network().enter(|| fs::write(setting, "0").with_context(|| format!("cannot write {setting}")))?;
        }
        let site = Self { left, right, lab, links: fleet.links() };
        let far = site.right.network().path();
        let (mut near_batch, mut far_batch) = (String::new(), String::new());
        for link in 0..site.links {
            let (name, port) = (link_name(link), port_name(link));
            // A capture tells by the names of ports which host sent what.
            writeln!(near_batch, "link add {name} type veth peer name {port} netns {}", far.display())?;
            for (batch, name, host) in [(&mut near_batch, &name, 1), (&mut far_batch, &port, 2)] {
                // Nothing but what is measured is on the wire.
                writeln!(batch, "link set {name} addrgenmode none")?;
                writeln!(batch, "address add {}/16 dev {name}", own_address(link, host))?;
                if fleet.family == Family::V6 {
                    writeln!(batch, "address add {}/64 dev {name} nodad", link_local(link, host))?;
                }
                writeln!(batch, "link set {name} up")?;
            }
        }
        for (host, batch) in [(&site.left, near_batch), (&site.right, far_batch)] {
            let file = host.directory().join("links");
            fs::write(&file, batch)?;
            host.sh(&format!("ip -batch {}", file.display()))?;
        }
        Ok(site)
    }

    /// Captures what the left host sends, from here on.
    pub(super) fn capture(&self) -> Result<Capture> {
        Capture::switch(self.right.network(), &self.lab.logs().join("right.pcap"))
    }

    /// How many packets the left host has sent over all links.
    pub(super) fn sent(&self) -> Result<u64> {
        let table = self.left.network().enter(|| Ok(fs::read_to_string("/proc/thread-self/net/dev")?))?;
        let mut sent = 0;
        for line in table.lines() {
            let Some((name, figures)) = line.split_once(':') else { continue };
            if name.trim().starts_with("eth") {
                let figure = figures.split_whitespace().nth(9).with_context(|| format!("no figure in {line:?}"))?;
                sent += figure.parse::<u64>()?;
            }
        }
        Ok(sent)
    }

    /// Waits until sockets on the left host could be bound to every address of a fleet.
    pub(super) fn wait_bindable(&self, fleet: &Fleet) -> Result<()> {
        let addresses: Vec<IpAddr> = fleet.members().map(|member| member.address).collect();
        self.left.network().enter(|| {
            let left = RefCell::new(addresses.iter());
            self.left.wait_network(PATIENCE, "every address can be bound", |_| {
                let mut left = left.borrow_mut();
                let unbound = |address: &&IpAddr| UdpSocket::bind((**address, 0)).is_err();
                let Some(next) = left.clone().position(|address| unbound(&address)) else { return Ok(true) };
                if next > 0 {
                    left.nth(next - 1);
                }
                Ok(false)
            })
        })
    }

    /// Waits until every instance of a fleet has advertised.
    pub(super) fn wait_masters(&self, fleet: &Fleet, wire: &Capture) -> Result<()> {
        let missing = RefCell::new(routers(fleet));
        let all = |frame: &Frame| {
            let mut missing = missing.borrow_mut();
            if let Some(router) = router(frame) {
                missing.remove(&router);
            }
            missing.is_empty()
        };
        let seen = wire.expect(PATIENCE, "an advertisement of every instance", all);
        seen.with_context(|| format!("{} instances did not advertise", missing.borrow().len()))?;
        Ok(())
    }

    /// Waits until every address of a fleet is announced; tells when each was, first.
    pub(super) fn wait_announced(&self, fleet: &Fleet, wire: &Capture) -> Result<BTreeMap<IpAddr, SystemTime>> {
        let announced = RefCell::new(BTreeMap::new());
        let all = |frame: &Frame| {
            let mut announced = announced.borrow_mut();
            if let Some(address) = announces(frame) {
                announced.entry(address).or_insert(frame.at);
            }
            announced.len() >= fleet.instances
        };
        let seen = wire.expect(PATIENCE, "an announcement of every address", all);
        seen.with_context(|| format!("{} addresses were announced", announced.borrow().len()))?;
        Ok(announced.into_inner())
    }
}

/// What must survive a restart but not a reboot is kept in memory, as `/run` is everywhere but on some test machines.
fn runtime_in_memory(host: &mut Host) -> Result<()> {
    let directory = host.directory().join(RUNTIME);
    fs::create_dir(&directory)?;
    let mounts = Namespace::mounts()?;
    mounts.enter(|| {
        let none = MsFlags::empty();
        mount(Some("tmpfs"), &directory, Some("tmpfs"), none, None::<&str>).context("cannot mount a tmpfs")
    })?;
    let place = lab::place(host.network(), host.cgroup());
    let namespaces = place.namespaces.into_iter().chain([Arc::new(mounts)]).collect();
    host.set_place(Place { namespaces, ..place });
    Ok(())
}

/// The name of the far end of a link.
pub(super) fn port_name(link: usize) -> String {
    format!("left-{}", link_name(link))
}

/// The virtual routers of a fleet, as [`router`] tells them.
fn routers(fleet: &Fleet) -> BTreeSet<(String, u8)> {
    fleet.members().map(|member| (port_name(member.link), member.vrid)).collect()
}

/// Whose advertisement a frame is.
fn router(frame: &Frame) -> Option<(String, u8)> {
    let advert = frame.advert().filter(|advert| advert.priority > 0)?;
    Some((frame.port.clone(), advert.vrid))
}

/// Which address a frame announces, unasked.
fn announces(frame: &Frame) -> Option<IpAddr> {
    match &frame.payload {
        Payload::Arp(arp) => (arp.sender == arp.target).then_some(arp.sender.into()),
        Payload::Neighbor(neighbor) => {
            let unasked = matches!(neighbor.kind, NeighborKind::Advertisement { solicited: false, .. });
            unasked.then_some(neighbor.target.into())
        }
        Payload::Vrrp(_) | Payload::Ip(..) | Payload::Other(_) => None,
    }
}

/// When each virtual router advertised.
pub(super) fn advertised(wire: &Capture) -> BTreeMap<(String, u8), Vec<SystemTime>> {
    let mut times: BTreeMap<_, Vec<SystemTime>> = BTreeMap::new();
    for frame in wire.all(|frame| router(frame).is_some()) {
        if let Some(router) = router(&frame) {
            times.entry(router).or_default().push(frame.at);
        }
    }
    times
}
