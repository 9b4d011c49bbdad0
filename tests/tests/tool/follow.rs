//! What follows from the states of an instance: targets with units attached to them, and programs.

use anyhow::Result;
use lab::Container;
use lab::pair::{LONG, wait_instance};

use super::says;

const TELL: &str = "/opt/tell";
const FILE: &str = "/etc/vrrp/vrrp.d/inst1.toml";

/// Waits until a line of the journal says something, and tells how many do.
fn told(host: &Container, what: &str) -> Result<usize> {
    let count = || Ok::<_, anyhow::Error>(host.sh("journalctl --boot --no-pager --output=cat")?.matches(what).count());
    host.wait_journal(LONG, what, |_| Ok(count()? > 0))?;
    count()
}

/// A unit that belongs to the Master runs where the instance is Master, from the moment on in which it is attached.
pub(super) fn units_are_attached(host: &Container) -> Result<()> {
    assert_eq!(host.active_state("vrrp-notify.service")?, "inactive");
    let target = "vrrp-master@inst1.target";
    host.write(
        "/etc/systemd/system/replica.service",
        &format!(
            "[Unit]\nPartOf={target}\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n\
             [Install]\nWantedBy={target}\n"
        ),
    )?;
    host.systemctl("enable replica.service")?;
    host.wait_unit(LONG, "replica.service", "active")?;
    assert_eq!(host.active_state(target)?, "active");
    host.systemctl("stop http.service")?;
    host.wait_unit(LONG, "vrrp-backup@inst1.target", "active")?;
    host.wait_unit(LONG, "replica.service", "inactive")?;
    host.systemctl("start http.service")?;
    host.wait_unit(LONG, "replica.service", "active")?;
    assert_eq!(host.active_state("vrrp-backup@inst1.target")?, "inactive");
    host.systemctl("disable --now replica.service")?;
    host.systemctl("stop vrrp-notify.service vrrp-notify.path").map(|_| ())
}

/// Programs are run in order, once for each state, as nobody in particular, and one that hangs is killed.
pub(super) fn programs_are_run(host: &Container) -> Result<()> {
    host.write(
        TELL,
        "#!/bin/sh\necho \"told $VRRP_INSTANCE $VRRP_OLD_STATE $VRRP_STATE $VRRP_VRID $VRRP_PRIORITY $VRRP_INTERFACE \
         $VRRP_ADDRESSES as $([ $(id -u) = 0 ] && echo root || echo somebody): $* $VRRP_REASON\"\ncase $VRRP_STATE in Fault) sleep 60;; esac\n",
    )?;
    host.sh(&format!("chmod 755 {TELL}"))?;
    says(host, &format!("modify inst1 --on-transition {TELL}"), 0, &["inst1 is modified"])?;
    assert_eq!(host.active_state("vrrp-notify.service")?, "active");
    assert_eq!(told(host, "told inst1 Init Master 51 100 eth0 192.0.2.10/24 as somebody: ")?, 1);
    // A restart keeps it Master, so that there is nothing to tell.
    host.systemctl("restart vrrp.service")?;
    wait_instance(host, "inst1", "master", "")?;
    let tables = format!(
        "[[instance.inst1.on_transition]]\nprogram = ['{TELL}', '$HOME', '%i']\nuser = 'root'\nto = 'backup'\n\
         [[instance.inst1.on_transition]]\nprogram = '{TELL}'\ntimeout = '300ms'\nto = ['fault', 'init']\n"
    );
    let written = host.read(FILE)?;
    let without: String =
        written.lines().filter(|line| !line.contains("on_transition")).map(|line| line.to_owned() + "\n").collect();
    host.write(FILE, &format!("{without}{tables}"))?;
    says(host, "reload", 0, &["1 changed"])?;
    host.systemctl("stop http.service")?;
    told(host, "told inst1 Master Backup 51 100 eth0 192.0.2.10/24 as root: $HOME %i ")?;
    host.systemctl("start http.service")?;
    wait_instance(host, "inst1", "master", "")?;
    host.sh("ip link set eth0 down")?;
    told(host, "told inst1 Master Fault")?;
    told(
        host,
        "Master -> Fault: /opt/tell: it failed, or took longer than 0.3 s; see journalctl --unit vrrp-transition-",
    )?;
    host.sh("ip link set eth0 up")?;
    wait_instance(host, "inst1", "master", "")?;
    told(host, "told inst1 Fault Backup")?;
    assert_eq!(told(host, "told inst1")?, 4, "nothing was told twice");
    says(host, "disable inst1", 0, &[])?;
    // Its unit is stopped first, so that it hands over.
    told(host, "told inst1 Backup Init")?;
    assert_eq!(told(host, "told inst1")?, 6, "nothing was told twice");
    says(host, "enable inst1", 0, &[])?;
    wait_instance(host, "inst1", "master", "")?;
    host.write(FILE, &without)?;
    says(host, "reload", 0, &["1 changed"])?;
    host.systemctl("stop vrrp-notify.service")?;
    Ok(())
}
