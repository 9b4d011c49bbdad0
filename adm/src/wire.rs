//! What goes over the wire while somebody listens.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{LinkAddr, recvfrom};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, SockFilter, Socket, Type};
use vrrp::id::{Family, Version};
use vrrp::wire::{Packet, overhear};

/// Longer than any packet that a link with the usual MTU carries.
const LONGEST: usize = 9_216;

pub(crate) const LOAD: u16 = (libc::BPF_LD | libc::BPF_B | libc::BPF_ABS) as u16;
const SHIFT: u16 = (libc::BPF_ALU | libc::BPF_RSH | libc::BPF_K) as u16;
pub(crate) const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
pub(crate) const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

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

/// Listens to the advertisements on some links, also to those that this host's packet filter drops.
pub(crate) struct Ear {
    socket: Socket,
    /// The links by their indices.
    links: BTreeMap<usize, String>,
    /// What makes this host a member of the groups.
    _members: Vec<Socket>,
}

impl Ear {
    /// Begins to listen.
    ///
    /// # Errors
    /// Nobody but root may do this, or the kernel refuses; in words.
    pub(crate) fn on<'l>(names: impl IntoIterator<Item = &'l str>) -> Result<Self, String> {
        let socket = open(libc::ETH_P_ALL, &advertisements()).map_err(|error| refused(&error))?;
        let (mut links, mut members) = (BTreeMap::new(), Vec::new());
        for name in names {
            if let Ok(index) = if_nametoindex(name)
                && links.insert(index as usize, name.to_owned()).is_none()
            {
                members.extend(Family::ALL.into_iter().filter_map(|family| join(family, index).ok()));
            }
        }
        Ok(Self { socket, links, _members: members })
    }

    /// Takes what comes until the time is over.
    ///
    /// # Errors
    /// The kernel refuses; in words.
    pub(crate) fn hear(&self, time: Duration) -> Result<Vec<Heard>, String> {
        let mut heard: Vec<Heard> = Vec::new();
        let deadline = Instant::now() + time;
        while let Some((bytes, from)) = receive(&self.socket, deadline).map_err(|error| refused(&error))? {
            let Some(link) = self.links.get(&from.ifindex()) else { continue };
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

/// Has a link pass on what is sent to the group, which its own filter keeps from a host where nobody is a member. While the
/// socket is there; it receives nothing itself.
fn join(family: Family, index: u32) -> io::Result<Socket> {
    let domain = if family == Family::V4 { Domain::IPV4 } else { Domain::IPV6 };
    let socket = Socket::new(domain, Type::DGRAM, None)?;
    match family.group() {
        IpAddr::V4(group) => socket.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(index))?,
        IpAddr::V6(group) => socket.join_multicast_v6(&group, index)?,
    }
    Ok(socket)
}

/// Why a link cannot be listened to, in words.
pub(crate) fn refused(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::PermissionDenied {
        return "only root may listen to a link (CAP_NET_RAW)".to_owned();
    }
    format!("the link cannot be listened to: {error}")
}

/// Opens a packet socket for all links, from the network header on.
pub(crate) fn open(protocol: i32, filter: &[SockFilter]) -> io::Result<Socket> {
    let ethertype = u16::try_from(protocol).map_err(|_| io::ErrorKind::InvalidInput)?;
    let protocol = Protocol::from(i32::from(ethertype.to_be()));
    let socket = Socket::new(Domain::PACKET, Type::DGRAM, Some(protocol))?;
    socket.attach_filter(filter)?;
    Ok(socket)
}

/// Waits for the next packet; nothing if none comes until then.
pub(crate) fn receive(socket: &Socket, deadline: Instant) -> io::Result<Option<(Vec<u8>, LinkAddr)>> {
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
