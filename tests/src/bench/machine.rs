//! What the figures were measured on.

use std::fs;

use anyhow::Result;

use crate::install::Binaries;
use crate::process::Place;

/// Processors, kernel and the versions of the programs, a line each.
pub(super) fn describe() -> Result<String> {
    let machine = Place::machine();
    let first = |argv: &[&str]| -> Result<String> {
        let output = machine.run(argv)?;
        let text = if output.stdout.trim().is_empty() { output.stderr } else { output.stdout };
        Ok(text.lines().next().unwrap_or_default().trim().to_owned())
    };
    let cores = std::thread::available_parallelism()?;
    let information = fs::read_to_string("/proc/cpuinfo")?;
    let model = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let vrrpd = Binaries::for_tests()?.vrrpd.display().to_string();
    Ok([
        format!("machine     {cores} cores, {model}"),
        format!("kernel      {}", first(&["uname", "-sr"])?),
        format!("vrrpd       {}", first(&[&vrrpd, "--version"])?),
        format!("keepalived  {}", first(&["keepalived", "--version"])?),
        format!("FRR         {}", first(&["/usr/lib/frr/vrrpd", "--version"])?),
    ]
    .join("\n"))
}
