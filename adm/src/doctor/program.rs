//! Runs a program of the host that knows what no file has.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// How long one may take: a ruleset of hundreds of thousands of entries takes seconds.
const PATIENCE: Duration = Duration::from_secs(20);
/// Where programs of administrators are, for whoever has no such path.
const SBIN: &str = "/usr/local/sbin:/usr/sbin:/sbin";

/// Why a program said nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// It is not installed.
    Absent,
    /// It failed, in its own words.
    Failed(String),
}

/// Runs a program to its end, and gives what it printed.
pub(super) async fn output(program: &str, arguments: &[&str]) -> Result<String, Silence> {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("PATH", format!("{path}:{SBIN}"))
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = match tokio::time::timeout(PATIENCE, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => return Err(Silence::Absent),
        Ok(Err(error)) => return Err(Silence::Failed(error.to_string())),
        Err(_) => return Err(Silence::Failed(format!("{program} has not ended for {} s", PATIENCE.as_secs()))),
    };
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Silence::Failed(said.lines().next().unwrap_or("it failed and said nothing").to_owned()))
}
