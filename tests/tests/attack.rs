//! An attacker or a broken box: on the wire, and on the bus.

#[path = "attack/flood.rs"]
mod flood;
#[path = "attack/users.rs"]
mod users;
