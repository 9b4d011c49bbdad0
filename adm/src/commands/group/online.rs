use super::{refused, tell};
use crate::commands::Context;
use crate::exit::Health;

/// Let a member be used again that was taken out of use
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The group
    group: String,
    /// The member, a link
    member: String,
    /// Tell what came of it, as JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let Self { group, member, .. } = &self;
        let daemon = context.daemon().await?;
        match daemon.group_online(group, member).await {
            Ok(moved) => {
                let words = match moved.changed {
                    true => format!("{member} may be used again."),
                    false => format!("{member} was not offline: nothing has changed."),
                };
                tell(&words, group, moved, self.json)
            }
            Err(refusal) => Err(refused(&daemon, group, member, refusal).await),
        }
    }
}
