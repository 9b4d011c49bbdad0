//! What is to be sent together: packets that fall due in one turn, sorted by the way that they take.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Place;

/// How packets leave: those with the same way leave with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// Through a raw socket, from an address to another.
    Raw { place: Place, source: IpAddr, destination: IpAddr },
    /// As frames out of the link with that index.
    Frame { link: u32 },
}

/// Packets that wait, in the order of their coming on each way.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    ways: BTreeMap<Way, Waiting>,
    count: usize,
}

/// What waits for one way.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    bytes: Vec<u8>,
    /// Where each packet ends, and its number among all.
    ends: Vec<(usize, usize)>,
}

impl Outbox {
    /// Adds a packet, and gives its number: they count from 0 on, and anew after [`take`](Self::take).
    pub(super) fn add(&mut self, way: Way, packet: &[u8]) -> usize {
        let number = self.count;
        self.count += 1;
        let waiting = self.ways.entry(way).or_default();
        waiting.bytes.extend_from_slice(packet);
        waiting.ends.push((waiting.bytes.len(), number));
        number
    }

    /// Takes all that waits.
    pub(super) fn take(&mut self) -> BTreeMap<Way, Waiting> {
        self.count = 0;
        std::mem::take(&mut self.ways)
    }
}

impl Waiting {
    /// The packets.
    pub(super) fn packets(&self) -> Vec<&[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        let packets = starts.zip(&self.ends).map(|(start, (end, _))| self.bytes.get(start..*end).unwrap_or_default());
        packets.collect()
    }

    /// The number of a packet among all, by its place here.
    pub(super) fn number(&self, place: usize) -> Option<usize> {
        self.ends.get(place).map(|(_, number)| *number)
    }
}
