//! Which D-Bus bus the daemon is on.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use zbus::connection::Builder;

/// A bus as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bus {
    /// The system bus.
    System,
    /// No bus at all.
    None,
    /// A bus at a D-Bus address, for example `unix:path=/run/test/bus`.
    Address(String),
}

impl Bus {
    /// Prepares a connection; `None` where there is no bus. A bad address is reported when the connection is made.
    pub(crate) fn builder(&self) -> Option<Builder<'static>> {
        match self {
            Self::System => Some(Builder::system()),
            Self::None => None,
            Self::Address(address) => Some(Builder::address(address.as_str())),
        }
    }
}

impl FromStr for Bus {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "system" => Self::System,
            "none" => Self::None,
            address => Self::Address(address.to_owned()),
        })
    }
}

impl fmt::Display for Bus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => out.write_str("the system bus"),
            Self::None => out.write_str("no bus"),
            Self::Address(address) => write!(out, "the bus at {address}"),
        }
    }
}
