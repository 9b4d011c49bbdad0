//! How a fault is brought about and undone.

use anyhow::{Result, bail};
use nix::sys::signal::Signal;

use super::impair::far;
use super::plan::{Fault, NAMES};
use super::scene::Scene;
use crate::pair::VIPS;

/// The tables of rules that faults make on hosts.
const TABLE: &str = "chaos";

impl Fault {
    /// Does it to a host.
    pub(super) fn strike(self, scene: &mut Scene, host: usize) -> Result<()> {
        let node = &mut scene.nodes[host];
        match self {
            Self::Kill => node.daemon.crash(),
            Self::Stop => {
                node.daemon.stop()?;
                node.stopped = true;
                scene.clean(host)
            }
            Self::Restart => {
                node.daemon.process().signal(Signal::SIGUSR2)?;
                node.daemon.start_again(&node.host)
            }
            Self::Pause => node.daemon.process().signal(Signal::SIGSTOP),
            Self::Reload(priority) => {
                node.priority = priority;
                scene.reload(host)
            }
            Self::Second => {
                node.second = !node.second;
                scene.reload(host)
            }
            Self::RemoveClaims => {
                let links = node.links()?;
                for vip in VIPS {
                    for link in links.iter().filter(|link| *link != "lo") {
                        // Not every link has it, and a Backup has none.
                        node.host.run(&["ip", "address", "delete", &single(vip), "dev", link])?;
                    }
                }
                Ok(())
            }
            Self::RemoveHolds => {
                for vip in VIPS {
                    node.host.run(&["ip", "address", "delete", &single(vip), "dev", "lo"])?;
                }
                Ok(())
            }
            Self::DeleteMacvlan => {
                for link in node.links()?.iter().filter(|link| *link != "lo" && *link != "eth0") {
                    // It may have gone with the one before.
                    node.host.run(&["ip", "link", "delete", link])?;
                }
                Ok(())
            }
            Self::LinkDown => node.host.sh("ip link set eth0 down").map(drop),
            Self::Flap => {
                for _ in 0..10 {
                    scene.switch().unplug(NAMES[host], "eth0")?;
                    std::thread::sleep(std::time::Duration::from_millis(50));
                    scene.switch().plug(NAMES[host], "eth0")?;
                    std::thread::sleep(std::time::Duration::from_millis(50));
                }
                Ok(())
            }
            Self::Unplug => scene.switch().unplug(NAMES[host], "eth0"),
            Self::Deaf => node.firewall("input"),
            Self::Mute => node.firewall("output"),
            Self::Unheard => scene.cut(host, &[true]),
            Self::Split => scene.cut(host, &[true, false]),
            Self::Weather(weather) => {
                scene.cables.set(weather);
                scene.weather = weather;
                Ok(())
            }
        }
    }

    /// Undoes it.
    pub(super) fn end(self, scene: &mut Scene, host: usize) -> Result<()> {
        let node = &mut scene.nodes[host];
        match self {
            Self::Kill | Self::Stop => {
                node.daemon.start_again(&node.host)?;
                node.stopped = false;
                Ok(())
            }
            Self::Pause => node.daemon.process().signal(Signal::SIGCONT),
            Self::LinkDown => {
                node.host.sh("ip link set eth0 up")?;
                // The kernel takes addresses of IPv6 away with the link, as it does on every host.
                for address in node.host.nics().iter().flat_map(|nic| nic.addresses()) {
                    if address.contains(':') {
                        node.host.run(&["ip", "address", "replace", address, "dev", "eth0"])?;
                    }
                }
                Ok(())
            }
            Self::Unplug => scene.switch().plug(NAMES[host], "eth0"),
            Self::Deaf | Self::Mute => node.host.sh(&format!("nft delete table inet {TABLE}")).map(drop),
            Self::Unheard | Self::Split => scene.switch().heal(),
            Self::Restart
            | Self::Reload(_)
            | Self::Second
            | Self::RemoveClaims
            | Self::RemoveHolds
            | Self::DeleteMacvlan
            | Self::Flap
            | Self::Weather(_) => Ok(()),
        }
    }
}

fn single(vip: std::net::IpAddr) -> String {
    format!("{vip}/{}", if vip.is_ipv4() { 32 } else { 128 })
}

impl super::scene::Node {
    /// Drops advertisements of both families on their way in or out.
    fn firewall(&self, hook: &str) -> Result<()> {
        let rules = format!(
            "add table inet {TABLE}; add chain inet {TABLE} {hook} {{ type filter hook {hook} priority 0; }}; \
             add rule inet {TABLE} {hook} meta l4proto 112 drop"
        );
        self.host.run(&["nft", &rules])?.ok().map(drop)
    }
}

impl Scene {
    fn reload(&self, host: usize) -> Result<()> {
        let node = &self.nodes[host];
        node.daemon.reload(&self.plan.configuration(node.priority, node.second))
    }

    /// Has the switch drop advertisements from a host (true) or to it (false).
    fn cut(&self, host: usize, directions: &[bool]) -> Result<()> {
        if self.nodes.len() < 2 {
            bail!("one host cannot be cut off");
        }
        for other in (0..self.nodes.len()).filter(|other| *other != host) {
            let (one, other) = (far(NAMES[host]), far(NAMES[other]));
            for from in directions {
                let (from, to) = if *from { (&one, &other) } else { (&other, &one) };
                for matching in ["ip protocol 112", "ip6 nexthdr 112"] {
                    self.switch().drop_frames(from, to, matching)?;
                }
            }
        }
        Ok(())
    }
}
