//! A host without a rival, so that its condition alone decides.

use std::time::Duration;

use anyhow::{Context, Result};
use lab::peer::Vrrpd;
use serde_json::Value;

pub(crate) const WAIT: Duration = Duration::from_secs(15);

/// An instance of both families on `eth0` with conditions, each given as the keys of its table.
pub(crate) fn configuration(priority: u8, conditions: &[&str]) -> String {
    let instance = format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n\
         priority = {priority}\nadvert_interval = \"100ms\"\n"
    );
    conditions.iter().fold(instance, |text, keys| text + "[[instance.inst1.track]]\n" + keys + "\n")
}

/// The standing and the reason of each condition of a kind, as `vrrpadm status --json` tells them of an instance.
pub(crate) fn told(status: &Value, kind: &str) -> Result<Vec<(String, String)>> {
    let conditions = status["conditions"].as_array().context("no conditions")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of_kind = conditions.iter().filter(|condition| condition["kind"] == kind);
    Ok(of_kind.map(|condition| (text(&condition["standing"]), text(&condition["reason"]))).collect())
}

/// Waits until the only condition of a kind bars the instance.
pub(crate) fn is_bad(vrrpd: &Vrrpd, kind: &str, reason: &str) -> Result<()> {
    let expected = [("bad".to_owned(), reason.to_owned())];
    let is_so = |instance: &Value| {
        instance["barred"] == true
            && instance["reason"] == reason
            && told(instance, kind).is_ok_and(|told| told == expected)
    };
    vrrpd.wait_told(WAIT, "inst1", is_so).with_context(|| format!("not barred: {reason}"))?;
    Ok(())
}

/// Waits until the only condition of a kind lets the instance, which has no rival, be Master.
pub(crate) fn is_good(vrrpd: &Vrrpd, kind: &str, reason: &str) -> Result<()> {
    let expected = [("good".to_owned(), reason.to_owned())];
    let is_so =
        |instance: &Value| instance["state"] == "master" && told(instance, kind).is_ok_and(|told| told == expected);
    vrrpd.wait_told(WAIT, "inst1", is_so).with_context(|| format!("not Master: {reason}"))?;
    Ok(())
}
