//! Why systemd did not do what it was asked, in words that say what to do.

use std::fmt;
use std::time::Duration;

use zbus::fdo;

/// Why systemd did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is not on the bus.
    Absent,
    /// The caller may not do this.
    Denied,
    /// There is no unit of that name; systemd's words.
    NoSuchUnit(String),
    /// There is a unit of that name already; systemd's words.
    UnitExists(String),
    /// The unit is masked; systemd's words.
    Masked(String),
    /// It did not answer, or the job did not end, for this long.
    Silent(Duration),
    /// It answers what cannot be understood.
    Strange,
    /// Anything else, in systemd's words.
    Failed(String),
}

impl Refusal {
    /// Tells whether there is no systemd to ask.
    pub(crate) const fn is_absence(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => out.write_str(
                "systemd is not on this bus: on a host without it use --root / for the files and start vrrpd yourself",
            ),
            Self::Denied => out.write_str("systemd does not let you do this: run it as root, for example with sudo"),
            Self::NoSuchUnit(text) => write!(out, "{text} Are its files installed, and was systemd reloaded?"),
            Self::UnitExists(text) => out.write_str(text),
            Self::Masked(text) => write!(out, "{text} Lift the mask with systemctl unmask first."),
            Self::Silent(time) => {
                write!(out, "systemd has not finished for {} s: see systemctl list-jobs", time.as_secs())
            }
            Self::Strange => {
                out.write_str("systemd answers what this vrrpadm does not understand: is it older than 252?")
            }
            Self::Failed(text) => write!(out, "systemd refuses: {text}"),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<zbus::Error> for Refusal {
    fn from(error: zbus::Error) -> Self {
        if let zbus::Error::MethodError(name, text, _) = &error {
            let text = text.clone().unwrap_or_else(|| name.to_string());
            return match name.as_str().strip_prefix("org.freedesktop.systemd1.") {
                Some("NoSuchUnit") => Self::NoSuchUnit(text),
                Some("UnitExists") => Self::UnitExists(text),
                Some("UnitMasked") => Self::Masked(text),
                Some(_) | None => Self::Failed(text),
            };
        }
        if let zbus::Error::FDO(error) = &error {
            return Self::from_bus(error);
        }
        Self::Failed(error.to_string())
    }
}

impl Refusal {
    fn from_bus(error: &fdo::Error) -> Self {
        use fdo::Error as E;
        // A bus without systemd runs /bin/false to start it.
        if matches!(error, E::ServiceUnknown(_) | E::NameHasNoOwner(_) | E::SpawnChildExited(_) | E::Disconnected(_)) {
            return Self::Absent;
        }
        if matches!(error, E::AccessDenied(_) | E::InteractiveAuthorizationRequired(_) | E::AuthFailed(_)) {
            return Self::Denied;
        }
        Self::Failed(error.to_string())
    }
}
