//! Two routers in network namespaces, each ours, keepalived or FRR, and a client that sends datagrams to their addresses.

use std::cell::RefCell;
use std::net::IpAddr;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::capture::{Capture, Frame};
use crate::client::{Flow, Report};
use crate::host::{Echo, Host};
use crate::lab::Lab;
use crate::pair::{LONG, VIP4, VIP6, VIPS, VRID};
use crate::peer::{Frr, Keepalived, Router, Vrrpd};

/// How often the client sends.
pub(super) const PACE: Duration = Duration::from_micros(500);
/// How long the client goes on when the address has moved: a move that fails later than the first announcements counts.
const SETTLE: Duration = Duration::from_millis(300);

/// Which program a side runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Software {
    /// Our daemon.
    Ours,
    /// Debian's keepalived.
    Keepalived,
    /// Debian's FRR, with IPv4 alone and the virtual MAC.
    Frr,
}

/// What both sides are configured with.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// Whether the virtual MAC is used.
    pub(super) virtual_mac: bool,
    /// Whether the higher priority takes over.
    pub(super) preempt: bool,
    /// Whether IPv6 has a virtual router beside IPv4's.
    pub(super) both_families: bool,
    /// Further lines for ours.
    pub(super) more: String,
}

impl Setting {
    /// Both families, and whoever is Master stays it.
    pub(super) const fn new(virtual_mac: bool) -> Self {
        Self { virtual_mac, preempt: false, both_families: true, more: String::new() }
    }

    /// The name of its kind of MAC.
    pub(super) const fn mac(&self) -> &'static str {
        if self.virtual_mac { "virtual MAC" } else { "interface MAC" }
    }

    fn vips(&self) -> &'static [IpAddr] {
        if self.both_families { &VIPS } else { &VIPS[..1] }
    }

    fn ours(&self, priority: u8) -> String {
        let addresses: Vec<String> =
            self.vips().iter().map(|vip| format!("\"{vip}/{}\"", if vip.is_ipv4() { 24 } else { 64 })).collect();
        let mac = if self.virtual_mac { "virtual" } else { "interface" };
        format!(
            "[instance.inst1]\ninterface = \"eth0\"\nvrid = {VRID}\naddresses = [{}]\npriority = {priority}\n\
             advert_interval = \"1s\"\npreempt = {}\nmac = \"{mac}\"\n{}\n",
            addresses.join(", "),
            self.preempt,
            self.more
        )
    }

    fn peers(&self, priority: u8) -> Result<Vec<Router>> {
        let router = |addresses: &[&str]| -> Result<Router> {
            let router = Router::new(VRID, priority, addresses)?;
            Ok(Router { virtual_mac: self.virtual_mac, preempt: self.preempt, ..router })
        };
        let mut routers = vec![router(&[&VIP4.to_string()])?];
        if self.both_families {
            // keepalived throws away what does not carry just the addresses that it has.
            routers.push(router(&[&VIP6.to_string()])?);
        }
        Ok(routers)
    }
}

/// How a Master leaves on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// SIGTERM, and a start when the other one serves.
    Stop,
    /// `vrrpadm resign`.
    Resign,
}

#[derive(Debug)]
enum Daemon {
    Ours(Vrrpd),
    Keepalived(Keepalived),
    Frr(Frr),
}

/// One of the routers.
#[derive(Debug)]
pub(super) struct Side {
    // The daemon goes before what it runs on.
    daemon: Daemon,
    _echo: Echo,
    pub(super) host: Host,
    priority: u8,
    setting: Setting,
}

impl Side {
    fn start(host: Host, software: Software, setting: &Setting, priority: u8) -> Result<Self> {
        let echo = host.echo()?;
        let daemon = match software {
            Software::Ours => Daemon::Ours(start_ours(&host, &setting.ours(priority))?),
            Software::Keepalived => Daemon::Keepalived(Keepalived::start_all(&host, &setting.peers(priority)?, false)?),
            Software::Frr => {
                let router = setting.peers(priority)?.into_iter().next().context("IPv4 has a virtual router")?;
                Daemon::Frr(Frr::start(&host, &router)?)
            }
        };
        Ok(Self { daemon, _echo: echo, host, priority, setting: setting.clone() })
    }

    /// Stops it as an administrator does.
    pub(super) fn stop(&self) -> Result<()> {
        match &self.daemon {
            Daemon::Ours(vrrpd) => vrrpd.stop(),
            Daemon::Keepalived(keepalived) => keepalived.stop(),
            Daemon::Frr(frr) => frr.stop(),
        }
    }

    /// Starts it again, after its end.
    pub(super) fn start_again(&mut self) -> Result<()> {
        match &mut self.daemon {
            Daemon::Ours(vrrpd) => vrrpd.start_again(&self.host)?,
            Daemon::Keepalived(keepalived) => {
                *keepalived = Keepalived::start_all(&self.host, &self.setting.peers(self.priority)?, false)?;
            }
            Daemon::Frr(_) => bail!("FRR is not started again here"),
        }
        Ok(())
    }

