//! The worker against the real kernel, each test in network namespaces of its own. Root is needed, and `ip`.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one thing and lets all others pass")]

mod claiming;
mod draining;
mod filtering;
mod following;
mod frames;
mod holding;
mod lab;
mod leftovers;
mod losing;
mod reflecting;
mod repairing;
mod routing;
mod scale;
mod segment;
mod virtual_mac;
