//! systemd-networkd and NetworkManager, each as its release ships it, configure the link of a Master anew.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::install::{Binaries, install};
use lab::pair::{instance, wait_instance};
use lab::{Client, Container, Lab, Release};

use super::scene::{configuration, disturb};

/// Beside the instance that the client asks, one whose macvlan tempts whoever configures every link.
const TEMPTATION: &str = "[instance.inst2]\ninterface = \"eth0\"\nvrid = 52\naddresses = [\"192.0.2.20/24\"]\n\
                          priority = 200\nmac = \"virtual\"\n";
const NETWORK: &str = "[Match]\nName=eth0\n[Network]\nAddress=192.0.2.9/24\nAddress=2001:db8::9/64\nIPv6AcceptRA=no\n";
const EVERY_LINK: &str = "[Match]\nType=ether\n[Network]\nDHCP=yes\n";
const CONNECTION: &str = "[connection]\nid=eth0\ntype=ethernet\ninterface-name=eth0\n\
                          [ipv4]\nmethod=manual\naddress1=192.0.2.9/24\n\
                          [ipv6]\nmethod=manual\naddress1=2001:db8::9/64\naddr-gen-mode=eui64\n";

/// What the client may lose of each disturbance, of a thousand a second.
const LOST: usize = 30;

#[test]
fn nobody_notices_networkd_nor_networkmanager_on_252() -> Result<()> {
    managed(Release::Debian12)
}

#[test]
fn nobody_notices_networkd_nor_networkmanager_on_257() -> Result<()> {
    managed(Release::Debian13)
}

fn managed(release: Release) -> Result<()> {
    let lab = Lab::new(&format!("managers-{}", release.number()))?;
    // networkd gives it its addresses.
    let mut host = lab.container_with::<&str>("left", release, &[])?;
    let tree = lab.logs().join("installed");
    install(Binaries::for_tests()?, &tree)?;
    host.install(&tree)?;
    let service = "systemd-networkd.service";
    host.symlink(
        &format!("/usr/lib/systemd/system/{service}"),
        &format!("/etc/systemd/system/multi-user.target.wants/{service}"),
    )?;
    let client = lab.client("client")?;
    host.write("/etc/vrrp/vrrp.toml", &(configuration(200, "1s", "") + TEMPTATION))?;
    host.write("/etc/systemd/network/20-eth0.network", NETWORK)?;
    host.write("/etc/systemd/network/90-every.network", EVERY_LINK)?;
    host.write("/etc/NetworkManager/system-connections/eth0.nmconnection", CONNECTION)?;
    host.boot()?;
    let _echo = host.echo()?;
    for name in ["inst1", "inst2"] {
        wait_instance(&host, name, "master", "")?;
    }
    networkd(&host, &client)?;
    network_manager(&host, &client)?;
    for name in ["inst1", "inst2"] {
        let told = instance(&host, name)?;
        for router in told["routers"].as_array().context("no routers")? {
            ensure!(router["counters"]["master_transitions"] == 1, "{told}");
            ensure!(router["counters"]["priority_zero_sent"] == 0, "{told}");
        }
    }
    Ok(())
}

fn networkd(host: &Container, client: &Client) -> Result<()> {
    let wait = "/usr/lib/systemd/systemd-networkd-wait-online --interface=eth0 --timeout=20";
    let commands = [
        "networkctl reload",
        "networkctl reconfigure eth0",
        "touch /etc/systemd/network/20-eth0.network; networkctl reload",
        "systemctl restart systemd-networkd",
    ];
    for command in commands {
        if command.contains("restart") && host.release() == Release::Debian12 {
            // Its networkd fails where the addresses are there already ("Numerical result out of range"), with and
            // without vrrpd.
            continue;
        }
        disturb(host, client, &format!("{command}; {wait}"), || Ok(()))?.unnoticed(LOST)?;
    }
    let links = host.sh("networkctl --no-pager --no-legend")?;
    let state = |name: &str| {
        let line = links.lines().find(|line| line.contains(name));
        line.and_then(|line| line.split_whitespace().last()).unwrap_or_default().to_owned()
    };
    ensure!((state(" eth0 ").as_str(), state(" vrrp4-52-").as_str()) == ("configured", "unmanaged"), "{links}");
    host.sh("systemctl stop systemd-networkd.socket systemd-networkd.service 2>/dev/null; true")?;
    Ok(())
}

fn network_manager(host: &Container, client: &Client) -> Result<()> {
    // The lab's images keep it from starting by itself.
    host.sh("rm /etc/systemd/system/NetworkManager.service; systemctl daemon-reload; \
         chmod 600 /etc/NetworkManager/system-connections/*")?;
    for command in [
        "systemctl start NetworkManager && nm-online --quiet --timeout=20",
        "nmcli connection up eth0",
        "nmcli device reapply eth0",
        "nmcli connection reload",
        "systemctl restart NetworkManager && nm-online --quiet --timeout=20",
    ] {
        disturb(host, client, command, || Ok(()))?.unnoticed(LOST)?;
    }
    let devices = host.sh("nmcli --terse --fields DEVICE,STATE device")?;
    ensure!(devices.lines().any(|line| line.starts_with("vrrp4-52-") && line.ends_with(":unmanaged")), "{devices}");
    // The unit hides the processes of others: their numbers are known, not their names. What goes with the address is told in the
    // same line, and the fifth round of a minute as a fight.
    let names = |line: &String| line.contains("process ") && (line.contains(" removed ") || line.contains(" removes "));
    host.wait_journal(Duration::from_secs(5), "who it was", |host| Ok(host.journal()?.lines().iter().any(names)))
}
