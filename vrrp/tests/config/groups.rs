//! Interface groups: what is taken, and what is wrong with them.

use std::net::IpAddr;
use std::time::Duration;

use vrrp::config::{BadGroup, Effect, InstanceName, Interface, LinkName, Probe, Watch};
use vrrp::group::{Parameters, Role};

use super::{SHORT, brief, check_text, config, only};

/// Lines below an instance, which ends on line 4, and the problems with line and column.
const WRONG: &[(&str, &[&str])] = &[
    ("[group.x]\n", &["5:1 group.x lacks members: add, for example, members = [\"eth0\", \"eth1\"]"]),
    ("[group.x]\nmembers = []\n", &["6:11 members = […] is empty: name the links, such as [\"eth0\", \"eth1\"]"]),
    ("[group.x]\nmembers = \"eth0\"\n", &["6:11 members = \"eth0\" is one text: write a list, [\"eth0\"]"]),
    (
        "[group.x]\nmembers = [\"eth0\", 5, \"a b\", \"lo\"]\n",
        &[
            "6:20 5 is a number: write a link's name in quotes",
            "6:23 \"a b\" is no interface: a link's name has 1 to 15 bytes and no space, / or :, such as \"eth0\"",
            "6:30 \"lo\" is the loopback, which leads nowhere: name another link",
        ],
    ),
    ("[group.x]\nmembers = [\"eth0\", \"eth1\", \"eth0\"]\n", &["6:28 eth0 stands twice in members: leave one out"]),
    (
        "[group.x]\nmembers = [\"eth0\"]\nstandby = [\"eth1\", \"eth0\"]\n",
        &["7:20 eth0 is a member already: leave it to one of members and standby"],
    ),
    (
        "[group.x]\nmembers = [\"eth0\"]\n[group.y]\nmembers = [\"eth1\"]\nstandby = [\"eth0\"]\n",
        &["9:12 eth0 is a member of the group x already: leave it to one of the two"],
    ),
    (
        "[group.x]\nmembers = [\"eth0\"]\nprobe = \"ping\"\nfailback = \"no\"\n",
        &[
            "7:9 probe = \"ping\" is unknown: use \"none\", \"icmp\" or \"arp\"",
            "8:12 failback = \"no\" is text: write true or false, without quotes",
        ],
    ),
    (
        "[group.x]\nmembers = [\"eth0\"]\ntargets = [\"192.0.2.254\"]\nfailure_detection_time = \"1s\"\n",
        &[
            "7:11 targets changes nothing where nothing is probed: add probe = \"icmp\", or leave it out",
            "8:26 failure_detection_time changes nothing where nothing is probed: add probe = \"icmp\", or leave it out",
        ],
    ),
    (
        "[group.x]\nmembers = [\"eth0\"]\nprobe = \"arp\"\ntargets = []\nfailure_detection_time = \"99ms\"\n",
        &[
            "8:11 targets = […] is empty: name who answers probes, or leave it out for the routers of the links",
            "9:26 failure_detection_time = \"99ms\" is out of range: use 100ms to 60min",
        ],
    ),
    (
        "[group.x]\nmembers = [\"eth0\"]\nprobe = \"icmp\"\ntargets = [\"192.0.2.1/24\", \"224.0.0.1\", \"192.0.2.10\", \"gw\"]\n",
        &[
            "8:12 \"192.0.2.1/24\" has a prefix length: write \"192.0.2.1\"",
            "8:28 224.0.0.1 is a multicast address: write the address of somebody on the link who answers",
            "8:55 \"gw\" is no IP address (names are not looked up)",
        ],
    ),
    (
        "[group.x]\nmembers = [\"eth0\"]\nprobe = \"icmp\"\ntargets = [\"192.0.2.1\", \"192.0.2.10\"]\n",
        &["8:25 192.0.2.10 is a virtual address of a, which this host may answer: name another"],
    ),
    (
        "[group.x]\nmember = [\"eth0\"]\n",
        &[
            "5:1 group.x lacks members: add, for example, members = [\"eth0\", \"eth1\"]",
            "6:1 member is unknown: did you mean members?",
        ],
    ),
    (
        "[group.\"a b\"]\nmembers = [\"eth0\"]\n",
        &[
            "5:8 \"a b\" is no name of an interface group: use 1 to 31 letters, digits, _ . and -, and begin with a letter or digit",
        ],
    ),
    ("[group]\nmembers = [\"eth0\"]\n", &["6:1 an interface group needs a name: write [group.NAME] above its keys"]),
    ("[[instance.a.track]]\ngroup = \"net0\"\n", &["6:9 there is no group net0: add [group.net0], or leave it out"]),
    (
        "[[instance.a.track]]\ngroup = \"net\"\n[group.net0]\nmembers = [\"eth0\"]\n",
        &["6:9 there is no group net: did you mean \"net0\"?"],
    ),
    (
        "[heartbeat.b]\ninterface = \"group:net0\"\n[group.net0]\nmembers = [\"eth0\"]\n",
        &["6:13 interface = \"group:net0\" is a group: a heartbeat is on one link, name that"],
    ),
    (
        "[instance.b]\ninterface = \"group:net\"\nvrid = 7\naddresses = [\"192.0.2.11/24\"]\n[group.net0]\nmembers = [\"eth1\"]\n",
        &["6:13 there is no group net: did you mean \"net0\"?"],
    ),
    (
        "[instance.b]\ninterface = \"group:a b\"\nvrid = 7\naddresses = [\"192.0.2.11/24\"]\n",
        &[
            "6:13 interface = \"group:a b\" names no group: \"a b\" is no NAME of a [group.NAME], such as \"group:net0\"",
        ],
    ),
    (
        "[instance.b]\ninterface = \"group:net0\"\nvrid = 51\naddresses = [\"192.0.2.11/24\"]\n\
         [group.net0]\nmembers = [\"eth1\"]\nstandby = [\"eth0\"]\n[heartbeat.h]\ninterface = \"eth1\"\ninstances = [\"b\"]\n",
        &[
            "5:1 a and b are both VRID 51 for IPv4 on eth0, a member of the group: give one of the two another vrid",
            "14:14 b is advertised on eth1 already, and one cut would silence both: use another interface, or name other \
             instances",
        ],
    ),
    ("[[defaults.track]]\ngroup = \"net0\"\n", &["6:9 there is no group net0: add [group.net0], or leave it out"]),
];

