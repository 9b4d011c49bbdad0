//! Units that run and do not serve, because somebody has frozen them.

use std::time::SystemTime;

use anyhow::Result;
use lab::pair::{LONG, Pair, installed, instance, wait_instance};
use lab::{Container, Lab, Release};

use super::told::condition;

/// A service in a slice of its own.
const SERVICE: &str = "[Service]\nExecStart=/usr/bin/sleep infinity\nSlice=tracked.slice\n";
const CONFIGURATION: &str = r#"[instance.inst1]
interface = "eth0"
vrid = 51
addresses = ["192.0.2.10/24"]
advert_interval = "100ms"

[[instance.inst1.track]]
unit = "a.service"
"#;

fn is(host: &Container, state: &str, standing: &str, reason: &str) -> Result<()> {
    wait_instance(host, "inst1", state, if standing == "good" { "" } else { reason })?;
    let condition = condition(&instance(host, "inst1")?, "unit")?;
    assert_eq!((condition["standing"].as_str(), condition["reason"].as_str()), (Some(standing), Some(reason)));
    Ok(())
}

fn frozen(host: &Container, freeze: &str, thaw: &str) -> Result<()> {
    println!("Debian {}: {freeze}", host.release().number());
    host.sh(freeze)?;
    is(host, "barred", "bad", "a.service is frozen")?;
    host.sh(thaw)?;
    is(host, "master", "good", "a.service is active")
}

fn a_tracked_unit_that_is_frozen_is_bad(release: Release) -> Result<()> {
    let lab = Lab::new(&format!("frozen-{}", release.number()))?;
    let mut host = installed(&lab, "host", release)?;
    host.write("/etc/systemd/system/a.service", SERVICE)?;
    host.write("/etc/vrrp/vrrp.toml", CONFIGURATION)?;
    host.boot()?;
    is(&host, "barred", "bad", "a.service is inactive")?;
    host.systemctl("start a.service")?;
    is(&host, "master", "good", "a.service is active")?;

    frozen(&host, "systemctl freeze a.service", "systemctl thaw a.service")?;
    let switch = |cgroup: &str, frozen: u8| format!("echo {frozen} > /sys/fs/cgroup/{cgroup}/cgroup.freeze");
    for cgroup in ["tracked.slice/a.service", "tracked.slice"] {
        frozen(&host, &switch(cgroup, 1), &switch(cgroup, 0))?;
    }
    // Its next cgroup has the same name.
    host.systemctl("restart a.service")?;
    is(&host, "master", "good", "a.service is active")?;
    frozen(&host, &switch("tracked.slice/a.service", 1), &switch("tracked.slice/a.service", 0))?;

    // Frozen before the daemon looks for the first time.
    host.sh(&switch("tracked.slice/a.service", 1))?;
    host.systemctl("restart vrrp.service")?;
    is(&host, "barred", "bad", "a.service is frozen")?;
    host.sh(&switch("tracked.slice/a.service", 0))?;
    is(&host, "master", "good", "a.service is active")
}

#[test]
fn a_tracked_unit_that_is_frozen_is_bad_on_both_systemd_versions() -> Result<()> {
    Release::ALL.into_iter().try_for_each(a_tracked_unit_that_is_frozen_is_bad)
}

#[test]
fn a_protected_unit_that_is_frozen_takes_the_addresses_away_at_once() -> Result<()> {
    let pair = Pair::protecting("frozen-nginx", "")?;
    for (master, other) in [(&pair.left, &pair.right), (&pair.right, &pair.left)] {
        if instance(master, "inst1")?["state"] != "master" {
            master.vrrpadm("modify inst1 --priority 200")?.ok()?;
            pair.wait_served_by(master.name())?;
        }
        for (freeze, thaw) in [
            ("systemctl freeze http.service", "systemctl thaw http.service"),
            (
                "echo 1 > /sys/fs/cgroup/system.slice/nginx.service/cgroup.freeze",
                "echo 0 > /sys/fs/cgroup/system.slice/nginx.service/cgroup.freeze",
            ),
        ] {
            let wire = pair.client.wire();
            wire.skip();
            let begin = SystemTime::now();
            master.sh(freeze)?;
            let resigned =
                wire.expect(LONG, "the resignation", |frame| frame.from(master.name()) && frame.resigns())?;
            let release = master.release().number();
            println!("Debian {release}: resigned {:?} after `{freeze}` began", resigned.at.duration_since(begin)?);
            pair.expect_served_by(other.name())?;
            wait_instance(master, "inst1", "barred", "http.service is frozen")?;
            // Systemd still takes it for active, and so leaves the instance alone.
            assert_eq!(master.active_state("vrrp@inst1.service")?, "active");
            wire.skip();
            master.sh(thaw)?;
            pair.expect_served_by(master.name())?;
        }
    }
    Ok(())
}
