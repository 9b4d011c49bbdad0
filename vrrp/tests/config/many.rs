//! Files of tens of thousands of lines: every mistake is told, and nothing else.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use vrrp::config::problem::Problem;

use super::check_text;

const INSTANCES: usize = 4000;
const LINES: usize = 10;

/// The lines of one of thousands of instances. Each has ten lines, an address and a VRID of its own.
fn instance(number: usize) -> [String; LINES] {
    let (link, vrid) = (number / 250, number % 250 + 1);
    [
        format!("[instance.i{number:04}]"),
        format!("interface = \"eth{link}\""),
        format!("vrid = {vrid}"),
        format!("addresses = [\"10.{link}.1.{vrid}/24\"]"),
        "priority = 100".to_owned(),
        "advert_interval = \"1s\"".to_owned(),
        "preempt = true".to_owned(),
        format!("protect = [\"service{number}.service\"]"),
        "hold = \"address\"".to_owned(),
        String::new(),
    ]
}

/// Puts a mistake into the lines of an instance, of another kind than its neighbours have.
fn spoil(number: usize, lines: &mut [String; LINES]) {
    let (link, vrid) = (number / 250, number % 250 + 1);
    let (line, text) = match number / 2 % 10 {
        0 => (2, "vrid = 300".to_owned()),
        1 => (8, "colour = \"red\"".to_owned()),
        2 => (3, format!("addresses = [\"10.{link}.1.{vrid}/44\"]")),
        3 => (4, "priority = \"high\"".to_owned()),
        4 => (5, "advert_interval = 1s".to_owned()),
        5 => (6, "preempt = yes".to_owned()),
        6 => (7, "protect = [\"http\"]".to_owned()),
        7 => (8, "priority = 5".to_owned()),
        // What the instance before has.
        8 => (2, format!("vrid = {}", vrid - 1)),
        _ => (3, format!("addresses = [\"10.{link}.1.{}/24\"]", vrid - 1)),
    };
    lines[line] = text;
}

fn text(wrong: impl Fn(usize) -> bool) -> String {
    (0..INSTANCES).fold(String::new(), |mut text, number| {
        let mut lines = instance(number);
        if wrong(number) {
            spoil(number, &mut lines);
        }
        text.push_str(&lines.join("\n"));
        text.push('\n');
        text
    })
}

/// Which instances the problems stand in.
fn told(problems: &[Problem]) -> BTreeSet<usize> {
    problems.iter().map(|problem| (problem.place.line - 1) / LINES).collect()
}

#[test]
fn each_of_2000_mistakes_in_40_000_lines_is_told_where_it_stands() {
    assert_eq!(check_text(&text(|_| false)).unwrap().config.instances.len(), INSTANCES);
    let odd = |number: usize| number % 2 == 1;
    let wrong = text(odd);
    assert_eq!(wrong.lines().count(), INSTANCES * LINES);
    let problems = check_text(&wrong).unwrap_err();
    assert_eq!(told(&problems), (0..INSTANCES).filter(|&number| odd(number)).collect());
    assert_eq!(problems.len(), INSTANCES / 2);
}

#[test]
fn each_of_2000_wrong_names_is_told_though_not_each_gets_an_advice() {
    let right = text(|_| false);
    let groups = (0..INSTANCES / 2).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "[sync.s{number}]\ninstances = [\"i{:04}\", \"1i{number:03}\"]", number * 2);
        text
    });
    let problems = check_text(&(right + &groups)).unwrap_err();
    assert_eq!(problems.len(), INSTANCES / 2);
    assert!(problems.iter().all(|problem| problem.message.starts_with("there is no instance 1i")));
    assert!(problems[0].message.ends_with("did you mean \"i1000\"?"), "{}", problems[0].message);
    let last = &problems[INSTANCES / 2 - 1].message;
    assert!(last.ends_with("add [instance.1i1999], or leave it out"), "{last}");
}
