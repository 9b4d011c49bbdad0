//! A change of an instance: the files under the lock, then the host that runs; all of it or nothing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{anyhow, bail};
use vrrp::config::check::check_gathered;
use vrrp::config::{Instance, InstanceName};

use super::Context;
use super::live::{Applied, Live};
use super::preview::preview;
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

/// How a change is carried out
#[derive(clap::Args, Clone, Copy, Debug)]
pub(super) struct How {
    /// Show every file that would be written, as a diff, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Opens the files for a change, or for the rehearsal of one.
///
/// # Errors
/// They can only be changed by root, or somebody else prevents it.
pub(super) fn open(context: &Context, how: How) -> anyhow::Result<Session> {
    may(context, how)?;
    Ok(if how.dry_run { Session::rehearse(context.root()) } else { Session::open(context.root())? })
}

/// Tells whether somebody may change the files, before anything is asked.
///
/// # Errors
/// Only root may.
pub(super) fn may(context: &Context, how: How) -> anyhow::Result<()> {
    if !how.dry_run && context.root.is_none() && !nix::unistd::geteuid().is_root() {
        bail!("this changes /etc/vrrp and the services of this host: run it as root, for example with sudo");
    }
    Ok(())
}

/// Ends the change of an instance: makes the host follow its files, or shows what would become of them.
pub(super) async fn finish(
    context: &Context,
    how: How,
    session: Session,
    name: &InstanceName,
    edited: Edited,
    follow: Follow,
) -> anyhow::Result<Health> {
    if how.dry_run {
        return rehearsed(context, &session, &edited, follow).await;
    }
    let names = |wanted: bool| if wanted { vec![name.clone()] } else { Vec::new() };
    let mut change = Change::begin(context, session, edited, follow, name.to_string()).await;
    (change.stops, change.starts, change.tells) = (names(follow.stops), names(follow.starts), names(follow.stays));
    change.carry_out().await
}

/// Shows what would become of the files, and whether vrrpd would apply them.
pub(super) async fn rehearsed(
    context: &Context,
    session: &Session,
    edited: &Edited,
    follow: Follow,
) -> anyhow::Result<Health> {
    let remaining = remaining(edited, follow)?;
    edited.warnings.iter().filter(|_| follow.stays).for_each(|warning| warn(&warning.to_string()));
    preview(context, session, edited).await?;
    if let Some(problems) = &remaining {
        note(&format!("vrrpd would apply nothing until these are mended:\n{problems}"));
    }
    Ok(Health::of(remaining.is_none()))
}

/// What was wrong with the files before and still is, for which the daemon would refuse them.
///
/// # Errors
/// The change makes no sense then.
fn remaining(edited: &Edited, follow: Follow) -> anyhow::Result<Option<String>> {
    let problems: Vec<String> = edited.remaining.iter().map(ToString::to_string).collect();
    let problems = problems.join("\n");
    if follow.needs_whole && !problems.is_empty() {
        bail!("the configuration has problems, which have to be mended first:\n{problems}");
    }
    Ok((!problems.is_empty()).then_some(problems))
}

/// An edit that is in the files and not yet in the host that runs.
pub(super) struct Change<'a> {
    context: &'a Context,
    session: Session,
    live: Live,
    edited: Edited,
    follow: Follow,
    /// What was edited: an instance or a file.
    subject: String,
    /// The instances whose units are stopped first, so that they resign.
    pub(super) stops: Vec<InstanceName>,
    /// Those whose units are started in the end, if they are enabled.
    pub(super) starts: Vec<InstanceName>,
    /// Those that are asked in the end how they are.
    pub(super) tells: Vec<InstanceName>,
}

impl<'a> Change<'a> {
    /// Takes an edit and tells which files it changed.
    pub(super) async fn begin(
        context: &'a Context,
        session: Session,
        edited: Edited,
        follow: Follow,
        subject: String,
    ) -> Self {
        let refused = follow.needs_whole && !edited.remaining.is_empty();
        for change in edited.changes.iter().filter(|_| !refused) {
            let what = if change.after.is_some() { "written" } else { "removed" };
            tell(&format!("{} is {what}.", change.path.display()));
        }
        for warning in edited.warnings.iter().filter(|_| follow.stays) {
            warn(&warning.to_string());
        }
        let live = Live::reach(context).await;
        let (stops, starts, tells) = (Vec::new(), Vec::new(), Vec::new());
        Self { context, session, live, edited, follow, subject, stops, starts, tells }
    }

    /// The instances as the files have them, where these are without problems.
    fn instances(&self) -> BTreeMap<InstanceName, Instance> {
        let checked = check_gathered(&gather(&self.context.tree()));
        checked.map(|checked| checked.config.instances).unwrap_or_default()
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
        let Self { live, follow, subject, .. } = self;
        for name in &self.stops {
            live.stop(name).await?;
        }
        if let Some(problems) = remaining(&self.edited, *follow)? {
            tell(&format!("{subject} is {} in the files. vrrpd applies nothing until these are mended:", follow.done));
            tell(&problems);
            return Ok(Health::NotHealthy);
        }
        let applied = if follow.runs_daemon { live.apply_and_run().await? } else { live.apply().await? };
        let units = live.remake_units().await?;
        let instances = self.instances();
        for instance in self.concerned().filter_map(|name| instances.get(name)).filter(|_| units) {
            let Some(systemd) = live.systemd() else { break };
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
            tell(&sentence(&format!("{subject} is {}. Only the files {files}{why}", follow.done)));
            return Ok(Health::Fine);
        }
        if units {
            live.remake_notices(self.context).await;
        }
        let mut started = BTreeSet::new();
        for name in self.starts.iter().filter(|name| instances.get(name).is_some_and(|instance| instance.enabled)) {
            if units && live.start(name).await? {
                started.insert(name);
            }
        }
        tell(&self.outcome(&started).await);
        if !units {
            note("There is no systemd on this bus: its units are left alone.");
        }
        Ok(Health::Fine)
    }

    /// The instances for whose units there may be something to say.
    fn concerned(&self) -> impl Iterator<Item = &InstanceName> {
        let stopped = self.stops.iter().filter(|name| !self.tells.contains(name));
        stopped.chain(&self.tells)
    }

    /// Says what was done, and how the instances are now.
    async fn outcome(&self, started: &BTreeSet<&InstanceName>) -> String {
        let mut out = format!("{} is {}.", self.subject, self.follow.done);
        for name in &self.tells {
            // The one that the first sentence is about, or one of those in a file.
            let (before, it) = if name.as_str() == self.subject { (" ", "It") } else { ("\n", name.as_str()) };
            out += &match self.live.instance(name, started.contains(name)).await {
                Ok(seen) => format!("{before}{it} {}.", is_what(&seen)),
                Err(refusal) => {
                    format!("{before}How {} is cannot be told: {refusal}.", if before == " " { "it" } else { it })
                }
            };
        }
        out
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
        for name in &self.stops {
            let _ = self.live.start(name).await;
        }
        error.context(format!("{} is not {}, the files are as they were", self.subject, self.follow.done))
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
