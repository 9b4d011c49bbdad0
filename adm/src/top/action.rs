//! What a key does to an instance: the verb of that name, run as a program of its own.
//!
//! Verbs wait for locks, write to disks and tell how far they are. Beside this program they neither hold its screen up nor write on it, and
//! one that has begun is carried out, whatever becomes of the screen.

use std::process::Stdio;

use tokio::process::Command;

/// This program, also where another one has been installed meanwhile.
const PROGRAM: &str = "/proc/self/exe";

/// Something to do to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// Hand it over.
    Resign,
    /// Undo that.
    ComeBack,
    /// Take no part in it.
    Disable,
    /// Take part in it.
    Enable,
}

/// Something to do to one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Action {
    /// What.
    pub(super) verb: Verb,
    /// The instance.
    pub(super) name: String,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// What the verb said.
    pub(super) text: String,
    /// Whether it did what it was to do.
    pub(super) well: bool,
}

impl Action {
    /// What is asked before it is done; `None` for what gives nothing up.
    pub(super) fn question(&self) -> Option<String> {
        let name = &self.name;
        match self.verb {
            Verb::Resign => Some(format!("Resign {name}? Another host takes over. y/n")),
            Verb::Disable => Some(format!("Disable {name}? It is changed in the files, too. y/n")),
            Verb::Enable => Some(format!("Enable {name}? It is changed in the files, too. y/n")),
            Verb::ComeBack => None,
        }
    }

    /// What `vrrpadm` is told.
    pub(super) fn arguments(&self) -> Vec<&str> {
        match self.verb {
            Verb::Resign => vec!["resign", &self.name],
            Verb::ComeBack => vec!["resign", "--undo", &self.name],
            Verb::Disable => vec!["disable", &self.name],
            Verb::Enable => vec!["enable", &self.name],
        }
    }

    /// Does it, on the host that the options in `place` name.
    pub(super) async fn carry_out(self, place: Vec<String>) -> Outcome {
        let mut command = Command::new(PROGRAM);
        command.arg0("vrrpadm").args(place).args(self.arguments());
        command.env("SYSTEMD_COLORS", "0");
        // A terminal that goes, goes without it.
        command.process_group(0).stdin(Stdio::null());
        match command.output().await {
            Ok(output) => outcome(output.status.success(), &output.stdout, &output.stderr),
            Err(error) => Outcome { text: format!("vrrpadm cannot be run again: {error}"), well: false },
        }
    }
}

/// What a verb said, on one line.
fn outcome(well: bool, stdout: &[u8], stderr: &[u8]) -> Outcome {
    let said = [String::from_utf8_lossy(stdout), String::from_utf8_lossy(stderr)].concat();
    let words: Vec<&str> = said.split_whitespace().filter(|word| *word != "error:").collect();
    Outcome { text: words.join(" "), well }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_verb_said_is_one_line() {
        let told = outcome(true, b"/etc/vrrp/vrrp.toml is written.\nweb is disabled.\n", b"");
        assert_eq!(told, Outcome { text: "/etc/vrrp/vrrp.toml is written. web is disabled.".to_owned(), well: true });
        let refused = outcome(false, b"", b"error: web: you may not do this:\n  run it as root\n");
        assert_eq!(refused, Outcome { text: "web: you may not do this: run it as root".to_owned(), well: false });
    }
}
