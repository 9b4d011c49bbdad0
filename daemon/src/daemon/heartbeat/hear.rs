//! From a heartbeat that arrived to the router that its advertisement was made for.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use vrrp::machine::{Event, Heard};
use vrrp::wire::heartbeat::{self as wire, unwrap};
use vrrp::wire::{Discard, Packet, decode, glance};

use super::Heartbeat;
use crate::daemon::instance::Instances;
use crate::daemon::{Daemon, Id};
use crate::journal;

/// A heartbeat that arrived, taken out of the socket's buffer.
pub(in crate::daemon) struct Beat {
    name: String,
    /// Who sent it, by the address on the heartbeat's link.
    from: IpAddr,
    /// What it says to which router, or that it says nothing.
    what: Result<Option<(Id, usize, Heard)>, Discard>,
}

impl Beat {
    /// Reads a heartbeat that came over a link; none if no heartbeat has that link.
    pub(in crate::daemon) fn judge(
        link: u32,
        packet: &Packet<'_>,
        wall_clock: Duration,
        heartbeats: &BTreeMap<String, Heartbeat>,
        instances: &mut Instances,
    ) -> Option<Self> {
        let mut on_link = heartbeats.iter().filter(|(_, one)| one.link == Some(link));
        let first = on_link.clone().next();
        // Two heartbeats may share a link: one to the group, others to peers.
        let (name, heartbeat) = on_link.find(|(_, one)| one.check_path(packet).is_ok()).or(first)?;
        let what = heartbeat.check_path(packet).and_then(|()| read(packet, heartbeat, instances, wall_clock));
        Some(Self { name: name.clone(), from: packet.source, what })
    }
}

fn read(
    packet: &Packet<'_>,
    heartbeat: &Heartbeat,
    instances: &mut Instances,
    wall_clock: Duration,
) -> Result<Option<(Id, usize, Heard)>, Discard> {
    let inner = match unwrap(packet)? {
        wire::Heartbeat::Presence => return Ok(None),
        wire::Heartbeat::Advertisement(inner) => inner,
    };
    let Some((vrid, first)) = glance(&inner) else {
        return Err(decode(&inner).err().unwrap_or(Discard::NoAddresses));
    };
    // Instances of several links may have one VRID, but an address is in one of them alone.
    // The names are compared last: there may be thousands of instances, and anybody can send.
    let numbered = instances.iter_mut().filter(|(_, instance)| instance.config.vrid == vrid);
    let mut named = numbered.filter(|(_, instance)| heartbeat.config.instances.contains(&instance.config.name));
    let meant = named.find_map(|(&id, instance)| {
        let member = instance.routers.iter().position(|router| router.addresses.contains(&first))?;
        Some((id, member, instance))
    });
    let Some((id, member, instance)) = meant else {
        return Err(decode(&inner).err().unwrap_or(Discard::UnknownVrid));
    };
    let router = instance.routers.get_mut(member).ok_or(Discard::UnknownVrid)?;
    let advertisement = match (&instance.config.auth, &mut router.afar) {
        (None, _) => decode(&inner)?,
        (Some(_), Some(afar)) => afar.open(&inner, wall_clock).map_err(|refusal| refusal.discard)?.advertisement,
        // In Fault for want of a secret.
        (Some(_), None) => return Err(Discard::AuthKey),
    };
    let heard = Heard {
        source: inner.source,
        version: advertisement.version,
        priority: advertisement.priority,
        interval: advertisement.interval,
        dialect: advertisement.dialect,
    };
    Ok(Some((id, member, heard)))
}

impl Daemon {
    /// Applies a heartbeat that arrived at a time.
    pub(in crate::daemon) fn hear_beat(&mut self, at: Instant, beat: &Beat) {
        let Some(heartbeat) = self.heartbeats.get_mut(&beat.name) else { return };
        let said = match &beat.what {
            Ok(said) => *said,
            Err(reason) => {
                *heartbeat.discards.entry(*reason).or_default() += 1;
                return journal::discarded(&beat.name, *reason);
            }
        };
        if heartbeat.meet(at, beat.from) {
            journal::heartbeat_heard(&beat.name, heartbeat.config.interface.as_str(), beat.from);
            self.general_news = true;
            self.follow_hosts();
        }
        if let Some((id, member, heard)) = said {
            self.hear(id, member, at, Event::Heartbeat(heard));
        }
    }
}
