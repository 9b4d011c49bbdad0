//! A D-Bus daemon of a host's own, for a vrrpd in a network namespace.

use std::fs;
use std::time::Duration;

use anyhow::Result;

use crate::host::Host;
use crate::process::Process;

/// A running dbus-daemon that lets everybody do everything.
#[derive(Debug)]
pub struct Bus {
    address: String,
    daemon: Process,
}

impl Bus {
    pub(super) fn start(host: &Host) -> Result<Self> {
        let directory = host.directory();
        let address = format!("unix:path={}", directory.join("bus").display());
        let file = directory.join("bus.conf");
        fs::write(&file, configuration(&address))?;
        let file = format!("--config-file={}", file.display());
        let daemon = host.spawn(&["dbus-daemon", &file, "--nofork", "--print-address=1"])?;
        daemon.wait_line(Duration::from_secs(10), "unix:path=")?;
        Ok(Self { address, daemon })
    }

    /// What `--bus ADDRESS` takes.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Stops the daemon, as a crash of the bus would.
    ///
    /// # Errors
    /// It has ended already.
    pub fn stop(&self) -> Result<()> {
        self.daemon.stop()?;
        Ok(())
    }
}

fn configuration(address: &str) -> String {
    format!(
        "<busconfig>\n\
         <type>system</type>\n\
         <listen>{address}</listen>\n\
         <auth>EXTERNAL</auth>\n\
         <policy context=\"default\">\n\
         <allow user=\"*\"/><allow own=\"*\"/>\n\
         <allow send_destination=\"*\" eavesdrop=\"true\"/><allow receive_sender=\"*\"/>\n\
         </policy>\n\
         </busconfig>\n"
    )
}
