//! One configuration of keepalived's: keepalived runs it on one host, vrrpd what `vrrpadm import` makes of it on the other.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::install::Binaries;
use lab::peer::{Keepalived, State, Vrrpd};
use lab::{Frame, Host, Lab, Output, Place};

use super::exchange::WAIT;
use super::turns::turns;

/// Where Debian's keepalived has examples of what its configuration can say.
const SAMPLES: &str = "/usr/share/doc/keepalived/samples";

/// Both hosts' configuration: one virtual router with a password, and one of the other family that is not like it.
const SHARED: &str = r#"
! the same file on both hosts, and read by each as its own
$PASS= hunter2secret
@theirs $PRIORITY=200
@ours   $PRIORITY=100
global_defs { router_id lab }
vrrp_instance lab0 {
    interface eth0
    virtual_router_id 51
    priority $PRIORITY
    authentication {
        auth_type PASS
        auth_pass $PASS
    }
    virtual_ipaddress { 192.0.2.10/24 dev eth0 }
    virtual_ipaddress_excluded {
        192.0.2.20/24
        2001:db8::20/64
    }
}
vrrp_instance lab1 {
    version 3
    interface eth0
    ~SEQ(ID, 52, 52) virtual_router_id ${ID}
    priority ${PRIORITY}
    advert_int 0.1
    virtual_ipaddress {
        2001:db8::10/64
        2001:db8::11/64
    }
}
"#;

fn import(arguments: &[&str]) -> Result<Output> {
    let program = Binaries::for_tests()?.vrrpadm.display().to_string();
    Place::machine().run(&[&[program.as_str(), "import"], arguments].concat())
}

/// What vrrpd is to run, with the secret where the host has it.
fn translated(host: &Host) -> Result<String> {
    let file = host.directory().join("keepalived.conf");
    fs::write(&file, SHARED)?;
    let toml = import(&[&file.display().to_string(), "--config-id", "ours"])?.ok()?;
    let secret = host.secret("lab0", "hunter2s")?.display().to_string();
    ensure!(!toml.contains("hunter2") && toml.contains("/etc/vrrp/keys/lab0"), "{toml}");
    Ok(toml.replace("/etc/vrrp/keys/lab0", &secret))
}

#[test]
fn keepalived_and_vrrpd_agree_as_a_pair() -> Result<()> {
    let lab = Lab::beside("interop-imported")?;
    let (ours, theirs) = (lab.host("ours")?, lab.host("theirs")?);
    let wire = lab.switch().capture()?;
    let rival = Keepalived::start_with(&theirs, SHARED, 2, &["--config-id", "theirs"])?;
    let vrrpd = Vrrpd::start(&ours, &translated(&ours)?)?;
    rival.wait(WAIT, State::Master)?;
    for instance in ["lab0", "lab1"] {
        vrrpd.wait(WAIT, instance, "Backup: ")?;
    }
    rival.stop()?;
    for instance in ["lab0", "lab1"] {
        vrrpd.wait(WAIT, instance, "Master")?;
    }
    let complaints = vrrpd.complaints()?;
    ensure!(complaints.is_empty(), "{complaints:?}");
    for address in ["192.0.2.10/32", "192.0.2.20/32", "2001:db8::20/128"] {
        ours.wait_address(WAIT, "eth0", address)?;
    }
    // Now keepalived compares the list that it hears with its own.
    let rival = Keepalived::start_with(&theirs, &SHARED.replace("=200", "=50"), 2, &["--config-id", "theirs"])?;
    wire.skip();
    let own = |frame: &Frame| frame.from("ours") && frame.advertises(51);
    for _ in 0..3 {
        let heard = wire.expect(WAIT, "an advertisement of ours", own)?;
        ensure!(heard.advert().is_some_and(|advert| advert.addresses == [IpAddr::from([192, 0, 2, 10])]), "{heard}");
    }
    rival.wait(WAIT, State::Backup)?;
    ensure!((rival.errors()?, rival.complaints()) == (0, Vec::new()), "{:?}", rival.complaints());
    for (vrid, ipv4) in [(51, true), (52, false)] {
        let turns = turns(&wire, vrid, ipv4, Duration::from_millis(200));
        ensure!(turns.ends_with(&["theirs".to_owned(), "ours".to_owned()]), "{vrid}: {turns:?}");
    }
    Ok(())
}

/// Nothing in keepalived's own examples stops the import, and its own check is content with what comes of them.
#[test]
fn each_of_its_examples_is_translated() -> Result<()> {
    let mut translated = 0;
    let entries = fs::read_dir(SAMPLES).with_context(|| format!("the package keepalived has no {SAMPLES}"))?;
    for entry in entries {
        let path = entry?.path();
        if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("keepalived.conf")) {
            continue;
        }
        let file = path.display().to_string();
        for options in [&[][..], &["--diff"], &["--json"]] {
            let output = import(&[&[file.as_str(), "--config-id", "high"], options].concat())?;
            ensure!(matches!(output.code, Some(0 | 1)), "{file}: {}{}", output.stdout, output.stderr);
            // One of them names the members of a group without `group`, which keepalived does not know either.
            let known = !output.stderr.contains("ignored:") || file.ends_with(".lvs_syncd");
            ensure!(known, "{file}: {}", output.stderr);
        }
        translated += 1;
    }
    ensure!(translated >= 20, "{translated} examples in {}", Path::new(SAMPLES).display());
    Ok(())
}
