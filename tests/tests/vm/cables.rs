//! Cables of real drivers that are pulled and plugged in, and what the carrier and the transceiver tell of it.

use std::time::Duration;

use anyhow::{Result, ensure};
use lab::pair::{Pair, wait_instance};
use lab::{Capture, Model, Vm};

/// What each host has: a side of a router pair on each of two links.
const SIDES: &str = r#"[instance.outer]
interface = "eth0"
vrid = 51
addresses = ["192.0.2.10/24", "2001:db8::10/64"]

[instance.inner]
interface = "eth1"
vrid = 52
addresses = ["198.51.100.10/24", "2001:db8:1::10/64"]
"#;
const TOGETHER: &str = "\n[sync.gateway]\ninstances = [\"outer\", \"inner\"]\n";
/// Longer than a Backup waits for three advertisements: in this time a loop would have gone round.
const LONG_ENOUGH: Duration = Duration::from_secs(5);
const HOSTS: [&str; 2] = ["left", "right"];

/// Writes a configuration on both hosts, left's with the higher priority, and has it applied.
fn configure(pair: &Pair<Vm>, text: &str) -> Result<()> {
    for (host, priority) in [(&pair.left, 150), (&pair.right, 100)] {
        let text = format!("[defaults]\npriority = {priority}\n\n{text}");
        let apply = "printf %s \"$1\" >/etc/vrrp/vrrp.toml && vrrpadm reload && systemctl daemon-reload && \
                     systemctl start $(vrrpadm list -p -o name | sed 's/.*/vrrp@&.service/')";
        host.run(&["sh", "-c", apply, "sh", &text])?.ok()?;
    }
    Ok(())
}

/// Both instances of a host are in a state, for a reason.
fn stand(host: &Vm, state: &str, reason: &str) -> Result<()> {
    ["outer", "inner"].iter().try_for_each(|name| wait_instance(host, name, state, reason))
}

/// The Master whose cable is out is in Fault at once, because the driver tells of the carrier, and the other host serves.
fn the_carrier(pair: &Pair<Vm>) -> Result<()> {
    for (nic, own, other) in [("eth0", "outer", "inner"), ("eth1", "inner", "outer")] {
        pair.left.unplug(nic)?;
        wait_instance(&pair.left, own, "fault", &format!("{nic} has no carrier"))?;
        wait_instance(&pair.left, other, "fault", &format!("it moves with {own}"))?;
        stand(&pair.right, "master", "")?;
        pair.left.plug(nic)?;
        stand(&pair.left, "master", "")?;
        stand(&pair.right, "backup", "")?;
    }
    Ok(())
}

/// What a transceiver says is asked of it, and nothing else tells of that link.
fn the_transceiver(pair: &Pair<Vm>) -> Result<()> {
    for (nic, model, name, interface) in [("eth0", "e1000", "inner", "eth1"), ("eth1", "8139cp", "outer", "eth0")] {
        let driver = pair.left.sh(&format!("basename $(readlink /sys/class/net/{nic}/device/driver)"))?;
        ensure!(driver.trim() == model, "{nic} is driven by {driver}");
        let vrid = if name == "outer" { 51 } else { 52 };
        let address = if name == "outer" { "192.0.2.10/24" } else { "198.51.100.10/24" };
        configure(
            pair,
            &format!(
                "[instance.{name}]\ninterface = \"{interface}\"\nvrid = {vrid}\naddresses = [\"{address}\"]\n\n\
                 [[instance.{name}.track]]\nmii = \"{nic}\"\neffect = \"fault\"\ninterval = \"200ms\"\n"
            ),
        )?;
        wait_instance(&pair.left, name, "master", "")?;
        pair.left.unplug(nic)?;
        wait_instance(&pair.left, name, "fault", &format!("{nic}: the transceiver sees no link"))?;
        wait_instance(&pair.right, name, "master", "")?;
        pair.left.plug(nic)?;
        wait_instance(&pair.left, name, "master", "")?;
    }
    Ok(())
}

/// The host whose cables are both in serves; where no host's are, nobody does; and once that is so, nobody changes.
fn settled(pair: &Pair<Vm>, wires: &[Capture; 2], cables: [[bool; 2]; 2]) -> Result<()> {
    let whole = cables.map(|[outer, inner]| outer && inner);
    let master = if whole[0] { Some(0) } else { whole[1].then_some(1) };
    for (at, host) in [&pair.left, &pair.right].into_iter().enumerate() {
        let state = match () {
            () if !whole[at] => "fault",
            () if master == Some(at) => "master",
            () => "backup",
        };
        stand(host, state, "")?;
    }
    for (wire, vrid) in wires.iter().zip([51, 52]) {
        wire.skip();
        wire.none(LONG_ENOUGH / 2, "a change", |frame| {
            frame.resigns() || (frame.advertises(vrid) && master.is_none_or(|master| !frame.from(HOSTS[master])))
        })?;
    }
    Ok(())
}

/// The loop of 2002 begins with the Backup whose second cable is pulled. Then the other cables follow.
fn four_cables(pair: &Pair<Vm>, wires: &[Capture; 2]) -> Result<()> {
    let mut cables = [[true; 2]; 2];
    for (host, cable) in [(1, 1), (0, 0), (1, 1), (1, 0), (0, 0), (1, 0)] {
        let machine = if host == 0 { &pair.left } else { &pair.right };
        let nic = ["eth0", "eth1"][cable];
        cables[host][cable] = !cables[host][cable];
        if cables[host][cable] {
            machine.plug(nic)?
        } else {
            machine.unplug(nic)?
        }
        settled(pair, wires, cables)?;
    }
    Ok(())
}

#[test]
fn cables_of_real_drivers_are_pulled_and_plugged_in() -> Result<()> {
    let mut pair = Pair::machines("vm-cables", Model::E1000)?;
    let inner = pair.lab().new_switch("inner")?;
    for (number, host) in [&mut pair.left, &mut pair.right].into_iter().enumerate() {
        let addresses = [format!("198.51.100.{}/24", number + 1), format!("2001:db8:1::{}/64", number + 1)];
        host.add_nic("eth1", Model::Rtl8139, &inner, &addresses)?;
    }
    let wires = [pair.lab().switch().capture()?, inner.capture()?];
    pair.each(Vm::boot)?;
    configure(&pair, &format!("{SIDES}{TOGETHER}"))?;
    stand(&pair.left, "master", "")?;
    stand(&pair.right, "backup", "")?;
    the_carrier(&pair)?;
    four_cables(&pair, &wires)?;
    the_transceiver(&pair)
}
