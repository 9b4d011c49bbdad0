//! The configuration from its text to what is true, or to problems that say what to do.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use vrrp::config::check::{Checked, check, check_gathered, outline};
use vrrp::config::diff::{Change, diff};
use vrrp::config::file::{Gathered, Source};
use vrrp::config::problem::Problem;
use vrrp::config::{Checksum, Config, Effect, FastResign, Hold, Instance, KEYS, Mac, Peer, Written};
use vrrp::id::{Family, Version};

#[path = "config/any.rs"]
mod any;
#[path = "config/authentication.rs"]
mod authentication;
#[path = "config/groups.rs"]
mod groups;
#[path = "config/ipvs.rs"]
mod ipvs;
#[path = "config/many.rs"]
mod many;
#[path = "config/on_transition.rs"]
mod on_transition;
#[path = "config/router_advertisement.rs"]
mod router_advertisement;
#[path = "config/tables.rs"]
mod tables;
#[path = "config/track.rs"]
mod track;
#[path = "config/track_mistakes.rs"]
mod track_mistakes;
#[path = "config/vrids.rs"]
mod vrids;
#[path = "config/ways.rs"]
mod ways;
#[path = "config/wrong_forms.rs"]
mod wrong_forms;
#[path = "config/wrong_values.rs"]
mod wrong_values;

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

fn check_text(text: &str) -> Result<Checked, Vec<Problem>> {
    check(&[source("vrrp.toml", text)])
}

fn config(text: &str) -> Config {
    check_text(text).unwrap_or_else(|problems| panic!("{}", shown(&problems))).config
}

