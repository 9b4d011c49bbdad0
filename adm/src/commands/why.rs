use super::Context;
use super::view::View;
use crate::bus::Daemon;
use crate::exit::Health;
use crate::render::phrase::is_well;
use crate::render::time::now;
use crate::render::why::Why;
use crate::render::{json, say, width};

/// How many transitions are told: vrrpadm history tells of more.
const RECENT: u32 = 4;

/// Tell why an instance is as it is, and what would change it
///
/// Answers the questions that decide it, in the order in which they do: whether it may take part, whether it can send and
/// hear, and who is Master; and what led to that. Exits with 1 unless the instance is well, as status does.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  vrrpadm why web")]
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
        // One of another version may not tell.
        let recent = match (&view.away, context.connect().await) {
            (None, Ok(Some(connection))) => {
                Daemon::on(&connection).history(std::slice::from_ref(&self.name), RECENT).await.unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let now = now();
        let why = Why::of(instance, recent, now);
        if self.json {
            say(&json(&why)?)?;
        } else {
            context.show(&why.text(instance, width(), now)).await?;
        }
        Ok(view.health().and(is_well(instance)))
    }
}
