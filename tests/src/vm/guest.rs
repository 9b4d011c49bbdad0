//! The way into a virtual machine: sshd, reached through a NIC that leads nowhere else.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::LAB_MAC;
use crate::host::{Host, Nic};
use crate::process::{Place, Process};
use crate::tree::Tree;

/// Where it is reached in its host's network namespace.
pub(super) const PORT: u16 = 2222;
/// How long the first greeting may take: emulated keys are slow.
const ENTERED: Duration = Duration::from_secs(90);
/// What a session says when it is open.
const INSIDE: &str = "inside";

/// The management NIC, which the units and the tests leave alone.
const MGMT_LINK: &str = "[Match]\nMACAddress=LAB_MAC\n\n[Link]\nName=mgmt0\n";
const MGMT: &str = "[Match]\nName=mgmt0\n\n[Network]\nAddress=10.0.2.15/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n";

fn key(host: &Host) -> PathBuf {
    host.directory().join("key")
}

/// Has a tree let the lab in.
pub(super) fn let_in(host: &Host, tree: &Tree) -> Result<()> {
    let key = key(host).display().to_string();
    Place::machine().run(&["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", &key])?.ok()?;
    tree.write("root/.ssh/authorized_keys", &fs::read_to_string(format!("{key}.pub"))?)?;
    tree.write("etc/systemd/network/10-mgmt0.link", &MGMT_LINK.replace("LAB_MAC", LAB_MAC))?;
    tree.write("etc/systemd/network/10-mgmt0.network", MGMT)
}

/// Has a tree give a NIC its addresses.
pub(super) fn address(tree: &Tree, nic: &Nic) -> Result<()> {
    let addresses: String = nic.addresses().iter().map(|address| format!("Address={address}\n")).collect();
    let name = nic.name();
    let text = format!("[Match]\nName={name}\n\n[Network]\nIPv6AcceptRA=no\n{addresses}");
    tree.write(&format!("etc/systemd/network/20-{name}.network"), &text)
}

/// Opens a session that all commands share, and gives the place where they run.
pub(super) fn enter(host: &Host, outside: &Place) -> Result<(Process, Place)> {
    // Each boot's has a name of its own: that of a session that was cut off stays.
    let number = host.count();
    let socket = host.directory().join(format!("session-{number}")).display().to_string();
    let (key, port) = (key(host).display().to_string(), PORT.to_string());
    let mut argv = vec!["ssh", "-n", "-i", &key, "-p", &port, "-o", "ControlMaster=yes", "-S", &socket];
    for option in ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"] {
        argv.extend(["-o", option]);
    }
    let open = format!("echo {INSIDE}; exec sleep infinity");
    argv.extend(["root@127.0.0.1", &open]);
    let session = outside.spawn(&argv, &host.log_file("session", number))?;
    session.wait_line(ENTERED, INSIDE).with_context(|| format!("{} lets nobody in", host.name()))?;
    // The words of a command arrive as they are: the shell over there takes the quotes off.
    let carry = r#"exec ssh -S "$0" inside -- "${*@Q}""#;
    let prefix = ["bash", "-c", carry, &socket].map(str::to_owned).to_vec();
    Ok((session, Place { prefix, ..outside.clone() }))
}