fn links(names: &[&str]) -> Vec<LinkName> {
    names.iter().map(|name| LinkName::new(name).expect("a link's name")).collect()
}

#[test]
fn what_is_left_out_of_a_group_has_a_default() {
    let config = config("[group.net0]\nmembers = [\"eth0\", \"eth1\"]\n");
    let group = &config.groups["net0"];
    assert_eq!((&group.members, &group.standby), (&links(&["eth0", "eth1"]), &Vec::new()));
    assert_eq!((group.probe, group.targets.len(), group.failback), (Probe::None, 0, true));
    assert_eq!(group.failure_detection_time, Duration::from_secs(10));
}

#[test]
fn every_key_of_a_group_is_taken() {
    let config = config(
        "[group.net0]\nmembers = [\"eth0\"]\nstandby = [\"eth1\"]\nprobe = \"arp\"\nfailback = false\n\
         targets = [\"192.0.2.254\", \"2001:db8::1\"]\nfailure_detection_time = \"100ms\"\n",
    );
    let group = &config.groups["net0"];
    let targets: Vec<IpAddr> = ["192.0.2.254", "2001:db8::1"].map(|target| target.parse().unwrap()).to_vec();
    assert_eq!((group.probe, &group.targets), (Probe::Arp, &targets));
    let [eth0, eth1] = <[LinkName; 2]>::try_from(links(&["eth0", "eth1"])).unwrap();
    let expected = Parameters {
        members: vec![(eth0, Role::Active), (eth1, Role::Standby)],
        probes: true,
        detection_time: Duration::from_millis(100),
        failback: false,
    };
    assert_eq!(Parameters::from(group), expected);
}

