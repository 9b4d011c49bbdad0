//! A flood measured: two hosts of ours, a third that floods them, and what became of their advertisements.

use std::fmt;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Flood, Kind, frames};
use crate::capture::{Capture, Frame, Payload};
use crate::host::Host;
use crate::lab::Lab;
use crate::peer::Vrrpd;

const WAIT: Duration = Duration::from_secs(15);
const VRID: u8 = 51;
const INTERVAL: Duration = Duration::from_millis(100);
/// How often the tool is asked in a flood.
const QUESTIONS: u32 = 5;

/// How the flood is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Frames a second.
    pub rate: u32,
    /// How long it lasts, and how long is measured before it.
    pub length: Duration,
    /// What it is made of.
    pub kinds: Vec<Kind>,
    /// Whether copies of what the Master itself sends are among it.
    pub looped: bool,
}

/// What was measured; times without the flood and with it.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Frames a second that were sent.
    pub rate: f64,
    /// How many packets the Master counted as discarded, and the Backup.
    pub discarded: [u64; 2],
    /// Advertisements that the Master sent in the same time.
    pub adverts: [usize; 2],
    /// The longest time between two of them.
    pub gaps: [Duration; 2],
    /// Packets of any kind that the Master and the Backup sent in the flood that were no advertisements of the Master.
    pub others: usize,
    /// The longest that `vrrpadm status` took.
    pub answers: [Duration; 2],
    /// The most memory that each daemon ever had: before the flood, after its first second and at its end, in KiB.
    pub memory: [[u64; 3]; 2],
    /// How many lines each daemon wrote in the flood.
    pub lines: [usize; 2],
    /// How much of a processor each daemon took in the flood, in per cent.
    pub load: [f64; 2],
    /// How the instance stood at the end.
    pub standings: [String; 2],
}

impl fmt::Display for Measured {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [quiet, flooded] = self.gaps;
        writeln!(out, "frames a second             {:.0}", self.rate)?;
        writeln!(out, "advertisements, quiet/flood {} {}", self.adverts[0], self.adverts[1])?;
        writeln!(out, "longest gap, quiet/flood    {quiet:.1?} {flooded:.1?} at an interval of {INTERVAL:?}")?;
        writeln!(out, "other packets sent          {}", self.others)?;
        writeln!(out, "vrrpadm status, quiet/flood {:.1?} {:.1?}", self.answers[0], self.answers[1])?;
        for (name, one) in ["Master", "Backup"].into_iter().zip(0..) {
            writeln!(
                out,
                "{name}: discarded {}, load {:.0} %, VmHWM {:?} KiB, lines logged {}, {}",
                self.discarded[one], self.load[one], self.memory[one], self.lines[one], self.standings[one]
            )?;
        }
        Ok(())
    }
}

/// One of the two daemons.
struct Party {
    vrrpd: Vrrpd,
    sent: Capture,
}

impl Party {
    fn start(host: &Host, priority: u8) -> Result<Self> {
        let key = host.secret("key", "a-key-of-forty-characters-in-all-1234567")?;
        let vrrpd = Vrrpd::start(
            host,
            &format!(
                "[instance.inst1]\ninterface = \"eth0\"\nvrid = {VRID}\naddresses = [\"192.0.2.10/24\"]\n\
                 priority = {priority}\nadvert_interval = \"{}ms\"\n\
                 auth = {{ type = \"hmac-sha256\", keys = [{{ id = 1, file = {key:?} }}], send = 1 }}\n",
                INTERVAL.as_millis()
            ),
        )?;
        Ok(Self { vrrpd, sent: host.capture_sent("eth0")? })
    }

    fn proc(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.vrrpd.process().pid());
        fs::read_to_string(&path).context(path)
    }

    /// The most memory that it ever had, in KiB.
    fn memory(&self) -> Result<u64> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// How long it has run on a processor.
    fn worked(&self) -> Result<Duration> {
        let stat = self.proc("schedstat")?;
        let nanoseconds = stat.split(' ').next().context("no time")?.parse()?;
        Ok(Duration::from_nanos(nanoseconds))
    }

    fn discarded(&self) -> Result<u64> {
        let status = self.vrrpd.status()?;
        let sum = |counters: &Value| -> u64 {
            counters["discards"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum()
        };
        Ok(sum(&status["daemon"]) + sum(&status["instances"][0]["routers"][0]["counters"]))
    }

    fn standing(&self) -> String {
        self.vrrpd.standing("inst1").unwrap_or_default()
    }

    /// What it has sent of the kinds that a daemon sends, its advertisements aside. The kernel reports groups and looks for routers.
    fn others(&self) -> usize {
        let daemons =
            |frame: &Frame| matches!(frame.payload, Payload::Vrrp(_) | Payload::Arp(_) | Payload::Neighbor(_));
        self.sent.all(|frame| daemons(frame) && !frame.advertises(VRID)).len()
    }

    fn adverts(&self, from: usize) -> Vec<Frame> {
        let frames = self.sent.all(|frame| frame.advertises(VRID));
        frames.into_iter().skip(from).collect()
    }
}

