//! Many instances on one host: what one cause does to all of them is told once, and nobody waits for anybody.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Frame, Host, Lab};
use serde_json::Value;

const WAIT: Duration = Duration::from_secs(20);
/// More than a client of the bus keeps of what it has not looked at.
const MANY: usize = 200;

fn configuration(mac: &str) -> String {
    let mut text = format!("[defaults]\nadvert_interval = \"500ms\"\nmac = \"{mac}\"\n");
    for number in 1..=MANY {
        let _ = write!(
            text,
            "[instance.i{number}]\ninterface = \"eth0\"\nvrid = {number}\naddresses = [\"198.51.100.{number}/32\"]\n"
        );
    }
    text
}

fn masters(vrrpd: &Vrrpd) -> Result<usize> {
    let status = vrrpd.status()?;
    let instances = status["instances"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(instances.iter().filter(|one| one["state"] == "master").count())
}

fn start(host: &Host, mac: &str) -> Result<Vrrpd> {
    let vrrpd = Vrrpd::start(host, &configuration(mac))?;
    host.wait_network(WAIT, "every instance to be Master", |_| Ok(masters(&vrrpd)? == MANY))?;
    Ok(vrrpd)
}

/// The lines with a text that the daemon has logged.
fn told(vrrpd: &Vrrpd, text: &str) -> Vec<String> {
    let lines = vrrpd.process().log().lines().into_iter();
    lines.filter(|line| line.contains(text)).collect()
}

#[test]
fn one_cause_is_one_line() -> Result<()> {
    let lab = Lab::new("many-lines")?;
    let host = lab.host("left")?;
    let vrrpd = start(&host, "interface")?;
    for (change, line) in
        [("down", "200 instances: Master -> Fault: eth0 is down: "), ("up", "200 instances: Fault -> ")]
    {
        host.run(&["ip", "link", "set", "eth0", change])?.ok()?;
        if change == "up" {
            host.run(&["ip", "address", "replace", "192.0.2.1/24", "dev", "eth0"])?.ok()?;
        }
        vrrpd.process().log().wait_line(WAIT, line)?;
        ensure!(told(&vrrpd, line).len() == 1, "{:?}", told(&vrrpd, line));
    }
    ensure!(told(&vrrpd, "i1: ").is_empty(), "{:?}", told(&vrrpd, "i1: "));
    ensure!(told(&vrrpd, "sending failed").len() <= 1, "{:?}", told(&vrrpd, "sending failed"));
    vrrpd.stop()
}

/// A client that only waited for its answer would not take the signals about every instance, and never come to it.
#[test]
fn a_daemon_of_many_is_replaced() -> Result<()> {
    let lab = Lab::new("many-reexec")?;
    let host = lab.host("left")?;
    let vrrpd = start(&host, "interface")?;
    let told = vrrpd.adm(&["reexec"])?.ok()?;
    ensure!(told.contains("Instances that are Master: 200."), "{told}");
    vrrpd.stop()
}

#[test]
fn many_virtual_macs_resign_and_go_in_no_time() -> Result<()> {
    let lab = Lab::new("many-macs")?;
    let (host, client) = (lab.host("left")?, lab.client("client")?);
    let vrrpd = start(&host, "virtual")?;
    client.wire().skip();
    let start = Instant::now();
    vrrpd.stop()?;
    let took = start.elapsed();
    let resigned = client.wire().all(Frame::resigns).len();
    ensure!(resigned == MANY, "{resigned} resignations");
    let links = host.sh("ip -o link")?;
    ensure!(!links.contains("vrrp4-"), "{links}");
    println!("stopped as Master of {MANY} with virtual MAC addresses in {took:?}");
    Ok(())
}

/// How often each instance has announced its addresses.
fn announced(vrrpd: &Vrrpd) -> Result<BTreeMap<String, u64>> {
    let status = vrrpd.status()?;
    let instances = status["instances"].as_array().map(Vec::as_slice).unwrap_or_default();
    let counted = |one: &Value| {
        let count = one["routers"][0]["counters"]["announcements_sent"].as_u64();
        Ok((one["name"].as_str().context("no name")?.to_owned(), count.context("no counter")?))
    };
    instances.iter().map(counted).collect()
}

/// All leases are longer then, which is nothing that the network has to know.
#[test]
fn one_instance_more_has_no_other_announce() -> Result<()> {
    /// At once, and after 20 ms, 100 ms, 1 s and 5 s.
    const TIMES: u64 = 5;
    let lab = Lab::new("many-more")?;
    let host = lab.host("left")?;
    let vrrpd = start(&host, "interface")?;
    // Leases are renewed meanwhile, of which the kernel tells.
    let over = |_: &Host| Ok(announced(&vrrpd)?.values().all(|times| *times == TIMES));
    host.wait_network(WAIT, "the last announcements", over)?;
    let more = "[instance.more]\ninterface = \"eth0\"\nvrid = 201\naddresses = [\"198.51.100.201/32\"]\n";
    vrrpd.reload(&(configuration("interface") + more))?;
    vrrpd.wait(WAIT, "more", "Master")?;
    let mut others = announced(&vrrpd)?;
    ensure!(others.remove("more").is_some(), "it is not there");
    others.retain(|_, times| *times != TIMES);
    ensure!(others.is_empty(), "they announced again: {others:?}");
    vrrpd.stop()
}
