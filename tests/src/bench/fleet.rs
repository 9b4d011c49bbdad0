//! A fleet: as many instances as a case wants, on as many links as they need, as a configuration for each program.

use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// How many instances share a link: a link and family has 255 identifiers.
const PER_LINK: usize = 250;

/// Of which family the addresses of a fleet are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

/// What the instances of a host are like. Each has an identifier and an address of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fleet {
    /// How many there are.
    pub(super) instances: usize,
    pub(super) family: Family,
    /// The time between two advertisements; whole centiseconds.
    pub(super) interval: Duration,
    /// Whether each has the virtual MAC.
    pub(super) virtual_mac: bool,
    /// What the first one has beside its address, if anything.
    pub(super) more: Option<Ipv4Addr>,
}

/// One of a fleet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// From 0 on.
    pub(super) number: usize,
    /// The number of its link.
    pub(super) link: usize,
    /// Unique on its link.
    pub(super) vrid: u8,
    /// Unique in the fleet.
    pub(super) address: IpAddr,
}

/// The name of a link on the host that is measured.
pub(super) fn link_name(link: usize) -> String {
    format!("eth{link}")
}

/// The IPv4 address of a host on a link: 1 is measured, 2 is at the other end.
pub(super) fn own_address(link: usize, host: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, u8::try_from(link).unwrap_or(u8::MAX), 0, host)
}

/// Its link-local address, which is what it advertises from over IPv6.
pub(super) fn link_local(link: usize, host: u8) -> Ipv6Addr {
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, u16::try_from(link).unwrap_or(u16::MAX), host.into())
}

/// `1000 instances`, and over what if that is not IPv4.
impl fmt::Display for Fleet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = if self.family == Family::V6 { "IPv6 " } else { "" };
        write!(formatter, "{} {family}instance{}", self.instances, if self.instances == 1 { "" } else { "s" })
    }
}

impl Fleet {
    /// Instances with an IPv4 address and the interface's MAC that advertise once a second.
    pub(super) const fn new(instances: usize) -> Self {
        Self { instances, family: Family::V4, interval: Duration::from_secs(1), virtual_mac: false, more: None }
    }

    /// The same with an IPv6 address.
    pub(super) const fn ipv6(instances: usize) -> Self {
        Self { family: Family::V6, ..Self::new(instances) }
    }

    /// What tells it from others in the name of a lab.
    pub(super) fn slug(&self) -> String {
        format!("{}-{:?}", self.instances, self.family).to_lowercase()
    }

    /// How many links they need.
    pub(super) const fn links(&self) -> usize {
        self.instances.div_ceil(PER_LINK)
    }

    /// What they are, in the order of their numbers.
    pub(super) fn members(&self) -> impl Iterator<Item = Member> + use<> {
        let family = self.family;
        (0..self.instances).map(move |number| {
            let (link, place) = (number / PER_LINK, number % PER_LINK);
            let vrid = u8::try_from(place + 1).unwrap_or(u8::MAX);
            let [_, second, ..] = own_address(link, 1).octets();
            let address = match family {
                Family::V4 => Ipv4Addr::new(10, second, 1, vrid).into(),
                Family::V6 => Ipv6Addr::new(0x2001, 0xdb8, 0, second.into(), 0, 0, 0, vrid.into()).into(),
            };
            Member { number, link, vrid, address }
        })
    }

    /// How long one round through the leases of our daemon takes: it renews 200 addresses a second.
    pub(super) const fn lease_round(&self) -> Duration {
        Duration::from_millis(self.instances as u64 * 5)
    }

    /// How many advertisements a Master of all of them owes in this time.
    pub(super) fn adverts(&self, time: Duration) -> f64 {
        self.instances as f64 * time.as_secs_f64() / self.interval.as_secs_f64()
    }

    fn addresses(&self, member: &Member) -> Vec<String> {
        let length = if member.address.is_ipv4() { 32 } else { 128 };
        let more = self.more.filter(|_| member.number == 0).map(IpAddr::V4);
        [member.address].into_iter().chain(more).map(|address| format!("{address}/{length}")).collect()
    }

    /// The configuration of ours.
    pub(super) fn ours(&self) -> String {
        let mac = if self.virtual_mac { "virtual" } else { "interface" };
        let interval = self.interval.as_millis();
        let mut text = format!("[defaults]\nadvert_interval = \"{interval}ms\"\nmac = \"{mac}\"\n");
        for member in self.members() {
            let addresses = self.addresses(&member).join("\", \"");
            let _ = write!(
                text,
                "\n[instance.i{}]\ninterface = \"{}\"\nvrid = {}\naddresses = [\"{addresses}\"]\n",
                member.number,
                link_name(member.link),
                member.vrid
            );
        }
        text
    }

    /// The configuration of keepalived, everything else as it comes.
    pub(super) fn keepalived(&self) -> String {
        let mut text = "global_defs {\nvrrp_version 3\n}\n".to_owned();
        let interval = self.interval.as_secs_f64();
        let mac = if self.virtual_mac { "use_vmac\n" } else { "" };
        for member in self.members() {
            let _ = write!(
                text,
                "vrrp_instance i{} {{\nstate BACKUP\ninterface {}\nvirtual_router_id {}\npriority 100\n\
                 advert_int {interval}\n{mac}virtual_ipaddress {{\n{}\n}}\n}}\n",
                member.number,
                link_name(member.link),
                member.vrid,
                self.addresses(&member).join("\n")
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Fleet;

    #[test]
    fn every_instance_has_an_address_of_its_own_and_an_identifier_of_its_own_on_its_link() {
        let fleet = Fleet::new(4000);
        assert_eq!(fleet.links(), 16);
        let addresses: BTreeSet<_> = fleet.members().map(|member| member.address).collect();
        let identifiers: BTreeSet<_> = fleet.members().map(|member| (member.link, member.vrid)).collect();
        assert_eq!((addresses.len(), identifiers.len()), (4000, 4000));
        assert!(fleet.members().all(|member| member.vrid > 0));
        assert_eq!(Fleet::new(1).links(), 1);
        assert_eq!(Fleet::new(1).to_string(), "1 instance");
    }

    #[test]
    fn over_ipv6_the_addresses_are_others_and_nothing_else_is() {
        let fleet = Fleet::ipv6(300);
        let addresses: BTreeSet<_> = fleet.members().map(|member| member.address).collect();
        assert_eq!(addresses.len(), 300);
        assert!(addresses.iter().all(|address| address.is_ipv6()));
        assert!(fleet.ours().contains("addresses = [\"2001:db8:0:1::32/128\"]"), "{}", fleet.ours());
        assert_eq!(fleet.to_string(), "300 IPv6 instances");
        assert_eq!(fleet.slug(), "300-v6");
    }
}
