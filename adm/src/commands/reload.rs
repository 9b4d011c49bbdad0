use super::Context;
use super::live::Live;
use crate::exit::Health;
use crate::render::progress::during;
use crate::render::{say, warn};

/// Have vrrpd read its configuration again
///
/// Returns when it is applied and every address is held. A configuration with a problem is not applied, and the one that runs
/// goes on. What instances protect follows once systemd reads its units again: systemctl daemon-reload.
#[derive(clap::Args, Debug)]
pub(super) struct Args {}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let daemon = context.daemon().await?;
        let reloaded = during("vrrpd has applied the configuration", daemon.reload()).await?;
        for warning in &reloaded.warnings {
            warn(warning);
        }
        let counts = [(reloaded.added, "added"), (reloaded.removed, "removed"), (reloaded.changed, "changed")];
        let counts: Vec<String> = counts
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        Live::reach(context).await.remake_notices(context).await;
        if counts.is_empty() {
            say("Nothing has changed.")?;
        } else {
            say(&format!("The configuration is applied: {}.", counts.join(", ")))?;
        }
        Ok(Health::Fine)
    }
}
