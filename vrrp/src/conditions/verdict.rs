//! What all conditions of an instance come to.

use super::{Condition, Standing};
use crate::config::Effect;

/// What all conditions of an instance come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Why it may not be Master.
    pub bar: Option<Bar>,
    /// Why it is in Fault.
    pub fault: Option<String>,
    /// Why it may be Master only where nobody else is, though nothing bars it.
    pub aside: Option<String>,
    /// What is added to its priority.
    pub weight: i32,
}

/// Why an instance may not be Master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Why, in words.
    pub reason: String,
    /// Whether a person or the service manager said so, so that it holds even if nobody else serves the addresses.
    pub ordered: bool,
}

impl Verdict {
    /// Sums up conditions. Of several that bar it or put it into Fault the first gives the reason.
    ///
    /// What nobody can tell is not good. It bars, it is a Fault, and it has the weight of what is bad.
    #[must_use]
    pub fn of<'a>(conditions: impl IntoIterator<Item = &'a Condition>) -> Self {
        let mut verdict = Self::default();
        for condition in conditions {
            verdict.weight += condition.weight();
            let reason = || condition.words().to_owned();
            match condition.effect() {
                _ if condition.standing() == Standing::Good => {}
                Effect::Fault => verdict.fault = verdict.fault.or_else(|| Some(reason())),
                Effect::Backup => {
                    verdict.bar = verdict.bar.or_else(|| Some(Bar { reason: reason(), ordered: false }));
                }
                Effect::Weight(_) => {}
            }
        }
        verdict
    }

    /// Adds that somebody ordered the instance to stay Backup. What was ordered outweighs what follows from conditions.
    #[must_use]
    pub fn ordered(mut self, reason: String) -> Self {
        self.bar = Some(Bar { reason, ordered: true });
        self
    }

    /// Adds that somebody asked the instance to leave the addresses to others, as long as there are any.
    #[must_use]
    pub fn aside(mut self, reason: String) -> Self {
        self.aside = Some(reason);
        self
    }

    /// Adds what further conditions come to.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.weight += other.weight;
        self.bar = self.bar.or(other.bar);
        self.fault = self.fault.or(other.fault);
        self.aside = self.aside.or(other.aside);
        self
    }

    /// Adds the verdict on another instance that it moves with, or on all of them: weights add up, a bar bars all.
    ///
    /// A Fault is not shared here: the state machines keep it in step ([`crate::sync`]).
    #[must_use]
    pub fn with(mut self, other: &Self, name: &str) -> Self {
        self.weight += other.weight;
        let aside = other.aside.as_ref().map(|reason| format!("{name}: {reason}"));
        self.aside = self.aside.or(aside);
        if let Some(bar) = &other.bar {
            let outweighs = self.bar.as_ref().is_none_or(|own| bar.ordered && !own.ordered);
            if outweighs {
                self.bar = Some(Bar { reason: format!("{name}: {}", bar.reason), ordered: bar.ordered });
            }
        }
        self
    }
}
