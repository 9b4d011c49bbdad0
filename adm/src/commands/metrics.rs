use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use anyhow::anyhow;

use super::Context;
use super::span::span;
use crate::bus::Daemon;
use crate::exit::Health;
use crate::metrics::serve::serve;
use crate::metrics::{Format, written, yang};
use crate::render::{json, say, warn};

/// Print how vrrpd is for Prometheus and others that watch
///
/// As OpenMetrics; with --textfile in the older format that node_exporter reads; with --json by the model ietf-vrrp of RFC 8347. Where vrrpd cannot
/// be asked, it prints that (vrrp_up 0) and exits with 1; with --json it fails.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  vrrpadm metrics\n  vrrpadm metrics --textfile /var/lib/prometheus/node-exporter/vrrp.prom"
)]
pub(super) struct Args {
    /// Write into FILE, at once as a whole, for the textfile collector of node_exporter
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with = "json")]
    textfile: Option<PathBuf>,
    /// Print the state and statistics of RFC 8347 as JSON (RFC 7951)
    #[arg(long)]
    json: bool,
    /// Serve /metrics over HTTP on the sockets that systemd passes, as vrrp-metrics.service does
    #[arg(long, conflicts_with_all = ["textfile", "json"])]
    serve: bool,
    /// With --serve, end when nobody has come for this long: systemd starts it again
    #[arg(long, value_name = "TIME", requires = "serve", default_value = "90s", value_parser = time)]
    idle: Duration,
}

fn time(text: &str) -> Result<Duration, String> {
    span(text, Duration::from_nanos(1)..=Duration::MAX).ok_or_else(|| "write a time such as 90s or 10m".to_owned())
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let bus = context.bus()?;
        if self.serve {
            serve(bus.clone(), self.idle).await?;
            return Ok(Health::Fine);
        }
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
    let known = [
        (io::ErrorKind::NotFound, "there is no such directory"),
        (io::ErrorKind::IsADirectory, "it is a directory: name a file in it, such as vrrp.prom"),
        (io::ErrorKind::PermissionDenied, "permission denied (run this as root)"),
    ];
    let text = error.to_string().to_lowercase();
    let why = match known.into_iter().find(|(kind, _)| *kind == error.kind()) {
        Some((_, words)) => words,
        None => text.split(" (os error").next().unwrap_or_default(),
    };
    anyhow!("cannot write {}: {why}", file.display())
}
