//! The program as it is run: below a root, and against a daemon and a systemd that are mocks on a bus of their own.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

#[path = "cli/conditions.rs"]
mod conditions;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/edit.rs"]
mod edit;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/groups.rs"]
mod groups;
#[path = "cli/host.rs"]
mod host;
#[path = "cli/import.rs"]
mod import;
#[path = "cli/listing.rs"]
mod listing;
#[path = "cli/metrics.rs"]
mod metrics;
#[path = "cli/mock.rs"]
mod mock;
#[path = "cli/rehearsal.rs"]
mod rehearsal;
#[path = "cli/render.rs"]
mod render;
#[path = "cli/run.rs"]
mod run;
#[path = "cli/scraped.rs"]
mod scraped;
#[path = "cli/systemd.rs"]
mod systemd;
#[path = "cli/terminal.rs"]
mod terminal;
#[path = "cli/vrrpd.rs"]
mod vrrpd;
