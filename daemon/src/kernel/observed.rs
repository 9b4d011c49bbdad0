//! The reflector's memory: links, addresses and our routes as the kernel last told them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;

use rtnetlink::packet_route::address::{AddressFlags, AddressScope};
use vrrp::config::first_address;

use super::address::{MARK, Place};
use super::macvlan::Macvlan;
use super::route::Route;
use super::rule::Rule;
use super::sysctl::Settings;
use super::virtual_route::{Key, Way};
use super::watch::{Change, SeenAddress, SeenLink};

/// What there is.
#[derive(Debug, Default)]
pub(super) struct Observed {
    links: BTreeMap<u32, SeenLink>,
    addresses: BTreeMap<Place, Entry>,
    routes: BTreeMap<Route, Option<Ipv4Addr>>,
    virtual_routes: BTreeMap<Key, Way>,
    rules: BTreeSet<Rule>,
    /// Whether the kernel may have removed routes that follow claims without a word.
    doubts: bool,
    /// How often the memberships of each link may have been lost.
    epochs: BTreeMap<u32, u32>,
    /// The links that a family of addresses has left, with all memberships in it.
    without_family: BTreeSet<u32>,
    /// Addresses that were added here and are there: how ours are known where the kernel keeps no marks.
    added: BTreeSet<Place>,
    keeps_marks: bool,
    order: u64,
}

#[derive(Debug)]
struct Entry {
    address: SeenAddress,
    /// Earlier addresses are better.
    order: u64,
}

impl Observed {
    /// Takes a change in. Gives the link that is different now, if one is.
    pub(super) fn take(&mut self, change: Change) -> Option<u32> {
        match change {
            Change::Link(index, link) => {
                if !link.admin_up() {
                    // The kernel removes IPv4 routes then, and says nothing.
                    self.routes.retain(|route, _| route.link != index);
                    self.virtual_routes.retain(|_, way| way.link != Some(index));
                }
                let before = self.links.insert(index, link);
                let trouble = |link: Option<&SeenLink>| link.and_then(SeenLink::trouble);
                if trouble(before.as_ref()).is_some() && trouble(self.links.get(&index)).is_none() {
                    // A switch forgets who listens behind a cable that was pulled, and the kernel does not tell it again.
                    self.lose_memberships(index);
                }
                (before.as_ref() != self.links.get(&index)).then_some(index)
            }
            Change::LinkGone(index) => {
                self.addresses.retain(|place, _| place.link != index);
                self.added.retain(|place| place.link != index);
                self.routes.retain(|route, _| route.link != index);
                self.virtual_routes.retain(|_, way| way.link != Some(index));
                self.epochs.remove(&index);
                self.without_family.remove(&index);
                self.links.remove(&index).map(|_| index)
            }
            Change::Address(place, address) => {
                self.keeps_marks |= address.protocol == MARK;
                self.order += 1;
                let order = self.addresses.get(&place).map_or(self.order, |entry| entry.order);
                let before = self.addresses.insert(place, Entry { address, order });
                before.is_none_or(|before| before.address != address).then_some(place.link)
            }
            Change::AddressGone(place) => {
                self.added.remove(&place);
                // The kernel removes routes with this preferred source, and says nothing.
                self.routes.retain(|_, source| source.map(IpAddr::V4) != Some(place.ip));
                // Those of other tables, and those whose source is held elsewhere, it leaves: only a look tells.
                let doubtful = self.preferring(place.ip).next().is_some();
                self.doubts |= doubtful;
                let gone = self.addresses.remove(&place).map(|_| place.link);
                if place.ip.is_ipv4() && !self.has_ipv4(place.link) {
                    // With the last IPv4 address of a link it removes every IPv4 route there, as silently.
                    self.routes.retain(|route, _| route.link != place.link || route.subnet.is_ipv6());
                    let lost = |key: &Key, way: &Way| way.link == Some(place.link) && key.destination.is_ipv4();
                    self.virtual_routes.retain(|key, way| !lost(key, way));
                }
                gone
            }
            Change::Route(route, source) => {
                let before = self.routes.insert(route, source);
                (before != Some(source)).then_some(route.link)
            }
            Change::RouteGone(route, source) => {
                (self.routes.get(&route) == Some(&source)).then(|| self.routes.remove(&route))?;
                Some(route.link)
            }
            Change::VirtualRoute(key, way) => {
                let before = self.virtual_routes.insert(key, way);
                (before != Some(way)).then_some(way.link.unwrap_or_default())
            }
            Change::VirtualRouteGone(key, way) => {
                self.virtual_routes.remove(&key)?;
                Some(way.link.unwrap_or_default())
            }
            Change::Rule(rule) => self.rules.insert(rule).then_some(0),
            Change::RuleGone(rule) => self.rules.remove(&rule).then_some(0),
            Change::Settings(_) => None,
            Change::FamilyGone(index) => {
                self.without_family.insert(index);
                None
            }
        }
    }

