//! The mirror, proxy and keys that the machine's own apt uses.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process::Place;

/// Where debian-archive-keyring puts the keys of all releases.
pub(super) const KEYRINGS: &str = "/usr/share/keyrings";

/// Finds the mirror of Debian's main archive in the machine's apt sources.
///
/// # Errors
/// There is none.
pub(super) fn find() -> Result<String> {
    let mut files = vec![Path::new("/etc/apt/sources.list").to_owned()];
    if let Ok(entries) = fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(entries.flatten().map(|entry| entry.path()));
    }
    files.sort();
    let mirror = files.iter().find_map(|file| {
        let text = fs::read_to_string(file).ok()?;
        match file.extension()?.to_str()? {
            "sources" => mirror_of_stanzas(&text),
            "list" => mirror_of_lines(&text),
            _ => None,
        }
    });
    mirror.context("no Debian mirror in /etc/apt/sources.list or /etc/apt/sources.list.d: add one")
}

/// Reads the form `deb [options] URI suite component...`.
fn mirror_of_lines(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let rest = line.trim().strip_prefix("deb ")?.trim_start();
        let rest = match rest.strip_prefix('[') {
            Some(options) => options.split_once(']')?.1,
            None => rest,
        };
        let words: Vec<&str> = rest.split_whitespace().collect();
        let (uri, suite) = (words.first()?, words.get(1)?);
        is_main(uri, &[suite]).then(|| (*uri).to_owned())
    })
}

/// Reads the form of deb822: stanzas of `Field: value`.
fn mirror_of_stanzas(text: &str) -> Option<String> {
    text.split("\n\n").find_map(|stanza| {
        let field = |name: &str| stanza.lines().find_map(|line| line.strip_prefix(name));
        let uri = field("URIs:")?.split_whitespace().next()?;
        let suites: Vec<&str> = field("Suites:")?.split_whitespace().collect();
        is_main(uri, &suites).then(|| uri.to_owned())
    })
}

/// The main archive has `debian` in its path; security has a suite `NAME-security`, vendors have names of their own.
fn is_main(uri: &str, suites: &[&str]) -> bool {
    uri.contains("debian") && !suites.iter().any(|suite| suite.contains("-security"))
}

/// The machine's apt settings about proxies and certificates, as options of mmdebstrap.
///
/// # Errors
/// apt-config does not run.
pub(super) fn apt_options() -> Result<Vec<String>> {
    let settings = Place::machine().run(&["apt-config", "dump"])?.ok()?;
    let network = ["Acquire::http::", "Acquire::https::", "Acquire::Check-"];
    let lines = settings.lines().filter(|line| network.iter().any(|name| line.starts_with(name)));
    Ok(lines.map(|line| format!("--aptopt={line}")).collect())
}

#[cfg(test)]
mod tests {
    use super::{mirror_of_lines, mirror_of_stanzas};

    #[test]
    fn both_forms_of_sources_tell_the_main_archive() {
        let lines = "# deb x\ndeb http://a.invalid/debian-security trixie-security main\n\
                     deb [signed-by=/k] http://a.invalid/debian trixie main\n";
        assert_eq!(mirror_of_lines(lines).as_deref(), Some("http://a.invalid/debian"));
        let stanzas = "Types: deb\nURIs: http://b.invalid/debian-security\nSuites: trixie-security\n\n\
                       Types: deb\nURIs: http://b.invalid/debian/\nSuites: trixie trixie-updates\n";
        assert_eq!(mirror_of_stanzas(stanzas).as_deref(), Some("http://b.invalid/debian/"));
        assert_eq!(mirror_of_lines("deb http://c.invalid/nodesource nodistro main\n"), None);
    }
}
