//! What is asked of QEMU while it runs: its Machine Protocol, a JSON object a line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::{Value, json};

/// The longest that QEMU may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

/// A connection to a QEMU.
#[derive(Debug)]
pub(super) struct Qmp {
    stream: BufReader<UnixStream>,
}

impl Qmp {
    /// Waits for the QEMU that was told to connect here.
    ///
    /// # Errors
    /// It does not, or it is no QEMU.
    pub(super) fn accept(listener: &UnixListener) -> Result<Self> {
        let ready = poll(&mut [PollFd::new(listener.as_fd(), PollFlags::POLLIN)], PollTimeout::try_from(ANSWER)?)?;
        ensure!(ready > 0, "QEMU has not said anything within {ANSWER:?}");
        let (stream, _) = listener.accept()?;
        stream.set_read_timeout(Some(ANSWER))?;
        let mut qmp = Self { stream: BufReader::new(stream) };
        let greeting = qmp.read()?;
        greeting.get("QMP").with_context(|| format!("no greeting of QEMU: {greeting}"))?;
        qmp.execute("qmp_capabilities", &json!({}))?;
        Ok(qmp)
    }

    /// Has it do something, and gives its answer.
    ///
    /// # Errors
    /// It refuses; tells what it says.
    pub(super) fn execute(&mut self, command: &str, arguments: &Value) -> Result<Value> {
        writeln!(self.stream.get_mut(), "{}", json!({ "execute": command, "arguments": arguments }))?;
        loop {
            let answer = self.read()?;
            if let Some(value) = answer.get("return") {
                return Ok(value.clone());
            }
            // What happened meanwhile is an event, and none is waited for here.
            if let Some(error) = answer.get("error") {
                bail!("QEMU does not {command} {arguments}: {error}");
            }
        }
    }

    fn read(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            bail!("QEMU has ended");
        }
        serde_json::from_str(&line).with_context(|| format!("not from QEMU: {line}"))
    }
}