    /// Takes in that settings of a link were told: of a family that is there again, if one was gone.
    pub(super) fn settings_told(&mut self, index: u32) -> Option<u32> {
        let back = self.without_family.remove(&index) && self.links.contains_key(&index);
        back.then(|| self.lose_memberships(index)).map(|()| index)
    }

    fn lose_memberships(&mut self, index: u32) {
        *self.epochs.entry(index).or_default() += 1;
    }

    /// How often the memberships of a link may have been lost: sockets that joined a group before must join it again.
    pub(super) fn epoch(&self, index: u32) -> u32 {
        self.epochs.get(&index).copied().unwrap_or_default()
    }

    /// Notes that something may have been missed.
    pub(super) fn doubt_memberships(&mut self) {
        for index in self.links.keys() {
            *self.epochs.entry(*index).or_default() += 1;
        }
    }

    /// Forgets everything that a dump brings back, and keeps what only this process knows.
    pub(super) fn forget(&mut self) {
        self.links.clear();
        self.addresses.clear();
        self.routes.clear();
        self.virtual_routes.clear();
        self.rules.clear();
        self.doubts = false;
    }

    /// The routes that follow claims and prefer an address as their source.
    pub(super) fn preferring(&self, source: IpAddr) -> impl Iterator<Item = Key> + '_ {
        let preferring = self.virtual_routes.iter().filter(move |(_, way)| way.source == Some(source));
        preferring.map(|(key, _)| *key)
    }

    /// Whether routes that follow claims have to be read again. They are not doubted any more.
    pub(super) fn take_doubts(&mut self) -> bool {
        std::mem::take(&mut self.doubts)
    }

    /// Takes in all routes that follow claims, and gives those that went without a word.
    pub(super) fn reread_routes(&mut self, present: BTreeMap<Key, Way>) -> Vec<(Key, Way)> {
        let before = std::mem::replace(&mut self.virtual_routes, present);
        before.into_iter().filter(|(key, way)| self.virtual_routes.get(key) != Some(way)).collect()
    }

    /// Notes that an address was added here.
    pub(super) fn added(&mut self, place: Place) {
        self.added.insert(place);
    }

    /// Notes settings that were written: the kernel does not tell of those of a link that is down.
    pub(super) fn wrote(&mut self, index: u32, settings: Settings, quiet: bool) {
        if let Some(link) = self.links.get_mut(&index) {
            link.settings = link.settings.map(|_| settings);
            if quiet {
                link.generates = link.generates.map(|_| false);
            }
        }
    }

    /// Notes that a link was muted, or speaks again: the kernel does not tell of it by itself.
    pub(super) fn muted(&mut self, index: u32, mute: bool) {
        if let Some(link) = self.links.get_mut(&index) {
            link.mute = mute;
        }
    }

    /// Every link with its index.
    pub(super) fn links(&self) -> impl Iterator<Item = (u32, &SeenLink)> {
        self.links.iter().map(|(index, link)| (*index, link))
    }

    /// One link.
    pub(super) fn link(&self, index: u32) -> Option<&SeenLink> {
        self.links.get(&index)
    }

    /// The loopback link.
    pub(super) fn loopback(&self) -> Option<(u32, &SeenLink)> {
        self.links().find(|(_, link)| link.loopback())
    }

    /// The index of a macvlan of ours.
    pub(super) fn macvlan(&self, macvlan: &Macvlan) -> Option<u32> {
        self.links().find(|(_, link)| link.ours.as_ref() == Some(macvlan)).map(|(index, _)| index)
    }

    /// The name of a link, or its index where it has gone.
    pub(super) fn name(&self, index: u32) -> String {
        self.links.get(&index).map_or_else(|| format!("the link with index {index}"), |link| link.name.clone())
    }

    /// Whether the link has an IPv4 address that more than this host may see.
    pub(super) fn shows(&self, link: u32, ip: IpAddr) -> bool {
        let mut found = self.addresses.range(any_prefix(link, ip));
        ip.is_ipv4() && found.any(|(_, entry)| entry.address.scope != AddressScope::Host)
    }

    /// Whether a link has any IPv4 address. Those of a link come before its others.
    fn has_ipv4(&self, link: u32) -> bool {
        let first = Place { link, ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED), prefix: 0 };
        let first = self.addresses.range(first..).next();
        first.is_some_and(|(place, _)| place.link == link && place.ip.is_ipv4())
    }

    /// The addresses of a link in the order in which they came.
    pub(super) fn addresses_of(&self, link: u32) -> Vec<(Place, SeenAddress)> {
        let first = Place { link, ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED), prefix: 0 };
        let of_link = self.addresses.range(first..).take_while(|(place, _)| place.link == link);
        let mut found: Vec<_> = of_link.map(|(place, entry)| (*place, entry)).collect();
        found.sort_by_key(|(_, entry)| entry.order);
        found.into_iter().map(|(place, entry)| (place, entry.address)).collect()
    }

    /// Every address of ours, by whichever process.
    pub(super) fn ours(&self) -> impl Iterator<Item = Place> + '_ {
        self.addresses.iter().filter(|(place, entry)| self.is_ours(**place, entry.address)).map(|(place, _)| *place)
    }

    /// Whether an address is ours.
    pub(super) fn is_ours(&self, place: Place, address: SeenAddress) -> bool {
        address.protocol == MARK || (!self.keeps_marks && address.protocol == 0 && self.added.contains(&place))
    }

    /// Whether the link has the address, whoever put it there, with whichever prefix length.
    pub(super) fn has(&self, link: u32, ip: IpAddr) -> bool {
        self.addresses.range(any_prefix(link, ip)).next().is_some()
    }

    /// Whether the link has the address and it can be used.
    pub(super) fn can_use(&self, link: u32, ip: IpAddr) -> bool {
        self.addresses.range(any_prefix(link, ip)).any(|(_, entry)| entry.address.usable())
    }

    /// Whether the link has the address and it is ours.
    pub(super) fn has_ours(&self, link: u32, ip: IpAddr) -> bool {
        self.addresses.range(any_prefix(link, ip)).any(|(place, entry)| self.is_ours(*place, entry.address))
    }

    /// Whether an address of others on the link brings a route to all of the subnet.
    pub(super) fn covers(&self, route: Route) -> bool {
        self.addresses_of(route.link).into_iter().any(|(place, address)| {
            place.prefix <= route.prefix
                && address.subnet == first_address(route.subnet, place.prefix)
                && !address.flags.contains(AddressFlags::Noprefixroute)
                && !self.is_ours(place, address)
        })
    }

    /// The routes that follow claims.
    pub(super) const fn virtual_routes(&self) -> &BTreeMap<Key, Way> {
        &self.virtual_routes
    }

    /// The rules of ours.
    pub(super) const fn rules(&self) -> &BTreeSet<Rule> {
        &self.rules
    }

    /// Our routes to subnets and their preferred sources.
    pub(super) const fn routes(&self) -> &BTreeMap<Route, Option<Ipv4Addr>> {
        &self.routes
    }
}

const fn any_prefix(link: u32, ip: IpAddr) -> RangeInclusive<Place> {
    Place { link, ip, prefix: 0 }..=Place { link, ip, prefix: u8::MAX }
}
