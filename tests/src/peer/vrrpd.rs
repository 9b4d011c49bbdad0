//! Our own daemon on a host without systemd, with a bus of its own over which it can be asked.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use nix::unistd::chown;
use serde_json::Value;

use crate::host::{Bus, Host};
use crate::install::Binaries;
use crate::process::{Output, Place, Process};

const START_DEADLINE: Duration = Duration::from_secs(20);
const END_DEADLINE: Duration = Duration::from_secs(10);

/// A running vrrpd.
#[derive(Debug)]
pub struct Vrrpd {
    process: Process,
    bus: Bus,
    directory: PathBuf,
}

impl Vrrpd {
    /// Starts it on a host with the text of a configuration and returns when every address is held.
    ///
    /// # Errors
    /// It does not start; tells what it said.
    pub fn start(host: &Host, configuration: &str) -> Result<Self> {
        Self::start_with(host, configuration, &[])
    }

    /// Does as [`Vrrpd::start`] does, as another user with some capabilities, given as `setpriv` takes them.
    ///
    /// # Errors
    /// As [`Vrrpd::start`].
    pub fn start_as(host: &Host, configuration: &str, user: u32, capabilities: &str) -> Result<Self> {
        let through = become_user(host, user, capabilities)?;
        Self::start_with(host, configuration, &through)
    }

    /// Does as [`Vrrpd::start_as`] does, without a bus and in the expectation that it ends.
    ///
    /// # Errors
    /// It cannot be run, or does not end within two minutes.
    pub fn try_as(host: &Host, configuration: &str, user: u32, capabilities: &str) -> Result<Output> {
        let through = become_user(host, user, capabilities)?;
        fs::write(directory(host)?.join("vrrp.toml"), configuration)?;
        host.run(&command(host, "none", &through)?)
    }

    fn start_with(host: &Host, configuration: &str, through: &[String]) -> Result<Self> {
        let bus = host.bus()?;
        Self::start_on(host, configuration, through, bus)
    }

    /// Does as [`Vrrpd::start`] does, on a bus that lets nobody do more than a system's bus does.
    ///
    /// # Errors
    /// As [`Vrrpd::start`].
    pub fn start_guarded(host: &Host, configuration: &str) -> Result<Self> {
        Self::start_on(host, configuration, &[], host.strict_bus()?)
    }

    fn start_on(host: &Host, configuration: &str, through: &[String], bus: Bus) -> Result<Self> {
        let directory = directory(host)?;
        fs::write(directory.join("vrrp.toml"), configuration)?;
        let process = host.spawn(&command(host, bus.address(), through)?)?;
        let vrrpd = Self { process, bus, directory };
        vrrpd.wait_held()?;
        Ok(vrrpd)
    }

    /// Starts it again with the same configuration, after its end.
    ///
    /// # Errors
    /// It has not ended, or does not start.
    pub fn start_again(&mut self, host: &Host) -> Result<()> {
        self.process.wait(END_DEADLINE)?;
        self.process = host.spawn(&command(host, self.bus.address(), &[])?)?;
        self.wait_held()
    }

    /// Waits until every address is held, and until it can be asked: neither waits for the other.
    fn wait_held(&self) -> Result<()> {
        self.process.wait_line(START_DEADLINE, "services can bind")?;
        let monitor = self.monitor("type='signal',member='NameOwnerChanged'")?;
        // Without a daemon the tool tells what the files say.
        let answers = || Ok(self.status().is_ok_and(|status| status["daemon"]["started"] != 0));
        monitor.log().wait_until(START_DEADLINE, answers).context("vrrpd is not on its bus")
    }

    /// Starts to watch its bus, and returns when it is watched.
    fn monitor(&self, match_rule: &str) -> Result<Process> {
        let address = format!("--address={}", self.bus.address());
        let log = self.directory.join("monitor.log");
        let monitor = Place::machine().spawn(&["busctl", &address, "monitor", "--match", match_rule], &log)?;
        monitor.log().wait_line(START_DEADLINE, "Monitoring bus message stream")?;
        Ok(monitor)
    }

