//! The main table as far as it is watched, and the links that its routes lead through.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use nix::errno::Errno;
use rtnetlink::packet_route::route::{RouteHeader, RouteMessage, RouteProtocol, RouteType};
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};
use rtnetlink::sys::protocols::NETLINK_ROUTE;
use vrrp::conditions::Observation;
use vrrp::config::Route;

use super::super::address::Place;
use super::super::listening::{self, Heard, Listening};
use super::super::socket::{Asking, Message};
use super::super::watch::{self, Change, SeenLink};
use super::entry::Entry;
use super::filter::filter;
use super::nexthop::{self, Objects};
use super::verdict;

/// `RTNLGRP_*` of linux/rtnetlink.h: links, IPv4 addresses, routes of both families, nexthop objects.
const GROUPS: [u32; 5] = [1, 5, 7, 11, 32];
const RTM_NEWROUTE: u16 = 24;
const RTM_DELROUTE: u16 = 25;
/// How often a dump is repeated that was disturbed.
const DUMPS: usize = 5;
/// How many dumps have to lack an IPv6 route that there was, until it is believed to be gone.
const CONFIRMATIONS: usize = 3;

/// What is known of the routes that are watched.
pub(super) struct Table {
    /// What was looked for last.
    wanted: BTreeSet<Route>,
    listening: Listening,
    asking: Asking,
    entries: Vec<Entry>,
    links: BTreeMap<u32, SeenLink>,
    unsettled: bool,
}

impl Table {
    /// Opens the sockets. Needs a runtime that is entered.
    pub(super) fn open() -> io::Result<Self> {
        // Nothing passes before it is known what is wanted.
        let listening = Listening::new(listening::open_to(NETLINK_ROUTE, &GROUPS, &filter(&BTreeSet::new()))?)?;
        let mut table = Self {
            wanted: BTreeSet::new(),
            listening,
            asking: Asking::open()?,
            entries: Vec::new(),
            links: BTreeMap::new(),
            unsettled: false,
        };
        table.read_links()?;
        Ok(table)
    }

