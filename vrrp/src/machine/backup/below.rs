//! What a Backup sees of its Master below the firewall.

use super::{Backup, Down, Silence};
use crate::machine::filtered::{HeldBack, Look};
use crate::machine::{Action, Heard, Kind, Moment, Peer, Standing};

impl Backup {
    /// Tells whether it must be looked below the firewall for the Master.
    pub(in crate::machine) fn look(&self, standing: &Standing) -> Look {
        match self.down {
            Down::Barred => Look::No,
            Down::Out(_) => Look::Yes,
            Down::Runs { .. } if self.deaf || standing.filter.is_some() => Look::Yes,
            Down::Runs { since, after: Silence::Advertisement, .. } => {
                let last = self.deposing.map_or(since, |deposing| deposing.at.max(since));
                Look::after(last, standing.interval(self.master.as_ref()))
            }
            // It did arrive, and so will its successor's.
            Down::Runs { after: Silence::Resignation(_), .. } => Look::No,
        }
    }

    /// Applies an advertisement that arrived.
    pub(super) fn receive(&mut self, standing: &mut Standing, moment: &mut Moment<'_>, heard: Heard) {
        self.held_back = None;
        let was_filtered = standing.filter.take().is_some();
        self.hear(standing, moment.now, heard);
        if was_filtered && !self.deaf && standing.bar.is_none() {
            moment.act(Action::Enter(Kind::Backup, self.reason(standing)));
        }
        self.hear_again(standing, moment);
    }

    /// Takes an advertisement that was seen below the firewall: at once where that is how they come, else when it does
    /// not arrive in a moment.
    pub(super) fn glimpse(&mut self, standing: &mut Standing, moment: &mut Moment<'_>, seen: HeldBack) {
        match standing.filter {
            Some(_) => self.hear_filtered(standing, moment, seen),
            None => self.held_back = Some(seen),
        }
    }

    /// Applies an advertisement that was filtered.
    ///
    /// A Master of lower priority is not deposed: as Master, this router would not hear the next one that deposes it.
    pub(super) fn hear_filtered(&mut self, standing: &mut Standing, moment: &mut Moment<'_>, seen: HeldBack) {
        let HeldBack { heard, by, at, .. } = seen;
        moment.act(Action::CountFiltered);
        let was_deaf = std::mem::take(&mut self.deaf);
        let before = standing.filter.replace(by).zip(self.master.map(|master| master.address));
        match heard.priority {
            None => self.hear_resignation(standing, at, heard),
            Some(priority) => {
                self.patience = None;
                self.respect(standing, Peer { address: heard.source, priority, interval: heard.interval, at });
            }
        }
        let known = Some(by).zip(self.master.map(|master| master.address));
        if (was_deaf || before != known) && standing.bar.is_none() {
            moment.act(Action::Enter(Kind::Backup, self.reason(standing)));
        }
    }
}
