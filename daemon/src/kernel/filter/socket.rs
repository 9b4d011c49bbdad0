//! The two sockets to nftables: one that asks, and one that is told of what others do.

use std::io;

use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt};
use rtnetlink::packet_core::{NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR};
use rtnetlink::sys::protocols::NETLINK_NETFILTER;
use rtnetlink::sys::{Socket, SocketAddr};

use super::message::{Message, batch, question};
use crate::kernel::listening::{self, Listening};
use crate::kernel::socket::{DATAGRAM, enlarge};
use crate::netlink::{Outcome, Refusal, outcome_of, retry, split};

/// `NFNLGRP_NFTABLES`.
const GROUP: u32 = 7;
/// A batch is one datagram: that of tens of thousands of addresses.
const SEND_BUFFER: usize = 4 << 20;
/// How often a dump is repeated that was disturbed.
const DUMPS: usize = 5;

/// The socket that asks.
pub(super) struct Netfilter {
    socket: Socket,
    buffer: Vec<u8>,
    sequence: u32,
    /// Its address: what it brings about is told with it.
    pub(super) port: u32,
}

impl Netfilter {
    /// Opens the socket.
    pub(super) fn open() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_NETFILTER)?;
        let port = socket.bind_auto()?.port_number();
        socket.connect(&SocketAddr::new(0, 0))?;
        socket.set_cap_ack(true)?;
        socket.set_ext_ack(true)?;
        enlarge(&socket);
        if setsockopt(&socket, sockopt::SndBufForce, &SEND_BUFFER).is_err() {
            let _ = setsockopt(&socket, sockopt::SndBuf, &SEND_BUFFER);
        }
        Ok(Self { socket, buffer: vec![0; DATAGRAM], sequence: 0, port })
    }

    /// Has messages carried out, all of them or none.
    pub(super) fn carry_out(&mut self, messages: &[Message]) -> io::Result<Outcome> {
        let Some(count) = u32::try_from(messages.len()).ok().filter(|count| *count > 0) else {
            return Ok(Ok(()));
        };
        let first = self.sequence.wrapping_add(1);
        let last = first.wrapping_add(count);
        self.sequence = last.wrapping_add(1);
        let request = batch(first, messages);
        retry(|| self.socket.send(&request, 0))?;
        // All was done, or refused, when the call above returned: what there is to read is there.
        let (mut done, mut refused) = (false, None);
        while let Some(length) = self.receive()? {
            for message in split(&self.buffer[..length]) {
                let sequence = message.header.sequence_number;
                if sequence.wrapping_sub(first) > count || message.header.message_type != NLMSG_ERROR {
                    continue;
                }
                match outcome_of(message.payload) {
                    Ok(()) => done |= sequence == last,
                    Err(refusal) => refused = refused.or(Some(refusal)),
                }
            }
        }
        let unanswered = (!done).then_some(Refusal { errno: Errno::EPROTO, words: None });
        Ok(refused.or(unanswered).map_or(Ok(()), Err))
    }

    /// Asks a question and hands over what is answered. A table or a set that is not there answers nothing.
    pub(super) fn ask(&mut self, message: &Message, mut each: impl FnMut(&[u8])) -> io::Result<Outcome> {
        for _ in 0..DUMPS {
            self.sequence = self.sequence.wrapping_add(1);
            let request = question(self.sequence, message);
            retry(|| self.socket.send(&request, 0))?;
            let mut whole = true;
            'answer: while let Some(length) = self.receive()? {
                for part in split(&self.buffer[..length]) {
                    if part.header.sequence_number != self.sequence {
                        continue;
                    }
                    whole &= part.header.flags & NLM_F_DUMP_INTR == 0;
                    match part.header.message_type {
                        NLMSG_DONE => break 'answer,
                        NLMSG_ERROR => match outcome_of(part.payload) {
                            Err(refusal) if refusal.errno != Errno::ENOENT => return Ok(Err(refusal)),
                            Ok(()) | Err(_) => break 'answer,
                        },
                        _ => each(part.payload),
                    }
                }
            }
            if whole {
                break;
            }
        }
        Ok(Ok(()))
    }

    fn receive(&mut self) -> io::Result<Option<usize>> {
        match retry(|| self.socket.recv(&mut &mut self.buffer[..], nix::libc::MSG_DONTWAIT)) {
            Ok(length) => Ok(Some(length)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Opens the socket that listens. Needs a runtime that is entered.
pub(super) fn listen() -> io::Result<Listening> {
    Listening::new(listening::open_to(NETLINK_NETFILTER, &[GROUP], &[])?)
}
