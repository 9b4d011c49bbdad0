//! Every clause of the state machine as a short story: what happens when, and what is done about it.
//!
//! `scenarios/story.rs` tells how a story is written. `scenarios/clauses.rs` tells which stories prove which clause,
//! and checks that none is missing. `scenarios/document.rs` keeps docs/state-machine.md true, and
//! `scenarios/drawing.rs` its picture.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "scenarios/clauses.rs"]
mod clauses;
#[path = "scenarios/document.rs"]
mod document;
#[path = "scenarios/drawing.rs"]
mod drawing;
#[path = "scenarios/group.rs"]
mod group;
#[path = "scenarios/story.rs"]
mod story;

#[path = "scenarios/announce.rs"]
mod announce;
#[path = "scenarios/backup.rs"]
mod backup;
#[path = "scenarios/barred.rs"]
mod barred;
#[path = "scenarios/contest.rs"]
mod contest;
#[path = "scenarios/fault.rs"]
mod fault;
#[path = "scenarios/filtered.rs"]
mod filtered;
#[path = "scenarios/handover.rs"]
mod handover;
#[path = "scenarios/heartbeat.rs"]
mod heartbeat;
#[path = "scenarios/last_resort.rs"]
mod last_resort;
#[path = "scenarios/master.rs"]
mod master;
#[path = "scenarios/owner.rs"]
mod owner;
#[path = "scenarios/preempt.rs"]
mod preempt;
#[path = "scenarios/reception.rs"]
mod reception;
#[path = "scenarios/reconfigured.rs"]
mod reconfigured;
#[path = "scenarios/resume.rs"]
mod resume;
#[path = "scenarios/start.rs"]
mod start;
#[path = "scenarios/step.rs"]
mod step;
#[path = "scenarios/version2.rs"]
mod version2;