#[test]
fn a_group_is_a_condition() {
    let text = "[[instance.a.track]]\ngroup = \"net0\"\n[[instance.a.track]]\ngroup = \"net0\"\nwhen = \"degraded\"\n\
                effect = -50\n[group.net0]\nmembers = [\"eth1\"]\n";
    let config = config(&format!("{SHORT}{text}"));
    let track = &only(&config).track;
    let told: Vec<(String, Effect)> = track.iter().map(|track| (track.watch.to_string(), track.effect)).collect();
    assert_eq!(told, [("net0".to_owned(), Effect::Backup), ("net0 degraded".to_owned(), Effect::Weight(-50))]);
    let Watch::Group(group) = &track[1].watch else { panic!("a group") };
    assert_eq!((group.group.as_str(), group.when, track[1].watch.kind()), ("net0", BadGroup::Degraded, "group"));
}

#[test]
fn an_instance_is_on_a_group() {
    let text = "[instance.b]\ninterface = \"group:net0\"\nvrid = 51\naddresses = [\"192.0.2.11/24\"]\n\
                [group.net0]\nmembers = [\"eth1\"]\nstandby = [\"eth2\"]\n";
    let config = config(&format!("{SHORT}{text}"));
    let on_group = &config.instances[&InstanceName::new("b").unwrap()];
    assert_eq!(on_group.interface, Interface::Group("net0".to_owned()));
    assert_eq!(on_group.interface.to_string(), "group:net0");
    let links_of = |instance| config.links_of(instance).cloned().collect::<Vec<_>>();
    assert_eq!(links_of(on_group), links(&["eth1", "eth2"]));
    assert_eq!(links_of(&config.instances[&InstanceName::new("a").unwrap()]), links(&["eth0"]));
}

#[test]
fn a_failure_that_is_found_after_others_have_taken_over_is_a_doubt() {
    let on = |keys: &str, interval: &str| {
        let text = format!(
            "[instance.b]\ninterface = \"group:net0\"\nvrid = 7\naddresses = [\"192.0.2.11/24\"]\n{interval}\
             [group.net0]\nmembers = [\"eth1\"]\n{keys}"
        );
        brief(&check_text(&text).unwrap().warnings)
    };
    let doubt = |place: &str, time: &str| {
        format!(
            "{place} another host takes over from b after {time} of silence, before a failed member is found: use a \
             failure_detection_time below that"
        )
    };
    assert_eq!(on("probe = \"arp\"\n", ""), [doubt("5:1", "3s")]);
    let late = on("probe = \"arp\"\nfailure_detection_time = \"300ms\"\n", "advert_interval = \"100ms\"\n");
    assert_eq!(late, [doubt("9:26", "300ms")]);
    assert_eq!(on("probe = \"arp\"\nfailure_detection_time = \"2s\"\n", ""), [""; 0]);
    assert_eq!(on("", ""), [""; 0]);
    let idle = on("[[instance.b.track]]\ngroup = \"net0\"\n", "");
    assert_eq!(idle, ["7:1 without group net0, its own interface, an instance is in Fault anyway: leave it out"]);
}

#[test]
fn every_mistake_about_interface_groups_says_what_to_do() {
    for (lines, expected) in WRONG {
        let problems = check_text(&format!("{SHORT}{lines}")).err().unwrap_or_default();
        assert_eq!(brief(&problems), *expected, "{lines}");
    }
}

#[test]
fn a_single_target_is_a_doubt() {
    let lines = "[group.x]\nmembers = [\"eth0\"]\nprobe = \"icmp\"\ntargets = [\"192.0.2.1\"]\n";
    let warnings = check_text(&format!("{SHORT}{lines}")).unwrap().warnings;
    let expected = "8:11 when the one target is gone, every member seems to have failed: name another one, too";
    assert_eq!(brief(&warnings), [expected]);
}
