//! The test lab: a switch, hosts in network namespaces and in real systemd containers, peers and captures.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use std::time::Duration;
//!
//! let lab = lab::Lab::new("example")?;
//! let wire = lab.switch().capture()?;
//! let mut web = lab.container("web", lab::Release::Debian13)?;
//! web.boot()?;
//! let client = lab.client("client")?;
//! assert_eq!(client.http_get("192.0.2.1".parse()?, Duration::from_secs(2))?, "web");
//! wire.none(Duration::from_secs(1), "a resign", |frame| frame.resigns())?;
//! # Ok(())
//! # }
//! ```

pub mod bench;
mod capture;
mod cgroup;
pub mod chaos;
mod client;
mod container;
mod conversation;
pub mod dbus;
pub mod demo;
pub mod document;
mod figures;
pub mod flood;
mod host;
mod image;
pub mod install;
mod lab;
mod namespace;
pub mod packages;
pub mod packaging;
pub mod pair;
pub mod peer;
mod process;
pub mod prometheus;
pub mod record;
pub mod reliability;
pub mod restart;
pub mod search;
pub mod suite;
mod switch;
mod terminal;
mod tree;
mod vm;
pub mod workspace;

pub use capture::{Advert, Arp, ArpOperation, Capture, Frame, Neighbor, NeighborKind, Payload};
pub use client::{AT_ONCE, Client, Flow, Load, Report, Requests};
pub use container::Container;
pub use conversation::{Conversation, Listener};
pub use host::{Bus, ECHO_PORT, Echo, Host, Nic, Web};
pub use image::Release;
pub use lab::Lab;
pub use process::{Log, Output, Place, Process};
pub use switch::Switch;
pub use terminal::Terminal;
pub use vm::{Model, Vm};
