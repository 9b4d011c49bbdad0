//! All that a gateway takes, done by the daemon from the sandbox of its unit, with systemd 252 and 257.

use anyhow::{Context, Result, ensure};
use lab::pair::{LONG, installed, state_of, wait_instance, wait_told};
use lab::{Client, Container, Host, Lab, Release, Switch};

use super::{FAR, SILENCE, VIPS, pings};

const INSTANCES: [&str; 2] = ["inner", "outer"];
const CONFIGURATION: &str = r#"
[defaults]
advert_interval = "200ms"
accept          = false
hold            = "none"

[instance.inner]
interface            = "eth0"
vrid                 = 51
addresses            = ["192.0.2.10/24", "fe80::10/64", "2001:db8::10/64"]
router_advertisement = { prefixes = ["2001:db8::/64"] }
virtual_rules        = [
    { from = "192.0.2.0/24", table = 100, priority = 1000 },
    { from = "2001:db8::/64", table = 100, priority = 1000 },
]

[instance.outer]
interface      = "group:outside"
vrid           = 52
addresses      = ["198.51.100.10/24", "fe80::10/64", "2001:db8:1::10/64"]
virtual_routes = [
    { to = "203.0.113.0/24", via = "198.51.100.9", table = 100 },
    { to = "2001:db8:2::/64", via = "2001:db8:1::9", table = 100 },
]

[group.outside]
members = ["eth1", "eth2"]

[sync.gateway]
instances = ["inner", "outer"]
"#;
/// Networks behind somebody far: only the virtual routes lead there.
const BEHIND: [&str; 2] = ["203.0.113.1", "2001:db8:2::1"];

/// Two routers with two links each to somebody far, and a client that has no IPv6 route.
struct Scene {
    routers: [Container; 2],
    client: Client,
    _far: Host,
    beyond: Switch,
    _lab: Lab,
}

impl Scene {
    fn new() -> Result<Self> {
        let lab = Lab::new("gateway-sandbox")?;
        let beyond = lab.new_switch("beyond")?;
        let mut routers = [installed(&lab, "left", Release::Debian12)?, installed(&lab, "right", Release::Debian13)?];
        for ((router, number), priority) in routers.iter_mut().zip(1..).zip([150, 100]) {
            router.add_nic(
                "eth1",
                &beyond,
                &[format!("198.51.100.{number}/24"), format!("2001:db8:1::{number}/64")],
            )?;
            router.add_nic(
                "eth2",
                &beyond,
                &[format!("198.51.100.10{number}/24"), format!("2001:db8:1::10{number}/64")],
            )?;
            router.write(
                "/etc/vrrp/vrrp.toml",
                &CONFIGURATION.replace("[defaults]", &format!("[defaults]\npriority = {priority}")),
            )?;
        }
        let mut far = lab.bare_host("far")?;
        far.add_nic("eth0", &beyond, &FAR.map(|ip| format!("{ip}/{}", if ip.contains(':') { 64 } else { 24 })))?;
        for address in BEHIND {
            far.sh(&format!("ip address add {address} dev lo"))?;
        }
        far.sh("ip route add default via 198.51.100.10; ip -6 route add default via 2001:db8:1::10")?;
        let client = lab.client("client")?;
        client.sh("sysctl -qw net.ipv6.conf.eth0.accept_ra=2; ip route add default via 192.0.2.10")?;
        for router in &mut routers {
            router.boot()?;
            // What a container may not set, unless it is let.
            router.sh("mount -o remount,bind,rw /proc/sys")?;
            router.sh("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")?;
        }
        Ok(Self { routers, client, _far: far, beyond, _lab: lab })
    }

    /// Waits until one router is Master of both sides and the other, where its daemon runs, is not, and sees that all is done there.
    fn serves(&self, one: &Container, other: Option<&Container>) -> Result<()> {
        for instance in INSTANCES {
            wait_instance(one, instance, "master", "")?;
            if let Some(other) = other {
                wait_told(other, instance, "no Master", |told| state_of(told) != "master")?;
            }
        }
        self.client.wait_network(LONG, "the gateway as default router", |host| {
            Ok(host.sh("ip -6 route")?.contains("default via fe80::10 dev eth0 proto ra"))
        })?;
        for address in FAR.iter().chain(&BEHIND) {
            ensure!(pings(&self.client, address)?, "{address} is not reached through {}", one.name());
        }
        for vip in VIPS {
            let answers = self.client.who_has(vip.parse()?, SILENCE)?;
            ensure!(answers == [one.name()], "{vip} is answered for by {answers:?}");
            ensure!(!pings(&self.client, vip)?, "{vip} answers pings");
        }
        Ok(())
    }
}

#[test]
fn everything_is_done_from_the_sandbox_of_the_unit() -> Result<()> {
    let scene = Scene::new()?;
    let [left, right] = &scene.routers;
    scene.serves(left, Some(right))?;
    scene.beyond.unplug("left", "eth1")?;
    wait_told(left, "outer", "Master on eth2", |told| told["link"] == "eth2" && state_of(told) == "master")?;
    scene.serves(left, Some(right))?;
    left.systemctl("stop vrrp.service")?;
    let left_behind =
        left.sh("nft list ruleset && ip rule && ip -6 rule && ip route show table all && ip -6 route show table all")?;
    ensure!(!left_behind.contains("vrrp") && !left_behind.contains("proto 112"), "{left_behind}");
    scene.serves(right, None)?;
    left.systemctl("start vrrp.service")?;
    scene.serves(left, Some(right))?;
    for router in [left, right] {
        let log = router.sh("journalctl --boot --no-pager --unit vrrp.service --output cat")?;
        let refused = log.lines().find(|line| line.contains("not permitted") || line.contains("denied"));
        ensure!(refused.is_none(), "Debian {}: {}", router.release().number(), refused.context("a line")?);
    }
    Ok(())
}
