//! What is done with bytes that anybody may have made up. Each of these panics where a promise is broken.
//!
//! The same functions are run by `fuzz.rs` beside this, on any machine, and by the programs in `fuzz/` at the root, which a
//! compiler that counts edges guides.

#[path = "targets/auth.rs"]
mod auth;
#[path = "targets/bus.rs"]
mod bus;
#[path = "targets/config.rs"]
mod config;
#[path = "targets/saved.rs"]
mod saved;
#[path = "targets/wire.rs"]
mod wire;

/// Takes an input, and panics where it breaks a promise.
pub(crate) type Target = fn(&[u8]);

/// The targets by name.
pub(crate) const TARGETS: [(&str, Target); 5] = [
    ("wire", wire::wire),
    ("auth", auth::auth),
    ("config", config::config),
    ("bus", bus::bus),
    ("saved", saved::saved),
];

/// Finds a target.
pub(crate) fn target(name: &str) -> Target {
    TARGETS.iter().find(|(known, _)| *known == name).map(|&(_, run)| run).expect("a target of that name")
}
