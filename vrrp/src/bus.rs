//! Where the daemon is found on D-Bus: what both ends must write alike.

/// The daemon's well-known name.
pub const NAME: &str = "org.vrrpd.Vrrp1";
/// The object that stands for the daemon.
pub const PATH: &str = "/org/vrrpd/Vrrp1";

/// The path of an instance's object: each byte that a path cannot carry is written `_XX` (two hexadecimal digits).
#[must_use]
pub fn path_of(instance: &str) -> String {
    let mut path = format!("{PATH}/instance/");
    for byte in instance.bytes() {
        if byte.is_ascii_alphanumeric() {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("_{byte:02x}"));
        }
    }
    path
}

/// The instance whose object has this path; `None` if it is none that [`path_of`] writes.
#[must_use]
pub fn instance_of(path: &str) -> Option<String> {
    let written = path.strip_prefix(PATH)?.strip_prefix("/instance/")?;
    let mut parts = written.split('_');
    let mut name = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        name.push(u8::from_str_radix(digits, 16).ok()?);
        name.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(name).ok().filter(|name| path_of(name) == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_paths_that_the_bus_takes() {
        for (name, end) in [("web-1.a", "web_2d1_2ea"), ("web_1", "web_5f1"), ("9", "9")] {
            let path = format!("/org/vrrpd/Vrrp1/instance/{end}");
            assert_eq!(path_of(name), path);
            assert_eq!(instance_of(&path).as_deref(), Some(name));
        }
    }

    #[test]
    fn a_path_that_nobody_writes_is_no_instance() {
        for end in ["web_", "web_2", "web_zz", "web_2D", "w\u{e9}b", "web_c3", "_31", "a/b"] {
            assert_eq!(instance_of(&format!("/org/vrrpd/Vrrp1/instance/{end}")), None, "{end}");
        }
        assert_eq!(instance_of("/org/vrrpd/Vrrp1"), None);
    }
}
