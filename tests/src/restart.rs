//! Daemons that are replaced under a client's eyes, and what the client and the other host notice.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};

use crate::client::Report;
use crate::container::Container;
use crate::pair::{LONG, Pair, wait_instance};

/// Two instances that move together: one has the interface's MAC address, the other the virtual one; both have both
/// families, and one protects nginx, which binds to its addresses. Advertisements come once a second.
pub const INSTANCES: &str = r#"
[defaults]
advert_interval = "1s"
preempt = false

[instance.inst1]
interface = "eth0"
vrid = 51
addresses = ["192.0.2.10/24", "2001:db8::10/64"]
protect = ["http.service"]

[instance.inst2]
interface = "eth0"
vrid = 52
addresses = ["192.0.2.20/24", "2001:db8::20/64"]
mac = "virtual"

[sync.both]
instances = ["inst1", "inst2"]
"#;

/// What a new daemon says of each of them.
const WENT_ON: &str = "Init -> Master: went on after the daemon was restarted";
const NAMES: [&str; 2] = ["inst1", "inst2"];

/// How a daemon is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// SIGKILL; systemd starts it again.
    Kill,
    /// `systemctl restart vrrp.service`.
    Restart,
    /// `vrrpadm reexec`.
    Reexec,
}

/// What was noticed.
#[derive(Clone, Debug, Default)]
pub struct Notice {
    /// What became of a client's datagrams, by address.
    pub flows: Vec<(IpAddr, Report)>,
    /// The other host's advertisements, as they came.
    pub others: Vec<String>,
    /// Resignations of whomever.
    pub resignations: Vec<String>,
    /// The longest time between two advertisements of a virtual router by the Master.
    pub longest_gap: Duration,
    /// From each blow until all instances went on.
    pub took: Vec<Duration>,
}

impl Notice {
    /// How many datagrams were not answered.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.flows.iter().map(|(_, flow)| flow.lost).sum()
    }

    /// How many were sent.
    #[must_use]
    pub fn sent(&self) -> usize {
        self.flows.iter().map(|(_, flow)| flow.sent).sum()
    }

    /// Makes sure that nobody noticed anything.
    ///
    /// # Errors
    /// Tells what was noticed.
    pub fn is_nothing(&self) -> Result<()> {
        ensure!(self.others.is_empty(), "the other host took over: {:?}", self.others);
        ensure!(self.resignations.is_empty(), "somebody resigned: {:?}", self.resignations);
        ensure!(self.lost() == 0, "datagrams were lost: {:?}", self.flows);
        Ok(())
    }
}

/// Boots a pair with [`INSTANCES`], of which `left` is Master.
///
/// # Errors
/// As those of [`Pair`]; or left does not become Master.
pub fn pair(name: &str) -> Result<Pair> {
    let mut pair = Pair::new(name)?;
    for (host, priority) in [(&pair.left, 150), (&pair.right, 100)] {
        let text = INSTANCES.replace("[defaults]", &format!("[defaults]\npriority = {priority}"));
        host.write("/etc/vrrp/vrrp.toml", &text)?;
    }
    pair.left.boot()?;
    pair.wait_served_by("left")?;
    pair.right.boot()?;
    for name in NAMES {
        wait_instance(&pair.left, name, "master", "")?;
        wait_instance(&pair.right, name, "backup", "")?;
    }
    Ok(pair)
}

/// Replaces the daemon of `master` once, and returns when all its instances went on.
///
/// # Errors
/// They do not.
pub fn strike(pair: &Pair, master: &Container, blow: Blow) -> Result<()> {
    let went_on = |host: &Container| -> Result<usize> {
        Ok(host.journal()?.lines().iter().filter(|line| line.contains(WENT_ON)).count())
    };
    let before = went_on(master)?;
    match blow {
        Blow::Kill => pair.lab().kill(master.main_pid("vrrp.service")?)?,
        Blow::Restart => drop(master.systemctl("restart vrrp.service")?),
        Blow::Reexec => drop(master.vrrpadm("reexec")?.ok()?),
    }
    let all = || Ok(went_on(master)? >= before + NAMES.len());
    master.journal()?.wait_until(LONG, all).with_context(|| format!("instances did not go on after {blow:?}"))?;
    master.wait_unit(LONG, "vrrp.service", "active")
}

/// Replaces the daemon of `master` some times while a client sends a datagram every `interval` to each address.
///
/// # Errors
/// The instances do not go on. What was noticed is for the caller to judge.
pub fn watch(pair: &Pair, master: &Container, blows: &[Blow], interval: Duration) -> Result<Notice> {
    let vips = ["192.0.2.10", "2001:db8::10", "192.0.2.20", "2001:db8::20"];
    let vips: Vec<IpAddr> = vips.iter().map(|vip| vip.parse()).collect::<Result<_, _>>()?;
    let _echo = master.echo()?;
    let start = SystemTime::now();
    let flows: Vec<_> = vips.iter().map(|&vip| Ok((vip, pair.client.flow(vip, interval)?))).collect::<Result<_>>()?;
    let mut notice = Notice::default();
    for &blow in blows {
        let struck = SystemTime::now();
        strike(pair, master, blow)?;
        notice.took.push(struck.elapsed()?);
    }
    // An interval later everybody has said what there was to say.
    for vrid in [51, 52] {
        pair.client.wire().skip();
        let advertises = |frame: &crate::capture::Frame| frame.advertises(vrid);
        pair.client.wire().expect(LONG, "an advertisement after the last blow", advertises)?;
    }
    for (vip, flow) in flows {
        notice.flows.push((vip, flow.stop()?));
    }
    let adverts = pair.client.wire().all(|frame| frame.at >= start && frame.advert().is_some());
    let told = |frame: &&crate::capture::Frame| frame.to_string();
    notice.others = adverts.iter().filter(|frame| !frame.from(master.name())).map(|frame| told(&frame)).collect();
    notice.resignations = adverts.iter().filter(|frame| frame.resigns()).map(|frame| told(&frame)).collect();
    for (vrid, v4) in [(51, true), (51, false), (52, true), (52, false)] {
        let is = |frame: &&crate::capture::Frame| {
            frame.from(master.name())
                && frame.advert().is_some_and(|advert| advert.vrid == vrid && advert.source.is_ipv4() == v4)
        };
        let times: Vec<SystemTime> = adverts.iter().filter(is).map(|frame| frame.at).collect();
        let gaps = times.windows(2).filter_map(|pair| pair[1].duration_since(pair[0]).ok());
        notice.longest_gap = gaps.max().into_iter().chain([notice.longest_gap]).max().unwrap_or_default();
    }
    Ok(notice)
}
