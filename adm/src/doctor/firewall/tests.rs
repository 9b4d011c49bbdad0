use super::*;

/// As nft 1.0.6 says it, the heads of tables left out.
fn nft(chains: &[(&str, &str)], rules: &[(&str, &str)]) -> Ruleset {
    let mut items: Vec<String> = chains
        .iter()
        .map(|(name, more)| {
            format!(r#"{{"chain": {{"family": "inet", "table": "filter", "name": "{name}", "handle": 1{more}}}}}"#)
        })
        .collect();
    items.push(
        r#"{"set": {"family": "inet", "name": "peers", "table": "filter", "type": "ipv4_addr",
            "elem": [{"prefix": {"addr": "192.0.2.0", "len": 25}}, {"elem": {"val": "192.0.2.200", "timeout": 9}}]}}"#
            .to_owned(),
    );
    items.extend(rules.iter().enumerate().map(|(at, (chain, expr))| {
        format!(
            r#"{{"rule": {{"family": "inet", "table": "filter", "chain": "{chain}", "handle": {at}, "expr": [{expr}]}}}}"#
        )
    }));
    nft::read(&format!(r#"{{"nftables": [{}]}}"#, items.join(","))).unwrap()
}

const INPUT: (&str, &str) = ("input", r#", "type": "filter", "hook": "input", "prio": 0, "policy": "drop""#);

fn input(rules: &[&str]) -> Ruleset {
    let rules: Vec<_> = rules.iter().map(|&rule| ("input", rule)).collect();
    nft(&[INPUT], &rules)
}

fn arrives(family: Family) -> Packet {
    let (sources, group) = match family {
        Family::V4 => ("192.0.2.0".parse().unwrap(), 24),
        Family::V6 => ("fe80::".parse().unwrap(), 64),
    };
    Packet {
        way: Way::In,
        family,
        protocol: 112,
        link: "eth0".to_owned(),
        sources: vec![(sources, group)],
        destinations: vec![(family.group(), if family == Family::V4 { 32 } else { 128 })],
        to_group: true,
    }
}

/// What becomes of an advertisement: `passes`, `dropped by …` or `depends on …`.
fn fate(ruleset: &Ruleset, packet: &Packet) -> String {
    let told = |cause: Cause| format!("{} {}", cause.chain.2, cause.rule.unwrap_or("policy".to_owned()));
    match ruleset.fate(packet) {
        Fate::Passes => "passes".to_owned(),
        Fate::Dropped(cause) => format!("dropped by {}", told(cause)),
        Fate::Depends(cause) => format!("depends on {}", told(cause)),
    }
}

const ACCEPT: &str = r#"{"accept": null}"#;
const ESTABLISHED: &str = r#"{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}, {"accept": null}"#;

fn matched(left: &str, op: &str, right: &str, verdict: &str) -> String {
    format!(
        r#"{{"match": {{"op": "{op}", "left": {left}, "right": {right}}}}}, {{"counter": {{"packets": 0, "bytes": 0}}}}, {verdict}"#
    )
}

const PROTOCOL: &str = r#"{"meta": {"key": "l4proto"}}"#;
const SOURCE: &str = r#"{"payload": {"protocol": "ip", "field": "saddr"}}"#;
const DROP: &str = r#"{"drop": null}"#;

#[test]
fn a_policy_drops_what_no_rule_lets_pass() {
    let tcp = matched(PROTOCOL, "==", r#"{"set": ["tcp", "udp"]}"#, ACCEPT);
    let lo = matched(r#"{"meta": {"key": "iifname"}}"#, "==", r#""lo""#, ACCEPT);
    let ruleset = input(&[ESTABLISHED, &lo, &tcp]);
    for family in Family::ALL {
        assert_eq!(fate(&ruleset, &arrives(family)), "dropped by input policy");
        assert_eq!(fate(&ruleset, &Packet { way: Way::Out, ..arrives(family) }), "passes");
    }
}

#[test]
fn every_way_to_let_vrrp_pass_is_seen() {
    let accepts = [
        matched(PROTOCOL, "==", r#""vrrp""#, ACCEPT),
        matched(PROTOCOL, "==", "112", ACCEPT),
        matched(PROTOCOL, "==", r#"{"set": ["ah", "vrrp"]}"#, ACCEPT),
        matched(PROTOCOL, "!=", r#"{"set": ["tcp", "udp"]}"#, ACCEPT),
        matched(r#"{"meta": {"key": "pkttype"}}"#, "==", r#""multicast""#, ACCEPT),
        matched(r#"{"payload": {"protocol": "ip", "field": "daddr"}}"#, "==", r#"{"prefix": {"addr": "224.0.0.0", "len": 4}}"#, ACCEPT),
        matched(SOURCE, "==", r#"{"range": ["192.0.2.0", "192.0.3.7"]}"#, ACCEPT),
        matched(r#"{"meta": {"key": "iifname"}}"#, "==", r#"{"set": ["eth1", "eth*"]}"#, ACCEPT),
        matched(r#"{"fib": {"result": "type", "flags": ["daddr"]}}"#, "==", r#""multicast""#, ACCEPT),
        r#"{"vmap": {"key": {"meta": {"key": "l4proto"}}, "data": {"set": [["tcp", {"drop": null}], ["vrrp", {"accept": null}]]}}}"#.to_owned(),
    ];
    for accept in accepts {
        assert_eq!(fate(&input(&[&accept]), &arrives(Family::V4)), "passes", "{accept}");
    }
}

#[test]
fn a_rule_of_one_family_is_none_of_the_other() {
    let four = matched(r#"{"payload": {"protocol": "ip", "field": "protocol"}}"#, "==", r#""vrrp""#, ACCEPT);
    let ruleset = input(&[&four]);
    assert_eq!(fate(&ruleset, &arrives(Family::V4)), "passes");
    assert_eq!(fate(&ruleset, &arrives(Family::V6)), "dropped by input policy");
}

#[test]
fn the_daemons_own_table_is_none_of_the_firewall() {
    let drop = matched(
        r#"{"concat": [{"meta": {"key": "iif"}}, {"payload": {"protocol": "ip6", "field": "daddr"}}]}"#,
        "==",
        r#""@link_local""#,
        DROP,
    );
    let listed = |table: &str| {
        format!(
            r#"{{"nftables": [
                {{"chain": {{"family": "inet", "table": "{table}", "name": "input", "type": "filter", "hook": "input", "prio": -300, "policy": "accept"}}}},
                {{"rule": {{"family": "inet", "table": "{table}", "chain": "input", "handle": 1, "expr": [{drop}]}}}}
            ]}}"#
        )
    };
    let chains = |table: &str| nft::read(&listed(table)).unwrap().chains;
    assert_eq!((chains("vrrpd").len(), chains("site")[0].rules.len()), (0, 1));
}

#[test]
fn what_depends_is_not_guessed() {
    let some = matched(PROTOCOL, "==", "112", &format!("{}{ACCEPT}", r#"{"limit": {"rate": 5, "per": "second"}}, "#));
    assert_eq!(fate(&input(&[&some]), &arrives(Family::V4)), "depends on input rule 0");
    let peers = matched(SOURCE, "==", r#""@peers""#, ACCEPT);
    assert_eq!(fate(&input(&[&peers]), &arrives(Family::V4)), "depends on input rule 0");
    let known = Packet { sources: vec![("192.0.2.200".parse().unwrap(), 32)], ..arrives(Family::V4) };
    assert_eq!(fate(&input(&[&peers]), &known), "passes");
    let stranger = Packet { sources: vec![("192.0.2.201".parse().unwrap(), 32)], ..arrives(Family::V4) };
    assert_eq!(fate(&input(&[&peers]), &stranger), "dropped by input policy");
    // A drop that may match counts where somebody meant VRRP by it, and not otherwise.
    let rate = r#"{"limit": {"rate": 5, "per": "second"}}, "#;
    let meant = matched(PROTOCOL, "==", "112", &format!("{rate}{DROP}"));
    assert_eq!(fate(&input(&[&meant, ACCEPT]), &arrives(Family::V4)), "depends on input rule 0");
    let any = format!("{rate}{DROP}");
    assert_eq!(fate(&input(&[&any, ACCEPT]), &arrives(Family::V4)), "passes");
}

/// Connection tracking knows a peer that was answered, and never a group.
#[test]
fn a_state_says_something_of_a_peer_alone() {
    let unicast =
        Packet { to_group: false, destinations: vec![("192.0.2.1".parse().unwrap(), 32)], ..arrives(Family::V4) };
    assert_eq!(fate(&input(&[ESTABLISHED]), &unicast), "depends on input rule 0");
}

#[test]
fn chains_are_followed_and_come_back() {
    let jump = |to: &str| format!(r#"{{"jump": {{"target": "{to}"}}}}"#);
    let goto = |to: &str| format!(r#"{{"goto": {{"target": "{to}"}}}}"#);
    let vrrp = matched(PROTOCOL, "==", "112", ACCEPT);
    let back = matched(PROTOCOL, "==", "112", r#"{"return": null}"#);
    let chains = [INPUT, ("zone", ""), ("end", "")];
    let of = |rules: &[(&str, &str)]| fate(&nft(&chains, rules), &arrives(Family::V4));
    assert_eq!(of(&[("input", &jump("zone")), ("zone", &vrrp)]), "passes");
    assert_eq!(of(&[("input", &jump("zone")), ("zone", &back), ("zone", DROP), ("input", ACCEPT)]), "passes");
    assert_eq!(of(&[("input", &goto("zone")), ("zone", &back), ("input", ACCEPT)]), "dropped by input policy");
    assert_eq!(of(&[("input", &jump("zone")), ("zone", &goto("end")), ("end", DROP)]), "dropped by end rule 2");
    assert_eq!(of(&[("input", &jump("zone")), ("zone", &jump("zone")), ("input", ACCEPT)]), "depends on zone rule 1");
}

/// The form in which firewalld has it.
#[test]
fn a_zone_that_rejects_what_it_does_not_know_drops() {
    let translated = matched(r#"{"ct": {"key": "status"}}"#, "in", r#""dnat""#, ACCEPT);
    let zone = matched(r#"{"meta": {"key": "iifname"}}"#, "==", r#""eth0""#, r#"{"goto": {"target": "zone"}}"#);
    let reject = r#"{"reject": {"type": "icmpx", "expr": "admin-prohibited"}}"#;
    let icmp = matched(PROTOCOL, "==", r#"{"set": ["icmp", "ipv6-icmp"]}"#, ACCEPT);
    let jump = r#"{"jump": {"target": "zones"}}"#;
    let chains = [INPUT, ("zones", ""), ("zone", "")];
    let rules = [
        ("input", ESTABLISHED),
        ("input", &translated),
        ("input", jump),
        ("input", reject),
        ("zones", &zone),
        ("zone", &icmp),
    ];
    assert_eq!(fate(&nft(&chains, &rules), &arrives(Family::V4)), "dropped by input rule 3");
    let allowed = matched(PROTOCOL, "==", r#""vrrp""#, ACCEPT);
    let rules = [&rules[..], &[("zone", allowed.as_str())]].concat();
    assert_eq!(fate(&nft(&chains, &rules), &arrives(Family::V4)), "passes");
}

#[test]
fn a_chain_of_a_link_that_is_not_told_is_perhaps_for_this_one() {
    let netdev = |dev: &str| {
        let chain = format!(
            r#"{{"chain": {{"family": "netdev", "table": "t", "name": "c", "hook": "ingress", "policy": "drop"{dev}}}}}"#
        );
        fate(&nft::read(&format!(r#"{{"nftables": [{chain}]}}"#)).unwrap(), &arrives(Family::V4))
    };
    assert_eq!(netdev(""), "depends on c policy");
    assert_eq!(netdev(r#", "dev": "eth0""#), "dropped by c policy");
    assert_eq!(netdev(r#", "dev": ["eth1", "eth2"]"#), "passes");
}

#[test]
fn what_is_no_ruleset_is_not_read() {
    assert_eq!(nft::read("{}"), None);
    assert_eq!(nft::read("nonsense"), None);
    assert_eq!(nft::read(r#"{"nftables": [{"rule": 7}, {"chain": []}]}"#), Some(Ruleset::default()));
}

const SAVED: &str = "\
*filter
:INPUT DROP [0:0]
:OUTPUT ACCEPT [0:0]
:site - [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -m comment --comment \"for \\\"ssh\\\" -j DROP\" -j ACCEPT
-A INPUT ! -i wan+ -j site
-A site -p vrrp -j LOG --log-prefix \"vrrp \"
-A site -s 192.0.2.0/24 -d 224.0.0.18/32 -p vrrp -j ACCEPT
-A OUTPUT -o eth+ -p 112 -j REJECT --reject-with icmp-port-unreachable
COMMIT
";

#[test]
fn what_iptables_saved_is_read() {
    let ruleset = iptables::read(SAVED, Family::V4);
    assert_eq!(fate(&ruleset, &arrives(Family::V4)), "passes");
    assert_eq!(fate(&ruleset, &Packet { protocol: 51, ..arrives(Family::V4) }), "dropped by INPUT policy");
    assert_eq!(fate(&ruleset, &Packet { link: "wan0".to_owned(), ..arrives(Family::V4) }), "dropped by INPUT policy");
    let leaves = Packet { way: Way::Out, ..arrives(Family::V4) };
    assert_eq!(
        fate(&ruleset, &leaves),
        "dropped by OUTPUT -A OUTPUT -o eth+ -p 112 -j REJECT --reject-with icmp-port-unreachable"
    );
    assert_eq!(fate(&ruleset, &arrives(Family::V6)), "passes", "these are the rules of IPv4");
    let six = iptables::read(":INPUT DROP [0:0]\n", Family::V6);
    assert_eq!(fate(&six, &arrives(Family::V6)), "dropped by INPUT policy");
}
