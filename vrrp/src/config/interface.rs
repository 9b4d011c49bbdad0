//! What carries an instance: a link, or an interface group.

use std::fmt;

use super::field::Given;
use super::text::Shown;
use super::{InstanceName, LinkName};

/// What stands before the name of a group.
const GROUP: &str = "group:";

/// What carries an instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Interface {
    /// A link.
    Link(LinkName),
    /// The interface group of this name: one of its members at a time.
    Group(String),
}

impl Interface {
    /// Reads what [`Display`](fmt::Display) writes: a link's name, or `group:NAME`.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        match Self::group_of(text) {
            Some(name) => Some(Self::Group(name.to_owned())),
            // No link's name has a colon.
            None => LinkName::new(text).map(Self::Link),
        }
    }

    /// The name of the group in a text that stands for one. It has the form of an instance's.
    #[must_use]
    pub fn group_of(text: &str) -> Option<&str> {
        text.strip_prefix(GROUP).filter(|name| InstanceName::new(name).is_some())
    }

    /// The name of the group, where it is one.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        match self {
            Self::Link(_) => None,
            Self::Group(name) => Some(name),
        }
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(link) => link.fmt(out),
            Self::Group(name) => out.pad(&format!("{GROUP}{name}")),
        }
    }
}

/// Reads what carries an instance.
pub(crate) fn of_instance(given: &mut Given<'_>) -> Option<Interface> {
    let text = given.text("eth0")?;
    if let Some(name) = text.strip_prefix(GROUP) {
        let shown = Shown::new(name);
        let message = format!("names no group: \"{shown}\" is no NAME of a [group.NAME], such as \"group:net0\"");
        return Interface::new(text).or_else(|| given.wrong(&message));
    }
    of_link(given, text).map(Interface::Link)
}

/// Reads the link that carries a heartbeat.
pub(crate) fn of_heartbeat(given: &mut Given<'_>) -> Option<LinkName> {
    match given.text("eth2")? {
        text if text.starts_with(GROUP) => given.wrong("is a group: a heartbeat is on one link, name that"),
        text => of_link(given, text),
    }
}

/// Reads the name of any link.
pub(crate) fn link(given: &mut Given<'_>) -> Option<LinkName> {
    let text = given.text("eth1")?;
    named(given, text, "eth1")
}

/// Reads the name of a link but the loopback, of which `why` says that it is none to name.
pub(crate) fn link_beyond(given: &mut Given<'_>, why: &str) -> Option<LinkName> {
    match given.text("eth1")? {
        "lo" => given.wrong(why),
        text => named(given, text, "eth1"),
    }
}

fn of_link(given: &mut Given<'_>, text: &str) -> Option<LinkName> {
    if text == "lo" {
        return given.wrong("is the loopback: name the link whose hosts reach the addresses");
    }
    named(given, text, "eth0")
}

fn named(given: &mut Given<'_>, text: &str, example: &str) -> Option<LinkName> {
    let what = format!("is no interface: a link's name has 1 to 15 bytes and no space, / or :, such as \"{example}\"");
    LinkName::new(text).or_else(|| given.wrong(&what))
}
