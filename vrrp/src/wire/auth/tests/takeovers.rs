//! A hundred take-overs between a router of ours and one that counts as keepalived does, packet by packet in virtual time.

use std::time::Instant;

use super::*;
use crate::config::Checksum;
use crate::machine::{Action, Event, Handover, Heard, Kind, Parameters, Place, VirtualRouter};

/// Their priority; ours is above and below it in turn.
const THEIRS: u8 = 100;

/// How one side numbers and verifies.
enum Numbering {
    /// As this library does.
    Ours(Box<Association>),
    /// One counter of what was sent and heard, from 0.
    Keepalived(u32),
}

struct Side {
    machine: VirtualRouter,
    numbering: Numbering,
    address: IpAddr,
}

impl Side {
    fn new(numbering: Numbering, address: IpAddr, priority: u8, now: Instant) -> Self {
        let mut machine = VirtualRouter::new(parameters(priority), Place::Alone);
        for event in [Event::Startup, Event::Usable(address)] {
            // Nothing is sent before a timer runs out.
            let _entered = machine.handle(now, event);
        }
        Self { machine, numbering, address }
    }

    fn seal(&mut self, priority: Option<Priority>, clock: Duration) -> Vec<u8> {
        let sent = Sent {
            source: self.address,
            addresses: vec![address("192.0.2.10")],
            ..Sent::new(Version::V2, "192.0.2.1")
        };
        let draft = Draft { priority, ..sent.draft() };
        let mut bytes = Vec::new();
        match &mut self.numbering {
            Numbering::Ours(association) => {
                let stamp = association.stamp(clock);
                association.encode(&draft, stamp, &mut bytes);
            }
            Numbering::Keepalived(counter) => {
                *counter += 1;
                let sender = Association::new(keys());
                sender.encode(&draft, Stamp(Stamped::Ah(*counter)), &mut bytes);
            }
        }
        bytes
    }

    /// Takes a packet in as each of them does, or says that it is refused.
    fn open(&mut self, bytes: &[u8], clock: Duration) -> Result<Heard, Discard> {
        let packet = Packet::from_ipv4(bytes)?;
        let opened = match &mut self.numbering {
            Numbering::Ours(association) => association.open(&packet, clock).map_err(|refusal| refusal.discard)?,
            Numbering::Keepalived(counter) => {
                let number = ah::verify(&secret(b"hunter2"), &packet, &packet.seal.ok_or(Discard::AuthMissing)?)?;
                if number <= *counter {
                    return Err(Discard::AuthReplay);
                }
                *counter = number;
                Association::new(keys()).open(&packet, clock).map_err(|refusal| refusal.discard)?
            }
        };
        let Advertisement { version, priority, interval, dialect, .. } = opened.advertisement;
        Ok(Heard { source: packet.source, version, priority, interval, dialect })
    }
}

fn keys() -> Keys {
    Keys::Ah(secret(b"hunter2"))
}

fn ours() -> Numbering {
    Numbering::Ours(Box::new(Association::new(keys())))
}

fn parameters(priority: u8) -> Parameters {
    Parameters {
        family: Family::V4,
        version: Version::V2,
        priority: Priority::new(priority).unwrap(),
        interval: Interval::DEFAULT,
        preempt: true,
        preempt_delay: Duration::ZERO,
        checksum: Checksum::Auto,
        handover: Handover::default(),
    }
}

struct Segment {
    sides: [Side; 2],
    begun: Instant,
    now: Instant,
    /// How many advertisements were taken in.
    taken: usize,
}

impl Segment {
    fn clock(&self) -> Duration {
        NOW + (self.now - self.begun)
    }

    /// Applies an event to a side, delivers what follows at once, and checks that nothing of it is refused.
    fn handle(&mut self, side: usize, event: Event) {
        let actions = self.sides[side].machine.handle(self.now, event);
        let clock = self.clock();
        for action in actions {
            let priority = match action {
                Action::Advertise(priority) | Action::Hasten(priority) => Some(priority),
                Action::Resign => None,
                Action::Claim
                | Action::Drain
                | Action::Release
                | Action::Announce
                | Action::Discard(_)
                | Action::CountFiltered
                | Action::Contested
                | Action::Enter(..) => continue,
            };
            let bytes = self.sides[side].seal(priority, clock);
            let heard = self.sides[1 - side].open(&bytes, clock);
            let heard = heard.unwrap_or_else(|discard| panic!("side {side} is refused: {discard}, at {clock:?}"));
            self.taken += 1;
            self.handle(1 - side, Event::Received(heard));
        }
    }

    /// Lets time pass until one side alone is Master, and three seconds more.
    fn settle(&mut self, master: usize) {
        let mut end = self.now + Duration::from_secs(10);
        let mut settled = false;
        loop {
            let kinds = [0, 1].map(|side| self.sides[side].machine.kind());
            assert_ne!(kinds, [Kind::Master; 2], "two Masters");
            if !settled && kinds[master] == Kind::Master {
                (settled, end) = (true, self.now + Duration::from_secs(3));
            }
            let deadlines = [0, 1].map(|side| self.sides[side].machine.deadline());
            let next = deadlines.into_iter().flatten().min().expect("somebody waits");
            if next > end {
                assert!(settled, "{kinds:?}, and {master} should be Master");
                return;
            }
            self.now = self.now.max(next);
            for side in 0..2 {
                if self.sides[side].machine.deadline().is_some_and(|deadline| deadline <= self.now) {
                    self.handle(side, Event::Deadline);
                }
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "virtual time starts at some instant, and std makes no other")]
fn beginning() -> Instant {
    Instant::now()
}

#[test]
fn nothing_is_refused_and_nobody_is_a_second_master() {
    let begun = beginning();
    let (left, right) = (address("192.0.2.1"), address("192.0.2.2"));
    let sides = [Side::new(ours(), left, 50, begun), Side::new(Numbering::Keepalived(0), right, THEIRS, begun)];
    let mut segment = Segment { sides, begun, now: begun, taken: 0 };
    segment.settle(1);
    for turn in 0..100 {
        let (priority, master) = if turn % 2 == 0 { (200, 0) } else { (50, 1) };
        segment.handle(0, Event::Reconfigured(parameters(priority)));
        segment.settle(master);
        match turn % 10 {
            // We crash as Master, they take over, and we come back.
            4 => {
                segment.sides[0] = Side::new(ours(), left, 1, segment.now);
                segment.settle(1);
            }
            // They crash as a Backup and come back without any number.
            8 => segment.sides[1] = Side::new(Numbering::Keepalived(0), right, THEIRS, segment.now),
            _ => {}
        }
    }
    assert!(segment.taken > 400, "{}", segment.taken);
}
