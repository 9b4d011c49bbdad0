//! Other programs on the host: what they take away is put back, what they change is followed, and who goes on is named.

#[path = "others/fight.rs"]
mod fight;
#[path = "others/links.rs"]
mod links;
#[path = "others/managers.rs"]
mod managers;
#[path = "others/scene.rs"]
mod scene;

use std::time::Duration;

const WAIT: Duration = Duration::from_secs(15);
