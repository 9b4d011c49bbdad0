use std::time::Duration;

use anyhow::Context as _;

use vrrp::status::Status;

use super::Context;
use super::span::span;
use super::suggest::unknown;
use crate::bus::{Daemon, Refusal};
use crate::exit::Health;
use crate::render::progress::during;
use crate::render::{json, note, say};

/// Hand an instance's addresses over to another host, now
///
/// Nobody knows beforehand whether another host is there, since only the Master is heard. If none takes over, this host serves again and the
/// command fails. After a hand-over this host stays away until no other one serves, for the time that --for tells, or until --undo. It is
/// forgotten when vrrpd is stopped.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  vrrpadm resign web\n  vrrpadm resign web --for 10m\n  vrrpadm resign web --undo")]
pub(super) struct Args {
    /// The instance
    name: String,
    /// Stay away for this long, such as 90s, 10m or 2h, and then take part again
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    time: Option<Duration>,
    /// Stay away even where no other host serves
    #[arg(long)]
    force: bool,
    /// Take part again after a resignation
    #[arg(long, conflicts_with_all = ["time", "force"])]
    undo: bool,
    /// Tell who is Master, as JSON
    #[arg(long)]
    json: bool,
}

/// What came of it, for programs.
#[derive(serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Answer {
    /// Who is Master; `null` if nobody is.
    master: Option<String>,
    /// How many milliseconds after the resignation it was heard, 0 if it was Master before.
    after: Option<f64>,
}

/// The longest time to stay away: beyond it, `disable` is what is meant.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

fn time(text: &str) -> Result<Duration, String> {
    match span(text, Duration::ZERO..=Duration::MAX) {
        None => Err("write a time such as 90s, 10m or 2h".to_owned()),
        Some(Duration::ZERO) => Err("that is no time at all: leave --for out, or write one such as 10m".to_owned()),
        Some(time) if time > LONGEST => Err("that is longer than a year: use vrrpadm disable".to_owned()),
        Some(time) => Ok(time),
    }
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let name = super::suggest::name(&self.name)?.to_string();
        let daemon = context.daemon().await?;
        if self.undo {
            return match daemon.come_back(&name).await {
                Err(Refusal::NoSuchInstance) => Err(no_such(&daemon, &name).await?),
                other => undone(&name, other?),
            };
        }
        let resigning = daemon.resign(&name, self.time, self.force);
        let resigned = match during(&format!("another host serves {name}"), resigning).await {
            Err(Refusal::NoSuchInstance) => return Err(no_such(&daemon, &name).await?),
            Err(Refusal::NotMaster(what)) => {
                note(&format!("{name} has nothing to hand over: it is {what}"));
                return Ok(Health::NotHealthy);
            }
            other => other.with_context(|| name.clone())?,
        };
        let health = Health::of(resigned.is_some());
        if self.json {
            let (master, after) = resigned.unzip();
            let after = after.map(|after| after.as_secs_f64() * 1000.0);
            say(&json(&Answer { master, after })?)?;
        } else {
            say(&words(&name, resigned))?;
        }
        Ok(health)
    }
}

fn words(name: &str, resigned: Option<(String, Duration)>) -> String {
    match resigned {
        Some((master, Duration::ZERO)) => format!("{name} stays away. {master} is Master."),
        Some((master, after)) => {
            format!("{name} is handed over: {master} is Master, {:.3} s after the resignation.", after.as_secs_f64())
        }
        None => format!("{name} stays away, and no host serves its addresses."),
    }
}

/// Says that the daemon has no such instance, and which one may be meant.
async fn no_such(daemon: &Daemon, name: &str) -> Result<anyhow::Error, Refusal> {
    let status: Status = daemon.describe().await?;
    let names: Vec<&str> = status.instances.iter().map(|instance| instance.name.as_str()).collect();
    Ok(unknown(name, &names))
}

fn undone(name: &str, was_away: bool) -> anyhow::Result<Health> {
    match was_away {
        true => say(&format!("{name} takes part again."))?,
        false => say(&format!("{name} had not resigned: nothing has changed."))?,
    }
    Ok(Health::Fine)
}
