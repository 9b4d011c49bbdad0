//! The sync daemon of IPVS.

use super::{fates, imported, instance};
use crate::import::Kind;

/// What stands in `[ipvs]` after the import of a line of `global_defs`.
fn made(line: &str) -> String {
    let toml = imported(&format!("global_defs {{\n{line}\n}}\n{}", instance(""))).toml;
    toml.split_once("[ipvs]\n").map(|(_, rest)| rest.trim().to_owned()).unwrap_or_default()
}

#[test]
fn a_sync_daemon_follows_the_instance_that_it_followed() {
    let cases = [
        ("lvs_sync_daemon eth1 a", ""),
        ("lvs_sync_daemon eth1 a 7", ", id = 7"),
        ("lvs_sync_daemon eth1 a id 0 maxlen 8000 port 8849 ttl 2 group 224.0.0.82", {
            ", id = 0, maxlen = 8000, port = 8849, ttl = 2, group = \"224.0.0.82\""
        }),
        ("lvs_sync_daemon eth1 a maxlen 0 port 0 ttl 0 group ff02::81", ", group = \"ff02::81\""),
    ];
    for (line, options) in cases {
        let expected = format!("sync_daemon = {{ interface = \"eth1\", instance = \"a\"{options} }}");
        assert_eq!(made(line), expected, "{line}");
        let imported = imported(&format!("global_defs {{\n{line}\n}}\n{}", instance("")));
        assert!(imported.is_whole(), "{line}");
        assert_eq!(fates(&imported, line)[0].toml, format!("[ipvs] {expected}"));
    }
    let old = imported(&instance("lvs_sync_daemon_interface eth1"));
    assert!(old.is_whole() && old.toml.contains("sync_daemon = { interface = \"eth1\", instance = \"a\" }"));
}

#[test]
fn what_cannot_be_followed_is_told() {
    let cases = [
        ("lvs_sync_daemon eth1", "write a link and an instance"),
        ("lvs_sync_daemon lo a", "lo is no link to be used"),
        ("lvs_sync_daemon eth1 b", "there is no instance b that it could follow"),
        ("lvs_sync_daemon eth1 a id 256", "id cannot be 256"),
        ("lvs_sync_daemon eth1 a maxlen 500", "maxlen cannot be 500"),
        ("lvs_sync_daemon eth1 a group 192.0.2.1", "group cannot be 192.0.2.1"),
        ("lvs_sync_daemon eth1 a id", "id cannot be nothing"),
        ("lvs_sync_daemon eth1 a mtu 1500", "keepalived knows no option mtu of it"),
    ];
    for (line, expected) in cases {
        let imported = imported(&format!("global_defs {{\n{line}\n}}\n{}", instance("")));
        let told: Vec<&str> = fates(&imported, line).iter().map(|fate| fate.why.as_str()).collect();
        assert!(told.iter().any(|why| why.contains(expected)) && !imported.is_whole(), "{line}: {told:?}");
    }
    let line = "lvs_sync_daemon eth1 a\nlvs_sync_daemon eth2 a";
    let twice = imported(&format!("global_defs {{\n{line}\n}}\n{}", instance("")));
    assert_eq!(fates(&twice, "eth2")[0].kind, Kind::Unknown);
    assert!(twice.toml.contains("eth1") && !twice.toml.contains("eth2"));
}

#[test]
fn without_its_instance_there_is_none() {
    let other = instance("").replace("instance a", "instance b").replace("eth0", "eth1");
    let imported = imported(&format!("global_defs {{\nlvs_sync_daemon eth1 b\n}}\n{}{other}", instance("")));
    let told = fates(&imported, "lvs_sync_daemon").iter().map(|fate| fate.why.clone()).collect::<Vec<_>>();
    assert!(!imported.toml.contains("ipvs"), "{}", imported.toml);
    assert!(told.iter().any(|why| why.contains("the instance b that it follows could not be translated")), "{told:?}");
}
