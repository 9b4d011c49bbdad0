//! Sync groups and heartbeats: what is taken, and what is wrong with them.

use vrrp::config::check::check;

use super::{brief, check_text, config, source};

/// Two instances on two links, and a third that is alone.
const INSTANCES: &str = r#"[instance.outer]
interface = "eth0"
vrid = 51
addresses = ["192.0.2.10/24"]
[instance.inner]
interface = "eth1"
vrid = 52
addresses = ["198.51.100.10/24", "2001:db8::10/64"]
[instance.else]
interface = "eth0"
vrid = 53
addresses = ["192.0.2.11/24"]
priority = 150
"#;

/// Lines below the three instances, which end on line 13, and the problems with line and column.
const WRONG: &[(&str, &[&str])] = &[
    ("[sync.x]\n", &["14:1 sync.x lacks instances: add, for example, instances = [\"inst1\", \"inst2\"]"]),
    (
        "[sync.x]\ninstances = [\"outer\"]\n",
        &["15:13 instances = […] names fewer than two: a sync group needs at least two instances that move together"],
    ),
    ("[sync.x]\ninstances = \"outer\"\n", &["15:13 instances = \"outer\" is one text: write a list, [\"outer\"]"]),
    ("[sync.x]\ninstances = 5\n", &["15:13 instances = 5 is a number: write a list, such as [\"inst1\", \"inst2\"]"]),
    ("[sync.x]\ninstances = [\"outer\", 5]\n", &["15:23 5 is a number: write an instance's name in quotes"]),
    (
        "[sync.x]\ninstances = [\"outer\", \"iner\", \"x\"]\n",
        &[
            "15:23 there is no instance iner: did you mean \"inner\"?",
            "15:31 there is no instance x: add [instance.x], or leave it out",
        ],
    ),
    (
        "[sync.x]\ninstances = [\"outer\", \"b\"]\n[instance.\"b\u{2}\"]\n",
        &["15:23 there is no instance b: did you mean \"b␂\"?", "16:13 ␂ cannot stand in text: remove the character"],
    ),
    (
        "[sync.x]\ninstances = [\"outer\", \"inner\", \"outer\"]\n",
        &["15:32 outer stands twice in instances: leave one out"],
    ),
    (
        "[sync.x]\ninstances = [\"outer\", \"inner\"]\n[sync.y]\ninstances = [\"inner\", \"outer\"]\n",
        &[
            "17:14 inner moves with the sync group x already: leave it to one of the two",
            "17:23 outer moves with the sync group x already: leave it to one of the two",
        ],
    ),
    (
        "[sync.x]\ninstances = [\"outer\", \"else\"]\n",
        &[
            "15:23 else has priority 150 and outer has 100: instances of the sync group x move together, give them the same",
        ],
    ),
    (
        "[sync.x]\ninstance = [\"outer\", \"inner\"]\n",
        &[
            "14:1 sync.x lacks instances: add, for example, instances = [\"inst1\", \"inst2\"]",
            "15:1 instance is unknown: did you mean instances?",
        ],
    ),
    (
        "[sync.\"a b\"]\ninstances = [\"outer\", \"inner\"]\n",
        &[
            "14:7 \"a b\" is no name of a sync group: use 1 to 31 letters, digits, _ . and -, and begin with a letter or digit",
        ],
    ),
    (
        "[sync]\ninstances = [\"outer\", \"inner\"]\n",
        &["15:1 a sync group needs a name: write [sync.NAME] above its keys"],
    ),
    ("[[sync]]\ninstances = [\"outer\", \"inner\"]\n", &["14:1 a sync group needs a name: write [sync.NAME]"]),
    ("[heartbeat.x]\n", &["14:1 heartbeat.x lacks interface: add, for example, interface = \"eth2\""]),
    (
        "[heartbeat.x]\ninterface = \"eth1\"\n",
        &[
            "15:13 inner is advertised on eth1 already, and one cut would silence both: use another interface, or name other \
             instances",
        ],
    ),
    (
        "[heartbeat.x]\ninterface = \"lo\"\n",
        &["15:13 interface = \"lo\" is the loopback: name the link whose hosts reach the addresses"],
    ),
    (
        "[heartbeat.x]\ninterface = \"eth2\"\ninstances = []\n",
        &["16:13 instances = […] is empty: name the instances, or leave it out for all of them"],
    ),
    (
        "[heartbeat.x]\ninterface = \"eth2\"\npeers = [\"192.0.2.10\", \"192.0.2.2/24\"]\n",
        &["16:24 \"192.0.2.2/24\" has a prefix length: write \"192.0.2.2\""],
    ),
    (
        "[heartbeat.x]\ninterface = \"eth2\"\npeers = [\"192.0.2.10\"]\n",
        &["16:10 192.0.2.10 is a virtual address of outer: write the peer's own address"],
    ),
    ("[heartbeat.x]\ninterface = \"eth2\"\npeer = []\n", &["16:1 peer is unknown: did you mean peers?"]),
];

#[test]
fn instances_move_together_and_are_heard_elsewhere() {
    let text = format!(
        "{INSTANCES}[sync.gateway]\ninstances = [\"inner\", \"outer\"]\n[heartbeat.direct]\ninterface = \"eth2\"\n\
         [heartbeat.far]\ninterface = \"eth1\"\npeers = [\"203.0.113.2\", \"2001:db8:1::2\"]\ninstances = [\"outer\"]\n"
    );
    let config = config(&text);
    let names =
        |instances: &[vrrp::config::InstanceName]| instances.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&config.syncs["gateway"].instances), ["inner", "outer"]);
    let syncs = config.syncs_by_instance();
    let told: Vec<_> =
        config.instances.keys().map(|name| (name.as_str(), syncs.get(name).map(|(sync, _)| *sync))).collect();
    assert_eq!(told, [("else", None), ("inner", Some("gateway")), ("outer", Some("gateway"))]);
    let direct = &config.heartbeats["direct"];
    assert_eq!((direct.interface.as_str(), direct.peers.len()), ("eth2", 0));
    assert_eq!(names(&direct.instances), ["else", "inner", "outer"]);
    let far = &config.heartbeats["far"];
    assert_eq!((far.interface.as_str(), far.peers.len()), ("eth1", 2));
    assert_eq!(names(&far.instances), ["outer"]);
}

#[test]
fn a_group_may_stand_in_another_file_than_its_instances() {
    let sources = [
        source("vrrp.toml", "[sync.gateway]\ninstances = [\"inner\", \"outer\"]\n"),
        source("vrrp.d/a.toml", INSTANCES),
    ];
    assert_eq!(check(&sources).unwrap().config.syncs["gateway"].instances.len(), 2);
}

#[test]
fn every_mistake_about_groups_says_what_to_do() {
    for (lines, expected) in WRONG {
        let problems = check_text(&format!("{INSTANCES}{lines}")).err().unwrap_or_default();
        assert_eq!(brief(&problems), *expected, "{lines}");
    }
}

#[test]
fn an_instance_that_is_wrong_itself_is_no_unknown_one() {
    let text = format!("{INSTANCES}priority = 0\n[sync.x]\ninstances = [\"else\", \"inner\"]\n");
    let problems = check_text(&text.replace("priority = 150\n", "")).err().unwrap_or_default();
    assert_eq!(brief(&problems), ["13:12 priority = 0 is not a priority: use 1 to 254, or 255 for the address owner"]);
}
