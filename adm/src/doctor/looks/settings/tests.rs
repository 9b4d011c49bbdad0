use super::super::scene::{address, facts, told};
use super::*;
use crate::doctor::facts::settings::{Line, V4, V6};

fn set(facts: &mut Facts, link: &str, change: impl FnOnce(&mut V4)) {
    change(facts.settings.as_mut().unwrap().v4.entry(link.to_owned()).or_default());
}

#[test]
fn a_strict_filter_matters_with_two_links_in_one_subnet() {
    let mut facts = facts();
    set(&mut facts, "all", |v4| v4.rp_filter = 1);
    assert_eq!(reverse_path(&facts), []);
    facts.addresses.as_mut().unwrap().push(address("eth1", "192.0.2.200", 24));
    let found = reverse_path(&facts);
    assert!(told(&found)[0].starts_with("trouble: eth0 and eth1 are in one subnet"), "{found:?}");
    assert!(found[0].remedy.as_ref().unwrap().starts_with("sysctl -w net.ipv4.conf.all.rp_filter=2"));
    // The greater number counts, and 2 is the loose one.
    set(&mut facts, "eth0", |v4| v4.rp_filter = 2);
    assert_eq!(reverse_path(&facts), []);
}

#[test]
fn what_the_daemon_sees_of_the_filter_is_told_whatever_the_settings_are() {
    let mut facts = facts();
    facts.subjects[0].instance.routers[0].filtered_by = Some("rp_filter".to_owned());
    assert!(told(&reverse_path(&facts))[0].starts_with("trouble: the reverse path filter of eth0 drops the Master's"));
}

#[test]
fn a_macvlan_of_ours_is_loose() {
    let mut facts = facts();
    set(&mut facts, "vrrp4-51-2", |v4| *v4 = V4 { rp_filter: 2, arp_ignore: 1, arp_announce: 2, ..V4::default() });
    assert_eq!((reverse_path(&facts), arp(&facts)), (Vec::new(), Vec::new()));
    set(&mut facts, "vrrp4-51-2", |v4| v4.rp_filter = 1);
    assert_eq!(reverse_path(&facts).len(), 1);
}

#[test]
fn a_link_that_answers_for_held_addresses_is_told() {
    let with = |link: &str, ignore, announce| {
        let mut facts = facts();
        set(&mut facts, link, |v4| (v4.arp_ignore, v4.arp_announce) = (ignore, announce));
        told(&arp(&facts)).into_iter().map(|told| told.chars().take(40).collect::<String>()).collect::<Vec<_>>()
    };
    for hides in [1, 2, 3, 8] {
        assert_eq!(with("eth0", hides, 2), [""; 0]);
    }
    assert_eq!(with("eth0", 0, 2), ["trouble: eth0 answers ARP for held addre"]);
    assert_eq!(with("eth0", 3, 1), ["trouble: eth0 may ask for MAC addresses "]);
    assert_eq!(with("eth1", 0, 2).len(), 1, "any link that reaches the segment answers");
    assert_eq!(with("all", 4, 0), ["trouble: eth0 answers ARP for held addre"], "4 is reserved and hides nothing");
    let mut facts = facts();
    set(&mut facts, "eth0", |v4| v4.arp_ignore = 0);
    facts.subjects[0].instance.since = 0;
    assert_eq!(arp(&facts), [], "nothing is held where no daemon runs");
}

#[test]
fn a_link_below_a_virtual_mac_address_must_not_answer_itself() {
    let mut facts = facts();
    facts.subjects[0].instance.mac = "virtual".to_owned();
    set(&mut facts, "all", |v4| v4.arp_ignore = 3);
    assert!(told(&arp(&facts))[0].starts_with("trouble: net.ipv4.conf.all.arp_ignore = 3"));
}

#[test]
fn ipv6_has_to_be_on_the_link_and_on_lo() {
    let with = |link: &str| {
        let mut facts = facts();
        facts.settings.as_mut().unwrap().v6.insert(link.to_owned(), V6 { disabled: true, ..V6::default() });
        told(&ipv6(&facts))
    };
    assert_eq!(
        (with("eth0"), with("lo")),
        (vec!["trouble: IPv6 is disabled on eth0".to_owned()], vec!["trouble: IPv6 is disabled on lo".to_owned()])
    );
    assert_eq!(with("eth1"), [""; 0]);
    let mut facts = facts();
    facts.settings.as_mut().unwrap().v6.insert("vrrp6-51-2".to_owned(), V6::default());
    assert_eq!(ipv6(&facts).len(), 1);
}

#[test]
fn binding_to_anything_is_advice_where_addresses_are_held() {
    let mut facts = facts();
    facts.settings.as_mut().unwrap().nonlocal_bind = [true, false];
    assert!(told(&nonlocal_bind(&facts))[0].starts_with("advice: net.ipv4.ip_nonlocal_bind is 1"));
    facts.subjects[0].instance.hold = "none".to_owned();
    assert_eq!(nonlocal_bind(&facts), []);
}

#[test]
fn files_that_set_it_back_are_named_by_line() {
    let line = |at: u32, family, link: &str, setting: &str, value: &str| Line {
        place: format!("/etc/sysctl.d/9.conf:{at}"),
        family,
        link: link.to_owned(),
        setting: setting.to_owned(),
        value: value.to_owned(),
    };
    let mut facts = facts();
    facts.lines = vec![
        line(1, '4', "*", "rp_filter", "1"),
        line(2, '4', "eth0", "arp_ignore", "0"),
        line(3, '6', "all", "disable_ipv6", "1"),
        line(4, '4', "eth1", "arp_ignore", "0"),
        line(5, '6', "eth0", "disable_ipv6", "1"),
        line(6, '6', "eth0", "disable_ipv6", "0"),
    ];
    let places = |facts: &Facts| {
        told(&files(facts)).iter().map(|told| told.chars().take(32).collect::<String>()).collect::<Vec<_>>()
    };
    assert_eq!(places(&facts), ["advice: /etc/sysctl.d/9.conf:2 (", "trouble: /etc/sysctl.d/9.conf:3 "]);
    facts.subjects[0].instance.mac = "virtual".to_owned();
    assert_eq!(places(&facts)[0], "trouble: /etc/sysctl.d/9.conf:1 ");
}
