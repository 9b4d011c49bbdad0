//! The routers that the routes of the main table lead to, as the kernel lists them in text.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The lists of the network namespace of the calling thread (proc_pid_net(5)).
const IPV4: &str = "/proc/thread-self/net/route";
const IPV6: &str = "/proc/thread-self/net/ipv6_route";
/// How much of each is read: the default route stands near the beginning, and a full table has a million lines.
const MOST: u64 = 1 << 20;

/// All of them, by the name of the link; the router of the default route first.
pub(super) fn all() -> BTreeMap<String, Vec<IpAddr>> {
    let v4 = read(IPV4);
    let v6 = read(IPV6);
    let mut found: Vec<(u8, &str, IpAddr)> =
        v4.lines().filter_map(line_v4).chain(v6.lines().filter_map(line_v6)).collect();
    found.sort_by_key(|(prefix, ..)| *prefix);
    let mut gateways: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
    for (_, link, gateway) in found {
        let of_link = gateways.entry(link.to_owned()).or_default();
        if !of_link.contains(&gateway) {
            of_link.push(gateway);
        }
    }
    gateways
}

fn read(path: &str) -> String {
    let mut text = String::new();
    // A list that is not there has nothing: a kernel without IPv6 has none.
    let _ = File::open(path).and_then(|file| file.take(MOST).read_to_string(&mut text));
    text
}

/// `Iface Destination Gateway Flags RefCnt Use Metric Mask …`, numbers as the host's own words in hexadecimal digits.
fn line_v4(line: &str) -> Option<(u8, &str, IpAddr)> {
    let mut words = line.split_whitespace();
    let (link, _destination, gateway) = (words.next()?, words.next()?, words.next()?);
    let mask = words.nth(4)?;
    let number = |text: &str| u32::from_str_radix(text, 16).ok();
    let gateway = Ipv4Addr::from(number(gateway)?.to_ne_bytes());
    let prefix = u8::try_from(number(mask)?.count_ones()).ok()?;
    (!gateway.is_unspecified()).then_some((prefix, link, gateway.into()))
}

/// `destination prefix source prefix gateway metric references use flags link`.
fn line_v6(line: &str) -> Option<(u8, &str, IpAddr)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let &[_destination, prefix, _source, _source_prefix, gateway, _metric, _references, _use, _flags, link] =
        words.as_slice()
    else {
        return None;
    };
    let gateway = Ipv6Addr::from_bits(u128::from_str_radix(gateway, 16).ok()?);
    let prefix = u8::from_str_radix(prefix, 16).ok()?;
    (!gateway.is_unspecified()).then_some((prefix, link, gateway.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_the_router_and_its_link() {
        let gateway = u32::from_ne_bytes([192, 0, 2, 1]);
        let line = format!("eth0\t00000000\t{gateway:08X}\t0003\t0\t0\t100\t00000000\t0\t0\t0");
        assert_eq!(line_v4(&line), Some((0, "eth0", "192.0.2.1".parse().unwrap())));
        let mask = u32::from_ne_bytes([255, 255, 255, 0]);
        let line = format!("eth0\t000200C0\t00000000\t0001\t0\t0\t0\t{mask:08X}\t0\t0\t0");
        assert_eq!(line_v4(&line), None, "a subnet of the link's own");
        assert_eq!(line_v4("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT"), None);

        let zero = "0".repeat(32);
        let router = "fe800000000000000000000000000001";
        let line = format!("{zero} 00 {zero} 00 {router} 00000400 00000001 00000000 00000003     eth1");
        assert_eq!(line_v6(&line), Some((0, "eth1", "fe80::1".parse().unwrap())));
        let line = format!("{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200       lo");
        assert_eq!(line_v6(&line), None);
        for cut in 0..line.len() {
            let _ = line_v6(&line[..cut]);
        }
    }
}
