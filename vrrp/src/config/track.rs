//! What an instance, or instances that move together, have watched.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::{Effect, LinkName, UnitName};

pub(crate) use doubt::doubts;
pub(crate) use read::track;

mod doubt;
mod kind;
mod read;
mod route;
mod server;

/// A condition as it is configured: one `[[instance.NAME.track]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// What is watched.
    pub watch: Watch,
    /// What follows while it is bad.
    pub effect: Effect,
    /// What it takes to turn.
    pub damping: Damping,
}

/// How much it takes until a condition turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damping {
    /// How many good results in a row make it good, 1 to 255.
    pub rise: u8,
    /// How many bad results in a row make it bad, 1 to 255.
    pub fall: u8,
    /// How long it must be good before it counts as good.
    pub up_delay: Duration,
    /// How long it must be bad before it counts as bad.
    pub down_delay: Duration,
}

impl Damping {
    /// Every result counts at once.
    pub const NONE: Self = Self { rise: 1, fall: 1, up_delay: Duration::ZERO, down_delay: Duration::ZERO };
}

/// Something that can be watched. What is watched in the same way for two instances is watched once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Watch {
    /// A unit is active and not frozen.
    Unit(UnitName),
    /// A link exists, is up, and has a carrier.
    Interface(LinkName),
    /// The transceiver of a link sees another one.
    Mii(Mii),
    /// The kernel has a route.
    Route(Route),
    /// A program ends with 0.
    Script(Script),
    /// A web server answers as it should.
    Http(Http),
    /// A connection is accepted.
    Tcp(Tcp),
    /// Processes of a name run.
    Process(Process),
    /// A file is there, or is not, or holds a number.
    File(File),
    /// An interface group has members that can be used.
    Group(GroupTrack),
}

/// When something is looked at that does not tell of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pace {
    /// From the start of one look to the start of the next, 10 ms to 1 h.
    pub interval: Duration,
    /// How long one look may take, 10 ms to 1 h.
    pub timeout: Duration,
}

/// A transceiver.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mii {
    /// Its link.
    pub link: LinkName,
    /// How often it is asked, 10 ms to 1 h.
    pub interval: Duration,
}

/// A route of the main table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route {
    /// Its destination, with no bit set beyond the prefix.
    pub destination: IpAddr,
    /// The length of the destination's prefix; 0 is the default route.
    pub prefix: u8,
    /// The router that it leads over, where that matters; of the same family.
    pub via: Option<IpAddr>,
    /// The link that it leads over, where that matters.
    pub through: Option<LinkName>,
}

/// A program and who runs it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Script {
    /// The program, as an absolute path.
    pub program: PathBuf,
    /// Its arguments. No shell sees them.
    pub arguments: Vec<String>,
    /// The user that runs it, by name; where none is named, the daemon's own, or `nobody` where that is root.
    pub user: Option<String>,
    /// When it runs.
    pub pace: Pace,
}

/// A request and what is expected of the answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Http {
    /// The server.
    pub server: SocketAddr,
    /// The path and the query, from the `/` on.
    pub path: String,
    /// The name of the host that is asked for; the address where none was given.
    pub host: String,
    /// The status codes that are good.
    pub status: BTreeSet<u16>,
    /// What must stand somewhere in the first 64 KiB of the body.
    pub body: Option<String>,
    /// When it is asked.
    pub pace: Pace,
}

/// A port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tcp {
    /// The server.
    pub server: SocketAddr,
    /// When it is tried.
    pub pace: Pace,
}

/// Processes by their name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Process {
    /// The name that the kernel has, 1 to 15 bytes: the program's file without its directory, cut to 15 bytes, unless the
    /// program gave itself another.
    pub name: String,
    /// How many must run at least, 1 or more.
    pub count: u16,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct File {
    /// Its absolute path.
    pub path: PathBuf,
    /// What is good.
    pub expect: Expect,
}

/// What is expected of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expect {
    /// It is there.
    Present,
    /// It is not there.
    Absent,
    /// It holds a number from -253 to 253; the weight counts that many times. A file that is not there holds 0.
    Integer,
}

impl Expect {
    /// Each with the word for it in a configuration, the default first.
    pub const WORDS: [(Self, &'static str); 3] =
        [(Self::Present, "present"), (Self::Absent, "absent"), (Self::Integer, "integer")];
}

/// An interface group, and how bad it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupTrack {
    /// Its name.
    pub group: String,
    /// What counts as bad: this, or what is worse.
    pub when: BadGroup,
}

/// A state of a group that can count as bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BadGroup {
    /// No member can be used.
    Failed,
    /// Some member cannot be used.
    Degraded,
}

impl BadGroup {
    /// Each with the word for it in a configuration, the default first.
    pub const WORDS: [(Self, &'static str); 2] = [(Self::Failed, "failed"), (Self::Degraded, "degraded")];
}

impl Watch {
    /// The key that names its kind in a configuration.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unit(_) => "unit",
            Self::Interface(_) => "interface",
            Self::Mii(_) => "mii",
            Self::Route(_) => "route",
            Self::Script(_) => "script",
            Self::Http(_) => "http",
            Self::Tcp(_) => "tcp",
            Self::Process(_) => "process",
            Self::File(_) => "file",
            Self::Group(_) => "group",
        }
    }

    /// Whether it is looked at again and again, so that results can be counted. The others tell of each change once.
    #[must_use]
    pub const fn is_polled(&self) -> bool {
        matches!(self, Self::Mii(_) | Self::Script(_) | Self::Http(_) | Self::Tcp(_))
    }
}

/// Writes what is watched, as short as it can be told apart: `eth1`, `192.0.2.0/24 via 192.0.2.1`.
impl fmt::Display for Watch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit(unit) => write!(out, "{unit}"),
            Self::Interface(link) | Self::Mii(Mii { link, .. }) => write!(out, "{link}"),
            Self::Route(route) => write!(out, "{route}"),
            Self::Script(script) => write!(out, "{}", script.program.display()),
            Self::Http(http) => write!(out, "http://{}{}", http.server, http.path),
            Self::Tcp(tcp) => write!(out, "{}", tcp.server),
            Self::Process(process) => out.write_str(&process.name),
            Self::File(file) => write!(out, "{}", file.path.display()),
            Self::Group(GroupTrack { group, when: BadGroup::Failed }) => out.write_str(group),
            Self::Group(GroupTrack { group, when: BadGroup::Degraded }) => write!(out, "{group} degraded"),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.destination, self.prefix)?;
        if let Some(via) = self.via {
            write!(out, " via {via}")?;
        }
        match &self.through {
            Some(link) => write!(out, " through {link}"),
            None => Ok(()),
        }
    }
}
