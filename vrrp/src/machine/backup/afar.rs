//! What a Backup hears of its Master over other links: heartbeats.

use std::net::IpAddr;
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
        let lower = self.deposing.map(|deposing| deposing.address);
        let better = lower.is_none() || self.is_outranked_afar(standing, moment.now, lower);
        let waits_for_others = matches!(self.down, Down::Out(_)) && better;
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
        self.patience = None;
        let until = peer.at + standing.master_down_interval(Some(&peer));
        self.down = Down::Runs { since: peer.at, until, after: Silence::Advertisement };
        if before != Some((peer.address, peer.priority)) && standing.bar.is_none() {
            moment.act(Action::Enter(Kind::Backup, self.reason(standing)));
        }
    }

    /// Tells whether a Master is alive on the other side of a heartbeat, another one than `lower`, that this router would
    /// give way to at once if it became Master.
    ///
    /// It could hear that one and `lower`, although they do not hear each other. Deposing `lower` would only leave its
    /// clients without anybody until `lower` came back, and all would begin again.
    pub(super) fn is_outranked_afar(&self, standing: &Standing, now: Instant, lower: Option<IpAddr>) -> bool {
        let own = standing.priority();
        self.afar.is_some_and(|afar| {
            let alive = now < afar.at + standing.master_down_interval(Some(&afar));
            let higher = standing.link.as_ref().is_ok_and(|&primary| afar.address > primary);
            let outranks = afar.priority > own || (afar.priority == own && higher);
            alive && outranks && lower != Some(afar.address)
        })
    }

    /// The Master that is heard over a heartbeat, where it keeps this router from taking over now.
    pub(super) fn alive_afar(&self, standing: &Standing, now: Instant, since: Instant, after: Silence) -> Option<Peer> {
        let alive = |afar: &Peer| now < afar.at + standing.master_down_interval(Some(afar));
        let keeps = |afar: &Peer| match after {
            Silence::Advertisement => match self.deposing {
                None => true,
                Some(lower) => self.is_outranked_afar(standing, now, Some(lower.address)),
            },
            // Somebody else may have taken over since.
            Silence::Resignation(_) => afar.at > since && afar.priority >= standing.priority(),
        };
        self.afar.filter(alive).filter(keeps)
    }
}
