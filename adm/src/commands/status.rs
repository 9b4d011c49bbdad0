use jiff::tz::TimeZone;

use super::Context;
use super::view::View;
use crate::exit::Health;
use crate::render::details::details;
use crate::render::overview::{overview, problems};
use crate::render::phrase::{all_well, is_well};
use crate::render::time::now;
use crate::render::{json, say, width};

/// Tell how the instances are, and why
///
/// Exits with 1 unless all is well: every enabled instance is Master and no other host answers for its addresses, or a
/// Backup that hears its Master and may take over; its addresses are held; and the configuration in the files is the one
/// that runs. Where vrrpd does not run, this is what the files say.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  vrrpadm status\n  vrrpadm status web --json\n  vrrpadm --host root@192.0.2.2 status"
)]
pub(super) struct Args {
    /// The instance to tell about [default: all]
    name: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let view = View::open(context).await?;
        let status = &view.status;
        let instance = self.name.as_deref().map(|name| view.instance(name)).transpose()?;
        match instance {
            None if self.json => say(&json(status)?)?,
            None => context.show(&overview(status, now(), width(), !context.looks.no_legend)).await?,
            Some(instance) if self.json => say(&json(instance)?)?,
            Some(instance) => {
                let details = details(instance, now(), &TimeZone::system(), width());
                context.show(&(problems(status) + &details)).await?;
            }
        }
        let well = match instance {
            None => all_well(status),
            Some(instance) => is_well(instance) && status.daemon.problems.is_empty(),
        };
        Ok(view.health().and(well))
    }
}
