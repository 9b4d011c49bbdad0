//! Messages of the generic netlink family IPVS that are about its sync daemons: see linux/ip_vs.h.
//!
//! Integers are in the byte order of the machine, addresses in that of the network.

use std::net::IpAddr;

use netlink_packet_core::{
    DecodeError, DefaultNla, Emitable, NetlinkHeader, NetlinkMessage, NetlinkPayload, NlasIterator,
    ParseableParametrized,
};
use netlink_packet_generic::{GenlFamily, GenlHeader, GenlMessage};
use vrrp::config;

use super::Role;

/// The family's name.
pub(super) const FAMILY: &str = "IPVS";
const VERSION: u8 = 1;

const NEW_DAEMON: u8 = 9;
const DEL_DAEMON: u8 = 10;
const GET_DAEMON: u8 = 11;

/// The attribute that all the others are in.
const DAEMON: u16 = 3;
const STATE: u16 = 1;
const MCAST_IFN: u16 = 2;
const SYNC_ID: u16 = 3;
const SYNC_MAXLEN: u16 = 4;
const MCAST_GROUP: u16 = 5;
const MCAST_GROUP6: u16 = 6;
const MCAST_PORT: u16 = 7;
const MCAST_TTL: u16 = 8;
/// A nested attribute says so in its type.
const NESTED: u16 = 0x8000;

/// A message, of either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// Start this one; or, as an answer, this one runs.
    Runs(Daemon),
    /// Stop that one.
    Stop(Role),
    /// Tell which run.
    Ask,
    /// Something else, or a daemon of a kind that there is not.
    Other(u8),
}

/// A sync daemon as the kernel describes it. What an old kernel does not tell is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Daemon {
    pub(super) role: Option<Role>,
    pub(super) interface: String,
    pub(super) id: u32,
    pub(super) maxlen: Option<u16>,
    pub(super) group: Option<IpAddr>,
    pub(super) port: Option<u16>,
    pub(super) ttl: Option<u8>,
}

impl Daemon {
    /// What is configured, in this role. Which length is usual is left to the kernel.
    pub(super) fn of(config: &config::SyncDaemon, role: Role) -> Self {
        Self {
            role: Some(role),
            interface: config.interface.to_string(),
            id: config.id.into(),
            maxlen: config.maxlen,
            group: Some(config.group),
            port: Some(config.port),
            ttl: Some(config.ttl),
        }
    }

    fn attributes(&self) -> Vec<DefaultNla> {
        let mut attributes = self.role.map(state).into_iter().collect::<Vec<_>>();
        let mut add = |kind, value: Vec<u8>| attributes.push(DefaultNla::new(kind, value));
        add(MCAST_IFN, [self.interface.as_bytes(), &[0]].concat());
        add(SYNC_ID, self.id.to_ne_bytes().to_vec());
        if let Some(length) = self.maxlen {
            add(SYNC_MAXLEN, length.to_ne_bytes().to_vec());
        }
        match self.group {
            Some(IpAddr::V4(group)) => add(MCAST_GROUP, group.octets().to_vec()),
            Some(IpAddr::V6(group)) => add(MCAST_GROUP6, group.octets().to_vec()),
            None => {}
        }
        if let Some(port) = self.port {
            add(MCAST_PORT, port.to_ne_bytes().to_vec());
        }
        if let Some(ttl) = self.ttl {
            add(MCAST_TTL, vec![ttl]);
        }
        attributes
    }

    /// Reads the nested attributes; those that are malformed or newer than this program are left out.
    fn read(nested: &[u8]) -> Self {
        let mut daemon = Self::default();
        for nla in NlasIterator::new(nested).flatten() {
            let value = nla.value();
            match nla.kind() {
                STATE => daemon.role = number(value).and_then(role),
                MCAST_IFN => daemon.interface = String::from_utf8_lossy(value).trim_end_matches('\0').to_owned(),
                SYNC_ID => daemon.id = number(value).unwrap_or_default(),
                SYNC_MAXLEN => daemon.maxlen = value.try_into().ok().map(u16::from_ne_bytes),
                MCAST_GROUP => daemon.group = <[u8; 4]>::try_from(value).ok().map(IpAddr::from),
                MCAST_GROUP6 => daemon.group = <[u8; 16]>::try_from(value).ok().map(IpAddr::from),
                MCAST_PORT => daemon.port = value.try_into().ok().map(u16::from_ne_bytes),
                MCAST_TTL => daemon.ttl = value.first().copied(),
                _ => {}
            }
        }
        daemon
    }
}

fn number(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_ne_bytes)
}

/// `IP_VS_STATE_*`.
fn role(state: u32) -> Option<Role> {
    Role::ALL.into_iter().find(|role| number_of(*role) == state)
}

const fn number_of(role: Role) -> u32 {
    match role {
        Role::Master => 1,
        Role::Backup => 2,
    }
}

fn state(role: Role) -> DefaultNla {
    DefaultNla::new(STATE, number_of(role).to_ne_bytes().to_vec())
}

