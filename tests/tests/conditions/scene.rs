//! Two hosts and a condition that decides between them.

use std::time::Duration;

use anyhow::{Context, Result};
use lab::peer::Vrrpd;
use lab::{Host, Lab};
use serde_json::Value;

pub(crate) const WAIT: Duration = Duration::from_secs(15);

/// Two hosts that share `inst1`. The left one has the higher priority and conditions.
pub(crate) struct Scene {
    pub(crate) left: Host,
    _right: Host,
    pub(crate) ours: Vrrpd,
    pub(crate) other: Vrrpd,
    /// The last to be dropped.
    _lab: Lab,
}

impl Scene {
    /// Starts both with further lines in the left one's configuration, which `lines` makes for its host.
    pub(crate) fn new(name: &str, lines: impl FnOnce(&Host) -> String) -> Result<Self> {
        let lab = Lab::beside(name)?;
        let (left, right) = (lab.host("left")?, lab.host("right")?);
        let ours = Vrrpd::start(&left, &(configuration(200) + &lines(&left)))?;
        let other = Vrrpd::start(&right, &configuration(100))?;
        Ok(Self { left, _right: right, ours, other, _lab: lab })
    }

    /// Waits until the left host serves, and its condition of a kind says so.
    pub(crate) fn good(&self, kind: &str, words: &str) -> Result<()> {
        self.ours.wait(WAIT, "inst1", "Master")?;
        self.other.wait(WAIT, "inst1", "Backup")?;
        stands(&self.ours, kind, "good", words)
    }

    /// Waits until the left host is barred for a reason, and the right one serves.
    pub(crate) fn bad(&self, kind: &str, words: &str) -> Result<()> {
        self.ours.wait(WAIT, "inst1", &format!("Backup: {words}"))?;
        self.other.wait(WAIT, "inst1", "Master")?;
        let instance = instance(&self.ours)?;
        assert_eq!((&instance["state"], &instance["barred"]), (&"backup".into(), &true.into()));
        assert_eq!(instance["reason"], words);
        stands(&self.ours, kind, "bad", words)
    }
}

fn configuration(priority: u8) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n\
         priority = {priority}\nadvert_interval = \"100ms\"\n"
    )
}

/// What `vrrpadm status --json` tells of `inst1`.
pub(crate) fn instance(vrrpd: &Vrrpd) -> Result<Value> {
    vrrpd.instance("inst1")
}

/// What it tells of the condition of a kind.
pub(crate) fn condition(vrrpd: &Vrrpd, kind: &str) -> Result<Value> {
    let instance = instance(vrrpd)?;
    let conditions = instance["conditions"].as_array().context("no conditions")?;
    conditions.iter().find(|one| one["kind"] == kind).cloned().with_context(|| format!("no {kind}: {instance}"))
}

/// Makes sure of how the condition of a kind stands, and why.
#[track_caller]
pub(crate) fn stands(vrrpd: &Vrrpd, kind: &str, standing: &str, words: &str) -> Result<()> {
    let condition = condition(vrrpd, kind)?;
    assert_eq!((&condition["standing"], &condition["reason"]), (&standing.into(), &words.into()), "{condition}");
    assert_eq!(condition["last_result"], words, "{condition}");
    Ok(())
}
