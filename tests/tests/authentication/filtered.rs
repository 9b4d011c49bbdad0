//! What is seen below a firewall has to be authentic too.

use anyhow::{Result, ensure};
use lab::peer::Vrrpd;
use lab::{Host, Lab};

use super::{Form, V2, V3, WAIT, hmac};

const KEY: usize = 0;

/// Drops what comes in of the protocol, bare or behind the authentication header.
fn drop_incoming(host: &Host) -> Result<()> {
    host.sh("nft 'add table inet firewall; add chain inet firewall input { type filter hook input priority 0; }; \
         add rule inet firewall input meta l4proto { 51, 112 } drop'")?;
    Ok(())
}

/// A Backup behind a firewall follows an authentic Master, is not held back by a stranger when that one dies, and says
/// that all is well when the firewall is gone.
fn behind_a_firewall(name: &str, form: &Form, auth: impl Fn(&Host) -> Result<String>) -> Result<()> {
    let lab = Lab::new(name)?;
    let (left, right, rogue) = (lab.host("left")?, lab.host("right")?, lab.host("rogue")?);
    let mut master = Vrrpd::start(&right, &form.configuration(200, &auth(&right)?))?;
    master.wait(WAIT, "inst1", "Master")?;
    let backup = Vrrpd::start(&left, &form.configuration(100, &auth(&left)?))?;
    backup.wait(WAIT, "inst1", "Backup: 192.0.2.2 is Master")?;
    drop_incoming(&left)?;
    backup.wait(WAIT, "inst1", "Backup: advertisements from 192.0.2.2 are being filtered by a firewall rule")?;
    left.sh("nft flush ruleset")?;
    // No number that was seen below the firewall is taken for a replay.
    backup.wait(WAIT, "inst1", "Backup: 192.0.2.2 is Master")?;
    ensure!(backup.complaints()?.is_empty(), "{:?}", backup.complaints()?);
    drop_incoming(&left)?;
    backup.wait(WAIT, "inst1", "Backup: advertisements from 192.0.2.2")?;
    let stranger = Vrrpd::start(&rogue, &form.configuration(250, ""))?;
    stranger.wait(WAIT, "inst1", "Master")?;
    master.crash()?;
    backup.wait(WAIT, "inst1", "Master: 192.0.2.2 was silent")?;
    // Whoever comes back and is authentic is respected.
    master.start_again(&right)?;
    backup.wait(WAIT, "inst1", "Backup: ")
}

#[test]
fn hmac_in_version_3() -> Result<()> {
    behind_a_firewall("auth-filter-v3", &V3, |host| hmac(host, &[KEY], KEY, ""))
}

#[test]
fn hmac_in_version_2() -> Result<()> {
    behind_a_firewall("auth-filter-v2", &V2, |host| hmac(host, &[KEY], KEY, ""))
}

#[test]
fn the_authentication_header() -> Result<()> {
    behind_a_firewall("auth-filter-ah", &V2, |host| {
        let file = host.secret("ah", "hunter2")?;
        Ok(format!("auth = {{ type = \"ah\", file = {file:?} }}"))
    })
}