    /// Waits until the kernel tells something. Cancel-safe.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.listening.readable().await
    }

    /// Whether the kernel may change routes without a word, because of what it told last.
    pub(super) const fn is_unsettled(&self) -> bool {
        self.unsettled
    }

    /// Notes that it has had the time to.
    pub(super) const fn settle(&mut self) {
        self.unsettled = false;
    }

    /// What a route comes to.
    pub(super) fn judge(&self, route: &Route) -> Observation {
        verdict::judge(route, &self.entries, &self.links)
    }

    /// Takes in what the kernel has told, and tells whether another look may show something else.
    pub(super) fn listen(&mut self, wanted: &BTreeSet<Route>) -> io::Result<bool> {
        let mut changed = false;
        let mut changes = Vec::new();
        let by_object = self.entries.iter().any(|entry| entry.object.is_some());
        let mut objects = false;
        let heard = self.listening.drain(|message| match message.kind {
            RTM_NEWROUTE | RTM_DELROUTE => changed |= Entry::read(message.payload, wanted).is_some(),
            nexthop::NEW | nexthop::DELETE => objects |= by_object,
            _ => changes.extend(watch::read(&message)),
        })?;
        let silent = changes.into_iter().fold(objects, |silent, change| self.take(change) || silent);
        self.unsettled |= silent;
        if heard == Heard::Overrun {
            self.read_links()?;
        }
        Ok(changed || silent || heard == Heard::Overrun)
    }

    /// Takes a change of a link or an address in, and tells whether a route depends on it.
    fn take(&mut self, change: Change) -> bool {
        match change {
            Change::Link(index, link) => {
                let used = self.uses(index);
                let before = self.links.insert(index, link);
                let after = self.links.get(&index);
                let shown = |link: &SeenLink| (link.name.clone(), link.admin_up(), link.has_carrier());
                used && before.as_ref().map(shown) != after.map(shown)
            }
            Change::LinkGone(index) => self.links.remove(&index).is_some() && self.uses(index),
            Change::AddressGone(Place { link, ip, .. }) => {
                ip.is_ipv4() && (self.uses(link) || self.entries.iter().any(|entry| entry.source == Some(ip)))
            }
            Change::Address(..)
            | Change::Route(..)
            | Change::RouteGone(..)
            | Change::Settings(_)
            | Change::VirtualRoute(..)
            | Change::VirtualRouteGone(..)
            | Change::Rule(_)
            | Change::RuleGone(_)
            | Change::FamilyGone(_) => false,
        }
    }

    fn uses(&self, link: u32) -> bool {
        self.entries.iter().flat_map(|entry| &entry.hops).any(|hop| hop.link == Some(link))
    }

    /// Reads the table, and tells how many routes that were.
    pub(super) fn read(&mut self, wanted: &BTreeSet<Route>) -> io::Result<u32> {
        if self.wanted != *wanted {
            self.listening.narrow(&filter(wanted))?;
            self.wanted.clone_from(wanted);
            // A single look may overlook what it has not seen before.
            self.unsettled = true;
        }
        // What was told before the dump is in it. Links are not.
        self.listen(wanted)?;
        let mut count = 0;
        let before = std::mem::take(&mut self.entries);
        for dump in 1..=DUMPS {
            self.entries.clear();
            let whole = self.read_once(wanted, &mut count)?;
            if whole && (dump >= CONFIRMATIONS || !self.lacks_any(&before, wanted)) {
                break;
            }
        }
        self.unsettled |= self.lacks_any(&before, wanted);
        self.resolve()?;
        self.entries.sort_by_key(|entry| entry.metric);
        Ok(count)
    }

    /// Whether an IPv6 destination had routes and seems to have none. While others come and go, the kernel skips some that stay.
    fn lacks_any(&self, before: &[Entry], wanted: &BTreeSet<Route>) -> bool {
        let is_to = |entry: &Entry, route: &Route| {
            (entry.destination, entry.prefix) == (route.destination, route.prefix) && entry.destination.is_ipv6()
        };
        let lacks = |route: &Route| {
            before.iter().any(|entry| is_to(entry, route)) && !self.entries.iter().any(|entry| is_to(entry, route))
        };
        wanted.iter().any(lacks)
    }

    /// Reads the table, and tells whether it stayed the same meanwhile.
    fn read_once(&mut self, wanted: &BTreeSet<Route>, count: &mut u32) -> io::Result<bool> {
        let mut whole = true;
        let wants = |v4: bool| wanted.iter().any(|route| route.destination.is_ipv4() == v4);
        let families = [(wants(true), AddressFamily::Inet), (wants(false), AddressFamily::Inet6)];
        for family in families.into_iter().filter_map(|(wants, family)| wants.then_some(family)) {
            let entries = &mut self.entries;
            let each = |message: Message<'_>| {
                *count += 1;
                entries.extend(Entry::read(message.payload, wanted));
            };
            match self.asking.dump(all(family), each) {
                Ok(undisturbed) => whole &= undisturbed,
                // A kernel without IPv6, or without any route yet.
                Err(error) if is_none(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(whole)
    }

    /// Finds where routes lead of which the kernel tells the nexthop object alone.
    fn resolve(&mut self) -> io::Result<()> {
        if !self.entries.iter().any(|entry| entry.object.is_some() && entry.hops.is_empty()) {
            return Ok(());
        }
        let mut objects = Objects::default();
        self.asking.dump_plain(nexthop::GET, &nexthop::ALL, |message| {
            objects.read(message.payload);
        })?;
        for entry in self.entries.iter_mut().filter(|entry| entry.hops.is_empty()) {
            entry.hops = entry.object.map(|object| objects.hops(object)).unwrap_or_default();
        }
        Ok(())
    }

    fn read_links(&mut self) -> io::Result<()> {
        let mut links = BTreeMap::new();
        self.asking.dump(watch::dump_links(), |message| {
            if let Some(Change::Link(index, link)) = watch::read(&message) {
                links.insert(index, link);
            }
        })?;
        self.links = links;
        Ok(())
    }
}

/// Asks for all routes of the main table.
fn all(family: AddressFamily) -> RouteNetlinkMessage {
    let mut message = RouteMessage::default();
    message.header.address_family = family;
    message.header.table = RouteHeader::RT_TABLE_MAIN;
    message.header.protocol = RouteProtocol::Unspec;
    message.header.kind = RouteType::Unspec;
    RouteNetlinkMessage::GetRoute(message)
}

fn is_none(error: &io::Error) -> bool {
    let none = [Errno::EOPNOTSUPP, Errno::ENOENT].map(|errno| Some(errno as i32));
    none.contains(&error.raw_os_error())
}
