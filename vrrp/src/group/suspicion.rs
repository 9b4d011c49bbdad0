//! Whose fault it is that probes are lost: the member's, or that of the targets and the switch.

use std::time::Instant;

use super::{Action, Group, LOSSES};

/// How many intervals two members' first losses of one cause are apart, at most.
const OFFSET: u32 = 2;

impl Group {
    /// Fails the members whose probes were lost, once it is known whether others get answers.
    ///
    /// A member that alone loses its probes is to blame. Where all lose them at once, the group has failed, and its targets
    /// may have moved.
    pub(super) fn judge_suspects(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let suspects: Vec<usize> =
            (0..self.members.len()).filter(|member| self.members[*member].probing.is_suspect()).collect();
        if suspects.is_empty() {
            return;
        }
        let witnesses: Vec<usize> =
            (0..self.members.len()).filter(|member| self.members[*member].is_witness(&self.alive)).collect();
        let together = witnesses.len() > 1 && witnesses.iter().all(|witness| suspects.contains(witness));
        for suspect in suspects {
            // Members do not probe at one time: what was answered just after this one's first loss may have been before
            // another one's.
            let first = self.members[suspect].probing.first_loss().unwrap_or(now) + self.interval() * OFFSET;
            let others = || witnesses.iter().filter(|witness| **witness != suspect);
            let answered = |member: &&usize| self.members[**member].probing.last_answer().is_some_and(|at| at > first);
            let link = &self.members[suspect].link;
            let lost = format!("{link}: {LOSSES} probes in a row were not answered");
            let reason = match others().find(answered) {
                Some(other) => format!("{lost}, while {} gets answers", self.members[*other].link),
                None if together => format!("{lost}, nor on any other member: the switch or the targets have failed"),
                None if others().next().is_none() || self.members[suspect].probing.is_beyond_doubt() => lost,
                // Another one has yet to get an answer, or to lose its own.
                None => continue,
            };
            self.members[suspect].fail(reason);
        }
        if together {
            self.find_all_anew(actions);
        }
    }

    fn find_all_anew(&mut self, actions: &mut Vec<Action>) {
        for (member, one) in self.members.iter_mut().enumerate() {
            one.probing.wake_targets();
            let reason = "no member gets answers any more".to_owned();
            actions.push(Action::FindTargets { member, reason });
        }
    }
}
