//! Thousands of addresses.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use vrrp::config::VirtualAddress;
use vrrp::id::{Family, Vrid};

use super::super::{Claim, ClaimId, Report, Request};
use super::lab::{claim_of, ip, on_a_host, virtual_claim_of};

fn v4(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(0x0a00_1000 + number).into()
}

fn v6(number: u32) -> IpAddr {
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 1, u16::try_from(number).unwrap()).into()
}

fn time_of(what: &str, action: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    action();
    println!("{what}: {:?}", begin.elapsed());
    begin.elapsed()
}

#[test]
fn thousands_are_held_well_within_a_second() {
    on_a_host(|mut lab| {
        for count in [1000_u32, 4000] {
            for (family, address) in [("IPv4", v4 as fn(u32) -> IpAddr), ("IPv6", v6)] {
                let addresses: BTreeSet<IpAddr> = (0..count).map(address).collect();
                let took = time_of(&format!("holding {count} {family} addresses"), || {
                    lab.kernel.submit(Request::Hold(addresses));
                    assert_eq!(lab.held(), Ok(()));
                });
                // Unoptimized, in the middle of other tests, it has three times as long.
                let limit = Duration::from_millis(if cfg!(debug_assertions) { 3 * u64::from(count) } else { 1000 });
                assert!(took < limit.max(Duration::from_secs(1)), "{took:?}");
                time_of(&format!("giving up {count} {family} addresses"), || lab.hold(&[]));
            }
        }
    });
}

#[test]
fn many_virtual_macs_go_together_and_no_link_of_others_with_them() {
    on_a_host(|mut lab| {
        // Somebody else's link stands in the group that ours are put into: they go all the same, and it stays.
        for strange in [false, true] {
            let count = if strange { 3 } else { 100 };
            for vrid in 1..=count {
                let claim = Claim { vrid: Vrid::new(vrid).unwrap(), ..virtual_claim_of("eth0", &["10.0.0.10/16"]) };
                let mac = Some(claim.vrid.mac(Family::V4));
                let addresses = vec![VirtualAddress { ip: v4(vrid.into()), prefix: 16 }];
                lab.claim(vrid.into(), Claim { mac, addresses, ..claim });
            }
            if strange {
                ip("link add other type veth peer name another");
                ip(&format!("link set other group {}", u32::from_be_bytes(*b"vrrp")));
            }
            let took = time_of(&format!("giving up {count} virtual MACs"), || {
                for vrid in 1..=count {
                    lab.kernel.submit(Request::Release { id: ClaimId(vrid.into()) });
                }
                let mut released = 0;
                lab.until("all releases", |report| {
                    released += u8::from(matches!(report, Report::Released { .. }));
                    (released == count).then_some(())
                });
            });
            assert!(took < Duration::from_secs(1), "{took:?}");
            assert!(!ip("link").contains("vrrp4-"), "{}", ip("link"));
        }
        assert!(ip("link").contains("other"));
    });
}

#[test]
fn a_thousand_claims_come_and_go_quickly() {
    on_a_host(|mut lab| {
        let claim = |number: u32| {
            let addresses = vec![VirtualAddress { ip: v4(number), prefix: 16 }];
            Claim { addresses, ..claim_of("eth0", &["10.0.0.10/16"]) }
        };
        let took = time_of("a thousand claims", || {
            for number in 0..1000 {
                lab.kernel.submit(Request::Claim { id: ClaimId(number.into()), claim: claim(number) });
            }
            let mut claimed = 0;
            lab.until("all claims", |report| {
                claimed += usize::from(matches!(report, Report::Claimed { .. }));
                (claimed == 1000).then_some(())
            });
        });
        assert!(took < Duration::from_secs(3), "{took:?}");
        time_of("a thousand releases", || lab.stop(false));
    });
}
