//! Two machines that are switched on, off and on again, and who is served meanwhile.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Result, ensure};
use lab::pair::{Pair, VIP4, VIPS, VRID, wait_instance};
use lab::{AT_ONCE, Model, Requests, Vm};

/// Emulated, a machine takes this long to do what others do in a moment.
const SLOW: Duration = Duration::from_secs(60);
/// The longest that clients may wait when the power is cut: some 0.7 s by the protocol, and what emulation adds.
const SILENCE: Duration = Duration::from_secs(5);
/// At least so long: three advertisements must have been missed.
const TAKEN_OVER: Duration = Duration::from_millis(400);
/// Where the client's requests come from.
const CLIENT: &str = "192.0.2.3";

fn client() -> Result<IpAddr> {
    Ok(CLIENT.parse()?)
}

/// Nobody was refused and nobody had to wait. What was under way when the address went there and back again may have been cut off: a
/// connection is its host's, and an emulated one takes a while.
fn nothing_lost(what: &str, requests: &Requests) -> Result<()> {
    let (refused, timed_out, reset) = (requests.refused, requests.timed_out, requests.reset);
    let (sent, slowest) = (requests.sent(), requests.slowest);
    println!("{what}: {sent} requests, slowest {slowest:?}, {reset} reset, {:?}", requests.answered_by);
    ensure!(refused + timed_out == 0, "{what}: {refused} refused, {timed_out} timed out");
    ensure!(reset <= 2 * AT_ONCE, "{what}: {reset} reset");
    ensure!(sent > 100, "{what}: {sent} requests");
    Ok(())
}

/// Both come up together: the better one serves, and no address is on two links for longer than it takes to hear the other.
fn both_boot_at_once(pair: &mut Pair<Vm>) -> Result<()> {
    pair.each(Vm::boot)?;
    wait_instance(&pair.left, "inst1", "master", "")?;
    wait_instance(&pair.right, "inst1", "backup", "192.0.2.1 is Master")?;
    pair.expect_served_by("left")
}

/// A planned reboot of the Master: systemd hands the addresses over before the service goes, and they come back afterwards.
fn reboot(pair: &mut Pair<Vm>) -> Result<()> {
    let load = pair.client.load(client()?, VIP4, Duration::from_millis(20));
    pair.client.wire().skip();
    pair.left.start_reboot()?;
    pair.expect_resignation("left")?;
    pair.expect_served_by("right")?;
    pair.left.wait_up()?;
    pair.expect_served_by("left")?;
    wait_instance(&pair.right, "inst1", "backup", "192.0.2.1 is Master")?;
    nothing_lost("a reboot of the Master", &load.stop()?)
}

/// No word, no time: the other machine takes over when three advertisements are missed.
fn power_cut(pair: &mut Pair<Vm>) -> Result<()> {
    let load = pair.client.load(client()?, VIP4, Duration::from_millis(20));
    pair.wait_served_by("left")?;
    pair.client.wire().skip();
    pair.left.power_cut();
    pair.expect_served_by("right")?;
    let requests = load.stop()?;
    println!("a power cut: silent for {:?}", requests.longest_silence());
    let silent = requests.longest_silence();
    ensure!(silent > TAKEN_OVER && silent < SILENCE, "{silent:?}");
    pair.left.boot()?;
    pair.expect_served_by("left")
}

/// A hypervisor that stops the Master for a while makes no second one for longer than that one needs to hear the other.
fn paused(pair: &mut Pair<Vm>) -> Result<()> {
    pair.client.wire().skip();
    pair.left.pause()?;
    pair.expect_served_by("right")?;
    pair.client.wire().skip();
    pair.left.go_on()?;
    pair.expect_served_by("left")?;
    wait_instance(&pair.right, "inst1", "backup", "192.0.2.1 is Master")?;
    // Who speaks for the address now is one.
    pair.client.wire().none(Duration::from_secs(1), "an advertisement of right", |frame| {
        frame.from("right") && frame.advertises(VRID)
    })
}

/// With the cable out the service starts all the same, because its address is held; with the cable in it serves.
fn boot_without_a_cable(pair: &mut Pair<Vm>) -> Result<()> {
    pair.left.power_off()?;
    pair.expect_served_by("right")?;
    pair.left.switch_on()?;
    pair.left.unplug("eth0")?;
    pair.left.wait_up()?;
    pair.left.wait_unit(SLOW, "http.service", "active")?;
    wait_instance(&pair.left, "inst1", "fault", "eth0 has no carrier")?;
    for vip in VIPS {
        pair.left.sh(&format!("curl --silent --fail --noproxy '*' http://{}/", url(vip)))?;
    }
    pair.client.wire().skip();
    pair.left.plug("eth0")?;
    pair.expect_served_by("left")
}

fn url(address: IpAddr) -> String {
    if address.is_ipv4() { address.to_string() } else { format!("[{address}]") }
}

#[test]
fn two_machines_are_booted_rebooted_cut_off_and_paused() -> Result<()> {
    let mut pair = Pair::machines("vm-power", Model::Rtl8139)?;
    both_boot_at_once(&mut pair)?;
    reboot(&mut pair)?;
    paused(&mut pair)?;
    power_cut(&mut pair)?;
    boot_without_a_cable(&mut pair)?;
    Ok(())
}
