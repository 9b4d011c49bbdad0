//! Packets to claimed addresses that are not accepted: dropped from before the address is there until after it has gone.

use std::io::Write;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::super::watch::Change;
use super::super::{Claim, ClaimId, Report, Request};
use super::frames::Client;
use super::lab::{DEADLINE, Lab, addresses, claim_of, index, ip, on_a_host, virtual_claim_of};
use super::segment::Monitor;

const V4: &str = "10.0.0.10";
const V6: &str = "2001:db8::10";
const LINK_LOCAL: &str = "fe80::10";
const TABLE: &str = "table inet vrrpd";

fn nft(arguments: &str) -> String {
    let output = Command::new("nft").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "nft {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Waits until the table is as wanted: what is dropped shrinks after all else is done, and nobody is told.
fn wait_ruleset(what: &str, wanted: impl Fn(&str) -> bool) {
    let begin = Instant::now();
    while !wanted(&nft("list ruleset")) {
        assert!(begin.elapsed() < DEADLINE, "{what}: {}", nft("list ruleset"));
        std::thread::yield_now();
    }
}

fn dropping(claim: Claim) -> Claim {
    Claim { drop: true, ..claim }
}

fn filter(lab: &mut Lab) -> Result<(), String> {
    lab.kernel.submit(Request::Filter(true));
    filtered(lab)
}

fn filtered(lab: &mut Lab) -> Result<(), String> {
    lab.until("Filter", |report| match report {
        Report::Filter(outcome) => Some(outcome.clone()),
        _ => None,
    })
}

/// The neighbour on the segment, and somebody on the host who listens at every address.
struct Traffic {
    neighbour: [UdpSocket; 2],
    service: UdpSocket,
}

impl Traffic {
    fn new(lab: &Lab) -> Self {
        ip("addr add 2001:db8::1/64 dev eth0 nodad");
        let neighbour = lab.segment.inside(|| {
            ip("addr add 10.0.0.2/24 dev br0");
            ip("addr add 2001:db8::2/64 dev br0 nodad");
            ip("addr add fe80::2/64 dev br0 nodad");
            ["0.0.0.0:0", "[::]:0"].map(|any| UdpSocket::bind(any).unwrap())
        });
        let service = UdpSocket::bind("[::]:0").unwrap();
        service.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        Self { neighbour, service }
    }

    /// Whether a datagram arrives: one to an address that does accept is sent after it, and is not overtaken.
    fn arrives(&self, lab: &Lab, address: &str) -> bool {
        let address: IpAddr = address.parse().unwrap();
        let fence: IpAddr = if address.is_ipv4() { "10.0.0.1" } else { "2001:db8::1" }.parse().unwrap();
        let [v4, v6] = &self.neighbour;
        let socket = if address.is_ipv4() { v4 } else { v6 };
        let port = self.service.local_addr().unwrap().port();
        let scope = lab.segment.inside(|| index("br0"));
        for (ip, word) in [(address, &b"to it"[..]), (fence, b"fence")] {
            let mut to = SocketAddr::new(ip, port);
            if let (SocketAddr::V6(to), true) = (&mut to, ip == LINK_LOCAL.parse::<IpAddr>().unwrap()) {
                to.set_scope_id(scope);
            }
            socket.send_to(word, to).unwrap();
        }
        let mut buffer = [0; 16];
        let mut arrived = false;
        loop {
            let length = self.service.recv(&mut buffer).unwrap();
            match &buffer[..length] {
                b"fence" => return arrived,
                _ => arrived = true,
            }
        }
    }
}

#[test]
fn packets_are_dropped_and_questions_are_answered() {
    on_a_host(|mut lab| {
        let traffic = Traffic::new(&lab);
        assert_eq!(filter(&mut lab), Ok(()));
        lab.claim(4, dropping(claim_of("eth0", &["10.0.0.10/24"])));
        lab.claim(6, dropping(claim_of("eth0", &["fe80::10/64", "2001:db8::10/64"])));
        lab.claim(7, claim_of("eth0", &["10.0.0.11/24"]));
        let client = Client::new(&lab.segment);
        for address in [V4, LINK_LOCAL, V6] {
            let fence = if address == V4 { "10.0.0.1" } else { "fe80::1" };
            assert_eq!(client.who_has(address, fence).len(), 1, "{address} is answered for");
            assert!(!traffic.arrives(&lab, address), "{address}: {}", nft("list ruleset"));
        }
        assert!(traffic.arrives(&lab, "10.0.0.11"), "another instance accepts");

        let shown = nft("list table inet vrrpd");
        for line in [
            "elements = { 10.0.0.10 }",
            "elements = { 2001:db8::10 }",
            "elements = { \"eth0\" . fe80::10 }",
            "type filter hook input priority raw; policy accept;",
            "icmpv6 type nd-neighbor-solicit accept",
        ] {
            assert!(shown.contains(line), "{shown}");
        }
        assert!(!shown.contains("packets 0 bytes 0 drop"), "each rule has dropped something: {shown}");
    });
}

#[test]
fn the_same_link_local_address_of_another_link_accepts() {
    on_a_host(|mut lab| {
        let traffic = Traffic::new(&lab);
        lab.segment.plug("eth1");
        ip("addr add fe80::10/64 dev eth1 nodad");
        assert_eq!(filter(&mut lab), Ok(()));
        lab.claim(6, dropping(claim_of("eth0", &["fe80::11/64"])));
        ip("addr add fe80::11/64 dev eth1 nodad");
        assert!(traffic.arrives(&lab, LINK_LOCAL));
        assert!(nft("list set inet vrrpd link_local").contains("elements = { \"eth0\" . fe80::11 }"));
    });
}

#[test]
fn a_virtual_mac_drops_too() {
    on_a_host(|mut lab| {
        let traffic = Traffic::new(&lab);
        assert_eq!(filter(&mut lab), Ok(()));
        lab.claim(4, dropping(virtual_claim_of("eth0", &["10.0.0.10/24"])));
        lab.claim(6, dropping(virtual_claim_of("eth0", &["fe80::10/64"])));
        let client = Client::new(&lab.segment);
        for address in [V4, LINK_LOCAL] {
            assert_eq!(client.who_has(address, address).len(), 1);
            assert!(!traffic.arrives(&lab, address), "{}", nft("list ruleset"));
        }
        lab.kernel.submit(Request::Drain { id: ClaimId(4), at_most: Duration::from_secs(60) });
        lab.claim(9, claim_of("eth0", &["10.0.0.99/24"]));
        assert!(!traffic.arrives(&lab, V4), "while it is drained: {}", nft("list ruleset"));
        lab.release(4);
        lab.release(6);
        lab.stop(false);
        assert!(!nft("list ruleset").contains(TABLE));
    });
}

/// The listener of nftables' own tool: it is told of each change in its turn.
#[test]
fn the_drop_comes_before_the_address_and_goes_after_it() {
    on_a_host(|mut lab| {
        assert_eq!(filter(&mut lab), Ok(()));
        let eth0 = index("eth0");
        for _ in 0..5 {
            let mut monitor = Monitor::new();
            lab.kernel.submit(Request::Claim { id: ClaimId(4), claim: dropping(claim_of("eth0", &["10.0.0.10/24"])) });
            monitor.until("the address", |change| match change {
                Change::Address(place, _) => (place.link == eth0 && place.ip.to_string() == V4).then_some(()),
                _ => None,
            });
            assert!(nft("list set inet vrrpd ipv4").contains(V4), "it is dropped when the address is there");
            lab.claimed(4);
            lab.release(4);
            assert!(!addresses("eth0").contains(V4));
            wait_ruleset("nothing is left in the set", |shown| !shown.contains(V4));
        }
        lab.kernel.submit(Request::Filter(false));
        lab.kernel.submit(Request::Settled);
        lab.claim(1, claim_of("eth0", &["10.0.0.11/24"]));
        wait_ruleset("nobody needs it", |shown| !shown.contains(TABLE));
    });
}

#[test]
fn what_is_accepted_again_and_dropped_again_stays_on_the_link() {
    on_a_host(|mut lab| {
        let traffic = Traffic::new(&lab);
        assert_eq!(filter(&mut lab), Ok(()));
        // A configuration that accepts may hold, too.
        lab.hold(&[V4]);
        for drop in [true, false, true] {
            let claim = Claim { drop, ..claim_of("eth0", &["10.0.0.10/24"]) };
            let mut monitor = Monitor::new();
            lab.claim(4, claim);
            wait_ruleset("it is dropped, or not any longer", |shown| shown.contains(V4) == drop);
            assert_eq!(traffic.arrives(&lab, V4), !drop, "{}", nft("list ruleset"));
            lab.claim(9, claim_of("eth0", &["10.0.0.99/24"]));
            monitor.until("the last claim, and nothing lost before it", |change| match change {
                Change::Address(place, _) => (place.ip.to_string() == "10.0.0.99").then_some(()),
                Change::AddressGone(place) if place.ip.to_string() == V4 => panic!("{change:?}"),
                _ => None,
            });
            lab.release(9);
        }
    });
}

#[test]
fn a_flush_of_the_ruleset_is_undone_and_told() {
    on_a_host(|mut lab| {
        let traffic = Traffic::new(&lab);
        assert_eq!(filter(&mut lab), Ok(()));
        lab.claim(4, dropping(claim_of("eth0", &["10.0.0.10/24"])));
        lab.claim(6, dropping(claim_of("eth0", &["2001:db8::10/64"])));
        let undone = |lab: &mut Lab| {
            lab.until("Undone", |report| match report {
                Report::Undone { text, .. } => Some(text.clone()),
                _ => None,
            })
        };
        for command in [
            "flush ruleset",
            "delete element inet vrrpd ipv4 { 10.0.0.10 }",
            "insert rule inet vrrpd input accept",
            "add table inet vrrpd { flags dormant; }",
        ] {
            nft(command);
            let text = undone(&mut lab);
            assert!(text.starts_with("nft (process ") && text.contains("packet filter"), "{command}: {text}");
            assert!(!traffic.arrives(&lab, V4) && !traffic.arrives(&lab, V6), "{command}: {}", nft("list ruleset"));
            // Those that come within the same tenth of a second are one round, told once.
            std::thread::sleep(Duration::from_millis(110));
        }
        assert!(addresses("eth0").contains(V4), "nothing was given up");
        let text = {
            nft("flush ruleset");
            undone(&mut lab)
        };
        assert!(text.contains("again and again"), "the fifth in a minute: {text}");
        nft("add table inet other");
        nft("delete table inet other");
        assert_eq!(filter(&mut lab), Ok(()));
    });
}

#[test]
fn the_next_daemon_finds_the_table_and_clears_what_nobody_wants() {
    on_a_host(|mut lab| {
        let traffic = Traffic::new(&lab);
        assert_eq!(filter(&mut lab), Ok(()));
        lab.claim(4, dropping(claim_of("eth0", &["10.0.0.10/24"])));
        lab.claim(6, dropping(claim_of("eth0", &["2001:db8::10/64"])));
        let mut lab = lab.crash_and_restart();
        assert!(!traffic.arrives(&lab, V4) && !traffic.arrives(&lab, V6));
        assert_eq!(filter(&mut lab), Ok(()));
        assert!(!traffic.arrives(&lab, V4) && !traffic.arrives(&lab, V6), "{}", nft("list ruleset"));
        lab.claim(4, dropping(claim_of("eth0", &["10.0.0.10/24"])));
        lab.kernel.submit(Request::Settled);
        wait_ruleset("what nobody wants goes", |shown| shown.contains(V4) && !shown.contains(V6));
        assert!(!addresses("eth0").contains(V6));

        // What is no longer configured so goes, though no instance asks for a filter any more.
        let mut lab = lab.crash_and_restart();
        lab.claim(4, claim_of("eth0", &["10.0.0.10/24"]));
        lab.kernel.submit(Request::Settled);
        lab.claim(9, claim_of("eth0", &["10.0.0.99/24"]));
        wait_ruleset("nobody needs it", |shown| !shown.contains(TABLE));
        assert!(traffic.arrives(&lab, V4));
    });
}

#[test]
fn whoever_needs_no_filter_opens_none() {
    on_a_host(|mut lab| {
        lab.kernel.submit(Request::Filter(false));
        lab.claim(4, claim_of("eth0", &["10.0.0.10/24"]));
        let sockets = std::fs::read_to_string("/proc/thread-self/net/netlink").unwrap();
        let netfilter = |line: &&str| {
            let mut words = line.split_whitespace().skip(1);
            // The kernel's own has no port.
            words.next() == Some("12") && words.next() != Some("0")
        };
        assert_eq!(sockets.lines().find(netfilter), None);
        assert!(!lab.folder().join("filter").exists());
    });
}

#[test]
fn a_refusal_keeps_the_address_away_and_says_what_helps() {
    on_a_host(|mut lab| {
        // A table that its maker owns is refused to everybody else.
        let mut owner = Command::new("nft").arg("-i").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut input = owner.stdin.take().unwrap();
        input.write_all(b"add table inet vrrpd { flags owner; }\n").unwrap();
        while !nft("list ruleset").contains(TABLE) {
            std::thread::yield_now();
        }
        let reason = filter(&mut lab).unwrap_err();
        assert!(reason.contains("accept = false") && reason.contains("own the table inet vrrpd"), "{reason}");
        lab.kernel.submit(Request::Claim { id: ClaimId(4), claim: dropping(claim_of("eth0", &["10.0.0.10/24"])) });
        assert_eq!(lab.failed(4), reason);
        assert!(!addresses("eth0").contains(V4));
        drop(input);
        owner.wait().unwrap();
        lab.claimed(4);
        assert!(nft("list set inet vrrpd ipv4").contains(V4));
    });
}
