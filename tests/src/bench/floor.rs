//! What a bare loop costs that sends the packets of a Master over the same cable: nobody who sends them that way costs less.

use std::io::IoSlice;
use std::net::SocketAddrV4;
use std::os::fd::AsRawFd;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nix::libc;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{ControlMessage, LinkAddr, MsgFlags, MultiHeaders, SockaddrIn, SockaddrLike, sendmmsg, sendmsg};
use nix::time::{ClockId, clock_gettime};
use socket2::{Domain, Protocol, Socket, Type};

use super::fleet::{Fleet, link_name, own_address};
use super::packet::{GROUP, VRRP, frame, message};
use super::row::{Row, Samples};
use super::site::Site;
use super::{Extent, RUNS, tell};

/// At which end of the link it is, and how it advertises.
const HOST: u8 = 1;
const PRIORITY: u8 = 100;

/// How the packets are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// A raw socket of the protocol, told of the link and the source with each packet: the kernel adds the header.
    RawTogether,
    /// A packet socket that is bound to the link, and whole frames.
    FramesTogether,
    /// The raw socket, a call a packet.
    RawOneByOne,
    /// The same, and a sleep before each.
    RawWoken,
}

impl Way {
    const ALL: [Self; 4] = [Self::RawTogether, Self::FramesTogether, Self::RawOneByOne, Self::RawWoken];

    const fn measure(self) -> &'static str {
        match self {
            Self::RawTogether => "raw IP, sendmmsg, µs",
            Self::FramesTogether => "frames, sendmmsg, µs",
            Self::RawOneByOne => "raw IP, sendmsg, µs",
            Self::RawWoken => "raw IP, woken each, µs",
        }
    }
}

/// Sends so many rounds of a fleet's advertisements, on a thread of its own; gives its time on a processor, in microseconds
/// a packet.
fn run(site: &Site, fleet: &Fleet, way: Way, rounds: u32) -> Result<f64> {
    let before = site.sent()?;
    let ran = site.left.network().enter(|| match way {
        Way::FramesTogether => {
            let packets = packets(fleet, |member| frame(&member, HOST, PRIORITY, fleet.interval));
            let socket = site.left.frame_sender(&link_name(0))?;
            let nobody: Vec<Option<LinkAddr>> = vec![None; packets.len()];
            together(&socket, &packets, &nobody, &[], rounds)
        }
        Way::RawTogether | Way::RawOneByOne | Way::RawWoken => {
            let packets = packets(fleet, |member| message(&member, HOST, PRIORITY, fleet.interval));
            let source = own_address(0, HOST);
            let info = libc::in_pktinfo {
                ipi_ifindex: if_nametoindex(link_name(0).as_str())?.try_into()?,
                ipi_spec_dst: libc::in_addr { s_addr: u32::from_ne_bytes(source.octets()) },
                ipi_addr: libc::in_addr { s_addr: 0 },
            };
            let control = [ControlMessage::Ipv4PacketInfo(&info)];
            let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(i32::from(VRRP))))?;
            socket.set_multicast_ttl_v4(255)?;
            socket.set_multicast_loop_v4(false)?;
            let group = SockaddrIn::from(SocketAddrV4::new(GROUP, 0));
            if way == Way::RawTogether {
                return together(&socket, &packets, &vec![Some(group); packets.len()], &control, rounds);
            }
            let pace = (way == Way::RawWoken).then(|| fleet.interval / u32::try_from(packets.len()).unwrap_or(1));
            one_by_one(&socket, &packets, &group, &control, rounds, pace)
        }
    })?;
    let packets = u64::from(rounds) * fleet.instances as u64;
    let sent = site.sent()? - before;
    ensure!(sent >= packets, "{way:?}: {sent} of {packets} packets were sent");
    Ok(ran.as_secs_f64() * 1e6 / packets as f64)
}

fn packets(fleet: &Fleet, make: impl Fn(super::fleet::Member) -> Vec<u8>) -> Vec<Vec<u8>> {
    fleet.members().map(make).collect()
}

/// The time that this thread has been on a processor.
fn ran() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}

/// Sends every round in one call.
fn together<A: SockaddrLike + Copy>(
    socket: &Socket,
    packets: &[Vec<u8>],
    to: &[Option<A>],
    control: &[ControlMessage<'_>],
    rounds: u32,
) -> Result<Duration> {
    let room = (!control.is_empty()).then(|| nix::cmsg_space!(libc::in_pktinfo));
    let mut headers = MultiHeaders::<A>::preallocate(packets.len(), room);
    let slices: Vec<[IoSlice<'_>; 1]> = packets.iter().map(|packet| [IoSlice::new(packet)]).collect();
    let start = ran()?;
    for _ in 0..rounds {
        // What it gives tells of messages that were received. How many were sent is counted at the link.
        sendmmsg(socket.as_raw_fd(), &mut headers, &slices, to, control, MsgFlags::empty())?;
    }
    Ok(ran()? - start)
}

/// Sends each packet alone, and at a pace where there is one.
fn one_by_one(
    socket: &Socket,
    packets: &[Vec<u8>],
    to: &SockaddrIn,
    control: &[ControlMessage<'_>],
    rounds: u32,
    pace: Option<Duration>,
) -> Result<Duration> {
    let (start, mut due) = (ran()?, Instant::now());
    for _ in 0..rounds {
        for packet in packets {
            if let Some(pace) = pace {
                due += pace;
                // A pace, not a wait for something.
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            sendmsg(socket.as_raw_fd(), &[IoSlice::new(packet)], control, MsgFlags::empty(), Some(to))?;
        }
    }
    Ok(ran()? - start)
}

/// Measures every way with what a Master of 250 sends.
pub(super) fn measure(extent: &Extent, show: &mut dyn FnMut(Row)) -> Result<()> {
    tell("a bare loop");
    let fleet = Fleet::new(extent.size(250));
    let site = Site::new("floor", &fleet, extent)?;
    let mut figures = Way::ALL.map(|way| (way, Samples::default()));
    for _ in 0..extent.runs(RUNS) {
        for (way, samples) in &mut figures {
            let rounds = if *way == Way::RawWoken { 2 } else { 400 };
            samples.push(run(&site, &fleet, *way, if extent.quick { 2 } else { rounds })?);
        }
    }
    let scene = format!("a bare loop for {fleet}, a packet");
    for (way, samples) in figures {
        show(Row::alone(&scene, way.measure(), samples));
    }
    Ok(())
}
