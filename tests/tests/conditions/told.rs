//! What the daemon tells of a host's only instance and of its only condition.

use std::time::Duration;

use anyhow::{Context, Result};
use lab::Host;
use lab::peer::Vrrpd;
use serde_json::Value;

const WAIT: Duration = Duration::from_secs(15);

/// An instance on `eth0` with one condition, given as the lines of its table.
pub(super) fn configuration(track: &str) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\nadvert_interval = \"100ms\"\n\
         [[instance.inst1.track]]\n{track}\n"
    )
}

/// The condition of a kind that an instance has, as `vrrpadm status --json` tells it.
pub(super) fn condition(instance: &Value, kind: &str) -> Result<Value> {
    let conditions = instance["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = conditions.iter().find(|condition| condition["kind"] == kind);
    found.cloned().with_context(|| format!("no condition of the kind {kind} in {instance}"))
}

/// Waits until the condition of a kind is good and the instance Master, or the condition is bad and bars the instance.
pub(super) fn expect(host: &Host, vrrpd: &Vrrpd, kind: &str, standing: &str, reason: &str) -> Result<()> {
    let address = format!("--address={}", vrrpd.bus().address());
    let monitor = host.spawn(&["busctl", &address, "monitor", "--match", "type='signal',sender='org.vrrpd.Vrrp1'"])?;
    monitor.log().wait_line(WAIT, "Monitoring bus message stream")?;
    let instance = || Ok::<_, anyhow::Error>(vrrpd.status()?["instances"][0].clone());
    let is = || {
        let instance = instance()?;
        let condition = condition(&instance, kind)?;
        let follows = match standing {
            "good" => instance["state"] == "master",
            _ => instance["barred"] == true && instance["reason"].as_str().is_some_and(|told| told.contains(reason)),
        };
        Ok(follows && condition["standing"] == standing && condition["reason"] == reason)
    };
    monitor.log().wait_until(WAIT, is).with_context(|| {
        let told = instance().map_or_else(|error| error.to_string(), |instance| instance.to_string());
        format!("waited for {kind} to be {standing}: {reason}; told is {told}")
    })
}
