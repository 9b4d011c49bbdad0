//! `virtual_rules`: rules of policy routing that are there while the instance is Master.

use std::fmt;
use std::net::IpAddr;

use super::entries::{Entry, entries};
use super::field::{Field, Given};
use super::interface::link;
use super::place::Spot;
use super::text::Shown;
use super::value::Content;
use super::virtual_route::{Destination, MAIN, table};
use super::{LinkName, address};
use crate::id::Family;

const KEYS: [&str; 8] = ["from", "to", "fwmark", "iif", "oif", "table", "priority", "not"];

/// A prefix: its first address and its length.
type Prefix = (IpAddr, u8);

/// A rule that is in the kernel while the instance is Master, and until what it has resigned is drained.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VirtualRule {
    /// Where packets come from.
    pub from: Option<Prefix>,
    /// Where they go.
    pub to: Option<Prefix>,
    /// Their mark, and which bits of it count.
    pub fwmark: Option<(u32, u32)>,
    /// The link that they come in by.
    pub iif: Option<LinkName>,
    /// The link that a socket of this host is bound to.
    pub oif: Option<LinkName>,
    /// The routing table that is looked up for them, 1 to 4294967295.
    pub table: u32,
    /// Rules are tried in the order of their priorities, 1 to 4294967295; that of the main table has 32766.
    pub priority: u32,
    /// Whether it is for all packets but those.
    pub not: bool,
}

impl VirtualRule {
    /// The family that it is for, where its prefixes tell; else it is for both.
    #[must_use]
    pub fn family(&self) -> Option<Family> {
        self.from.or(self.to).map(|(ip, _)| Family::of(ip))
    }
}

impl VirtualRule {
    /// Whether the kernel takes two rules for one: where one of them leaves out what the other asks for.
    pub(crate) fn clashes(&self, other: &Self) -> bool {
        fn open<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
            one.is_none() || one == other
        }
        let within = |one: &Self, other: &Self| {
            open(&one.from, &other.from)
                && open(&one.to, &other.to)
                && open(&one.fwmark, &other.fwmark)
                && open(&one.iif, &other.iif)
                && open(&one.oif, &other.oif)
        };
        let families = self.family().is_none() || other.family().is_none() || self.family() == other.family();
        let place = (self.priority, self.table, self.not) == (other.priority, other.table, other.not);
        place && families && (within(self, other) || within(other, self))
    }
}

/// Writes it in the words of `ip rule`.
impl fmt::Display for VirtualRule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", self.priority)?;
        if self.not {
            out.write_str(" not")?;
        }
        let prefix = |prefix: Option<Prefix>| prefix.map(|(ip, length)| Destination(ip, length).to_string());
        let mark = self.fwmark.map(|(mark, mask)| match mask {
            u32::MAX => format!("{mark:#x}"),
            mask => format!("{mark:#x}/{mask:#x}"),
        });
        let texts = [
            ("from", Some(prefix(self.from).unwrap_or_else(|| "all".to_owned()))),
            ("to", prefix(self.to)),
            ("fwmark", mark),
            ("iif", self.iif.as_ref().map(ToString::to_string)),
            ("oif", self.oif.as_ref().map(ToString::to_string)),
        ];
        for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text?))) {
            write!(out, " {name} {text}")?;
        }
        match self.table {
            MAIN => out.write_str(" lookup main"),
            table => write!(out, " lookup {table}"),
        }
    }
}

/// Reads the rules, each with its place.
pub(crate) fn virtual_rules(given: &mut Given<'_>) -> Option<Vec<(VirtualRule, Spot)>> {
    let example = "{ from = \"192.0.2.10/32\", table = 100, priority = 1000 }";
    let rules = entries(given, example, &KEYS, one)?;
    for (at, (rule, spot)) in rules.iter().enumerate() {
        if let Some((_, first)) = rules.iter().take(at).find(|(other, _)| other.clashes(rule)) {
            let priority = rule.priority;
            let message =
                format!("the kernel takes two rules of priority {priority} for one: give this one another priority");
            return given.wrong_beside(spot, message, ("the other at", first));
        }
    }
    Some(rules)
}

fn one(entry: &mut Entry<'_, '_>) -> Option<VirtualRule> {
    let from = entry.key("from", |given| given.read("192.0.2.10/32", network));
    let to = entry.key("to", |given| given.read("192.0.2.0/24", network));
    let fwmark = entry.key("fwmark", mark);
    let iif = entry.key("iif", link);
    let oif = entry.key("oif", link);
    let table = entry.key("table", table);
    let priority = entry.key("priority", |given| {
        let what = "is no priority of a rule: use 1 to 4294967295; that of the main table has 32766";
        given.number(what, 1000, |priority: u32| (priority > 0).then_some(priority))
    });
    let not = entry.key("not", |given| given.truth());
    if let Some(((from, _), (to, spot))) = from.given().zip(to.given())
        && Family::of(from.0) != Family::of(to.0)
    {
        let (family, spot) = (Family::of(from.0), spot.clone());
        return entry.wrong_at(&spot, format!("to is another family than from: write an {family} prefix"));
    }
    let missing = [
        (matches!(table, Field::Absent), "the table is missing: add table = 100, or the number of another one"),
        (
            matches!(priority, Field::Absent),
            "the priority is missing: add priority = 1000, or another place in the order of the rules (ip rule shows them)",
        ),
    ];
    for (_, message) in missing.into_iter().filter(|(missing, _)| *missing) {
        entry.wrong_at::<()>(entry.spot, message);
    }
    Some(VirtualRule {
        from: from.map(Some).value_or(None)?,
        to: to.map(Some).value_or(None)?,
        fwmark: fwmark.map(Some).value_or(None)?,
        iif: iif.map(Some).value_or(None)?,
        oif: oif.map(Some).value_or(None)?,
        table: *table.given()?.0,
        priority: *priority.given()?.0,
        not: not.value_or(false)?,
    })
}

fn network(text: &str) -> Result<Prefix, String> {
    match address::network(text)? {
        (_, 0) => Err(format!("\"{}\" is every address: leave it out", Shown::new(text))),
        network => Ok(network),
    }
}

/// Reads a mark, perhaps with a mask: `0x10/0xff`.
fn mark(given: &mut Given<'_>) -> Option<(u32, u32)> {
    let what = "is no mark: write a number, or one with a mask such as \"0x10/0xff\"";
    match &given.value.content {
        Content::Text(text) => {
            let (mark, mask) = text.split_once('/').map_or((text.as_str(), None), |(mark, mask)| (mark, Some(mask)));
            match (number(mark), mask.map_or(Some(u32::MAX), number)) {
                (Some(mark), Some(mask)) if mark & mask == mark && mask > 0 => Some((mark, mask)),
                (_, _) => given.wrong(what),
            }
        }
        Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => {
            given.number(what, 16, |mark: u32| Some((mark, u32::MAX)))
        }
    }
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
