use super::Context;
use crate::bus::{Daemon, Refusal};
use crate::exit::Health;
use crate::render::note;

/// Have an instance resign, as vrrp@NAME.service stops
#[derive(clap::Args, Debug)]
#[command(hide = true)]
pub(super) struct Args {
    /// The instance
    name: String,
}

impl Args {
    /// Returns once the resignation is sent. Where no daemon knows the instance, there is nothing to resign from.
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        match leave(context, &self.name).await {
            Ok(()) => {}
            Err(refusal) if refusal.is_absence() || refusal == Refusal::NoSuchInstance => {
                note(&format!("{refusal}. {} has nothing to resign from.", self.name));
            }
            Err(refusal) => return Err(refusal.into()),
        }
        Ok(Health::Fine)
    }
}

async fn leave(context: &Context, name: &str) -> Result<(), Refusal> {
    match context.connect().await? {
        Some(connection) => Daemon::on(&connection).leave(name).await,
        None => Ok(()),
    }
}
