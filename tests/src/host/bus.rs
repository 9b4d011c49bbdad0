//! A D-Bus daemon of a host's own, for a vrrpd in a network namespace.

use std::fs;
use std::time::Duration;

use anyhow::Result;

use crate::host::Host;
use crate::process::Process;
use crate::workspace;

/// A running dbus-daemon.
#[derive(Debug)]
pub struct Bus {
    address: String,
    daemon: Process,
}

impl Bus {
    pub(super) fn start(host: &Host) -> Result<Self> {
        Self::start_with(host, OPEN)
    }

    /// Starts one that has our policy and lets nobody do more, as a system's bus does.
    pub(super) fn start_strict(host: &Host) -> Result<Self> {
        let ours = workspace::root().join("units/dbus-1/system.d/org.vrrpd.Vrrp1.conf");
        Self::start_with(host, &format!("{STRICT}<include>{}</include>\n", ours.display()))
    }

    fn start_with(host: &Host, policy: &str) -> Result<Self> {
        let directory = host.directory();
        let address = format!("unix:path={}", directory.join("bus").display());
        let file = directory.join("bus.conf");
        fs::write(&file, configuration(&address, policy))?;
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

/// Everybody may do everything.
const OPEN: &str = "<policy context=\"default\">\n\
                    <allow user=\"*\"/><allow own=\"*\"/>\n\
                    <allow send_destination=\"*\" eavesdrop=\"true\"/><allow receive_sender=\"*\"/>\n\
                    </policy>\n";

/// What a system's bus lets everybody do (system.conf of dbus-daemon). Its limits would protect the daemon behind it.
const STRICT: &str = "<limit name=\"max_replies_per_connection\">100000</limit>\n\
                      <policy context=\"default\">\n\
                      <allow user=\"*\"/><deny own=\"*\"/><deny send_type=\"method_call\"/>\n\
                      <allow send_type=\"signal\"/>\n\
                      <allow send_requested_reply=\"true\" send_type=\"method_return\"/>\n\
                      <allow send_requested_reply=\"true\" send_type=\"error\"/>\n\
                      <allow receive_type=\"method_call\"/><allow receive_type=\"method_return\"/>\n\
                      <allow receive_type=\"error\"/><allow receive_type=\"signal\"/>\n\
                      <allow send_destination=\"org.freedesktop.DBus\"/>\n\
                      </policy>\n";

fn configuration(address: &str, policy: &str) -> String {
    format!(
        "<busconfig>\n\
         <type>system</type>\n\
         <listen>{address}</listen>\n\
         <auth>EXTERNAL</auth>\n\
         {policy}</busconfig>\n"
    )
}
