//! What is done about interface groups, a verb each.

use anyhow::anyhow;
use clap::Subcommand;
use serde::Deserialize;
use vrrp::status::{Group, GroupMember};

use super::Context;
use crate::bus::{Daemon, Moved, Refusal};
use crate::exit::Health;
use crate::nearest::nearest;
use crate::render::{json, say};

mod list;
mod offline;
mod online;
mod show;

/// Show interface groups, and take their links out of use
///
/// A group is a set of links of which one is as good as another: [group.NAME] in the configuration. It is ok while all of its members can be used,
/// degraded while some can, and failed while none can.
#[derive(clap::Args, Debug)]
#[command(disable_help_subcommand = true, arg_required_else_help = true)]
#[command(
    after_help = "Examples:\n  vrrpadm group list\n  vrrpadm group show uplinks\n  vrrpadm group offline uplinks eth2"
)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Args),
    Show(show::Args),
    Offline(offline::Args),
    Online(online::Args),
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        match self.verb {
            Verb::List(args) => args.run(context).await,
            Verb::Show(args) => args.run(context).await,
            Verb::Offline(args) => args.run(context).await,
            Verb::Online(args) => args.run(context).await,
        }
    }
}

/// What came of taking a member out of use or back, for programs.
#[derive(serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Answer {
    /// Whether the member was otherwise before.
    changed: bool,
    /// The state of the group now: `ok`, `degraded` or `failed`.
    state: String,
    /// Why it has that, in words.
    reason: String,
}

/// The groups that a daemon tells of. One of an older release tells of none.
#[derive(Debug, Deserialize)]
struct Told {
    #[serde(default)]
    groups: Vec<Group>,
}

async fn groups(daemon: &Daemon) -> Result<Vec<Group>, Refusal> {
    Ok(daemon.describe::<Told>().await?.groups)
}

/// Whether all of them are ok.
fn health(groups: &[Group]) -> Health {
    Health::of(groups.iter().all(|group| group.state == "ok"))
}

/// Finds a group by its name.
fn find<'g>(groups: &'g [Group], name: &str) -> anyhow::Result<&'g Group> {
    groups.iter().find(|group| group.name == name).ok_or_else(|| {
        let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
        match (nearest(name, &names), names.as_slice()) {
            (_, []) => anyhow!("there is no group {name:?}, nor any other: write [group.NAME], see vrrp.toml(5)"),
            (Some(near), _) => anyhow!("there is no group {name:?}: did you mean {near}?"),
            (None, _) => anyhow!("there is no group {name:?}: see vrrpadm group list"),
        }
    })
}

/// Finds a member of a group by its link.
fn find_member<'g>(group: &'g Group, link: &str) -> anyhow::Result<&'g GroupMember> {
    group.members.iter().find(|member| member.interface == link).ok_or_else(|| {
        let links: Vec<&str> = group.members.iter().map(|member| member.interface.as_str()).collect();
        match nearest(link, &links) {
            Some(near) => anyhow!("{link:?} is no member of {}: did you mean {near}?", group.name),
            None => anyhow!("{link:?} is no member of {}: its members are {}", group.name, links.join(", ")),
        }
    })
}

/// Says why a member was not moved, where it is one of the names that is wrong.
async fn refused(daemon: &Daemon, group: &str, member: &str, refusal: Refusal) -> anyhow::Error {
    let wrong = async {
        let groups = groups(daemon).await.ok()?;
        find(&groups, group).and_then(|group| find_member(group, member)).err()
    };
    let named = matches!(refusal, Refusal::NoSuchGroup | Refusal::NoSuchMember);
    match if named { wrong.await } else { None } {
        Some(error) => error,
        None => refusal.into(),
    }
}

/// Tells what came of it.
fn tell(words: &str, group: &str, moved: Moved, as_json: bool) -> anyhow::Result<Health> {
    let Moved { changed, state, reason } = moved;
    if as_json {
        say(&json(&Answer { changed, state, reason })?)?;
    } else {
        say(&format!("{words} {group} is {state}: {reason}."))?;
    }
    Ok(Health::Fine)
}
