//! What keys do.

use super::*;

#[test]
fn all_of_one_instance_can_be_read_through() {
    let mut model = all();
    press(&mut model, KeyCode::Enter);
    assert_snapshot!(seen(&mut model, 80, 24), @"
    2 of 4 instances are not well: lan in Fault, mail barred.
    left | vrrpd 0.1.0, up 3h 0m | adverts: 2.0/s in, 2.0/s out
    ── lines 1 to 20 of 44 ─────────────────────────────────────────────────────────
    web is Master: 192.0.2.2 was silent for 3.609 s
    Last 15m: ··············BMMMMMMMMMMMMMMMMMMMMMFFBBBBBBBBBBBBBBMMMMMMMMMMMMMM now

              State: Master since 2023-11-14 22:10:15 UTC (3m 5s ago)
                Why: 192.0.2.2 was silent for 3.609 s
             Master: this host, as 192.0.2.1
                     this host, as fe80::1
           Priority: 100
          Addresses: 192.0.2.10/24
                     2001:db8::10/64
               Held: yes, services can bind the addresses whoever is Master
         Conditions: unit http.service is good, else backup: http.service is
                       active

          Interface: eth0
               VRID: 51
            Version: 3
         Advertises: every 1s
           Preempts: no
               Hold: address
    q quit  ? help  Enter details  / filter  r resign  u undo  d disable  e enable
    ");
    seen(&mut model, 60, 12);
    press(&mut model, KeyCode::End);
    assert_snapshot!(seen(&mut model, 60, 12), @"
    2 of 4 instances are not well: lan in Fault, mail barred.
    left | vrrpd 0.1.0, up 3h 0m | adverts: 2.0/s in, 2.0/s out
    ── lines 39 to 46 of 46 ────────────────────────────────────
            Counted: 2 advertisements sent

    What happened last:
    3m 5s ago: Backup -> Master: 192.0.2.2 was silent for 3.609…
    6m 30s ago: Fault -> Backup: eth0 is up
    6m 40s ago: Master -> Fault: eth0 is down
    11m 30s ago: Backup -> Master: no Master was heard for 3.60…
    11m 40s ago: Init -> Backup: no Master was heard yet
    q quit  ? help  Enter details  / filter  r resign  u undo
    ");
    press(&mut model, KeyCode::Esc);
    assert!(seen(&mut model, 80, 24).contains("NAME"));
}

#[test]
fn what_gives_something_up_is_asked_first() {
    let mut model = all();
    for (key, verb, question) in [
        ('r', Verb::Resign, "Resign web? Another host takes over. y/n"),
        ('d', Verb::Disable, "Disable web? It is changed in the files, too. y/n"),
        ('e', Verb::Enable, "Enable web? It is changed in the files, too. y/n"),
    ] {
        assert_eq!(press(&mut model, KeyCode::Char(key)), None);
        assert_eq!(seen(&mut model, 80, 24).lines().last(), Some(question));
        assert_eq!(write(&mut model, "x "), None);
        assert_eq!(write(&mut model, "n"), None);
        assert_eq!(seen(&mut model, 80, 24).lines().last(), Some("Nothing was done."));
        let action = Action { verb, name: "web".to_owned() };
        assert_eq!(write(&mut model, &format!("{key}y")), Some(Order::Act(action)));
    }
    let undo = Action { verb: Verb::ComeBack, name: "web".to_owned() };
    assert_eq!(write(&mut model, "u"), Some(Order::Act(undo.clone())));
    model.running = Some(undo);
    assert_eq!(seen(&mut model, 80, 24).lines().last(), Some("Waiting for vrrpadm resign --undo web"));
    assert_eq!(write(&mut model, "r"), None);
    assert_eq!(
        seen(&mut model, 80, 24).lines().last(),
        Some("One thing at a time: vrrpadm resign --undo web goes on.")
    );
    let long = "this changes /etc/vrrp and the services of this host: run it as root, for example with sudo";
    model.tell(Outcome { text: long.to_owned(), well: false }, NOW);
    let told = seen(&mut model, 80, 24);
    assert!(told.ends_with("run it as root, for\n  example with sudo\n"), "{told}");
}

#[test]
fn instances_are_found_in_thousands() {
    let many = (0..4000).map(|number| Instance { name: format!("i{number:04}"), ..master() });
    let mut model = looking(many.collect());
    let selected = |model: &Model| model.selected().cloned().unwrap_or_default();
    seen(&mut model, 80, 24);
    press(&mut model, KeyCode::PageDown);
    press(&mut model, KeyCode::Down);
    assert_eq!(selected(&model), format!("i{:04}", model.room + 1));
    press(&mut model, KeyCode::End);
    assert!(seen(&mut model, 80, 24).contains(">  i3999"));
    write(&mut model, "/i12");
    assert!(seen(&mut model, 80, 24).ends_with("/i12_ (Enter keeps it, Esc drops it)\n"));
    press(&mut model, KeyCode::Enter);
    press(&mut model, KeyCode::Home);
    assert_eq!(selected(&model), "i1200");
    let found = seen(&mut model, 80, 24);
    assert!(found.contains("── 100 of 4000, with \"i12\", trouble first ──"), "{found}");
    write(&mut model, "s/zzz");
    assert!(seen(&mut model, 80, 24).contains("No instance has that in its row. Esc shows all."));
    press(&mut model, KeyCode::Esc);
    press(&mut model, KeyCode::Esc);
    assert!(seen(&mut model, 80, 24).contains("── 4000, by name ──"));
}

#[test]
fn the_keys_are_told_and_end_it() {
    let mut model = all();
    press(&mut model, KeyCode::Char('?'));
    assert_snapshot!(seen(&mut model, 80, 24), @"
    2 of 4 instances are not well: lan in Fault, mail barred.
    left | vrrpd 0.1.0, up 3h 0m | adverts: 2.0/s in, 2.0/s out
    q                     quit
    ?                     help
    Enter                 details
    /                     filter
    r                     resign
    u                     undo
    d                     disable
    e                     enable
    s                     sort otherwise
    + -                   more, less of the past
    Up Down k j           move
    PgUp PgDn Home End    move further
    Esc                   back, no filter
    Ctrl-L Ctrl-Z         redraw, suspend

    ! is not well. M Master, B Backup, F Fault, I Init: the states of the past,
      now at the right. TIMER: until this host takes over (Backup) or advertises
      (Master).



    q quit  ? help  Enter details  / filter  r resign  u undo  d disable  e enable
    ");
    assert_snapshot!(seen(&mut model, 40, 10), @"
    2 of 4 instances are not well: lan in F…
    left | vrrpd 0.1.0, up 3h 0m | adverts:…
    q: quit, ?: help, Enter: details, /:
      filter, r: resign, u: undo, d:
      disable, e: enable, s: sort otherwise,
      + -: more, less of the past, Up Down k
      j: move, PgUp PgDn Home End: move
      further, Esc: back, no filter, Ctrl-L
      Ctrl-Z: redraw, suspend
    q quit  ? help  Enter details  / filter
    ");
    press(&mut model, KeyCode::Char('q'));
    assert_eq!(press(&mut model, KeyCode::Char('q')), Some(Order::Quit));
    let control = |model: &mut Model, key| model.press(KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL), NOW);
    assert_eq!(control(&mut model, 'c'), Some(Order::Quit));
    assert_eq!(control(&mut model, 'l'), Some(Order::Redraw));
    assert_eq!(control(&mut model, 'z'), Some(Order::Suspend));
}
