//! Proofs on machines of their own: QEMU, emulated, with Debian's kernel and its drivers.

#[path = "vm/cables.rs"]
mod cables;
#[path = "vm/directors.rs"]
mod directors;
#[path = "vm/gateway.rs"]
mod gateway;
#[path = "vm/power.rs"]
mod power;
