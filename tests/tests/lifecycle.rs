//! The daemon's own life: reloads, crashes, stalls, restarts, and with how few privileges it does.

#[path = "lifecycle/crash.rs"]
mod crash;
#[path = "lifecycle/many.rs"]
mod many;
#[path = "lifecycle/privileges.rs"]
mod privileges;
#[path = "lifecycle/reload.rs"]
mod reload;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use lab::{Client, Host};

const WAIT: Duration = Duration::from_secs(15);
const ANSWER: Duration = Duration::from_millis(200);

/// An instance of both families on `eth0`.
fn instance(name: &str, vrid: u8, priority: u8, addresses: &[&str]) -> String {
    format!(
        "[instance.{name}]\ninterface = \"eth0\"\nvrid = {vrid}\naddresses = {addresses:?}\npriority = {priority}\n\
         advert_interval = \"100ms\"\n"
    )
}

const VIPS: [&str; 2] = ["192.0.2.10/24", "2001:db8::10/64"];

fn configuration(priority: u8) -> String {
    instance("inst1", 51, priority, &VIPS)
}

/// The virtual addresses of a host, as `LINK ADDRESS`, by their last number or hexadecimal digits.
fn virtual_addresses(host: &Host) -> Result<Vec<String>> {
    let links = host.ip("address show")?;
    let mut found = Vec::new();
    for link in links.as_array().into_iter().flatten() {
        for info in link["addr_info"].as_array().into_iter().flatten() {
            let single = info["prefixlen"] == 32 || info["prefixlen"] == 128;
            let local = info["local"].as_str().unwrap_or_default();
            if single && !["::1", "127.0.0.1"].contains(&local) {
                found.push(format!("{} {local}", link["ifname"].as_str().unwrap_or_default()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Asks for every address until one host alone answers, at the latest when what moved has settled.
fn served_by(client: &Client, host: &str) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(3);
    for vip in ["192.0.2.10", "2001:db8::10"] {
        let mut answers = client.who_has(vip.parse()?, ANSWER)?;
        while answers != [host] && Instant::now() < end {
            answers = client.who_has(vip.parse()?, ANSWER)?;
        }
        ensure!(answers == [host], "{vip} is served by {answers:?}, not by {host}");
    }
    Ok(())
}
