//! A packet socket that takes every frame of a namespace or of one NIC, with the kernel's timestamps.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{IoSliceMut, PipeReader};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::libc;
use nix::net::if_::{if_indextoname, if_nametoindex};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{ControlMessageOwned, LinkAddr, MsgFlags, recvmsg, setsockopt, sockopt};
use socket2::{Domain, Protocol, SockAddr, SockFilter, Type};

use super::decode;
use super::frame::Frame;

/// What is captured.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    /// What enters any port of a bridge.
    Switch,
    /// The same without UDP and TCP: what hosts say about addresses, not what clients send to them.
    Signalling,
    /// What one NIC sends and receives.
    Nic(String),
    /// What one NIC sends.
    Sent(String),
}

/// An open packet socket.
#[derive(Debug)]
pub(crate) struct Socket {
    socket: socket2::Socket,
    scope: Scope,
    ports: HashMap<usize, String>,
    network: std::fs::File,
}

const HEADER: usize = 14;

/// Loads what the kernel knows of a frame's direction (linux/filter.h), and takes what goes out (`PACKET_OUTGOING`), whole.
const SENT: [SockFilter; 4] = [
    SockFilter::new(0x28, 0, 0, 0xffff_f004),
    SockFilter::new(0x15, 0, 1, 4),
    SockFilter::new(0x06, 0, 0, u32::MAX),
    SockFilter::new(0x06, 0, 0, 0),
];

/// Drops UDP and TCP over both families and takes everything else whole.
const NEITHER_UDP_NOR_TCP: [SockFilter; 10] = [
    SockFilter::new(0x28, 0, 0, 12),     // 0: the EtherType
    SockFilter::new(0x15, 0, 2, 0x0800), // 1: IPv4, or 4
    SockFilter::new(0x30, 0, 0, 23),     // 2: its protocol
    SockFilter::new(0x05, 0, 0, 2),      // 3: to 6
    SockFilter::new(0x15, 0, 3, 0x86dd), // 4: IPv6, or 8
    SockFilter::new(0x30, 0, 0, 20),     // 5: its next header
    SockFilter::new(0x15, 2, 0, 17),     // 6: UDP, to 9
    SockFilter::new(0x15, 1, 0, 6),      // 7: TCP, to 9
    SockFilter::new(0x06, 0, 0, u32::MAX),
    SockFilter::new(0x06, 0, 0, 0),
];

