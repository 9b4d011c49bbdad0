//! Proofs about one host: of one family only, with several instances on a unit, several units under an instance, and units
//! that come later.

use anyhow::{Context, Result};
use lab::pair::{LONG, installed, instance, wait_instance};
use lab::{Client, Container, Frame, Lab, Release};

const SLEEPER: &str = "[Service]\nExecStart=/usr/bin/sleep infinity\n";

/// Boots a host with the product and further services `a` and `b`.
fn boot(lab: &Lab, release: Release) -> Result<Container> {
    let mut host = installed(lab, "host", release)?;
    for name in ["a", "b"] {
        host.write(&format!("/etc/systemd/system/{name}.service"), SLEEPER)?;
    }
    host.boot()?;
    host.systemctl("start a.service b.service")?;
    Ok(host)
}

fn create(host: &Container, name: &str, vrid: u8, protect: &str) -> Result<()> {
    let options = format!("--interface eth0 --vrid {vrid} --address 192.0.2.{vrid}/24 --advert-interval 100ms");
    host.vrrpadm(&format!("create {name} {options} {protect}"))?.ok()?;
    Ok(())
}

fn resigns(client: &Client, vrids: &[u8]) -> Result<()> {
    for vrid in vrids {
        let resigns = |frame: &Frame| frame.resigns() && frame.advert().is_some_and(|advert| advert.vrid == *vrid);
        client.wire().expect(LONG, &format!("the resignation of {vrid}"), resigns)?;
    }
    Ok(())
}

/// Lets two instances protect one unit, and one instance two units.
fn many_to_many(lab: &Lab, release: Release) -> Result<()> {
    let client = lab.client("client")?;
    let host = boot(lab, release)?;
    create(&host, "one", 61, "--protect a.service")?;
    create(&host, "two", 62, "--protect a.service")?;
    create(&host, "both", 63, "--protect a.service --protect b.service")?;
    let all = ["one", "two", "both"];
    for name in all {
        wait_instance(&host, name, "master", "")?;
    }
    client.wire().skip();
    lab.kill(host.main_pid("b.service")?)?;
    resigns(&client, &[63])?;
    wait_instance(&host, "both", "barred", "b.service is failed")?;
    assert_eq!(instance(&host, "one")?["state"], "master");
    host.systemctl("start b.service")?;
    wait_instance(&host, "both", "master", "")?;

    for (stop, state) in
        [("systemctl stop a.service", "inactive"), ("systemctl kill --signal KILL a.service", "failed")]
    {
        client.wire().skip();
        host.sh(stop)?;
        // Their order is nobody's business.
        for vrid in [61, 62, 63] {
            let resigned = |frame: &Frame| frame.resigns() && frame.advert().is_some_and(|advert| advert.vrid == vrid);
            host.wait_journal(LONG, &format!("the resignation of {vrid}"), |_| {
                Ok(!client.wire().all(resigned).is_empty())
            })?;
        }
        for name in all {
            wait_instance(&host, name, "barred", &format!("a.service is {state}"))?;
        }
        host.systemctl("start a.service")?;
        for name in all {
            wait_instance(&host, name, "master", "").with_context(|| format!("after `{stop}`"))?;
        }
    }
    // Only the units that are protected have to do with it.
    assert_eq!(host.active_state("b.service")?, "active");
    unit_that_comes_later(&client, &host)
}

/// Protects a unit which is not installed, then installs it and takes it away again.
fn unit_that_comes_later(client: &Client, host: &Container) -> Result<()> {
    create(host, "later", 64, "--protect later.service")?;
    wait_instance(host, "later", "barred", "later.service is inactive")?;
    host.write("/etc/systemd/system/later.service", SLEEPER)?;
    host.systemctl("daemon-reload")?;
    host.systemctl("start later.service")?;
    wait_instance(host, "later", "master", "")?;
    client.wire().skip();
    host.systemctl("stop later.service")?;
    resigns(client, &[64])?;
    host.sh("rm /etc/systemd/system/later.service && systemctl daemon-reload")?;
    wait_instance(host, "later", "barred", "later.service is inactive")?;
    an_alias_is_its_unit(client, host)
}

/// Protects a unit by another name than its own.
fn an_alias_is_its_unit(client: &Client, host: &Container) -> Result<()> {
    host.symlink("/etc/systemd/system/b.service", "/etc/systemd/system/web.service")?;
    host.systemctl("daemon-reload")?;
    create(host, "alias", 65, "--protect web.service")?;
    wait_instance(host, "alias", "master", "")?;
    client.wire().skip();
    host.systemctl("stop b.service")?;
    resigns(client, &[65])?;
    wait_instance(host, "alias", "barred", "web.service is inactive")?;
    host.systemctl("start web.service")?;
    wait_instance(host, "alias", "master", "")
}

#[test]
fn debian_12_follows_several_units_with_several_instances() -> Result<()> {
    many_to_many(&Lab::new("instances-12")?, Release::Debian12)
}

#[test]
fn debian_13_follows_several_units_with_several_instances() -> Result<()> {
    many_to_many(&Lab::new("instances-13")?, Release::Debian13)
}

/// Boots a host that has addresses of one family only, and its nginx bound to the virtual one.
fn one_family(lab: &Lab, client: &Client, name: &str, release: Release, own: &str, vip: &str) -> Result<()> {
    let vip: std::net::IpAddr = vip.parse()?;
    let mut host = lab.container_with(name, release, &[own])?;
    host.install(&lab.logs().join("installed"))?;
    let (listen, length) = if vip.is_ipv6() { (format!("[{vip}]"), 64) } else { (vip.to_string(), 24) };
    let site = format!("server {{\n\tlisten {listen}:80;\n\troot /var/www/html;\n}}\n");
    host.write("/etc/nginx/sites-available/default", &site)?;
    let config = format!(
        "[instance.inst1]\ninterface = 'eth0'\nvrid = 51\naddresses = ['{vip}/{length}']\nprotect = ['http.service']\n"
    );
    host.write("/etc/vrrp/vrrp.toml", &config)?;
    if vip.is_ipv4() {
        host.sh(
            "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6",
        )?;
    }
    host.boot()?;
    assert_eq!(host.active_state("http.service")?, "active");
    wait_instance(&host, "inst1", "master", "")?;
    assert_eq!(client.http_get(vip, LONG)?, name);
    client.wire().skip();
    lab.kill(host.main_pid("http.service")?)?;
    resigns(client, &[51])?;
    host.systemctl("start http.service")?;
    wait_instance(&host, "inst1", "master", "")?;
    host.power_off()
}

#[test]
fn hosts_with_ipv4_only_and_with_ipv6_only_serve() -> Result<()> {
    let lab = Lab::new("families")?;
    let client = lab.client("client")?;
    for release in Release::ALL {
        let number = release.number();
        // Makes the tree that every host installs.
        drop(installed(&lab, &format!("spare{number}"), release)?);
        one_family(&lab, &client, &format!("four{number}"), release, "192.0.2.77/24", "192.0.2.10")?;
        one_family(&lab, &client, &format!("six{number}"), release, "2001:db8::77/64", "2001:db8::10")?;
    }
    Ok(())
}
