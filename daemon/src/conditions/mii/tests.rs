//! Against the real kernel in a network namespace of its own. Root is needed, and `ip`. A register takes a NIC that this
//! kernel need not have: what its bits mean is tested without one.

use std::process::Command;

use nix::sched::{CloneFlags, unshare};

use super::*;

fn in_a_namespace(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::spawn(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("these tests make network namespaces: run them as root");
        test();
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_register_tells_of_a_link_unless_no_transceiver_answers() {
    let autonegotiated = 0x796d;
    assert_eq!(transceiver_sees(autonegotiated), Some(true));
    assert_eq!(transceiver_sees(autonegotiated & !LINK_STATUS), Some(false));
    assert_eq!([0, u16::MAX].map(transceiver_sees), [None, None]);
}

#[test]
fn each_witness_has_words_of_its_own() {
    let link = |sees, witness| Sight::Link(sees, witness).observation("eth1");
    let expected = Observation::bad("eth1: the transceiver sees no link (BMSR)");
    assert_eq!(link(false, Witness::Transceiver), expected);
    assert_eq!(link(true, Witness::Driver), Observation::good("eth1: the driver sees a link (ETHTOOL_GLINK)"));
    assert_eq!(link(false, Witness::Flags), Observation::bad("eth1: its flags tell of no link (IFF_RUNNING)"));
    assert_eq!(Sight::Missing.observation("eth1"), Observation::bad("eth1 does not exist"));
}

#[test]
fn a_driver_without_a_transceiver_is_asked() {
    in_a_namespace(|| {
        assert_eq!(look("eth1").unwrap(), Sight::Missing);
        ip("link add eth1 type veth peer name far1");
        assert_eq!(look("eth1").unwrap(), Sight::Down);
        ip("link set eth1 up");
        assert_eq!(look("eth1").unwrap(), Sight::Link(false, Witness::Driver));
        ip("link set far1 up");
        assert_eq!(look("eth1").unwrap(), Sight::Link(true, Witness::Driver));
    });
}

#[test]
fn a_driver_that_tells_nothing_leaves_the_flags() {
    in_a_namespace(|| {
        ip("link add ifb1 type ifb");
        ip("link set ifb1 up");
        assert_eq!(look("ifb1").unwrap(), Sight::Link(true, Witness::Flags));
        ip("link set ifb1 mode dormant");
        ip("link set ifb1 state dormant");
        assert_eq!(look("ifb1").unwrap(), Sight::Link(false, Witness::Flags));
    });
}

#[test]
fn a_name_that_no_link_can_have_is_one_that_does_not_exist() {
    let observation = observe("a-name-that-is-too-long");
    assert_eq!(observation.finding, vrrp::conditions::Finding::Unknown, "{observation:?}");
}
