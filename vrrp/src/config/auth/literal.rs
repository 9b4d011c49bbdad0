//! Secrets that people write where they are used: a message about such a line must not spread it.

/// What people call a secret.
pub(super) const NAMES: [&str; 7] = ["password", "pass", "auth_pass", "passphrase", "secret", "key", "psk"];

/// What to tell them.
pub(crate) const ADVICE: &str = "a secret does not stand in this file, which others may read: write it to a file that \
                                 only the user vrrp can read, and its path here, such as file = \"/etc/vrrp/keys/NAME\"";

/// Tells whether a line may be shown: it gives no value to anything that people call a secret.
pub(crate) fn may_show(line: &str) -> bool {
    let line = line.to_lowercase();
    let gives = |(place, name): (usize, &str)| {
        let before = line.get(..place).and_then(|before| before.chars().next_back());
        let after = line.get(place + name.len()..).unwrap_or_default().trim_start_matches(['"', '\'', ' ', '\t']);
        before.is_none_or(|before| !before.is_alphanumeric()) && after.starts_with('=')
    };
    let called = NAMES.iter().any(|name| line.match_indices(name).any(gives));
    let bare = line.trim_start().strip_prefix("auth").and_then(|rest| rest.trim_start().strip_prefix('='));
    !called && bare.is_none_or(|value| value.trim_start().starts_with('{'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_a_secret_in_them_are_not_shown() {
        let secret = [
            r#"auth = { type = "password", password = "hunter2" }"#,
            r#"auth = { type = "ah", "secret"="hunter2" }"#,
            "auth = {type=hmac-sha256, keys=[{id=1,key=hunter2}]}",
            "password = hunter2",
            "  AUTH_PASS = hunter2",
            "auth = \"hunter2\"",
            "auth = hunter2",
        ];
        assert_eq!(secret.iter().filter(|line| may_show(line)).collect::<Vec<_>>(), Vec::<&&str>::new());
        let plain = [
            r#"auth = { type = "password", credential = "vrrp.inst1" }"#,
            r#"auth = { type = "hmac-sha256", keys = [{ id = 1, file = "/etc/vrrp/keys/a" }], send = 1 }"#,
            "vrid = 51",
            "type = \"password\"",
            "[instance.secret]",
        ];
        assert_eq!(plain.iter().filter(|line| !may_show(line)).collect::<Vec<_>>(), Vec::<&&str>::new());
    }
}
