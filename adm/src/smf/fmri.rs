//! Names of services in SMF.

use std::fmt;

use vrrp::config::{UnitName, harmless};

use super::SERVICE;

/// What every FMRI of a service begins with.
const SCHEME: &str = "svc:/";
/// The most bytes of a service's and of an instance's name (`scf_limit(3SCF)`).
const LONGEST: usize = 119;
/// Where the services are that serve a network; whatever has a virtual address does.
const CATEGORY: &str = "network";

/// A service of SMF that is not ours, `svc:/network/http:nginx`. Without an instance it stands for any of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fmri(String);

impl Fmri {
    /// Takes an FMRI as `svcs` shows it.
    ///
    /// # Errors
    /// Any other gives one clause that says why not and what to write.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let shown = harmless(text);
        if text.starts_with("lrc:") {
            return Err(format!("{shown} is a legacy script, which SMF does not follow: name a service"));
        }
        let Some(rest) = text.strip_prefix(SCHEME) else {
            let whole = format!("{SCHEME}{}", text.trim_start_matches("svc:").trim_start_matches('/'));
            return Err(match Self::new(&whole) {
                Ok(fmri) => format!("{shown} is not written out: write {fmri}"),
                Err(_) => format!("{shown} is no FMRI: write one as svcs shows it, such as svc:/network/http:nginx"),
            });
        };
        if let Some(on_host) = rest.strip_prefix('/') {
            let local = on_host.split_once('/').map(|(_, local)| format!("{SCHEME}{local}"));
            return Err(match local.and_then(|local| Self::new(&local).ok()) {
                Some(fmri) => format!("{shown} names a host: write {fmri}"),
                None => format!("{shown} names a host: write an FMRI such as svc:/network/http:nginx"),
            });
        }
        let (service, instance) = rest.split_once(':').map_or((rest, None), |(service, name)| (service, Some(name)));
        if !is_service(service) || !instance.is_none_or(is_instance) {
            return Err(format!("{shown} is no FMRI: write one as svcs shows it, such as svc:/network/http:nginx"));
        }
        if service == SERVICE {
            return Err(format!("{shown} is VRRP's own: name the service that serves the addresses"));
        }
        Ok(Self(text.to_owned()))
    }

    /// Gives the service that has a unit's name: that of `nginx.service` is `svc:/network/nginx`, that of `pg@main.service`
    /// `svc:/network/pg:main`. Other units than services have none, nor have names that SMF does not take.
    pub(super) fn named_after(unit: &UnitName) -> Option<Self> {
        let name = unit.as_str().strip_suffix(".service")?;
        Self::new(&format!("{SCHEME}{CATEGORY}/{}", name.replacen('@', ":", 1))).ok()
    }

    /// The FMRI as text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fmri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// What somebody says a unit is called in SMF.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) unit: UnitName,
    pub(crate) fmri: Fmri,
}

impl Given {
    /// Takes `UNIT=FMRI`.
    ///
    /// # Errors
    /// One of both is none; the text says which and what to write.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let Some((unit, fmri)) = text.split_once('=') else {
            return Err("write the unit, = and what SMF calls it: nginx.service=svc:/network/http:nginx".to_owned());
        };
        Ok(Self { unit: UnitName::new(unit)?, fmri: Fmri::new(fmri)? })
    }

    /// What is taken for a unit where nobody says otherwise, as it would be said.
    pub(crate) fn usual(unit: &UnitName) -> String {
        format!("{unit}={}", Fmri::named_after(unit).map_or_else(|| SCHEME.to_owned(), |fmri| fmri.0))
    }
}

/// Tells whether SMF takes the name of a service: components with slashes between them.
fn is_service(name: &str) -> bool {
    name.len() <= LONGEST && name.split('/').all(is_component)
}

/// Tells whether SMF takes the name of an instance.
pub(super) fn is_instance(name: &str) -> bool {
    name.len() <= LONGEST && is_component(name)
}

/// An identifier, perhaps with who provides it before a comma: `com.example,http`.
fn is_component(text: &str) -> bool {
    match text.split_once(',') {
        Some((provider, identifier)) => is_identifier(provider, ".-_") && is_identifier(identifier, "-_"),
        None => is_identifier(text, "-_"),
    }
}

/// A letter, then letters, digits and some signs.
fn is_identifier(text: &str, signs: &str) -> bool {
    let letter = text.starts_with(|first: char| first.is_ascii_alphabetic());
    letter && text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_fmri_is_taken_as_svcs_shows_it() {
        let taken =
            ["svc:/network/http:nginx", "svc:/network/http", "svc:/com.example,a/b-c_d:x", "svc:/site/a:com.example,b"];
        for text in taken {
            assert_eq!(Fmri::new(text).map(|fmri| fmri.to_string()), Ok(text.to_owned()));
        }
        let long = "a".repeat(LONGEST);
        assert!(Fmri::new(&format!("svc:/{long}:{long}")).is_ok());
        for text in [format!("svc:/{long}a"), format!("svc:/a:{long}a")] {
            assert!(Fmri::new(&text).is_err(), "{text}");
        }
        for text in [
            "",
            "svc:",
            "svc:/",
            "svc:/:a",
            "svc:/a:",
            "svc:/a:b:c",
            "svc:/a//b",
            "svc:/a/:b",
            "svc:/1a",
            "svc:/a:1b",
            "svc:/a.b",
            "svc:/a:b.c",
            "svc:/a b",
            "svc:/a\"/><b",
            "svc:/a:\u{e4}",
            "svc:/,a",
            "svc:/a,",
            "svc:/network/vrrp",
            "svc:/network/vrrp:inst1",
        ] {
            assert!(Fmri::new(text).is_err(), "{text}");
        }
        assert!(!Fmri::new("svc:/\u{1b}[31m").unwrap_err().contains('\u{1b}'));
    }

    #[test]
    fn a_service_of_a_units_name_is_one_where_smf_takes_it() {
        let named = |unit: &str| Fmri::named_after(&UnitName::new(unit).unwrap()).map(|fmri| fmri.0);
        let some = [("http.service", "svc:/network/http"), ("a--b@c-d.service", "svc:/network/a--b:c-d")];
        for (unit, fmri) in some {
            assert_eq!(named(unit).as_deref(), Some(fmri));
        }
        for unit in
            ["a.socket", "srv.mount", "1a.service", "a.b.service", "a\\x2db.service", "a@1.service", "vrrp@a.mount"]
        {
            assert_eq!(UnitName::new(unit).ok().and_then(|_| named(unit)), None, "{unit}");
        }
    }
}
