use super::Context;
use super::change::{Follow, How, finish, open, refused};
use super::suggest::known_name;
use crate::exit::Health;

const FOLLOW: Follow =
    Follow { done: "disabled", needs_whole: false, runs_daemon: false, stops: true, starts: false, stays: false };

/// Have an instance resign, and take no part in it until it is enabled
///
/// Services can bind its addresses all the same.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  vrrpadm disable web")]
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
        let edited = session.enable(&name, false).map_err(|refusal| refused(&name, FOLLOW.done, &refusal))?;
        finish(context, self.how, session, &name, edited, FOLLOW).await
    }
}
