//! The other forms of `hold`: what binds, and what does not.

use anyhow::{Result, ensure};
use lab::peer::Vrrpd;
use lab::{Host, Lab};

use super::{VIPS, WAIT, configuration};

fn on_lo(host: &Host) -> Result<Vec<String>> {
    let mut found = host.addresses("lo")?;
    found.retain(|address| address.contains("192.0.2.") || address.contains("2001:db8:"));
    Ok(found)
}

/// Lets a host be Backup and then Master, and tells in each state whether plain and free binding work, for both families.
fn form(hold: &str) -> Result<()> {
    let lab = Lab::new(&format!("holding-{hold}"))?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let more = format!("hold = \"{hold}\"");
    let master = Vrrpd::start(&left, &configuration(200, &more))?;
    master.wait(WAIT, "inst1", "Master")?;
    let backup = Vrrpd::start(&right, &configuration(100, &more))?;
    backup.wait(WAIT, "inst1", "Backup")?;
    for vip in VIPS {
        ensure!(right.listen(vip).is_err(), "{vip} binds on a Backup with {hold}");
        right.listen_freely(vip)?;
        left.listen(vip)?;
    }
    ensure!(on_lo(&left)?.is_empty() && on_lo(&right)?.is_empty(), "lo has an address");
    master.stop()?;
    backup.wait(WAIT, "inst1", "Master")?;
    right.wait_address(WAIT, "eth0", "192.0.2.10/32")?;
    right.wait_address(WAIT, "eth0", "2001:db8::10/128")?;
    for vip in VIPS {
        right.listen(vip)?;
        ensure!(left.listen(vip).is_err(), "{vip} binds after the stop");
    }
    Ok(())
}

#[test]
fn freebind_holds_nothing() -> Result<()> {
    form("freebind")
}

#[test]
fn none_holds_nothing() -> Result<()> {
    form("none")
}

#[test]
fn address_holds_on_lo_and_stays_there_as_master() -> Result<()> {
    let lab = Lab::new("holding-address")?;
    let host = lab.host("left")?;
    let vrrpd = Vrrpd::start(&host, &configuration(200, ""))?;
    let held = ["192.0.2.10/32", "2001:db8::10/128"];
    assert_eq!(on_lo(&host)?, held);
    vrrpd.wait(WAIT, "inst1", "Master")?;
    for address in held {
        host.wait_address(WAIT, "eth0", address)?;
    }
    assert_eq!(on_lo(&host)?, held);
    vrrpd.stop()?;
    assert_eq!(on_lo(&host)?, [""; 0]);
    assert!(host.addresses("eth0")?.iter().all(|address| !held.contains(&address.as_str())));
    Ok(())
}

/// A link-local address belongs to a link, so it cannot be held on lo; with freebind it is claimed on its link.
#[test]
fn a_link_local_address_takes_freebind() -> Result<()> {
    let lab = Lab::new("holding-ll")?;
    let host = lab.host("left")?;
    let client = lab.client("client")?;
    let instance = "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"fe80::10/64\", \"2001:db8::10/64\"]\n\
                    advert_interval = \"100ms\"\nhold = \"freebind\"\n";
    let vrrpd = Vrrpd::start(&host, instance)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    host.wait_address(WAIT, "eth0", "fe80::10/128")?;
    for vip in ["fe80::10", "2001:db8::10"] {
        assert_eq!(client.who_has(vip.parse()?, std::time::Duration::from_millis(300))?, ["left"]);
    }
    let refused = instance.replace("freebind", "address");
    vrrpd.rewrite(&refused)?;
    let output = vrrpd.adm(&["reload"])?;
    ensure!(output.code != Some(0), "{output:?}");
    ensure!(output.stderr.contains("fe80::10") && output.stderr.contains("freebind"), "{}", output.stderr);
    vrrpd.stop()?;
    host.wait_no_address(WAIT, "eth0", "fe80::10/128")
}
