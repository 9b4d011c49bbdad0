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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_paths_that_the_bus_takes() {
        for (name, end) in [("web-1.a", "web_2d1_2ea"), ("web_1", "web_5f1"), ("9", "9")] {
            assert_eq!(path_of(name), format!("/org/vrrpd/Vrrp1/instance/{end}"));
        }
    }
}
