//! What others undo comes back, at once, and not in a busy loop.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::super::Request;
use super::super::address::{self, Life, Place};
use super::super::socket::Asking;
use super::super::watch::Change;
use super::frames::Client;
use super::lab::{addresses, change_setting, claim_of, index, ip, ip_meanwhile, on_a_bare_host, on_a_host, setting};
use super::segment::Monitor;

const V4: &str = "10.0.0.10";
const V6: &str = "2001:db8::10";
const SOON: Duration = Duration::from_millis(10);

/// How long an address of a link was away, as told by the kernel.
fn absence(monitor: &mut Monitor, link: u32, address: &str) -> Duration {
    monitor.address_gone(link, address);
    let gone = Instant::now();
    monitor.address(link, address);
    gone.elapsed()
}

/// The tests share the processors, so that it is the median that counts.
fn assert_soon(what: &str, mut absences: Vec<Duration>) {
    absences.sort_unstable();
    let median = absences[absences.len() / 2];
    println!("{what} addresses were away for {median:?} (median), at most {:?}", absences.last());
    assert!(median < SOON, "{absences:?}");
}

#[test]
fn a_flush_of_the_loopback_link_is_mended_in_milliseconds() {
    on_a_host(|mut lab| {
        lab.hold(&[V4, V6]);
        let mut absences = Vec::new();
        for address in [V4, V6].repeat(2) {
            let mut monitor = Monitor::new();
            let mut flush = ip_meanwhile(&format!("addr flush dev lo to {address}"));
            absences.push(absence(&mut monitor, index("lo"), address));
            flush.wait().unwrap();
        }
        assert_soon("held", absences);
    });
}

#[test]
fn a_claimed_address_that_somebody_deletes_is_back_in_milliseconds() {
    on_a_host(|mut lab| {
        lab.claim(4, claim_of("eth0", &["10.0.0.10/24"]));
        lab.claim(6, claim_of("eth0", &["2001:db8::10/64"]));
        let mut absences = Vec::new();
        for place in ["10.0.0.10/32", "2001:db8::10/128"].repeat(5) {
            let mut monitor = Monitor::new();
            let mut deletion = ip_meanwhile(&format!("addr del {place} dev eth0"));
            absences.push(absence(&mut monitor, index("eth0"), place.split('/').next().unwrap()));
            deletion.wait().unwrap();
        }
        assert_soon("claimed", absences);
    });
}

#[test]
fn the_loopback_link_is_brought_up_with_everything_on_it() {
    on_a_bare_host(|segment| {
        ip("link set lo down");
        let mut lab = super::lab::Lab::new(segment);
        lab.hold(&[V4, V6]);
        let mut monitor = Monitor::new();
        ip("link set lo down");
        monitor.address_gone(index("lo"), V6);
        monitor.address(index("lo"), V6);
        std::net::UdpSocket::bind((V6, 0)).unwrap();
        std::net::UdpSocket::bind((V4, 0)).unwrap().send_to(b"x", (V4, 9)).unwrap();
    });
}

#[test]
fn a_link_that_was_down_gets_its_addresses_and_routes_back() {
    on_a_host(|mut lab| {
        lab.claim(4, claim_of("eth0", &["192.0.2.10/24"]));
        lab.claim(6, claim_of("eth0", &["2001:db8::10/64"]));
        ip("link set eth0 down");
        lab.link("eth0", |link| link.trouble.is_some());
        let mut monitor = Monitor::new();
        ip("link set eth0 up");
        monitor.until("the IPv4 route", |change| {
            matches!(change, Change::Route(route, Some(_)) if route.subnet.is_ipv4()).then_some(())
        });
        ip("-6 addr show dev eth0");
        lab.link("eth0", |link| link.trouble.is_none());
        lab.claim(7, claim_of("eth0", &["2001:db8::11/64"]));
        let there = addresses("eth0");
        assert!(there.contains("192.0.2.10/32") && there.contains(V6), "{there}");
        assert!(ip("-6 route show 2001:db8::/64").contains("proto 112"));
    });
}

