//! Addresses as they are written: virtual ones with a prefix length, peers without.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::VirtualAddress;
use super::text::Shown;

/// Reads `ADDRESS/LENGTH`, or says what is wrong with it.
pub(crate) fn virtual_address(text: &str) -> Result<VirtualAddress, String> {
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let ip = ip(address)?;
    if let Some(fault) = unusable(ip) {
        return Err(format!("{ip} {fault}: it cannot be a virtual address"));
    }
    let (bits, usual) = (bits(ip), if ip.is_ipv4() { 24 } else { 64 });
    let Some(length) = length else {
        return Err(format!(
            "{ip} has no prefix length: write its subnet's, such as \"{ip}/{usual}\", or \"{ip}/{bits}\" if it has none"
        ));
    };
    let prefix = prefix(text, ip, length, 1)?;
    match edge(ip, prefix) {
        Some(edge) => Err(format!("{ip}/{prefix} is {edge}: use an address of a host")),
        None => Ok(VirtualAddress { ip, prefix }),
    }
}

/// Reads `ADDRESS/LENGTH` as a destination, or says what is wrong with it.
pub(crate) fn network(text: &str) -> Result<(IpAddr, u8), String> {
    let (ip, length) = text.split_once('/').map_or((text, None), |(ip, length)| (ip, Some(length)));
    let ip = self::ip(ip)?;
    let Some(length) = length else {
        let whole = if ip.is_unspecified() { 0 } else { bits(ip) };
        return Err(format!("{ip} has no prefix length: write the destination's, such as \"{ip}/{whole}\""));
    };
    let prefix = prefix(text, ip, length, 0)?;
    match first(ip, prefix) {
        first if first == ip => Ok((ip, prefix)),
        first => Err(format!("{ip}/{prefix} has bits beyond its prefix: write \"{first}/{prefix}\"")),
    }
}

/// The first address of the network of an address, whose prefix has this length; of one that is too long, the address.
#[must_use]
pub fn first(ip: IpAddr, prefix: u8) -> IpAddr {
    let prefix = u32::from(prefix);
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & !u32::MAX.checked_shr(prefix).unwrap_or(0)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::MAX.checked_shr(prefix).unwrap_or(0)).into(),
    }
}

/// How many bits an address of this family has.
pub(crate) fn bits(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// Reads the prefix length, `least` or more, of the address that `text` begins with.
pub(crate) fn prefix(text: &str, ip: IpAddr, length: &str, least: u8) -> Result<u8, String> {
    let shown = Shown::new(text);
    let bits = bits(ip);
    match length.parse::<u8>() {
        Ok(prefix) if (least..=bits).contains(&prefix) && !length.starts_with('+') => Ok(prefix),
        Ok(_) | Err(_) => Err(match length.parse().ok().and_then(mask_length) {
            Some(prefix) if ip.is_ipv4() => format!("\"{shown}\" has a mask: write the length, \"{ip}/{prefix}\""),
            Some(_) | None => format!("\"{shown}\" has no valid prefix length: use {least} to {bits}"),
        }),
    }
}

/// Reads the address of a host, which has no prefix length, or says what is wrong with it: `advice` is what to write in place of one
/// that no host can have.
pub(crate) fn host(text: &str, advice: &str) -> Result<IpAddr, String> {
    if let Some((address, _)) = text.split_once('/') {
        return Err(format!("\"{}\" has a prefix length: write \"{}\"", Shown::new(text), Shown::new(address)));
    }
    let ip = ip(text)?;
    match unusable(ip) {
        Some(fault) => Err(format!("{ip} {fault}: {advice}")),
        None => Ok(ip),
    }
}

/// Reads the address of a peer, or says what is wrong with it.
pub(crate) fn peer(text: &str) -> Result<IpAddr, String> {
    host(text, "write the peer's own address, or leave peers out for multicast")
}

/// Reads the address of who is probed, or says what is wrong with it.
pub(crate) fn target(text: &str) -> Result<IpAddr, String> {
    host(text, "write the address of somebody on the link who answers")
}

/// Reads an address, or says what is wrong with it.
pub(crate) fn ip(text: &str) -> Result<IpAddr, String> {
    let shown = Shown::new(text);
    if let Some((address, _)) = text.split_once('%') {
        return Err(format!("\"{shown}\" names a link: write \"{}\", the link is the interface", Shown::new(address)));
    }
    text.parse().map_err(|_| match without_zeros(text) {
        Some(plain) => format!("\"{shown}\" has a number that begins with 0: write \"{plain}\""),
        None => format!("\"{shown}\" is no IP address (names are not looked up)"),
    })
}

/// Reads `192.0.2.010` as decimal, for an advice.
fn without_zeros(text: &str) -> Option<Ipv4Addr> {
    let bytes: Vec<u8> = text.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    <[u8; 4]>::try_from(bytes).ok().map(Ipv4Addr::from)
}

/// The length of a contiguous mask.
fn mask_length(mask: Ipv4Addr) -> Option<u32> {
    let length = mask.to_bits().leading_ones();
    (length > 0 && mask.to_bits().count_ones() == length).then_some(length)
}

/// Says what makes an address unfit for any host on a link.
pub(crate) fn unusable(ip: IpAddr) -> Option<String> {
    let what = match ip {
        _ if ip.is_unspecified() => "stands for no address",
        _ if ip.is_loopback() => "is a loopback address",
        _ if ip.is_multicast() => "is a multicast address",
        IpAddr::V4(Ipv4Addr::BROADCAST) => "is the broadcast address",
        IpAddr::V4(ip) if ip.octets()[0] == 0 => "belongs to no network",
        IpAddr::V6(ip) => return ip.to_ipv4_mapped().map(|v4| format!("is an IPv4 address: write {v4}")),
        IpAddr::V4(_) => return None,
    };
    Some(what.to_owned())
}

/// Says whether an address is the first or last of its subnet, where these are no host's.
fn edge(ip: IpAddr, prefix: u8) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) if prefix < 31 => {
            let host = u32::MAX >> prefix;
            match ip.to_bits() & host {
                0 => Some("the address of the subnet itself"),
                bits if bits == host => Some("the broadcast address of its subnet"),
                _ => None,
            }
        }
        IpAddr::V6(ip) if prefix < 127 => {
            let host = u128::MAX >> prefix;
            (ip.to_bits() & host == 0).then_some("the address of the subnet itself, which every router answers")
        }
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

