//! What every netlink socket is read by: datagrams taken apart, and what became of a request. Below the leaves that speak one of its protocols.

use std::io;

use netlink_packet_core::{NetlinkBuffer, NetlinkHeader, NlasIterator};
use nix::errno::Errno;

/// The length of `struct nlmsghdr`.
const HEADER: usize = 16;
const NLMSGERR_ATTR_MSG: u16 = 1;

/// What became of a request.
pub(crate) type Outcome = Result<(), Refusal>;

/// Why the kernel refused a request.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// The error number.
    pub errno: Errno,
    /// The kernel's own words, where it has some.
    pub words: Option<String>,
}

/// A signal to the daemon may be taken by this thread.
pub(crate) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// One message of a datagram.
pub(crate) struct Part<'a> {
    /// The netlink header.
    pub header: NetlinkHeader,
    /// What follows it.
    pub payload: &'a [u8],
}

/// Takes a datagram apart.
pub(crate) fn split(datagram: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        let buffer = NetlinkBuffer::new_checked(rest).ok()?;
        let length = usize::try_from(buffer.length()).ok()?;
        let mut header = NetlinkHeader::default();
        header.length = buffer.length();
        header.message_type = buffer.message_type();
        header.flags = buffer.flags();
        header.sequence_number = buffer.sequence_number();
        header.port_number = buffer.port_number();
        let payload = rest.get(HEADER..length)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Part { header, payload })
    })
}

/// Reads `struct nlmsgerr` and the extended acknowledgement that follows it.
pub(crate) fn outcome_of(payload: &[u8]) -> Outcome {
    let Some((code, rest)) = payload.split_first_chunk::<4>() else {
        return Err(Refusal { errno: Errno::EPROTO, words: None });
    };
    match i32::from_ne_bytes(*code) {
        0 => Ok(()),
        code => Err(Refusal { errno: Errno::from_raw(-code), words: words(rest.get(16..)) }),
    }
}

fn words(attributes: Option<&[u8]>) -> Option<String> {
    let message = NlasIterator::new(attributes?).flatten().find(|nla| nla.kind() == NLMSGERR_ATTR_MSG)?;
    let text = String::from_utf8_lossy(message.value()).trim_end_matches('\0').to_owned();
    (!text.is_empty()).then_some(text)
}
