use super::{find, find_member, groups, health};
use crate::commands::Context;
use crate::exit::Health;
use crate::render::groups::details;
use crate::render::time::now;
use crate::render::{json, say, width};

/// Show the members of groups, what the kernel and probes say of each, and who is probed
///
/// Exits with 1 unless every group that is shown is ok.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The group [default: all]
    group: Option<String>,
    /// Only this member of it, a link
    member: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let mut groups = groups(&context.daemon().await?).await?;
        if let Some(name) = &self.group {
            let mut group = find(&groups, name)?.clone();
            if let Some(link) = &self.member {
                let member = find_member(&group, link)?.clone();
                if self.json {
                    say(&json(&member)?)?;
                    return Ok(health(&[group]));
                }
                group.members = vec![member];
            } else if self.json {
                say(&json(&group)?)?;
                return Ok(health(&[group]));
            }
            groups = vec![group];
        }
        if self.json {
            say(&json(&groups)?)?;
        } else {
            context.show(&details(&groups, now(), width(), !context.looks.no_legend)).await?;
        }
        Ok(health(&groups))
    }
}
