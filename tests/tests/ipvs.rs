//! IPVS where it cannot be: an instance goes on, and says why no connection is synchronized. `vm/directors.rs` has what it is for.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use lab::Lab;
use lab::peer::Vrrpd;
use nix::sys::signal::Signal;
use serde_json::Value;

const WAIT: Duration = Duration::from_secs(15);
const INSTANCE: &str = "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n\
                        advert_interval = \"100ms\"\n";
/// Its link does not exist, so that a kernel with IPVS cannot have it either.
const SYNC_DAEMON: &str = "[ipvs]\nsync_daemon = { interface = \"eth9\", instance = \"inst1\" }\n";

/// What the daemon tells of the sync daemon of `inst1`.
fn told(vrrpd: &Vrrpd) -> Result<Value> {
    let status: Value = serde_json::from_str(&vrrpd.adm(&["status", "inst1", "--json"])?.stdout)?;
    Ok(status["sync_daemon"].clone())
}

/// How often a text was logged.
fn logged(vrrpd: &Vrrpd, text: &str) -> usize {
    vrrpd.process().log().lines().iter().filter(|line| line.contains(text)).count()
}

#[test]
fn without_ipvs_an_instance_goes_on_and_tells_why_nothing_is_synchronized() -> Result<()> {
    let lab = Lab::new("ipvs")?;
    let host = lab.host("host")?;
    let vrrpd = Vrrpd::start(&host, &format!("{INSTANCE}{SYNC_DAEMON}"))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let line = vrrpd.process().wait_line(WAIT, "inst1: the sync daemon of IPVS does not run as ")?;
    let kernel_has_it = Path::new("/proc/net/ip_vs").exists();
    let why = if kernel_has_it { "eth9 does not exist" } else { "the kernel has no IPVS: load it with modprobe ip_vs" };
    ensure!(line.contains(why), "{line}");

    let daemon = told(&vrrpd)?;
    ensure!(daemon["interface"] == "eth9" && daemon["id"] == 51 && daemon["state"] == "none", "{daemon}");
    ensure!(daemon["trouble"].as_str().is_some_and(|trouble| trouble.contains(why)), "{daemon}");
    for (verb, expected) in
        [("status", "IPVS sync: does not run: "), ("why", "synchronized? no: its sync daemon does not")]
    {
        let output = vrrpd.adm(&[verb, "inst1"])?;
        // The instance is well all the same.
        ensure!(output.code == Some(0) && output.stdout.contains(expected), "{verb}: {output:?}");
    }
    let overview = vrrpd.adm(&["status"])?.stdout;
    ensure!(overview.contains("The sync daemon of IPVS for inst1 does not run: "), "{overview}");

    vrrpd.reload(INSTANCE)?;
    ensure!(told(&vrrpd)?.is_null(), "nothing is to be synchronized any more");
    vrrpd.reload(&format!("{INSTANCE}{SYNC_DAEMON}"))?;
    let again = || Ok(logged(&vrrpd, why) > 1);
    vrrpd.process().log().wait_until(WAIT, again).context("it is tried again")?;
    ensure!(told(&vrrpd)?["state"] == "none", "{}", told(&vrrpd)?);
    vrrpd.process().signal(Signal::SIGTERM)?;
    ensure!(vrrpd.process().wait(WAIT)?.success(), "it ends as if nothing were");
    Ok(())
}