/// Tells whether an address means something on its link only (RFC 4291, section 2.5.6): none of IPv4 does here.
#[must_use]
pub const fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(_) => false,
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_addresses_with_a_prefix_are_taken() {
        for text in ["192.0.2.10/24", "192.0.2.0/31", "192.0.2.0/32", "2001:db8::10/64", "2001:db8::/127", "fe80::1/64"]
        {
            assert_eq!(virtual_address(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn destinations_have_no_bit_beyond_their_prefix() {
        for text in ["0.0.0.0/0", "::/0", "192.0.2.0/24", "192.0.2.1/32", "2001:db8::/32", "2001:db8::1/128"] {
            let (ip, prefix) = network(text).unwrap();
            assert_eq!(format!("{ip}/{prefix}"), text);
        }
        assert_eq!(first("255.255.255.255".parse().unwrap(), 1).to_string(), "128.0.0.0");
        assert_eq!(first("ffff::1".parse().unwrap(), 12).to_string(), "fff0::");
    }

    #[test]
    fn every_other_text_gets_an_advice() {
        let advice = [
            ("192.0.2.10", "has no prefix length: write its subnet's, such as \"192.0.2.10/24\", or \"192.0.2.10/32\""),
            ("2001:db8::1", "such as \"2001:db8::1/64\", or \"2001:db8::1/128\" if it has none"),
            ("192.0.2.10/33", "use 1 to 32"),
            ("192.0.2.10/0", "use 1 to 32"),
            ("192.0.2.10/+4", "use 1 to 32"),
            ("192.0.2.10/", "use 1 to 32"),
            ("2001:db8::1/129", "use 1 to 128"),
            ("192.0.2.10/255.255.255.0", "has a mask: write the length, \"192.0.2.10/24\""),
            ("192.0.2.010/24", "begins with 0: write \"192.0.2.10\""),
            ("fe80::1%eth0/64", "names a link: write \"fe80::1\""),
            ("www.example.net/24", "is no IP address (names are not looked up)"),
            ("192.0.2.0/24", "is the address of the subnet itself"),
            ("192.0.2.255/24", "is the broadcast address of its subnet"),
            ("2001:db8::/64", "is the address of the subnet itself"),
            ("::ffff:192.0.2.1/64", "is an IPv4 address: write 192.0.2.1"),
            ("224.0.0.18/24", "is a multicast address"),
            ("ff02::12/64", "is a multicast address"),
            ("127.0.0.1/8", "is a loopback address"),
            ("::1/128", "is a loopback address"),
            ("0.0.0.0/8", "stands for no address"),
            ("::/64", "stands for no address"),
            ("0.1.2.3/8", "belongs to no network"),
            ("255.255.255.255/32", "is the broadcast address"),
        ];
        for (text, words) in advice {
            let told = virtual_address(text).unwrap_err();
            assert!(told.contains(words), "{text}: {told}");
        }
        assert!(peer("192.0.2.1/24").unwrap_err().contains("write \"192.0.2.1\""));
        assert!(peer("224.0.0.18").unwrap_err().contains("or leave peers out for multicast"));
        assert_eq!(peer("192.0.2.1"), Ok(IpAddr::from([192, 0, 2, 1])));
    }
}
