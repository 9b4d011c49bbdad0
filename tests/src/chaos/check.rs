//! What has to hold of the advertisements on the wire.

use std::time::{Duration, SystemTime};

use crate::capture::Frame;
use crate::pair::VRID;

/// An advertisement of one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Advert {
    pub(super) at: SystemTime,
    pub(super) host: String,
    pub(super) resigns: bool,
}

/// The advertisements of a family among frames, in the order in which they came.
pub(super) fn adverts(frames: &[Frame], ipv4: bool) -> Vec<Advert> {
    let advert = |frame: &Frame| {
        let advert = frame.advert().filter(|advert| advert.vrid == VRID && advert.source.is_ipv4() == ipv4)?;
        let host = frame.port.rsplit_once('-')?.0.to_owned();
        Some(Advert { at: frame.at, host, resigns: advert.priority == 0 })
    };
    let mut found: Vec<Advert> = frames.iter().filter_map(advert).collect();
    found.sort_by_key(|advert| advert.at);
    found
}

/// The longest time without an advertisement of a Master between two moments, and when it began.
pub(super) fn longest_gap(adverts: &[Advert], from: SystemTime, to: SystemTime) -> (Duration, SystemTime) {
    let times = adverts.iter().filter(|advert| !advert.resigns && advert.at > from && advert.at < to);
    let mut longest = (Duration::ZERO, from);
    let mut before = from;
    for at in times.map(|advert| advert.at).chain([to]) {
        let gap = at.duration_since(before).unwrap_or_default();
        if gap > longest.0 {
            longest = (gap, before);
        }
        before = at;
    }
    longest
}

/// The longest time for which two hosts advertised as Master at once, and who they were.
pub(super) fn longest_contest(adverts: &[Advert], interval: Duration) -> (Duration, Vec<String>) {
    let reigns = reigns(adverts, interval);
    let mut longest = (Duration::ZERO, Vec::new());
    for (number, one) in reigns.iter().enumerate() {
        for other in reigns.iter().skip(number + 1).filter(|other| other.host != one.host) {
            let (start, end) = (one.first.max(other.first), one.last.min(other.last));
            let contest = end.duration_since(start).unwrap_or_default();
            if contest > longest.0 {
                longest = (contest, vec![one.host.clone(), other.host.clone()]);
            }
        }
    }
    longest
}

/// From a host's first advertisement as Master to its last before it resigned or fell silent.
struct Reign {
    host: String,
    first: SystemTime,
    last: SystemTime,
}

fn reigns(adverts: &[Advert], interval: Duration) -> Vec<Reign> {
    // A Master sends every interval; one that is late by more has stopped meanwhile.
    let silence = interval * 5 / 2;
    let mut over: Vec<Reign> = Vec::new();
    let mut running: Vec<Reign> = Vec::new();
    for advert in adverts {
        let place = running.iter().position(|reign| reign.host == advert.host);
        match place {
            Some(place) if advert.resigns => over.push(running.swap_remove(place)),
            Some(place) if advert.at.duration_since(running[place].last).unwrap_or_default() <= silence => {
                running[place].last = advert.at;
            }
            Some(place) => {
                let new = Reign { host: advert.host.clone(), first: advert.at, last: advert.at };
                over.push(std::mem::replace(&mut running[place], new));
            }
            None if advert.resigns => {}
            None => running.push(Reign { host: advert.host.clone(), first: advert.at, last: advert.at }),
        }
    }
    over.extend(running);
    over
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use super::{Advert, longest_contest, longest_gap};

    const INTERVAL: Duration = Duration::from_millis(100);

    fn at(millis: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(millis)
    }

    fn adverts(sent: &[(u64, &str)]) -> Vec<Advert> {
        let advert = |(millis, host): &(u64, &str)| Advert {
            at: at(*millis),
            host: host.trim_end_matches('!').into(),
            resigns: host.ends_with('!'),
        };
        sent.iter().map(advert).collect()
    }

    #[test]
    fn a_gap_ends_at_an_advertisement_of_anybody_and_not_at_a_resignation() {
        let sent = adverts(&[(100, "left"), (150, "left!"), (500, "right"), (600, "right")]);
        assert_eq!(longest_gap(&sent, at(0), at(700)), (Duration::from_millis(400), at(100)));
        assert_eq!(longest_gap(&sent, at(0), at(1200)), (Duration::from_millis(600), at(600)));
    }

    #[test]
    fn two_who_advertise_in_turns_are_two_masters_until_one_stops() {
        let sent =
            adverts(&[(0, "left"), (100, "left"), (150, "right"), (200, "left"), (250, "right"), (350, "right")]);
        assert_eq!(longest_contest(&sent, INTERVAL), (Duration::from_millis(50), vec!["left".into(), "right".into()]));
    }

    #[test]
    fn one_after_the_other_is_no_contest_also_when_the_first_returns() {
        let sent =
            adverts(&[(0, "left"), (50, "left!"), (60, "right"), (160, "right"), (170, "right!"), (180, "left")]);
        assert_eq!(longest_contest(&sent, INTERVAL).0, Duration::ZERO);
        let sent = adverts(&[(0, "left"), (100, "left"), (400, "right"), (500, "right"), (900, "left")]);
        assert_eq!(longest_contest(&sent, INTERVAL).0, Duration::ZERO);
    }
}
