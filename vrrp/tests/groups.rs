//! Interface groups: stories of what happens to their members, and what must hold whatever happens.
//!
//! `groups/story.rs` tells how a story is written; `groups/world.rs` is the network around the group, in virtual time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "groups/story.rs"]
mod story;
#[path = "groups/world.rs"]
mod world;

#[path = "groups/chosen.rs"]
mod chosen;
#[path = "groups/links.rs"]
mod links;
#[path = "groups/probes.rs"]
mod probes;
#[path = "groups/properties.rs"]
mod properties;
