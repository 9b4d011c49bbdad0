//! VRRP without I/O: versions 2 (RFC 3768) and 3 (RFC 9568), IPv4 and IPv6.
//!
//! Nothing here reads a clock, a socket, a file or the environment. Time comes in as an argument, effects go out as
//! values, and the caller makes them true.
//!
//! Read in this order:
#![forbid(unsafe_code)]

mod chance;
pub mod id;
pub mod state;
pub mod wire;

pub mod beacon;
pub mod group;
pub mod machine;
pub mod sync;

pub mod conditions;
pub mod config;

pub mod bus;
pub mod message_id;
pub mod saved;
pub mod status;
