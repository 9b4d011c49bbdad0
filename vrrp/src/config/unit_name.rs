//! Names of units that can be protected.

use std::fmt;

use super::suggest::nearest;
use super::text::Shown;

/// The name of a system unit that can be protected: a service, socket, target, mount, path or timer, no template.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitName(String);

/// The kinds that can be active in a way that says something about a service.
const KINDS: [&str; 6] = ["service", "socket", "target", "mount", "path", "timer"];
/// The kinds that systemd knows besides.
const OTHER_KINDS: [&str; 5] = ["slice", "scope", "device", "swap", "automount"];
/// The most bytes of a unit's name that systemd takes.
const LONGEST: usize = 255;

impl UnitName {
    /// Takes the name of a unit that can be protected.
    ///
    /// # Errors
    /// Any other gives one clause that says why not and what to write.
    pub fn new(name: &str) -> Result<Self, String> {
        let shown = Shown::new(name);
        if name.is_empty() {
            return Err("a unit's name is missing: write one such as \"http.service\"".to_owned());
        }
        if name.contains('/') {
            return Err(path(name));
        }
        let Some((stem, kind)) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) else {
            return Err(format!("\"{shown}\" has no suffix: write \"{}.service\"", Shown::new(name.trim_matches('.'))));
        };
        if OTHER_KINDS.contains(&kind) {
            return Err(refused_kind(name, kind));
        }
        if !KINDS.contains(&kind) {
            return Err(match nearest(kind, KINDS) {
                Some(near) => format!("\"{shown}\" is no unit: did you mean \"{}.{near}\"?", Shown::new(stem)),
                None => format!("\"{shown}\" does not end in a unit's suffix: write \"{shown}.service\""),
            });
        }
        if name.len() > LONGEST {
            return Err(format!("\"{shown}\" is too long: a unit's name has at most {LONGEST} bytes"));
        }
        if let Some(wrong) = name.chars().find(|&c| !(c.is_ascii_alphanumeric() || ":-_.\\@".contains(c))) {
            let wrong = wrong.to_string();
            return Err(format!("\"{shown}\" is no unit: its name cannot have the character '{}'", Shown::new(&wrong)));
        }
        if stem == "vrrp" || stem.starts_with("vrrp@") {
            return Err(format!("\"{shown}\" is VRRP's own: name the unit that serves the addresses"));
        }
        match stem.split_once('@') {
            Some((template, "")) => Err(format!(
                "\"{shown}\" is a template: name the instance of it, such as \"{}@main.{kind}\"",
                Shown::new(template)
            )),
            Some(("", _)) => Err(format!("\"{shown}\" is no unit: it has no name before the @")),
            Some(_) | None => Ok(Self(name.to_owned())),
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn path(name: &str) -> String {
    let shown = Shown::new(name);
    let last = Shown::new(name.rsplit('/').next().unwrap_or_default());
    if name.split('/').any(|part| part == "user" || part == ".config" || part.starts_with("user@")) {
        format!("\"{shown}\" belongs to a user's manager: only system units can be protected")
    } else if name.ends_with(".service") || name.ends_with(".socket") {
        format!("\"{shown}\" is a path: write the unit's name, \"{last}\"")
    } else {
        format!("\"{shown}\" is a path: write a unit's name, such as \"http.service\" or \"srv-data.mount\"")
    }
}

fn refused_kind(name: &str, kind: &str) -> String {
    let shown = Shown::new(name);
    match kind {
        "slice" | "scope" => format!("\"{shown}\" only groups processes: name the service that serves the addresses"),
        "device" => format!("\"{shown}\" is a device, which systemd cannot stop: name the service that uses it"),
        "automount" => format!("\"{shown}\" is active before anything is mounted: name the .mount"),
        _ => format!("\"{shown}\" serves nobody: name the service that serves the addresses"),
    }
}

impl fmt::Display for UnitName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_that_can_be_protected_are_taken() {
        let good = ["http.service", "pg@main.service", "getty@tty1.service", "srv-data.mount", "dbus-org.x.service"];
        let further = ["a\\x2db.socket", "multi-user.target", "vrrpish.service", "user@1000.service"];
        for name in good.into_iter().chain(further) {
            assert_eq!(UnitName::new(name).as_ref().map(UnitName::as_str), Ok(name));
        }
    }

    #[test]
    fn every_refusal_says_what_to_write() {
        let refusals = [
            ("", "a unit's name is missing: write one such as \"http.service\""),
            ("http", "\"http\" has no suffix: write \"http.service\""),
            (".service", "\".service\" has no suffix: write \"service.service\""),
            ("http.serivce", "\"http.serivce\" is no unit: did you mean \"http.service\"?"),
            ("v1.2", "\"v1.2\" does not end in a unit's suffix: write \"v1.2.service\""),
            ("pg@.service", "\"pg@.service\" is a template: name the instance of it, such as \"pg@main.service\""),
            ("@x.service", "\"@x.service\" is no unit: it has no name before the @"),
            ("a b.service", "\"a b.service\" is no unit: its name cannot have the character ' '"),
            ("vrrp.service", "\"vrrp.service\" is VRRP's own: name the unit that serves the addresses"),
            ("vrrp@x.service", "\"vrrp@x.service\" is VRRP's own: name the unit that serves the addresses"),
            ("a.slice", "\"a.slice\" only groups processes: name the service that serves the addresses"),
            ("sda.device", "\"sda.device\" is a device, which systemd cannot stop: name the service that uses it"),
            ("a.automount", "\"a.automount\" is active before anything is mounted: name the .mount"),
            ("a.swap", "\"a.swap\" serves nobody: name the service that serves the addresses"),
            ("/lib/a.service", "\"/lib/a.service\" is a path: write the unit's name, \"a.service\""),
            ("/srv", "\"/srv\" is a path: write a unit's name, such as \"http.service\" or \"srv-data.mount\""),
        ];
        for (name, words) in refusals {
            assert_eq!(UnitName::new(name).unwrap_err(), words);
        }
        let user = UnitName::new("/home/a/.config/systemd/user/b.service").unwrap_err();
        assert!(user.ends_with("belongs to a user's manager: only system units can be protected"), "{user}");
        assert!(UnitName::new(&format!("{}.service", "x".repeat(300))).unwrap_err().contains("too long"));
    }
}
