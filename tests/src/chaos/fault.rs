//! How a fault is brought about and undone.

use anyhow::{Result, bail};
use nix::sys::signal::Signal;

use super::impair::{cable, far};
use super::node::Node;
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
            Self::Kill => node.kill(),
            Self::Stop => {
                node.stopped = true;
                node.stop()?;
                node.clean()
            }
            Self::Restart => node.restart(),
            Self::Pause => node.signal(Signal::SIGSTOP),
            Self::Reload(priority) => {
                node.priority = priority;
                node.reload(&scene.plan)
            }
            Self::Second => {
                node.second = !node.second;
                node.reload(&scene.plan)
            }
            Self::StopService => node.container()?.systemctl("stop http.service").map(drop),
            Self::KillService => node.container()?.systemctl("kill --signal KILL http.service").map(drop),
            Self::Reboot | Self::PowerCut => {
                node.stopped = true;
                let container = node.container()?;
                if self == Self::Reboot {
                    container.reboot()?;
                } else {
                    container.power_cut()?;
                    container.boot()?;
                }
                node.stopped = false;
                // Its port is a new one.
                scene.switch().ip(&cable(NAMES[host]))
            }
            Self::RemoveClaims => {
                let links = node.links()?;
                for vip in VIPS {
                    for link in links.iter().filter(|link| *link != "lo") {
                        // Not every link has it, and a Backup has none.
                        node.host().run(&["ip", "address", "delete", &single(vip), "dev", link])?;
                    }
                }
                Ok(())
            }
            Self::RemoveHolds => {
                for vip in VIPS {
                    node.host().run(&["ip", "address", "delete", &single(vip), "dev", "lo"])?;
                }
                Ok(())
            }
            Self::DeleteMacvlan => {
                for link in node.links()?.iter().filter(|link| *link != "lo" && *link != "eth0") {
                    // It may have gone with the one before.
                    node.host().run(&["ip", "link", "delete", link])?;
                }
                Ok(())
            }
            Self::LinkDown => node.host().sh("ip link set eth0 down").map(drop),
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
                node.start_again()?;
                node.stopped = false;
                Ok(())
            }
            Self::StopService | Self::KillService => node.container()?.systemctl("start http.service").map(drop),
            Self::Pause => node.go_on(),
            Self::LinkDown => {
                node.host().sh("ip link set eth0 up")?;
                // The kernel takes addresses of IPv6 away with the link, as it does on every host.
                for address in node.host().nics().iter().flat_map(|nic| nic.addresses()) {
                    if address.contains(':') {
                        node.host().run(&["ip", "address", "replace", address, "dev", "eth0"])?;
                    }
                }
                Ok(())
            }
            Self::Unplug => scene.switch().plug(NAMES[host], "eth0"),
            Self::Deaf | Self::Mute => node.host().sh(&format!("nft delete table inet {TABLE}")).map(drop),
            Self::Unheard | Self::Split => scene.switch().heal(),
            Self::Restart
            | Self::Reboot
            | Self::PowerCut
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

impl Node {
    /// Drops advertisements of both families on their way in or out.
    fn firewall(&self, hook: &str) -> Result<()> {
        let rules = format!(
            "add table inet {TABLE}; add chain inet {TABLE} {hook} {{ type filter hook {hook} priority 0; }}; \
             add rule inet {TABLE} {hook} meta l4proto 112 drop"
        );
        self.host().run(&["nft", &rules])?.ok().map(drop)
    }
}

impl Scene {
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
