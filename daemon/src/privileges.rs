//! What the daemon may do, asked before it does anything.

use std::fs;

use anyhow::{Context as _, ensure};

/// The capabilities that it needs, by their numbers (capabilities(7)).
const NEEDED: [(u32, &str); 2] = [(12, "CAP_NET_ADMIN"), (13, "CAP_NET_RAW")];

/// Makes sure that the capabilities are there.
///
/// # Errors
/// Names those that are missing, and what to do.
pub(crate) fn check() -> anyhow::Result<()> {
    let status = fs::read_to_string("/proc/self/status").context("cannot read /proc/self/status")?;
    let missing = missing(&status).context("/proc/self/status tells no capabilities")?;
    ensure!(
        missing.is_empty(),
        "not permitted without {}: start it as root or by its unit (systemctl start vrrp.service)",
        missing.join(" and ")
    );
    Ok(())
}

/// The needed capabilities that are not in effect, by the text of `/proc/PID/status`.
fn missing(status: &str) -> Option<Vec<&'static str>> {
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    let effective = u64::from_str_radix(effective.trim(), 16).ok()?;
    let lacks = |(number, _): &(u32, &str)| effective & 1 << number == 0;
    Some(NEEDED.into_iter().filter(lacks).map(|(_, name)| name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let status = |effective: &str| format!("Name:\tvrrpd\nCapPrm:\tffff\nCapEff:\t{effective}\nCapBnd:\tffff\n");
        for (effective, expected) in [
            ("000001ffffffffff", &[][..]),
            ("0000000000003000", &[]),
            ("0000000000001000", &["CAP_NET_RAW"]),
            ("0000000000002000", &["CAP_NET_ADMIN"]),
            ("0000000000000000", &["CAP_NET_ADMIN", "CAP_NET_RAW"]),
        ] {
            assert_eq!(missing(&status(effective)).as_deref(), Some(expected), "{effective}");
        }
        assert_eq!(missing("Name:\tvrrpd\n"), None);
    }
}
