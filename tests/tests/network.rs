//! What happens to a host's network below the daemon: links that fail, vanish and come back, addresses that somebody removes.

#[path = "network/conflict.rs"]
mod conflict;
#[path = "network/garbage.rs"]
mod garbage;
#[path = "network/links.rs"]
mod links;
#[path = "network/reception.rs"]
mod reception;
#[path = "network/tampering.rs"]
mod tampering;
#[path = "network/unicast.rs"]
mod unicast;

use std::time::Duration;

const WAIT: Duration = Duration::from_secs(15);

/// An instance of both families on `eth0`.
fn configuration(priority: u8) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n\
         priority = {priority}\nadvert_interval = \"100ms\"\n"
    )
}
