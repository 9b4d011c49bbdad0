//! A pair of gateways: what is for their addresses is dropped, what goes through them is not, and IPv6 hosts find them by themselves.

#[path = "gateway/accept.rs"]
mod accept;
#[path = "gateway/hosts.rs"]
mod hosts;
#[path = "gateway/sandbox.rs"]
mod sandbox;
#[path = "gateway/tampering.rs"]
mod tampering;

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Client, Echo, Host, Lab, Switch, Web};

const WAIT: Duration = Duration::from_secs(15);
/// How long an answer is waited for that must not come.
const SILENCE: Duration = Duration::from_millis(300);

/// The gateway's addresses on the side of its clients.
const VIPS: [&str; 3] = ["192.0.2.10", "2001:db8::10", "fe80::10"];
/// Somebody on the other side of it.
const FAR: [&str; 2] = ["198.51.100.9", "2001:db8:1::9"];
/// The gateway's addresses there.
const BEYOND: [&str; 2] = ["198.51.100.10", "2001:db8:1::10"];

/// Two routers between a client and somebody far, with services at every address that they have.
struct Scene {
    left: Host,
    right: Host,
    client: Client,
    _far: Host,
    _services: (Vec<Echo>, Vec<Web>),
    _beyond: Switch,
    _lab: Lab,
}

impl Scene {
    fn new(name: &str) -> Result<Self> {
        let lab = Lab::new(name)?;
        let beyond = lab.new_switch("beyond")?;
        let (mut left, mut right) = (lab.host("left")?, lab.host("right")?);
        for (router, number) in [(&mut left, 1), (&mut right, 2)] {
            let addresses = [format!("198.51.100.{number}/24"), format!("2001:db8:1::{number}/64")];
            router.add_nic("eth1", &beyond, &addresses)?;
            router.sh("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")?;
        }
        let client = lab.client("client")?;
        let mut far = lab.bare_host("far")?;
        far.add_nic("eth0", &beyond, &FAR.map(|ip| format!("{ip}/{}", if ip.contains(':') { 64 } else { 24 })))?;
        client.sh("ip route add default via 192.0.2.10; ip -6 route add default via fe80::10 dev eth0")?;
        far.sh(&format!("ip route add default via {}; ip -6 route add default via {}", BEYOND[0], BEYOND[1]))?;
        let echoes = [&left, &right, &far].map(Host::echo).into_iter().collect::<Result<_>>()?;
        let any: IpAddr = "::".parse()?;
        let webs = [&left, &right].map(|router| router.web(&[any])).into_iter().collect::<Result<_>>()?;
        Ok(Self { left, right, client, _far: far, _services: (echoes, webs), _beyond: beyond, _lab: lab })
    }

    /// Whether a router answers pings to one of its addresses.
    fn pings(&self, address: &str) -> Result<bool> {
        pings(&self.client, address)
    }

    /// Sees that nothing is accepted at the gateway's addresses, though services listen there, and that `host` has them.
    fn drops_all(&self, host: &str) -> Result<()> {
        for vip in VIPS {
            let answers = self.client.who_has(vip.parse()?, SILENCE)?;
            ensure!(answers == [host], "{vip} is answered for by {answers:?}");
            ensure!(!self.pings(vip)?, "{vip} answers pings");
        }
        for vip in &VIPS[..2] {
            let refused = self.client.http_get(vip.parse()?, SILENCE).err().context("a connection")?;
            ensure!(refused.to_string().starts_with("no connection"), "{vip}: {refused:#}");
        }
        Ok(())
    }

    /// Sees that what goes through the gateway arrives, and comes back.
    fn forwards(&self) -> Result<()> {
        for far in FAR {
            ensure!(self.pings(far)?, "{far} is not reached through the gateway");
        }
        Ok(())
    }
}

/// Whether somebody answers pings to an address.
fn pings(client: &Client, address: &str) -> Result<bool> {
    let scoped = if address.starts_with("fe80:") { format!("{address}%eth0") } else { address.to_owned() };
    let output = client.run(&["ping", "-n", "-c", "2", "-i", "0.05", "-W", "0.3", &scoped])?;
    Ok(output.code == Some(0))
}

/// A gateway on both links, which moves as one. `keys` are those of both sides.
fn configuration(priority: u8, keys: &str) -> String {
    configuration_of(priority, keys, "")
}

/// The same with more keys of the side of the clients.
fn configuration_of(priority: u8, keys: &str, inner: &str) -> String {
    format!(
        "[defaults]\npriority = {priority}\nadvert_interval = \"100ms\"\n{keys}\n\
         [instance.inner]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"fe80::10/64\", \"2001:db8::10/64\"]\n{inner}\n\
         [instance.outer]\ninterface = \"eth1\"\nvrid = 52\naddresses = [\"198.51.100.10/24\", \"fe80::10/64\", \"2001:db8:1::10/64\"]\n\
         [sync.gateway]\ninstances = [\"inner\", \"outer\"]\n"
    )
}

const DROPS: &str = "accept = false\nhold = \"none\"";

/// The daemons of both, the left one Master.
fn start(scene: &Scene, keys: &str) -> Result<[Vrrpd; 2]> {
    start_of(scene, keys, "")
}

fn start_of(scene: &Scene, keys: &str, inner: &str) -> Result<[Vrrpd; 2]> {
    let left = Vrrpd::start(&scene.left, &configuration_of(150, keys, inner))?;
    left.wait(WAIT, "inner", "Master")?;
    let right = Vrrpd::start(&scene.right, &configuration_of(100, keys, inner))?;
    for instance in ["inner", "outer"] {
        left.wait(WAIT, instance, "Master")?;
        right.wait(WAIT, instance, "Backup: ")?;
    }
    wait_claimed(&scene.left)?;
    Ok([left, right])
}

fn wait_claimed(host: &Host) -> Result<()> {
    host.wait_network(WAIT, "every address", |host| {
        let all = host.sh("ip -o address show")?;
        Ok(VIPS.iter().chain(&BEYOND).all(|vip| all.contains(&format!(" {vip}/"))))
    })
}

fn table(host: &Host) -> Result<String> {
    host.sh("nft list ruleset")
}
