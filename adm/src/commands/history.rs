use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::tz::TimeZone;
use vrrp::status::{Status, Transition};

use super::Context;
use super::view::View;
use crate::bus::{Bus, Daemon, Refusal};
use crate::exit::Health;
use crate::journal::Journal;
use crate::render::news::{News, What, lines};
use crate::render::time::{now, point};
use crate::render::{json, say, warn};

/// Show what has happened to the instances, and why
///
/// The daemon keeps the last 32 transitions of each instance. What was before, and before it was started, is read from the journal: that of
/// vrrp.service, so only where the daemon is on the system bus, or below --root. The oldest stands first.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  vrrpadm history web --lines 10\n  vrrpadm history --since 2h")]
pub(super) struct Args {
    /// The instances [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// How many transitions at most: the newest ones
    #[arg(short = 'n', long = "lines", value_name = "NUMBER", default_value_t = 50,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    most: u32,
    /// Nothing that was before TIME, such as 2h, "2026-11-30 08:15" or 08:15
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<u64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let names: BTreeSet<&str> = self.names.iter().map(String::as_str).collect();
        let mut found = Found::new(&names, usize::try_from(self.most)?, self.since);
        let has_journal = matches!(context.bus, None | Some(Bus::System));
        match self.remembered(context).await {
            Ok(transitions) => found.take_remembered(transitions),
            Err(refusal) if refusal.is_absence() && has_journal => {
                warn(&format!("{refusal}. This is what the journal says."));
            }
            Err(refusal) => return Err(refusal.into()),
        }
        if has_journal && found.wants_more() {
            found.read_journal(context.root.as_deref());
        }
        if let Some(name) = names.iter().find(|name| !found.has(name)) {
            // It may be there, and nothing has happened to it yet.
            View::<Status>::open(context).await?.instance(name)?;
        }
        let news = found.sorted();
        if self.json {
            say(&json(&news)?)?;
        } else {
            context.show(&lines(&news, &TimeZone::system())).await?;
        }
        Ok(Health::Fine)
    }

    /// What the daemon remembers; nothing where there is no bus to ask it on.
    async fn remembered(&self, context: &Context) -> Result<Vec<Transition>, Refusal> {
        match context.connect().await? {
            Some(connection) => Daemon::on(&connection).history(&self.names, self.most).await,
            None => Ok(Vec::new()),
        }
    }
}

/// Reads the time from which on something counts.
fn since(text: &str) -> Result<u64, String> {
    point(text, now(), &TimeZone::system())
}

/// What was found so far.
struct Found<'n> {
    /// Which instances are meant; all if none is named.
    names: &'n BTreeSet<&'n str>,
    most: usize,
    since: Option<u64>,
    news: Vec<News>,
    /// From when on the daemon told of an instance.
    from: BTreeMap<String, u64>,
}

impl<'n> Found<'n> {
    const fn new(names: &'n BTreeSet<&'n str>, most: usize, since: Option<u64>) -> Self {
        Self { names, most, since, news: Vec::new(), from: BTreeMap::new() }
    }

    fn take_remembered(&mut self, transitions: Vec<Transition>) {
        for Transition { instance, time, old, state, reason, .. } in transitions {
            let from = self.from.entry(instance.clone()).or_insert(time);
            *from = time.min(*from);
            if self.since.is_none_or(|since| since <= time) {
                self.news.push(News { time, what: What::change(instance, old, state, reason, None) });
            }
        }
    }

    fn wants_more(&self) -> bool {
        self.news.len() < self.most
    }

    /// Reads from the journal what the daemon does not remember. That it cannot be read is told.
    fn read_journal(&mut self, root: Option<&Path>) {
        if let Err(error) = self.try_journal(root) {
            warn(&format!("what was before vrrpd was started is not known: {error:#}"));
        }
    }

    fn try_journal(&mut self, root: Option<&Path>) -> anyhow::Result<()> {
        let mut journal = Journal::open(root)?;
        while self.wants_more()
            && let Some(earlier) = journal.earlier()?
        {
            if earlier.iter().any(|news| self.since.is_some_and(|since| news.time < since)) {
                break;
            }
            self.news.extend(earlier.into_iter().filter(|news| is_wanted(news, self.names, &self.from)));
        }
        Ok(())
    }

    fn has(&self, name: &str) -> bool {
        self.from.contains_key(name) || self.news.iter().any(|news| news.what.instance() == Some(name))
    }

    /// The newest, in their order. What came at the same time stays as it was told.
    fn sorted(mut self) -> Vec<News> {
        self.news.sort_by_key(|news| news.time);
        self.news.split_off(self.news.len().saturating_sub(self.most))
    }
}

/// Tells whether the journal knows better than the daemon.
fn is_wanted(news: &News, names: &BTreeSet<&str>, from: &BTreeMap<String, u64>) -> bool {
    match news.what.instance() {
        None => true,
        Some(name) => (names.is_empty() || names.contains(name)) && from.get(name).is_none_or(|&from| news.time < from),
    }
}
