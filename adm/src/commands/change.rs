//! A change of an instance: the files under the lock, then the host that runs; all of it or nothing.

use anyhow::{anyhow, bail};
use vrrp::config::check::check_gathered;
use vrrp::config::{Instance, InstanceName};

use super::Context;
use super::live::{Applied, Live};
use super::warnings;
use crate::edit::{Edited, Refusal, Session};
use crate::exit::Health;
use crate::files::gather;
use crate::render::phrase::is_what;
use crate::render::{note, tell, warn};

/// Says why an edit was refused: a mistake a line.
pub(super) fn refused(name: &InstanceName, done: &str, refusal: &Refusal) -> anyhow::Error {
    let why = refusal.to_string();
    let separator = if why.contains('\n') { "\n" } else { " " };
    anyhow!("{name} is not {done}:{separator}{why}")
}

/// An edit that is in the files and not yet in the host that runs.
pub(super) struct Change<'a> {
    context: &'a Context,
    session: Session,
    live: Live,
    name: InstanceName,
    edited: Edited,
    follow: Follow,
}

/// Opens the files for a change.
///
/// # Errors
/// They can only be changed by root, or somebody else prevents it.
pub(super) fn open(context: &Context) -> anyhow::Result<Session> {
    if context.root.is_none() && !nix::unistd::geteuid().is_root() {
        bail!("this changes /etc/vrrp and the services of this host: run it as root, for example with sudo");
    }
    Ok(Session::open(context.root())?)
}

impl<'a> Change<'a> {
    /// Takes an edit and tells which files it changed.
    pub(super) async fn begin(
        context: &'a Context,
        session: Session,
        name: &InstanceName,
        edited: Edited,
        follow: Follow,
    ) -> anyhow::Result<Self> {
        let refused = follow.needs_whole && !edited.remaining.is_empty();
        for change in edited.changes.iter().filter(|_| !refused) {
            let what = if change.after.is_some() { "written" } else { "removed" };
            tell(&format!("{} is {what}.", change.path.display()));
        }
        for warning in edited.warnings.iter().filter(|_| follow.stays) {
            warn(&warning.to_string());
        }
        let live = Live::reach(context).await;
        Ok(Self { context, session, live, name: name.clone(), edited, follow })
    }

    /// The instance as the files have it, where they are without problems.
    fn instance(&self) -> Option<Instance> {
        let checked = check_gathered(&gather(&self.context.tree())).ok()?;
        checked.config.instances.get(&self.name).cloned()
    }

    /// Makes the host follow the files. If something fails, the files and the host are as they were before.
    pub(super) async fn carry_out(mut self) -> anyhow::Result<Health> {
        let end = tokio::select! {
            end = self.follow() => end,
            _ = tokio::signal::ctrl_c() => Err(anyhow!("interrupted")),
        };
        match end {
            Ok(health) => Ok(health),
            Err(error) => Err(self.undo(error).await),
        }
    }

    async fn follow(&self) -> anyhow::Result<Health> {
        let Self { live, name, follow, .. } = self;
        if follow.stops {
            live.stop(name).await?;
        }
        if !self.edited.remaining.is_empty() {
            return self.refuse_or_wait();
        }
        let applied = if follow.runs_daemon { live.apply_and_run().await? } else { live.apply().await? };
        let units = live.remake_units().await?;
        let instance = self.instance();
        if let (Some(systemd), Some(instance), true) = (live.systemd(), &instance, units) {
            for warning in warnings::of_instance(systemd, instance).await {
                warn(&warning);
            }
        }
        let later = match &applied {
            Applied::Done => None,
            Applied::Offline => Some(String::new()),
            Applied::Later(reason) => Some(format!(": {reason}")),
        };
        if let Some(why) = later {
            let files = if self.edited.changes.is_empty() { "were read" } else { "are changed" };
            tell(&sentence(&format!("{name} is {}. Only the files {files}{why}", follow.done)));
            return Ok(Health::Fine);
        }
        if units {
            live.remake_notices(self.context).await;
        }
        let enabled = instance.as_ref().is_some_and(|instance| instance.enabled);
        let started = follow.starts && enabled && units && live.start(name).await?;
        match live.instance(name, started).await {
            _ if !follow.stays => tell(&format!("{name} is {}.", follow.done)),
            Ok(seen) => tell(&format!("{name} is {}. It {}.", follow.done, is_what(&seen))),
            Err(refusal) => tell(&format!("{name} is {}. How it is cannot be told: {refusal}.", follow.done)),
        }
        if !units {
            note("There is no systemd on this bus: its units are left alone.");
        }
        Ok(Health::Fine)
    }

    /// What to do where the daemon would refuse the files for what was wrong with them before.
    fn refuse_or_wait(&self) -> anyhow::Result<Health> {
        let follow = &self.follow;
        let problems: Vec<String> = self.edited.remaining.iter().map(ToString::to_string).collect();
        let problems = problems.join("\n");
        if follow.needs_whole {
            bail!("the configuration has problems, which have to be mended first:\n{problems}");
        }
        tell(&format!("{} is {} in the files. vrrpd applies nothing until these are mended:", self.name, follow.done));
        tell(&problems);
        Ok(Health::NotHealthy)
    }

    /// Puts everything back, and says what failed.
    async fn undo(&mut self, error: anyhow::Error) -> anyhow::Error {
        if self.edited.changes.is_empty() {
            return error;
        }
        if let Err(refusal) = self.session.undo(&self.edited) {
            return anyhow!("{error:#}\nThe files could not be put back: {refusal}");
        }
        // The failure that is told is the first one; what the host says to its old files adds nothing.
        if self.edited.remaining.is_empty() {
            let _ = self.live.apply().await;
            let _ = self.live.remake_units().await;
        }
        if self.follow.stops {
            let _ = self.live.start(&self.name).await;
        }
        error.context(format!("{} is not {}, the files are as they were", self.name, self.follow.done))
    }
}

/// Ends a text as a sentence, unless it ends as one.
fn sentence(text: &str) -> String {
    if text.ends_with(['.', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// How the host follows a change of the files.
#[derive(Clone, Copy, Debug)]
pub(super) struct Follow {
    /// What is said to have been done.
    pub(super) done: &'static str,
    /// Whether it makes no sense unless the daemon can apply it at once.
    pub(super) needs_whole: bool,
    /// Whether the daemon is started where it does not run.
    pub(super) runs_daemon: bool,
    /// Whether the instance's unit is stopped first, so that it resigns.
    pub(super) stops: bool,
    /// Whether the instance's unit is started in the end, if it is enabled.
    pub(super) starts: bool,
    /// Whether there is an instance afterwards, to be asked how it is.
    pub(super) stays: bool,
}
