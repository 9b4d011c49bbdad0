//! What goes over the wire while somebody listens, and whether an answer to a virtual MAC address arrives.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{LinkAddr, recvfrom};
use socket2::{Domain, Protocol, SockFilter, Socket, Type};
use vrrp::id::{Family, Version};
use vrrp::wire::{Packet, overhear};

use super::facts::{Seen, Subject};

pub(crate) use self::probe::{Probed, probe};

mod probe;

/// Longer than any packet that a link with the usual MTU carries.
const LONGEST: usize = 9_216;

const LOAD: u16 = (libc::BPF_LD | libc::BPF_B | libc::BPF_ABS) as u16;
const SHIFT: u16 = (libc::BPF_ALU | libc::BPF_RSH | libc::BPF_K) as u16;
const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// The advertisements of one sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The link that they were seen on.
    pub(crate) link: String,
    /// Their source.
    pub(crate) source: IpAddr,
    /// Whether this host sent them.
    pub(crate) own: bool,
    /// Their virtual router.
    pub(crate) vrid: u8,
    /// 2 or 3.
    pub(crate) version: u8,
    /// The last one's priority; 0 is a resignation.
    pub(crate) priority: u8,
    /// Their interval in milliseconds.
    pub(crate) interval: u32,
    /// Their addresses.
    pub(crate) addresses: Vec<IpAddr>,
    /// What authenticates them, by its name in a configuration.
    pub(crate) auth: Option<&'static str>,
    /// How many there were.
    pub(crate) count: u32,
}

impl Heard {
    /// The family of the virtual router.
    pub(crate) const fn family(&self) -> Family {
        Family::of(self.source)
    }
}

/// Listens to the advertisements on the links of some instances, also to those that this host's packet filter drops.
pub(crate) fn listen(subjects: &[Subject], time: Duration) -> Seen<Vec<Heard>> {
    let socket = open(libc::ETH_P_ALL, &advertisements()).map_err(|error| refused(&error))?;
    let mut links = BTreeMap::new();
    for link in subjects.iter().map(Subject::link) {
        if let Ok(index) = if_nametoindex(link) {
            links.insert(index as usize, link);
        }
    }
    let mut heard: Vec<Heard> = Vec::new();
    let deadline = Instant::now() + time;
    while let Some((bytes, from)) = receive(&socket, deadline).map_err(|error| refused(&error))? {
        let Some(&link) = links.get(&from.ifindex()) else { continue };
        let Some(one) = read(link, from.pkttype() == libc::PACKET_OUTGOING, &bytes) else { continue };
        let same = |other: &&mut Heard| {
            (&other.link, other.source, other.vrid, other.own) == (&one.link, one.source, one.vrid, one.own)
        };
        match heard.iter_mut().find(same) {
            Some(other) => *other = Heard { count: other.count + 1, ..one },
            None => heard.push(one),
        }
    }
    Ok(heard)
}

fn read(link: &str, own: bool, bytes: &[u8]) -> Option<Heard> {
    let packet = Packet::from_link(bytes).ok()?;
    let (advertisement, auth) = overhear(&packet).ok()?;
    Some(Heard {
        link: link.to_owned(),
        source: packet.source,
        own,
        vrid: advertisement.vrid.get(),
        version: match advertisement.version {
            Version::V2 => 2,
            Version::V3 => 3,
        },
        priority: advertisement.priority.map_or(0, |priority| priority.get()),
        interval: u32::try_from(advertisement.interval.duration().as_millis()).unwrap_or(u32::MAX),
        addresses: advertisement.addresses.iter().collect(),
        auth,
        count: 1,
    })
}

fn refused(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::PermissionDenied {
        return "only root may listen to a link (CAP_NET_RAW)".to_owned();
    }
    format!("the link cannot be listened to: {error}")
}

/// Opens a packet socket for all links, from the network header on.
fn open(protocol: i32, filter: &[SockFilter]) -> io::Result<Socket> {
    let ethertype = u16::try_from(protocol).map_err(|_| io::ErrorKind::InvalidInput)?;
    let protocol = Protocol::from(i32::from(ethertype.to_be()));
    let socket = Socket::new(Domain::PACKET, Type::DGRAM, Some(protocol))?;
    socket.attach_filter(filter)?;
    Ok(socket)
}

/// Waits for the next packet; nothing if none comes until then.
fn receive(socket: &Socket, deadline: Instant) -> io::Result<Option<(Vec<u8>, LinkAddr)>> {
    let mut buffer = vec![0; LONGEST];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        // Less than a microsecond would be for ever.
        socket.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        match recvfrom::<LinkAddr>(socket.as_raw_fd(), &mut buffer) {
            Ok((length, Some(from))) => return Ok(Some((buffer.get(..length).unwrap_or_default().to_owned(), from))),
            Ok((_, None)) | Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Lets protocol 112 pass, and over IPv4 what is behind an authentication header.
fn advertisements() -> [SockFilter; 11] {
    let next = |code, value| SockFilter::new(code, 0, 0, value);
    [
        next(LOAD, 0),
        next(SHIFT, 4),
        SockFilter::new(EQUAL, 0, 3, 4),
        next(LOAD, 9),
        SockFilter::new(EQUAL, 5, 0, 112),
        SockFilter::new(EQUAL, 4, 3, 51),
        SockFilter::new(EQUAL, 0, 2, 6),
        next(LOAD, 6),
        SockFilter::new(EQUAL, 1, 0, 112),
        next(RETURN, 0),
        next(RETURN, u32::MAX),
    ]
}
