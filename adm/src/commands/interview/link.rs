//! The links of this host, as far as they help with an answer.

use std::collections::BTreeSet;
use std::net::IpAddr;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::SockaddrStorage;
use vrrp::config::is_link_local;

/// A link and the subnets that it is in.
pub(super) struct Link {
    pub(super) name: String,
    /// Its addresses with their prefix lengths, in the kernel's order: of a subnet the first one is the host's own.
    pub(super) subnets: Vec<(IpAddr, u8)>,
}

impl Link {
    pub(super) fn named(name: &str) -> Self {
        let all = getifaddrs().into_iter().flatten().filter(|one| one.interface_name == name);
        let subnet = |one: nix::ifaddrs::InterfaceAddress| {
            let (address, mask) = (ip(&one.address?)?, ip(&one.netmask?)?);
            Some((address, bits(mask).count_ones().try_into().ok()?))
        };
        Self {
            name: name.to_owned(),
            subnets: all.filter_map(subnet).filter(|(own, _)| !is_link_local(*own)).collect(),
        }
    }

    /// Its addresses as a configuration has them.
    pub(super) fn addresses(&self) -> Vec<String> {
        self.subnets.iter().map(|(own, length)| format!("{own}/{length}")).collect()
    }

    /// An address with the prefix length of the link's subnet that it is in, unless it has one or is in none.
    pub(super) fn with_length(&self, text: &str) -> String {
        let length = text.parse().ok().and_then(|address| self.length_of(address));
        length.map_or_else(|| text.to_owned(), |length| format!("{text}/{length}"))
    }

    /// The prefix length of the subnet that an address is in.
    pub(super) fn length_of(&self, address: IpAddr) -> Option<u8> {
        self.subnets.iter().find(|(own, length)| shares(*own, address, *length)).map(|(_, length)| *length)
    }

    /// Tells whether an address is the host's own, and not one beside that.
    pub(super) fn is_own(&self, address: IpAddr) -> bool {
        let of_subnet = |one: &&(IpAddr, u8)| shares(one.0, address, one.1);
        self.subnets.iter().find(of_subnet).is_some_and(|(own, _)| *own == address)
    }
}

fn ip(storage: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = storage.as_sockaddr_in().map(|address| address.ip().into());
    v4.or_else(|| storage.as_sockaddr_in6().map(|address| address.ip().into()))
}

/// The bits of an address, the first one highest.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn shares(a: IpAddr, b: IpAddr, length: u8) -> bool {
    let differ = bits(a) ^ bits(b);
    a.is_ipv4() == b.is_ipv4() && differ.leading_zeros() >= u32::from(length)
}

/// The names of all links but the loopback.
pub(super) fn names() -> Vec<String> {
    let all = getifaddrs().into_iter().flatten();
    let links = all.filter(|one| !one.flags.contains(InterfaceFlags::IFF_LOOPBACK)).map(|one| one.interface_name);
    links.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The link of the default route, of IPv4 or else of IPv6: the one of the lowest metric.
pub(super) fn of_default_route() -> Option<String> {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    default_v4(&read("/proc/net/route")).or_else(|| default_v6(&read("/proc/net/ipv6_route")))
}

/// Reads lines of: link, destination, gateway, flags, two counters, metric, mask, ….
fn default_v4(table: &str) -> Option<String> {
    let routes = table.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [link, "00000000", _, _, _, _, metric, "00000000", ..] = fields.as_slice() else { return None };
        Some((metric.parse::<u32>().ok()?, (*link).to_owned()))
    });
    routes.min().map(|(_, link)| link)
}

/// Reads lines of: destination, its length, source, its length, next hop, metric, two counters, flags, link.
fn default_v6(table: &str) -> Option<String> {
    let routes = table.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [destination, "00", _, _, next, metric, .., link] = fields.as_slice() else { return None };
        let is_default = [destination, next].map(|text| text.bytes().all(|digit| digit == b'0'));
        (is_default == [true, false]).then_some((u32::from_str_radix(metric, 16).ok()?, (*link).to_owned()))
    });
    routes.min().map(|(_, link)| link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_route_of_the_lowest_metric_counts() {
        let v4 = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n\
                  wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n\
                  eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
                  eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        assert_eq!(default_v4(v4).as_deref(), Some("eth0"));
        assert_eq!(default_v4(v4.split_inclusive('\n').next().unwrap()), None);
        let zero = "00000000000000000000000000000000";
        let gateway = "fe800000000000000000000000000001";
        let v6 = format!(
            "{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200 lo\n\
             {zero} 00 {zero} 00 {gateway} 00000400 00000001 00000000 00000003 eth0\n"
        );
        assert_eq!(default_v6(&v6).as_deref(), Some("eth0"));
    }

    #[test]
    fn an_address_gets_the_length_of_its_subnet() {
        let subnets = [("192.0.2.1", 24), ("192.0.2.10", 24), ("2001:db8::1", 64)];
        let subnets = subnets.map(|(own, length)| (own.parse().unwrap(), length)).into();
        let link = Link { name: "eth0".to_owned(), subnets };
        assert_eq!(link.with_length("192.0.2.9"), "192.0.2.9/24");
        assert_eq!(link.with_length("2001:db8::9"), "2001:db8::9/64");
        assert_eq!(link.with_length("192.0.2.9/32"), "192.0.2.9/32");
        assert_eq!([link.with_length("198.51.100.1"), link.with_length("x")], ["198.51.100.1", "x"]);
        assert!(link.is_own("192.0.2.1".parse().unwrap()) && !link.is_own("192.0.2.10".parse().unwrap()));
    }
}
