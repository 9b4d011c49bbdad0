use jiff::tz::TimeZone;

use super::Context;
use super::view::View;
use crate::exit::Health;
use crate::render::details::everything;
use crate::render::time::now;
use crate::render::{json, say, width};

/// Show everything about an instance: configuration, units, virtual routers and what they counted
///
/// Exits with 1 where vrrpd does not run: then this is what the files say.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  vrrpadm show web")]
pub(super) struct Args {
    /// The instance
    name: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let view = View::open(context).await?;
        let instance = view.instance(&self.name)?;
        if self.json {
            say(&json(instance)?)?;
        } else {
            context.show(&everything(instance, now(), &TimeZone::system(), width())).await?;
        }
        Ok(view.health())
    }
}
