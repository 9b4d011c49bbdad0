//! One condition: from what its source sees to what it counts as.

use std::time::Instant;

use super::{Finding, Observation};
use crate::config::{Damping, Effect};

/// What a condition counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody can tell, or its source has not looked yet.
    Unknown,
    /// It has no effect but a positive weight.
    Good,
    /// It has its effect.
    Bad,
}

impl Standing {
    /// The standing's name as it is written everywhere.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Good => "good",
            Self::Bad => "bad",
        }
    }
}

/// A condition in the course of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    effect: Effect,
    damping: Damping,
    standing: Standing,
    /// What made it stand as it does.
    words: String,
    /// What its source saw last, and when.
    last: Option<(Observation, Instant)>,
    /// Since when it stands as it does; none before the first observation.
    since: Option<Instant>,
    /// Results in a row that speak for another standing.
    turn: Option<Turn>,
}

/// A turn that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Turn {
    to: Standing,
    results: u8,
    /// When it is complete, once enough results have come.
    at: Option<Instant>,
}

impl Condition {
    /// Makes a condition that nobody has looked at. `words` tell why it is unknown.
    #[must_use]
    pub fn new(effect: Effect, damping: Damping, words: impl Into<String>) -> Self {
        Self { effect, damping, standing: Standing::Unknown, words: words.into(), last: None, since: None, turn: None }
    }

    /// Takes what its source saw. Tells whether its standing, its words or its weight changed.
    ///
    /// The first observation counts at once: there is nothing that damping could protect.
    pub fn observe(&mut self, now: Instant, observation: Observation) -> bool {
        let to = observation.standing();
        let weight = self.weight();
        let first = self.since.is_none();
        self.last = Some((observation, now));
        if first {
            self.turn(now, to);
            return true;
        }
        if to == self.standing {
            self.turn = None;
            return self.reword() || self.weight() != weight;
        }
        let (needed, delay) = match to {
            Standing::Good => (self.damping.rise, self.damping.up_delay),
            Standing::Bad | Standing::Unknown => (self.damping.fall, self.damping.down_delay),
        };
        let mut turn = self.turn.take().filter(|turn| turn.to == to).unwrap_or(Turn { to, results: 0, at: None });
        turn.results = turn.results.saturating_add(1);
        if turn.results >= needed {
            turn.at.get_or_insert(now + delay);
        }
        self.turn = Some(turn);
        self.expire(now)
    }

    /// Completes a turn whose time has come. Tells whether it did.
    pub fn expire(&mut self, now: Instant) -> bool {
        match &self.turn {
            Some(Turn { to, at: Some(at), .. }) if *at <= now => {
                let to = *to;
                self.turn(now, to);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Tells when [`expire`](Self::expire) is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.turn.as_ref().and_then(|turn| turn.at)
    }

    /// What it does while it is bad.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// What it counts as.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// What made it count as that.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// What its source saw last, and when.
    #[must_use]
    pub const fn last(&self) -> Option<&(Observation, Instant)> {
        self.last.as_ref()
    }

    /// Since when it counts as what it does.
    #[must_use]
    pub const fn since(&self) -> Option<Instant> {
        self.since
    }

    /// What it adds to the priority as it stands.
    #[must_use]
    pub fn weight(&self) -> i32 {
        let good = self.standing == Standing::Good;
        match (self.effect, &self.last) {
            (Effect::Weight(weight), Some((Observation { finding: Finding::Value(value), .. }, _))) if good => {
                i32::from(weight) * i32::from(*value)
            }
            (Effect::Weight(weight), _) if (weight > 0) == good => weight.into(),
            (Effect::Weight(_) | Effect::Backup | Effect::Fault, _) => 0,
        }
    }

    fn turn(&mut self, now: Instant, to: Standing) {
        self.standing = to;
        self.since = Some(now);
        self.turn = None;
        self.reword();
    }

    /// Takes the words of the last observation, and tells whether they are others.
    fn reword(&mut self) -> bool {
        match &self.last {
            Some((observation, _)) if observation.words != self.words => {
                self.words.clone_from(&observation.words);
                true
            }
            Some(_) | None => false,
        }
    }
}

impl Observation {
    const fn standing(&self) -> Standing {
        match self.finding {
            Finding::Good | Finding::Value(_) => Standing::Good,
            Finding::Bad => Standing::Bad,
            Finding::Unknown => Standing::Unknown,
        }
    }
}
