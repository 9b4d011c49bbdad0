//! The README's way to the first protected service, walked on hosts that run already.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Context as _, Result, ensure};
use lab::install::{Binaries, install};
use lab::packaging::{Contents, debian};
use lab::pair::{LONG, VRID};
use lab::record::{self, Picture, outline};
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

/// The picture that the README has is one of the story as it goes today.
fn shows_the_same(new: &Picture) -> Result<()> {
    let file = workspace::root().join("docs/pictures").join(new.name);
    let kept = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let (kept, new) = (outline(&kept)?, outline(&new.svg)?);
    let (gone, come): (Vec<_>, Vec<_>) = (kept.difference(&new).collect(), new.difference(&kept).collect());
    ensure!(
        gone.is_empty() && come.is_empty(),
        "{} is out of date: run `cargo lab record`. It lacks {come:#?}, and has {gone:#?}",
        file.display()
    );
    Ok(())
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
        // Of two with the same priority, the first is Master.
        wire.expect(LONG, "left is Master", |frame| frame.from("left") && frame.advertises(VRID))?;
    }
    let served = client.http_get(VIP, LONG)?;
    ensure!(served == "left", "{served} answers");
    let [left, right] = &hosts;
    let pictures = record::pictures(left, right)?;
    wire.expect(LONG, "right announces the address", |frame| frame.from("right") && frame.announces(VIP))?;
    let then = client.http_get(VIP, LONG)?;
    ensure!(then == "right", "{then} answers, and not right");
    pictures.iter().try_for_each(shows_the_same)
}
