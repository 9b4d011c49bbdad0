//! Conditions against the real thing: each is good, goes bad and is good again, and the reason can be read.

#[path = "conditions/file.rs"]
mod file;
#[path = "conditions/process.rs"]
mod process;
#[path = "conditions/scene.rs"]
mod scene;