    /// Its process, for signals and its log.
    pub const fn process(&self) -> &Process {
        &self.process
    }

    /// The bus that it is on.
    pub const fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Replaces the configuration and has it read; returns when it is applied.
    ///
    /// # Errors
    /// It refuses the configuration, or does not answer.
    pub fn reload(&self, configuration: &str) -> Result<()> {
        self.rewrite(configuration)?;
        self.adm(&["reload"])?.ok()?;
        Ok(())
    }

    /// Replaces the configuration, and lets the daemon run on with the one that it has.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn rewrite(&self, configuration: &str) -> Result<()> {
        let file = self.directory.join("vrrp.toml");
        fs::write(&file, configuration).with_context(|| format!("cannot write {}", file.display()))
    }

    /// The state of an instance and the reason, such as `Backup: 192.0.2.1 is Master with priority 100`, as it was
    /// last logged.
    pub fn standing(&self, instance: &str) -> Option<String> {
        let lines = self.process.log().lines();
        let mark = format!(" {instance}: ");
        lines.iter().rev().find_map(|line| {
            let told = line.split_once(&mark)?.1;
            let state = told.split_once(" -> ").map_or(told, |(_, state)| state);
            let known = ["Init: ", "Backup: ", "Master: ", "Fault: "];
            known.iter().any(|name| state.starts_with(name)).then(|| state.trim().to_owned())
        })
    }

    /// Waits until [`Vrrpd::standing`] begins with `standing`.
    ///
    /// # Errors
    /// It does not within `deadline`; tells what it is instead.
    pub fn wait(&self, deadline: Duration, instance: &str, standing: &str) -> Result<()> {
        let stands = || Ok(self.standing(instance).is_some_and(|now| now.starts_with(standing)));
        let waited = self.process.log().wait_until(deadline, stands);
        waited.with_context(|| {
            let now = self.standing(instance).unwrap_or_else(|| "unknown".into());
            format!("waited for {instance} to be `{standing}`; it is `{now}`")
        })
    }

    /// Waits until `vrrpadm status --json` tells of an instance what `is` wants, asking again whenever the daemon signals a
    /// change on its bus; returns it.
    ///
    /// # Errors
    /// It does not within `deadline`; tells what it is instead.
    pub fn wait_told(&self, deadline: Duration, instance: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        let monitor = self.monitor("type='signal',path_namespace='/org/vrrpd/Vrrp1'")?;
        let told = RefCell::new(Value::Null);
        let waited = monitor.log().wait_until(deadline, || {
            told.replace(self.instance(instance)?);
            Ok(is(&told.borrow()))
        });
        let told = told.into_inner();
        waited.with_context(|| format!("{instance} is {told}"))?;
        Ok(told)
    }

    /// An instance as `vrrpadm status --json` tells it.
    ///
    /// # Errors
    /// There is no such instance, or no answer.
    pub fn instance(&self, name: &str) -> Result<Value> {
        let status = self.status()?;
        let instances = status["instances"].as_array().context("no instances")?;
        instances.iter().find(|one| one["name"] == name).cloned().with_context(|| format!("no instance {name}"))
    }

    /// What `vrrpadm status --json` tells.
    ///
    /// # Errors
    /// It does not answer.
    pub fn status(&self) -> Result<Value> {
        let output = self.adm(&["status", "--json"])?;
        if !matches!(output.code, Some(0 | 1)) {
            output.ok()?;
            bail!("vrrpadm told no status");
        }
        Ok(serde_json::from_str(&output.stdout)?)
    }

    /// The counters of each virtual router of an instance, IPv4 first.
    ///
    /// # Errors
    /// There is no such instance, or no answer.
    pub fn counters(&self, instance: &str) -> Result<Vec<Value>> {
        let found = self.instance(instance)?;
        let routers = found["routers"].as_array().context("no routers")?;
        Ok(routers.iter().map(|router| router["counters"].clone()).collect())
    }

    /// Everything that it counted as wrong, with what it says of it.
    ///
    /// # Errors
    /// It does not answer.
    pub fn complaints(&self) -> Result<Vec<String>> {
        let status = self.status()?;
        let mut found = discards("the host", &status["daemon"]);
        for instance in status["instances"].as_array().into_iter().flatten() {
            for router in instance["routers"].as_array().into_iter().flatten() {
                let whose = format!("{} {}", instance["name"], router["family"]);
                let counters = &router["counters"];
                found.extend(discards(&whose, counters));
                for name in ["send_errors", "address_list_mismatches"] {
                    if counters[name] != 0 {
                        found.push(format!("{whose}: {name} {}", counters[name]));
                    }
                }
            }
        }
        Ok(found)
    }

    /// Runs `vrrpadm` against it.
    ///
    /// # Errors
    /// It cannot be run.
    pub fn adm(&self, arguments: &[&str]) -> Result<Output> {
        Place::machine().run(&self.adm_command(arguments)?)
    }

    /// Starts `vrrpadm` against it, from a host, for what goes on until it is ended.
    ///
    /// # Errors
    /// It cannot be run.
    pub fn spawn_adm(&self, host: &Host, arguments: &[&str]) -> Result<Process> {
        host.spawn(&self.adm_command(arguments)?)
    }

    fn adm_command(&self, arguments: &[&str]) -> Result<Vec<String>> {
        let program = Binaries::for_tests()?.vrrpadm.display().to_string();
        let start = [program.as_str(), "--bus", self.bus.address()];
        Ok(start.iter().chain(arguments).map(|&word| word.to_owned()).collect())
    }

    /// Stops it: a Master resigns, and every address is released.
    ///
    /// # Errors
    /// It does not end, or not with exit code 0.
    pub fn stop(&self) -> Result<()> {
        let status = self.process.stop()?;
        if !status.success() {
            bail!("vrrpd ended with {status}");
        }
        Ok(())
    }

    /// Kills it: it says nothing, and leaves everything as it is.
    ///
    /// # Errors
    /// It has ended.
    pub fn crash(&self) -> Result<()> {
        self.process.signal(Signal::SIGKILL)?;
        self.process.wait(END_DEADLINE)?;
        Ok(())
    }
}

