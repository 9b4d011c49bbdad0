//! `virtual_routes` and `virtual_rules`: what they take, and what they say of the rest.

use vrrp::config::{RouteKind, VirtualRule};
use vrrp::id::Family;

use super::{SHORT, brief, check_text, config, only};

#[test]
fn routes_are_taken_in_the_words_of_ip_route() {
    let text = format!(
        "{SHORT}unadvertised = [\"2001:db8::10/64\"]\n\
         virtual_routes = [\n\
         {{ to = \"default\", via = \"192.0.2.254\", interface = \"eth1\", source = \"192.0.2.10\", table = 100, metric = 7 }},\n\
         {{ to = \"default\", via = \"fe80::1\", onlink = true, mtu = 1400 }},\n\
         {{ to = \"198.51.100.0/24\", type = \"blackhole\", table = \"default\" }},\n\
         {{ to = \"::/0\", metric = 2000, type = \"prohibit\" }},\n]\n"
    );
    let config = config(&text);
    let instance = only(&config);
    let told: Vec<String> = instance.virtual_routes.iter().map(ToString::to_string).collect();
    let expected = [
        "default via 192.0.2.254 dev eth1 src 192.0.2.10 table 100 metric 7",
        "default via fe80::1 mtu 1400 onlink",
        "blackhole 198.51.100.0/24 table 253",
        "prohibit default metric 2000",
    ];
    assert_eq!(told, expected);
    assert_eq!((instance.virtual_routes[1].metric, instance.virtual_routes[2].kind), (1024, RouteKind::Blackhole));
    // The only virtual router moves those of the other family, too.
    assert_eq!((instance.routes_moved_by(Family::V4).count(), instance.routes_moved_by(Family::V6).count()), (4, 0));
}

#[test]
fn rules_are_taken_in_the_words_of_ip_rule() {
    let rules = "virtual_rules = [\n\
         { from = \"192.0.2.10/32\", to = \"198.51.100.0/24\", table = 100, priority = 1000 },\n\
         { fwmark = \"0x10/0xff\", iif = \"eth1\", not = true, table = \"main\", priority = 1001 },\n\
         { fwmark = 16, oif = \"eth1\", table = 100, priority = 40000 },\n]\n";
    let config = config(&format!("{SHORT}{rules}unadvertised = [\"2001:db8::10/64\"]\n"));
    let instance = only(&config);
    let told: Vec<String> = instance.virtual_rules.iter().map(ToString::to_string).collect();
    let expected = [
        "1000: from 192.0.2.10/32 to 198.51.100.0/24 lookup 100",
        "1001: not from all fwmark 0x10/0xff iif eth1 lookup main",
        "40000: from all fwmark 0x10 oif eth1 lookup 100",
    ];
    assert_eq!(told, expected);
    let moved: Vec<(Family, u32)> =
        instance.rules_moved_by(Family::V4).map(|(own, rule)| (own, rule.priority)).collect();
    // Without a prefix a rule is for every family that the instance has.
    let both = [(Family::V4, 1001), (Family::V6, 1001), (Family::V4, 40000), (Family::V6, 40000)];
    assert_eq!(moved, [&[(Family::V4, 1000)], &both[..]].concat());
    let alone: Vec<VirtualRule> = only(&super::config(&format!("{SHORT}{rules}"))).virtual_rules.clone();
    assert_eq!(alone, instance.virtual_rules);
}

