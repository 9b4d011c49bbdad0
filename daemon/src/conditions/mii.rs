//! Links as their transceivers see them, for drivers whose netlink state lies.
//!
//! Asked is the transceiver's own register, else the driver, else the link's flags. Each of these may wait for other
//! changes of links to be done in the kernel, so it is asked on a thread that may.

use std::io;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use vrrp::conditions::Observation;
use vrrp::config::Mii;

use super::{Gone, Teller};

mod ioctl;
#[cfg(test)]
mod tests;

/// `BMSR_LSTATUS`: the link status in the basic mode status register (IEEE 802.3, clause 22.2.4.2).
const LINK_STATUS: u16 = 4;

/// Looks at a transceiver again and again.
pub(super) async fn follow(mii: &Mii, teller: &Teller) -> Result<(), Gone> {
    let mut looks = interval(mii.interval.max(Duration::from_millis(1)));
    looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        looks.tick().await;
        let link = mii.link.to_string();
        let observation = tokio::task::spawn_blocking(move || observe(&link)).await;
        let observation = observation.unwrap_or_else(|error| {
            // Only a look that was broken off ends so, as all are when the daemon stops.
            Observation::unknown(format!("{} could not be looked at: {error}", mii.link))
        });
        teller.tell(observation).await?;
    }
}

/// What was found of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    /// There is no such link.
    Missing,
    /// It was not told to be up: drivers tell nothing true of such a link.
    Down,
    /// Whether there is a link to another one, and who says so.
    Link(bool, Witness),
}

/// Who tells of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Witness {
    Transceiver,
    Driver,
    Flags,
}

impl Sight {
    fn observation(self, link: &str) -> Observation {
        let (sees, witness) = match self {
            Self::Missing => return Observation::bad(format!("{link} does not exist")),
            Self::Down => return Observation::bad(format!("{link} is down")),
            Self::Link(sees, witness) => (sees, witness),
        };
        let what = if sees { "a link" } else { "no link" };
        let words = match witness {
            Witness::Transceiver => format!("{link}: the transceiver sees {what} (BMSR)"),
            Witness::Driver => format!("{link}: the driver sees {what} (ETHTOOL_GLINK)"),
            Witness::Flags => format!("{link}: its flags tell of {what} (IFF_RUNNING)"),
        };
        if sees { Observation::good(words) } else { Observation::bad(words) }
    }
}

fn observe(link: &str) -> Observation {
    match look(link) {
        Ok(sight) => sight.observation(link),
        Err(error) => Observation::unknown(format!("{link} cannot be looked at: {error}")),
    }
}

fn look(link: &str) -> io::Result<Sight> {
    let link = ioctl::Link::new(link)?;
    let flags = match link.flags() {
        Err(error) if error.raw_os_error() == Some(nix::libc::ENODEV) => return Ok(Sight::Missing),
        other => other?,
    };
    if flags & nix::libc::IFF_UP == 0 {
        return Ok(Sight::Down);
    }
    // The status is latched low: the first value tells of a link that was lost since the last look, and is cleared by it.
    let second = link.basic_status().and_then(|_| link.basic_status());
    if let Some(sees) = second.ok().and_then(transceiver_sees) {
        return Ok(Sight::Link(sees, Witness::Transceiver));
    }
    Ok(match link.driver_sees() {
        Ok(sees) => Sight::Link(sees, Witness::Driver),
        Err(_) => Sight::Link(flags & nix::libc::IFF_RUNNING != 0, Witness::Flags),
    })
}

/// What a value of the basic mode status register tells; nothing if no transceiver has answered: its lines stay at one
/// level then.
const fn transceiver_sees(status: u16) -> Option<bool> {
    match status {
        0 | u16::MAX => None,
        status => Some(status & LINK_STATUS != 0),
    }
}
