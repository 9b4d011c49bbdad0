//! The model `ietf-vrrp` of RFC 8347, written as RFC 7951 has it: state and statistics, with what is configured beside them.
//!
//! What a status does not have is left out, and so is what the model cannot say.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use vrrp::status::{Instance, Router, State, Status};

use self::statistics::{Global, Statistics};

mod statistics;

/// What the daemon does, by the model.
#[derive(Debug, Serialize)]
pub(crate) struct Data {
    #[serde(rename = "ietf-interfaces:interfaces")]
    interfaces: Interfaces,
    #[serde(rename = "ietf-vrrp:vrrp")]
    vrrp: Whole,
}

#[derive(Debug, Serialize)]
struct Interfaces {
    interface: Vec<Interface>,
}

#[derive(Debug, Default, Serialize)]
struct Interface {
    name: String,
    #[serde(rename = "ietf-ip:ipv4", skip_serializing_if = "Option::is_none")]
    ipv4: Option<Ip>,
    #[serde(rename = "ietf-ip:ipv6", skip_serializing_if = "Option::is_none")]
    ipv6: Option<Ip>,
}

#[derive(Debug, Default, Serialize)]
struct Ip {
    #[serde(rename = "ietf-vrrp:vrrp")]
    vrrp: Vrrp,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Vrrp {
    vrrp_instance: Vec<VirtualRouter>,
}

/// The model's `vrrp-instance`, which is a virtual router here.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct VirtualRouter {
    vrid: u8,
    version: &'static str,
    preempt: Preempt,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advertise_interval_sec: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advertise_interval_centi_sec: Option<u32>,
    #[serde(rename = "virtual-ipv4-addresses", skip_serializing_if = "Option::is_none")]
    ipv4: Option<Ipv4Addresses>,
    #[serde(rename = "virtual-ipv6-addresses", skip_serializing_if = "Option::is_none")]
    ipv6: Option<Ipv6Addresses>,
    state: &'static str,
    is_owner: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_adv_source: Option<String>,
    master_down_interval: u32,
    skew_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_master_reason: Option<&'static str>,
    statistics: Statistics,
}

#[derive(Debug, Serialize)]
struct Preempt {
    enabled: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Ipv4Addresses {
    virtual_ipv4_address: Vec<Ipv4Address>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Ipv4Address {
    ipv4_address: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Ipv6Addresses {
    virtual_ipv6_address: Vec<Ipv6Address>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Ipv6Address {
    ipv6_address: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Whole {
    virtual_routers: usize,
    interfaces: usize,
    statistics: Global,
}

/// Says by the model what a status tells.
pub(crate) fn data(status: &Status) -> Data {
    let mut interfaces: BTreeMap<&str, Interface> = BTreeMap::new();
    for instance in &status.instances {
        // The model knows no groups.
        let link = instance.carrier();
        let interface = interfaces.entry(link).or_default();
        interface.name = link.to_owned();
        for router in &instance.routers {
            let ip = if router.family == "IPv6" { &mut interface.ipv6 } else { &mut interface.ipv4 };
            let list = &mut ip.get_or_insert_default().vrrp.vrrp_instance;
            list.push(VirtualRouter::of(instance, router, status.daemon.started));
        }
    }
    let names: BTreeSet<&str> = status.instances.iter().map(Instance::carrier).collect();
    let vrrp = Whole {
        virtual_routers: status.instances.iter().map(|instance| instance.routers.len()).sum(),
        interfaces: names.len(),
        statistics: Global::of(status),
    };
    Data { interfaces: Interfaces { interface: interfaces.into_values().collect() }, vrrp }
}

impl VirtualRouter {
    fn of(instance: &Instance, router: &Router, started: u64) -> Self {
        let ipv6 = router.family == "IPv6";
        let addresses = || {
            let all = instance.addresses.iter().map(|address| address.split('/').next().unwrap_or_default().to_owned());
            all.filter(move |address| address.contains(':') == ipv6)
        };
        let ipv4_address = |ipv4_address| Ipv4Address { ipv4_address };
        let ipv6_address = |ipv6_address| Ipv6Address { ipv6_address };
        let is_owner = instance.priority == u8::MAX;
        Self {
            vrid: instance.vrid,
            version: if instance.version == 2 { "ietf-vrrp:vrrp-v2" } else { "ietf-vrrp:vrrp-v3" },
            preempt: Preempt { enabled: instance.preempt },
            // The model has no 255: it says is-owner.
            priority: (!is_owner).then_some(instance.priority),
            advertise_interval_sec: (instance.version == 2).then_some(instance.advert_interval / 1000),
            advertise_interval_centi_sec: (instance.version != 2).then_some(instance.advert_interval / 10),
            ipv4: (!ipv6).then(|| Ipv4Addresses { virtual_ipv4_address: addresses().map(ipv4_address).collect() }),
            ipv6: ipv6.then(|| Ipv6Addresses { virtual_ipv6_address: addresses().map(ipv6_address).collect() }),
            state: match instance.state {
                // RFC 9568's Initialize is both: not enabled, and a link that is down.
                State::Init | State::Fault => "ietf-vrrp:initialize",
                State::Backup => "ietf-vrrp:backup",
                State::Master => "ietf-vrrp:master",
            },
            is_owner,
            last_adv_source: router.master.clone(),
            master_down_interval: router.master_down_interval / 10,
            skew_time: skew_time(instance, router),
            new_master_reason: (router.counters.master_transitions == 0).then_some("not-master"),
            statistics: Statistics::of(&router.counters, instance.version, started),
        }
    }
}

/// Skew_Time in microseconds: of RFC 9568, section 6.1, and for version 2 of RFC 3768, section 6.1.
fn skew_time(instance: &Instance, router: &Router) -> u64 {
    let interval = match instance.version {
        2 => 1000,
        _ => router.master_advert_interval.unwrap_or(instance.advert_interval),
    };
    (256 - u64::from(instance.effective_priority)) * u64::from(interval) * 1000 / 256
}

/// A time as the model's `date-and-time` has it; `None` for one that no calendar has.
fn date_and_time(microseconds: u64) -> Option<String> {
    let time = i64::try_from(microseconds).ok().and_then(|time| Timestamp::from_microsecond(time).ok());
    time.map(|time| time.to_string())
}