fn directory(host: &Host) -> Result<PathBuf> {
    let directory = host.directory().join("vrrp");
    for name in ["run", "state"] {
        fs::create_dir_all(directory.join(name))?;
    }
    Ok(directory)
}

/// The command line, with what leads to it.
fn command(host: &Host, bus: &str, through: &[String]) -> Result<Vec<String>> {
    let directory = directory(host)?;
    let file = |name: &str| directory.join(name).display().to_string();
    let built = &Binaries::for_tests()?.vrrpd;
    let mut program = built.display().to_string();
    if !through.is_empty() {
        // Where it was built, another user may not reach it.
        program = file("vrrpd");
        if !directory.join("vrrpd").exists() {
            fs::copy(built, &program)?;
        }
    }
    let (config, run, state) = (file("vrrp.toml"), file("run"), file("state"));
    let own = [&program, "--config", &config, "--bus", bus, "--runtime-dir", &run, "--state-dir", &state];
    Ok(through.iter().cloned().chain(own.map(str::to_owned)).collect())
}

/// Gives a user the daemon's directories, and tells the command by which to become that user.
fn become_user(host: &Host, user: u32, capabilities: &str) -> Result<Vec<String>> {
    let directory = directory(host)?;
    for name in ["run", "state"] {
        chown(&directory.join(name), Some(user.into()), Some(user.into()))?;
    }
    let argv = [
        "setpriv".to_owned(),
        format!("--reuid={user}"),
        format!("--regid={user}"),
        "--clear-groups".into(),
        format!("--inh-caps={capabilities}"),
        format!("--ambient-caps={capabilities}"),
    ];
    Ok(argv.into())
}

fn discards(whose: &str, counters: &Value) -> Vec<String> {
    let reasons = counters["discards"].as_object();
    let reasons = reasons.into_iter().flatten();
    reasons.map(|(reason, count)| format!("{whose}: {reason} {count}")).collect()
}
