//! The rtnetlink socket that asks, and what it shares with the one that listens.

use std::io;

use nix::sys::socket::{setsockopt, sockopt};
use rtnetlink::packet_core::{
    NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NetlinkHeader, NetlinkMessage,
    NetlinkPayload,
};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

use crate::netlink::{Outcome, outcome_of, retry, split};

/// Notifications of one second on a busy host; the kernel halves nothing and doubles it.
const RECEIVE_BUFFER: usize = 4 << 20;
/// More than any message without virtual functions, and than any batch of a dump.
pub(super) const DATAGRAM: usize = 64 << 10;

/// A message of the kernel's, header and all.
pub(super) struct Message<'a> {
    /// `RTM_*`.
    pub kind: u16,
    /// The port of the socket that brought it about; 0 if the kernel did by itself, or does not tell.
    pub cause: u32,
    /// What follows the netlink header.
    pub payload: &'a [u8],
}

/// The socket that asks. Every request has been carried out when [`send`](Self::send) returns.
pub(super) struct Asking {
    socket: Socket,
    buffer: Vec<u8>,
    sequence: u32,
}

impl Asking {
    /// Opens the socket.
    pub(super) fn open() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        socket.set_cap_ack(true)?;
        socket.set_ext_ack(true)?;
        // A dump of routes is filtered by the kernel then.
        socket.set_netlink_get_strict_chk(true)?;
        enlarge(&socket);
        Ok(Self { socket, buffer: vec![0; DATAGRAM], sequence: 0 })
    }

    /// Sends all messages at once and gives one outcome for each, in their order. `messages` are at most a few hundred.
    pub(super) fn send(&mut self, messages: Vec<(RouteNetlinkMessage, u16)>) -> io::Result<Vec<Outcome>> {
        let first = self.sequence.wrapping_add(1);
        let mut outcomes: Vec<Option<Outcome>> = messages.iter().map(|_| None).collect();
        let mut batch = Vec::with_capacity(messages.len() * 96);
        let last = messages.len().saturating_sub(1);
        for (number, (message, flags)) in messages.into_iter().enumerate() {
            // The kernel carries them out in their order and tells of every refusal, so that one answer tells of all success.
            self.append(&mut batch, message, if number == last { flags | NLM_F_ACK } else { flags });
        }
        retry(|| self.socket.send(&batch, 0))?;
        while outcomes.last().is_some_and(Option::is_none) {
            let length = self.receive()?;
            for message in split(&self.buffer[..length]) {
                let place = outcomes.get_mut(message.header.sequence_number.wrapping_sub(first) as usize);
                if let Some(outcome @ None) = place
                    && message.header.message_type == NLMSG_ERROR
                {
                    *outcome = Some(outcome_of(message.payload));
                }
            }
        }
        Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or(Ok(()))).collect())
    }

    /// Asks for all objects of one kind. `false` when they changed meanwhile: the answer may have holes.
    pub(super) fn dump(&mut self, request: RouteNetlinkMessage, each: impl FnMut(Message<'_>)) -> io::Result<bool> {
        self.ask(request, NLM_F_DUMP, each)
    }

    /// Does as [`dump`](Self::dump) does, with the type and the payload of a message that the library does not know.
    pub(super) fn dump_plain(&mut self, kind: u16, payload: &[u8], each: impl FnMut(Message<'_>)) -> io::Result<bool> {
        self.sequence = self.sequence.wrapping_add(1);
        let length = u32::try_from(16 + payload.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let flags = NLM_F_REQUEST | NLM_F_DUMP;
        let mut batch = [length.to_ne_bytes(), [0; 4], self.sequence.to_ne_bytes(), [0; 4]].concat();
        batch[4..6].copy_from_slice(&kind.to_ne_bytes());
        batch[6..8].copy_from_slice(&flags.to_ne_bytes());
        batch.extend_from_slice(payload);
        self.answered(&batch, each)
    }

    /// Asks for one object.
    pub(super) fn look_up(&mut self, request: RouteNetlinkMessage, each: impl FnMut(Message<'_>)) -> io::Result<()> {
        self.ask(request, NLM_F_ACK, each).map(drop)
    }

    fn ask(&mut self, request: RouteNetlinkMessage, flags: u16, each: impl FnMut(Message<'_>)) -> io::Result<bool> {
        let mut batch = Vec::new();
        self.append(&mut batch, request, flags);
        self.answered(&batch, each)
    }

    fn answered(&mut self, request: &[u8], mut each: impl FnMut(Message<'_>)) -> io::Result<bool> {
        retry(|| self.socket.send(request, 0))?;
        let mut whole = true;
        loop {
            let length = self.receive()?;
            for message in split(&self.buffer[..length]) {
                if message.header.sequence_number != self.sequence {
                    continue;
                }
                whole &= message.header.flags & NLM_F_DUMP_INTR == 0;
                match message.header.message_type {
                    NLMSG_DONE => return Ok(whole),
                    NLMSG_ERROR => {
                        return match outcome_of(message.payload) {
                            Ok(()) => Ok(whole),
                            Err(refusal) => Err(refusal.errno.into()),
                        };
                    }
                    kind => each(Message { kind, cause: 0, payload: message.payload }),
                }
            }
        }
    }

    fn receive(&mut self) -> io::Result<usize> {
        retry(|| self.socket.recv(&mut &mut self.buffer[..], 0))
    }

    fn append(&mut self, batch: &mut Vec<u8>, message: RouteNetlinkMessage, flags: u16) {
        self.sequence = self.sequence.wrapping_add(1);
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | flags;
        header.sequence_number = self.sequence;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::InnerMessage(message));
        message.finalize();
        let start = batch.len();
        batch.resize(start + message.buffer_len().next_multiple_of(4), 0);
        message.serialize(&mut batch[start..]);
    }
}

/// Asks for a receive buffer for many messages.
pub(super) fn enlarge(socket: &Socket) {
    // The first needs CAP_NET_ADMIN in the initial user namespace; the second is cut to rmem_max. Overruns are survived anyway.
    if setsockopt(socket, sockopt::RcvBufForce, &RECEIVE_BUFFER).is_err() {
        let _ = setsockopt(socket, sockopt::RcvBuf, &RECEIVE_BUFFER);
    }
}
