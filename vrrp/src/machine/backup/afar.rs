//! What a Backup hears of its Master over other links: heartbeats.

use std::time::Instant;

use super::{Backup, Down, Silence};
use crate::machine::{Action, Heard, Kind, Moment, Peer, Standing, timing};

impl Backup {
    /// Ends a deafness: the link itself carries advertisements.
    pub(super) fn hear_again(&mut self, standing: &Standing, moment: &mut Moment<'_>) {
        if std::mem::take(&mut self.deaf) && standing.bar.is_none() {
            moment.act(Action::Enter(Kind::Backup, self.reason(standing)));
        }
    }

    /// Applies an advertisement that came over a heartbeat.
    ///
    /// While its own link carries advertisements, they decide. When it carries none, a Master that is heard elsewhere is
    /// there all the same: there is no second one, whoever is cut off.
    pub(super) fn hear_afar(&mut self, standing: &Standing, moment: &mut Moment<'_>, heard: Heard) {
        let Some(priority) = heard.priority else {
            return self.hear_resignation_afar(standing, moment.now, heard);
        };
        let peer = Peer { address: heard.source, priority, interval: heard.interval, at: moment.now };
        self.afar = Some(peer);
        let waits_for_others = matches!(self.down, Down::Out(_)) && self.deposing.is_none();
        if self.deaf || waits_for_others {
            self.wait_afar(standing, moment, peer);
        }
    }

    /// Takes over soon after the Master that it knows: that one has left, and may be unable to say so on the link.
    fn hear_resignation_afar(&mut self, standing: &Standing, now: Instant, heard: Heard) {
        self.afar = self.afar.filter(|afar| afar.address != heard.source);
        let Down::Runs { until, .. } = self.down else {
            return;
        };
        let known = self.master().is_some_and(|master| master.address == heard.source);
        if known {
            let until = until.min(now + timing::handover_time(standing.priority()));
            self.down = Down::Runs { since: now, until, after: Silence::Resignation(heard.source) };
            self.deaf = false;
            self.patience = None;
        }
    }

    /// Respects a Master that is heard over a heartbeat alone.
    pub(super) fn wait_afar(&mut self, standing: &Standing, moment: &mut Moment<'_>, peer: Peer) {
        let before = self.deaf.then_some(self.master).flatten().map(|master| (master.address, master.priority));
        self.master = Some(peer);
        self.deaf = true;
        let until = peer.at + standing.master_down_interval(Some(&peer));
        self.down = Down::Runs { since: peer.at, until, after: Silence::Advertisement };
        if before != Some((peer.address, peer.priority)) && standing.bar.is_none() {
            moment.act(Action::Enter(Kind::Backup, self.reason(standing)));
        }
    }

    /// The Master that is heard over a heartbeat, where it keeps this router from taking over now.
    pub(super) fn alive_afar(&self, standing: &Standing, now: Instant, since: Instant, after: Silence) -> Option<Peer> {
        let alive = |afar: &Peer| now < afar.at + standing.master_down_interval(Some(afar));
        let keeps = |afar: &Peer| match after {
            Silence::Advertisement => self.deposing.is_none(),
            // Somebody else may have taken over since.
            Silence::Resignation(_) => afar.at > since && afar.priority >= standing.priority(),
        };
        self.afar.filter(alive).filter(keeps)
    }
}
