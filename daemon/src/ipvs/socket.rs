//! The generic netlink socket: every request has been carried out, and is answered, when its call returns.

use std::io;

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NetlinkDeserializable as _, NetlinkHeader,
    NlasIterator,
};
use netlink_packet_generic::GenlMessage;
use netlink_packet_generic::constants::{CTRL_ATTR_FAMILY_ID, GENL_HDRLEN};
use netlink_packet_generic::ctrl::nlas::GenlCtrlAttrs;
use netlink_packet_generic::ctrl::{GenlCtrl, GenlCtrlCmd};
use netlink_sys::protocols::NETLINK_GENERIC;
use netlink_sys::{Socket, SocketAddr};
use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::time::{TimeVal, TimeValLike as _};

use super::Role;
use super::message::{self, Daemon, FAMILY, Message};
use crate::netlink::{Part, outcome_of, retry, split};

/// More than any answer: there are two sync daemons.
const DATAGRAM: usize = 32 << 10;
/// How long an answer may take, in seconds. It is there when the request has been sent.
const PATIENCE: i64 = 5;

/// A socket, and the number that the kernel has given the family.
pub(super) struct Asking {
    socket: Socket,
    family: u16,
    buffer: Vec<u8>,
    sequence: u32,
}

impl Asking {
    /// Opens the socket and asks for the family. A kernel that has it as a module loads that.
    ///
    /// # Errors
    /// `ENOENT` if the kernel has no IPVS; the socket's.
    pub(super) fn open() -> Result<Self, Errno> {
        let mut socket = Socket::new(NETLINK_GENERIC).map_err(|error| errno(&error))?;
        socket.bind_auto().map_err(|error| errno(&error))?;
        socket.connect(&SocketAddr::new(0, 0)).map_err(|error| errno(&error))?;
        setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::seconds(PATIENCE))?;
        let mut asking = Self { socket, family: 0, buffer: vec![0; DATAGRAM], sequence: 0 };
        let control =
            GenlCtrl { cmd: GenlCtrlCmd::GetFamily, nlas: vec![GenlCtrlAttrs::FamilyName(FAMILY.to_owned())] };
        asking.sequence += 1;
        let request =
            message::bytes(GenlMessage::from_payload(control).into(), NLM_F_REQUEST | NLM_F_ACK, asking.sequence);
        let mut family = None;
        asking.answered(&request, |_, payload| {
            // Only this one is read: the others may be newer than the library.
            let attributes = NlasIterator::new(payload.get(GENL_HDRLEN..).unwrap_or_default());
            let number = attributes.flatten().find(|nla| nla.kind() == CTRL_ATTR_FAMILY_ID);
            family = number.and_then(|nla| nla.value().try_into().ok()).map(u16::from_ne_bytes).or(family);
        })?;
        asking.family = family.ok_or(Errno::ENOENT)?;
        Ok(asking)
    }

    /// The sync daemons that run.
    pub(super) fn running(&mut self) -> Result<Vec<Daemon>, Errno> {
        let mut daemons = Vec::new();
        self.ask(Message::Ask, NLM_F_REQUEST | NLM_F_DUMP, |header, payload| {
            if let Ok(answer) = GenlMessage::<Message>::deserialize(header, payload)
                && let Message::Runs(daemon) = answer.payload
            {
                daemons.push(daemon);
            }
        })?;
        Ok(daemons)
    }

    /// Starts one.
    pub(super) fn start(&mut self, daemon: Daemon) -> Result<(), Errno> {
        self.ask(Message::Runs(daemon), NLM_F_REQUEST | NLM_F_ACK, |_, _| {})
    }

    /// Stops one. That there is none is as good.
    pub(super) fn stop(&mut self, role: Role) -> Result<(), Errno> {
        match self.ask(Message::Stop(role), NLM_F_REQUEST | NLM_F_ACK, |_, _| {}) {
            Err(Errno::ESRCH) => Ok(()),
            other => other,
        }
    }

    fn ask(&mut self, message: Message, flags: u16, each: impl FnMut(&NetlinkHeader, &[u8])) -> Result<(), Errno> {
        self.sequence = self.sequence.wrapping_add(1);
        let request = message.request(self.family, flags, self.sequence);
        self.answered(&request, each)
    }

    /// Sends a request and hands over what comes before its end.
    fn answered(&mut self, request: &[u8], mut each: impl FnMut(&NetlinkHeader, &[u8])) -> Result<(), Errno> {
        retry(|| self.socket.send(request, 0)).map_err(|error| errno(&error))?;
        loop {
            let received = retry(|| self.socket.recv(&mut &mut self.buffer[..], 0));
            let length = received.map_err(|error| errno(&error))?;
            for Part { header, payload } in split(&self.buffer[..length]) {
                match header.message_type {
                    _ if header.sequence_number != self.sequence => {}
                    // Both begin with a number: 0, or an error's below zero.
                    NLMSG_DONE | NLMSG_ERROR => return outcome_of(payload).map_err(|refusal| refusal.errno),
                    _ => each(&header, payload),
                }
            }
        }
    }
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or_default())
}
