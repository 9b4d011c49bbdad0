//! Frames on the segment: asked and captured beyond the host's stack.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::libc;
use nix::sys::socket::MsgFlags;
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, recv, setsockopt, socket, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};

use super::lab::index;
use super::segment::Segment;

/// The client's MAC address and addresses.
pub(crate) const CLIENT: [u8; 6] = [0x02, 0, 0, 0, 0, 0x99];
const CLIENT_V4: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 99);
const CLIENT_V6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x99);
const BROADCAST: [u8; 6] = [0xff; 6];
const ARP: [u8; 2] = [0x08, 0x06];
const IPV6: [u8; 2] = [0x86, 0xdd];
const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;

/// A client without a stack: it sends from the bridge and sees every frame that the host sends.
pub(crate) struct Client {
    socket: OwnedFd,
    bridge: u32,
}

impl Client {
    pub(crate) fn new(segment: &Segment) -> Self {
        segment.inside(|| {
            let socket = packet_socket(SockProtocol::EthAll);
            setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::seconds(10)).unwrap();
            Self { socket, bridge: index("br0") }
        })
    }

    fn send(&self, frame: &[u8]) {
        send(&self.socket, self.bridge, frame);
    }

    /// Waits for a frame of the host's that is as wanted, and gives it with all before it.
    pub(crate) fn until(&self, what: &str, wanted: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        let mut buffer = [0; 2048];
        loop {
            let length = recv(self.socket.as_raw_fd(), &mut buffer, MsgFlags::empty())
                .unwrap_or_else(|error| panic!("waiting for {what}: {error}; seen: {frames:02x?}"));
            let frame = buffer[..length].to_vec();
            if frame[6..12] == CLIENT {
                continue;
            }
            let found = wanted(&frame);
            frames.push(frame);
            if found {
                return frames;
            }
        }
    }

    /// Asks for an address.
    pub(crate) fn probe(&self, address: &str) {
        self.send(&question(address.parse().unwrap()));
    }

    /// Who answers for an address: the MAC addresses in all answers that came before the one for `fence`, which the host
    /// has for certain. It is asked last, and the host answers in turn. A macvlan takes its turn later: there the fence must be
    /// on the macvlan too, and may be the address itself.
    pub(crate) fn who_has(&self, address: &str, fence: &str) -> Vec<[u8; 6]> {
        let (address, fence): (IpAddr, IpAddr) = (address.parse().unwrap(), fence.parse().unwrap());
        self.send(&question(address));
        self.send(&question(fence));
        let frames = self.until("the answer of the fence", |frame| answer(frame).is_some_and(|(ip, _)| ip == fence));
        let answers = frames.iter().filter_map(|frame| answer(frame));
        let mut macs: Vec<_> = answers.filter(|(ip, _)| *ip == address).map(|(_, mac)| mac).collect();
        macs.sort_unstable();
        macs.dedup();
        macs
    }
}

/// Sends a frame through a link of this namespace, as another program might.
pub(crate) fn send_through(link: &str, frame: &[u8]) {
    send(&packet_socket(SockProtocol::EthIp), index(link), frame);
}

fn packet_socket(protocol: SockProtocol) -> OwnedFd {
    socket(AddressFamily::Packet, SockType::Raw, SockFlag::empty(), protocol).unwrap()
}

fn send(socket: &OwnedFd, link: u32, frame: &[u8]) {
    let length = u32::try_from(size_of::<libc::sockaddr_ll>()).unwrap();
    // SAFETY: all bytes zero are a valid `sockaddr_ll`, and the kernel reads the frame and the address while the call lasts.
    let sent = unsafe {
        let mut to: libc::sockaddr_ll = std::mem::zeroed();
        to.sll_family = libc::AF_PACKET.try_into().unwrap();
        to.sll_ifindex = link.cast_signed();
        to.sll_halen = 6;
        libc::sendto(socket.as_raw_fd(), frame.as_ptr().cast(), frame.len(), 0, (&raw const to).cast(), length)
    };
    assert_eq!(usize::try_from(sent), Ok(frame.len()), "{}", std::io::Error::last_os_error());
}

/// The sender of an ARP request or the source of a neighbour solicitation, and what is looked for.
pub(crate) fn asked(frame: &[u8]) -> Option<(IpAddr, IpAddr)> {
    if frame.get(12..14)? == ARP && frame.get(20..22)? == [0, 1] {
        return Some((v4(frame.get(28..32)?), v4(frame.get(38..42)?)));
    }
    (frame.get(12..14)? == IPV6 && frame.get(20) == Some(&58) && frame.get(54) == Some(&SOLICITATION))
        .then(|| Some((v6(frame.get(22..38)?), v6(frame.get(62..78)?))))?
}

/// Whether a frame is a multicast listener report.
pub(crate) fn is_listener_report(frame: &[u8]) -> bool {
    // A hop-by-hop option of eight bytes comes first; 143 is version 2.
    frame[12..14] == IPV6 && frame[20] == 0 && frame.get(62) == Some(&143)
}

/// Who sent a frame.
pub(crate) fn source(frame: &[u8]) -> [u8; 6] {
    frame[6..12].try_into().unwrap()
}

fn answer(frame: &[u8]) -> Option<(IpAddr, [u8; 6])> {
    if frame.get(12..14)? == ARP && frame.get(20..22)? == [0, 2] {
        return Some((v4(frame.get(28..32)?), frame.get(22..28)?.try_into().ok()?));
    }
    let advertisement =
        frame.get(12..14)? == IPV6 && frame.get(20) == Some(&58) && frame.get(54) == Some(&ADVERTISEMENT);
    // The target link-layer address is the only option.
    advertisement.then(|| Some((v6(frame.get(62..78)?), frame.get(80..86)?.try_into().ok()?)))?
}

fn v4(bytes: &[u8]) -> IpAddr {
    IpAddr::from(<[u8; 4]>::try_from(bytes).unwrap())
}

fn v6(bytes: &[u8]) -> IpAddr {
    IpAddr::from(<[u8; 16]>::try_from(bytes).unwrap())
}

fn question(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(target) => {
            let mut frame = [&BROADCAST[..], &CLIENT, &ARP, &[0, 1, 8, 0, 6, 4, 0, 1], &CLIENT].concat();
            frame.extend(CLIENT_V4.octets());
            frame.extend([0; 6]);
            frame.extend(target.octets());
            frame
        }
        IpAddr::V6(target) => {
            let [.., a, b, c] = target.octets();
            let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | u16::from(a), u16::from_be_bytes([b, c]));
            let mut message = vec![SOLICITATION, 0, 0, 0, 0, 0, 0, 0];
            message.extend(target.octets());
            message.extend([1, 1]);
            message.extend(CLIENT);
            let sum =
                checksum(&[&CLIENT_V6.octets()[..], &group.octets(), &[0, 0, 0, 32, 0, 0, 0, 58], &message].concat());
            message[2..4].copy_from_slice(&sum.to_be_bytes());
            let header = [0x60, 0, 0, 0, 0, 32, 58, 255];
            [&[0x33, 0x33, 0xff, a, b, c][..], &CLIENT, &IPV6, &header, &CLIENT_V6.octets(), &group.octets(), &message]
                .concat()
        }
    }
}

fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !u16::try_from((folded & 0xffff) + (folded >> 16)).unwrap()
}
