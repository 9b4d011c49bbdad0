use std::time::Duration;

use super::Context;
use super::span::span;
use super::suggest::expect_all;
use crate::bus::{Bus, Daemon, Refusal};
use crate::exit::Health;
use crate::top::{self, Sort};

/// Show the instances on a full screen, as they are just now
///
/// The timers that run, who is heard, what happened, and the keys to hand an instance over, take it back, disable and enable it, which do what
/// the verbs of these names do. Press ? for the keys, and q to quit. It goes on where vrrpd stops and starts meanwhile. Colours are left out
/// where NO_COLOR is set, and lines are drawn in ASCII unless the locale is one of UTF-8.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  vrrpadm top\n  vrrpadm top web db --sort name --interval 5s")]
pub(super) struct Args {
    /// The instances to show [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Ask the daemon so often; of thousands of instances it is asked less often, so that this takes a twentieth of the time at most
    #[arg(long, value_name = "TIME", value_parser = interval, default_value = "1s")]
    interval: Duration,
    /// In which order they stand at first
    #[arg(long, value_name = "ORDER", value_enum, default_value_t)]
    sort: Sort,
}

/// How often somebody may ask.
const SHORTEST: Duration = Duration::from_millis(100);
/// Beyond this, nobody looks on.
const LONGEST: Duration = Duration::from_secs(3600);

fn interval(text: &str) -> Result<Duration, String> {
    span(text, SHORTEST..=LONGEST).ok_or_else(|| "write a time from 100ms to 1h, such as 500ms or 2s".to_owned())
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let daemon = context.daemon().await?;
        self.check_names(&daemon).await?;
        let bus = context.bus()?.clone();
        let options = top::Options {
            place: place(context, &bus),
            bus,
            names: self.names.into_iter().collect(),
            interval: self.interval,
            sort: self.sort,
        };
        top::run(daemon, options).await?;
        Ok(Health::Fine)
    }

    /// Finds a slip of the finger before there is a screen without it. Where no daemon runs, nobody knows.
    async fn check_names(&self, daemon: &Daemon) -> anyhow::Result<()> {
        if self.names.is_empty() {
            return Ok(());
        }
        match daemon.describe().await {
            Ok(status) => expect_all(&self.names, &status),
            Err(Refusal::NotRunning) => Ok(()),
            Err(refusal) => Err(refusal.into()),
        }
    }
}

/// The options that lead another `vrrpadm` to the same files and the same bus.
fn place(context: &Context, bus: &Bus) -> Vec<String> {
    let root = context.root.iter().flat_map(|root| ["--root".to_owned(), root.display().to_string()]);
    let bus = match bus {
        Bus::System if context.root.is_none() => Vec::new(),
        Bus::System => vec!["--bus".to_owned(), "system".to_owned()],
        Bus::Address(address) => vec!["--bus".to_owned(), address.clone()],
    };
    root.chain(bus).collect()
}
