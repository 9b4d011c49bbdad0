//! Secrets on their way into files of their own: nothing else shows them.

use std::fmt;

/// A secret and the file that is to have it.
pub(crate) struct Secret {
    /// Where it belongs, from the root.
    pub(crate) path: String,
    /// What is to stand in the file, without the end of the line.
    pub(crate) text: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Secret({})", self.path)
    }
}

/// What stands in the place of a secret.
const HIDDEN: &str = "…";
/// The words behind which a secret stands.
const BEFORE: [&str; 2] = ["auth_pass", "password"];

/// A line as it may be shown: without what stands behind `auth_pass` or `key`, and without any of the `known` secrets, such
/// as one in a definition.
pub(crate) fn masked(line: &str, known: &[String]) -> String {
    if let Some((name, _)) = line.split_once('=').filter(|(name, _)| is_of_secret(name)) {
        return format!("{name}={HIDDEN}");
    }
    let (mut out, mut rest, mut before) = (String::new(), line, ["", ""]);
    while !rest.is_empty() {
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | '{' | '}' | ',' | '(' | ')');
        let end = rest.find(ends).unwrap_or(rest.len());
        if end == 0 {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            let (mark, behind) = rest.split_at(length);
            out.push_str(mark);
            rest = behind;
            continue;
        }
        let (word, behind) = rest.split_at(end);
        let told = BEFORE.contains(&before[1]) || before[0] == "key" || (before[1] == "key" && word.contains(':'));
        let plain = word.starts_with('$') || word.starts_with("file:");
        let of_key = before[0] == "key" && plain;
        let hidden = (told && !of_key && !plain) || known.iter().any(|secret| secret == word);
        if hidden && BEFORE.contains(&before[1]) {
            // A secret may have any character in it, also one that ends a word.
            out.push_str(HIDDEN);
            break;
        }
        out.push_str(if hidden { HIDDEN } else { word });
        rest = behind;
        before = [before[1], word];
    }
    out
}

/// Tells whether a definition is called as people call those of secrets: `$PASS=…`, `@high $VRRP_KEY=…`.
fn is_of_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let defined = name.trim_start().starts_with('$') || (name.trim_start().starts_with('@') && name.contains('$'));
    defined && ["pass", "secret", "key", "psk"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown_wherever_it_stands() {
        let known = ["hunter2".to_owned()];
        let cases = [
            ("    auth_pass hunter2", "    auth_pass …"),
            ("authentication { auth_type PASS auth_pass \"a b c\" }", "authentication { auth_type PASS auth_pass \"…"),
            ("auth_pass hunter2 \\", "auth_pass …"),
            ("auth_pass $PASS", "auth_pass $PASS"),
            ("$WORD=hunter2", "$WORD=…"),
            ("$PASS=unknown", "$PASS=…"),
            ("@high  $VRRP_KEY=unknown", "@high  $VRRP_KEY=…"),
            ("key 1 hex:0011", "key 1 …"),
            ("key 2 file:/etc/keepalived/keys/a", "key 2 file:/etc/keepalived/keys/a"),
            ("key hex:00", "key …"),
            ("priority 100", "priority 100"),
        ];
        for (line, shown) in cases {
            assert_eq!(masked(line, &known), shown);
        }
    }
}