fn shown(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

/// The problems as `LINE:COLUMN MESSAGE`.
fn brief(problems: &[Problem]) -> Vec<String> {
    let brief = |problem: &Problem| format!("{}:{} {}", problem.place.line, problem.place.column, problem.message);
    problems.iter().map(brief).collect()
}

fn only(config: &Config) -> &Instance {
    assert_eq!(config.instances.len(), 1);
    config.instances.values().next().expect("one instance")
}

const SHORT: &str = "[instance.a]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n";

#[test]
fn what_is_left_out_has_a_default() {
    let config = config(SHORT);
    let instance = only(&config);
    assert_eq!(
        (instance.name.as_str(), instance.interface.to_string(), instance.vrid.get()),
        ("a", "eth0".to_owned(), 51)
    );
    assert_eq!(instance.addresses[0].to_string(), "192.0.2.10/24");
    assert_eq!((instance.priority.get(), instance.version), (100, Version::V3));
    assert_eq!((instance.advert_interval.centiseconds(), instance.preempt_delay), (100, Duration::ZERO));
    assert!(instance.preempt && instance.accept && instance.enabled);
    assert_eq!((instance.mac, instance.hold, instance.checksum), (Mac::Interface, Hold::Address, Checksum::Auto));
    assert!(instance.peers.is_empty() && instance.routers.is_none() && instance.protect.is_empty());
    assert!(instance.track.is_empty() && !instance.last_resort && instance.on_transition.is_empty());
    assert_eq!((instance.fast_resign, instance.drain_timeout), (FastResign::Auto, Duration::from_secs(5)));
}

#[test]
fn every_key_is_taken() {
    let text = r#"
        [instance."web-1.x_y"]
        interface = "bond0.12"
        vrid = 255
        addresses = ["fe80::10/64", "2001:db8::10/64", "192.0.2.10/24"]
        unadvertised = ["192.0.2.11/24", "2001:db8::11/64"]
        priority = 254
        version = 3
        advert_interval = "250ms"
        preempt = false
        preempt_delay = "0s"
        accept = true
        mac = "virtual"
        hold = "freebind"
        checksum = "rfc9568"
        peers = ["192.0.2.2", { address = "2001:db8::2", min_ttl = 64 }]
        routers = 2
        fast_resign = "off"
        drain_timeout = "1500ms"
        enabled = false
        protect = ["http.service", { unit = "pg@main.service", effect = -50 }, { unit = "a.socket", effect = "fault" }]
        track = [{ interface = "eth1" }]
        last_resort = true
    "#;
    let config = config(text);
    let instance = only(&config);
    assert_eq!((instance.name.as_str(), instance.vrid.get(), instance.priority.get()), ("web-1.x_y", 255, 254));
    assert_eq!(instance.families().collect::<Vec<_>>(), Family::ALL);
    assert_eq!(instance.addresses_of(Family::V6).count(), 2);
    assert_eq!(
        instance.moved_by(Family::V4).map(|a| a.to_string()).collect::<Vec<_>>(),
        ["192.0.2.10/24", "192.0.2.11/24"]
    );
    assert_eq!(instance.moved_by(Family::V6).last().unwrap().to_string(), "2001:db8::11/64");
    assert_eq!(instance.advert_interval.duration(), Duration::from_millis(250));
    assert_eq!((instance.mac, instance.hold, instance.checksum), (Mac::Virtual, Hold::Freebind, Checksum::Rfc9568));
    let peers: Vec<(String, u8)> = instance.peers.iter().map(|p| (p.address.to_string(), p.min_ttl)).collect();
    assert_eq!(peers, [("192.0.2.2".to_owned(), Peer::ANY_TTL), ("2001:db8::2".to_owned(), 64)]);
    assert_eq!((instance.peer([192, 0, 2, 3].into()), instance.routers), (None, Some(2)));
    assert_eq!((instance.fast_resign, instance.drain_timeout), (FastResign::Off, Duration::from_millis(1500)));
    assert!(!instance.preempt && !instance.enabled && instance.last_resort);
    assert_eq!(instance.track.len(), 1);
    let protect: Vec<String> = instance.protect.iter().map(|p| format!("{} {}", p.unit, p.effect)).collect();
    assert_eq!(protect, ["http.service backup", "pg@main.service -50", "a.socket fault"]);
}

/// Families of the addresses, families of the peers, and what is said.
#[test]
fn peers_are_of_exactly_the_families_of_the_addresses() {
    let addresses =
        [("4", "\"192.0.2.10/24\""), ("6", "\"2001:db8::10/64\""), ("46", "\"192.0.2.10/24\", \"2001:db8::10/64\"")];
    let peers =
        [("4", "\"192.0.2.2\""), ("6", "{ address = \"2001:db8::2\" }"), ("46", "\"192.0.2.2\", \"2001:db8::2\"")];
    for (own, address) in addresses {
        for (theirs, peer) in peers {
            let text =
                format!("[instance.a]\ninterface = \"eth0\"\nvrid = 51\naddresses = [{address}]\npeers = [{peer}]\n");
            let messages = match check(&[source("vrrp.toml", &text)]) {
                Ok(_) => Vec::new(),
                Err(problems) => problems.iter().map(|problem| problem.message.clone()).collect(),
            };
            let lacks = own.chars().filter(|family| !theirs.contains(*family)).count();
            let exceeds = theirs.chars().filter(|family| !own.contains(*family)).count();
            let told = |words: &str| messages.iter().filter(|message| message.contains(words)).count();
            assert_eq!((told("no peer is IPv"), told("but no address is")), (lacks, exceeds), "{text}{messages:?}");
            assert_eq!(messages.len(), lacks + exceeds, "{messages:?}");
        }
    }
}

#[test]
fn one_protected_unit_needs_no_list() {
    for protect in ["\"http.service\"", "{ unit = \"http.service\" }", "[\"http.service\"]"] {
        let config = config(&format!("{SHORT}protect = {protect}\n"));
        let protect = &only(&config).protect;
        assert_eq!((protect[0].unit.as_str(), protect[0].effect), ("http.service", Effect::Backup));
    }
}

#[test]
fn keys_of_several_files_come_together_and_defaults_fill_in() {
    let sources = [
        source("vrrp.toml", "[defaults]\npriority = 50\nadvert_interval = \"2s\"\n[instance.a]\nvrid = 51\n"),
        source("vrrp.d/a.toml", "[instance.a]\ninterface = \"eth0\"\naddresses = [\"192.0.2.10/24\"]\npriority = 70\n"),
        source("vrrp.d/b.toml", "[instance.b]\ninterface = \"eth0\"\nvrid = 52\naddresses = [\"192.0.2.11/24\"]\n"),
    ];
    let config = check(&sources).unwrap().config;
    let told: Vec<(&str, u8, u16)> = config
        .instances
        .values()
        .map(|i| (i.name.as_str(), i.priority.get(), i.advert_interval.centiseconds()))
        .collect();
    assert_eq!(told, [("a", 70, 200), ("b", 50, 200)]);

    let written = Written::read(&sources);
    assert_eq!(written.names().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((written.files_of("a"), written.files_of("c")), (vec![0, 1], vec![]));
    assert_eq!((written.file_of("a", "vrid"), written.file_of("a", "priority")), (Some(0), Some(1)));
    assert_eq!(written.file_of("b", "priority"), None);
}

#[test]
fn every_key_has_wrong_values_and_each_says_what_to_do() {
    let mut covered = BTreeSet::new();
    for (lines, expected) in wrong_values::VALUES {
        let key = lines.split(' ').next().unwrap();
        covered.insert(key);
        let base = [
            ("interface", "interface = \"eth0\""),
            ("vrid", "vrid = 51"),
            ("addresses", "addresses = [\"192.0.2.10/24\"]"),
        ];
        let overridden = |key: &str| lines.lines().any(|line| line.split(' ').next() == Some(key));
        let mut text = "[instance.a]\n".to_owned();
        for (_, line) in base.iter().filter(|(key, _)| !overridden(key)) {
            writeln!(text, "{line}").unwrap();
        }
        writeln!(text, "{lines}").unwrap();
        let problems = check_text(&text).err().unwrap_or_default();
        let told: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(told, *expected, "{lines}");
        assert!(problems.iter().all(|problem| problem.instance.as_deref().is_none_or(|name| name == "a")), "{lines}");
    }
    assert_eq!(KEYS.iter().filter(|key| !covered.contains(*key)).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn every_mistake_of_form_is_told_in_plain_words() {
    for (text, expected) in wrong_forms::FORMS {
        let problems = check_text(text).err().unwrap_or_default();
        assert_eq!(brief(&problems), *expected, "{text}");
    }
}

#[test]
fn what_is_hardly_meant_is_a_warning() {
    for (lines, expected) in wrong_values::WARNINGS {
        let short = SHORT.replace("addresses = [\"192.0.2.10/24\"]\n", "");
        let text = if lines.starts_with("addresses") { format!("{short}{lines}") } else { format!("{SHORT}{lines}") };
        let checked = check_text(&text).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
        let told: Vec<&str> = checked.warnings.iter().map(|warning| warning.message.as_str()).collect();
        assert_eq!(told, *expected, "{lines}");
    }
}

#[test]
fn a_problem_is_drawn_with_its_place_and_the_other_one() {
    let sources = [
        source("/etc/vrrp/vrrp.toml", "[defaults]\npriority  = 300\n\n[instance.a]\nvrid = 51\ninterface = eth0\n"),
        source("/etc/vrrp/vrrp.d/a.toml", "[instance.a]\n\tvrid = 52\n\taddresses = [\"192.0.2.10\"]\n"),
    ];
    insta::assert_snapshot!(shown(&check(&sources).unwrap_err()), @r#"
    /etc/vrrp/vrrp.toml:2:13: priority = 300 is not a priority: use 1 to 254, or 255 for the address owner
        2 | priority  = 300
          |             ^^^
    /etc/vrrp/vrrp.toml:6:13: text stands in quotes: write "eth0"
        6 | interface = eth0
          |             ^^^^
    /etc/vrrp/vrrp.d/a.toml:2:2: vrid stands in two files: leave one out
        2 |     vrid = 52
          |     ^^^^
          = first at /etc/vrrp/vrrp.toml:5:1
    /etc/vrrp/vrrp.d/a.toml:3:15: 192.0.2.10 has no prefix length: write its subnet's, such as "192.0.2.10/24", or "192.0.2.10/32" if it has none
        3 |     addresses = ["192.0.2.10"]
          |                  ^^^^^^^^^^^^
    "#);
}

#[test]
fn an_instance_says_exactly_what_it_lacks() {
    let problems = check_text("[instance.a]\nvrid = 5\n[instance.b]\n[defaults]\ninterface = \"eth0\"\n").unwrap_err();
    let expected = [
        "1:1 instance a lacks addresses: add, for example, addresses = [\"192.0.2.10/24\"]",
        "3:1 instance b lacks vrid and addresses: add, for example, vrid = 51, addresses = [\"192.0.2.10/24\"]",
    ];
    assert_eq!(brief(&problems), expected);
    let missing: Vec<&str> = problems[1].missing.iter().map(|missing| missing.key).collect();
    assert_eq!((missing.as_slice(), problems[1].instance.as_deref()), (&["vrid", "addresses"][..], Some("b")));
}

#[test]
fn one_address_or_virtual_router_belongs_to_one_instance() {
    let instance = |name: &str, interface: &str, vrid: u8, address: &str| {
        format!("[instance.{name}]\ninterface = \"{interface}\"\nvrid = {vrid}\naddresses = [\"{address}\"]\n")
    };
    let text = instance("a", "eth0", 51, "192.0.2.10/24")
        + &instance("b", "eth0", 52, "192.0.2.10/32")
        + &instance("c", "eth0", 51, "192.0.2.11/24")
        + &instance("d", "eth1", 51, "192.0.2.12/24")
        + &instance("e", "eth0", 51, "2001:db8::1/64");
    let problems = check_text(&text).unwrap_err();
    let expected = [
        "8:14 192.0.2.10 is an address of a too: leave it to one of the two",
        "11:8 a and c are both VRID 51 for IPv4 on eth0: give one of the two another vrid, such as 53",
    ];
    assert_eq!(brief(&problems), expected);
    let places: Vec<String> = problems.iter().map(|p| p.related.as_ref().unwrap().1.to_string()).collect();
    assert_eq!(places, ["vrrp.toml:4:14", "vrrp.toml:3:8"]);

    let unadvertised = instance("a", "eth0", 51, "192.0.2.10/24")
        + "unadvertised = [\"192.0.2.10/32\", \"192.0.2.11/24\"]\n"
        + &instance("b", "eth0", 52, "192.0.2.11/24");
    let expected = [
        "5:17 192.0.2.10 is advertised: leave it out of unadvertised, or of addresses",
        "9:14 192.0.2.11 is an address of a too: leave it to one of the two",
    ];
    assert_eq!(brief(&check_text(&unadvertised).unwrap_err()), expected);

    let local = instance("a", "eth0", 51, "fe80::1/64") + &instance("b", "eth1", 51, "fe80::1/64");
    let local = format!("{local}[defaults]\nhold = \"freebind\"\n");
    assert_eq!(config(&local).instances.len(), 2);
}

#[test]
fn what_no_packet_can_carry_is_told() {
    let with = |addresses: Vec<String>| {
        let addresses = addresses.join("\", \"");
        check_text(&SHORT.replace("192.0.2.10/24", &addresses))
    };
    let v4 = |count: u32| (1..=count).map(|n| format!("10.0.{}.{}/16", n / 256, n % 256)).collect::<Vec<_>>();
    assert!(with(v4(255)).is_ok());
    let problems = with(v4(256)).unwrap_err();
    assert_eq!(
        problems[0].message,
        "more than 255 IPv4 addresses: write the others in unadvertised, or spread them over several instances"
    );

    let v6 = |count: u32| (1..=count).map(|n| format!("2001:db8::{n:x}/64")).collect::<Vec<_>>();
    assert_eq!(with(v6(90)).unwrap().warnings.len(), 1);
    let warnings = with(v6(91)).unwrap().warnings;
    assert!(warnings[1].message.starts_with("more than 90 IPv6 addresses do not fit into a packet of 1500 bytes"));
}

/// Addresses of a family without a virtual router move with the one that there is, whatever its version.
#[test]
fn what_is_not_advertised_needs_no_virtual_router() {
    let config = config(&format!("{SHORT}version = 2\nunadvertised = [\"2001:db8::10/64\", \"192.0.2.11/24\"]\n"));
    let instance = only(&config);
    assert_eq!(instance.families().collect::<Vec<_>>(), [Family::V4]);
    let moved: Vec<String> = instance.moved_by(Family::V4).map(|address| address.to_string()).collect();
    assert_eq!(moved, ["192.0.2.10/24", "2001:db8::10/64", "192.0.2.11/24"]);
    assert_eq!((instance.moved_by(Family::V6).count(), instance.addresses_of(Family::V6).count()), (0, 0));

    let many: Vec<String> = (1..=300).map(|n| format!("\"10.0.{}.{}/16\"", n / 256, n % 256)).collect();
    assert!(check_text(&format!("{SHORT}unadvertised = [{}]\n", many.join(", "))).is_ok());
}

#[test]
fn a_wrong_default_is_told_once() {
    let second = SHORT.replace("[instance.a]", "[instance.b]").replace("51", "52").replace("2.10", "2.11");
    let text = format!("{SHORT}{second}[defaults]\nadvert_interval = \"41s\"\npreempt = 1\n");
    let expected = [
        "10:19 version 3 cannot carry this advert_interval: use 10ms to 40.95s, in steps of 10ms",
        "11:11 preempt = 1 is a number: write true or false, without quotes",
    ];
    assert_eq!(brief(&check_text(&text).unwrap_err()), expected);
}

#[test]
fn names_and_units_of_a_broken_set_are_still_known() {
    let sources = [
        source(
            "vrrp.toml",
            "[instance.good]\nprotect = \"http.service\"\nvrid = 999\n\
             [instance.late]\ninterface = eth0\nprotect = \"a.service\"\n\
             [instance.early]\nprotect = \"b.service\"\ninterface = eth0\n\
             [instance.wrong]\nprotect = \"b\"\n\
             [instance.off]\nenabled = false\n",
        ),
        source("vrrp.d/x.toml", "[instance.lost\nprotect = \"c.service\"\n[instance.found]\nprotect = \"d.service\"\n"),
    ];
    let (outlines, problems) = outline(&sources);
    let known: Vec<(&str, bool, usize)> =
        outlines.iter().map(|outline| (outline.name.as_str(), outline.enabled, outline.protect.len())).collect();
    assert_eq!(known, [("early", true, 1), ("found", true, 1), ("good", true, 1), ("off", false, 0)]);
    assert_eq!(brief(&problems), brief(&check(&sources).unwrap_err()));

    let (unknown, _) = outline(&[source("vrrp.toml", "[defaults]\nprotect http.service\n[instance.a]\nvrid = 1\n")]);
    assert_eq!(unknown, [], "whether it protects something stands in the line that is no TOML");
}

#[test]
fn hostile_text_is_survived_and_shown_without_harm() {
    let deep = format!("{SHORT}protect = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!("[instance.a]\naddresses = [{}]\n", "\"x\", ".repeat(20_000));
    let name = format!("[instance.{}]\nvrid = {}\n", "n".repeat(100_000), "9".repeat(100_000));
    let keys = format!("{SHORT}{} = 1\n", "k".repeat(100_000));
    let dots = format!("instance{} = 1\n", ".a".repeat(100_000));
    let control = "[instance.a]\ninterface = \"\\u001b[31m\"\n\"\\u202e\" = 1\nvrid = \"\x1b[31m\x00\"\n".to_owned();
    for text in [deep, wide, name, keys, dots, control] {
        let problems = check_text(&text).unwrap_err();
        assert!(!problems.is_empty());
        for problem in &problems {
            let shown = problem.to_string();
            assert!(!shown.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{shown:?}");
            assert!(shown.lines().skip(1).all(|line| line.chars().count() <= 80), "{shown}");
            assert!(problem.message.chars().count() <= 400, "{shown}");
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_of_the_set() {
    let mut gathered = Gathered { sources: vec![source("vrrp.toml", SHORT)], problems: Vec::new() };
    assert_eq!(check_gathered(&gathered), check_text(SHORT));
    gathered.problems.extend(Source::from_bytes("vrrp.d/x.toml", b"\xff".to_vec()).err());
    let expected = "vrrp.d/x.toml:1:1: byte 0xff is not UTF-8: save the file in UTF-8\n";
    assert_eq!(shown(&check_gathered(&gathered).unwrap_err()), expected);
}

/// The time grows with the text, not with its square: eight times the problems take nowhere near 64 times as long.
#[test]
fn time_grows_with_the_text_alone() {
    let instance = |n: usize| {
        format!(
            "[instance.i{n}]\ninterface = \"eth0\"\nvrid = {}\naddresses = [\"192.0.2\"]\nprioity = 300\n\
             advert_interval = 1\nprotect = \"http\"\nvrid = 7\n",
            n % 300
        )
    };
    let once = |text: &str, instances: usize| {
        #[expect(clippy::disallowed_methods, reason = "the time that it takes is what is tested")]
        let began = Instant::now();
        let problems = check_text(text).unwrap_err();
        assert!(problems.len() >= 5 * instances);
        began.elapsed()
    };
    let took = |instances: usize| {
        let text: String = (0..instances).map(instance).collect();
        (0..3).map(|_| once(&text, instances)).min().unwrap_or_default()
    };
    let (little, much) = (took(250), took(2000));
    assert!(much < little * 32, "250 instances took {little:?}, 2000 took {much:?}");
}

#[test]
fn changes_are_told_by_name_and_say_whether_the_router_is_another() {
    let old =
        config(&format!("{SHORT}[instance.c]\ninterface = \"eth1\"\nvrid = 1\naddresses = [\"192.0.2.12/24\"]\n"));
    let text =
        format!("{SHORT}priority = 7\n[instance.b]\ninterface = \"eth1\"\nvrid = 1\naddresses = [\"192.0.2.12/24\"]\n");
    let new = config(&text);
    let changes = diff(&old, &new);
    let told: Vec<(&str, bool)> = changes.iter().map(|change| (change.name().as_str(), change.replaces())).collect();
    assert_eq!(told, [("a", false), ("b", false), ("c", false)]);
    let kinds: Vec<bool> = changes.iter().map(|change| matches!(change, Change::Changed { .. })).collect();
    assert_eq!(kinds, [true, false, false]);
    assert!(matches!(changes[1], Change::Added(b) if b.name.as_str() == "b"));
    assert!(matches!(changes[2], Change::Removed(c) if c.name.as_str() == "c"));

    for (from, to) in [("eth0", "eth1"), ("= 51", "= 52"), ("\"]\n", "\", \"2001:db8::1/64\"]\n")] {
        let (old, new) = (config(SHORT), config(&SHORT.replace(from, to)));
        assert!(diff(&old, &new)[0].replaces(), "{to}");
    }
}
