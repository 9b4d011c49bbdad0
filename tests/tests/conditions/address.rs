//! The condition that every instance has: an address to send from, on a link that carries.

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Host, Lab};
use serde_json::Value;

use super::scene::WAIT;

const CONFIGURATION: &str = "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\n\
                             addresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\nadvert_interval = \"100ms\"\n";

/// Waits until the conditions of both families stand as expected, each with its reason.
fn stand(vrrpd: &Vrrpd, state: &str, expected: [(&str, &str); 2]) -> Result<()> {
    let own = |told: &Value| -> Vec<Value> {
        told["conditions"].as_array().into_iter().flatten().filter(|one| one["kind"] == "address").cloned().collect()
    };
    let is = |told: &Value| {
        let own = own(told);
        let as_expected = |(one, (standing, reason)): (&Value, (&str, &str))| {
            one["standing"] == standing && one["reason"] == reason && one["effect"] == "fault"
        };
        told["state"] == state && own.len() == 2 && own.iter().zip(expected).all(as_expected)
    };
    let told = vrrpd.wait_told(WAIT, "inst1", is).with_context(|| format!("waited for {state}: {expected:?}"))?;
    ensure!(own(&told).iter().all(|one| one["since"].as_u64().is_some_and(|since| since > 0)), "{told}");
    Ok(())
}

fn ip(host: &Host, command: &str) -> Result<()> {
    host.sh(&format!("ip {command}"))?;
    Ok(())
}

#[test]
fn an_address_to_send_from_goes_and_comes_back() -> Result<()> {
    let lab = Lab::beside("condition-address")?;
    let host = lab.host("left")?;
    let vrrpd = Vrrpd::start(&host, CONFIGURATION)?;
    let local = "fe80::";
    let [v4, v6] = ["192.0.2.1 on eth0", "2001:db8::1 on eth0"];
    let is_well = |told: &Value| {
        let reasons = told["conditions"].as_array().into_iter().flatten().filter_map(|one| one["reason"].as_str());
        let reasons: Vec<&str> = reasons.collect();
        told["state"] == "master"
            && matches!(reasons.as_slice(), [first, second] if *first == v4 && second.starts_with(local))
    };
    vrrpd.wait_told(WAIT, "inst1", is_well)?;

    ip(&host, "address delete 192.0.2.1/24 dev eth0")?;
    let link_local = vrrpd.instance("inst1")?["conditions"][1]["reason"].as_str().unwrap_or_default().to_owned();
    ensure!(link_local.starts_with(local) && link_local != v6, "{link_local}");
    stand(&vrrpd, "fault", [("bad", "eth0 has no IPv4 address"), ("good", &link_local)])?;
    ip(&host, "address add 192.0.2.1/24 dev eth0")?;
    stand(&vrrpd, "master", [("good", v4), ("good", &link_local)])?;

    lab.switch().unplug("left", "eth0")?;
    stand(&vrrpd, "fault", [("bad", "eth0 has no carrier"); 2])?;
    lab.switch().plug("left", "eth0")?;
    stand(&vrrpd, "master", [("good", v4), ("good", &link_local)])
}
