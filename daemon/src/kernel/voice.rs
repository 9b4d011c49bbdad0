//! The voice of a macvlan: whether anything may be sent from its MAC address.
//!
//! Whatever a host sends from a virtual MAC address turns the switch to that host. While a claim is drained another host may be
//! Master any moment, so its macvlan is muted: it still takes in what clients send here, and nothing leaves it. There is more that
//! would leave it than what vrrpd sends: the kernel reports the listeners of an IPv6 address that comes or goes, and each
//! time its lease is renewed, and does so again within the second after that.

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_REPLACE};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::tc::{TcAttribute, TcHandle, TcMessage};

/// The queueing discipline that drops what is sent. The kernel has it wherever it has any.
const MUTE: &str = "blackhole";
/// The one that a macvlan is born with.
const LOUD: &str = "noqueue";

/// Mutes a link, or lets it speak again.
pub(super) fn set(link: u32, mute: bool) -> (RouteNetlinkMessage, u16) {
    let mut message = TcMessage::with_index(link.cast_signed());
    message.header.parent = TcHandle::ROOT;
    message.attributes = vec![TcAttribute::Kind(if mute { MUTE } else { LOUD }.to_owned())];
    (RouteNetlinkMessage::NewQueueDiscipline(message), NLM_F_CREATE | NLM_F_REPLACE)
}

/// Whether a link with this queueing discipline at its root is mute.
pub(super) fn is_mute(discipline: &str) -> bool {
    discipline == MUTE
}
