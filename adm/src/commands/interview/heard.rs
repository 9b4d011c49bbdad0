//! Who advertises on a link, as far as a short while tells.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, UdpSocket};
use std::time::{Duration, Instant};

use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};
use vrrp::id::{Family, Vrid};
use vrrp::wire::{HOP_LIMIT, PROTOCOL, Packet, glance};

use super::link::Link;
use crate::render::note;

/// How long to listen: Masters advertise once a second, unless they are told otherwise.
const WHILE: Duration = Duration::from_secs(2);
/// The largest packet of the protocol by far: 255 addresses of 16 bytes.
const LARGEST: usize = 8192;

/// The virtual routers that were heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Where; none where nobody could listen.
    link: Option<String>,
    /// For each its first address and who advertises it.
    routers: BTreeMap<Vrid, (IpAddr, IpAddr)>,
}

impl Heard {
    /// Listens on a link. Nobody is heard where this may not be done, and that is told.
    pub(super) fn on(link: &Link) -> Self {
        let sockets: Vec<(Family, UdpSocket)> = [Family::V4, Family::V6]
            .into_iter()
            .filter_map(|family| Some((family, open(link, family).ok()?)))
            .collect();
        if sockets.is_empty() {
            return Self::default();
        }
        note(&format!("Listening on {} for {} s to who advertises there.", link.name, WHILE.as_secs()));
        let mut heard = Self { link: Some(link.name.clone()), routers: BTreeMap::new() };
        std::thread::scope(|scope| {
            let threads: Vec<_> =
                sockets.iter().map(|(family, socket)| scope.spawn(move || listen(*family, socket))).collect();
            for thread in threads {
                heard.routers.extend(thread.join().unwrap_or_default());
            }
        });
        heard
    }

    pub(super) fn has(&self, vrid: Vrid) -> bool {
        self.routers.contains_key(&vrid)
    }

    /// The virtual router that has one of some addresses.
    pub(super) fn vrid_of(&self, addresses: &[IpAddr]) -> Option<Vrid> {
        self.routers.iter().find(|(_, (first, _))| addresses.contains(first)).map(|(vrid, _)| *vrid)
    }

    /// What came of it, and what it is worth.
    pub(super) fn told(&self) -> String {
        let Some(link) = &self.link else {
            return "Which VRIDs others use cannot be heard from here: ask who runs the network.".to_owned();
        };
        let router = |(vrid, (first, source)): (&Vrid, &(IpAddr, IpAddr))| format!("{vrid} ({first}, by {source})");
        let routers: Vec<String> = self.routers.iter().map(router).collect();
        match routers.as_slice() {
            [] => {
                format!("Nobody was heard on {link}, where a firewall would keep them silent.")
            }
            routers => format!("VRIDs in use on {link}: {}.", routers.join(", ")),
        }
    }
}

/// Opens a socket for what is sent to the group on a link. It is raw; the type is that of std which receives with the sender.
fn open(link: &Link, family: Family) -> io::Result<UdpSocket> {
    let index = link.index().ok_or(io::ErrorKind::NotFound)?;
    let protocol = Some(Protocol::from(i32::from(PROTOCOL)));
    let domain = if family == Family::V4 { Domain::IPV4 } else { Domain::IPV6 };
    let socket = Socket::new(domain, Type::RAW, protocol)?;
    socket.bind_device(Some(link.name.as_bytes()))?;
    match family.group() {
        IpAddr::V4(group) => socket.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(index))?,
        IpAddr::V6(group) => socket.join_multicast_v6(&group, index)?,
    }
    Ok(socket.into())
}

fn listen(family: Family, socket: &UdpSocket) -> BTreeMap<Vrid, (IpAddr, IpAddr)> {
    let (end, mut heard, mut buffer) = (Instant::now() + WHILE, BTreeMap::new(), [0; LARGEST]);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || socket.set_read_timeout(Some(left)).is_err() {
            return heard;
        }
        let Ok((length, source)) = socket.recv_from(&mut buffer) else { continue };
        let payload = buffer.get(..length).unwrap_or_default();
        let packet = match family {
            Family::V4 => Packet::from_ipv4(payload).ok(),
            // The kernel keeps the header to itself.
            Family::V6 => Some(Packet {
                source: source.ip(),
                destination: family.group(),
                hop_limit: HOP_LIMIT,
                payload,
                seal: None,
            }),
        };
        if let Some((packet, (vrid, first))) = packet.and_then(|packet| Some((packet, glance(&packet)?))) {
            heard.insert(vrid, (first, packet.source));
        }
    }
}
