//! The four ways of `docs/getting-started.md`, walked: all that the page has typed and written, on two hosts with real systemd.

use std::net::IpAddr;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use lab::document::{Block, Document};
use lab::install::Binaries;
use lab::pair::{self, LONG, installed, state_of, wait_instance, wait_told};
use lab::{Client, Container, Frame, Host, Lab, Payload, Release, Switch};

/// A section of a page.
#[derive(Debug, Default)]
struct Section {
    /// What is to be typed, in its order.
    lines: Vec<String>,
    /// What is to be written, each with its path.
    files: Vec<(String, String)>,
    /// What is shown as the Master's status.
    shown: Option<String>,
}

impl Section {
    fn read(page: &str, heading: &str) -> Result<Self> {
        let page = Document::read(Path::new(page))?;
        let blocks: Vec<&Block> = page.blocks.iter().map(|block| &block.what).collect();
        let mut section = Self::default();
        for block in blocks.into_iter().filter(|block| block.heading == heading) {
            match block.language.as_str() {
                "sh" => section.lines.extend(block.text.lines().map(str::to_owned)),
                "text" => section.shown = Some(block.text.clone()),
                _ => {
                    let path = block.text.lines().next().and_then(|line| line.strip_prefix("# "));
                    let path = path.with_context(|| format!("no file is named by {}", block.text))?;
                    section.files.push((path.to_owned(), block.text.clone()));
                }
            }
        }
        Ok(section)
    }
}

/// The values of an option in a line.
fn values<'l>(line: &'l str, option: &str) -> Vec<&'l str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    words.windows(2).filter(|pair| pair[0] == option).map(|pair| pair[1]).collect()
}

/// What a status always says of a Master: neither since when, nor by which of several reasons.
fn lasting(status: &str) -> Vec<String> {
    let is_time =
        |word: &str| word.starts_with(|first: char| first.is_ascii_digit()) && word.ends_with(['s', 'n', 'h']);
    let lines = status.lines().map(|line| line.split_once(": ").map_or(line, |(start, _)| start));
    let words = lines.flat_map(str::split_whitespace).filter(|word| !is_time(word));
    words.map(str::to_owned).collect()
}

/// Two hosts that are to share whatever the page shares, and who uses it.
struct Scene {
    hosts: [Container; 2],
    client: Client,
    inside: Switch,
    lab: Lab,
}

impl Scene {
    /// The hosts, `left` and `right`, booted, each with a link inside, too.
    fn new() -> Result<Self> {
        let lab = Lab::new("getting-started")?;
        let inside = lab.new_switch("inside")?;
        let mut hosts = [installed(&lab, "left", Release::Debian12)?, installed(&lab, "right", Release::Debian13)?];
        for (host, number) in hosts.iter_mut().zip(2..) {
            host.add_nic("eth1", &inside, &[format!("198.51.100.{number}/24"), format!("2001:db8:1::{number}/64")])?;
            host.boot()?;
        }
        Ok(Self { hosts, client: lab.client("client")?, inside, lab })
    }

    /// Waits until both hosts take part in an instance and one of them is known to be Master; which.
    fn master(&self, name: &str) -> Result<usize> {
        let follows = |instance: &serde_json::Value| {
            let routers = instance["routers"].as_array().map(Vec::as_slice).unwrap_or_default();
            state_of(instance) == "backup" && routers.iter().all(|router| !router["master"].is_null())
        };
        let [left, right] = &self.hosts;
        wait_told(right, name, "no longer barred", |instance| state_of(instance) != "barred")?;
        wait_told(left, name, "Master, or led by another", |instance| {
            state_of(instance) == "master" || follows(instance)
        })?;
        let master = usize::from(follows(&pair::instance(left, name)?));
        wait_instance(&self.hosts[master], name, "master", "")?;
        wait_instance(&self.hosts[1 - master], name, "backup", "")?;
        Ok(master)
    }

    /// Waits until a host has announced addresses, also before this.
    fn announced(&self, host: &Host, addresses: &[IpAddr]) -> Result<()> {
        for &address in addresses {
            let announces = |frame: &Frame| frame.from(host.name()) && frame.announces(address);
            self.client.wire().expect(LONG, &format!("{} announces {address}", host.name()), announces)?;
        }
        Ok(())
    }

