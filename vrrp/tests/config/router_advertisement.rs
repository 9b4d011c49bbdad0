//! `router_advertisement`: what hosts are told, and what they could not use.

use std::net::Ipv6Addr;

use vrrp::config::RouterAdvertisement;
use vrrp::wire::router::{Advertisement, Preference, Prefix};

use super::*;

const GATEWAY: &str =
    "[instance.a]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"fe80::10/64\"]\nhold = \"freebind\"\n";

fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

fn advertisement(lines: &str) -> RouterAdvertisement {
    only(&config(&format!("{GATEWAY}{lines}"))).router_advertisement.clone().expect("it is a router")
}

fn told(lines: &str) -> Vec<String> {
    let problems = check_text(&format!("{GATEWAY}{lines}")).err().unwrap_or_default();
    problems.into_iter().map(|problem| problem.message).collect()
}

#[test]
fn without_the_key_nobody_is_told_anything_and_an_empty_table_is_enough() {
    assert_eq!(only(&config(GATEWAY)).router_advertisement, None);
    let usual = advertisement("router_advertisement = {}\n");
    assert_eq!((usual.min_interval, usual.max_interval), (seconds(200), seconds(600)));
    let message = Advertisement {
        hop_limit: 64,
        managed: false,
        other: false,
        preference: Preference::Medium,
        lifetime: seconds(1800),
        mtu: None,
        prefixes: Vec::new(),
        dns: Vec::new(),
        search: Vec::new(),
        dns_lifetime: seconds(1800),
    };
    assert_eq!(usual.message, message);
}

#[test]
fn everything_that_can_be_said_is_taken() {
    let text = r#"
        [instance.a.router_advertisement]
        max_interval = "30s"
        min_interval = "10s"
        lifetime = "2h"
        hop_limit = 0
        managed = true
        other = true
        preference = "high"
        mtu = 1480
        prefixes = [
            "2001:db8::/64",
            { prefix = "2001:db8:1::/48", autonomous = false, on_link = false, valid = "forever", preferred = "1d" },
            { prefix = "2001:db8:2::/64", valid = "1h" },
        ]
        dns = ["2001:db8::53", "fe80::53"]
        search = ["example.net.", "lan"]
    "#;
    let given = advertisement(text);
    assert_eq!((given.min_interval, given.max_interval), (seconds(10), seconds(30)));
    let prefix = |address: &str, length| Prefix {
        address: address.parse().unwrap(),
        length,
        on_link: true,
        autonomous: true,
        valid: Some(seconds(30 * 86_400)),
        preferred: Some(seconds(7 * 86_400)),
    };
    let other = Prefix {
        on_link: false,
        autonomous: false,
        valid: None,
        preferred: Some(seconds(86_400)),
        ..prefix("2001:db8:1::", 48)
    };
    let short = Prefix { valid: Some(seconds(3600)), preferred: Some(seconds(3600)), ..prefix("2001:db8:2::", 64) };
    let message = Advertisement {
        hop_limit: 0,
        managed: true,
        other: true,
        preference: Preference::High,
        lifetime: seconds(7200),
        mtu: Some(1480),
        prefixes: vec![prefix("2001:db8::", 64), other, short],
        dns: ["2001:db8::53", "fe80::53"].map(|ip| ip.parse::<Ipv6Addr>().unwrap()).to_vec(),
        search: vec!["example.net".to_owned(), "lan".to_owned()],
        dns_lifetime: seconds(90),
    };
    assert_eq!(given.message, message);
    assert_eq!(advertisement("router_advertisement = { lifetime = \"0s\" }\n").message.lifetime, seconds(0));
    assert_eq!(advertisement("router_advertisement = { max_interval = \"4s\" }\n").min_interval, seconds(3));
}

