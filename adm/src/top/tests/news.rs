//! What is shown of what the daemon tells.

use super::*;

#[test]
fn what_cannot_be_seen_is_not_shown_as_if_it_were() {
    let mut model = all();
    model.apply(Update::Event(Event::Running(false)), NOW);
    model.arrange();
    let away = seen(&mut model, 80, 24);
    assert!(
        away.starts_with(
            "vrrpd is not running: start it with systemctl start vrrp.service\nleft | this goes on by itself"
        ),
        "{away}"
    );
    assert!(!away.contains("192.0.2."), "{away}");
    assert_eq!(press(&mut model, KeyCode::Char('r')), None);
    // What it was is still known when it is there again.
    model.apply(
        Update::Status(
            Box::new(Status { daemon: daemon(), instances: vec![master()], ..Status::default() }),
            Instant::now(),
        ),
        NOW,
    );
    model.arrange();
    assert!(seen(&mut model, 80, 24).contains("11m 40s ago: Init -> Backup"));
    model.apply(Update::Away(Refusal::Silent(Duration::from_secs(5))), NOW);
    assert!(seen(&mut model, 80, 24).starts_with("vrrpd has not answered for 5 s"));
    let fresh = &mut Model::new("left".to_owned(), BTreeSet::new(), Sort::Name);
    assert!(seen(fresh, 80, 24).starts_with("Asking vrrpd how everything is."));
    assert!(seen(&mut looking(Vec::new()), 80, 24).contains("There is no instance to show."));
}

#[test]
fn an_event_is_seen_before_the_next_status() {
    let mut model = all();
    let (instance, reason) = ("web".to_owned(), "eth0 is down\u{1b}[2J".to_owned());
    let transition = events::Transition { instance, old: State::Master, new: State::Fault, reason, since: NOW };
    model.apply(Update::Event(Event::Transition(transition)), NOW);
    model.arrange();
    let now = seen(&mut model, 80, 24);
    assert!(
        now.contains("web is in Fault: eth0 is down?[2J") && now.contains("0s ago: Master -> Fault: eth0"),
        "{now}"
    );
    model.apply(Update::Event(Event::Removed("web".to_owned())), NOW);
    model.arrange();
    assert_eq!(model.shown().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["lan", "mail", "db"]);
    assert_eq!(model.selected().map(String::as_str), Some("mail"), "what is in its place is selected");
}

#[test]
fn trouble_comes_to_who_has_not_moved() {
    let mut model = looking(vec![backup(), master()]);
    assert_eq!(model.selected().map(String::as_str), Some("db"));
    let down = |model: &mut Model, instance: &str| {
        let (instance, reason) = (instance.to_owned(), "eth0 is down".to_owned());
        let transition = events::Transition { instance, old: State::Master, new: State::Fault, reason, since: NOW };
        model.apply(Update::Event(Event::Transition(transition)), NOW);
        model.arrange();
    };
    down(&mut model, "web");
    assert_eq!(model.selected().map(String::as_str), Some("web"));
    // Who is asked about one, reads of one, or has chosen one, keeps it.
    for keys in [&[KeyCode::Char('r')][..], &[KeyCode::Enter], &[KeyCode::Down, KeyCode::Up, KeyCode::Down]] {
        let mut model = looking(vec![backup(), Instance { name: "a".to_owned(), ..master() }, master()]);
        keys.iter().for_each(|&key| drop(press(&mut model, key)));
        let selected = model.selected().cloned();
        down(&mut model, "web");
        assert_eq!(model.selected(), selected.as_ref(), "{keys:?}");
    }
}
