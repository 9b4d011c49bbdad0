//! Raw sockets: one a link and family, for every virtual router there, and one more for packets sealed by the authentication
//! header where a router needs it.
//!
//! What does not arrive there, although it reaches the host, is seen by taps. They are open only while somebody asks.
//!
//! All of them hang on one epoll descriptor, and the daemon's loop waits on that alone, so that its cost does not grow
//! with their number.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use nix::libc;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use vrrp::id::{Family, Vrid};
use vrrp::wire::auth::AH_PROTOCOL;
use vrrp::wire::{Discard, PROTOCOL, Packet, frame};

use crate::frames::{Frames, many};
use outbox::{Outbox, Way};
use poll::Poll;
use raw::Raw;
use tap::Tap;

mod outbox;
mod poll;
mod raw;
mod tap;

/// The longest packet that is read whole: 255 IPv6 addresses make 4088 bytes, and what is longer is no advertisement.
const LONGEST: usize = 4608;
/// How many packets one socket may hand over before the next has its turn.
const TURN: usize = 8;
/// How many if no other had anything when last asked.
const ALONE: usize = 32;

/// Every socket that sends and receives advertisements.
pub(crate) struct Packets {
    poll: AsyncFd<Poll>,
    sockets: BTreeMap<Place, Raw>,
    taps: BTreeMap<(u32, Family), Tap>,
    /// Taps whose filter is not yet what it should be: many may be asked for at once.
    stale: BTreeSet<(u32, Family)>,
    /// Places that had something to read when last asked, in the order of their turns.
    waiting: VecDeque<Place>,
    /// Whether others may have something that were not told of when last asked.
    more: bool,
    /// Whether packets wake who waits for them.
    wakes: bool,
    outbox: Outbox,
    frames: Frames,
    frame: Vec<u8>,
    buffer: Box<[u8; LONGEST]>,
}

/// Where something can be read: a link's index, a family, and the protocol of IP, or [`TAP`].
type Place = (u32, Family, u8);

/// Stands for the tap of a link and family. No socket is opened for this protocol, which is hop-by-hop options.
const TAP: u8 = 0;

/// What the routers of a link and family need to hear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listening {
    /// What is sent to the group.
    pub(crate) group: bool,
    /// What the authentication header seals. There is none over IPv6.
    pub(crate) sealed: bool,
}

/// A packet that arrived.
pub(crate) struct Received<'a> {
    /// The index of the link that it came over.
    pub(crate) link: u32,
    /// Whether it was seen below the firewall; it may also arrive by the ordinary way.
    pub(crate) below: bool,
    /// When it arrived, as the time since 1970 by the realtime clock; unknown of what was seen below the firewall.
    pub(crate) at: Option<Duration>,
    /// The packet, or why it is none.
    pub(crate) packet: Result<Packet<'a>, Discard>,
}

/// A packet to be sent.
#[derive(Clone, Copy)]
pub(crate) struct Outgoing<'a> {
    /// The index of the link that it leaves over.
    pub(crate) link: u32,
    /// The source address, one of this host's; its family tells the socket.
    pub(crate) source: IpAddr,
    /// The group or a peer.
    pub(crate) destination: IpAddr,
    /// The virtual MAC address that it leaves from, if not the link's own. Only what goes to the group can.
    pub(crate) source_mac: Option<[u8; 6]>,
    /// The encoded advertisement.
    pub(crate) payload: &'a [u8],
    /// Whether the payload is a whole IPv4 packet, sealed by the authentication header.
    pub(crate) sealed: bool,
}

