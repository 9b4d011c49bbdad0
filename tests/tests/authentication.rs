//! Authentication between hosts of ours: introduced and rotated without a gap, and strangers kept out.

#[path = "authentication/filtered.rs"]
mod filtered;
#[path = "authentication/secrets.rs"]
mod secrets;
#[path = "authentication/strangers.rs"]
mod strangers;
#[path = "authentication/systemd.rs"]
mod systemd;
#[path = "authentication/walk.rs"]
mod walk;

use std::time::Duration;

use anyhow::Result;
use lab::Host;

const WAIT: Duration = Duration::from_secs(15);
const VRID: u8 = 51;
/// What nobody may ever see.
const KEYS: [&str; 2] = ["a-first-key-of-forty-characters-in-all-1", "a-second-key-of-forty-characters-in-all2"];

/// What the hosts of a test have in common.
#[derive(Clone, Copy)]
struct Form {
    name: &'static str,
    version: u8,
    interval: Duration,
    addresses: &'static [&'static str],
}

const V2: Form = Form { name: "v2", version: 2, interval: Duration::from_secs(1), addresses: &["192.0.2.10/24"] };
const V3: Form = Form {
    name: "v3",
    version: 3,
    interval: Duration::from_millis(100),
    addresses: &["192.0.2.10/24", "2001:db8::10/64"],
};

impl Form {
    /// A configuration with the lines for authentication that are given, if any.
    fn configuration(&self, priority: u8, auth: &str) -> String {
        format!(
            "[instance.inst1]\ninterface = \"eth0\"\nvrid = {VRID}\naddresses = {:?}\nversion = {}\n\
             priority = {priority}\nadvert_interval = \"{}ms\"\n{auth}\n",
            self.addresses,
            self.version,
            self.interval.as_millis(),
        )
    }
}

/// `auth` with both keys or one of them, which are written to files of the host.
fn hmac(host: &Host, keys: &[usize], send: usize, more: &str) -> Result<String> {
    let mut entries = Vec::new();
    for &key in keys {
        let file = host.secret(&format!("key{key}"), KEYS[key])?;
        entries.push(format!("{{ id = {}, file = {file:?} }}", key + 1));
    }
    Ok(format!("auth = {{ type = \"hmac-sha256\", keys = [{}], send = {}{more} }}", entries.join(", "), send + 1))
}
