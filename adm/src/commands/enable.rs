use super::Context;
use super::change::{Follow, How, finish, open, refused};
use super::suggest::known_name;
use crate::exit::Health;

const FOLLOW: Follow =
    Follow { done: "enabled", needs_whole: false, runs_daemon: false, stops: false, starts: true, stays: true };

/// Have this host take part in an instance
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  vrrpadm enable web")]
pub(super) struct Args {
    /// The instance
    name: String,
    #[command(flatten)]
    how: How,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let name = known_name(context, &self.name)?;
        let mut session = open(context, self.how)?;
        let edited = session.enable(&name, true).map_err(|refusal| refused(&name, FOLLOW.done, &refusal))?;
        finish(context, self.how, session, &name, edited, FOLLOW).await
    }
}