    /// Walks a section about a service, and asks for a page whenever one is to be had, which is from one of `pages`.
    fn service(&self, heading: &str, pages: &[&str]) -> Result<()> {
        let section = Section::read("docs/getting-started.md", heading)?;
        let [apt, create, check, restart, status, why, away, again] = &section.lines[..] else {
            bail!("{heading} has other steps: {:?}", section.lines)
        };
        let package = apt.strip_prefix("apt install ").context("a package to install")?;
        let (name, unit) = (create.split(' ').nth(2).context("a name")?, values(create, "--protect").concat());
        let addresses = values(create, "--address").into_iter().map(|address| {
            let (address, _) = address.split_once('/').with_context(|| format!("{address} has no length"))?;
            address.parse().with_context(|| address.to_owned())
        });
        let addresses: Vec<IpAddr> = addresses.collect::<Result<_>>()?;
        ensure!(addresses.iter().any(IpAddr::is_ipv4) && addresses.iter().any(IpAddr::is_ipv6), "{addresses:?}");
        let served = || {
            for &address in &addresses {
                let page = self.client.http_get(address, LONG)?;
                ensure!(pages.contains(&page.as_str()), "{address} has the page of {page}, not of {pages:?}");
            }
            Ok(())
        };
        for host in &self.hosts {
            // The image has it, for there is no network to have it from.
            host.sh(&format!("dpkg-query --show {package}"))?;
            let told = host.sh(create)?;
            ensure!(told.contains(&format!("{name} is created.")), "{told}");
            for (path, text) in &section.files {
                // What the page adds to a file that is there.
                let before = if heading == "haproxy" { host.read(path)? } else { String::new() };
                host.write(path, &format!("{before}\n{text}"))?;
            }
            host.sh(check)?;
            host.sh(restart)?;
        }
        let master = self.master(name)?;
        served()?;
        for host in &self.hosts {
            for look in [status, why] {
                let told = host.sh(look)?;
                ensure!(told.contains(name) && told.contains("Master"), "{look}: {told}");
            }
        }
        let [one, other] = [&self.hosts[master], &self.hosts[1 - master]];
        if let Some(shown) = &section.shown {
            let told = one.sh(status)?;
            ensure!(lasting(&told) == lasting(shown), "the page shows\n{shown}\nand it is\n{told}");
        }
        self.client.wire().skip();
        one.sh(away)?;
        self.announced(other, &addresses)?;
        served()?;
        if away.starts_with("systemctl stop") {
            // It tells so by its exit code as well.
            let told = one.run(&["sh", "-c", why])?;
            ensure!(told.stdout.contains(&unit) && told.stdout.contains("barred"), "{why}: {}", told.stdout);
        }
        one.sh(again)?;
        wait_instance(one, name, "backup", "")?;
        served()
    }

    /// Sends a ping from inside to the client over both families, and sees that a router has forwarded it.
    fn pinged(&self, inside: &Host, router: &Host) -> Result<()> {
        for target in ["192.0.2.3", "2001:db8::3"] {
            let address: IpAddr = target.parse()?;
            self.client.wire().skip();
            inside.sh(&format!("ping -c 1 -W 10 {target}"))?;
            let forwards = |frame: &Frame| {
                frame.from(router.name()) && matches!(frame.payload, Payload::Ip(_, to, _) if to == address)
            };
            self.client.wire().expect(LONG, &format!("{} forwards the ping to {target}", router.name()), forwards)?;
        }
        Ok(())
    }

    /// Walks the section about routers: the one and the other forward what a host inside sends through the pair.
    fn routers(&self) -> Result<()> {
        let section = Section::read("docs/getting-started.md", "A router pair")?;
        let [check, sysctl, outside, inside, to_four, to_six, back_four, back_six, status, why, away, again] =
            &section.lines[..]
        else {
            bail!("the routers have other steps: {:?}", section.lines)
        };
        for (host, priority) in self.hosts.iter().zip(["150", "100"]) {
            for (path, text) in &section.files {
                host.write(path, &text.replace("= 150", &format!("= {priority}")))?;
            }
            // What a container may not set, unless it is let.
            host.sh("mount -o remount,bind,rw /proc/sys")?;
            for line in [check, sysctl, outside, inside] {
                host.sh(line)?;
            }
        }
        let mut near = self.lab.bare_host("near")?;
        near.add_nic("eth0", &self.inside, &["198.51.100.20/24", "2001:db8:1::20/64"])?;
        for line in [to_four, to_six] {
            near.sh(line)?;
        }
        for line in [back_four, back_six] {
            self.client.sh(line)?;
        }
        let [left, right] = &self.hosts;
        let served_by = |master: &Container, other: &Container| {
            for name in ["outside", "inside"] {
                wait_instance(master, name, "master", "")?;
                wait_told(other, name, "no Master", |instance| state_of(instance) != "master")?;
            }
            self.pinged(&near, master)
        };
        served_by(left, right)?;
        for host in &self.hosts {
            for look in [status, why] {
                host.sh(look)?;
            }
        }
        left.sh(away)?;
        served_by(right, left)?;
        left.sh(again)?;
        served_by(left, right)?;
        // Whichever cable: that of the link outside, over which nothing can be resigned any more.
        self.lab.switch().unplug("left", "eth0")?;
        for name in ["outside", "inside"] {
            wait_instance(right, name, "master", "")?;
        }
        self.pinged(&near, right)
    }
}

#[test]
fn every_way_leads_to_addresses_that_move() -> Result<()> {
    Binaries::for_tests()?;
    let scene = Scene::new()?;
    scene.service("nginx", &["left", "right"])?;
    scene.service("apache2", &["left", "right"])?;
    let servers = ["one", "two"].into_iter().zip(["192.0.2.101", "192.0.2.102"]).map(|(name, address)| {
        let host = scene.lab.host_with(name, &[format!("{address}/24")])?;
        let web = host.web(&[address.parse()?])?;
        Ok((host, web))
    });
    let servers: Vec<_> = servers.collect::<Result<_>>()?;
    scene.service("haproxy", &["one", "two"])?;
    drop(servers);
    scene.routers()?;
    // What has to be asked on a host with an instance that is called so.
    for line in Section::read("docs/dbus.md", "D-Bus reference")?.lines {
        scene.hosts[0].sh(&line)?;
    }
    Ok(())
}
