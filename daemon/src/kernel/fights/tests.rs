//! When something is told, and as what.

use super::*;

#[test]
fn one_flush_is_told_once_and_what_goes_on_is_a_fight_told_once_a_minute() {
    let mut fights = Fights::default();
    let start = Instant::now();
    let at = |milliseconds: u64| start + Duration::from_millis(milliseconds);
    assert_eq!(fights.undone(2, at(0)), Telling::Once);
    assert_eq!(fights.undone(2, at(90)), Telling::Nothing);
    assert_eq!(fights.undone(3, at(90)), Telling::Once);
    // A steady quick fight is one round, and another count stops it.
    assert_eq!(fights.undone(2, at(180)), Telling::Nothing);
    let told: Vec<Telling> = (1..=130).map(|second| fights.undone(2, at(second * 1000))).collect();
    assert_eq!(told[..4], [Telling::Once, Telling::Once, Telling::Once, Telling::Fight(5)]);
    let fights = told.iter().filter(|told| matches!(told, Telling::Fight(_))).count();
    assert_eq!(fights, 3);
    assert_eq!(told[63], Telling::Fight(60));
}

#[test]
fn what_is_rare_is_no_fight() {
    let mut fights = Fights::default();
    let start = Instant::now();
    let mut told = (0..100).map(|round| fights.undone(2, start + round * Duration::from_secs(16)));
    assert!(told.all(|told| told == Telling::Once));
}

#[test]
fn a_program_is_known_by_its_number() {
    let own = program(std::process::id()).unwrap();
    assert!(own.starts_with("vrrpd-"), "{own}");
    assert_eq!(program(LARGEST_PROCESS).unwrap(), format!("process {LARGEST_PROCESS}"));
    assert_eq!(program(0), None);
    assert_eq!(program(u32::MAX - 4096), None);
}
