use anyhow::bail;
use clap::builder::PossibleValuesParser;
use vrrp::config::KEYS;

use super::Context;
use super::change::{Follow, How, finish, open, refused};
use super::keys::Keys;
use super::suggest::known_name;
use crate::edit::Setting;
use crate::exit::Health;

const FOLLOW: Follow =
    Follow { done: "modified", needs_whole: false, runs_daemon: false, stops: false, starts: false, stays: true };

/// Change an instance, in the files where its keys stand
///
/// A list, such as the addresses, is given whole. Comments in the files stay.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  vrrpadm modify web --priority 150\n  vrrpadm modify web --address 192.0.2.10/24 --address 192.0.2.11/24 --dry-run\n  vrrpadm modify web --unset preempt_delay"
)]
pub(super) struct Args {
    /// The instance
    name: String,
    #[command(flatten)]
    keys: Keys,
    /// Take a key out, so that its default holds; repeat it for each
    #[arg(long, value_name = "KEY", value_delimiter = ',', value_parser = PossibleValuesParser::new(KEYS), hide_possible_values = true)]
    unset: Vec<String>,
    #[command(flatten)]
    how: How,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let name = known_name(context, &self.name)?;
        let unset = KEYS.into_iter().filter(|key| self.unset.iter().any(|unset| unset == key));
        let mut settings = self.keys.settings();
        settings.extend(unset.map(Setting::unset));
        if settings.is_empty() {
            bail!("say what to change, for example --priority 150: see vrrpadm modify --help");
        }
        // A unit that somebody has stopped stays so, unless what it follows is another.
        let starts = self.keys.protects() || self.unset.iter().any(|key| key == "protect");
        let mut session = open(context, self.how)?;
        let edited = session.modify(&name, &settings).map_err(|refusal| refused(&name, FOLLOW.done, &refusal))?;
        let done = if edited.changes.is_empty() { "so already" } else { FOLLOW.done };
        finish(context, self.how, session, &name, edited, Follow { done, starts, ..FOLLOW }).await
    }
}
