//! A Master that a client asks all the while, and the kernel's reports beside it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Client, Echo, Frame, Host, Lab, Process, Report};

use super::WAIT;

/// The addresses of the instance.
pub(crate) const VIPS: [&str; 2] = ["192.0.2.10", "2001:db8::10"];
/// The client asks so often.
const PACE: Duration = Duration::from_millis(1);
/// What is put back may be away so long, on a machine that does much else. It is a tenth of that where nothing else runs.
const REPAIR: Duration = Duration::from_millis(100);

/// An instance of both families on `eth0`.
pub(crate) fn configuration(priority: u8, interval: &str, more: &str) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n\
         priority = {priority}\nadvert_interval = \"{interval}\"\n{more}"
    )
}

/// A Master without a Backup: nobody else would serve.
pub(crate) struct Scene {
    pub(crate) vrrpd: Vrrpd,
    _echo: Echo,
    pub(crate) host: Host,
    pub(crate) client: Client,
    pub(crate) lab: Lab,
}

impl Scene {
    pub(crate) fn new(name: &str, interval: &str, more: &str) -> Result<Self> {
        let lab = Lab::new(name)?;
        let (host, client) = (lab.host("left")?, lab.client("client")?);
        let echo = host.echo()?;
        let vrrpd = Vrrpd::start(&host, &configuration(200, interval, more))?;
        vrrpd.wait(WAIT, "inst1", "Master")?;
        for vip in VIPS {
            client
                .wire()
                .expect(WAIT, "an announcement", |frame| frame.announces(vip.parse().unwrap_or([0; 4].into())))?;
        }
        Ok(Self { vrrpd, _echo: echo, host, client, lab })
    }

    /// Runs a shell command while the client asks, and until `done`.
    pub(crate) fn disturb(&self, command: &str, done: impl FnOnce() -> Result<()>) -> Result<Disturbed> {
        disturb(&self.host, &self.client, command, done)
    }

    /// Makes sure that the instance has been Master from its start on.
    pub(crate) fn never_left(&self) -> Result<()> {
        for counters in self.vrrpd.counters("inst1")? {
            ensure!(counters["master_transitions"] == 1 && counters["priority_zero_sent"] == 0, "{counters}");
        }
        Ok(())
    }
}

/// Does as [`Scene::disturb`] does.
pub(crate) fn disturb(
    host: &Host,
    client: &Client,
    command: &str,
    done: impl FnOnce() -> Result<()>,
) -> Result<Disturbed> {
    let monitor = Monitor::start(host)?;
    let resigns = client.wire().all(Frame::resigns).len();
    client.wire().skip();
    let flows = VIPS.map(|vip| client.flow(vip.parse()?, PACE).context("no flow"));
    host.sh(command).and_then(|_| done()).with_context(|| format!("after: {command}"))?;
    // Whatever is to come of it comes soon.
    client.wire().none(Duration::from_millis(500), "", |_| false)?;
    let mut reports = Vec::new();
    for flow in flows {
        reports.push(flow?.stop()?);
    }
    let resigns = client.wire().all(Frame::resigns).len() - resigns;
    let disturbed = Disturbed { command: command.to_owned(), reports, resigns, monitor };
    println!("{disturbed}");
    Ok(disturbed)
}

/// What came of a disturbance.
pub(crate) struct Disturbed {
    command: String,
    /// By family, IPv4 first.
    pub(crate) reports: Vec<Report>,
    resigns: usize,
    monitor: Monitor,
}

impl std::fmt::Display for Disturbed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "{}", self.command)?;
        for (vip, report) in VIPS.iter().zip(&self.reports) {
            writeln!(
                out,
                "    {vip}: {} of {} lost, {:.1?} of silence",
                report.lost, report.sent, report.longest_silence
            )?;
        }
        for (address, link) in self.monitor.known() {
            let absences = self.monitor.absences(&address, &link);
            if !absences.is_empty() {
                writeln!(out, "    {address} was away from {link} for {absences:.1?}")?;
            }
        }
        write!(out, "    {} resignations", self.resigns)
    }
}

impl Disturbed {
    /// Makes sure that no client noticed: at most `lost` datagrams a family were not answered.
    pub(crate) fn unnoticed(&self, lost: usize) -> Result<()> {
        ensure!(self.resigns == 0, "{self}");
        ensure!(self.reports.iter().all(|report| report.lost <= lost), "{self}");
        Ok(())
    }

    /// Makes sure that an address was away from a link, and each time for a moment only.
    pub(crate) fn repaired(&self, address: &str, link: &str) -> Result<()> {
        let absences = self.monitor.absences(address, link);
        ensure!(
            !absences.is_empty() && absences.iter().all(|absence| *absence < REPAIR),
            "{address} on {link}: {self}"
        );
        Ok(())
    }

    /// The longest time for which an address was away from a link.
    pub(crate) fn away(&self, address: &str, link: &str) -> Duration {
        self.monitor.absences(address, link).into_iter().max().unwrap_or_default()
    }
}

/// The kernel's reports about addresses, with the time of each.
struct Monitor(Process);

impl Monitor {
    fn start(host: &Host) -> Result<Self> {
        let process = host.spawn(&["ip", "-ts", "-o", "monitor", "address"])?;
        // It has subscribed when it reports this.
        while process.wait_line(Duration::from_millis(100), "127.0.0.2/32").is_err() {
            ensure!(process.log().ended().is_none(), "`ip monitor` has ended");
            host.sh("ip address add 127.0.0.2/32 dev lo && ip address delete 127.0.0.2/32 dev lo")?;
        }
        Ok(Self(process))
    }

    /// Every address that was removed, and its link.
    fn known(&self) -> Vec<(String, String)> {
        let lines = self.0.log().lines();
        let removed = lines.iter().filter_map(|line| {
            let words: Vec<&str> = line.split_once("Deleted ")?.1.split_whitespace().collect();
            Some(((*words.get(3)?).to_owned(), (*words.get(1)?).to_owned()))
        });
        let mut known: Vec<_> = removed.filter(|(address, _)| address != "127.0.0.2/32").collect();
        known.sort();
        known.dedup();
        known
    }

    /// How long an address was away from a link, each time; for ever if it did not come back.
    fn absences(&self, address: &str, link: &str) -> Vec<Duration> {
        let (mut gone, mut absences) = (None, Vec::new());
        for line in self.0.log().lines() {
            if !(line.contains(&format!(" {address} ")) && line.contains(&format!(" {link} "))) {
                continue;
            }
            let Some(at) = seconds(&line) else { continue };
            if line.contains("Deleted") {
                gone.get_or_insert(at);
            } else if let Some(gone) = gone.take() {
                // Midnight may lie between the two.
                absences.push(Duration::from_secs_f64((at - gone).rem_euclid(86_400.0)));
            }
        }
        absences.extend(gone.map(|_| Duration::MAX));
        absences
    }
}

/// The seconds of the day in `[2026-11-21T14:42:34.123456]`.
fn seconds(line: &str) -> Option<f64> {
    let time = line.split(['[', ']']).nth(1)?.split_once('T')?.1;
    let parts: Option<Vec<f64>> = time.split(':').map(|part| part.parse().ok()).collect();
    Some(parts?.iter().fold(0.0, |sum, part| sum * 60.0 + part))
}
