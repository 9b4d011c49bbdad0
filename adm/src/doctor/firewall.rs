//! A packet filter as it is configured, and what becomes of an advertisement in it.
//!
//! Nothing is sent: each rule is asked whether it matches, and where that cannot be known (a rate, a mark, a set that a program
//! fills), the answer is "perhaps" and not a guess.

use std::net::IpAddr;

use vrrp::id::Family;

pub(crate) use self::matching::{first, last};
pub(crate) use self::walk::{Cause, Fate};

pub(crate) mod iptables;
mod matching;
pub(crate) mod nft;
mod walk;

#[cfg(test)]
mod tests;

/// The way that a packet takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It arrives.
    In,
    /// It leaves.
    Out,
}

/// An advertisement, as far as a packet filter cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    /// The way that it takes.
    pub(crate) way: Way,
    /// Its family.
    pub(crate) family: Family,
    /// Its protocol: 112, or 51 behind an authentication header.
    pub(crate) protocol: u8,
    /// The link that it comes in by, or leaves by.
    pub(crate) link: String,
    /// Where it may come from; empty where that is not known.
    pub(crate) sources: Vec<Net>,
    /// Where it may go to: the group alone, or peers.
    pub(crate) destinations: Vec<Net>,
    /// Whether it goes to the group.
    pub(crate) to_group: bool,
}

/// A prefix of addresses.
pub(crate) type Net = (IpAddr, u8);

/// All rules of a packet filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ruleset {
    /// Its chains.
    pub(crate) chains: Vec<Chain>,
}

/// Rules that are asked one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chain {
    /// The family of its table as nft has it: `ip`, `ip6`, `inet`, `netdev`, …
    pub(crate) family: String,
    /// The name of its table.
    pub(crate) table: String,
    /// Its name.
    pub(crate) name: String,
    /// Where packets enter it, unless other rules lead to it.
    pub(crate) base: Option<Base>,
    /// Its rules.
    pub(crate) rules: Vec<Rule>,
    /// The program that it is changed with.
    pub(crate) tool: Tool,
}

/// Where packets enter a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    /// The name of the hook, in lower case.
    pub(crate) hook: String,
    /// The links that it is for; empty for all.
    pub(crate) links: Vec<String>,
    /// Whether what no rule decides is dropped.
    pub(crate) drops: bool,
}

/// What a chain is changed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tool {
    /// nft(8).
    #[default]
    Nft,
    /// iptables(8) and ip6tables(8).
    Iptables,
}

/// One rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    /// What a packet has to be for it.
    pub(crate) tests: Vec<Test>,
    /// What becomes of such a packet.
    pub(crate) verdict: Verdict,
    /// By what a person finds it.
    pub(crate) label: String,
}

/// What becomes of a packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accept,
    /// Dropped or rejected.
    Drop,
    /// Another chain is asked, and this one again afterwards.
    Jump(String),
    /// Another chain is asked instead.
    Goto(String),
    /// The chain that led here goes on.
    Return,
    /// A program decides.
    Queue,
    /// The next rule.
    #[default]
    Continue,
}

/// What a rule asks of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) of: Of,
    /// One of these has to be.
    pub(crate) values: Vec<Value>,
    /// Whether none of them may be.
    pub(crate) negated: bool,
}

impl Test {
    /// One that no advertisement passes.
    pub(crate) const NEVER: Self = Self { of: Of::Never, values: Vec::new(), negated: false };
    /// One whose outcome cannot be known.
    pub(crate) const UNKNOWN: Self = Self { of: Of::Unknown, values: Vec::new(), negated: false };
}

/// The part of a packet that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Protocol,
    Family,
    LinkIn,
    LinkOut,
    Source,
    Destination,
    /// What connection tracking says.
    State,
    /// What connection tracking has done to it, such as another destination.
    Status,
    /// Whether it is for this host, all or some.
    PacketType,
    /// What kind of address it goes to.
    DestinationType,
    HopLimit,
    /// What an advertisement does not have, such as a port.
    Never,
    Unknown,
}

/// A value that a rule names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Word(String),
    Net(IpAddr, u8),
    /// From one to the other, both counted.
    Range(IpAddr, IpAddr),
    /// What is not understood.
    Strange,
}
