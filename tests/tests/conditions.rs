//! Conditions against the real thing: each is good, goes bad and is good again, and the reason can be read.

#[path = "conditions/address.rs"]
mod address;
#[path = "conditions/file.rs"]
mod file;
#[path = "conditions/last_resort.rs"]
mod last_resort;
#[path = "conditions/interface.rs"]
mod interface;
#[path = "conditions/mii.rs"]
mod mii;
#[path = "conditions/process.rs"]
mod process;
#[path = "conditions/route.rs"]
mod route;
#[path = "conditions/scene.rs"]
mod scene;
#[path = "conditions/told.rs"]
mod told;
#[path = "conditions/unit.rs"]
mod unit;
