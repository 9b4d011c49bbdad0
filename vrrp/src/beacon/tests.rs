use super::*;

const LEAST: Duration = Duration::from_secs(200);
const MOST: Duration = Duration::from_secs(600);

/// When advertisements are sent in a time, if hosts ask at some.
fn run(seed: u64, asked: &[Duration], until: Duration) -> Vec<Duration> {
    let start = beginning();
    let mut beacon = Beacon::new(start, LEAST, MOST, seed);
    let mut asked = asked.iter().copied().peekable();
    let mut sent = Vec::new();
    loop {
        let due = beacon.due() - start;
        if let Some(at) = asked.next_if(|&at| at < due) {
            beacon.ask(start + at);
            continue;
        }
        if due > until {
            return sent;
        }
        assert!(due.is_zero() || !beacon.take_due(start + due - Duration::from_millis(1)), "too early");
        assert!(beacon.take_due(start + due));
        sent.push(due);
    }
}

#[test]
fn a_take_over_is_told_at_once_twice_again_and_then_at_leisure() {
    for seed in 0..200 {
        let sent = run(seed, &[], Duration::from_secs(4000));
        assert_eq!(sent[0], Duration::ZERO);
        let gaps: Vec<Duration> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps[..2].iter().all(|gap| *gap == INITIAL_INTERVAL), "{gaps:?}");
        assert!(gaps[2..].iter().all(|gap| (LEAST..=MOST).contains(gap)), "{gaps:?}");
    }
    assert_ne!(run(1, &[], 3 * MOST), run(2, &[], 3 * MOST), "routers do not keep step");
}

#[test]
fn whoever_asks_is_answered_and_a_flood_is_answered_every_three_seconds() {
    let at = Duration::from_secs(1000);
    for seed in 0..200 {
        let sent = run(seed, &[at], at + Duration::from_secs(4));
        let before = sent.iter().rfind(|sent| **sent < at).copied().unwrap();
        let answer = sent.iter().find(|sent| **sent >= at).copied().unwrap();
        assert!(answer <= (at + DELAY).max(before + AT_LEAST), "{sent:?}");
        assert!(answer - before >= AT_LEAST, "{sent:?}");
    }
    let flood: Vec<Duration> = (0..30_000).map(Duration::from_millis).collect();
    let sent = run(7, &flood, Duration::from_secs(30));
    assert!(sent.windows(2).all(|pair| pair[1] - pair[0] >= AT_LEAST), "{sent:?}");
    assert!((8..=11).contains(&sent.len()), "{sent:?}");
}

#[expect(clippy::disallowed_methods, reason = "virtual time starts at some instant, and std makes no other")]
fn beginning() -> Instant {
    Instant::now()
}
