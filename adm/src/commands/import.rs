use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use vrrp::config::Written;

use super::Context;
use super::change::{How, open};
use crate::edit::secret;
use crate::exit::Health;
use crate::files::gather;
use crate::import::{Imported, import};
use crate::render::import::{Report, differences, notes, verdict};
use crate::render::{json, note, say, tell, warn, width};

/// The configuration that is translated unless another one is named, below a root.
const USUAL: &str = "etc/keepalived/keepalived.conf";
/// The file that is written.
const FILE_NAME: &str = "keepalived.toml";

/// Translate a configuration of keepalived's
///
/// Prints what it is as a configuration of vrrpd's, and tells beside it what became of every line that needs a look. Nothing is
/// changed without --write. Exits with 1 where something could not be translated, and with 2 where the configuration
/// cannot be read.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  vrrpadm import --diff | less -R\n  vrrpadm import --write")]
pub(super) struct Args {
    /// Its first file [default: /etc/keepalived/keepalived.conf]
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Show every line of it beside what became of it
    #[arg(long, conflicts_with_all = ["json", "write"])]
    diff: bool,
    /// Print JSON: the configuration, and what became of every line
    #[arg(long, conflicts_with = "write")]
    json: bool,
    /// Write /etc/vrrp/vrrp.d/keepalived.toml, and each secret into a file of its own, and touch nothing that runs
    #[arg(long)]
    write: bool,
    /// Which host this is, for lines that begin with @ [default: the host's name, up to the first dot]
    #[arg(long, value_name = "ID")]
    config_id: Option<String>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<Health> {
        let file = self.file.clone().unwrap_or_else(|| context.root().join(USUAL));
        let config_id = self.config_id.clone().unwrap_or_else(|| host_name(context.root.as_deref()));
        let imported = import(&file, context.root(), &config_id).map_err(|problem| anyhow!("{problem}"))?;
        let health = Health::of(imported.is_whole());
        match () {
            () if self.json => say(&json(&Report::of(&imported))?)?,
            () if self.diff => {
                say(&differences(&imported, width()))?;
                note(&verdict(&imported));
            }
            () if self.write => write(context, &imported)?,
            () => {
                say(&imported.toml)?;
                note(&notes(&imported, width()));
                note(&verdict(&imported));
                if !imported.secrets.is_empty() {
                    note("Secrets are not shown: vrrpadm import --write puts each into a file.");
                }
            }
        }
        Ok(health)
    }
}

/// Writes the configuration and its secrets, all or nothing.
fn write(context: &Context, imported: &Imported) -> anyhow::Result<()> {
    if imported.instances.is_empty() {
        bail!("there is no instance to write:\n{}", notes(imported, width()));
    }
    let target = context.tree().own_directory().join(FILE_NAME);
    if target.symlink_metadata().is_ok() {
        bail!("{} is there already: move it away first, if it may be replaced", target.display());
    }
    let written = Written::read(&gather(&context.tree()).sources);
    if let Some(name) = imported.instances.iter().find(|name| written.names().any(|there| there == name.as_str())) {
        bail!(
            "there is an instance {name} already: vrrpadm delete {name} removes it, or give the other one another name"
        );
    }
    let mut session = open(context, How { dry_run: false })?;
    let mut secrets = Vec::new();
    let mut refusal = None;
    for secret in &imported.secrets {
        match secret::write(context.root(), &secret.path, &secret.text) {
            Ok(written) => secrets.extend(written),
            Err(reason) => {
                refusal = Some(reason);
                break;
            }
        }
    }
    let edited = match refusal {
        Some(reason) => Err(reason),
        None => session.add(FILE_NAME, &imported.toml),
    };
    let edited = edited.map_err(|refusal| {
        secret::undo(&secrets);
        anyhow!("nothing is written:\n{refusal}")
    })?;
    for written in &secrets {
        tell(&format!("{} is written: a secret.", written.path.display()));
    }
    for change in &edited.changes {
        tell(&format!("{} is written.", change.path.display()));
    }
    note(&notes(imported, width()));
    note(&verdict(imported));
    for warning in &edited.warnings {
        warn(&warning.to_string());
    }
    if secrets.iter().any(|written| !written.owned) {
        warn(
            "there is no user vrrp yet, who has to own the secrets: systemd-sysusers, then chown vrrp /etc/vrrp/keys/*",
        );
    }
    for problem in &edited.remaining {
        warn(&format!("vrrpd applies nothing until this is mended: {problem}"));
    }
    tell(&next(imported));
    Ok(())
}

/// What is left to do.
fn next(imported: &Imported) -> String {
    let most = 8;
    let creates =
        imported.instances.iter().take(most).map(|name| format!("    vrrpadm create {name}\n")).collect::<String>();
    let more = imported.instances.len().saturating_sub(most);
    let more = if more > 0 { format!("    and {more} more (vrrpadm list)\n") } else { String::new() };
    // Of a configuration of IPVS, too, keepalived has to go on with a part.
    let (what, unless) = match imported.is_whole() {
        true => ("it", ""),
        false => ("what is translated", "    (unless it has to go on for the rest, as told above)\n"),
    };
    format!("Nothing runs yet. To go over to {what}:\n    systemctl disable --now keepalived\n{unless}{creates}{more}")
}

/// The host's name as keepalived takes it: up to the first dot.
fn host_name(root: Option<&Path>) -> String {
    let name = match root {
        Some(root) => std::fs::read_to_string(root.join("etc/hostname")).unwrap_or_default(),
        None => nix::sys::utsname::uname().map(|uts| uts.nodename().to_string_lossy().into_owned()).unwrap_or_default(),
    };
    name.trim().split('.').next().unwrap_or_default().to_owned()
}
