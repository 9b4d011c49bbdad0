use anyhow::bail;
use vrrp::config::InstanceName;
use vrrp::status::{Instance, State};

use super::Context;
use super::ask;
use super::change::{Follow, How, finish, open, refused};
use super::live::Live;
use super::suggest::known_name;
use crate::exit::Health;
use crate::render::phrase::is_what;
use crate::render::{explain, note};

const FOLLOW: Follow =
    Follow { done: "deleted", needs_whole: false, runs_daemon: false, stops: true, starts: false, stays: false };

/// Have an instance resign, and delete it
///
/// What it protects goes on running. At a terminal, it tells what would happen and asks first.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  vrrpadm delete web\n  vrrpadm delete web --dry-run")]
pub(super) struct Args {
    /// The instance
    name: String,
    /// Delete it also from files that create has not written
    #[arg(long)]
    force: bool,
    /// Do not ask first, at a terminal
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    how: How,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let name = known_name(context, &self.name)?;
        if !self.yes && !self.how.dry_run && ask::is_possible() {
            self.confirm(context, &name).await?;
        }
        let mut session = open(context, self.how)?;
        let edited = session.delete(&name, self.force).map_err(|refusal| refused(&name, FOLLOW.done, &refusal))?;
        finish(context, self.how, session, &name, edited, FOLLOW).await
    }

    /// Tells a person what would happen, and asks for consent. Nobody else has to wait for the answer.
    async fn confirm(&self, context: &Context, name: &InstanceName) -> anyhow::Result<()> {
        let rehearsed = open(context, How { dry_run: true })?.delete(name, self.force);
        let edited = rehearsed.map_err(|refusal| refused(name, FOLLOW.done, &refusal))?;
        for change in &edited.changes {
            let what = if change.after.is_some() { "changed" } else { "removed" };
            note(&format!("{} would be {what}.", change.path.display()));
        }
        if let Ok(seen) = Live::reach(context).await.instance(name, false).await {
            explain(&loses(&seen));
        }
        match ask::consent(&format!("Delete {name}?"))? {
            true => Ok(()),
            false => bail!("{name} is not deleted: nothing has changed"),
        }
    }
}

/// Says what this host would give up with an instance.
fn loses(instance: &Instance) -> String {
    let addresses = instance.virtual_addresses().collect::<Vec<_>>().join(", ");
    let units: Vec<&str> = instance.protects.iter().map(|unit| unit.unit.as_str()).collect();
    let held = match units.as_slice() {
        [] => String::new(),
        units => format!(" {} runs on, and can bind them no longer.", units.join(", ")),
    };
    match instance.state {
        State::Master => format!(
            "{} is Master: it would resign, for another host to take over, and this one would release {addresses}.{held}",
            instance.name
        ),
        State::Init | State::Backup | State::Fault => {
            format!("{} {}. This host would hold {addresses} no longer.{held}", instance.name, is_what(instance))
        }
    }
}
