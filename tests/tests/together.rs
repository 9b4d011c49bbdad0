//! Instances that move together, and hosts that hear one another elsewhere: whatever is cut, there is one Master, or none
//! can be told of, and nobody exchanges states for ever.

#[path = "together/authenticated.rs"]
mod authenticated;
#[path = "together/heartbeat.rs"]
mod heartbeat;
#[path = "together/keepalived.rs"]
mod keepalived;
#[path = "together/sync.rs"]
mod sync;

use std::time::Duration;

use anyhow::{Context, Result};
use lab::peer::Vrrpd;
use lab::{Capture, Host, Lab, Switch};
use serde_json::Value;

const WAIT: Duration = Duration::from_secs(15);

/// Two hosts with two links, and a third for heartbeats.
struct Scene {
    left: Host,
    right: Host,
    inner: Switch,
    beat: Switch,
    lab: Lab,
}

impl Scene {
    fn new(name: &str) -> Result<Self> {
        let lab = Lab::beside(name)?;
        let (inner, beat) = (lab.new_switch("inner")?, lab.new_switch("beat")?);
        let (mut left, mut right) = (lab.host("left")?, lab.host("right")?);
        for (host, number) in [(&mut left, 1), (&mut right, 2)] {
            // The other way round than on the first link: no host has the higher address everywhere.
            let other = 3 - number;
            host.add_nic("eth1", &inner, &[format!("198.51.100.{other}/24"), format!("2001:db8:1::{other}/64")])?;
            host.add_nic("eth2", &beat, &[format!("203.0.113.{number}/24"), format!("2001:db8:2::{number}/64")])?;
        }
        Ok(Self { left, right, inner, beat, lab })
    }

    fn outer(&self) -> &Switch {
        self.lab.switch()
    }
}

/// Waits until the tool tells of a state, and of a reason if one is named.
fn stands(vrrpd: &Vrrpd, name: &str, standing: &str) -> Result<()> {
    let (state, reason) = standing.split_once(": ").unwrap_or((standing, ""));
    let is = |told: &Value| {
        told["state"] == state.to_lowercase() && told["reason"].as_str().is_some_and(|why| why.starts_with(reason))
    };
    vrrpd.wait_told(WAIT, name, is).with_context(|| format!("waited for {name} to be {standing}"))?;
    Ok(())
}

/// Lets a host advertise so often that whoever wanted to answer would have.
fn let_pass(wire: &Capture, vrid: u8, host: &str, adverts: usize) -> Result<()> {
    wire.skip();
    for _ in 0..adverts {
        let what = format!("an advertisement of {host} for {vrid}");
        wire.expect(WAIT, &what, |frame| frame.from(host) && frame.advertises(vrid))?;
    }
    Ok(())
}

/// How often instances have become Master on a host.
fn masterships(vrrpd: &Vrrpd, names: &[&str]) -> Result<u64> {
    let mut all = 0;
    for name in names {
        all += vrrpd.counters(name)?[0]["master_transitions"].as_u64().context("no number")?;
    }
    Ok(all)
}
