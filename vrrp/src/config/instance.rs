//! One instance from its keys: what lacks, and what contradicts itself.

use std::net::IpAddr;
use std::time::Duration;

use super::address::is_link_local;
use super::conflict::Taken;
use super::field::Field;
use super::fields::Fields;
use super::place::Spot;
use super::problem::{Finding, Missing};
use super::text::listed;
use super::vrids::full;
use super::written::Table;
use super::{Auth, Checksum, Effect, FastResign, Hold, Instance, InstanceName, Mac, VirtualAddress};
use crate::id::{Family, Interval, Priority, Version};

/// The most addresses of one family: the wire counts them in a byte (RFC 9568, section 5.2.5).
const MOST_ADDRESSES: usize = 255;
/// The most IPv6 addresses whose advertisement, of 40 + 8 bytes and 16 for each, passes a link with the usual MTU of 1500.
const MOST_IN_MTU: usize = (1500 - 40 - 8) / 16;
/// The same with the 28 bytes of a trailer that authenticates it.
const MOST_WITH_TRAILER: usize = (1500 - 40 - 8 - 28) / 16;

/// How long addresses are served on after a resignation at most, where nothing else is said.
const DRAIN: Duration = Duration::from_secs(5);

/// What is found while an instance is put together.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) problems: Vec<Finding>,
    pub(crate) warnings: Vec<Finding>,
}

/// Puts an instance together from its keys and the defaults' and says what contradicts itself. `table` is its own.
///
/// `None` follows a problem, which may be one of those that were said when the keys were read.
pub(crate) fn finish(name: &InstanceName, table: &Table, fields: &Fields, found: &mut Found) -> Option<Instance> {
    let mut draft = Draft { name, table, fields, found, good: true };
    draft.addresses();
    draft.holding();
    let advert_interval = draft.advert_interval();
    draft.peers();
    draft.auth();
    draft.priority();
    draft.routes();
    draft.accept();
    draft.router_advertisement();
    draft.idle_keys();
    let good = draft.good;
    let instance = Instance {
        name: name.clone(),
        interface: fields.interface.given()?.0.clone(),
        vrid: *fields.vrid.given()?.0,
        addresses: fields.addresses.given()?.0.iter().map(|(address, _)| *address).collect(),
        unadvertised: fields.unadvertised.value_or(Vec::new())?.into_iter().map(|(address, _)| address).collect(),
        priority: fields.priority.value_or(Priority::DEFAULT)?,
        version: fields.version.value_or(Version::V3)?,
        advert_interval: advert_interval?,
        preempt: fields.preempt.value_or(true)?,
        preempt_delay: fields.preempt_delay.value_or(Duration::ZERO)?,
        accept: fields.accept.value_or(true)?,
        router_advertisement: fields.router_advertisement.clone().map(Some).value_or(None)?,
        mac: fields.mac.value_or(Mac::Interface)?,
        hold: fields.hold.value_or(Hold::Address)?,
        checksum: fields.checksum.value_or(Checksum::Auto)?,
        peers: fields.peers.value_or(Vec::new())?.into_iter().map(|(peer, _)| peer).collect(),
        routers: match &fields.routers {
            Field::Absent => None,
            Field::Wrong => return None,
            Field::Given(routers, _) => Some(*routers),
        },
        fast_resign: fields.fast_resign.value_or(FastResign::Auto)?,
        drain_timeout: fields.drain_timeout.value_or(DRAIN)?,
        auth: fields.auth.value_or(None)?,
        enabled: fields.enabled.value_or(true)?,
        protect: fields.protect.value_or(Vec::new())?,
        track: fields.track.value_or(Vec::new())?.into_iter().map(|(track, _)| track).collect(),
        last_resort: fields.last_resort.value_or(false)?,
        on_transition: fields.on_transition.value_or(Vec::new())?,
        virtual_routes: fields.virtual_routes.value_or(Vec::new())?.into_iter().map(|(route, _)| route).collect(),
        virtual_rules: fields.virtual_rules.value_or(Vec::new())?.into_iter().map(|(rule, _)| rule).collect(),
    };
    good.then_some(instance)
}

