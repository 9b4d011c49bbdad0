use std::path::PathBuf;

use super::Context;
use crate::exit::Health;
use crate::notify;

/// Start targets and run programs as instances enter states, as vrrp-notify.service does
#[derive(clap::Args, Debug)]
#[command(hide = true)]
pub(super) struct Args {
    /// Where a run leaves to the next one what was told
    #[arg(long, value_name = "DIR", default_value = "/run/vrrp-notify")]
    runtime_dir: PathBuf,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let connection = context.bus()?.connect().await?;
        notify::follow(&connection, context.tree(), self.runtime_dir).await?;
        Ok(Health::Fine)
    }
}