#[test]
fn a_claim_follows_a_renamed_link() {
    on_a_host(|mut lab| {
        lab.claim(1, claim_of("eth0", &["10.0.0.10/24"]));
        ip("link set eth0 name lan0");
        let mut monitor = Monitor::new();
        ip("addr del 10.0.0.10/32 dev lan0");
        absence(&mut monitor, index("lan0"), V4);
        assert_eq!(Client::new(&lab.segment).who_has(V4, "10.0.0.1").len(), 1);
        lab.release(1);
        assert!(!addresses("lan0").contains(V4));
    });
}

#[test]
fn a_route_whose_source_goes_gets_another() {
    on_a_host(|mut lab| {
        lab.claim(1, claim_of("eth0", &["192.0.2.10/24"]));
        ip("addr add 10.1.0.1/24 dev eth0");
        let mut monitor = Monitor::new();
        ip("addr del 10.0.0.1/24 dev eth0");
        let source = monitor.until("another route", |change| match change {
            Change::Route(_, source) => Some(*source),
            _ => None,
        });
        assert_eq!(source.unwrap().to_string(), "10.1.0.1");
    });
}

#[test]
fn settings_that_somebody_resets_are_written_again() {
    on_a_host(|mut lab| {
        lab.hold(&[V4]);
        let mut monitor = Monitor::new();
        change_setting("eth0", "arp_ignore", 0);
        let eth0 = index("eth0");
        monitor.until("the settings of eth0", |change| match change {
            Change::Link(index, link) if *index == eth0 => link.settings.filter(|it| it.arp_ignore == 3).map(drop),
            _ => None,
        });
        assert_eq!(setting("eth0", "arp_ignore"), 3);
        // What hides held addresses as well is somebody's wish, and stays when the holds go.
        change_setting("eth0", "arp_ignore", 1);
        lab.stop(false);
        assert_eq!(setting("eth0", "arp_ignore"), 1);
    });
}

#[test]
fn a_fight_is_slow_and_is_told() {
    on_a_host(|mut lab| {
        lab.hold(&[V4]);
        let lo = index("lo");
        let mut monitor = Monitor::new();
        let begin = Instant::now();
        let mut rounds = 0;
        let mut other_program = Asking::open().unwrap();
        let mut delete = || {
            let place = Place::ours(lo, V4.parse().unwrap());
            other_program.send(vec![address::remove(place)]).unwrap();
        };
        delete();
        let reason = std::thread::scope(|scope| {
            let told = scope.spawn(|| lab.held());
            // The other program: it deletes the address as soon as it is there.
            while !told.is_finished() {
                monitor.address(lo, V4);
                rounds += 1;
                delete();
            }
            told.join().unwrap()
        });
        let reason = reason.unwrap_err();
        assert!(reason.contains(V4) && reason.contains("another program"), "{reason}");
        assert!(rounds <= 65, "{rounds} times in {:?}", begin.elapsed());
        // The last word is told too.
        assert_eq!(lab.held(), Ok(()));
        lab.hold(&[V4]);
        assert!(addresses("lo").contains(V4));
    });
}

#[test]
fn after_an_overrun_everything_is_read_anew() {
    on_a_host(|mut lab| {
        lab.hold(&[V4]);
        // The worker writes the originals of a new link down, and waits in that for a reader.
        let pipe = lab.folder().join("links.new");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        lab.segment.plug("eth1");

        let idle = Monitor::new();
        let eth0 = index("eth0");
        let mut other_program = Asking::open().unwrap();
        let renewal = |number: u32| {
            let place = Place::ours(eth0, Ipv4Addr::from_bits(0x0a01_0000 + number).into());
            address::renew(place, Life::Leased(600))
        };
        for _ in 0..60 {
            other_program.send((0..500).map(renewal).collect()).unwrap();
        }
        other_program.send(vec![address::remove(Place::ours(index("lo"), V4.parse().unwrap()))]).unwrap();
        assert!(idle.lost_some());

        let mut monitor = Monitor::new();
        std::fs::read_to_string(pipe).unwrap();
        monitor.address(index("lo"), V4);
        // These bear the mark, and no claim of this process has ever been for them.
        lab.kernel.submit(Request::Settled);
        lab.stop(false);
        assert!(!addresses("eth0").contains("10.1."));
    });
}
