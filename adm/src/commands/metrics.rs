use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{anyhow, bail};

use super::Context;
use crate::bus::Daemon;
use crate::exit::Health;
use crate::metrics::{Format, written, yang};
use crate::render::{json, say, warn};

/// Print how vrrpd is for Prometheus and others that watch
///
/// As OpenMetrics; with --textfile in the older format that node_exporter reads; with --json by the model ietf-vrrp of RFC 8347. Where vrrpd cannot
/// be asked, it prints that (vrrp_up 0) and exits with 1; with --json it fails.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Write into FILE, at once as a whole, for the textfile collector of node_exporter
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with = "json")]
    textfile: Option<PathBuf>,
    /// Print the state and statistics of RFC 8347 as JSON (RFC 7951)
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let Some(bus) = &context.bus else {
            bail!("there is no vrrpd below a --root: leave --root out, or name its bus with --bus");
        };
        if self.json {
            say(&json(&yang::data(&Daemon::asked(bus).await?))?)?;
            return Ok(Health::Fine);
        }
        let status = match Daemon::asked(bus).await {
            Ok(status) => Some(status),
            Err(refusal) => {
                warn(&refusal.to_string());
                None
            }
        };
        let health = Health::of(status.is_some());
        match &self.textfile {
            Some(file) => replace(file, &written(status, Format::Classic)?).map_err(|error| refuse(file, &error))?,
            None => say(&written(status, Format::OpenMetrics)?)?,
        }
        Ok(health)
    }
}

/// Writes a file as a whole, for all to read. Whoever reads it meanwhile has the old one.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let directory = file.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The collector reads what ends in .prom alone.
    let mut new = tempfile::Builder::new().prefix(".vrrpadm-").suffix(".new").tempfile_in(directory)?;
    new.write_all(text.as_bytes())?;
    new.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    new.persist(file).map(drop).map_err(|error| error.error)
}

fn refuse(file: &Path, error: &io::Error) -> anyhow::Error {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "there is no such directory".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory: name a file in it, such as vrrp.prom".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied (run this as root)".to_owned(),
        _ => error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase(),
    };
    anyhow!("cannot write {}: {why}", file.display())
}
