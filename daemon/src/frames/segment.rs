//! What the tests of the socket leaves run on: two network namespaces, a cable between them, and captures.

use std::fs::File;
use std::net::IpAddr;
use std::os::fd::AsRawFd;
use std::process::Command;
use std::time::Duration;

use nix::errno::Errno;
use nix::ifaddrs::getifaddrs;
use nix::libc;
use nix::net::if_::{InterfaceFlags, if_nametoindex};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::socket::{MsgFlags, NetlinkAddr, bind, recv};
use socket2::{Domain, Protocol, Socket, Type};

/// How long anything may take that has to happen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// Two hosts on one cable.
///
/// Host N has MAC address 02:00:00:00:00:0N and on its one link the addresses 192.0.2.N and 192.0.2.1N, fe80::N and
/// fe80::1N.
pub(crate) struct Segment {
    pub(crate) left: Host,
    pub(crate) right: Host,
}

/// A network namespace with one end of the cable.
pub(crate) struct Host {
    namespace: File,
    /// The link's name.
    pub(crate) name: &'static str,
    /// The link's index.
    pub(crate) link: u32,
    /// The link's MAC address.
    pub(crate) mac: [u8; 6],
}

/// Runs a test on a segment of its own, in a thread of its own, within a runtime.
pub(crate) fn on_segment(test: impl AsyncFnOnce(&Segment) + Send + 'static) {
    let body = || {
        let segment = Segment::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime
            .block_on(async { tokio::time::timeout(DEADLINE, test(&segment)).await.expect("the test ends in time") });
    };
    if let Err(panic) = std::thread::spawn(body).join() {
        std::panic::resume_unwind(panic);
    }
}

impl Segment {
    fn new() -> Self {
        let [left, right] = [new_namespace(), new_namespace()];
        // This thread is in the right one.
        let there = format!("/proc/{}/fd/{}", std::process::id(), left.as_raw_fd());
        ip(&["link", "add", "right0", "type", "veth", "peer", "name", "left0", "netns", &there]);
        let segment = Self { left: Host::new(left, "left0", 1), right: Host::new(right, "right0", 2) };
        for host in [&segment.left, &segment.right] {
            let watch = host.watch(libc::RTMGRP_LINK);
            segment.left.run(&["link", "set", "left0", "up"]);
            segment.right.run(&["link", "set", "right0", "up"]);
            host.enter();
            watch.until(|| host.carries());
        }
        segment
    }
}

impl Host {
    fn new(namespace: File, name: &'static str, number: u8) -> Self {
        let mut host = Self { namespace, name, link: 0, mac: [2, 0, 0, 0, 0, number] };
        host.enter();
        host.link = if_nametoindex(name).unwrap();
        host.run(&["link", "set", name, "address", &format!("02:00:00:00:00:0{number}"), "addrgenmode", "none"]);
        for address in [format!("192.0.2.{number}/24"), format!("192.0.2.1{number}/24")] {
            host.run(&["address", "add", &address, "dev", name]);
        }
        for address in [format!("fe80::{number}/64"), format!("fe80::1{number}/64")] {
            host.run(&["address", "add", &address, "dev", name, "nodad"]);
        }
        host
    }

    /// Puts the calling thread on this host. What it opened elsewhere stays there.
    pub(crate) fn enter(&self) {
        setns(&self.namespace, CloneFlags::CLONE_NEWNET).unwrap();
    }

    /// Runs `ip` here and gives what it prints.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.enter();
        ip(arguments)
    }

    /// Tells whether the link carries packets; to be asked on this host.
    pub(crate) fn carries(&self) -> bool {
        let running = InterfaceFlags::IFF_RUNNING;
        getifaddrs().unwrap().any(|entry| entry.interface_name == self.name && entry.flags.contains(running))
    }

    /// Follows the kernel's messages of some groups (`RTMGRP_*`).
    pub(crate) fn watch(&self, groups: libc::c_int) -> Watch {
        self.enter();
        let socket =
            Socket::new(Domain::from(libc::AF_NETLINK), Type::RAW, Some(Protocol::from(libc::NETLINK_ROUTE))).unwrap();
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, groups.cast_unsigned())).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        Watch { socket }
    }

    /// Captures all frames here.
    pub(crate) fn capture(&self) -> Capture {
        self.enter();
        let protocol = i32::from(u16::try_from(libc::ETH_P_ALL).unwrap().to_be());
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(protocol))).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        Capture { socket }
    }
}

/// A subscription to the kernel's messages.
pub(crate) struct Watch {
    socket: Socket,
}

impl Watch {
    /// Waits until something holds, and looks again whenever the kernel tells of a change.
    pub(crate) fn until(&self, mut holds: impl FnMut() -> bool) {
        while !holds() {
            wait(&self.socket, &mut [0; 8192]);
        }
    }
}

/// A capture of frames.
pub(crate) struct Capture {
    socket: Socket,
}

impl Capture {
    /// Waits for the next frame from a MAC address.
    pub(crate) fn next_from(&self, mac: [u8; 6]) -> Vec<u8> {
        let mut frame = [0; 2048];
        loop {
            let length = wait(&self.socket, &mut frame);
            if frame[..length].get(6..12) == Some(&mac) {
                return frame[..length].to_vec();
            }
        }
    }
}

/// Waits for the next message. A child that ends elsewhere in the program interrupts that.
fn wait(socket: &Socket, buffer: &mut [u8]) -> usize {
    loop {
        match recv(socket.as_raw_fd(), buffer, MsgFlags::empty()) {
            Err(Errno::EINTR) => {}
            result => return result.expect("what is waited for comes in time"),
        }
    }
}

/// Gives the address 192.0.2.N or fe80::N.
pub(crate) fn address(v6: bool, number: u8) -> IpAddr {
    let text = if v6 { format!("fe80::{number}") } else { format!("192.0.2.{number}") };
    text.parse().unwrap()
}

fn new_namespace() -> File {
    unshare(CloneFlags::CLONE_NEWNET).expect("this test makes network namespaces: run it as root");
    File::open("/proc/thread-self/ns/net").unwrap()
}

/// Runs `ip` where the calling thread is.
fn ip(arguments: &[&str]) -> String {
    let output = Command::new("ip").args(arguments).output().expect("this test needs `ip` (package iproute2)");
    assert!(output.status.success(), "ip {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
