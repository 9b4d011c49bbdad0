//! A held address can be bound by services and is unseen on the wire; a claimed one is served.

#[path = "holding/forms.rs"]
mod forms;
#[path = "holding/handover.rs"]
mod handover;
#[path = "holding/services.rs"]
mod services;
#[path = "holding/silence.rs"]
mod silence;

use std::net::IpAddr;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(15);
const V4: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 10));
const V6: IpAddr = IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10));
const VIPS: [IpAddr; 2] = [V4, V6];

/// An instance of both families on `eth0`, with further keys.
fn configuration(priority: u8, more: &str) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"{V4}/24\", \"{V6}/64\"]\n\
         priority = {priority}\nadvert_interval = \"100ms\"\n{more}\n"
    )
}
