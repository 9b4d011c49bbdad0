//! IPv6 hosts that have their default router, and their address, from router advertisements alone, and keep both through failovers.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Flow, Frame, Process};

use super::accept::{BUSY, DOWN, is_calm};
use super::{FAR, Scene, WAIT, start_of, wait_claimed};

/// The longest that a question of a host waits for its answer, with a machine that does much else.
const ANSWER: Duration = Duration::from_millis(3500 + 1000);
const ROUTER: &str = "default via fe80::10 dev eth0 proto ra";
const KEYS: &str = "hold = \"freebind\"";
const ADVERTISES: &str = "router_advertisement = { prefixes = [\"2001:db8::/64\"], lifetime = \"30min\" }";

/// The time for which a frame makes its sender a default router, if it is a router advertisement.
fn lifetime(frame: &Frame) -> Option<u16> {
    let octets = &frame.octets;
    let is_one = octets.get(12..14)? == [0x86, 0xdd] && octets.get(20) == Some(&58) && octets.get(54) == Some(&134);
    is_one.then(|| octets.get(60..62)?.try_into().ok().map(u16::from_be_bytes))?
}

fn advertises_router(frame: &Frame, host: &str) -> bool {
    frame.from(host) && lifetime(frame).is_some()
}

/// A client that takes what routers say, and has nothing else; with what becomes of its routes.
struct Taker<'s> {
    scene: &'s Scene,
    monitor: Process,
}

impl<'s> Taker<'s> {
    /// Takes the client's own IPv6 away; its kernel asks for a router when its link comes up.
    fn new(scene: &'s Scene) -> Result<Self> {
        let client = &scene.client;
        client.wire().skip();
        client.sh(
            "sysctl -qw net.ipv6.conf.eth0.accept_ra=2 net.ipv6.conf.eth0.autoconf=1
             ip -6 route del default; ip -6 address flush dev eth0 scope global; ip link set eth0 down; ip link set eth0 up
             ip route replace default via 192.0.2.10",
        )?;
        let asks = |frame: &Frame| frame.from("client") && frame.octets.get(54) == Some(&133);
        client.wire().expect(WAIT, "a question for a router", asks)?;
        client.wire().expect(ANSWER, "an answer", |frame| advertises_router(frame, "left"))?;
        client.wait_network(WAIT, "a default router", |host| Ok(host.sh("ip -6 route")?.contains(ROUTER)))?;
        client.wait_network(WAIT, "an address", |host| {
            Ok(host.sh("ip -6 -o address show dev eth0 scope global -tentative")?.contains("2001:db8::"))
        })?;
        let monitor = client.spawn(&["ip", "-6", "-o", "monitor", "route"])?;
        // It has subscribed when it reports this.
        client.wait_network(WAIT, "the monitor", |host| {
            host.sh("ip -6 route replace unreachable 2001:db8:ffff::/64")?;
            host.sh("ip -6 route del unreachable 2001:db8:ffff::/64")?;
            Ok(!monitor.log().lines().is_empty())
        })?;
        Ok(Self { scene, monitor })
    }

    fn flow(&self) -> Result<Flow> {
        self.scene.client.flow(FAR[1].parse()?, Duration::from_millis(2))
    }

    /// Sees that a new Master tells hosts at once, and that the client lost nothing but for a silence, and never its router.
    fn went_over(&self, flow: Flow, new: &str, vrrpd: &Vrrpd, silence: Duration) -> Result<()> {
        let wire = self.scene.client.wire();
        vrrpd.wait(WAIT, "inner", "Master")?;
        wire.expect(WAIT, "what the new Master tells hosts", |frame| advertises_router(frame, new))?;
        is_calm(&flow.stop()?, silence)?;
        let routes = self.scene.client.sh("ip -6 route")?;
        ensure!(routes.lines().filter(|line| line.starts_with("default")).count() == 1, "{routes}");
        ensure!(routes.contains(ROUTER), "{routes}");
        let lines = self.monitor.log().lines();
        let lost = lines.iter().find(|line| line.contains("Deleted default") || line.contains("Deleted 2001:db8::/64"));
        ensure!(lost.is_none(), "{lost:?}");
        Ok(())
    }
}

fn keeps_its_router(name: &str, mac: &str) -> Result<()> {
    let scene = Scene::new(name)?;
    let [mut left, right] = start_of(&scene, &format!("{KEYS}\nmac = \"{mac}\""), ADVERTISES)?;
    let shown = left.adm(&["show", "inner"])?.stdout;
    ensure!(shown.contains("Default router: 30min"), "{shown}");
    let client = Taker::new(&scene)?;

    let flow = client.flow()?;
    left.stop()?;
    client.went_over(flow, "right", &right, BUSY)?;
    wait_claimed(&scene.right)?;

    left.start_again(&scene.left)?;
    left.wait(WAIT, "inner", "Master")?;
    wait_claimed(&scene.left)?;
    scene.client.wire().expect(WAIT, "what left tells hosts", |frame| advertises_router(frame, "left"))?;
    let flow = client.flow()?;
    left.crash()?;
    client.went_over(flow, "right", &right, DOWN)?;
    let shown = right.adm(&["show", "inner"])?.stdout;
    ensure!(shown.contains("router advertisements sent"), "{shown}");

    // One router at a time, which never says that it is none any more, and whose MAC address is the one that answers.
    let told = scene.client.wire().all(|frame| lifetime(frame).is_some());
    let mut turns: Vec<&str> = told.iter().filter_map(|frame| frame.port.split('-').next()).collect();
    turns.dedup();
    ensure!(turns == ["left", "right", "left", "right"], "{turns:?}");
    ensure!(told.iter().all(|frame| lifetime(frame) == Some(1800)));
    for frame in &told {
        let option = frame.octets.get(70..78).context("an option")?;
        let source =
            frame.source.split(':').map(|octet| u8::from_str_radix(octet, 16)).collect::<Result<Vec<_>, _>>()?;
        ensure!(option[..2] == [1, 1] && option[2..] == source, "{frame}");
        ensure!((mac == "virtual") == (frame.source == "00:00:5e:00:02:33"), "{frame}");
    }
    Ok(())
}

#[test]
fn a_host_keeps_its_router_through_failovers() -> Result<()> {
    keeps_its_router("hosts-own", "interface")
}

#[test]
fn a_host_keeps_its_router_behind_a_virtual_mac() -> Result<()> {
    keeps_its_router("hosts-virtual", "virtual")
}
