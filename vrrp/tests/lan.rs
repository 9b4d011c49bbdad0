//! Many routers on a segment or two, in virtual time: what must hold whatever happens to them and their packets.
//!
//! Every host checks after every event that its members are in step, that it has claimed its addresses exactly while
//! it is Master, and that it sends nothing that its state does not allow (`lan/host.rs`).
//!
//! `cargo lab search` looks longer at those that search for loops, `PROPTEST_CASES=100000 cargo test --release -p vrrp
//! --test lan` at all.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "lan/host.rs"]
mod host;
#[path = "lan/plan.rs"]
mod plan;
#[path = "lan/schedule.rs"]
mod schedule;
#[path = "lan/search.rs"]
mod search;
#[path = "lan/segment.rs"]
mod segment;

#[path = "lan/calm.rs"]
mod calm;
#[path = "lan/cut.rs"]
mod cut;
#[path = "lan/flood.rs"]
mod flood;
#[path = "lan/handover.rs"]
mod handover;
#[path = "lan/heartbeat.rs"]
mod heartbeat;
#[path = "lan/mixed.rs"]
mod mixed;
#[path = "lan/recovery.rs"]
mod recovery;
#[path = "lan/restart.rs"]
mod restart;
