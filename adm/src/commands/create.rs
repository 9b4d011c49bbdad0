use vrrp::config::InstanceName;
use vrrp::config::problem::Missing;

use super::Context;
use super::ask;
use super::change::{Follow, How, finish, may, open, refused};
use super::interview;
use super::keys::{Keys, example};
use super::suggest::{known_name, name};
use crate::edit::{Edited, Refusal, Session, Setting};
use crate::exit::Health;

const FOLLOW: Follow =
    Follow { done: "created", needs_whole: true, runs_daemon: true, stops: false, starts: true, stays: true };

/// Create an instance and have this host take part in it
///
/// What is not given here is taken from [instance.NAME] and [defaults] in /etc/vrrp. The rest goes to a file of its own,
/// /etc/vrrp/vrrp.d/NAME.toml. At a terminal, it asks for what is lacking then. Nothing changes if the instance is there already and the same.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example:\n  vrrpadm create inst1 --interface eth0 --vrid 51 --address 192.0.2.10/24 --protect http.service"
)]
pub(super) struct Args {
    /// A name of your choice, the instance's on this host
    name: String,
    #[command(flatten)]
    keys: Keys,
    /// Let it take no part yet
    #[arg(long)]
    disabled: bool,
    #[command(flatten)]
    how: How,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let name = name(&self.name)?;
        let mut settings = self.keys.settings();
        if self.disabled {
            settings.push(Setting::new("enabled", false));
        }
        may(context, self.how)?;
        if ask::is_possible() {
            settings = interview::lacking(context, &name, settings)?;
        }
        if self.keys.leaves_routers_open() && known_name(context, name.as_str()).is_err() {
            settings.extend(ask::routers(name.as_str())?.map(|routers| Setting::new("routers", routers)));
        }
        let mut session = open(context, self.how)?;
        let edited = create(&mut session, &name, &settings)?;
        let done = if edited.changes.is_empty() { "there already" } else { FOLLOW.done };
        finish(context, self.how, session, &name, edited, Follow { done, ..FOLLOW }).await
    }
}

fn create(session: &mut Session, name: &InstanceName, settings: &[Setting]) -> anyhow::Result<Edited> {
    session.create(name, settings).map_err(|mut refusal| {
        if let Refusal::Problems { problems, .. } = &mut refusal {
            let lacking = problems.iter_mut().filter(|problem| !problem.missing.is_empty());
            lacking.for_each(|problem| problem.message = lacks(name, &problem.missing));
        }
        refused(name, FOLLOW.done, &refusal)
    })
}

/// Says how to give what the instance lacks.
fn lacks(name: &InstanceName, missing: &[Missing]) -> String {
    let options: Vec<String> = missing.iter().map(example).collect();
    let keys: Vec<&str> = missing.iter().map(|missing| missing.key).collect();
    format!(
        "it lacks {}: add, for example, {}, or write it below [instance.{name}] in /etc/vrrp/vrrp.toml",
        listed(&keys),
        options.join(" ")
    )
}

/// Joins words as a sentence does.
fn listed(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some(_) | None => words.concat(),
    }
}
