use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use jiff::tz::TimeZone;
use vrrp::status::{Instance, State, Status};

use super::Context;
use super::suggest::expect_all;
use crate::bus::events::{Event, Events, Transition};
use crate::bus::{Daemon, Refusal};
use crate::exit::Health;
use crate::render::news::{News, What};
use crate::render::say;
use crate::render::time::now;

/// Follow what happens to the instances, a line each time
///
/// Begins with how each instance is, and goes on until it is interrupted, also where vrrpd stops and starts meanwhile. With --json each line is an
/// object of its own.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  vrrpadm monitor\n  vrrpadm monitor web --json")]
pub(super) struct Args {
    /// The instances to follow [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Print a line of JSON each time
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let daemon = context.daemon().await?;
        // What happens while the daemon tells how it is, is told after that.
        let events = daemon.events().await?;
        let names = self.names.into_iter().collect();
        let follower = Follower { names, json: self.json, runs: None, known: BTreeMap::new() };
        follower.follow(&daemon, events).await
    }
}

/// Who follows instances, and what was said last.
struct Follower {
    /// Which ones; all if none is named.
    names: BTreeSet<String>,
    json: bool,
    /// Whether a daemon runs, if that was said.
    runs: Option<bool>,
    /// How each instance is, and why.
    known: BTreeMap<String, (State, String)>,
}

impl Follower {
    async fn follow(mut self, daemon: &Daemon, mut events: Events) -> anyhow::Result<Health> {
        if let Some(status) = self.look(daemon).await? {
            expect_all(&self.names, &status)?;
            self.compare(status)?;
        }
        while let Some(event) = events.next().await {
            self.heed(daemon, event).await?;
        }
        bail!("the bus is gone")
    }

    async fn heed(&mut self, daemon: &Daemon, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Transition(transition) => self.tell(transition),
            Event::Added(name) => match daemon.describe_instance(&name).await {
                Ok(instance) => self.tell_standing(instance),
                // Gone again, and that is told, too.
                Err(_) => Ok(()),
            },
            Event::Removed(name) => self.remove(name),
            Event::Running(false) => self.stop(),
            Event::Running(true) => self.look_again(daemon).await,
            Event::Lost(events) => {
                self.say(What::Lost { events })?;
                self.look_again(daemon).await
            }
        }
    }

    /// Asks how everything is; `None` where no daemon runs, which is said.
    async fn look(&mut self, daemon: &Daemon) -> anyhow::Result<Option<Status>> {
        match daemon.describe().await {
            Ok(status) => Ok(Some(status)),
            Err(Refusal::NotRunning) => self.stop().map(|()| None),
            Err(refusal) => Err(refusal.into()),
        }
    }

    async fn look_again(&mut self, daemon: &Daemon) -> anyhow::Result<()> {
        match self.look(daemon).await? {
            Some(status) => self.compare(status),
            None => Ok(()),
        }
    }

    fn stop(&mut self) -> anyhow::Result<()> {
        self.known.clear();
        match self.runs.replace(false) {
            Some(false) => Ok(()),
            Some(true) | None => self.say(What::Stopped),
        }
    }

    /// Says what of a status is other than was said.
    fn compare(&mut self, status: Status) -> anyhow::Result<()> {
        if self.runs.replace(true) != Some(true) {
            self.say(What::Running { version: status.daemon.version })?;
        }
        let present: BTreeSet<&str> = status.instances.iter().map(|instance| instance.name.as_str()).collect();
        let gone: Vec<String> = self.known.keys().filter(|name| !present.contains(name.as_str())).cloned().collect();
        gone.into_iter().try_for_each(|name| self.remove(name))?;
        status.instances.into_iter().try_for_each(|instance| self.tell_standing(instance))
    }

    fn remove(&mut self, instance: String) -> anyhow::Result<()> {
        match self.known.remove(&instance) {
            Some(_) => self.say(What::Removed { instance }),
            None => Ok(()),
        }
    }

    fn tell_standing(&mut self, instance: Instance) -> anyhow::Result<()> {
        let Instance { name, state, reason, since, .. } = instance;
        self.tell(Transition { instance: name, old: state, new: state, reason, since })
    }

    /// Tells of an instance what was not told last.
    fn tell(&mut self, transition: Transition) -> anyhow::Result<()> {
        let Transition { instance, old, new, reason, since } = transition;
        let followed = self.names.is_empty() || self.names.contains(&instance);
        let standing = (new, reason.clone());
        if !followed || self.known.get(&instance) == Some(&standing) {
            return Ok(());
        }
        self.known.insert(instance.clone(), standing);
        self.say(What::change(instance, old, new, reason, Some(since)))
    }

    fn say(&self, what: What) -> anyhow::Result<()> {
        let news = News { time: now(), what };
        Ok(say(&if self.json { serde_json::to_string(&news)? } else { news.line(&TimeZone::system()) })?)
    }
}