    /// Stops its processes where they are, or lets them go on.
    pub(super) fn signal(&self, signal: Signal) -> Result<()> {
        match &self.daemon {
            Daemon::Ours(vrrpd) => vrrpd.process().signal(signal),
            Daemon::Keepalived(keepalived) => keepalived.signal_all(signal),
            Daemon::Frr(_) => bail!("FRR gets no signals here"),
        }
    }

    /// Takes part again after it left.
    pub(super) fn return_from(&mut self, way: Way) -> Result<()> {
        match (way, &self.daemon) {
            (Way::Resign, Daemon::Ours(vrrpd)) => vrrpd.adm(&["resign", "inst1", "--undo"])?.ok().map(drop),
            _ => self.start_again(),
        }
    }

    /// Hands the addresses over in its own way; tells why it cannot.
    pub(super) fn leave(&self, way: Way) -> Result<Result<(), String>> {
        match (way, &self.daemon) {
            (Way::Stop, _) => self.stop().map(Ok),
            (Way::Resign, Daemon::Ours(vrrpd)) => {
                let output = vrrpd.adm(&["resign", "inst1"])?;
                let missing = output.stderr.contains("unrecognized subcommand");
                Ok(match output.code {
                    Some(0) => Ok(()),
                    _ if missing => Err("no such verb".into()),
                    _ => Err(format!("`{}` said {}", output.command, output.stderr.trim())),
                })
            }
            (Way::Resign, _) => Ok(Err("no such verb".into())),
        }
    }
}

/// Starts our daemon, which holds nothing but goes on where it does not know a key.
fn start_ours(host: &Host, configuration: &str) -> Result<Vrrpd> {
    let vrrpd = Vrrpd::start(host, configuration)?;
    let lines = vrrpd.process().log().lines();
    if let Some(problem) = lines.iter().find(|line| line.contains(" is unknown: ")) {
        bail!("{problem}");
    }
    Ok(vrrpd)
}

/// The routers, the first of which was Master first, and their client.
#[derive(Debug)]
pub(super) struct Duel {
    // Dropped in this order.
    pub(super) sides: Vec<Side>,
    pub(super) client: Host,
    pub(super) wire: Capture,
    _lab: Lab,
    setting: Setting,
}

impl Duel {
    /// Starts a router for each software and priority, one after the other, and waits until the first is Master.
    pub(super) fn new(name: &str, routers: &[(Software, u8)], setting: &Setting) -> Result<Self> {
        let first = routers.first().map(|(software, _)| format!("{software:?}").to_lowercase()).unwrap_or_default();
        let lab = Lab::new(&format!("reliability-{name}-{first}"))?;
        let wire = lab.switch().capture_signalling()?;
        let mut sides = Vec::new();
        for (name, (software, priority)) in ["left", "right", "third"].into_iter().zip(routers) {
            let side = Side::start(lab.host(name)?, *software, setting, *priority)?;
            if sides.is_empty() {
                wait_announced(&wire, name, setting.vips())?;
            }
            sides.push(side);
        }
        let client = lab.host("client")?;
        Ok(Self { sides, client, wire, _lab: lab, setting: setting.clone() })
    }

    /// Starts the client's streams, one a family, and returns when both were answered for a while.
    pub(super) fn flows(&self) -> Result<Vec<Flow>> {
        let flows = self.setting.vips().iter().map(|vip| self.client.flow(*vip, PACE));
        let flows: Vec<Flow> = flows.collect::<Result<_>>()?;
        thread::sleep(Duration::from_millis(100));
        Ok(flows)
    }

    /// Waits until a side has announced every address; what came before [`Capture::skip`] does not count.
    pub(super) fn wait_announced(&self, side: usize) -> Result<()> {
        wait_announced(&self.wire, self.sides[side].host.name(), self.setting.vips())
    }

    /// Lets one side hand over to the other while the client sends; tells what became of each family's stream.
    pub(super) fn hand_over(&self, from: usize, way: Way) -> Result<Result<Vec<Report>, String>> {
        let flows = self.flows()?;
        self.wire.skip();
        if let Err(why) = self.sides[from].leave(way)? {
            return Ok(Err(why));
        }
        self.wait_announced(1 - from)?;
        thread::sleep(SETTLE);
        let reports: Vec<Report> = flows.into_iter().map(Flow::stop).collect::<Result<_>>()?;
        Ok(Ok(reports))
    }

    /// The advertisements of a family that a side has sent since a moment, resignations among them.
    pub(super) fn adverts(&self, side: usize, since: SystemTime, ipv4: bool) -> Vec<Frame> {
        let host = self.sides[side].host.name();
        let ours = |frame: &Frame| frame.advert().is_some_and(|advert| advert.source.is_ipv4() == ipv4);
        self.wire.all(|frame| frame.from(host) && frame.at >= since && ours(frame))
    }
}

fn wait_announced(wire: &Capture, host: &str, vips: &[IpAddr]) -> Result<()> {
    // In whatever order they come.
    let missing = RefCell::new(vips.to_vec());
    let all = |frame: &Frame| {
        let mut missing = missing.borrow_mut();
        missing.retain(|vip| !(frame.from(host) && frame.announces(*vip)));
        missing.is_empty()
    };
    wire.expect(LONG, &format!("the announcements of {host}"), all)?;
    Ok(())
}
