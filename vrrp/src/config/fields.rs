//! The keys of an instance, each read as its type; `[defaults]` has the same ones.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use super::auth::auth;
use super::field::{Field, Given, Reader};
use super::interface::of_instance;
use super::on_transition::on_transition;
use super::peers::peers;
use super::place::Spot;
use super::problem::Finding;
use super::protect::protect;
use super::router_advertisement::router_advertisement;
use super::tables::{Section, unknown_keys};
use super::text::Shown;
use super::value::Content;
use super::virtual_route::virtual_routes;
use super::virtual_rule::virtual_rules;
use super::written::Table;
use super::{
    Auth, Checksum, FastResign, Hold, Interface, Mac, OnTransition, Peer, Protection, RouterAdvertisement, Track,
    VirtualAddress, VirtualRoute, VirtualRule, address, track,
};
use crate::id::{Priority, Version, Vrid};

/// All keys of an instance.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) interface: Field<Interface>,
    pub(crate) vrid: Field<Vrid>,
    pub(crate) addresses: Field<Vec<(VirtualAddress, Spot)>>,
    pub(crate) unadvertised: Field<Vec<(VirtualAddress, Spot)>>,
    pub(crate) priority: Field<Priority>,
    pub(crate) version: Field<Version>,
    pub(crate) advert_interval: Field<Duration>,
    pub(crate) preempt: Field<bool>,
    pub(crate) preempt_delay: Field<Duration>,
    pub(crate) accept: Field<bool>,
    pub(crate) router_advertisement: Field<RouterAdvertisement>,
    pub(crate) mac: Field<Mac>,
    pub(crate) hold: Field<Hold>,
    pub(crate) checksum: Field<Checksum>,
    pub(crate) peers: Field<Vec<(Peer, Spot)>>,
    pub(crate) routers: Field<u8>,
    pub(crate) fast_resign: Field<FastResign>,
    pub(crate) drain_timeout: Field<Duration>,
    pub(crate) auth: Field<Option<Auth>>,
    pub(crate) enabled: Field<bool>,
    pub(crate) protect: Field<Vec<Protection>>,
    /// Each with the place of its table.
    pub(crate) track: Field<Vec<(Track, Spot)>>,
    pub(crate) last_resort: Field<bool>,
    pub(crate) on_transition: Field<Vec<OnTransition>>,
    /// Each with the place of its table.
    pub(crate) virtual_routes: Field<Vec<(VirtualRoute, Spot)>>,
    pub(crate) virtual_rules: Field<Vec<(VirtualRule, Spot)>>,
}

/// The longest that a Master of lower priority can be left alone.
const LONGEST_DELAY: Duration = Duration::from_secs(1000);
/// The longest drain: whoever stops a service or a host waits for it.
const LONGEST_DRAIN: Duration = Duration::from_secs(10);

impl Fields {
    /// Reads the keys of a table, of an instance or of the defaults, and says what is wrong with each.
    pub(crate) fn read(table: &Table, instance: Option<&str>, findings: &mut Vec<Finding>) -> Self {
        let heading = instance.map_or_else(|| "defaults".to_owned(), |name| format!("instance.{}", Shown::new(name)));
        let mut reader = Reader { table, heading: &heading, instance, findings };
        unknown_keys(Section::Instance, &mut reader);
        Self {
            interface: reader.key("interface", of_instance),
            vrid: reader.key("vrid", vrid),
            addresses: reader.key("addresses", |given| {
                let addresses = virtual_addresses(given)?;
                if addresses.is_empty() {
                    let message = "addresses is empty: write at least one address, such as [\"192.0.2.10/24\"]";
                    return given.wrong_at(&given.value.spot, message);
                }
                Some(addresses)
            }),
            unadvertised: reader.key("unadvertised", virtual_addresses),
            priority: reader.key("priority", |given| {
                let what = "is not a priority: use 1 to 254, or 255 for the address owner";
                given.number(what, 100, Priority::new)
            }),
            version: reader.key("version", |given| {
                given.number("is not a version of VRRP: use 2 or 3", 3, |number: u8| match number {
                    2 => Some(Version::V2),
                    3 => Some(Version::V3),
                    _ => None,
                })
            }),
            advert_interval: reader.key("advert_interval", |given| given.duration()),
            preempt: reader.key("preempt", |given| given.truth()),
            preempt_delay: reader.key("preempt_delay", |given| match given.duration()? {
                delay if delay > LONGEST_DELAY => given.wrong("is too long: use 0s to 1000s"),
                delay => Some(delay),
            }),
            accept: reader.key("accept", |given| given.truth()),
            router_advertisement: reader.key("router_advertisement", router_advertisement),
            mac: reader.key("mac", |given| given.choice(&Mac::WORDS)),
            hold: reader.key("hold", |given| given.choice(&Hold::WORDS)),
            checksum: reader.key("checksum", |given| given.choice(&Checksum::WORDS)),
            peers: reader.key("peers", peers),
            routers: reader.key("routers", |given| {
                let what = "is not a number of routers: use 2 to 255, this one counted, or leave it out";
                given.number(what, 2, |number: u8| (number >= 2).then_some(number))
            }),
            fast_resign: reader.key("fast_resign", |given| given.choice(&FastResign::WORDS)),
            drain_timeout: reader.key("drain_timeout", |given| match given.duration()? {
                time if time > LONGEST_DRAIN => given.wrong("is too long: use 0s to 10s"),
                time => Some(time),
            }),
            auth: reader.key("auth", auth),
            enabled: reader.key("enabled", |given| given.truth()),
            protect: reader.key("protect", protect),
            track: reader.key("track", track::track),
            last_resort: reader.key("last_resort", |given| given.truth()),
            on_transition: reader.key("on_transition", on_transition),
            virtual_routes: reader.key("virtual_routes", virtual_routes),
            virtual_rules: reader.key("virtual_rules", virtual_rules),
        }
    }

