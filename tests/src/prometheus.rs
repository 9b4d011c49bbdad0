//! Debian's Prometheus on a host: what it scrapes, and what it answers when asked.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::host::Host;
use crate::packages;
use crate::process::{Output, Place, Process};

const START_DEADLINE: Duration = Duration::from_secs(20);

/// A running Prometheus.
#[derive(Debug)]
pub struct Prometheus<'h> {
    host: &'h Host,
    url: String,
    _process: Process,
}

impl<'h> Prometheus<'h> {
    /// Starts it on a host with the text of a configuration, and returns when it can be asked.
    ///
    /// # Errors
    /// Its package cannot be had, or it does not start; tells what it said.
    pub fn start(host: &'h Host, configuration: &str) -> Result<Self> {
        let directory = host.directory().join("prometheus");
        fs::create_dir_all(&directory)?;
        let file = directory.join("prometheus.yml");
        fs::write(&file, configuration)?;
        let listen = "127.0.0.1:9090";
        let process = host.spawn(&[
            program("prometheus")?,
            format!("--config.file={}", file.display()),
            format!("--storage.tsdb.path={}", directory.join("data").display()),
            format!("--web.listen-address={listen}"),
        ])?;
        process.wait_line(START_DEADLINE, "ready to receive web requests")?;
        Ok(Self { host, url: format!("http://{listen}"), _process: process })
    }

    /// What it answers to an expression: each series with its labels (`metric`) and its `value`.
    ///
    /// # Errors
    /// It does not understand the expression.
    pub fn query(&self, expression: &str) -> Result<Vec<Value>> {
        let argv = [&program("promtool")?, "query", "instant", "--format=json", &self.url, expression];
        let told = self.host.run(&argv)?.ok()?;
        serde_json::from_str(&told).with_context(|| format!("no JSON: {told}"))
    }

    /// Asks again and again until it answers so many series; returns them. Nothing tells when it has scraped.
    ///
    /// # Errors
    /// It does not within `deadline`; tells what it answers instead.
    pub fn wait(&self, deadline: Duration, expression: &str, series: usize) -> Result<Vec<Value>> {
        let end = Instant::now() + deadline;
        loop {
            let answer = self.query(expression)?;
            if answer.len() == series {
                return Ok(answer);
            }
            if Instant::now() > end {
                bail!("waited for {series} series of `{expression}`, and there are {answer:#?}");
            }
        }
    }
}

/// Runs promtool, with some text to read.
///
/// # Errors
/// Its package cannot be had, or it cannot be run.
pub fn promtool(arguments: &[&str], input: &str) -> Result<Output> {
    let program = program("promtool")?;
    Place::machine().run_with(&[&[program.as_str()], arguments].concat(), input)
}

/// Starts node_exporter on a host, which tells what stands in files of a directory, and nothing else.
///
/// # Errors
/// Its package cannot be had, or it does not start.
pub fn node_exporter(host: &Host, address: &str, textfiles: &Path) -> Result<Process> {
    let program = packages::unpacked("prometheus-node-exporter")?.join("usr/bin/prometheus-node-exporter");
    let process = host.spawn(&[
        program.display().to_string(),
        "--collector.disable-defaults".into(),
        "--collector.textfile".into(),
        format!("--collector.textfile.directory={}", textfiles.display()),
        format!("--web.listen-address={address}"),
    ])?;
    process.wait_line(START_DEADLINE, "Listening on")?;
    Ok(process)
}

fn program(name: &str) -> Result<String> {
    Ok(packages::unpacked("prometheus")?.join("usr/bin").join(name).display().to_string())
}
