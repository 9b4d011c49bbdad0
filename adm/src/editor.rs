//! The editor of whoever sits at the terminal, as systemctl finds it.

use std::env;
use std::io;
use std::path::Path;
use std::process::Command;

use anyhow::bail;

use crate::render::phrase::refusal;

/// What names an editor, the first that does.
const NAMED_BY: [&str; 3] = ["SYSTEMD_EDITOR", "EDITOR", "VISUAL"];
/// What is tried where nothing does.
const USUAL: [&str; 4] = ["editor", "nano", "vim", "vi"];

/// Has a file edited, and returns when the editor has ended.
///
/// # Errors
/// There is no editor, or it says that it failed.
pub(crate) fn edit(path: &Path) -> anyhow::Result<()> {
    let editors = editors(|name| env::var(name).ok());
    for editor in &editors {
        let [program, arguments @ ..] = editor.as_slice() else { continue };
        match Command::new(program).args(arguments).arg(path).status() {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => bail!("{program} failed ({status}): nothing has changed"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => bail!("{program} cannot be run: {}", refusal(&error)),
        }
    }
    let tried: Vec<String> = editors.iter().map(|editor| editor.join(" ")).collect();
    bail!("there is no editor ({}): install one, or name yours in EDITOR", tried.join(", "))
}

/// The editors to try, each with the arguments that its variable gives it.
fn editors(variable: impl Fn(&str) -> Option<String>) -> Vec<Vec<String>> {
    let named = NAMED_BY.into_iter().filter_map(variable).find(|editor| !editor.trim().is_empty());
    match named {
        // One that cannot be taken apart is taken as it is.
        Some(editor) => vec![shlex::split(&editor).unwrap_or_else(|| vec![editor])],
        None => USUAL.map(|editor| vec![editor.to_owned()]).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(set: &[(&str, &str)]) -> Vec<Vec<String>> {
        editors(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn an_editor_is_found_as_systemctl_finds_one() {
        assert_eq!(found(&[("VISUAL", "a"), ("EDITOR", "b -c 'd e'")]), [vec!["b", "-c", "d e"]]);
        assert_eq!(found(&[("VISUAL", "a"), ("EDITOR", ""), ("SYSTEMD_EDITOR", " ")]), [["a"]]);
        assert_eq!(found(&[("EDITOR", "a"), ("SYSTEMD_EDITOR", "it's")]), [["it's"]]);
        assert_eq!(found(&[]), [["editor"], ["nano"], ["vim"], ["vi"]]);
    }
}
