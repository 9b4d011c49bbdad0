//! Interface groups: links that fail, targets that die, switches that forward nothing, and what follows for instances.

#[path = "groups/carried.rs"]
mod carried;
#[path = "groups/links.rs"]
mod links;
#[path = "groups/offline.rs"]
mod offline;
#[path = "groups/probes.rs"]
mod probes;
#[path = "groups/scene.rs"]
mod scene;
