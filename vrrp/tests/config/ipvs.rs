//! `[ipvs]`: what is taken, and what is wrong with it.

use vrrp::config::check::check;
use vrrp::config::{InstanceName, LinkName, SyncDaemon};

use super::{SHORT, brief, check_text, config, source};

const EXAMPLE: &str = "sync_daemon = { interface = \"eth1\", instance = \"inst1\" }";

/// Lines below an instance, which ends on line 4, and the problems with line and column. `EXAMPLE` stands for that.
const WRONG: &[(&str, &[&str])] = &[
    ("[ipvs]\n", &["5:1 [ipvs] lacks sync_daemon: add, for example, EXAMPLE"]),
    ("[[ipvs]]\n", &["5:1 ipvs is a table: write [ipvs] once, in single brackets"]),
    (
        "[ipvs]\nsync-daemon = { interface = \"eth1\", instance = \"a\" }\ncolour = 1\ninterface = \"eth1\"\n",
        &[
            "6:1 sync-daemon is unknown: did you mean sync_daemon?",
            "7:1 colour is unknown: the key is sync_daemon",
            "8:1 interface is a key of the sync daemon: write [ipvs.sync_daemon] above it, or EXAMPLE",
        ],
    ),
    ("[ipvs]\nsync_daemon = \"eth1\"\n", &["6:15 sync_daemon = \"eth1\" is text: write a table, EXAMPLE"]),
    (
        "[ipvs]\nsync_daemon = {}\n",
        &[
            "6:15 sync_daemon lacks instance: write, for example, EXAMPLE",
            "6:15 sync_daemon lacks interface: write, for example, EXAMPLE",
        ],
    ),
    (
        "[ipvs]\nsync_daemon = { interface = \"lo\", instance = \"b\" }\n",
        &[
            "6:29 interface = \"lo\" is the loopback: name the link that leads to the other host",
            "6:46 there is no instance b: did you mean \"a\"?",
        ],
    ),
    (
        "[ipvs]\nsync_daemon = { interface = \"a b\", instance = \"web\\u001b\" }\n",
        &[
            "6:29 interface = \"a b\" is no interface: a link's name has 1 to 15 bytes and no space, / or :, such as \"eth1\"",
            "6:47 there is no instance web␛: add [instance.web␛], or name another one",
        ],
    ),
    (
        "[ipvs.sync_daemon]\ninterface = \"eth1\"\ninstance = \"a\"\nid = 256\nmaxlen = 1023\ngroup = \"192.0.2.1\"\nport = 0\n\
         ttl = \"1\"\nsyncid = 1\nmax_len = 1500\n",
        &[
            "8:6 id = 256 is no sync id: use 0 to 255",
            "9:10 maxlen = 1023 is no length of a message: use 1024 to 65487 bytes",
            "10:9 192.0.2.1 is no multicast group: use one such as 224.0.0.81",
            "11:8 port = 0 is no port: use 1 to 65535",
            "12:7 ttl = \"1\" is text: write the number without quotes, 1",
            "13:1 syncid is unknown: there are interface, instance, id, maxlen, group, port and ttl",
            "14:1 max_len is unknown: did you mean maxlen?",
        ],
    ),
];

#[test]
fn what_is_left_out_of_a_sync_daemon_is_as_the_kernel_has_it() {
    let config = config(&format!("{SHORT}[ipvs]\nsync_daemon = {{ interface = \"eth1\", instance = \"a\" }}\n"));
    let expected = SyncDaemon {
        interface: LinkName::new("eth1").unwrap(),
        instance: InstanceName::new("a").unwrap(),
        id: 51,
        maxlen: None,
        group: "224.0.0.81".parse().unwrap(),
        port: 8848,
        ttl: 1,
    };
    assert_eq!(config.sync_daemon, Some(expected));
}

#[test]
fn every_key_of_a_sync_daemon_is_taken() {
    let text = "[ipvs.sync_daemon]\ninterface = \"eth1\"\ninstance = \"a\"\nid = 0\nmaxlen = 8000\ngroup = \"ff02::81\"\n\
                port = 8849\nttl = 2\n";
    let daemon = config(&format!("{SHORT}{text}")).sync_daemon.unwrap();
    assert_eq!((daemon.id, daemon.maxlen, daemon.port, daemon.ttl), (0, Some(8000), 8849, 2));
    assert_eq!(daemon.group.to_string(), "ff02::81");
}

#[test]
fn every_mistake_about_ipvs_says_what_to_do() {
    for (lines, expected) in WRONG {
        let problems = check_text(&format!("{SHORT}{lines}")).err().unwrap_or_default();
        let expected: Vec<String> = expected.iter().map(|text| text.replace("EXAMPLE", EXAMPLE)).collect();
        assert_eq!(brief(&problems), expected, "{lines}");
    }
}

#[test]
fn a_host_has_one_sync_daemon() {
    let daemon = "[ipvs]\nsync_daemon = { interface = \"eth1\", instance = \"a\" }\n";
    let main = format!("{SHORT}{daemon}");
    let problems = check(&[source("vrrp.toml", &main), source("b.toml", daemon)]).unwrap_err();
    assert_eq!(brief(&problems), ["2:1 sync_daemon stands in two files: leave one out"]);
    assert_eq!(problems[0].place.file, "b.toml");
}

#[test]
fn sync_daemon_stands_below_ipvs() {
    let problems = check_text("sync_daemon = { interface = \"eth1\", instance = \"a\" }\n").unwrap_err();
    assert_eq!(brief(&problems), ["1:1 sync_daemon stands outside of every table: put it below [ipvs]"]);
    let problems = check_text("[ipv]\n").unwrap_err();
    assert_eq!(brief(&problems), ["1:2 ipv is unknown: did you mean [ipvs]?"]);
}
