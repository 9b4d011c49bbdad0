//! A daemon that is killed, hangs, is restarted or upgraded: who is Master then, and who notices.

#[path = "resume/alone.rs"]
mod alone;
#[path = "resume/fence.rs"]
mod fence;
#[path = "resume/systemd.rs"]
mod systemd;

use std::time::Duration;

const WAIT: Duration = Duration::from_secs(15);
/// What a daemon says of an instance that goes on.
const WENT_ON: &str = "Master: went on after the daemon was restarted";