    /// These keys, and the defaults where one is absent.
    pub(crate) fn or(self, defaults: &Self) -> Self {
        Self {
            interface: self.interface.or(&defaults.interface),
            vrid: self.vrid.or(&defaults.vrid),
            addresses: self.addresses.or(&defaults.addresses),
            unadvertised: self.unadvertised.or(&defaults.unadvertised),
            priority: self.priority.or(&defaults.priority),
            version: self.version.or(&defaults.version),
            advert_interval: self.advert_interval.or(&defaults.advert_interval),
            preempt: self.preempt.or(&defaults.preempt),
            preempt_delay: self.preempt_delay.or(&defaults.preempt_delay),
            accept: self.accept.or(&defaults.accept),
            router_advertisement: self.router_advertisement.or(&defaults.router_advertisement),
            mac: self.mac.or(&defaults.mac),
            hold: self.hold.or(&defaults.hold),
            checksum: self.checksum.or(&defaults.checksum),
            peers: self.peers.or(&defaults.peers),
            routers: self.routers.or(&defaults.routers),
            fast_resign: self.fast_resign.or(&defaults.fast_resign),
            drain_timeout: self.drain_timeout.or(&defaults.drain_timeout),
            auth: self.auth.or(&defaults.auth),
            enabled: self.enabled.or(&defaults.enabled),
            protect: self.protect.or(&defaults.protect),
            track: self.track.or(&defaults.track),
            last_resort: self.last_resort.or(&defaults.last_resort),
            on_transition: self.on_transition.or(&defaults.on_transition),
            virtual_routes: self.virtual_routes.or(&defaults.virtual_routes),
            virtual_rules: self.virtual_rules.or(&defaults.virtual_rules),
        }
    }
}

fn vrid(given: &mut Given<'_>) -> Option<Vrid> {
    // That is who counts on behind the last one.
    let what = match given.value.content {
        Content::Integer(_, Some(256)) => "is not a VRID: use 1 to 255, and a further link for further instances",
        Content::Text(_)
        | Content::Integer(..)
        | Content::Other(_)
        | Content::Boolean(_)
        | Content::List(_)
        | Content::Table(_) => "is not a VRID: use 1 to 255",
    };
    given.number(what, 51, Vrid::new)
}

fn virtual_addresses(given: &mut Given<'_>) -> Option<Vec<(VirtualAddress, Spot)>> {
    addresses(given, "192.0.2.10/24", |text| address::virtual_address(text).map(|address| (address, address.ip)))
}

/// Reads a list of addresses, each of which `read` gives with what must not stand there twice.
pub(crate) fn addresses<T>(
    given: &mut Given<'_>,
    example: &str,
    read: impl Fn(&str) -> Result<(T, IpAddr), String>,
) -> Option<Vec<(T, Spot)>> {
    let list = given.list(example)?;
    let mut seen = HashMap::new();
    let mut taken = Vec::new();
    for value in list {
        let read = match &value.content {
            Content::Text(text) => read(text),
            Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => {
                Err(format!("{value} is {}: write an address in quotes, such as \"{example}\"", value.kind()))
            }
        };
        let one = match read {
            Err(message) => given.wrong_at(&value.spot, message),
            Ok((one, ip)) => match seen.insert(ip, &value.spot) {
                Some(first) => given.twice(&value.spot, &ip.to_string(), first),
                None => Some((one, value.spot.clone())),
            },
        };
        taken.push(one);
    }
    taken.into_iter().collect()
}
