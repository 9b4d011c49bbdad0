//! The README's way to the first protected service, walked on hosts that run already.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Context as _, Result, ensure};
use lab::install::{Binaries, install};
use lab::packaging::{Contents, debian};
use lab::pair::LONG;
use lab::{Container, Lab, Release, packages, workspace};

const VIP: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10));

/// A line of the README that is to be typed.
fn command(start: &str) -> Result<String> {
    let readme = fs::read_to_string(workspace::root().join("README.md"))?;
    let line = readme.lines().find(|line| line.starts_with(start));
    Ok(line.with_context(|| format!("the README has no line that starts with {start}"))?.to_owned())
}

/// As most do.
fn by_the_package(lab: &Lab, host: &Container) -> Result<()> {
    packages::ensure(packages::DEB)?;
    let tree = lab.logs().join("copied");
    debian::make(&Contents::for_tests()?, &tree.join("srv"))?;
    host.install(&tree)?;
    host.sh(&format!("cd /srv && {}", command("apt install ")?)).map(drop)
}

/// As those do who want no package.
fn by_the_tree(lab: &Lab, host: &Container) -> Result<()> {
    let tree = lab.logs().join("tree");
    command("cargo lab install --root /")?;
    install(Binaries::for_tests()?, &tree)?;
    host.install(&tree)?;
    host.sh(&command("systemctl daemon-reload")?).map(drop)
}

#[test]
fn a_service_is_protected_on_running_hosts_by_what_the_readme_says() -> Result<()> {
    let create = command("vrrpadm create web --interface")?;
    let lab = Lab::new("readme")?;
    let (wire, client) = (lab.switch().capture()?, lab.client("client")?);
    let mut hosts = [lab.container("left", Release::Debian12)?, lab.container("right", Release::Debian13)?];
    for (host, installs) in hosts.iter_mut().zip([by_the_package, by_the_tree]) {
        host.boot()?;
        installs(&lab, host)?;
        let told = host.sh(&create)?;
        ensure!(told.contains("web is created."), "{told}");
    }
    wire.expect(LONG, "a host announces the address", |frame| frame.announces(VIP))?;
    let served = client.http_get(VIP, LONG)?;
    let [master, other] = if served == hosts[0].name() { [0, 1] } else { [1, 0] };
    hosts[master].systemctl("stop nginx")?;
    let heir = hosts[other].name();
    wire.expect(LONG, "the other host announces the address", |frame| frame.from(heir) && frame.announces(VIP))?;
    let then = client.http_get(VIP, LONG)?;
    ensure!(then == heir, "{then} answers, and not {heir}");
    Ok(())
}