/// Says which of the keys that nothing can replace an instance has not; of VRIDs, that none is left for it.
pub(crate) fn missing(name: &InstanceName, heading: Spot, fields: &Fields, taken: &Taken<'_>) -> Option<Finding> {
    let mut missing = Vec::new();
    if matches!(fields.interface, Field::Absent) {
        missing.push(Missing { key: "interface", example: "eth0".to_owned() });
    }
    if matches!(fields.vrid, Field::Absent) {
        let Some(free) = taken.free(fields) else {
            let message = format!("instance {name} lacks vrid, and {}", full("it"));
            return Some(Finding::new(heading, message).of(Some(name.as_str())));
        };
        missing.push(Missing { key: "vrid", example: free.to_string() });
    }
    if matches!(fields.addresses, Field::Absent) {
        missing.push(Missing { key: "addresses", example: "192.0.2.10/24".to_owned() });
    }
    if missing.is_empty() {
        return None;
    }
    let lacks = listed(missing.iter().map(|missing| missing.key.to_owned()).collect(), "and");
    let examples: Vec<String> = missing.iter().map(Missing::in_file).collect();
    let message = format!("instance {name} lacks {lacks}: add, for example, {}", examples.join(", "));
    Some(Finding { missing, ..Finding::new(heading, message).of(Some(name.as_str())) })
}

/// The addresses of one family in a list, with their spots.
fn of_family(list: &Field<Vec<(VirtualAddress, Spot)>>, family: Family) -> Vec<(IpAddr, Spot)> {
    let addresses = list.given().map(|(addresses, _)| addresses.as_slice()).unwrap_or_default();
    let of_family = addresses.iter().filter(|(address, _)| Family::of(address.ip) == family);
    of_family.map(|(address, spot)| (address.ip, spot.clone())).collect()
}

struct Draft<'a> {
    name: &'a InstanceName,
    table: &'a Table,
    fields: &'a Fields,
    found: &'a mut Found,
    good: bool,
}