const ROUTES: &[(&str, &str)] = &[
    (
        "5",
        "virtual_routes = 5 is a number: write a list of tables, such as [{ to = \"default\", via = \"192.0.2.1\" }]",
    ),
    ("[\"default\"]", "\"default\" is text: write a table, such as { to = \"default\", via = \"192.0.2.1\" }"),
    ("[{ via = \"192.0.2.1\" }]", "the destination is missing: add to = \"default\", or a prefix"),
    (
        "[{ to = \"default\", interface = \"eth1\" }]",
        "\"default\" leaves open of which family: write \"0.0.0.0/0\" or \"::/0\", or add via",
    ),
    ("[{ to = \"::/0\", via = \"192.0.2.1\" }]", "via is IPv4, but the route is IPv6: write an IPv6 address"),
    ("[{ to = \"192.0.2.1/24\" }]", "192.0.2.1/24 has bits beyond its prefix: write \"192.0.2.0/24\""),
    (
        "[{ to = \"192.0.2.0/24\", via = \"192.0.2.1/24\" }]",
        "\"192.0.2.1/24\" has a prefix length: write \"192.0.2.1\"",
    ),
    (
        "[{ to = \"192.0.2.0/24\", via = \"224.0.0.1\" }]",
        "224.0.0.1 is a multicast address: write an address of the next router",
    ),
    (
        "[{ to = \"default\", via = \"192.0.2.10\" }]",
        "192.0.2.10 is a virtual address, which this host has as Master: write the next router's own",
    ),
    (
        "[{ to = \"192.0.2.0/24\", dev = \"eth0\" }]",
        "dev is unknown: there are to, via, interface, table, metric, source, type, mtu and onlink",
    ),
    ("[{ to = \"192.0.2.0/24\", metrics = 1 }]", "metrics is unknown: did you mean metric?"),
    ("[{ to = \"192.0.2.0/24\", onlink = true }]", "onlink changes nothing without via: leave it out"),
    (
        "[{ to = \"192.0.2.0/24\", type = \"blackhole\", via = \"192.0.2.1\" }]",
        "via changes nothing with type = \"blackhole\": leave it out",
    ),
    (
        "[{ to = \"192.0.2.0/24\", type = \"throw\" }]",
        "type = \"throw\" is unknown: use \"unicast\", \"blackhole\", \"unreachable\" or \"prohibit\"",
    ),
    (
        "[{ to = \"192.0.2.0/24\", table = 255 }]",
        "table = 255 is no table to use: write 1 to 4294967295, and not 255, which is the kernel's own",
    ),
    (
        "[{ to = \"192.0.2.0/24\", table = \"uplink\" }]",
        "table = \"uplink\" is no table: write its number (names of /etc/iproute2/rt_tables are not looked up)",
    ),
    (
        "[{ to = \"192.0.2.0/24\", metric = 112000002 }]",
        "metric = 112000002 is no metric: use 0 to 111999999 (vrrpd's routes to the subnets of its addresses have those above)",
    ),
    (
        "[{ to = \"192.0.2.0/24\", metric = 1 }]",
        "metric = 1 is of vrrpd's own routes to subnets: use 2 or more where there is no via, or another table",
    ),
    ("[{ to = \"192.0.2.0/24\", mtu = 67 }]", "mtu = 67 is no MTU: use 68 to 65535"),
    (
        "[{ to = \"192.0.2.0/24\" }, { to = \"192.0.2.0/24\", type = \"blackhole\", metric = 2 }]",
        "192.0.2.0/24 stands twice in virtual_routes: leave one out, or give it another metric or table",
    ),
];

const RULES: &[(&str, &str)] = &[
    (
        "[{ table = 100 }]",
        "the priority is missing: add priority = 1000, or another place in the order of the rules (ip rule shows them)",
    ),
    ("[{ priority = 100 }]", "the table is missing: add table = 100, or the number of another one"),
    (
        "[{ priority = 0, table = 100 }]",
        "priority = 0 is no priority of a rule: use 1 to 4294967295; that of the main table has 32766",
    ),
    ("[{ from = \"0.0.0.0/0\", priority = 1, table = 100 }]", "\"0.0.0.0/0\" is every address: leave it out"),
    (
        "[{ from = \"192.0.2.10/32\", to = \"2001:db8::/32\", priority = 1, table = 100 }]",
        "to is another family than from: write an IPv4 prefix",
    ),
    (
        "[{ fwmark = \"0x10/0x0f\", priority = 1, table = 100 }]",
        "fwmark = \"0x10/0x0f\" is no mark: write a number, or one with a mask such as \"0x10/0xff\"",
    ),
    (
        "[{ fwmark = 1, priority = 1, table = 100 }, { priority = 1, table = 100 }]",
        "the kernel takes two rules of priority 1 for one: give this one another priority",
    ),
];

#[test]
fn what_is_wrong_is_told_once_and_says_what_to_do() {
    for (key, cases) in [("virtual_routes", ROUTES), ("virtual_rules", RULES)] {
        for (value, expected) in cases {
            let problems = check_text(&format!("{SHORT}{key} = {value}\n")).err().unwrap_or_default();
            let told: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
            assert_eq!(told, [*expected], "{value}");
        }
    }
}

#[test]
fn two_instances_have_no_route_or_rule_in_common() {
    let ways = "virtual_routes = [{ to = \"default\", via = \"192.0.2.254\" }]\n\
                virtual_rules = [{ from = \"192.0.2.0/24\", table = 100, priority = 1000 }]\n";
    let second = SHORT.replace("[instance.a]", "[instance.b]").replace("51", "52").replace("2.10", "2.11");
    let problems = check_text(&format!("{SHORT}{ways}{second}{ways}")).unwrap_err();
    let expected = [
        "11:19 a has a route to 0.0.0.0/0 with this table and metric too: leave it to one of the two",
        "12:18 a has the same rule too: leave it to one of the two",
    ];
    assert_eq!(brief(&problems), expected);
    let apart = ways.replace("via = \"192.0.2.254\"", "via = \"192.0.2.254\", metric = 1").replace("1000", "1001");
    assert!(check_text(&format!("{SHORT}{ways}{second}{apart}")).is_ok());
}
