//! Somebody removes what is ours: it is put back at once, and the Master stays Master.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Host, Lab, Process};

use super::{WAIT, configuration};

/// An address is missing no longer than this, on a machine that does much else.
const REPAIR: Duration = Duration::from_millis(100);

/// The kernel's reports about addresses, with the time of each.
struct Monitor(Process);

impl Monitor {
    fn start(host: &Host) -> Result<Self> {
        let process = host.spawn(&["ip", "-ts", "-o", "monitor", "address"])?;
        // It has subscribed when it reports this.
        host.sh("ip address add 127.0.0.2/32 dev lo")?;
        process.wait_line(WAIT, "127.0.0.2/32")?;
        Ok(Self(process))
    }

    /// Waits until an address is back on a link, and tells how long it was away.
    fn away(&self, address: &str, link: &str) -> Result<Duration> {
        let about = |line: &str| line.contains(&format!(" {address} ")) && line.contains(&format!(" {link} "));
        let find = || -> Result<Option<(f64, f64)>> {
            let lines = self.0.log().lines();
            let mut lines = lines.iter().filter(|line| about(line));
            let gone = lines.by_ref().find(|line| line.contains("Deleted"));
            let back = lines.find(|line| !line.contains("Deleted"));
            let (Some(gone), Some(back)) = (gone, back) else { return Ok(None) };
            Ok(Some((seconds(gone)?, seconds(back)?)))
        };
        let waited = self.0.log().wait_until(WAIT, || Ok(find()?.is_some()));
        waited.with_context(|| format!("{address} did not come back to {link}"))?;
        let (gone, back) = find()?.context("found just now")?;
        // Midnight may lie between the two.
        Ok(Duration::from_secs_f64((back - gone).rem_euclid(86_400.0)))
    }
}

/// The seconds of the day in `[2026-11-21T14:42:34.123456]`.
fn seconds(line: &str) -> Result<f64> {
    let stamp = line.split(['[', ']']).nth(1).context("no timestamp")?;
    let time = stamp.split_once('T').context("no time of day")?.1;
    let parts = time.split(':').map(str::parse::<f64>).collect::<Result<Vec<_>, _>>()?;
    Ok(parts.iter().fold(0.0, |sum, part| sum * 60.0 + part))
}

/// Removes addresses from a Master by a command and measures how long each was away.
fn repairs(name: &str, command: &str, addresses: &[(&str, &str)]) -> Result<()> {
    let lab = Lab::new(name)?;
    let host = lab.host("left")?;
    let client = lab.client("client")?;
    let vrrpd = Vrrpd::start(&host, &configuration(200))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    for (address, link) in addresses {
        host.wait_address(WAIT, link, address)?;
    }
    let monitor = Monitor::start(&host)?;
    // `ip address flush` goes on until nothing is left, and complains when addresses come back faster than it removes them.
    let output = host.run(&["sh", "-c", command])?;
    let outrun = output.stderr.contains("Flush remains incomplete");
    ensure!(output.code == Some(0) || outrun, "{output:?}");
    for (address, link) in addresses {
        let away = monitor.away(address, link)?;
        println!("{command}: {address} was away from {link} for {away:.1?}");
        ensure!(away < REPAIR, "{away:?}");
        host.wait_address(WAIT, link, address)?;
    }
    ensure!(vrrpd.standing("inst1").is_some_and(|standing| standing.starts_with("Master")));
    for vip in ["192.0.2.10", "2001:db8::10"] {
        assert_eq!(client.who_has(vip.parse()?, Duration::from_millis(300))?, ["left"]);
        host.listen(vip.parse()?)?;
    }
    let resigns = client.wire().all(lab::Frame::resigns);
    ensure!(resigns.is_empty(), "{}", resigns[0]);
    Ok(())
}

#[test]
fn an_ipv4_address_deleted_from_its_link() -> Result<()> {
    repairs("tamper-v4", "ip address delete 192.0.2.10/32 dev eth0", &[("192.0.2.10/32", "eth0")])
}

#[test]
fn an_ipv6_address_deleted_from_its_link() -> Result<()> {
    repairs("tamper-v6", "ip address delete 2001:db8::10/128 dev eth0", &[("2001:db8::10/128", "eth0")])
}

#[test]
fn held_addresses_deleted_from_lo() -> Result<()> {
    let command = "ip address delete 192.0.2.10/32 dev lo; ip address delete 2001:db8::10/128 dev lo";
    repairs("tamper-lo", command, &[("192.0.2.10/32", "lo"), ("2001:db8::10/128", "lo")])
}

#[test]
fn lo_flushed() -> Result<()> {
    let addresses = [("192.0.2.10/32", "lo"), ("2001:db8::10/128", "lo")];
    repairs("tamper-flush", "ip address flush dev lo", &addresses)
}

/// The kernel keeps IPv4 addresses on a link that is down, and forgets those of IPv6.
#[test]
fn lo_down_and_up() -> Result<()> {
    repairs("tamper-lo-down", "ip link set lo down; ip link set lo up", &[("2001:db8::10/128", "lo")])
}

#[test]
fn everything_flushed_from_the_link_but_the_primary_addresses() -> Result<()> {
    let addresses = [("192.0.2.10/32", "eth0"), ("2001:db8::10/128", "eth0")];
    let command = "ip address flush dev eth0 to 192.0.2.10/32; ip address flush dev eth0 to 2001:db8::10/128";
    repairs("tamper-link-flush", command, &addresses)
}
