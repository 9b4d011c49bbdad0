//! Programs that are run, and who runs them.

use std::path::{Component, Path, PathBuf};

use super::field::Given;
use super::text::Shown;
use super::value::Content;

/// The longest path that the kernel takes, with the NUL at its end (PATH_MAX).
const LONGEST_PATH: usize = 4095;
/// The longest name of a user that systemd and useradd take.
const LONGEST_USER: usize = 31;
/// The most bytes of one argument (MAX_ARG_STRLEN, less the NUL).
const LONGEST_ARGUMENT: usize = 131_071;

/// Reads a program with its arguments: a path, or a list of a path and arguments.
pub(crate) fn command(given: &mut Given<'_>) -> Option<(PathBuf, Vec<String>)> {
    let list = match &given.value.content {
        Content::List(list) => list,
        Content::Text(text) if text.starts_with('/') && text.contains(char::is_whitespace) => {
            let words: Vec<String> = text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
            let words = words.join(", ");
            return given.wrong(&format!("has a space: write the arguments apart, [{}]", Shown::path(&words)));
        }
        Content::Text(_) | Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::Table(_) => {
            return given.read("/usr/local/lib/check", path).map(|program| (program, Vec::new()));
        }
    };
    let mut words = Vec::new();
    for value in list {
        let message = match &value.content {
            Content::Text(word) if word.contains('\0') => "an argument cannot have the character NUL".to_owned(),
            Content::Text(word) if word.len() > LONGEST_ARGUMENT => "an argument is longer than 128 KiB".to_owned(),
            Content::Text(word) => {
                words.push((word, &value.spot));
                continue;
            }
            Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => {
                format!("{value} is {}: write each argument in quotes", value.kind())
            }
        };
        return given.wrong_at(&value.spot, message);
    }
    let Some(((program, spot), arguments)) = words.split_first() else {
        return given.wrong("names no program: write one such as [\"/usr/local/lib/check\", \"arg\"]");
    };
    let arguments = arguments.iter().map(|(word, _)| (*word).clone()).collect();
    match path(program) {
        Ok(program) => Some((program, arguments)),
        Err(message) => given.wrong_at(spot, message),
    }
}

/// Takes an absolute path that names no directory by its form, or says what is wrong with it.
pub(crate) fn path(text: &str) -> Result<PathBuf, String> {
    let shown = Shown::path(text);
    let path = Path::new(text);
    if !path.is_absolute() {
        return Err(format!("\"{shown}\" is no absolute path: begin it with /"));
    }
    if text.ends_with('/') || text.ends_with("/.") {
        return Err(format!("\"{shown}\" names a directory: write the file in it"));
    }
    if path.components().any(|component| component == Component::ParentDir) {
        return Err(format!("\"{shown}\" goes back by ..: write the path without it"));
    }
    if text.chars().any(char::is_control) || text.len() > LONGEST_PATH {
        return Err(format!("\"{shown}\" is no path: it has a control character, or more than {LONGEST_PATH} bytes"));
    }
    Ok(path.components().collect())
}

/// Takes the name of a user, or says what is wrong with it.
pub(crate) fn user_name(name: &str) -> Result<String, String> {
    let shown = Shown::new(name);
    if name.bytes().next().is_some_and(|first| first.is_ascii_digit()) && name.bytes().all(|c| c.is_ascii_digit()) {
        return Err(format!("\"{shown}\" is a number: write the user's name, such as \"nobody\""));
    }
    let good = |c: char| !(c.is_whitespace() || c.is_control() || matches!(c, ':' | '/' | ','));
    let named = !name.is_empty() && name.len() <= LONGEST_USER && !name.starts_with('-') && name.chars().all(good);
    named.then(|| name.to_owned()).ok_or_else(|| format!("\"{shown}\" is no user: write a name such as \"nobody\""))
}
