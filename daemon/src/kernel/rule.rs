//! Virtual rules: rules of policy routing that follow a claim. One of ours is known by its protocol number.

use std::fmt;
use std::net::IpAddr;

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::route::{RouteHeader, RouteProtocol};
use rtnetlink::packet_route::rule::{RuleAction, RuleAttribute, RuleFlags, RuleMessage};
use vrrp::config::{LinkName, VirtualRule};
use vrrp::id::Family;

use super::route::{PROTOCOL, family};

/// The most bytes of a link's name, with the NUL at its end (`IFNAMSIZ`).
const NAME: usize = 16;

/// A rule: all of it tells it from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rule {
    /// The family.
    pub family: Family,
    /// Its place in the order of the rules.
    pub priority: u32,
    from: Option<(IpAddr, u8)>,
    to: Option<(IpAddr, u8)>,
    fwmark: Option<(u32, u32)>,
    iif: Option<Name>,
    oif: Option<Name>,
    table: u32,
    not: bool,
}

/// A link's name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Name([u8; NAME]);

impl Name {
    /// Takes a name; one that is too long for the kernel is cut.
    fn new(text: &str) -> Self {
        let mut bytes = [0; NAME];
        for (to, from) in bytes.iter_mut().zip(text.bytes().take(NAME - 1)) {
            *to = from;
        }
        Self(bytes)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(NAME);
        out.write_str(&String::from_utf8_lossy(self.0.get(..end).unwrap_or_default()))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl Rule {
    /// A rule as it is configured, for one family.
    pub(super) fn of(family: Family, rule: &VirtualRule) -> Self {
        let name = |name: &Option<LinkName>| name.as_ref().map(|name| Name::new(name.as_str()));
        let VirtualRule { from, to, fwmark, table, priority, not, .. } = *rule;
        Self { family, priority, from, to, fwmark, iif: name(&rule.iif), oif: name(&rule.oif), table, not }
    }

    /// Adds it.
    pub(super) fn add(self) -> (RouteNetlinkMessage, u16) {
        (RouteNetlinkMessage::NewRule(self.message()), NLM_F_CREATE | NLM_F_EXCL)
    }

    /// Removes it.
    pub(super) fn remove(self) -> (RouteNetlinkMessage, u16) {
        (RouteNetlinkMessage::DelRule(self.message()), 0)
    }

    fn message(self) -> RuleMessage {
        let mut message = RuleMessage::default();
        message.header.family = family(self.family);
        message.header.src_len = self.from.map_or(0, |(_, length)| length);
        message.header.dst_len = self.to.map_or(0, |(_, length)| length);
        message.header.table = u8::try_from(self.table).unwrap_or(RouteHeader::RT_TABLE_UNSPEC);
        message.header.action = RuleAction::ToTable;
        if self.not {
            message.header.flags |= RuleFlags::Invert;
        }
        let attributes = [
            Some(RuleAttribute::Table(self.table)),
            Some(RuleAttribute::Priority(self.priority)),
            Some(RuleAttribute::Protocol(RouteProtocol::from(PROTOCOL))),
            self.from.map(|(ip, _)| RuleAttribute::Source(ip)),
            self.to.map(|(ip, _)| RuleAttribute::Destination(ip)),
            self.fwmark.map(|(mark, _)| RuleAttribute::FwMark(mark)),
            self.fwmark.map(|(_, mask)| RuleAttribute::FwMask(mask)),
            self.iif.map(|name| RuleAttribute::Iifname(name.to_string())),
            self.oif.map(|name| RuleAttribute::Oifname(name.to_string())),
        ];
        message.attributes = attributes.into_iter().flatten().collect();
        message
    }
}

/// Writes it as `ip rule` does.
impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, fwmark, table, priority, not, .. } = *self;
        let name = |name: Option<Name>| name.and_then(|name| LinkName::new(&name.to_string()));
        let rule = VirtualRule { from, to, fwmark, iif: name(self.iif), oif: name(self.oif), table, priority, not };
        rule.fmt(out)
    }
}

/// Reads a rule of ours.
pub(super) fn read(message: &RuleMessage) -> Option<Rule> {
    let header = &message.header;
    let family = Family::ALL.into_iter().find(|own| family(*own) == header.family)?;
    let mut rule = Rule {
        family,
        priority: 0,
        from: None,
        to: None,
        fwmark: None,
        iif: None,
        oif: None,
        table: header.table.into(),
        not: header.flags.contains(RuleFlags::Invert),
    };
    let (mut ours, mut mark, mut mask) = (false, None, None);
    for attribute in &message.attributes {
        if let RuleAttribute::Protocol(protocol) = attribute {
            ours = u8::from(*protocol) == PROTOCOL;
        } else if let RuleAttribute::Priority(priority) = attribute {
            rule.priority = *priority;
        } else if let RuleAttribute::Table(table) = attribute {
            rule.table = *table;
        } else if let RuleAttribute::Source(ip) = attribute {
            rule.from = Some((*ip, header.src_len));
        } else if let RuleAttribute::Destination(ip) = attribute {
            rule.to = Some((*ip, header.dst_len));
        } else if let RuleAttribute::FwMark(value) = attribute {
            mark = Some(*value);
        } else if let RuleAttribute::FwMask(value) = attribute {
            mask = Some(*value);
        } else if let RuleAttribute::Iifname(name) = attribute {
            rule.iif = Some(Name::new(name));
        } else if let RuleAttribute::Oifname(name) = attribute {
            rule.oif = Some(Name::new(name));
        }
    }
    rule.fwmark = mark.or(mask.map(|_| 0)).map(|mark| (mark, mask.unwrap_or(u32::MAX)));
    ours.then_some(rule)
}

/// Asks for the rules of both families; the answer has those of others too.
pub(super) fn dumps() -> [RouteNetlinkMessage; 2] {
    Family::ALL.map(|own| {
        let mut message = RuleMessage::default();
        message.header.family = family(own);
        RouteNetlinkMessage::GetRule(message)
    })
}
