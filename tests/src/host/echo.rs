//! The service that a client measures: answers each datagram with its content and the host's name.

use std::io::{IoSlice, IoSliceMut, PipeReader, PipeWriter};
use std::net::{Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg, setsockopt, sockopt,
};

use crate::namespace::Namespace;

/// The UDP port that the service answers on.
pub const ECHO_PORT: u16 = 7;

/// The running service; it ends on drop.
#[derive(Debug)]
pub struct Echo {
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Echo {
    pub(super) fn start(host: &str, network: &Namespace) -> Result<Self> {
        // One socket for both families: it answers from the address that it was asked at.
        let socket = network.enter(|| {
            let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, ECHO_PORT));
            let socket = UdpSocket::bind(any).context("the echo port is in use")?;
            setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
            Ok(socket)
        })?;
        let (stopped, stop) = std::io::pipe()?;
        let name = host.to_owned();
        let thread = thread::spawn(move || {
            while wait(&socket, &stopped) {
                // A datagram that cannot be answered counts as lost at the client.
                let _lost = answer(&socket, &name);
            }
        });
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Its panic was printed; the client has counted what it missed.
            let _panic = thread.join();
        }
    }
}

fn wait(socket: &UdpSocket, stopped: &PipeReader) -> bool {
    let mut ready = [PollFd::new(socket.as_fd(), PollFlags::POLLIN), PollFd::new(stopped.as_fd(), PollFlags::POLLIN)];
    poll(&mut ready, PollTimeout::NONE).is_ok()
        && !ready[1].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP))
}

fn answer(socket: &UdpSocket, name: &str) -> Result<()> {
    let mut data = [0; 64];
    let mut control = nix::cmsg_space!(nix::libc::in6_pktinfo);
    let mut buffers = [IoSliceMut::new(&mut data)];
    let fd = socket.as_raw_fd();
    let message = recvmsg::<SockaddrStorage>(fd, &mut buffers, Some(&mut control), MsgFlags::empty())?;
    let from = message.address.context("a datagram has a sender")?;
    let asked = message
        .cmsgs()?
        .find_map(|message| if let ControlMessageOwned::Ipv6PacketInfo(info) = message { Some(info) } else { None });
    let mut info = asked.context("a datagram has a destination")?;
    // The interface is the route's to choose: the address may be on lo, or leave by another NIC.
    info.ipi6_ifindex = 0;
    let length = message.bytes;
    let reply = [IoSlice::new(&data[..length]), IoSlice::new(name.as_bytes())];
    let control = [ControlMessage::Ipv6PacketInfo(&info)];
    sendmsg(fd, &reply, &control, MsgFlags::empty(), Some(&from))?;
    Ok(())
}
