//! A host with two uplinks into one switch, and two hosts behind it that answer.

use std::time::Duration;

use anyhow::{Context, Result};
use lab::peer::Vrrpd;
use lab::{Host, Lab, Switch};
use serde_json::Value;

pub(crate) const WAIT: Duration = Duration::from_secs(15);

/// The uplinks of the host, each with an address of both families.
const UPLINKS: [(&str, [&str; 2]); 2] =
    [("eth1", ["198.51.100.11/24", "2001:db8:1::11/64"]), ("eth2", ["198.51.100.12/24", "2001:db8:1::12/64"])];

/// The host and what is beyond its uplinks.
pub(crate) struct Scene {
    pub(crate) host: Host,
    pub(crate) uplinks: Switch,
    targets: Vec<Host>,
    /// The last to be dropped.
    pub(crate) lab: Lab,
}

impl Scene {
    pub(crate) fn new(name: &str) -> Result<Self> {
        let lab = Lab::new(name)?;
        let uplinks = lab.new_switch("uplinks")?;
        let mut host = lab.host("host")?;
        for (nic, addresses) in UPLINKS {
            host.add_nic(nic, &uplinks, &addresses)?;
        }
        let mut targets = Vec::new();
        for number in [1, 2] {
            let mut target = lab.host(&format!("target{number}"))?;
            let addresses = [format!("198.51.100.{number}/24"), format!("2001:db8:1::{number}/64")];
            target.add_nic("eth1", &uplinks, &addresses)?;
            target.sh("sysctl -qw net.ipv6.conf.eth1.keep_addr_on_down=1")?;
            targets.push(target);
        }
        Ok(Self { host, uplinks, targets, lab })
    }

    /// Has a target answer no more, though it and everything else stay plugged in.
    pub(crate) fn kill_target(&self, target: usize) -> Result<()> {
        self.targets.get(target).context("no such target")?.sh("ip link set eth1 down").map(drop)
    }

    /// Has it answer again.
    pub(crate) fn revive_target(&self, target: usize) -> Result<()> {
        self.targets.get(target).context("no such target")?.sh("ip link set eth1 up").map(drop)
    }

    /// Has the switch forward nothing that an uplink sends.
    pub(crate) fn mute(&self, uplink: &str) -> Result<()> {
        for target in &self.targets {
            self.uplinks.drop_frames(&format!("host-{uplink}"), &format!("{}-eth1", target.name()), "")?;
        }
        Ok(())
    }
}

/// An instance on `eth0` that is in Fault without uplinks, and has less priority with one of them; further keys of the group.
pub(crate) fn configuration(priority: u8, group: &str) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n\
         priority = {priority}\nadvert_interval = \"100ms\"\n\
         [[instance.inst1.track]]\ngroup = \"uplinks\"\neffect = \"fault\"\n\
         [[instance.inst1.track]]\ngroup = \"uplinks\"\nwhen = \"degraded\"\neffect = -50\n\
         [group.uplinks]\nmembers = [\"eth1\", \"eth2\"]\n{group}\n"
    )
}

/// Does something, and waits until this was logged after it.
pub(crate) fn logs(vrrpd: &Vrrpd, text: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    logs_all(vrrpd, &[text], work)
}

/// Does something, and waits until all of these were logged after it.
pub(crate) fn logs_all(vrrpd: &Vrrpd, texts: &[&str], work: impl FnOnce() -> Result<()>) -> Result<()> {
    let log = vrrpd.process().log();
    let before = log.lines().len();
    work()?;
    let lines = || log.lines().into_iter().skip(before).collect::<Vec<_>>();
    for text in texts {
        log.wait_until(WAIT, || Ok(lines().iter().any(|line| line.contains(text))))
            .with_context(|| format!("`{text}` was not logged:\n{}", lines().join("\n")))?;
    }
    Ok(())
}

/// The state of a member of the group, as `vrrpadm group show --json` tells it.
pub(crate) fn member(vrrpd: &Vrrpd, link: &str) -> Result<Value> {
    let told = vrrpd.adm(&["group", "show", "uplinks", link, "--json"])?;
    serde_json::from_str(&told.stdout).with_context(|| format!("{told:?}"))
}
