use super::*;

fn transitions(count: usize, reason: impl Fn(usize) -> String) -> Vec<Transition> {
    let one = |number| Transition {
        instance: format!("i{number}"),
        from: State::Backup,
        to: State::Master,
        reason: reason(number),
    };
    (0..count).map(one).collect()
}

#[test]
fn one_cause_is_one_line_that_names_some() {
    let all = transitions(250, |_| "eth0 is up".to_owned());
    assert_eq!(text_of_many(&all[0], &all), "250 instances: Backup -> Master: eth0 is up: i0, i1, i2, i3 and 246 more");
    let all = transitions(4, |number| format!("silent for {number} s"));
    assert_eq!(
        text_of_many(&all[0], &all),
        "4 instances: Backup -> Master: silent for 0 s, or the like: i0, i1, i2, i3"
    );
}

#[test]
fn two_causes_in_one_turn_are_two_groups_in_their_order() {
    let all = transitions(6, |number| format!("eth{} is up", number % 2));
    let groups = alike(all, |one| one.reason.clone());
    let names = |group: &Vec<Transition>| group.iter().map(|one| one.instance.clone()).collect::<Vec<_>>();
    assert_eq!(groups.iter().map(names).collect::<Vec<_>>(), [["i0", "i2", "i4"], ["i1", "i3", "i5"]]);
}

#[test]
fn what_comes_in_thousands_of_turns_waits_for_the_end_of_the_second() {
    let start = Instant::now();
    let mut journal = Transitions::default();
    for number in 0..1000 {
        assert!(journal.add(&format!("of-thousands-{number}"), State::Backup, State::Master, "silence"));
        journal.tell(start + Duration::from_micros(number));
    }
    assert_eq!((journal.lines, journal.late.len()), (LINES, 1000 - LINES));
    assert_eq!(journal.due(), Some(start + WINDOW));
    journal.tell(start + WINDOW);
    assert_eq!((journal.late.len(), journal.due()), (0, None));
}

#[test]
fn one_that_flaps_is_left_out_and_silences_nobody_else() {
    let mut journal = Transitions::default();
    while journal.add("flaps", State::Backup, State::Master, "silence") {}
    assert!(journal.add("calm", State::Backup, State::Master, "silence"));
}
