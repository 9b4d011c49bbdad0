//! What is drawn at which size.

use super::*;

#[test]
fn a_usual_terminal_has_all_of_it() {
    assert_snapshot!(seen(&mut all(), 80, 24), @"
    2 of 4 instances are not well: lan in Fault, mail barred.
    left | vrrpd 0.1.0, up 3h 0m | adverts: 2.0/s in, 2.0/s out
    ── 4, trouble first ────────────────────────────────────────────────────────────
       NAME STATE  SINCE MASTER    PRIORITY IN/s OUT/s TIMER      WHY
     ! lan  Fault  12s   -         100      0.0  0.0   -          eth1 has no carri…
     ! mail Backup 3d 0h 192.0.2.2 100      1.0  0.0   -          barred: postfix.s…
       db   Backup 3d 0h 192.0.2.2 100→70   1.0  0.0    2.7s ███░ 192.0.2.2 is Mast…
    >  web  Master 3m 5s this host 100      0.0  2.0    0.4s ██░░ 192.0.2.2 was sil…
    ── web ─────────────────────────────────────────────────────────────────────────
    web is Master: 192.0.2.2 was silent for 3.609 s
    Last 15m: ··············BMMMMMMMMMMMMMMMMMMMMMFFBBBBBBBBBBBBBBMMMMMMMMMMMMMM now
    IPv4: this host advertises from 192.0.2.1 with priority 100, every 1s
    IPv6: this host advertises from fe80::1 with priority 100, every 1s
    http.service is active (good for 3m 20s)
    Addresses: 192.0.2.10/24, 2001:db8::10/64
    Heartbeat hb on eth2: 10.0.0.2 is heard.
    3m 5s ago: Backup -> Master: 192.0.2.2 was silent for 3.609 s
    6m 30s ago: Fault -> Backup: eth0 is up
    6m 40s ago: Master -> Fault: eth0 is down
    11m 30s ago: Backup -> Master: no Master was heard for 3.609 s
    11m 40s ago: Init -> Backup: no Master was heard yet


    q quit  ? help  Enter details  / filter  r resign  u undo  d disable  e enable
    ");
}

#[test]
fn a_wide_terminal_has_more_of_it() {
    assert_snapshot!(seen(&mut all(), 120, 40), @"
    2 of 4 instances are not well: lan in Fault, mail barred.
    left | vrrpd 0.1.0, up 3h 0m | adverts: 2.0/s in, 2.0/s out
    ── 4, trouble first ────────────────────────────────────────────────────────────────────────────────────────────────────
        NAME  STATE   SINCE  MASTER     PRIORITY  IN/s  OUT/s  TIMER           WHY
     !  lan   Fault   12s    -          100       0.0   0.0    -               eth1 has no carrier
     !  mail  Backup  3d 0h  192.0.2.2  100       1.0   0.0    -               barred: postfix.service is failed
        db    Backup  3d 0h  192.0.2.2  100→70    1.0   0.0     2.7s ██████░░  192.0.2.2 is Master with priority 150
    >   web   Master  3m 5s  this host  100       0.0   2.0     0.4s ████░░░░  192.0.2.2 was silent for 3.609 s
    ── web ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    web is Master: 192.0.2.2 was silent for 3.609 s
    Last 15m: ·······················BMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMFFFBBBBBBBBBBBBBBBBBBBBBBBMMMMMMMMMMMMMMMMMMMMMM now
    IPv4: this host advertises from 192.0.2.1 with priority 100, every 1s
    IPv6: this host advertises from fe80::1 with priority 100, every 1s
    http.service is active (good for 3m 20s)
    Addresses: 192.0.2.10/24, 2001:db8::10/64
    Heartbeat hb on eth2: 10.0.0.2 is heard.
    3m 5s ago: Backup -> Master: 192.0.2.2 was silent for 3.609 s
    6m 30s ago: Fault -> Backup: eth0 is up
    6m 40s ago: Master -> Fault: eth0 is down
    11m 30s ago: Backup -> Master: no Master was heard for 3.609 s
    11m 40s ago: Init -> Backup: no Master was heard yet


















    q quit  ? help  Enter details  / filter  r resign  u undo  d disable  e enable
    ");
}

#[test]
fn the_smallest_terminal_has_what_matters() {
    assert_snapshot!(seen(&mut all(), 40, 10), @"
    2 of 4 instances are not well: lan in F…
    left | vrrpd 0.1.0, up 3h 0m | adverts:…
       NAME STATE  SINCE WHY
     ! lan  Fault  12s   eth1 has no carrier
     ! mail Backup 3d 0h barred: postfix.se…
       db   Backup 3d 0h 192.0.2.2 is Maste…
    >  web  Master 3m 5s 192.0.2.2 was sile…


    q quit  ? help  Enter details  / filter
    ");
    assert_snapshot!(seen(&mut all(), 30, 6), @"
    This needs 40 columns and 10
      rows; it has 30 and 6.
    2 of 4 instances are not well…
    left | vrrpd 0.1.0, up 3h 0m …
    ");
}

#[test]
fn without_utf8_it_is_drawn_in_ascii() {
    let mut model = all();
    let poor = seen_with(&mut model, 80, 24, &look(false));
    assert!(poor.is_ascii(), "{poor}");
    let rules = seen(&mut model, 80, 24).replace('─', "-").replace('█', "#").replace('░', ".").replace('→', ">");
    assert_eq!(poor, rules.replace('…', "~").replace('·', "."));
}

#[test]
fn who_disturbs_an_instance_is_told_with_it() {
    let at = NOW - 4 * SECOND;
    let mut disturbed = master();
    disturbed.routers[0].conflict =
        Some(Conflict { address: "192.0.2.10".to_owned(), mac: "02:00:00:00:00:09".to_owned(), at });
    disturbed.routers[0].filtered_by = Some("firewall".to_owned());
    let refusal = AuthRefusal { source: "192.0.2.66".to_owned(), reason: "stale".to_owned(), at };
    disturbed.routers[1].auth_refusals = vec![refusal];
    disturbed.held = false;
    let mut model = looking(vec![disturbed]);
    let problems = vec!["/etc/vrrp/vrrp.toml:1:8: vrid = 0 is not a VRID".to_owned()];
    let mut status = model.status.clone().unwrap();
    status.daemon = Daemon { problems, fights: vec!["NetworkManager removes 192.0.2.10".to_owned()], ..status.daemon };
    let later = Instant::now() + Duration::from_secs(4);
    model.apply(Update::Status(Box::new(status), later), NOW);
    model.arrange();
    assert_snapshot!(seen(&mut model, 80, 24), @"
    web is Master, but its addresses are not all held here
    (and 1 more) The configuration has 1 problem and is not applied: see vrrpadm
      check.
    left | vrrpd 0.1.0, up 3h 0m | adverts: 0.0/s in, 1.0/s out
    ── 1, trouble first ────────────────────────────────────────────────────────────
       NAME STATE  SINCE MASTER    PRIORITY IN/s OUT/s TIMER      WHY
    >! web  Master 3m 5s this host 100      0.0  1.0    0.4s ██░░ 192.0.2.2 was sil…
    ── web ─────────────────────────────────────────────────────────────────────────
    web is Master: 192.0.2.2 was silent for 3.609 s
    Last 15m: ····················································MMMMMMMMMMMMMM now
    IPv4: this host advertises from 192.0.2.1 with priority 100, every 1s
    IPv4: what it is to hear is filtered on this host: firewall
    IPv4: 02:00:00:00:00:09 answers for 192.0.2.10 too, 4s ago
    IPv6: this host advertises from fe80::1 with priority 100, every 1s
    IPv6: 192.0.2.66 is refused: stale, 4s ago
    http.service is active (good for 3m 20s)
    Addresses: 192.0.2.10/24, 2001:db8::10/64 (not all are held: see systemctl
      status vrrp.service)
    Heartbeat hb on eth2: 10.0.0.2 is heard.




    q quit  ? help  Enter details  / filter  r resign  u undo  d disable  e enable
    ");
}

#[test]
fn the_strip_shows_more_or_less_of_the_past() {
    let mut model = all();
    let strip = |model: &mut Model| {
        let screen = seen(model, 60, 24);
        screen.lines().find(|line| line.starts_with("Last ")).unwrap_or_default().to_owned()
    };
    let mut strips = vec![strip(&mut model)];
    write(&mut model, "+");
    strips.push(strip(&mut model));
    write(&mut model, "---");
    strips.push(strip(&mut model));
    assert_snapshot!(strips.join("\n"), @"
    Last 15m: ··········MMMMMMMMMMMMMMMFFBBBBBBBBBMMMMMMMMMM now
    Last 1h: ·····································MMMMFBBMMM now
    Last 1m: MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM now
    ");
}