impl Draft<'_> {
    fn problem(&mut self, spot: &Spot, message: impl Into<String>, related: Option<(&'static str, &Spot)>) {
        self.good = false;
        let finding = self.finding(spot, message.into(), related);
        self.found.problems.push(finding);
    }

    fn warn(&mut self, spot: &Spot, message: impl Into<String>) {
        let finding = self.finding(spot, message.into(), None);
        self.found.warnings.push(finding);
    }

    fn finding(&self, spot: &Spot, message: String, related: Option<(&'static str, &Spot)>) -> Finding {
        let finding = Finding::new(spot.clone(), message).of(Some(self.name.as_str()));
        match related {
            Some((word, spot)) => finding.related(word, spot.clone()),
            None => finding,
        }
    }

    /// The advertised addresses of one family with their spots.
    fn addresses_of(&self, family: Family) -> Vec<(IpAddr, Spot)> {
        of_family(&self.fields.addresses, family)
    }

    /// Says which addresses the loopback link cannot hold though it is to.
    fn holding(&mut self) {
        if self.fields.hold.value_or(Hold::Address) != Some(Hold::Address) {
            return;
        }
        let lists = [&self.fields.addresses, &self.fields.unadvertised];
        for (ip, spot) in lists.into_iter().flat_map(|list| of_family(list, Family::V6)) {
            if is_link_local(ip) {
                let message =
                    format!("{ip} is link-local, which hold = \"address\" cannot hold: use hold = \"freebind\"");
                self.problem(&spot, message, None);
            }
        }
    }

    fn addresses(&mut self) {
        for family in Family::ALL {
            if let Some((_, spot)) = self.addresses_of(family).get(MOST_ADDRESSES) {
                let message = format!(
                    "more than {MOST_ADDRESSES} {family} addresses: write the others in unadvertised, or spread them over \
                     several instances"
                );
                self.problem(spot, message, None);
            }
        }
        let v6 = self.addresses_of(Family::V6);
        let Some((first, first_spot)) = v6.first() else {
            return;
        };
        if let Some((Version::V2, spot)) = self.fields.version.given().map(|(version, spot)| (*version, spot)) {
            let message =
                format!("{first} is IPv6, which version 2 cannot carry: use version = 3, or write it in unadvertised");
            self.problem(first_spot, message, Some(("version 2 at", spot)));
        }
        if !is_link_local(*first) {
            let message =
                "the first IPv6 address is not link-local, as RFC 9568 asks: most routers take it all the same";
            self.warn(first_spot, message);
        }
        let trailed = matches!(self.fields.auth.given(), Some((Some(Auth::Hmac { .. }), _)));
        let most = if trailed { MOST_WITH_TRAILER } else { MOST_IN_MTU };
        if let (Some((_, spot)), true) = (v6.get(most), v6.len() <= MOST_ADDRESSES) {
            let message = format!(
                "more than {most} IPv6 addresses do not fit into a packet of 1500 bytes: \
                 write the others in unadvertised unless the link's MTU is larger"
            );
            self.warn(spot, message);
        }
    }

    fn advert_interval(&mut self) -> Option<Interval> {
        let version = self.fields.version.value_or(Version::V3);
        let (duration, spot) = match &self.fields.advert_interval {
            Field::Absent => return Some(Interval::DEFAULT),
            Field::Wrong => return None,
            Field::Given(duration, spot) => (*duration, spot),
        };
        let version = version?;
        let interval = Interval::from_duration(duration, version);
        if interval.is_none() {
            let (range, other) = match version {
                Version::V2 => ("whole seconds, 1s to 255s", ", or version = 3"),
                Version::V3 => ("10ms to 40.95s, in steps of 10ms", ""),
            };
            let message = format!("version {version} cannot carry this advert_interval: use {range}{other}");
            self.problem(spot, message, self.fields.version.given().map(|(_, spot)| ("the version is set at", spot)));
        }
        interval
    }

    fn peers(&mut self) {
        let Some((peers, list)) = self.fields.peers.given().filter(|(peers, _)| !peers.is_empty()) else {
            return;
        };
        if self.fields.addresses.given().is_none() {
            return;
        }
        for family in Family::ALL {
            let addresses = self.addresses_of(family);
            let peers = peers.iter().map(|(peer, spot)| (peer.address, spot));
            let peers: Vec<_> = peers.filter(|(peer, _)| Family::of(*peer) == family).collect();
            match (addresses.first(), peers.first()) {
                (Some((ip, _)), None) => {
                    let message = format!("no peer is {family}, but {ip} is: add the peers' {family} addresses");
                    self.problem(list, message, None);
                }
                (None, Some((peer, spot))) => {
                    let message = format!("{peer} is {family}, but no address is: leave the peer out");
                    self.problem(spot, message, None);
                }
                (None, None) | (Some(_), Some(_)) => {}
            }
            for (peer, spot) in &peers {
                let unadvertised = of_family(&self.fields.unadvertised, family);
                if let Some((_, own)) = addresses.iter().chain(&unadvertised).find(|(ip, _)| ip == peer) {
                    let message = format!("{peer} is a virtual address: write the peer's own address");
                    self.problem(spot, message, Some(("virtual at", own)));
                }
            }
            let routers = self.fields.routers.given().filter(|(routers, _)| usize::from(**routers) < peers.len() + 1);
            if let Some((routers, spot)) = routers {
                let message = format!(
                    "routers = {routers}, but with {} {family} peers there are {}: raise it, or leave it out",
                    peers.len(),
                    peers.len() + 1
                );
                self.problem(spot, message, Some(("peers at", list)));
            }
        }
    }

    /// Says where a way to authenticate belongs to another version.
    fn auth(&mut self) {
        let Some((Some(auth), spot)) = self.fields.auth.given() else {
            return;
        };
        let legacy = matches!(auth, Auth::Password(_) | Auth::Ah(_));
        if legacy && self.fields.version.value_or(Version::V3) == Some(Version::V3) {
            let name = auth.name();
            let message = format!("version 3 has no type = \"{name}\": use type = \"hmac-sha256\", or version = 2");
            self.problem(spot, message, self.fields.version.given().map(|(_, spot)| ("the version is set at", spot)));
        }
    }

    fn priority(&mut self) {
        let Some((_, owner)) = self.fields.priority.given().filter(|(priority, _)| priority.is_owner()) else {
            return;
        };
        if let Some((false, spot)) = self.fields.preempt.given().map(|(preempt, spot)| (*preempt, spot)) {
            let message = "priority 255, the address owner's, always takes over: leave preempt out, or use 1 to 254";
            self.problem(spot, message, Some(("priority at", owner)));
        }
        let effects = self.effects();
        if let Some((_, spot)) = effects.iter().find(|(effect, _)| matches!(effect, Effect::Weight(_))) {
            let message = "a weight does not move priority 255, the address owner's: use a priority from 1 to 254";
            self.problem(spot, message, Some(("priority at", owner)));
        } else if self.fields.protect.given().is_some_and(|(protect, _)| !protect.is_empty()) {
            let message = "priority 255 says that this host owns the addresses, which then stay here when the unit stops: \
                           use 1 to 254 for addresses that move";
            self.warn(owner, message);
        }
    }

    /// Says which route leads to a router that is this very host.
    fn routes(&mut self) {
        let routes = self.fields.virtual_routes.given().map(|(routes, _)| routes.as_slice()).unwrap_or_default();
        for (via, spot) in routes.iter().filter_map(|(route, spot)| Some((route.via?, spot))) {
            let lists = [&self.fields.addresses, &self.fields.unadvertised];
            let own = lists.into_iter().flat_map(|list| of_family(list, Family::of(via))).find(|(ip, _)| *ip == via);
            if let Some((_, own)) = own {
                let message =
                    format!("{via} is a virtual address, which this host has as Master: write the next router's own");
                self.problem(spot, message, Some(("virtual at", &own)));
            }
        }
    }

    /// Says what cannot be where packets to the addresses are dropped: a service that binds them, and one that is protected.
    fn accept(&mut self) {
        let Some((false, spot)) = self.fields.accept.given().map(|(accept, spot)| (*accept, spot)) else {
            return;
        };
        if self.fields.priority.value_or(Priority::DEFAULT).is_some_and(Priority::is_owner) {
            if self.table.items.contains_key("accept") {
                self.warn(spot, "accept = false changes nothing: the address owner, priority 255, accepts");
            }
            return;
        }
        if self.fields.hold.value_or(Hold::Address) == Some(Hold::Address) {
            let message = "accept = false drops what services get on the addresses, and hold = \"address\", the default, is for \
                           services: add hold = \"none\", or leave accept out";
            let hold = self.fields.hold.given().map(|(_, spot)| ("hold at", spot));
            self.problem(spot, message, hold);
        }
        if let Some((_, protect)) = self.fields.protect.given().filter(|(protect, _)| !protect.is_empty()) {
            let message = "accept = false drops what a protected service gets on the addresses: leave accept out, or watch the \
                           unit below [[instance.NAME.track]] instead, with unit = \"…\", if it serves none of them";
            self.problem(spot, message, Some(("protect at", protect)));
        }
    }

    /// Says where hosts could not take it for their router.
    fn router_advertisement(&mut self) {
        let Some((content, spot)) = self.fields.router_advertisement.given() else {
            return;
        };
        let autonomous = content.message.prefixes.iter().find(|prefix| prefix.autonomous && prefix.length != 64);
        let first = self.addresses_of(Family::V6).into_iter().next();
        match first {
            Some((first, _)) if is_link_local(first) => {}
            Some((first, place)) => {
                let message = format!(
                    "router advertisements come from a link-local address: write one before {first}, such as \"fe80::10/64\""
                );
                self.problem(spot, message, Some(("first IPv6 address at", &place)));
            }
            None => {
                let message = "router advertisements come from a link-local address: add one to addresses, such as \
                               \"fe80::10/64\", or leave router_advertisement out";
                self.problem(spot, message, None);
            }
        }
        if let Some(prefix) = autonomous {
            let message = format!(
                "hosts make addresses of a /64 alone, and {}/{} is none: write autonomous = false there",
                prefix.address, prefix.length
            );
            self.warn(spot, message);
        }
    }

    /// What its conditions do, each with its place.
    fn effects(&self) -> Vec<(Effect, Spot)> {
        let protect = self.fields.protect.given();
        let protect = protect.into_iter().flat_map(|(all, spot)| all.iter().map(|one| (one.effect, spot.clone())));
        let tracks = self.fields.track.given().map(|(tracks, _)| tracks.as_slice()).unwrap_or_default();
        protect.chain(tracks.iter().map(|(track, spot)| (track.effect, spot.clone()))).collect()
    }

    /// Warns of keys of its own that change nothing. The defaults may have them for other instances.
    fn idle_keys(&mut self) {
        let own = |key: &str| self.table.items.contains_key(key);
        let carries_sum = self.fields.version.value_or(Version::V3) == Some(Version::V3)
            && !(self.addresses_of(Family::V4).is_empty() && self.fields.addresses.given().is_some());
        let idle_sum = self.fields.checksum.given().filter(|(sum, _)| **sum != Checksum::Auto && !carries_sum);
        if let Some((_, spot)) = idle_sum.filter(|_| own("checksum")) {
            self.warn(spot, "checksum changes nothing: only version 3 over IPv4 has two of them");
        }
        let fast =
            self.fields.fast_resign.given().filter(|(fast, _)| **fast == FastResign::Always && own("fast_resign"));
        if let Some((_, spot)) = fast
            && self.fields.version.value_or(Version::V3) == Some(Version::V2)
        {
            self.warn(spot, "fast_resign changes nothing: only version 3 lets a Backup learn the interval");
        }
        let delayed = self.fields.preempt_delay.given().filter(|(delay, _)| own("preempt_delay") && !delay.is_zero());
        let Some((_, spot)) = delayed else {
            return;
        };
        if self.fields.preempt.value_or(true) == Some(false) {
            self.warn(spot, "preempt_delay changes nothing: preempt = false");
        } else if self.fields.priority.value_or(Priority::DEFAULT).is_some_and(Priority::is_owner) {
            self.warn(spot, "preempt_delay changes nothing: the address owner, priority 255, never waits");
        }
    }
}
