//! What happens in the demo, and how long each part took.

use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};

use super::interrupt::Interrupt;
use super::view::{Picture, View};
use super::{Stage, VIP};
use crate::capture::Frame;
use crate::container::Container;

const VRID: u8 = 51;
const DEADLINE: Duration = Duration::from_secs(20);
const HTTP_DEADLINE: Duration = Duration::from_millis(100);
/// How often the view is renewed.
const TICK: Duration = Duration::from_millis(100);

/// Plays the story; returns early when interrupted.
pub(super) fn tell(stage: &Stage, view: &View, interrupt: &Interrupt) -> Result<()> {
    let director = Director { stage, view, interrupt };
    view.say("Both hosts run systemd and nginx. vrrpadm makes the instance inst1:");
    director.create(&stage.left, 150)?;
    director.create(&stage.right, 100)?;
    director.watch_until("left serves the address", |picture| picture.http == "left")?;
    director.watch_for(Duration::from_secs(2))?;

    view.say("nginx on left is killed (SIGKILL):");
    let killed = SystemTime::now();
    stage.lab.kill(stage.left.main_pid("http.service")?)?;
    let served = director.watch_until("right serves the address", |picture| picture.http == "right")?;
    director.times("killed", killed, "left", "right", served)?;
    director.watch_for(Duration::from_secs(2))?;

    view.say("nginx on left is started again (its priority is higher):");
    let started = SystemTime::now();
    stage.left.systemctl("start http.service")?;
    let served = director.watch_until("left serves the address", |picture| picture.http == "left")?;
    director.times("started", started, "right", "left", served)?;
    director.watch_for(Duration::from_secs(1))?;
    view.say("Done: the address followed the service there and back.");
    Ok(())
}

struct Director<'a> {
    stage: &'a Stage,
    view: &'a View,
    interrupt: &'a Interrupt,
}

impl Director<'_> {
    fn create(&self, host: &Container, priority: u8) -> Result<()> {
        let command = format!(
            "create inst1 --interface eth0 --vrid {VRID} --address {VIP}/24 --priority {priority} --protect http.service"
        );
        self.view.say(&format!("{}# vrrpadm {command}", host.name()));
        for line in host.vrrpadm(&command)?.ok()?.lines() {
            println!("          {line}");
        }
        Ok(())
    }

    /// Shows the view until a picture is as wanted, and returns when that was.
    fn watch_until(&self, what: &str, wanted: impl Fn(&Picture) -> bool) -> Result<SystemTime> {
        let end = Instant::now() + DEADLINE;
        loop {
            let picture = self.picture();
            let at = SystemTime::now();
            self.view.show(&picture);
            if wanted(&picture) {
                return Ok(at);
            }
            if self.interrupt.came_within(Duration::from_millis(5)) {
                bail!("interrupted");
            }
            if Instant::now() > end {
                bail!("not within {DEADLINE:?}: {what}; the last was {picture:?}");
            }
        }
    }

    fn watch_for(&self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.view.show(&self.picture());
            if self.interrupt.came_within(TICK) {
                bail!("interrupted");
            }
        }
        Ok(())
    }

    fn picture(&self) -> Picture {
        let get = self.stage.client.http_get(VIP, HTTP_DEADLINE);
        Picture {
            http: get.unwrap_or_else(|_| "-".into()),
            left: self.state(&self.stage.left),
            right: self.state(&self.stage.right),
            owner: self.owner().unwrap_or_else(|| "-".into()),
        }
    }

    /// The state as `vrrpadm status --json` tells it, which says so itself when the host is not healthy.
    fn state(&self, host: &Container) -> String {
        let state = || -> Option<String> {
            let output = host.vrrpadm("status --json").ok()?;
            let status: serde_json::Value = serde_json::from_str(&output.stdout).ok()?;
            let instance = &status["instances"][0];
            let barred = instance["barred"].as_bool()?;
            Some(if barred { "barred".into() } else { instance["state"].as_str()?.to_owned() })
        };
        state().unwrap_or_else(|| "-".into())
    }

    /// The host whose ARP or advertisement claimed the address last.
    fn owner(&self) -> Option<String> {
        let claims = self.stage.client.wire().all(|frame| frame.announces(VIP));
        Some(host_of(claims.last()?))
    }

    fn times(&self, event: &str, since: SystemTime, from: &str, to: &str, served: SystemTime) -> Result<()> {
        let wire = self.stage.client.wire();
        let first = |what: &str, filter: &dyn Fn(&Frame) -> bool| -> Result<String> {
            let frames = wire.all(|frame| frame.at >= since && filter(frame));
            let frame = frames.first().with_context(|| format!("captured no frame: {what}"))?;
            milliseconds(since, frame.at)
        };
        let quits = |frame: &Frame| frame.from(from) && (frame.resigns() || frame.advertises(VRID));
        let takes = |frame: &Frame| frame.from(to) && frame.advertises(VRID);
        let announces = |frame: &Frame| frame.from(to) && frame.announces(VIP);
        if event == "killed" {
            self.view.say(&format!("after {event}: {from} resigned in {}", first("a resign", &quits)?));
        }
        self.view.say(&format!("after {event}: {to} advertised in {}", first("an advert", &takes)?));
        self.view.say(&format!("after {event}: {to} announced in {}", first("a claim", &announces)?));
        let served = milliseconds(since, served)?;
        self.view.say(&format!("after {event}: {to} served HTTP in {served}"));
        Ok(())
    }
}

fn milliseconds(since: SystemTime, at: SystemTime) -> Result<String> {
    let time = at.duration_since(since).context("the clock was set back")?;
    Ok(format!("{:.1} ms", time.as_secs_f64() * 1000.0))
}

fn host_of(frame: &Frame) -> String {
    frame.port.split('-').next().unwrap_or_default().to_owned()
}
