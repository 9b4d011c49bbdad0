//! What a daemon leaves to the next one: read, written, and believed or not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use proptest::prelude::*;

use vrrp::config::check::check;
use vrrp::config::file::Source;
use vrrp::config::{Config, InstanceName, Interface, LinkName};
use vrrp::id::{Family, Interval, Version, Vrid};
use vrrp::saved::{Alive, Away, Instance, Master, Stale, State, Unreadable};
use vrrp::wire::Dialect;

/// What release 0.1 wrote. Every later one must read it, and this file is never changed.
const FIRST: &str = include_str!("saved/1.state");
const BOOT: &str = "6f9f7a35-bdb2-4c25-9ef7-93a25a9d9ad5";

fn instance(interface: &str, vrid: u8, version: Version, families: &[Family], interval: u64) -> Instance {
    Instance {
        interface: Interface::new(interface).unwrap(),
        link: None,
        vrid: Vrid::new(vrid).unwrap(),
        version,
        families: families.to_vec(),
        interval: Interval::from_duration(Duration::from_millis(interval), version).unwrap(),
        master: None,
        away: None,
    }
}

fn first() -> State {
    let mut both = instance("eth0", 51, Version::V3, &Family::ALL, 1_000);
    let dialect = Some(Dialect::MessageOnly);
    both.master = Some(Master { since: 1_790_000_000_000_000, weight: -10, last_resort: false, dialect });
    let mut idle = instance("eth1", 52, Version::V3, &[Family::V6], 40_950);
    idle.away = Some(Away { until: Some(1_790_000_600_000_000), forced: true });
    let mut last = instance("eth1.7", 255, Version::V2, &[Family::V4], 1_000);
    last.master = Some(Master { since: 1_790_000_000_000_001, weight: 0, last_resort: true, dialect: None });
    last.away = Some(Away { until: None, forced: false });
    let instances = [("both", both), ("idle", idle), ("last", last)];
    State {
        boot: BOOT.to_owned(),
        number: 7,
        left_at: Some(Duration::from_nanos(123_456_789_000)),
        instances: instances.map(|(name, instance)| (InstanceName::new(name).unwrap(), instance)).into(),
    }
}

fn config(text: &str) -> Config {
    check(&[Source { path: "vrrp.toml".to_owned(), text: text.to_owned() }]).unwrap().config
}

const BOTH: &str =
    "[instance.both]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n";

#[test]
fn the_member_that_carried_an_instance_is_known() {
    let mut on_group = instance("group:net0", 51, Version::V3, &[Family::V4], 1_000);
    on_group.link = LinkName::new("eth1");
    let state = State { instances: [(InstanceName::new("a").unwrap(), on_group)].into(), ..first() };
    let line = "instance a interface=group:net0 vrid=51 version=3 families=ipv4 interval=1000 link=eth1\n";
    assert!(state.write().contains(line), "{}", state.write());
    assert_eq!(State::read(&state.write()), Ok(state));
}

#[test]
fn the_first_form_is_read_and_still_written() {
    assert_eq!(State::read(FIRST), Ok(first()));
    assert_eq!(first().write(), FIRST);
}

#[test]
fn what_a_later_release_adds_is_passed_over() {
    let later = FIRST.replace("weight=-10", "weight=-10 mood=good").replace("left", "weather fine\nleft");
    assert_eq!(State::read(&later), Ok(first()));
    let after = format!("{FIRST}whatever follows the end\n");
    assert_eq!(State::read(&after), Ok(first()));
}

#[test]
fn what_makes_no_sense_is_refused_as_a_whole() {
    let line = |from: &str, to: &str| State::read(&FIRST.replace(from, to));
    assert_eq!(State::read(""), Err(Unreadable::Strange));
    assert_eq!(line("state 1", "state 2"), Err(Unreadable::Version("2".to_owned())));
    assert_eq!(line("end\n", ""), Err(Unreadable::CutOff));
    assert_eq!(line("vrid=51", "vrid=0"), Err(Unreadable::Line(5)));
    assert_eq!(line("instance idle", "instance both"), Err(Unreadable::Line(6)));
    assert_eq!(line("instance idle", "instance ../etc"), Err(Unreadable::Line(6)));
    assert_eq!(line("interval=40950", "interval=40951"), Err(Unreadable::Line(6)));
    assert_eq!(line("families=ipv6", "families=ipx"), Err(Unreadable::Line(6)));
    assert_eq!(line("weight=-10", "weight=-10 weight=9"), Err(Unreadable::Line(5)));
    assert_eq!(line("left 123", "left -123"), Err(Unreadable::Line(4)));
}

