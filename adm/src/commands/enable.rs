use super::Context;
use super::change::{Change, Follow, open, refused};
use super::suggest::known_name;
use crate::exit::Health;

const FOLLOW: Follow =
    Follow { done: "enabled", needs_whole: false, runs_daemon: false, stops: false, starts: true, stays: true };

/// Have this host take part in an instance
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The instance
    name: String,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let name = known_name(context, &self.name)?;
        let mut session = open(context)?;
        let edited = session.enable(&name, true).map_err(|refusal| refused(&name, FOLLOW.done, &refusal))?;
        Change::begin(context, session, &name, edited, FOLLOW).await?.carry_out().await
    }
}
