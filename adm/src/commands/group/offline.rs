use anyhow::anyhow;

use super::{refused, tell};
use crate::bus::Refusal;
use crate::commands::Context;
use crate::exit::Health;

/// Take a member out of use, such as before its cable is changed
///
/// It stays so through restarts of vrrpd, until vrrpadm group online or until the host is started anew. The last member that can be used stays,
/// unless --force is given.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The group
    group: String,
    /// The member, a link
    member: String,
    /// Do it even where no other member can be used, so that the group fails
    #[arg(long)]
    force: bool,
    /// Tell what came of it, as JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let Self { group, member, .. } = &self;
        let daemon = context.daemon().await?;
        match daemon.group_offline(group, member, self.force).await {
            Ok(moved) => {
                let words = match moved.changed {
                    true => format!("{member} is not used any more."),
                    false => format!("{member} was offline before: nothing has changed."),
                };
                tell(&words, group, moved, self.json)
            }
            Err(Refusal::LastMember) => Err(anyhow!(
                "{member} is the last member of {group} that can be used, and without it the group fails: bring another one back \
                 first, or add --force"
            )),
            Err(refusal) => Err(refused(&daemon, group, member, refusal).await),
        }
    }
}
