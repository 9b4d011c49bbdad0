//! The segment that a host is on, and an observer of a namespace's kernel.

use std::fs::File;
use std::net::IpAddr;

use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};
use rtnetlink::sys::Socket;

use super::super::listening::open;
use super::super::socket::Message;
use super::super::watch::{self, Change};
use super::lab::{DEADLINE, ip};

/// The other end: a namespace with a bridge `br0` that has no address.
pub(crate) struct Segment {
    pub(crate) namespace: File,
    home: File,
}

impl Segment {
    pub(crate) fn new() -> Self {
        let namespace = std::thread::spawn(|| {
            unshare(CloneFlags::CLONE_NEWNET).unwrap();
            own_namespace()
        });
        let segment = Self { namespace: namespace.join().unwrap(), home: own_namespace() };
        segment.inside(|| {
            ip("link add br0 type bridge mcast_snooping 0");
            ip("link set br0 addrgenmode none");
            ip("link set br0 up");
        });
        segment
    }

    /// Runs something in the segment's namespace.
    pub(crate) fn inside<T>(&self, action: impl FnOnce() -> T) -> T {
        setns(&self.namespace, CloneFlags::CLONE_NEWNET).unwrap();
        let result = action();
        setns(&self.home, CloneFlags::CLONE_NEWNET).unwrap();
        result
    }

    /// Gives the host another link on the segment, which is up.
    pub(crate) fn plug(&self, link: &str) {
        use std::os::fd::AsRawFd;
        let path = format!("/proc/{}/fd/{}", std::process::id(), self.namespace.as_raw_fd());
        ip(&format!("link add {link} type veth peer name to-{link} netns {path}"));
        self.inside(|| ip(&format!("link set to-{link} addrgenmode none")));
        ip(&format!("link set {link} addrgenmode none"));
        let mut here = Monitor::new();
        self.inside(|| {
            let mut there = Monitor::new();
            ip(&format!("link set to-{link} up"));
            setns(&self.home, CloneFlags::CLONE_NEWNET).unwrap();
            ip(&format!("link set {link} up"));
            setns(&self.namespace, CloneFlags::CLONE_NEWNET).unwrap();
            there.carrier(&format!("to-{link}"));
            // A port that has a carrier already forwards at once.
            ip(&format!("link set to-{link} master br0"));
        });
        here.carrier(link);
    }
}

fn own_namespace() -> File {
    File::open("/proc/thread-self/ns/net").unwrap()
}

/// An observer of the kernel that is none of the worker's.
pub(crate) struct Monitor(Socket);

impl Monitor {
    /// Whether messages were lost since it was made: they came faster than the buffer was emptied.
    pub(crate) fn lost_some(&self) -> bool {
        let error = self.0.recv(&mut &mut [0_u8; 64][..], 0).err();
        error.and_then(|error| error.raw_os_error()) == Some(nix::libc::ENOBUFS)
    }

    pub(crate) fn new() -> Self {
        let socket = open().unwrap();
        socket.set_non_blocking(false).unwrap();
        setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::seconds(DEADLINE.as_secs().cast_signed())).unwrap();
        Self(socket)
    }

    /// Waits for a change.
    pub(crate) fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(&Change) -> Option<T>) -> T {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let length = match self.0.recv(&mut &mut buffer[..], 0) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                received => received.unwrap_or_else(|error| panic!("waiting for {what}: {error}")),
            };
            let kind = u16::from_ne_bytes([buffer[4], buffer[5]]);
            let change = watch::read(&Message { kind, cause: 0, payload: &buffer[16..length] });
            if let Some(found) = change.and_then(|change| wanted(&change)) {
                return found;
            }
        }
    }

    fn carrier(&mut self, name: &str) {
        self.until("a carrier", |change| match change {
            Change::Link(_, link) if link.name == name && link.trouble().is_none() => Some(()),
            _ => None,
        });
    }

    pub(crate) fn address(&mut self, link: u32, ip: &str) {
        let ip: IpAddr = ip.parse().unwrap();
        self.until("an address", |change| {
            matches!(change, Change::Address(place, _) if place.ip == ip && place.link == link).then_some(())
        });
    }

    pub(crate) fn address_gone(&mut self, link: u32, ip: &str) {
        let ip: IpAddr = ip.parse().unwrap();
        self.until("an address to go", |change| {
            matches!(change, Change::AddressGone(place) if place.ip == ip && place.link == link).then_some(())
        });
    }
}
