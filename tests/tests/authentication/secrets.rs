//! Secrets that lack, that others can read, and that nobody may see.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Result, ensure};
use lab::Lab;
use lab::peer::Vrrpd;

use super::{KEYS, V3, WAIT, hmac};

/// Nothing is advertised without authentication that is configured, and services can bind all the same.
#[test]
fn a_start_without_the_secret_is_a_fault_until_it_is_there() -> Result<()> {
    let lab = Lab::new("auth-no-secret")?;
    let (host, wire) = (lab.host("left")?, lab.switch().capture()?);
    let configuration = V3.configuration(100, &hmac(&host, &[0], 0, "")?);
    let file = host.directory().join("key0.secret");
    fs::remove_file(&file)?;
    let vrrpd = Vrrpd::start(&host, &configuration)?;
    vrrpd.wait(WAIT, "inst1", "Fault: ")?;
    let standing = vrrpd.standing("inst1").unwrap_or_default();
    ensure!(standing.contains("key0.secret: this secret of inst1 cannot be used: there is no such file"), "{standing}");
    ensure!(host.addresses("lo")?.contains(&"192.0.2.10/32".to_owned()), "the address is not held");
    ensure!(wire.all(|frame| frame.advert().is_some()).is_empty());
    host.secret("key0", KEYS[0])?;
    vrrpd.reload(&configuration)?;
    vrrpd.wait(WAIT, "inst1", "Master")
}

#[test]
fn a_reload_that_lacks_a_secret_or_shows_one_changes_nothing() -> Result<()> {
    let lab = Lab::new("auth-bad-secret")?;
    let host = lab.host("left")?;
    let good = V3.configuration(100, &hmac(&host, &[0], 0, "")?);
    let vrrpd = Vrrpd::start(&host, &good)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let two = V3.configuration(100, &hmac(&host, &[0, 1], 1, "")?);
    let second = host.directory().join("key1.secret");

    fs::set_permissions(&second, Permissions::from_mode(0o644))?;
    vrrpd.rewrite(&two)?;
    let refused = vrrpd.adm(&["reload"])?;
    let told = format!("{}{}", refused.stdout, refused.stderr);
    ensure!(refused.code != Some(0) && told.contains("others can read it: chmod 600"), "{told}");
    fs::remove_file(&second)?;
    let refused = vrrpd.adm(&["reload"])?;
    ensure!(refused.code != Some(0) && refused.stderr.contains("there is no such file"), "{}", refused.stderr);
    let status = vrrpd.status()?;
    ensure!(status["instances"][0]["auth"]["send"] == 1, "{status}");
    ensure!(status["daemon"]["problems"].as_array().is_some_and(|problems| problems.len() == 1), "{status}");
    host.secret("key1", KEYS[1])?;
    vrrpd.adm(&["reload"])?.ok()?;

    // Nothing that was said holds a key, and no name of a credential leads anywhere without systemd.
    let shown = [&["status", "--json"][..], &["show", "inst1", "--json"], &["show", "inst1"], &["list", "--json"]];
    let mut said = vrrpd.process().log().lines().join("\n");
    for arguments in shown {
        let output = vrrpd.adm(arguments)?;
        said.push_str(&output.stdout);
        said.push_str(&output.stderr);
    }
    for key in KEYS {
        ensure!(!said.contains(key), "a key was shown");
    }
    let credential = "auth = { type = \"hmac-sha256\", keys = [{ id = 1, credential = \"vrrp.inst1\" }] }";
    vrrpd.rewrite(&V3.configuration(100, credential))?;
    let refused = vrrpd.adm(&["reload"])?;
    ensure!(refused.stderr.contains("LoadCredential=vrrp.inst1:"), "{}", refused.stderr);
    vrrpd.wait(WAIT, "inst1", "Master")
}
