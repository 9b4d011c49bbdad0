//! How much of each case is measured: everything several times, or little of it once.

use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::fleet::Fleet;
use super::program::Software;

/// How much of a case is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// How often each scene is run, if somebody says it.
    pub(super) runs: Option<usize>,
    /// Whether it is only to be seen that all of it works.
    pub(super) quick: bool,
}

/// How often each scene is run if nobody says it.
pub(super) const RUNS: usize = 3;

/// The numbers of instances that are measured, that of those over IPv6, and the one of a hurry.
const SIZES: [usize; 4] = [1, 250, 1000, 4000];
const OVER_IPV6: usize = 250;
pub(super) const SMALL: usize = 20;

impl Extent {
    /// With which instances.
    pub(super) fn fleets(&self) -> Vec<Fleet> {
        let sizes = if self.quick { &[SMALL][..] } else { &SIZES };
        sizes.iter().map(|size| Fleet::new(*size)).chain([Fleet::ipv6(self.size(OVER_IPV6))]).collect()
    }

    /// How often to run a scene which is usually run `full` times.
    pub(super) fn runs(&self, full: usize) -> usize {
        self.runs.unwrap_or(if self.quick { 1 } else { full }).max(1)
    }

    /// Full, or as small as in a hurry.
    pub(super) fn size(&self, full: usize) -> usize {
        if self.quick { full.min(SMALL) } else { full }
    }

    /// How long what goes on is looked at.
    pub(super) const fn window(&self) -> Duration {
        Duration::from_secs(if self.quick { 2 } else { 10 })
    }

    /// How long announcements of new Masters go on: five seconds, and a bit.
    pub(super) const fn settling(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { 7 })
    }

    /// Does something with each of several things, one after the other; in a hurry with all of them at once.
    pub(super) fn each<T: Send, R: Send>(
        &self,
        things: impl IntoIterator<Item = T>,
        run: impl Fn(T) -> Result<R> + Sync,
    ) -> Result<Vec<R>> {
        if !self.quick {
            return things.into_iter().map(run).collect();
        }
        let run = &run;
        thread::scope(|scope| {
            let started: Vec<_> = things.into_iter().map(|thing| scope.spawn(move || run(thing))).collect();
            started.into_iter().map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        })
    }

    /// Runs a scene with ours and with others in turn, and gives what was measured of each, in that order.
    pub(super) fn in_turn<F: Default + Send, const N: usize>(
        &self,
        others: [Software; N],
        run: impl Fn(Software, &mut F) -> Result<()> + Sync,
    ) -> Result<(F, [F; N])> {
        let (mut ours, mut theirs) = (F::default(), [(); N].map(|()| F::default()));
        for _ in 0..self.runs(RUNS) {
            let all = [(Software::Ours, &mut ours)].into_iter().chain(others.into_iter().zip(&mut theirs));
            self.each(all, |(software, figures)| run(software, figures))?;
        }
        Ok((ours, theirs))
    }

    /// Does so beside keepalived, and beside FRR where that can do it too: else nothing was measured of it.
    pub(super) fn beside_all<F: Default + Send>(
        &self,
        frr_can: bool,
        run: impl Fn(Software, &mut F) -> Result<()> + Sync,
    ) -> Result<[F; 3]> {
        if frr_can {
            let (ours, [theirs, frr]) = self.in_turn([Software::Keepalived, Software::Frr], run)?;
            return Ok([ours, theirs, frr]);
        }
        let (ours, [theirs]) = self.in_turn([Software::Keepalived], run)?;
        Ok([ours, theirs, F::default()])
    }
}