impl Message {
    fn attributes(&self) -> Vec<DefaultNla> {
        let nested = match self {
            Self::Runs(daemon) => daemon.attributes(),
            Self::Stop(role) => vec![state(*role)],
            Self::Ask | Self::Other(_) => return Vec::new(),
        };
        let mut value = vec![0; nested.as_slice().buffer_len()];
        nested.as_slice().emit(&mut value);
        vec![DefaultNla::new(DAEMON | NESTED, value)]
    }

    /// The bytes of a request to the family with this number, which the kernel chose.
    pub(super) fn request(self, family: u16, flags: u16, sequence: u32) -> Vec<u8> {
        let mut message = GenlMessage::from_payload(self);
        message.set_resolved_family_id(family);
        bytes(message.into(), flags, sequence)
    }
}

/// The bytes of a request.
pub(super) fn bytes<F>(payload: NetlinkPayload<GenlMessage<F>>, flags: u16, sequence: u32) -> Vec<u8>
where
    F: GenlFamily + Emitable + std::fmt::Debug,
{
    let mut header = NetlinkHeader::default();
    header.flags = flags;
    header.sequence_number = sequence;
    let mut message = NetlinkMessage::new(header, payload);
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    bytes
}

impl GenlFamily for Message {
    fn family_name() -> &'static str {
        FAMILY
    }

    fn command(&self) -> u8 {
        match self {
            Self::Runs(_) => NEW_DAEMON,
            Self::Stop(_) => DEL_DAEMON,
            Self::Ask => GET_DAEMON,
            Self::Other(command) => *command,
        }
    }

    fn version(&self) -> u8 {
        VERSION
    }
}

impl Emitable for Message {
    fn buffer_len(&self) -> usize {
        self.attributes().as_slice().buffer_len()
    }

    fn emit(&self, buffer: &mut [u8]) {
        self.attributes().as_slice().emit(buffer);
    }
}

impl ParseableParametrized<[u8], GenlHeader> for Message {
    fn parse_with_param(payload: &[u8], header: GenlHeader) -> Result<Self, DecodeError> {
        let nested = NlasIterator::new(payload).flatten().find(|nla| nla.kind() == DAEMON);
        Ok(match (header.cmd, nested) {
            (NEW_DAEMON, Some(nested)) => Self::Runs(Daemon::read(nested.value())),
            (command, _) => Self::Other(command),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn daemon() -> Daemon {
        Daemon {
            role: Some(Role::Backup),
            interface: "eth1".into(),
            id: 51,
            maxlen: Some(1472),
            group: Some(IpAddr::from([224, 0, 0, 81])),
            port: Some(8848),
            ttl: Some(1),
        }
    }

    /// What ipvsadm --start-daemon backup --mcast-interface eth1 --syncid 51 sends, by hand after linux/ip_vs.h.
    #[test]
    #[cfg(target_endian = "little")]
    fn a_request_has_the_attributes_of_the_kernel() {
        let plain = Daemon { maxlen: None, group: None, port: None, ttl: None, ..daemon() };
        let bytes = Message::Runs(plain).request(0x23, 5, 7);
        let expected: &[&[u8]] = &[
            &[52, 0, 0, 0, 0x23, 0, 5, 0, 7, 0, 0, 0, 0, 0, 0, 0],
            &[9, 1, 0, 0],
            &[32, 0, 3, 0x80],
            &[8, 0, 1, 0, 2, 0, 0, 0],
            &[9, 0, 2, 0, b'e', b't', b'h', b'1', 0, 0, 0, 0],
            &[8, 0, 3, 0, 51, 0, 0, 0],
        ];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn what_is_written_is_read() {
        for group in ["224.0.0.81", "ff02::81"] {
            let daemon = Daemon { group: Some(group.parse().unwrap()), ..daemon() };
            let bytes = Message::Runs(daemon.clone()).request(0x23, 0, 1);
            let header = GenlHeader { cmd: bytes[16], version: bytes[17] };
            assert_eq!(Message::parse_with_param(&bytes[20..], header).unwrap(), Message::Runs(daemon));
        }
    }

    #[test]
    fn pieces_and_what_is_unknown_are_left_out() {
        let whole = Message::Runs(daemon()).request(0x23, 0, 1);
        let header = GenlHeader { cmd: NEW_DAEMON, version: 1 };
        for length in 20..whole.len() {
            // No piece is a panic, and none makes up what is not there.
            if let Ok(Message::Runs(daemon)) = Message::parse_with_param(&whole[20..length], header) {
                assert!(daemon.ttl.is_none() || length + 3 >= whole.len(), "{length}: {daemon:?}");
            }
        }
        let mut strange = whole;
        strange[24 + 4] = 9;
        let Ok(Message::Runs(daemon)) = Message::parse_with_param(&strange[20..], header) else { panic!("a daemon") };
        assert_eq!(daemon.role, None, "no state that is known");
    }
}
