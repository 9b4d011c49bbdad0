use super::*;
use vrrp::id::Family;

fn claim(addresses: &[&str]) -> Claim {
    let one = |address: &&str| VirtualAddress { ip: address.parse().unwrap(), prefix: 32 };
    Claim {
        link: 2,
        addresses: addresses.iter().map(one).collect(),
        mac: None,
        routes: Vec::new(),
        rules: Vec::new(),
        vrid: vrrp::id::Vrid::new(51).unwrap(),
        family: Family::V4,
        drop: false,
        lease: Duration::from_secs(3),
    }
}

#[test]
fn what_is_drained_is_held_until_the_last_drain_of_it_is_over() {
    let now = Instant::now();
    let mut wanted = Wanted::new(now);
    let held = |wanted: &Wanted| wanted.holds.iter().flatten().map(ToString::to_string).collect::<Vec<_>>();
    for (id, addresses) in [(1, ["192.0.2.1", "192.0.2.9"]), (2, ["192.0.2.2", "192.0.2.9"])] {
        wanted.claim(ClaimId(id), claim(&addresses));
        wanted.drain(ClaimId(id), now);
    }
    assert!(wanted.holds.is_none(), "the daemon has not said what is to be held");
    wanted.hold(BTreeSet::from(["192.0.2.1".parse().unwrap()]));
    assert_eq!(held(&wanted), ["192.0.2.1", "192.0.2.2", "192.0.2.9"]);
    wanted.release(ClaimId(1));
    assert_eq!(held(&wanted), ["192.0.2.1", "192.0.2.2", "192.0.2.9"]);
    wanted.claim(ClaimId(2), claim(&["192.0.2.2"]));
    assert_eq!(held(&wanted), ["192.0.2.1"]);
    wanted.drain(ClaimId(2), now);
    wanted.hold(BTreeSet::new());
    assert_eq!(held(&wanted), ["192.0.2.2"]);
    wanted.end_drains(now);
    assert_eq!(held(&wanted), Vec::<String>::new());
}
