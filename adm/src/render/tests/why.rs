//! Why instances are as they are, and what would change that.

use insta::assert_snapshot;
use vrrp::status::{Away, Condition, Conflict, Instance, Router, State, Transition};

use super::super::why::Why;
use super::watched::condition;
use super::{NOW, backup, barred, fault, master, plain, router};

fn shown(instance: &Instance) -> String {
    plain(&Why::of(instance, Vec::new(), NOW).text(instance, 80, NOW))
}

fn own_link(standing: &str, reason: &str) -> Condition {
    condition("address", "eth0 IPv4", "fault", standing, reason)
}

#[test]
fn a_backup_that_listens() {
    let conditions = vec![
        own_link("good", "192.0.2.1 on eth0"),
        condition("unit", "db.service", "backup", "good", "db.service is active"),
        condition("unit", "cache.service", "-30", "bad", "cache.service is failed"),
    ];
    assert_snapshot!(shown(&Instance { conditions, ..backup() }), @"
    inst2 is Backup: 192.0.2.2 is Master with priority 150

    May it take part? yes
        db.service is active (good)

    Can it send and hear? yes
        eth0 IPv4: 192.0.2.1 on eth0 (good)

    Who is Master? 192.0.2.2, with priority 150 against 70 here
        IPv4: 192.0.2.2 advertises, every 1s; 3.609s without a word is its end
        IPv6: fe80::2 advertises, every 1s; 3.609s without a word is its end
        Its priority is 70: 100 in the configuration, and these weights:
        cache.service is failed (bad, weight -30)

    What would change that:
        vrrpadm resign inst2, on the host of 192.0.2.2
        192.0.2.2 is silent for 3.609s
        vrrpadm modify inst2 --priority 181, here
    ");
}

#[test]
fn a_backup_that_a_unit_bars() {
    let conditions = vec![
        own_link("good", "192.0.2.1 on eth0"),
        Condition {
            since: Some(NOW - 185_000_000),
            ..condition("unit", "http.service", "backup", "bad", "http.service is failed")
        },
    ];
    assert_snapshot!(shown(&Instance { reason: "http.service is failed".to_owned(), conditions, ..barred() }), @"
    inst3 is Backup, barred: http.service is failed

    May it take part? no: http.service is failed
        http.service is failed (bad for 3m 5s)

    Can it send and hear? yes
        eth0 IPv4: 192.0.2.1 on eth0 (good)

    Who is Master? 192.0.2.2, with priority 150 against 70 here
        IPv4: 192.0.2.2 advertises, every 1s
        IPv6: fe80::2 advertises, every 1s
        Its priority is 70: 100 in the configuration, and the weights of what it
          moves with

    What would change that:
        systemctl start http.service
        systemctl status http.service, which tells why it failed
    ");
    let own_unit = Instance { reason: "vrrp@inst3.service is inactive".to_owned(), ..barred() };
    assert_eq!(Why::of(&own_unit, Vec::new(), NOW).remedies, ["systemctl start vrrp@inst3.service"]);
}

#[test]
fn a_master_beside_another_host_that_answers() {
    let conflict = Conflict { address: "192.0.2.10".to_owned(), mac: "02:00:00:00:00:09".to_owned(), at: NOW };
    let routers = vec![Router { conflict: Some(conflict), ..router("IPv4", "192.0.2.1", "192.0.2.1") }];
    assert_snapshot!(shown(&Instance { routers, ..master() }), @"
    inst1 is Master: 192.0.2.2 was silent for 3.609 s

    May it take part? yes

    Can it send and hear? yes

    Who is Master? this host, for 3m 5s: 192.0.2.2 was silent for 3.609 s
        IPv4: advertises from 192.0.2.1, every 1s
        IPv4: 02:00:00:00:00:09 answers for 192.0.2.10, too

    What would change that:
        192.0.2.10 is taken off the host with 02:00:00:00:00:09
        vrrpadm resign inst1, which hands it over
        a router that preempts with a priority above 100
    ");
}

#[test]
fn faults_and_what_mends_them() {
    let conditions = vec![own_link("bad", "eth0 has no carrier")];
    assert_snapshot!(shown(&Instance { conditions, ..fault() }), @"
    inst4 is in Fault: eth0 has no carrier

    May it take part? yes

    Can it send and hear? no: eth0 has no carrier
        eth0 IPv4: eth0 has no carrier (bad)

    Who is Master? not known here

    What would change that:
        plug in the cable of eth0, or look at the port at its other end
    ");
    for (reason, remedy) in [
        ("eth0 is down", "ip link set eth0 up"),
        ("eth0 has no IPv4 address", "eth0 gets an address to send from: see ip address show eth0"),
        (
            "group net0 is failed: none of its 2 members can be used: eth0 has no carrier",
            "vrrpadm group show net0, which tells of each link why it is not used",
        ),
        ("eth0 does not exist", "vrrpadm modify inst4 --interface LINK, if it has another name: see ip link"),
    ] {
        let both = vec![own_link("bad", reason), own_link("bad", reason)];
        assert_eq!(Why::of(&Instance { conditions: both, ..fault() }, Vec::new(), NOW).remedies, [remedy]);
    }
}

#[test]
fn what_takes_no_part() {
    let answers = |instance: &Instance| {
        let why = Why::of(instance, Vec::new(), NOW);
        (why.questions[0].answer.clone(), why.remedies)
    };
    let away = Some(Away { until: None, forced: true });
    let cases = [
        (
            Instance { enabled: false, state: State::Init, ..master() },
            "no: its configuration disables it",
            "vrrpadm enable inst1",
        ),
        (
            Instance { since: 0, state: State::Init, ..master() },
            "no: vrrpd is not running",
            "systemctl start vrrp.service",
        ),
        (Instance { away, ..barred() }, "no: somebody had it resign", "vrrpadm resign inst3 --undo"),
    ];
    for (instance, answer, remedy) in cases {
        assert_eq!(answers(&instance), (answer.to_owned(), vec![remedy.to_owned()]));
    }
}

#[test]
fn a_priority_that_no_weight_makes() {
    let away = Some(Away { until: None, forced: false });
    let told = shown(&Instance { effective_priority: 1, away, ..barred() });
    assert!(told.contains("\n    Its priority is 1, that of a last resort: 100 in the configuration\n"), "{told}");
}

#[test]
fn what_this_host_takes_away() {
    let filtered = |by: &str| Router { filtered_by: Some(by.to_owned()), ..router("IPv4", "192.0.2.1", "192.0.2.2") };
    let reason =
        "advertisements from 192.0.2.2 are being filtered by a firewall rule (nft list ruleset, iptables-save)";
    let instance = Instance { reason: reason.to_owned(), routers: vec![filtered("firewall")], ..backup() };
    assert_snapshot!(shown(&instance), @"
    inst2 is Backup: advertisements from 192.0.2.2 are being filtered by a firewall
    rule (nft list ruleset, iptables-save)

    May it take part? yes

    Can it send and hear? it sends, but what it is to hear is filtered: firewall

    Who is Master? 192.0.2.2, with priority 150 against 70 here
        IPv4: 192.0.2.2 advertises, every 1s; 3.609s without a word is its end
        Its priority is 70: 100 in the configuration, and the weights of what it
          moves with

    What would change that:
        vrrpadm resign inst2, on the host of 192.0.2.2
        192.0.2.2 is silent for 3.609s
        vrrpadm modify inst2 --priority 181, here
        the firewall lets protocol 112 in: see nft list ruleset and iptables-save
    ");
}

#[test]
fn what_led_to_it_is_told_the_newest_first() {
    let happened = |number, ago: u64, old, state, reason: &str| Transition {
        instance: "inst1".to_owned(),
        number,
        time: NOW - ago * 1_000_000,
        old,
        state,
        reason: reason.to_owned(),
    };
    let transitions = vec![
        happened(1, 7300, State::Init, State::Backup, "192.0.2.2 advertises"),
        happened(2, 300, State::Backup, State::Backup, "192.0.2.3 advertises"),
        happened(
            3,
            5,
            State::Backup,
            State::Master,
            "192.0.2.3 was silent for 3.609 s, longer than a Master may be, and nobody else is heard",
        ),
    ];
    let told = plain(&Why::of(&master(), transitions, NOW).text(&master(), 80, NOW));
    let (_, told) = told.split_once("What happened last:").unwrap();
    let (told, _) = told.split_once("What would").unwrap_or((told, ""));
    assert_snapshot!(told, @"
    5s ago: Backup -> Master: 192.0.2.3 was silent for 3.609 s, longer than a
      Master may be, and nobody else is heard
    5m 0s ago: Backup: 192.0.2.3 advertises
    2h 1m ago: Init -> Backup: 192.0.2.2 advertises
    ");
}