impl Socket {
    /// Opens the socket in the calling thread's network namespace.
    pub(crate) fn open(scope: Scope) -> Result<Self> {
        let index = match &scope {
            Scope::Switch | Scope::Signalling => 0,
            Scope::Nic(nic) | Scope::Sent(nic) => {
                if_nametoindex(nic.as_str()).with_context(|| format!("no NIC {nic}"))?
            }
        };
        let all = i32::from(u16::to_be(libc::ETH_P_ALL.cast_unsigned().try_into()?));
        let socket = socket2::Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(all)))
            .context("cannot open a packet socket")?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        setsockopt(&socket, sockopt::RcvBufForce, &(16 << 20))?;
        if matches!(scope, Scope::Sent(_)) {
            socket.attach_filter(&SENT)?;
        }
        if matches!(scope, Scope::Signalling) {
            socket.attach_filter(&NEITHER_UDP_NOR_TCP)?;
        }
        if index != 0 {
            socket.bind(&link_address(index, libc::ETH_P_ALL as u16)?)?;
        }
        let network = std::fs::File::open("/proc/thread-self/ns/net")?;
        Ok(Self { socket, scope, ports: HashMap::new(), network })
    }

    /// Opens a sender of whole frames by a NIC of the calling thread's network namespace.
    pub(crate) fn sender(nic: &str) -> Result<socket2::Socket> {
        let index = if_nametoindex(nic).with_context(|| format!("no NIC {nic}"))?;
        // Protocol 0: it sends and never receives.
        let socket = socket2::Socket::new(Domain::PACKET, Type::RAW, None)?;
        socket.bind(&link_address(index, 0)?)?;
        Ok(socket)
    }

    /// Hands over frame after frame until the other end of `stopped` is closed.
    pub(crate) fn read_until(&mut self, stopped: &PipeReader, take: impl Fn(Frame)) -> Result<()> {
        // Names of ports that appear later are looked up in the same namespace.
        nix::sched::setns(&self.network, nix::sched::CloneFlags::CLONE_NEWNET)?;
        loop {
            let mut ready =
                [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN), PollFd::new(stopped.as_fd(), PollFlags::POLLIN)];
            poll(&mut ready, PollTimeout::NONE)?;
            if ready[1].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP)) {
                return Ok(());
            }
            match self.read() {
                Ok(Some(frame)) => take(frame),
                Ok(None) | Err(Errno::EAGAIN | Errno::ENETDOWN | Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn read(&mut self) -> nix::Result<Option<Frame>> {
        let mut data = [0; 65536];
        let mut control = nix::cmsg_space!(libc::timespec);
        let (length, at, from) = {
            let mut buffers = [IoSliceMut::new(&mut data)];
            let fd = self.socket.as_raw_fd();
            let flags = MsgFlags::MSG_DONTWAIT;
            let message = recvmsg::<LinkAddr>(fd, &mut buffers, Some(&mut control), flags)?;
            let stamp = message.cmsgs()?.find_map(|message| {
                if let ControlMessageOwned::ScmTimestampns(at) = message { Some(at) } else { None }
            });
            (message.bytes, stamp.map_or_else(SystemTime::now, time), message.address)
        };
        let Some(port) = from.and_then(|from| self.port(&from)) else {
            return Ok(None);
        };
        let octets = &data[..length];
        let (Some(destination), Some(source), Some(&[high, low])) = (
            octets.first_chunk::<6>(),
            octets.get(6..).and_then(|rest| rest.first_chunk::<6>()),
            octets.get(12..).and_then(|rest| rest.first_chunk::<2>()),
        ) else {
            return Ok(None);
        };
        let ether_type = u16::from_be_bytes([high, low]);
        Ok(Some(Frame {
            at,
            port,
            source: decode::mac(*source),
            destination: decode::mac(*destination),
            payload: decode::payload(ether_type, &octets[HEADER..]),
            octets: octets.to_vec(),
        }))
    }

    /// Names where a frame came in; `None` for what leaves a switch, which entered it before.
    fn port(&mut self, from: &LinkAddr) -> Option<String> {
        let outgoing = from.as_ref().sll_pkttype == libc::PACKET_OUTGOING;
        match self.scope {
            Scope::Nic(_) | Scope::Sent(_) => Some(if outgoing { "out" } else { "in" }.into()),
            Scope::Switch | Scope::Signalling if outgoing => None,
            Scope::Switch | Scope::Signalling => {
                let index = from.ifindex();
                if let Entry::Vacant(unknown) = self.ports.entry(index) {
                    let name = if_indextoname(u32::try_from(index).ok()?).ok()?;
                    unknown.insert(name.to_string_lossy().into_owned());
                }
                self.ports.get(&index).filter(|name| name.contains('-')).cloned()
            }
        }
    }
}

fn time(at: nix::sys::time::TimeSpec) -> SystemTime {
    UNIX_EPOCH + Duration::from(at)
}

/// The address that binds a packet socket to a NIC, to receive an EtherType, all (`ETH_P_ALL`) or none (0).
fn link_address(index: u32, protocol: u16) -> Result<SockAddr> {
    let index = index.try_into()?;
    // SAFETY: the storage is zeroed and larger than sockaddr_ll, whose fields are all plain integers.
    let ((), address) = unsafe {
        SockAddr::try_init(|storage, length| {
            let link = storage.cast::<libc::sockaddr_ll>();
            (*link).sll_family = libc::AF_PACKET as u16;
            (*link).sll_protocol = protocol.to_be();
            (*link).sll_ifindex = index;
            *length = size_of::<libc::sockaddr_ll>() as u32;
            Ok(())
        })?
    };
    Ok(address)
}
