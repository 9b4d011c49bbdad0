//! What the thread does: it compares what runs with what is wanted, puts it right, and tells.

use std::time::Duration;

use nix::errno::Errno;
use tokio::sync::{mpsc, watch};

use super::mark::Mark;
use super::plan::{Step, plan};
use super::socket::Asking;
use super::{Place, Report, Role, Wanted};

/// How often it is looked whether what was started still runs: the kernel does not tell when it is stopped. A look is a handful of
/// system calls, and connections are told again as long as they live, so what was missed meanwhile is made up for.
pub(super) const LOOK: Duration = Duration::from_secs(10);
/// How long after a failure it is tried again, the first time and at most: each time may have the kernel look for a module.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// The state of the thread.
pub(super) struct Keeper {
    mark: Mark,
    /// Where what runs was started, as far as that is known.
    started: Option<Place>,
    /// When it is tried again after a failure.
    patience: Duration,
}

impl Keeper {
    pub(super) const fn new(mark: Mark) -> Self {
        Self { mark, started: None, patience: FIRST }
    }

    /// Keeps what is wanted until nobody wants anything any more, and leaves it then as it is. Each wish is answered.
    pub(super) async fn run(mut self, mut wishes: watch::Receiver<Option<Wanted>>, reports: mpsc::Sender<Report>) {
        self.remember(wishes.borrow().as_ref());
        let mut told = None;
        let mut wished = true;
        loop {
            let wanted = wishes.borrow_and_update().clone();
            // What differs although nothing else is wanted was changed by another program.
            let report = self.settle(wanted.as_ref(), !wished && matches!(told, Some(Report::Runs { .. })));
            let wait = self.wait(&report);
            if wished || told.as_ref() != Some(&report) {
                if reports.send(report.clone()).await.is_err() {
                    return;
                }
                told = Some(report);
            }
            tokio::select! {
                changed = wishes.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    (wished, self.patience) = (true, FIRST);
                }
                () = tokio::time::sleep(wait), if told != Some(Report::Stopped) => wished = false,
            }
        }
    }

    /// Takes what a former vrrpd started for its own.
    fn remember(&mut self, wanted: Option<&Wanted>) {
        let epoch = wanted.and_then(|wanted| wanted.place).map_or(0, |place| place.epoch);
        self.started = self.mark.read().map(|place| Place { epoch, ..place });
    }

    fn wait(&mut self, report: &Report) -> Duration {
        let failed = matches!(report, Report::Fails { .. } | Report::Lingers(_));
        let wait = if failed { self.patience } else { LOOK };
        self.patience = if failed { (2 * wait).min(LONGEST) } else { FIRST };
        wait
    }

    /// Makes true what is wanted. Where it was so before, `undone` has it told what another program did.
    fn settle(&mut self, wanted: Option<&Wanted>, undone: bool) -> Report {
        let mut runs = None;
        match (self.act(wanted, &mut runs), wanted) {
            (Ok(_) | Err(Errno::ENOENT), None) => Report::Stopped,
            (Ok(_), Some(Wanted { daemon, place: None, .. })) => {
                Report::Fails { runs, reason: format!("{} does not exist", daemon.interface) }
            }
            (Ok(steps), Some(Wanted { role, .. })) => {
                Report::Runs { role: *role, undone: describe(&steps, *role).filter(|_| undone) }
            }
            (Err(errno), None) => Report::Lingers(words(errno, wanted)),
            (Err(errno), Some(_)) => Report::Fails { runs, reason: words(errno, wanted) },
        }
    }

    /// Does what is to be done, and tells also after a failure which of the two `runs`.
    fn act(&mut self, wanted: Option<&Wanted>, runs: &mut Option<Role>) -> Result<Vec<Step>, Errno> {
        if wanted.is_none() && self.started.is_none() {
            return Ok(Vec::new());
        }
        // A module that was loaded again has another number: it is asked for each time.
        let mut asking = Asking::open()?;
        let running = asking.running()?;
        *runs = running.iter().find_map(|daemon| daemon.role);
        let steps = plan(&running, wanted, wanted.is_some_and(|wanted| self.has_moved(wanted)));
        for step in &steps {
            match step {
                Step::Stop(role) => {
                    asking.stop(*role)?;
                    runs.take_if(|runs| runs == role);
                }
                Step::Start(daemon) => {
                    self.started = None;
                    asking.start(daemon.clone())?;
                    *runs = daemon.role;
                }
            }
        }
        match wanted {
            None => {
                self.started = None;
                self.mark.remove();
            }
            Some(Wanted { place, .. }) if self.started.is_none() => self.begin(*place),
            Some(_) => {}
        }
        Ok(steps)
    }

    /// Remembers where it was started.
    fn begin(&mut self, place: Option<Place>) {
        self.started = place;
        if let Some(Err(error)) = place.map(|place| self.mark.write(place)) {
            tracing::warn!(%error, "a next vrrpd will not know the sync daemon of IPVS for its own");
        }
    }

    fn has_moved(&self, wanted: &Wanted) -> bool {
        let Some((then, now)) = self.started.zip(wanted.place) else { return false };
        (then.link, then.epoch) != (now.link, now.epoch) || (wanted.role == Role::Master && then.source != now.source)
    }
}

/// What another program had done, as it follows from what was to be done about it.
fn describe(steps: &[Step], role: Role) -> Option<String> {
    let text = match steps {
        [] => return None,
        [Step::Start(_)] => "another program had stopped it".to_owned(),
        [Step::Stop(other)] if *other != role => format!("another program had started a {} beside it", other.name()),
        _ => "another program had started it otherwise".to_owned(),
    };
    Some(text)
}

/// Why it failed, and what to do.
fn words(errno: Errno, wanted: Option<&Wanted>) -> String {
    let interface = wanted.map_or("its interface", |wanted| wanted.daemon.interface.as_str());
    if errno == Errno::ENOENT {
        "the kernel has no IPVS: load it with modprobe ip_vs, or leave [ipvs] out".to_owned()
    } else if matches!(errno, Errno::EPERM | Errno::EACCES) {
        "the kernel does not let vrrpd: it needs CAP_NET_ADMIN, and not in a user namespace".to_owned()
    } else if errno == Errno::ENODEV {
        format!("{interface} does not exist")
    } else if matches!(errno, Errno::EADDRNOTAVAIL | Errno::ENETUNREACH) {
        format!("{interface} has no address to send from")
    } else {
        errno.desc().to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_program_did_is_told() {
        let start = || Step::Start(super::super::message::Daemon::default());
        let master = |steps: &[Step]| describe(steps, Role::Master).unwrap_or_default();
        assert_eq!(master(&[]), "");
        assert_eq!(master(&[start()]), "another program had stopped it");
        assert_eq!(master(&[Step::Stop(Role::Backup)]), "another program had started a backup beside it");
        assert_eq!(master(&[Step::Stop(Role::Master), start()]), "another program had started it otherwise");
        assert_eq!(master(&[Step::Stop(Role::Backup), start()]), "another program had started it otherwise");
    }
}
