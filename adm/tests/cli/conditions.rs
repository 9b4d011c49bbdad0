//! Conditions in the files that the program edits and checks.

use insta::assert_snapshot;

use crate::run::Host;

const MAIN: &str = "etc/vrrp/vrrp.toml";
const INST1: &str = "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n";
const TRACK: &str = "\n# the uplink\n[[instance.inst1.track]]\ninterface = \"eth1\" # fibre\n";

#[test]
fn conditions_stay_as_they_are_while_other_keys_change() {
    let host = Host::new();
    host.write(MAIN, &format!("{INST1}{TRACK}"));
    assert_eq!(host.run("modify inst1 --priority 150 --last-resort").code, 0);
    assert_eq!(host.read(MAIN).unwrap(), format!("{INST1}priority = 150\nlast_resort = true\n{TRACK}"));
    assert_eq!(host.run("modify inst1 --no-last-resort").code, 0);
    assert!(host.read(MAIN).unwrap().contains("last_resort = false\n"));
    assert_eq!(host.run("modify inst1 --unset track,last_resort,priority").code, 0);
    assert_eq!(host.read(MAIN).unwrap(), INST1);
}

/// A file that only adds conditions to an instance.
#[test]
fn an_instance_without_a_heading_can_be_changed() {
    let host = Host::new();
    host.write(MAIN, INST1);
    host.write("etc/vrrp/vrrp.d/inst1.toml", TRACK);
    let changed = host.run("modify inst1 --priority 150");
    assert_eq!(changed.code, 0, "{changed}");
    let text = host.read("etc/vrrp/vrrp.d/inst1.toml").unwrap();
    assert_eq!(text, format!("[instance.inst1]\npriority = 150\n{TRACK}"));
    let checked = host.run("check");
    assert_eq!(checked.code, 0, "{checked}");
}

#[test]
fn conditions_are_no_options_and_the_program_says_where_they_are_written() {
    let host = Host::new();
    assert_snapshot!(host.run("create inst1 --track interface=eth1"), @"
    error: invalid value 'interface=eth1' for '--track [<CONDITION>...]': conditions stand in a file: write [[instance.NAME.track]] there, see vrrp.toml(5), and then vrrpadm reload

    For more information, try '--help'.
    [2]
    ");
    assert_eq!(host.run("modify inst1 --track").code, 2);
}