/// What stands in the table, and what is told.
const MISTAKES: &[(&str, &str)] = &[
    (r#"max_interval = "3s""#, r#"max_interval = "3s" is out of range: use 4s to 30min"#),
    (r#"max_interval = "31min""#, r#"max_interval = "31min" is out of range: use 4s to 30min"#),
    (
        r#"max_interval = "8s", min_interval = "7s""#,
        r#"min_interval = "7s" is out of range: use 3s or more, and three quarters of max_interval at most"#,
    ),
    (
        r#"lifetime = "599s""#,
        r#"lifetime = "599s" is out of range: use max_interval or more and 150min at most, or 0s to be no default router"#,
    ),
    (
        r#"lifetime = "forever""#,
        r#"lifetime = "forever" is out of range: use max_interval or more and 150min at most, or 0s to be no default router"#,
    ),
    (r#"lifetime = "900.5s""#, r#"lifetime = "900.5s" is finer than a second: hosts are told whole seconds"#),
    ("hop_limit = 256", "hop_limit = 256 is no hop limit: use 1 to 255, or 0 to leave it to the hosts"),
    (r#"managed = "yes""#, r#"managed = "yes" is text: write true or false, without quotes"#),
    (r#"preference = "hihg""#, r#"preference = "hihg" is unknown: did you mean "high"?"#),
    ("mtu = 1279", "mtu = 1279 is no MTU of IPv6: use 1280 to 65535"),
    (r#"prefix = ["2001:db8::/64"]"#, "prefix is unknown: did you mean prefixes?"),
    (r#"prefixes = ["2001:db8::"]"#, r#""2001:db8::" has no prefix length: write "2001:db8::/64""#),
    (r#"prefixes = ["2001:db8::1/64"]"#, r#"2001:db8::1/64 has bits beyond its prefix: write "2001:db8::/64""#),
    (r#"prefixes = ["fe80::/64"]"#, r#""fe80::/64" is no prefix that hosts may use: write that of the link's subnet"#),
    (
        r#"prefixes = ["192.0.2.0/24"]"#,
        r#""192.0.2.0/24" is IPv4, which has no router advertisements: write a prefix of IPv6"#,
    ),
    (r#"prefixes = [{ valid = "1d" }]"#, r#"the prefix is missing: add prefix = "2001:db8::/64""#),
    (
        r#"prefixes = [{ prefix = "2001:db8::/64", valid = "1h", preferred = "2h" }]"#,
        r#"preferred = "2h" is longer than valid: an address that is not valid is not preferred"#,
    ),
    (
        r#"prefixes = ["2001:db8::/64", { prefix = "2001:db8::/64" }]"#,
        "2001:db8::/64 stands twice in prefixes: leave one out",
    ),
    (r#"dns = ["192.0.2.53"]"#, r#""192.0.2.53" is no IPv6 address of a server: write one, such as "2001:db8::53""#),
    (r#"search = ["a..b"]"#, r#""a..b" is no domain: write one such as "example.net""#),
];

#[test]
fn each_mistake_is_told_with_an_advice() {
    for (line, message) in MISTAKES {
        assert_eq!(told(&format!("router_advertisement = {{ {line} }}\n")), [*message], "{line}");
    }
    assert_eq!(
        told("router_advertisement = true\n"),
        [r#"router_advertisement = true is a boolean: write a table, such as { lifetime = "30min" }"#]
    );
    let many: Vec<String> = (0..40).map(|number| format!("\"2001:db8:{number:x}::/64\"")).collect();
    assert_eq!(
        told(&format!("router_advertisement = {{ prefixes = [{}] }}\n", many.join(", "))),
        [
            "router_advertisement does not fit into 1280 bytes, which every link carries: name fewer prefixes, servers or domains"
        ]
    );
}

#[test]
fn hosts_take_a_link_local_address_for_their_router_and_no_other() {
    let with = |addresses: &str| {
        let text = format!(
            "[instance.a]\ninterface = \"eth0\"\nvrid = 51\nhold = \"none\"\naddresses = [{addresses}]\nrouter_advertisement = {{}}\n"
        );
        check_text(&text).err().unwrap_or_default().into_iter().map(|problem| problem.message).collect::<Vec<_>>()
    };
    assert_eq!(with("\"fe80::10/64\", \"2001:db8::10/64\", \"192.0.2.10/24\""), Vec::<String>::new());
    assert_eq!(
        with("\"2001:db8::10/64\", \"fe80::10/64\""),
        [
            "router advertisements come from a link-local address: write one before 2001:db8::10, such as \"fe80::10/64\""
        ]
    );
    assert_eq!(
        with("\"192.0.2.10/24\""),
        [
            "router advertisements come from a link-local address: add one to addresses, such as \"fe80::10/64\", or leave router_advertisement out"
        ]
    );
}