/// Floods two hosts of a lab, and tells what that did.
///
/// # Errors
/// The daemons do not start, or do not answer within two minutes.
pub fn measure(lab: &Lab, options: &Options) -> Result<Measured> {
    let (left, right, rogue) = (lab.host("left")?, lab.host("right")?, lab.host("rogue")?);
    let master = Party::start(&left, 200)?;
    master.vrrpd.wait(WAIT, "inst1", "Master")?;
    let backup = Party::start(&right, 100)?;
    backup.vrrpd.wait(WAIT, "inst1", "Backup: 192.0.2.1")?;
    let parties = [&master, &backup];
    // The time after its announcements.
    master.sent.expect(WAIT, "an advertisement", |frame| frame.advertises(VRID))?;
    sleep(Duration::from_secs(6));

    let quiet = window(&master, options.length)?;
    let mut made = frames(&options.kinds, VRID)?;
    if options.looped {
        let own = master.sent.expect(WAIT, "an advertisement", |frame| frame.advertises(VRID))?;
        made.extend(std::iter::repeat_n(own.octets, made.len() / options.kinds.len().max(1)));
    }
    let memory = parties.map(Party::memory);
    let lines = parties.map(|party| party.vrrpd.process().log().lines().len());
    let others = parties.map(Party::others);
    let flood = Flood::start(&rogue, "eth0", made, options.rate)?;
    sleep(Duration::from_secs(1));
    let warm = parties.map(Party::memory);
    let worked = parties.map(Party::worked);
    let begun = Instant::now();
    let flooded = window(&master, options.length)?;
    let time = begun.elapsed().as_secs_f64();
    let load = [0, 1].map(|one| -> Result<f64> {
        let before = worked[one].as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(100.0 * parties[one].worked()?.saturating_sub(*before).as_secs_f64() / time)
    });
    let (sent, duration) = flood.stop()?;
    let after = parties.map(Party::others);
    let others = (after[0] + after[1]) - (others[0] + others[1]);
    let memory = [0, 1].map(|one| -> Result<[u64; 3]> {
        let of = |measured: &[Result<u64>; 2]| -> Result<u64> {
            measured[one].as_ref().copied().map_err(|error| anyhow::anyhow!("{error}"))
        };
        Ok([of(&memory)?, of(&warm)?, parties[one].memory()?])
    });
    let [memory_of_master, memory_of_backup] = memory;
    let [load_of_master, load_of_backup] = load;
    let written = |one: usize| parties[one].vrrpd.process().log().lines().len() - lines[one];
    Ok(Measured {
        rate: sent as f64 / duration.as_secs_f64(),
        discarded: [master.discarded()?, backup.discarded()?],
        adverts: [quiet.adverts, flooded.adverts],
        gaps: [quiet.gap, flooded.gap],
        others,
        answers: [quiet.answer, flooded.answer],
        memory: [memory_of_master?, memory_of_backup?],
        lines: [written(0), written(1)],
        load: [load_of_master?, load_of_backup?],
        standings: parties.map(Party::standing),
    })
}

/// What was seen in a while.
struct Window {
    adverts: usize,
    gap: Duration,
    answer: Duration,
}

fn window(master: &Party, length: Duration) -> Result<Window> {
    let before = master.adverts(0).len();
    let begun = Instant::now();
    let mut answer = Duration::ZERO;
    for question in 1..=QUESTIONS {
        let asked = Instant::now();
        master.vrrpd.status()?;
        answer = answer.max(asked.elapsed());
        sleep((length * question / QUESTIONS).saturating_sub(begun.elapsed()));
    }
    let adverts = master.adverts(before);
    ensure!(adverts.len() > 1, "no advertisements in {length:?}");
    let gaps = adverts.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at).unwrap_or_default());
    Ok(Window { adverts: adverts.len(), gap: gaps.max().unwrap_or_default(), answer })
}
