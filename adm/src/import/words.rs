//! Parts a line: its comment, its braces, its words.

use std::iter::Peekable;
use std::str::Chars;

/// Takes the comment off, and the space around what is left. A backslash at the end stays: the line goes on.
pub(super) fn without_comment(line: &str) -> String {
    let (mut out, mut quoted) = (String::new(), false);
    let mut characters = line.trim_start_matches(BLANK).chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => quoted = !quoted,
            '\\' => match characters.next() {
                None => return format!("{}\\", out.trim_end_matches(BLANK)),
                // Inside quotes it is somebody else's to take away.
                Some(next @ ('#' | '!')) if !quoted => {
                    out.push(next);
                    continue;
                }
                Some(next) => {
                    out.extend(['\\', next]);
                    continue;
                }
            },
            '#' | '!' if !quoted => break,
            _ => {}
        }
        out.push(character);
    }
    out.truncate(out.trim_end_matches(BLANK).len());
    out
}

/// Parts a line at its first brace outside of quotes: what stands before it, or the brace; and the rest.
pub(super) fn at_brace(line: &str) -> (&str, &str) {
    let mut quoted = false;
    let brace = line.char_indices().find(|&(_, character)| {
        quoted ^= character == '"';
        !quoted && matches!(character, '{' | '}')
    });
    let (head, rest) = match brace {
        Some((0, _)) => line.split_at(1),
        Some((at, _)) => line.split_at(at),
        None => (line, ""),
    };
    (head.trim_end_matches(BLANK), rest.trim_matches(BLANK))
}

/// Parts a line into words; what stands in quotes is one.
///
/// # Errors
/// A quote has no end: from there on.
pub(super) fn words(line: &str) -> Result<Vec<String>, &str> {
    let (mut words, mut rest) = (Vec::new(), line.trim_start_matches(BLANK));
    while !rest.is_empty() {
        let word;
        if let Some(quoted) = rest.strip_prefix('"') {
            (word, rest) = quoted.split_once('"').ok_or(rest)?;
        } else {
            let end = rest.find(|c| BLANK.contains(&c) || c == '"').unwrap_or(rest.len());
            (word, rest) = rest.split_at(end);
        }
        words.push(word.to_owned());
        rest = rest.trim_start_matches(BLANK);
    }
    Ok(words)
}

/// How a backslash in quoted text is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backslash {
    /// It stays, with what follows it, for somebody else to take away.
    Stays,
    /// It is taken as in a shell's `$'…'`.
    Escapes,
}

/// Parts a line in which both kinds of quotes hold words together; nothing where a quote or a backslash has no end.
pub(super) fn quoted(line: &str, backslash: Backslash) -> Option<Vec<String>> {
    let (mut words, mut word, mut open) = (Vec::new(), None::<String>, None);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, open) {
            ('\\', _) if backslash == Backslash::Escapes => {
                word.get_or_insert_default().push(escaped(&mut characters)?);
            }
            ('\\', _) => word.get_or_insert_default().extend(['\\', characters.next()?]),
            (mark, Some(quote)) if mark == quote => open = None,
            ('"' | '\'', None) => {
                open = Some(character);
                word.get_or_insert_default();
            }
            (blank, None) if BLANK.contains(&blank) => words.extend(word.take()),
            (other, _) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    open.is_none().then_some(words)
}

/// The character that a backslash and what follows it stand for.
fn escaped(characters: &mut Peekable<Chars<'_>>) -> Option<char> {
    Some(match characters.next()? {
        'x' if characters.peek().is_some_and(char::is_ascii_hexdigit) => number(characters, 0, 2, 16),
        'c' => characters.next().and_then(|c| char::from_u32(u32::from(c) & 0x1f))?,
        digit @ '0'..='7' => number(characters, u32::from(digit) - u32::from('0'), 2, 8),
        'a' => '\x07',
        'b' => '\x08',
        'E' => '\x1b',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        other => other,
    })
}

/// Reads up to `most` more digits of a character's number.
fn number(characters: &mut Peekable<Chars<'_>>, first: u32, most: usize, base: u32) -> char {
    let mut number = first;
    for _ in 0..most {
        let Some(digit) = characters.peek().and_then(|next| next.to_digit(base)) else {
            break;
        };
        characters.next();
        number = number * base + digit;
    }
    char::from(u8::try_from(number & 0xff).unwrap_or_default())
}

const BLANK: [char; 2] = [' ', '\t'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_ends_a_line_unless_it_is_quoted_or_escaped() {
        let cases = [
            ("  priority 100 # best", "priority 100"),
            ("! all of it", ""),
            ("auth_pass hunter2!", "auth_pass hunter2"),
            ("script \"a # b\" # c", "script \"a # b\""),
            (r"router_id a\#b", "router_id a#b"),
            ("$X= \\", "$X=\\"),
            (r#"script "a \# b""#, r#"script "a \# b""#),
        ];
        for (line, left) in cases {
            assert_eq!(without_comment(line), left, "{line}");
        }
    }

    #[test]
    fn braces_part_lines_and_quotes_hold_them_together() {
        assert_eq!(at_brace("vrrp_instance a { state X }"), ("vrrp_instance a", "{ state X }"));
        assert_eq!(at_brace("{ state X }"), ("{", "state X }"));
        assert_eq!(at_brace("state \"{\" }"), ("state \"{\"", "}"));
        assert_eq!(at_brace("}"), ("}", ""));
        assert_eq!(words("notify \"/a b\" c\"d\""), Ok(vec!["notify".into(), "/a b".into(), "c".into(), "d".into()]));
        assert_eq!(words("a \"b c"), Err("\"b c"));
    }

    #[test]
    fn a_command_has_the_arguments_that_a_shell_would_give_it() {
        let escapes = |line| quoted(line, Backslash::Escapes);
        assert_eq!(escapes(r#"/a ' b\x20c' "d \"e\"" f\ g"#).unwrap(), ["/a", " b c", "d \"e\"", "f g"]);
        assert_eq!(escapes(r"\101\7\cA").unwrap(), ["A\x07\x01"]);
        assert_eq!(quoted(r#"script "a \"b\" c""#, Backslash::Stays).unwrap(), ["script", r#"a \"b\" c"#]);
        assert_eq!((escapes("a 'b"), escapes("a \\")), (None, None));
    }
}
