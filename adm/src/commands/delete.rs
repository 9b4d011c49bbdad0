use super::Context;
use super::change::{Change, Follow, open, refused};
use super::suggest::known_name;
use crate::exit::Health;

const FOLLOW: Follow =
    Follow { done: "deleted", needs_whole: false, runs_daemon: false, stops: true, starts: false, stays: false };

/// Have an instance resign, and delete it
///
/// What it protects goes on running.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The instance
    name: String,
    /// Delete it also from files that create has not written
    #[arg(long)]
    force: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let name = known_name(context, &self.name)?;
        let mut session = open(context)?;
        let edited = session.delete(&name, self.force).map_err(|refusal| refused(&name, FOLLOW.done, &refusal))?;
        Change::begin(context, session, &name, edited, FOLLOW).await?.carry_out().await
    }
}
