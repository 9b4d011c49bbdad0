//! Who advertised when, as a switch saw it.

use std::time::{Duration, SystemTime};

use lab::{Advert, Capture, Frame};

/// The hosts that advertised a virtual router in one family, in the order in which they took over.
///
/// Of the Master that was deposed, what it sends within `grace` of the new one's first advertisement does not count: the
/// two cross on the wire.
pub(crate) fn turns(wire: &Capture, vrid: u8, ipv4: bool, grace: Duration) -> Vec<String> {
    let family = |frame: &Frame| frame.advert().is_some_and(|advert| advert.source.is_ipv4() == ipv4);
    let mut turns: Vec<(String, SystemTime)> = Vec::new();
    for frame in wire.all(|frame| frame.advertises(vrid) && family(frame)) {
        let host = frame.port.split('-').next().unwrap_or_default();
        if turns.last().is_some_and(|(last, _)| last == host) {
            continue;
        }
        let crossing = turns.iter().rev().take(2).collect::<Vec<_>>();
        if let [(_, since), (former, _)] = crossing[..]
            && former == host
            && frame.at.duration_since(*since).unwrap_or_default() < grace
        {
            continue;
        }
        turns.push((host.to_owned(), frame.at));
    }
    turns.into_iter().map(|(host, _)| host).collect()
}

/// How long after each resignation in one family somebody advertised, and by which port.
pub(crate) fn takeovers(wire: &Capture, vrid: u8, ipv4: bool) -> Vec<(String, Duration)> {
    let mut resigned: Option<Frame> = None;
    let mut found = Vec::new();
    let ours = |advert: &Advert| advert.vrid == vrid && advert.source.is_ipv4() == ipv4;
    for frame in wire.all(|frame| frame.advert().is_some_and(ours)) {
        if frame.resigns() {
            resigned = Some(frame);
        } else if let Some(resign) = resigned.take() {
            let time = frame.at.duration_since(resign.at).unwrap_or_default();
            found.push((frame.port.clone(), time));
        }
    }
    found
}
