//! Conditions against the real thing: each is good, goes bad and is good again, and the reason can be read.

#[path = "conditions/address.rs"]
mod address;
#[path = "conditions/alone.rs"]
mod alone;
#[path = "conditions/beside_keepalived.rs"]
mod beside_keepalived;
#[path = "conditions/file.rs"]
mod file;
#[path = "conditions/http.rs"]
mod http;
#[path = "conditions/interface.rs"]
mod interface;
#[path = "conditions/last_resort.rs"]
mod last_resort;
#[path = "conditions/load.rs"]
mod load;
#[path = "conditions/mii.rs"]
mod mii;
#[path = "conditions/process.rs"]
mod process;
#[path = "conditions/route.rs"]
mod route;
#[path = "conditions/scene.rs"]
mod scene;
#[path = "conditions/script.rs"]
mod script;
#[path = "conditions/script_users.rs"]
mod script_users;
#[path = "conditions/tcp.rs"]
mod tcp;
#[path = "conditions/told.rs"]
mod told;
#[path = "conditions/unit.rs"]
mod unit;
