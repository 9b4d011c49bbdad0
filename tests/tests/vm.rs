//! Proofs on machines of their own: QEMU, emulated, with Debian's kernel and its drivers.

#[path = "vm/cables.rs"]
mod cables;
#[path = "vm/directors.rs"]
mod directors;
#[path = "vm/gateway.rs"]
mod gateway;
#[path = "vm/power.rs"]
mod power;

use anyhow::Result;
use lab::Vm;

/// Writes a file on a machine that runs.
fn put(machine: &Vm, path: &str, text: &str) -> Result<()> {
    let write = "mkdir -p \"${1%/*}\" && printf %s \"$2\" >\"$1\"";
    machine.run(&["sh", "-c", write, "sh", path, text])?.ok().map(drop)
}
