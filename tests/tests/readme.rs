//! The README's way to the first protected service, walked on hosts that run already.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Context as _, Result, ensure};
use lab::install::{Binaries, install};
use lab::pair::LONG;
use lab::{Lab, Release, workspace};

const VIP: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10));

#[test]
fn two_commands_protect_a_service_on_running_hosts() -> Result<()> {
    let readme = fs::read_to_string(workspace::root().join("README.md"))?;
    let command = |start: &str| {
        let line = readme.lines().find(|line| line.starts_with(start));
        line.with_context(|| format!("the README has no line that starts with {start}"))
    };
    let (activate, create) = (command("systemctl daemon-reload")?, command("vrrpadm create web --interface")?);

    let lab = Lab::new("readme")?;
    let tree = lab.logs().join("tree");
    install(Binaries::for_tests()?, &tree)?;
    let (wire, client) = (lab.switch().capture()?, lab.client("client")?);
    let mut hosts = [lab.container("left", Release::Debian12)?, lab.container("right", Release::Debian13)?];
    for host in &mut hosts {
        host.boot()?;
        host.install(&tree)?;
        host.sh(activate)?;
        let told = host.sh(create)?;
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
