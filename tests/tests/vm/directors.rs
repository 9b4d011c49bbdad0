//! Two machines that stand between clients and servers, set up as docs/ipvs.md has it: whichever fails, what was open goes on.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use lab::document::{Block, Document};
use lab::pair::{LONG, machine, wait_instance, wait_told};
use lab::{Client, Conversation, Host, Lab, Listener, Model, Release, Switch, Vm};

use super::put;

const PAGE: &str = "docs/ipvs.md";
/// The address that clients know, and the gateway of the servers.
const OUTSIDE: &str = "192.0.2.10";
const INSIDE: &str = "198.51.100.10";
/// Where the client listens.
const CLIENT: &str = "192.0.2.3:8080";
/// Emulated, TCP tries for long until the other host has taken over.
const PATIENCE: Duration = Duration::from_secs(60);

/// The two machines, a client outside and servers inside.
struct Scene {
    left: Vm,
    right: Vm,
    client: Client,
    servers: [Host; 2],
    /// What the servers and the client repeat what is said by.
    _listeners: Vec<Listener>,
    /// The last to be dropped.
    _lab: Lab,
}

impl Scene {
    /// All of them, both machines booted: left with Debian 12, right with Debian 13.
    fn new(name: &str) -> Result<Self> {
        let lab = Lab::new(name)?;
        let inside = lab.new_switch("inside")?;
        let director = |name: &str, release: Release, number: u8| -> Result<Vm> {
            let mut director = machine(&lab, name, release)?.with(Model::Rtl8139);
            director.add_nic("eth1", Model::Rtl8139, &inside, &[format!("198.51.100.{number}/24")])?;
            Ok(director)
        };
        let (mut left, mut right) = (director("left", Release::Debian12, 1)?, director("right", Release::Debian13, 2)?);
        let client = lab.client("client")?;
        let servers = [server(&lab, &inside, "real1", 11)?, server(&lab, &inside, "real2", 12)?];
        let mut listeners: Vec<Listener> = servers.iter().map(|server| server.converses(80)).collect::<Result<_>>()?;
        listeners.push(client.converses(8080)?);
        std::thread::scope(|scope| {
            let booting = [&mut left, &mut right].map(|machine| scope.spawn(|| machine.boot()));
            booting.map(|booting| booting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
        .into_iter()
        .collect::<Result<()>>()?;
        Ok(Self { left, right, client, servers, _listeners: listeners, _lab: lab })
    }

    /// Does on both machines what a section of the page has typed and written, and waits until left serves.
    fn set_up(&self, heading: &str) -> Result<()> {
        let page = Document::read(Path::new(PAGE))?;
        let blocks: Vec<&Block> =
            page.blocks.iter().map(|block| &block.what).filter(|block| block.heading == heading).collect();
        ensure!(blocks.len() > 3, "{PAGE} has no {heading}");
        for (machine, better) in [(&self.left, true), (&self.right, false)] {
            for block in blocks.iter().filter(|block| block.language != "sh") {
                let path = block.text.lines().next().and_then(|line| line.strip_prefix("# "));
                let text = if better { block.text.clone() } else { on_the_second(&block.text) };
                put(machine, path.context("a file without a path")?, &text)?;
            }
            // What is installed is installed; the lab's image masks what would start by itself.
            let lines = blocks.iter().filter(|block| block.language == "sh").flat_map(|block| block.text.lines());
            for line in lines.filter(|line| !line.starts_with("apt ")) {
                machine.sh(line)?;
            }
        }
        self.all_through(&self.left, Some(&self.right))
    }

    /// Waits until both addresses are on one machine, and sees that the client and the servers know it for both: nothing goes in
    /// by the one and out by the other.
    fn all_through(&self, director: &Vm, other: Option<&Vm>) -> Result<()> {
        for name in ["outside", "inside"] {
            wait_instance(director, name, "master", "")?;
            if let Some(other) = other {
                wait_told(other, name, "no longer Master", |instance| instance["state"] != "master")?;
            }
        }
        let mac = |nic: &str| -> Result<String> {
            Ok(director.sh(&format!("cat /sys/class/net/{nic}/address"))?.trim().to_owned())
        };
        let (outside, inside) = (mac("eth0")?, mac("eth1")?);
        let [first, second] = &self.servers;
        for (host, address, mac) in
            [(&*self.client, OUTSIDE, &outside), (first, INSIDE, &inside), (second, INSIDE, &inside)]
        {
            host.wait_network(LONG, &format!("{address} at {mac}"), |host| knows(host, address, mac))?;
        }
        Ok(())
    }

    /// Pulls one cable of left, the Master: what goes in and out by the other one moves, too. With the cable in again it comes back.
    /// What is `said` meanwhile is answered, and `told` waits until a machine was told of it.
    fn a_cable(&self, nic: &str, said: &mut Conversation, told: impl Fn(&Vm, u16) -> Result<()>) -> Result<()> {
        let port = said.port()?;
        let who = said.say(&format!("before {nic}"), PATIENCE)?;
        told(&self.right, port)?;
        self.left.unplug(nic)?;
        self.all_through(&self.right, Some(&self.left))?;
        ensure!(said.say(&format!("without {nic}"), PATIENCE)? == who, "somebody else answers");
        told(&self.left, port)?;
        self.left.plug(nic)?;
        self.all_through(&self.left, Some(&self.right))?;
        ensure!(said.say(&format!("with {nic} again"), PATIENCE)? == who, "somebody else answers");
        Ok(())
    }
}

fn server(lab: &Lab, inside: &Switch, name: &str, number: u8) -> Result<Host> {
    let mut server = lab.bare_host(name)?;
    server.add_nic("eth0", inside, &[format!("198.51.100.{number}/24")])?;
    server.sh(&format!("ip route add default via {INSIDE}"))?;
    Ok(server)
}

/// What a file is on the second host, as the page says.
fn on_the_second(text: &str) -> String {
    let text = text.replace("priority = 150", "priority = 100");
    match text.contains("IPv4_Destination_Address") {
        true => text
            .replace("IPv4_address 198.51.100.1\n        IPv4_Dest", "IPv4_address 198.51.100.2\n        IPv4_Dest")
            .replace("Destination_Address 198.51.100.2", "Destination_Address 198.51.100.1"),
        false => text,
    }
}

/// Asks who has an address, and tells whether it is this one.
fn knows(host: &Host, address: &str, mac: &str) -> Result<bool> {
    host.run(&["ping", "-c", "1", "-W", "1", address])?;
    let neighbors = host.ip(&format!("neighbor show {address}"))?;
    Ok(neighbors.as_array().is_some_and(|all| all.iter().any(|one| one["lladdr"] == mac)))
}

/// Waits until a command succeeds on a machine. Nobody tells of what it asks for.
fn until(host: &Host, command: &str) -> Result<()> {
    let script = format!("timeout {} sh -c 'until {command}; do sleep 0.2; done'", LONG.as_secs());
    host.sh(&script).map(drop).with_context(|| format!("waited for `{command}`"))
}

/// A firewall's connections, which conntrackd tells: from a server to the client, translated on the way.
fn conntrackd(scene: &Scene) -> Result<()> {
    for machine in [&scene.left, &scene.right] {
        machine.sh("systemctl unmask conntrackd.service && sysctl -qw net.ipv4.ip_forward=1")?;
    }
    scene.set_up("A firewall pair with conntrackd")?;
    let [server, _] = &scene.servers;
    let mut open = server.converse(CLIENT.parse::<SocketAddr>()?, PATIENCE)?;
    let told = |machine: &Vm, port: u16| until(machine, &format!("conntrackd -e | grep -q \"sport={port} .*ASSURED\""));
    scene.a_cable("eth0", &mut open, told)
}

/// What the kernel says of its sync daemons.
fn sync_daemon(host: &Host) -> Result<String> {
    Ok(host.sh("ipvsadm -L --daemon")?.trim().to_owned())
}

/// Waits until the sync daemon of a machine is what it is to be, for vrrpd and for ipvsadm.
fn synchronizes(host: &Host, role: &str) -> Result<()> {
    wait_told(host, "outside", &format!("{role} of IPVS"), |instance| {
        instance["sync_daemon"]["state"] == role && instance["sync_daemon"]["trouble"].is_null()
    })?;
    let told = sync_daemon(host)?;
    println!("{}: {told}", host.name());
    let expected = format!("{role} sync daemon (mcast=eth1, syncid=51");
    ensure!(told.lines().count() == 1 && told.starts_with(&expected), "{}: {told}", host.name());
    Ok(())
}

/// The thread of the kernel that is the sync daemon.
fn thread_of(host: &Host) -> Result<String> {
    host.sh("pgrep '^ipvs-[mb]'")
}

/// A restart goes on with the sync daemon that runs; one that somebody stops or starts otherwise is put right.
fn put_right(host: &Vm) -> Result<()> {
    let thread = thread_of(host)?;
    for command in ["systemctl restart vrrp.service", "vrrpadm reexec", "vrrpadm reload"] {
        host.sh(command)?;
        synchronizes(host, "master")?;
        ensure!(thread_of(host)? == thread, "{command} starts the sync daemon anew");
    }
    let other = "ipvsadm --stop-daemon master && ipvsadm --start-daemon master --mcast-interface eth0 --syncid 9";
    for (command, what) in [("ipvsadm --stop-daemon master", "stopped it"), (other, "started it otherwise")] {
        host.sh(command)?;
        let line = format!("another program had {what}: the sync daemon of IPVS runs as master again");
        host.journal()?.wait_line(LONG, &line)?;
        synchronizes(host, "master")?;
    }
    // A reload that takes it out of the configuration stops it, and one that brings it back starts it.
    let without = "cp director.toml /root && sed -i '/^\\[ipvs\\]/,$d' director.toml && vrrpadm reload";
    host.sh(&format!("cd /etc/vrrp/vrrp.d && {without}"))?;
    until(host, "test -z \"$(ipvsadm -L --daemon)\"")?;
    host.sh("cp /root/director.toml /etc/vrrp/vrrp.d && vrrpadm reload")?;
    synchronizes(host, "master")
}

/// The connections that IPVS balances, which its sync daemon tells.
fn ipvs(scene: &mut Scene) -> Result<()> {
    scene.set_up("Two directors (LVS-NAT)")?;
    synchronizes(&scene.left, "master")?;
    synchronizes(&scene.right, "backup")?;
    put_right(&scene.left)?;
    let mut open = scene.client.converse(SocketAddr::new(OUTSIDE.parse()?, 80), PATIENCE)?;
    // A connection is told of after its third packet.
    for word in ["one", "two", "three"] {
        open.say(word, PATIENCE)?;
    }
    let told = |machine: &Vm, port: u16| until(machine, &format!("ipvsadm -Lnc | grep -q \"ESTABLISHED.*:{port} \""));
    for nic in ["eth0", "eth1"] {
        scene.a_cable(nic, &mut open, told)?;
        synchronizes(&scene.left, "master")?;
        synchronizes(&scene.right, "backup")?;
    }
    let who = open.say("before the end", PATIENCE)?;
    told(&scene.right, open.port()?)?;
    scene.left.power_cut();
    scene.all_through(&scene.right, None)?;
    ensure!(open.say("after the end", PATIENCE)? == who, "somebody else answers");
    synchronizes(&scene.right, "master")?;
    scene.right.sh("systemctl stop vrrp.service")?;
    ensure!(sync_daemon(&scene.right)?.is_empty(), "it is stopped with vrrpd");
    Ok(())
}

#[test]
fn connections_through_a_balancer_survive_cables_and_the_death_of_the_master() -> Result<()> {
    ipvs(&mut Scene::new("vm-ipvs")?)
}

#[test]
fn connections_through_a_firewall_survive_a_cable() -> Result<()> {
    conntrackd(&Scene::new("vm-firewall")?)
}
