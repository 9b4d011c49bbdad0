//! A gateway on a kernel that has loaded no packet filter yet, which the daemon's unit may not do.

use std::time::Duration;

use anyhow::{Result, ensure};
use lab::pair::{LONG, VIP4, VIP6, VIPS, VRID, machine, wait_instance};
use lab::{Lab, Model, Release};

use super::put;

/// How long whoever has an address may take to say so, emulated.
const ANSWER: Duration = Duration::from_secs(3);
/// No host answers pings within this time that takes the packets.
const PING: &str = "ping -n -c 5 -i 0.2 -W 1";

fn drops_and_advertises(release: Release) -> Result<()> {
    let lab = Lab::new(&format!("vm-gateway-{}", release.number()))?;
    let client = lab.client("client")?;
    client.sh("sysctl -qw net.ipv6.conf.eth0.accept_ra=2")?;
    let mut router = machine(&lab, "router", release)?.with(Model::Rtl8139);
    router.boot()?;
    router.sh("! grep -q ^nf_tables /proc/modules && sysctl -qw net.ipv6.conf.all.forwarding=1")?;
    let configuration = format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = {VRID}\naccept = false\nhold = \"none\"\n\
         addresses = [\"{VIP4}/24\", \"fe80::10/64\", \"{VIP6}/64\"]\n\
         router_advertisement = {{ prefixes = [\"2001:db8::/64\"] }}\n"
    );
    put(&router, "/etc/vrrp/vrrp.toml", &configuration)?;
    router.sh("vrrpadm create inst1")?;
    wait_instance(&router, "inst1", "master", "")?;
    client.wait_network(LONG, "the gateway as default router", |host| {
        Ok(host.sh("ip -6 route")?.contains("default via fe80::10 dev eth0 proto ra"))
    })?;
    for vip in VIPS {
        ensure!(client.who_has(vip, ANSWER)? == ["router"], "nobody answers for {vip}");
        let pings = client.run(&[PING, &vip.to_string()].join(" ").split(' ').collect::<Vec<_>>())?;
        ensure!(pings.code == Some(1) && pings.stdout.contains(" 0 received"), "{vip}: {pings:?}");
    }
    let shown = router.sh("nft list ruleset")?;
    ensure!(shown.contains("table inet vrrpd") && shown.contains("192.0.2.10"), "{shown}");
    // Without them it takes packets, so what was lost above was dropped.
    router.sh("sed -i s/^accept/#accept/ /etc/vrrp/vrrp.toml && vrrpadm reload")?;
    for vip in VIPS {
        client.sh(&format!("{PING} {vip}"))?;
    }
    Ok(())
}

#[test]
fn the_kernel_loads_its_packet_filter_for_the_daemon() -> Result<()> {
    drops_and_advertises(Release::Debian12)?;
    drops_and_advertises(Release::Debian13)
}
