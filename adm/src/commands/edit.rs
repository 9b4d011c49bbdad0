use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use tempfile::TempDir;
use vrrp::config::InstanceName;
use vrrp::config::check::{Outline, check_gathered, outline};
use vrrp::config::diff::diff;
use vrrp::config::file::Gathered;

use super::Context;
use super::ask;
use super::change::{Change, Follow, How, may, open, rehearsed};
use super::suggest::known_name;
use crate::edit::{Edited, Refusal, Session};
use crate::editor;
use crate::exit::Health;
use crate::render::note;
use crate::render::phrase::refusal;

const FOLLOW: Follow =
    Follow { done: "edited", needs_whole: false, runs_daemon: false, stops: false, starts: false, stays: true };

/// What a main file begins with that somebody edits before there is one.
const FIRST: &str = "# The VRRP instances of this host: see vrrp.toml(5), which has examples.\n";

/// Edit the file of an instance, and apply it when it is right
///
/// Opens a copy in the editor that SYSTEMD_EDITOR, EDITOR or VISUAL names. What is wrong is shown with its line, and can be
/// mended or thrown away; nothing of it reaches the file before. Without a name, /etc/vrrp/vrrp.toml is edited.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  vrrpadm edit web\n  vrrpadm edit web --dry-run")]
pub(super) struct Args {
    /// The instance whose file to edit [default: the main file]
    name: Option<String>,
    #[command(flatten)]
    how: How,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let name = self.name.as_deref().map(|name| known_name(context, name)).transpose()?;
        // Nobody else has to wait while somebody types: the lock is only taken to write.
        may(context, self.how)?;
        let files = Session::rehearse(context.root()).files_to_edit(name.as_ref())?;
        let Some(((path, before), further)) = files.split_first() else {
            bail!("there is no file to edit");
        };
        for (path, _) in further {
            note(&format!("Some of it stands in {}, too.", path.display()));
        }
        let before = before.as_deref();
        let mut copy = Copy::new(path, before.unwrap_or(FIRST))?;
        loop {
            editor::edit(&copy.path)?;
            let after = copy.text()?;
            if after == before.unwrap_or(FIRST) {
                note(&format!("{} is as it was: nothing has changed.", path.display()));
                return Ok(Health::Fine);
            }
            let mut session = open(context, self.how)?;
            match session.rewrite(path, before, &after) {
                Ok(edited) => return finish(context, self.how, session, edited, path).await,
                Err(refusal) => {
                    // Free for others again, who may be what is waited for.
                    drop(session);
                    copy = copy.again(path, &refusal)?;
                }
            }
        }
    }
}

/// The copy that is edited, in a directory that nobody else can reach.
struct Copy {
    directory: TempDir,
    path: PathBuf,
}

impl Copy {
    fn new(original: &Path, text: &str) -> anyhow::Result<Self> {
        let make = || {
            let mut builder = tempfile::Builder::new();
            builder.prefix("vrrpadm-").permissions(Permissions::from_mode(0o700));
            let directory = builder.tempdir()?;
            let path = directory.path().join(original.file_name().unwrap_or_default());
            std::fs::write(&path, text)?;
            std::io::Result::Ok(Self { directory, path })
        };
        make().map_err(|error| anyhow!("no copy can be made to edit: {}", refusal(&error)))
    }

    /// What it says by now. Editors put another file in its place.
    fn text(&self) -> anyhow::Result<String> {
        let text = std::fs::read_to_string(&self.path);
        text.map_err(|error| anyhow!("what was edited cannot be read ({}): nothing has changed", refusal(&error)))
    }

    /// Says what is wrong, and asks a person whether to edit it again. An error where not: then it is thrown away as told, or kept.
    fn again(self, original: &Path, problems: &Refusal) -> anyhow::Result<Self> {
        let original = original.display();
        // A file that somebody else has changed does not get better by another try.
        if matches!(problems, Refusal::Problems { .. }) && ask::is_possible() {
            note(&problems.to_string());
            let answer = ask::until("Press Enter to edit it again, or type q to throw it away", |line| match line {
                "" => Ok(true),
                "q" => Ok(false),
                _ => Err("Press Enter, or type q.".to_owned()),
            })?;
            match answer {
                Some(true) => return Ok(self),
                Some(false) => bail!("{original} is not edited: nothing has changed"),
                None => {}
            }
        }
        let kept = self.path.display().to_string();
        let _directory = self.directory.keep();
        bail!("{original} is not edited:\n{problems}\nWhat was written is kept in {kept}.")
    }
}

/// Makes the host follow a file that was edited, in all its instances, or shows what would become of it.
async fn finish(context: &Context, how: How, session: Session, edited: Edited, path: &Path) -> anyhow::Result<Health> {
    if how.dry_run {
        return rehearsed(context, &session, &edited, FOLLOW).await;
    }
    let (before, after) = session.compare(&edited);
    let (stops, starts) = units(&outlines(&before), &outlines(&after));
    let tells = changed(&before, &after);
    let mut change = Change::begin(context, session, edited, FOLLOW, path.display().to_string()).await;
    (change.stops, change.starts, change.tells) = (stops, starts, tells);
    change.carry_out().await
}

fn outlines(gathered: &Gathered) -> Vec<Outline> {
    outline(&gathered.sources).0
}

/// The instances whose units have to stop, because they are gone or disabled, and those whose units have to start, because they are new, enabled,
/// or follow other units than they did. One that somebody has stopped stays so otherwise.
fn units(before: &[Outline], after: &[Outline]) -> (Vec<InstanceName>, Vec<InstanceName>) {
    let enabled = |outlines: &[Outline], name: &InstanceName| {
        outlines.iter().find(|one| one.name == *name && one.enabled).map(|one| one.protect.clone())
    };
    let named = |outlines: &[Outline]| outlines.iter().map(|one| one.name.clone()).collect::<BTreeSet<_>>();
    let stops =
        named(before).into_iter().filter(|name| enabled(before, name).is_some() && enabled(after, name).is_none());
    let starts = named(after).into_iter().filter(|name| {
        let protect = enabled(after, name);
        protect.is_some() && protect != enabled(before, name)
    });
    (stops.collect(), starts.collect())
}

/// The instances that are new or other than before.
fn changed(before: &Gathered, after: &Gathered) -> Vec<InstanceName> {
    let Ok(after) = check_gathered(after) else { return Vec::new() };
    let before = check_gathered(before).unwrap_or_default();
    let changed = diff(&before.config, &after.config).into_iter().map(|change| change.name().clone());
    changed.filter(|name| after.config.instances.contains_key(name)).collect()
}
