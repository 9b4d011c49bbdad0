//! What there is to see: the running daemon's status, else what the files say.

use serde::de::DeserializeOwned;
use vrrp::status::{Instance, Status};

use super::Context;
use super::configured::configured;
use super::suggest::unknown;
use crate::bus::{Daemon, Refusal};
use crate::exit::Health;
use crate::render::warn;

/// What can be seen: everything, or as much of it as `S` has.
#[derive(Debug)]
pub(super) struct View<S = Status> {
    /// The daemon's status, or the files in its form.
    pub(super) status: S,
    /// Why there is no daemon to ask, if there should be one.
    pub(super) away: Option<String>,
}

impl<S: DeserializeOwned + From<Status>> View<S> {
    /// Asks the daemon, and reads the files where there is none.
    ///
    /// # Errors
    /// The daemon refuses, or there is none and the files have problems.
    pub(super) async fn open(context: &Context) -> anyhow::Result<Self> {
        let refusal = match describe(context).await {
            Ok(Some(status)) => return Ok(Self { status, away: None }),
            Ok(None) => {
                let status = configured(context, "only the files were read")?.into();
                return Ok(Self { status, away: None });
            }
            Err(refusal) if refusal.is_absence() => refusal,
            Err(refusal) => return Err(refusal.into()),
        };
        let reason = if refusal == Refusal::NotRunning { "vrrpd is not running" } else { "vrrpd cannot be reached" };
        let status = configured(context, reason)?.into();
        Ok(Self { status, away: Some(refusal.to_string()) })
    }

    /// Says that this is only what the files say, if it is. Then nothing is healthy.
    pub(super) fn health(&self) -> Health {
        if let Some(away) = &self.away {
            warn(&format!("{away}. This is what the files say."));
        }
        Health::of(self.away.is_none())
    }
}

impl View {
    /// One instance by its name.
    pub(super) fn instance(&self, name: &str) -> anyhow::Result<&Instance> {
        let names: Vec<&str> = self.status.instances.iter().map(|instance| instance.name.as_str()).collect();
        self.status.instances.iter().find(|instance| instance.name == name).ok_or_else(|| unknown(name, &names))
    }
}

/// Asks the daemon; `None` where only the files are wanted.
async fn describe<S: DeserializeOwned>(context: &Context) -> Result<Option<S>, Refusal> {
    match context.connect().await? {
        Some(connection) => Daemon::on(&connection).describe().await.map(Some),
        None => Ok(None),
    }
}
