//! Why the daemon did not do what it was asked, in words that say what to do.

use std::fmt;
use std::io;
use std::time::Duration;

use zbus::fdo;

/// Why the daemon did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no bus to reach it on.
    NoBus {
        /// Which bus.
        bus: String,
        /// Why not.
        reason: String,
    },
    /// It is not on the bus.
    NotRunning,
    /// The caller may not do this.
    Denied,
    /// The configuration has problems; the text lists them with their carets.
    Problems(String),
    /// The program that is installed does not replace it.
    NotReplaced(String),
    /// It knows no such instance.
    NoSuchInstance,
    /// It knows no such interface group.
    NoSuchGroup,
    /// The interface group has no such member.
    NoSuchMember,
    /// No other member of the interface group can be used.
    LastMember,
    /// There is nothing to resign from; what the instance is.
    NotMaster(String),
    /// No other host took over.
    NobodyElse,
    /// It does not tell so much at once, as it says.
    TooMuch(String),
    /// It did not answer for this long.
    Silent(Duration),
    /// It answers what cannot be understood.
    Strange,
    /// Anything else, as the bus says.
    Failed(String),
}

impl Refusal {
    /// Tells whether there is no daemon to ask: none runs, or none can be reached.
    pub(crate) const fn is_absence(&self) -> bool {
        matches!(self, Self::NoBus { .. } | Self::NotRunning)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBus { bus, reason } => {
                write!(out, "{bus} cannot be reached ({reason}): start it with systemctl start dbus.socket")
            }
            Self::NotRunning => out.write_str("vrrpd is not running: start it with systemctl start vrrp.service"),
            Self::Denied => out.write_str("you may not do this: run it as root, for example with sudo"),
            Self::Problems(problems) => write!(out, "vrrpd refuses the configuration:\n{problems}"),
            Self::NotReplaced(reason) => write!(out, "vrrpd goes on running as it is: {reason}"),
            Self::NoSuchInstance => out.write_str("vrrpd knows no such instance: see vrrpadm list"),
            Self::NoSuchGroup => out.write_str("vrrpd knows no such interface group: see vrrpadm group list"),
            Self::NoSuchMember => out.write_str("the group has no such member: see vrrpadm group show"),
            Self::LastMember => out.write_str("no other member of the group can be used"),
            Self::NotMaster(what) => write!(out, "it is not Master but {what}"),
            Self::NobodyElse => out.write_str("no other host took over, so this one serves again"),
            Self::TooMuch(what) => out.write_str(what),
            Self::Silent(time) => {
                write!(out, "vrrpd has not answered for {} s: see systemctl status vrrp.service", time.as_secs())
            }
            Self::Strange => out.write_str(
                "vrrpd answers what this vrrpadm does not understand: their versions differ, so restart it with \
                 systemctl restart vrrp.service",
            ),
            Self::Failed(what) => write!(out, "vrrpd cannot be asked ({what}): see systemctl status vrrp.service"),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<zbus::Error> for Refusal {
    fn from(error: zbus::Error) -> Self {
        if let zbus::Error::MethodError(name, text, _) = &error {
            let text = text.clone().unwrap_or_default();
            return match name.as_str().strip_prefix("org.vrrpd.Vrrp1.Error.") {
                Some("AccessDenied") => Self::Denied,
                Some("InvalidConfiguration") => Self::Problems(text),
                Some("NotReplaced") => Self::NotReplaced(text),
                Some("NoSuchInstance") => Self::NoSuchInstance,
                Some("NoSuchGroup") => Self::NoSuchGroup,
                Some("NoSuchMember") => Self::NoSuchMember,
                Some("LastMember") => Self::LastMember,
                Some("NotMaster") => Self::NotMaster(text),
                Some("NobodyElse") => Self::NobodyElse,
                Some("TooMuch") => Self::TooMuch(text),
                Some("Stopping") => Self::NotRunning,
                Some(_) | None => Self::Failed(text),
            };
        }
        if let zbus::Error::FDO(error) = &error {
            return Self::from_bus(error);
        }
        Self::Failed(reason(&error))
    }
}

impl Refusal {
    fn from_bus(error: &fdo::Error) -> Self {
        use fdo::Error as E;
        if matches!(error, E::ServiceUnknown(_) | E::NameHasNoOwner(_) | E::NoReply(_) | E::Disconnected(_)) {
            return Self::NotRunning;
        }
        // The object of an instance is there as long as the instance is.
        if matches!(error, E::UnknownObject(_) | E::UnknownInterface(_) | E::UnknownMethod(_)) {
            return Self::NoSuchInstance;
        }
        if matches!(error, E::AccessDenied(_) | E::InteractiveAuthorizationRequired(_)) {
            return Self::Denied;
        }
        Self::Failed(first_line(&error.to_string()))
    }
}

/// Why a bus cannot be used, in a few words.
pub(super) fn reason(error: &zbus::Error) -> String {
    if let zbus::Error::InputOutput(error) | zbus::Error::Connection(error, _) = error {
        return of_system(error);
    }
    if let zbus::Error::Address(_) = error {
        return "that is no D-Bus address, such as unix:path=/run/dbus/system_bus_socket".to_owned();
    }
    if let zbus::Error::Handshake(_) = error {
        return "it does not let you in".to_owned();
    }
    first_line(&error.to_string())
}

fn of_system(error: &io::Error) -> String {
    let kinds = [
        (io::ErrorKind::NotFound, "there is no such socket"),
        (io::ErrorKind::ConnectionRefused, "nobody listens there"),
        (io::ErrorKind::PermissionDenied, "permission denied"),
    ];
    match kinds.into_iter().find(|(kind, _)| *kind == error.kind()) {
        Some((_, words)) => words.to_owned(),
        None => error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase(),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
