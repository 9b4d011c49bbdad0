//! A daemon that dies or hangs loses its addresses by itself, and one that starts again finds what it left.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use lab::peer::Vrrpd;
use lab::{Host, Lab};
use nix::sys::signal::Signal;

use super::{VIPS, WAIT, configuration, instance, served_by, virtual_addresses};

const HELD: [&str; 2] = ["lo 192.0.2.10", "lo 2001:db8::10"];
/// The kernel counts lifetimes in whole seconds, so 2 s is the shortest lease; it looks at them every second or so.
const LEASE: Duration = Duration::from_secs(4);

/// Waits until no link but lo has a virtual address; returns how long that took.
fn fenced(host: &Host) -> Result<Duration> {
    let start = Instant::now();
    host.wait_network(WAIT, "the leases to end", |host| Ok(virtual_addresses(host)? == HELD))?;
    Ok(start.elapsed())
}

/// The link settings that holding needs, of every link; `lo` has none.
fn settings(host: &Host) -> Result<String> {
    host.sh("cd /proc/sys/net/ipv4/conf && grep . eth0/arp_ignore eth0/arp_announce eth0/rp_filter all/arp_ignore")
}

#[test]
fn a_dead_daemon_loses_its_claims_and_keeps_its_holds() -> Result<()> {
    for mac in ["interface", "virtual"] {
        let lab = Lab::new(&format!("crash-lease-{mac}"))?;
        let (host, client) = (lab.host("left")?, lab.client("client")?);
        let vrrpd = Vrrpd::start(&host, &(configuration(100) + &format!("mac = \"{mac}\"\n")))?;
        vrrpd.wait(WAIT, "inst1", "Master")?;
        served_by(&client, "left")?;
        vrrpd.crash()?;
        let took = fenced(&host)?;
        println!("killed, {mac} MAC: the claims were gone after {took:.1?}");
        ensure!(took < LEASE, "{took:?}");
        for vip in VIPS {
            let vip = vip.split('/').next().unwrap_or_default().parse()?;
            host.listen(vip)?;
            assert_eq!(client.who_has(vip, Duration::from_millis(300))?, [""; 0]);
        }
    }
    Ok(())
}

#[test]
fn a_stopped_process_loses_its_claims_and_takes_them_back_when_it_goes_on() -> Result<()> {
    let lab = Lab::new("crash-stall")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let client = lab.client("client")?;
    let stalled = Vrrpd::start(&left, &configuration(200))?;
    stalled.wait(WAIT, "inst1", "Master")?;
    let other = Vrrpd::start(&right, &configuration(100))?;
    other.wait(WAIT, "inst1", "Backup")?;
    stalled.process().signal(Signal::SIGSTOP)?;
    other.wait(WAIT, "inst1", "Master")?;
    let took = fenced(&left)?;
    println!("stopped: the claims were gone {took:.1?} after the other host took over");
    ensure!(took < LEASE, "{took:?}");
    served_by(&client, "right")?;
    client.wire().skip();
    stalled.process().signal(Signal::SIGCONT)?;
    // It is better, but has not listened: the other one is not deposed before it has.
    let first = client.wire().expect(WAIT, "its first word", |frame| frame.from("left") && frame.advert().is_some())?;
    ensure!(first.resigns(), "{first}");
    other.wait(WAIT, "inst1", "Backup")?;
    left.wait_address(WAIT, "eth0", "192.0.2.10/32")?;
    left.wait_address(WAIT, "eth0", "2001:db8::10/128")?;
    served_by(&client, "left")
}

/// The worse host hangs as Master, and the better one comes meanwhile: it must not come back as Master.
#[test]
fn a_stopped_process_that_goes_on_hears_the_new_master_first() -> Result<()> {
    let lab = Lab::new("crash-deposed")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let wire = lab.switch().capture()?;
    let stalled = Vrrpd::start(&left, &configuration(100))?;
    stalled.wait(WAIT, "inst1", "Master")?;
    stalled.process().signal(Signal::SIGSTOP)?;
    let other = Vrrpd::start(&right, &configuration(200))?;
    other.wait(WAIT, "inst1", "Master")?;
    fenced(&left)?;
    wire.skip();
    stalled.process().signal(Signal::SIGCONT)?;
    stalled.wait(WAIT, "inst1", "Backup")?;
    wire.none(Duration::from_secs(1), "the deposed Master advertises", |frame| {
        frame.from("left") && frame.advertises(51)
    })?;
    assert_eq!(virtual_addresses(&left)?, HELD);
    Ok(())
}

#[test]
fn a_new_daemon_clears_and_takes_over_what_the_dead_one_left() -> Result<()> {
    for mac in ["interface", "virtual"] {
        let lab = Lab::new(&format!("crash-again-{mac}"))?;
        let (left, right) = (lab.host("left")?, lab.host("right")?);
        let client = lab.client("client")?;
        let untouched = settings(&left)?;
        let links = left.ip("link show")?.as_array().map(Vec::len);
        let config = |priority| configuration(priority) + &format!("mac = \"{mac}\"\n");
        let mut vrrpd = Vrrpd::start(&left, &config(200))?;
        let _web = left.web(&["192.0.2.10".parse()?, "2001:db8::10".parse()?])?;
        vrrpd.wait(WAIT, "inst1", "Master")?;
        let other = Vrrpd::start(&right, &config(100))?;
        other.wait(WAIT, "inst1", "Backup")?;
        for _ in 0..3 {
            vrrpd.crash()?;
            vrrpd.start_again(&left)?;
            vrrpd.wait(WAIT, "inst1", "Master")?;
            left.wait_network(WAIT, "the claims", |host| Ok(virtual_addresses(host)?.len() == 4))?;
        }
        other.wait(WAIT, "inst1", "Backup")?;
        served_by(&client, "left")?;
        vrrpd.stop()?;
        assert_eq!(virtual_addresses(&left)?, [""; 0]);
        assert_eq!(left.ip("link show")?.as_array().map(Vec::len), links);
        assert_eq!(settings(&left)?, untouched);
        other.wait(WAIT, "inst1", "Master")?;
        served_by(&client, "right")?;
    }
    Ok(())
}

#[test]
fn what_is_no_longer_configured_goes_at_the_next_start() -> Result<()> {
    let lab = Lab::new("crash-renumber")?;
    let host = lab.host("left")?;
    let mut vrrpd = Vrrpd::start(&host, &configuration(100))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    vrrpd.crash()?;
    vrrpd.rewrite(&instance("inst2", 52, 100, &["192.0.2.20/24"]))?;
    vrrpd.start_again(&host)?;
    vrrpd.wait(WAIT, "inst2", "Master")?;
    let expected = ["eth0 192.0.2.20", "lo 192.0.2.20"];
    host.wait_network(WAIT, "only the configured addresses", |host| Ok(virtual_addresses(host)? == expected))
}

#[test]
fn a_second_daemon_in_the_namespace_is_refused() -> Result<()> {
    let lab = Lab::new("crash-second")?;
    let host = lab.host("left")?;
    let vrrpd = Vrrpd::start(&host, &configuration(100))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let program = lab::install::Binaries::for_tests()?.vrrpd.display().to_string();
    let output = host.run(&[program.as_str(), "--bus", "none"])?;
    ensure!(output.code == Some(1), "{output:?}");
    ensure!(output.stderr.contains("another vrrpd runs in this network namespace"), "{output:?}");
    ensure!(vrrpd.standing("inst1").is_some_and(|standing| standing.starts_with("Master")));
    Ok(())
}
