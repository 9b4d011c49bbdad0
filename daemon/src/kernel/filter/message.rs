//! Messages to nftables: attributes, and batches that the kernel carries out whole or not at all.
//!
//! Numbers in attributes are big-endian (linux/netfilter/nf_tables.h); lengths and kinds are the host's, as in all of netlink.

use rtnetlink::packet_core::{NLM_F_ACK, NLM_F_REQUEST};

/// `NFNL_SUBSYS_NFTABLES`.
const NFTABLES: u16 = 10;
/// `NFNL_MSG_BATCH_BEGIN` and `NFNL_MSG_BATCH_END`.
const BEGIN: u16 = 0x10;
const END: u16 = 0x11;
/// `NLA_F_NESTED`.
const NESTED: u16 = 0x8000;
/// `NFPROTO_INET`: what is in a table of this family sees packets of IPv4 and IPv6.
pub(super) const INET: u8 = 1;
/// The lengths of `struct nlmsghdr` and `struct nfgenmsg`.
const HEADER: usize = 16;
pub(super) const GENERAL: usize = 4;

/// The kind of a netlink message that is one of nftables' own, `NFT_MSG_*`.
pub(super) const fn kind(message: u8) -> u16 {
    NFTABLES << 8 | message as u16
}

/// Appends an attribute.
pub(super) fn attribute(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    sized(out, kind, |out| out.extend_from_slice(value));
}

/// Appends an attribute whose value is text.
pub(super) fn text(out: &mut Vec<u8>, kind: u16, value: &str) {
    sized(out, kind, |out| {
        out.extend_from_slice(value.as_bytes());
        out.push(0);
    });
}

/// Appends an attribute whose value is a number.
pub(super) fn number(out: &mut Vec<u8>, kind: u16, value: u32) {
    attribute(out, kind, &value.to_be_bytes());
}

/// Appends an attribute that is made of others.
pub(super) fn nested(out: &mut Vec<u8>, kind: u16, content: impl FnOnce(&mut Vec<u8>)) {
    sized(out, kind | NESTED, content);
}

fn sized(out: &mut Vec<u8>, kind: u16, content: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 2]);
    out.extend_from_slice(&kind.to_ne_bytes());
    content(out);
    // Whoever appends keeps what is nested below 64 KiB.
    let length = u16::try_from(out.len() - start).unwrap_or(u16::MAX);
    out[start..start + 2].copy_from_slice(&length.to_ne_bytes());
    out.resize(out.len().next_multiple_of(4), 0);
}

/// One message: what is after the netlink header, and what the header says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// `NFT_MSG_*`.
    pub kind: u8,
    /// `NLM_F_*` besides those that every message has.
    pub flags: u16,
    /// `struct nfgenmsg` and the attributes.
    pub payload: Vec<u8>,
}

impl Message {
    /// A message about the table's family.
    pub(super) fn new(kind: u8, flags: u16, attributes: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut payload = vec![INET, 0, 0, 0];
        attributes(&mut payload);
        Self { kind, flags, payload }
    }
}

/// Writes messages as one batch. Their sequence numbers count from `first`, the batch's own being the first of them; the last
/// message is answered when all were carried out.
pub(super) fn batch(first: u32, messages: &[Message]) -> Vec<u8> {
    let mut out = Vec::new();
    let frame = [&[0, 0][..], &NFTABLES.to_be_bytes()].concat();
    append(&mut out, BEGIN, 0, first, &frame);
    let mut sequence = first;
    for (at, message) in messages.iter().enumerate() {
        sequence = sequence.wrapping_add(1);
        let answered = if at + 1 == messages.len() { NLM_F_ACK } else { 0 };
        append(&mut out, kind(message.kind), message.flags | answered, sequence, &message.payload);
    }
    append(&mut out, END, 0, sequence.wrapping_add(1), &frame);
    out
}

/// Writes one message that is no part of a batch: a question.
pub(super) fn question(sequence: u32, message: &Message) -> Vec<u8> {
    let mut out = Vec::new();
    append(&mut out, kind(message.kind), message.flags, sequence, &message.payload);
    out
}

fn append(out: &mut Vec<u8>, kind: u16, flags: u16, sequence: u32, payload: &[u8]) {
    let length = u32::try_from(HEADER + payload.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_ne_bytes());
    out.extend_from_slice(&kind.to_ne_bytes());
    out.extend_from_slice(&(flags | NLM_F_REQUEST).to_ne_bytes());
    out.extend_from_slice(&sequence.to_ne_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
    out.resize(out.len().next_multiple_of(4), 0);
}
