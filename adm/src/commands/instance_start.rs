use std::time::Duration;

use tokio::time::timeout;

use super::Context;
use crate::bus::{Daemon, Refusal};
use crate::exit::Health;
use crate::render::note;

/// How long systemd's start of an instance waits for the daemon.
const PATIENCE: Duration = Duration::from_secs(5);

/// Wait until vrrpd knows an instance, as vrrp@NAME.service starts
#[derive(clap::Args, Debug)]
#[command(hide = true)]
pub(super) struct Args {
    /// The instance
    name: String,
}

impl Args {
    /// Never fails for want of a daemon: it finds the unit active when it comes.
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let known = timeout(PATIENCE, wait(context, &self.name)).await;
        let refusal = match known {
            Ok(Ok(())) => return Ok(Health::Fine),
            Ok(Err(refusal)) => refusal.to_string(),
            Err(_) => format!("vrrpd does not know {} yet", self.name),
        };
        note(&format!("{refusal}. {} takes part once vrrpd runs and knows it.", self.name));
        Ok(Health::Fine)
    }
}

/// Waits until the daemon describes the instance.
async fn wait(context: &Context, name: &str) -> Result<(), Refusal> {
    let Some(connection) = context.connect().await? else {
        return Ok(());
    };
    let daemon = Daemon::on(&connection);
    let mut news = daemon.news().await?;
    loop {
        match daemon.describe_instance(name).await {
            Ok(_) => return Ok(()),
            Err(Refusal::NotRunning | Refusal::NoSuchInstance) => {}
            Err(refusal) => return Err(refusal),
        }
        if news.next().await.is_none() {
            return Err(Refusal::NotRunning);
        }
    }
}