impl Packets {
    /// Starts without any socket, within a tokio runtime.
    ///
    /// # Errors
    /// `EPERM` without CAP_NET_RAW, or no descriptors are left.
    pub(crate) fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        // SAFETY: `Poll` owns its descriptor, gives no other out, and is neither replaced nor taken out of the
        // `AsyncFd`.
        let poll = unsafe { AsyncFd::register_with_interest(poll, Interest::READABLE) }?;
        Ok(Self {
            poll,
            sockets: BTreeMap::new(),
            taps: BTreeMap::new(),
            stale: BTreeSet::new(),
            waiting: VecDeque::new(),
            more: false,
            wakes: true,
            outbox: Outbox::default(),
            frames: Frames::new()?,
            frame: Vec::new(),
            buffer: Box::new([0; LONGEST]),
        })
    }

    /// Makes it so that what is needed of the advertisements on a link is received.
    ///
    /// # Errors
    /// The kernel's, with its number: `ENODEV` if the link is gone.
    pub(crate) fn open(&mut self, link: u32, family: Family, listening: Listening) -> io::Result<()> {
        self.open_one((link, family, PROTOCOL), listening.group)?;
        if listening.sealed {
            return self.open_one((link, family, AH_PROTOCOL), listening.group);
        }
        self.sockets.remove(&(link, family, AH_PROTOCOL));
        Ok(())
    }

    fn open_one(&mut self, place: Place, group: bool) -> io::Result<()> {
        if let Some(socket) = self.sockets.get_mut(&place) {
            return socket.set_group(group);
        }
        let (link, family, protocol) = place;
        let mut socket = Raw::open(link, family, protocol)?;
        socket.set_group(group)?;
        self.poll.get_ref().add(&socket, place)?;
        self.sockets.insert(place, socket);
        Ok(())
    }

    /// Closes the sockets of a link and family, if there are any. What waits in them is lost.
    pub(crate) fn close(&mut self, link: u32, family: Family) {
        // The kernel takes a closed descriptor off the epoll by itself.
        for protocol in [PROTOCOL, AH_PROTOCOL] {
            self.sockets.remove(&(link, family, protocol));
        }
    }

    /// Begins to look below the firewall for the advertisements of a virtual router.
    ///
    /// # Errors
    /// The kernel's, with its number: no descriptors or memory are left, or the link is gone.
    pub(crate) fn look(&mut self, link: u32, family: Family, vrid: Vrid) -> io::Result<()> {
        if let Some(tap) = self.taps.get_mut(&(link, family)) {
            tap.look(vrid);
            self.stale.insert((link, family));
            return Ok(());
        }
        let tap = Tap::open(link, family, vrid)?;
        self.poll.get_ref().add(&tap, (link, family, TAP))?;
        self.taps.insert((link, family), tap);
        Ok(())
    }

    /// Ends what [`look`](Self::look) began. What waits may still be handed over.
    pub(crate) fn look_away(&mut self, link: u32, family: Family, vrid: Vrid) {
        if self.taps.get_mut(&(link, family)).is_some_and(|tap| tap.look_away(vrid)) {
            self.stale.insert((link, family));
        } else {
            self.taps.remove(&(link, family));
        }
    }

    /// Has the kernel know what the taps look for.
    fn refresh(&mut self) {
        while let Some(place) = self.stale.pop_first() {
            if let Some(Err(error)) = self.taps.get(&place).map(Tap::refresh) {
                tracing::warn!(link = place.0, family = %place.1, %error, "cannot look below the firewall");
            }
        }
    }

    /// Waits until there is something to receive, or a socket that was not read to its end. Dropped half-way, it loses nothing.
    ///
    /// # Errors
    /// Those of epoll, none of which is expected.
    pub(crate) async fn readable(&mut self) -> io::Result<()> {
        self.refresh();
        while self.waiting.is_empty() {
            // Whatever comes in after the look is a new edge, which the runtime is told of.
            self.poll.readable().await?.clear_ready();
            self.more = self.poll.get_ref().ready(&mut self.waiting)?;
        }
        Ok(())
    }

    /// Has packets wake whoever waits for them, or leaves them in their sockets until somebody [receives](Self::receive).
    ///
    /// # Errors
    /// Those of epoll, none of which is expected.
    pub(crate) fn wake(&mut self, wake: bool) -> io::Result<()> {
        match (wake, self.wakes) {
            (true, false) => self.poll.get_ref().open_gate(),
            (false, true) => self.poll.get_ref().shut_gate(),
            (true, true) | (false, false) => Ok(()),
        }?;
        self.wakes = wake;
        Ok(())
    }

    /// Hands over what has arrived and tells how many packets it has read, at most `budget`.
    ///
    /// It never blocks, and the sockets take turns.
    pub(crate) fn receive(&mut self, budget: usize, handle: &mut dyn FnMut(Received<'_>)) -> usize {
        self.more |= self.waiting.is_empty();
        let mut handled = 0;
        while handled < budget
            && let Some(place) = self.next_place()
        {
            // Whoever comes meanwhile to find this one alone waits for a longer turn, and nobody asks after every short one.
            let turn = if self.waiting.is_empty() { ALONE } else { TURN };
            let (read, drained) = self.receive_from(place, turn.min(budget - handled), handle);
            handled += read;
            if !drained {
                self.waiting.push_back(place);
            }
        }
        handled
    }

    /// Hands over what one socket has, and tells how many packets that were and whether it has no more.
    fn receive_from(&mut self, place: Place, budget: usize, handle: &mut dyn FnMut(Received<'_>)) -> (usize, bool) {
        let (link, family, protocol) = place;
        let below = protocol == TAP;
        for read in 0..budget {
            let buffer = self.buffer.as_mut_slice();
            let received = match below {
                false => self.sockets.get_mut(&place).map(|socket| socket.receive(buffer)),
                true => self.taps.get(&(link, family)).map(|tap| tap.receive(buffer)),
            };
            // It was closed while it waited for its turn.
            let Some(received) = received else { return (read, true) };
            match received {
                Ok(None) => {}
                Ok(Some((at, packet))) => handle(Received { link, below, at, packet }),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return (read, true),
                // The kernel tells of an error once and forgets it, so the socket is as good as before.
                Err(error) => tracing::warn!(link, %family, %error, "cannot receive advertisements"),
            }
        }
        (budget, false)
    }

    /// Whose turn it is.
    fn next_place(&mut self) -> Option<Place> {
        if self.waiting.is_empty() && std::mem::take(&mut self.more) {
            // An error shows in `readable`, too, and is reported there.
            self.more = self.poll.get_ref().ready(&mut self.waiting).ok()?;
        }
        self.waiting.pop_front()
    }

    /// Sends one advertisement at once.
    ///
    /// # Errors
    /// Those that [`flush`](Self::flush) tells.
    pub(crate) fn send(&mut self, outgoing: &Outgoing<'_>) -> io::Result<()> {
        let (way, packet) = prepare(outgoing, &mut self.frame);
        // Of one packet, one at most is refused.
        send_all(&self.sockets, &self.frames, way, &[packet]).pop().map_or(Ok(()), |(_, error)| Err(error))
    }

    /// Has an advertisement leave with the next [`flush`](Self::flush), and gives the number by which that tells of it. They
    /// count from 0 on.
    ///
    /// What takes the same way leaves in the order of its coming.
    pub(crate) fn queue(&mut self, outgoing: &Outgoing<'_>) -> usize {
        let (way, packet) = prepare(outgoing, &mut self.frame);
        self.outbox.add(way, packet)
    }

    /// Sends what waits, and gives the numbers of the advertisements that were refused, with the kernel's reason.
    ///
    /// `ENETDOWN` or `ENETUNREACH` if the link is down, `EINVAL`, `ENETUNREACH` or `EADDRNOTAVAIL` if the source is no
    /// address of this host, `EPERM` if a firewall forbids it, `ENOBUFS` or `EAGAIN` if a queue is full, `ENXIO` or `ENODEV`
    /// if the link is gone; `ENOTCONN` if no socket is open there.
    pub(crate) fn flush(&mut self) -> Vec<(usize, io::Error)> {
        let mut refused = Vec::new();
        for (way, waiting) in self.outbox.take() {
            let here = send_all(&self.sockets, &self.frames, way, &waiting.packets());
            refused.extend(here.into_iter().filter_map(|(place, error)| Some((waiting.number(place)?, error))));
        }
        refused
    }
}

/// Gives the way of an advertisement and what is sent there, which may be made in `frame`.
fn prepare<'a>(outgoing: &Outgoing<'a>, frame: &'a mut Vec<u8>) -> (Way, &'a [u8]) {
    match outgoing.source_mac {
        Some(mac) if outgoing.destination.is_multicast() => {
            match outgoing.sealed {
                true => frame::sealed(mac, outgoing.payload, frame),
                false => frame::advertisement(mac, outgoing.source, outgoing.payload, frame),
            }
            (Way::Frame { link: outgoing.link }, frame)
        }
        Some(_) | None => {
            let protocol = if outgoing.sealed { AH_PROTOCOL } else { PROTOCOL };
            let (source, destination) = (outgoing.source, outgoing.destination);
            let place = (outgoing.link, Family::of(source), protocol);
            (Way::Raw { place, source, destination }, outgoing.payload)
        }
    }
}

/// Sends packets that take the same way, and tells which ones were refused.
fn send_all(sockets: &BTreeMap<Place, Raw>, frames: &Frames, way: Way, packets: &[&[u8]]) -> Vec<(usize, io::Error)> {
    match way {
        Way::Frame { link } => frames.send_many(link, packets),
        Way::Raw { place, source, destination } => match sockets.get(&place) {
            Some(socket) => socket.send(source, destination, packets),
            None => many::all(packets.len(), libc::ENOTCONN),
        },
    }
}

#[cfg(test)]
mod tests;