#[test]
fn a_state_is_confirmed_by_the_stamp_of_the_same_life_and_number() {
    let state = first();
    let [at, now] = [200, 201].map(Duration::from_secs);
    let alive = Alive { at, number: 7, sealed: 0 };
    assert_eq!(state.confirm(alive, BOOT, now), Ok(()));
    assert_eq!(state.confirm(alive, "another", now), Err(Stale::OtherBoot));
    assert_eq!(state.confirm(Alive { number: 8, ..alive }, BOOT, now), Err(Stale::Outdated));
    assert_eq!(state.confirm(alive, BOOT, Duration::from_secs(199)), Err(Stale::Clock));
}

#[test]
fn a_master_goes_on_until_a_backup_may_have_given_it_up() {
    let config = config(BOTH);
    let both = &config.instances[&InstanceName::new("both").unwrap()];
    let alive = Alive { at: Duration::from_secs(200), number: 7, sealed: 0 };
    let left = Duration::from_nanos(123_456_789_000);
    let legacy = first().legacy(alive, both).unwrap();
    assert_eq!(legacy.until, left + Duration::from_secs(3));
    assert_eq!(legacy.advertise_at, Some(left + Duration::from_secs(1)));
    let crashed = State { left_at: None, ..first() };
    let legacy = crashed.legacy(alive, both).unwrap();
    assert_eq!(legacy.until, Duration::from_secs(202));
    assert_eq!(legacy.advertise_at, None);
    let endless = Alive { at: Duration::MAX, number: 7, sealed: 0 };
    assert_eq!(crashed.legacy(endless, both), None);
}

#[test]
fn another_router_of_the_same_name_has_no_legacy() {
    let alive = Alive { at: Duration::from_secs(200), number: 7, sealed: 0 };
    let legacy = |text: &str| first().legacy(alive, config(text).instances.first_key_value().unwrap().1);
    assert!(legacy(BOTH).is_some());
    assert!(legacy(&BOTH.replace("192.0.2.10", "192.0.2.11")).is_some(), "addresses may change in place");
    for (from, to) in [
        ("both", "other"),
        ("eth0", "eth1"),
        ("51", "52"),
        (", \"2001:db8::10/64\"", ""),
        ("vrid", "enabled = false\nvrid"),
    ] {
        assert_eq!(legacy(&BOTH.replace(from, to)), None, "{to}");
    }
    let faster = legacy(&BOTH.replace("vrid", "advert_interval = \"100ms\"\nvrid")).unwrap();
    assert_eq!(faster.advertise_at, None, "who waits by the old interval is told of the new one at once");
}

#[test]
fn the_stamp_is_read_as_it_was_written() {
    let alive = Alive { at: Duration::from_nanos(u64::MAX), number: 3, sealed: u32::MAX };
    assert_eq!(Alive::decode(&alive.encode()), Some(alive));
    for wrong in [&alive.encode()[1..], &alive.encode()[..23], &[0; 24], &[]] {
        assert_eq!(Alive::decode(wrong), None);
    }
}

proptest! {
    #[test]
    fn no_text_ends_a_reader(text in "(vrrpd state 1\n)?([a-z]{0,8}( [a-z0-9=,.:-]{0,20}){0,8}\n){0,6}(end\n)?") {
        let _ = State::read(&text);
    }

    #[test]
    fn a_damaged_state_is_read_as_a_state_or_refused(at in 0..FIRST.len(), byte in any::<u8>()) {
        let mut bytes = FIRST.as_bytes().to_vec();
        bytes[at] = byte;
        if let Ok(state) = State::read(&String::from_utf8_lossy(&bytes)) {
            let config = config(BOTH);
            let both = config.instances.first_key_value().unwrap().1;
            let _ = state.legacy(Alive { at: Duration::from_secs(1), number: 1, sealed: 0 }, both);
            prop_assert!(State::read(&state.write()).is_ok());
        }
    }

    #[test]
    fn no_bytes_end_a_reader_of_stamps(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = Alive::decode(&bytes);
    }
}
