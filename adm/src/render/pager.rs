//! Long answers a page at a time, by the pager that systemctl would take.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use tokio::signal::unix::{SignalKind, signal};

use super::colour::truth;
use super::{lines, say, width};
use crate::wrap::columns;

/// How less is to behave: it goes where all fits on the screen, keeps colours and long lines, and leaves the text on the screen.
const LESS: &str = "FRSXMK";

/// Shows an answer by a pager, where it is longer than the terminal and somebody sits before that.
///
/// # Errors
/// Nobody reads it any more.
pub(crate) async fn show(text: &str) -> io::Result<()> {
    let text = lines(text);
    let dumb = env::var("TERM").is_ok_and(|term| term == "dumb");
    if dumb || !io::stdout().is_terminal() || fits(&text) {
        return say(&text);
    }
    for pager in pagers(|name| env::var(name).ok(), &std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default()) {
        match pager.show(&text).await {
            End::Shown => return Ok(()),
            End::Missing => {}
            // Whatever it has shown, nothing shall be lost.
            End::Failed => break,
        }
    }
    say(&text)
}

/// Tells whether a terminal shows a text all at once, with a line left for what comes next.
fn fits(text: &str) -> bool {
    let rows = terminal_size::terminal_size().map_or(usize::MAX, |(_, rows)| usize::from(rows.0));
    let width = width();
    let taken = anstream::adapter::strip_str(text).to_string();
    taken.lines().map(|line| columns(line).div_ceil(width).max(1)).sum::<usize>() < rows
}

/// How a pager ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It was read as far as somebody liked.
    Shown,
    /// There is no such program.
    Missing,
    /// It did not work.
    Failed,
}

/// A pager and what it is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pager {
    words: Vec<String>,
    /// For less.
    options: String,
    charset: String,
    /// Whether it must neither write files nor run programs.
    secure: bool,
}

impl Pager {
    async fn show(self, text: &str) -> End {
        let [program, arguments @ ..] = self.words.as_slice() else {
            return End::Missing;
        };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped());
        command.env("LESS", &self.options).env("LESSCHARSET", &self.charset).env_remove("LESSSECURE");
        if self.secure {
            command.env("LESSSECURE", "1");
        }
        // Ctrl-C is for the pager: whoever has it end has seen enough.
        let Ok(mut interrupt) = signal(SignalKind::interrupt()) else {
            return End::Failed;
        };
        let Ok(mut pager) = command.spawn() else {
            return End::Missing;
        };
        let text = text.to_owned();
        let reading = tokio::task::spawn_blocking(move || {
            if let Some(mut input) = pager.stdin.take() {
                // Nobody has to read to the end.
                let _ = input.write_all(text.as_bytes());
            }
            pager.wait()
        });
        tokio::pin!(reading);
        let mut interrupted = false;
        loop {
            tokio::select! {
                _ = interrupt.recv() => interrupted = true,
                end = &mut reading => {
                    let well = matches!(end, Ok(Ok(status)) if status.success());
                    return if well || interrupted { End::Shown } else { End::Failed };
                }
            }
        }
    }
}

/// The pagers to try, the best first, by what a host's environment says and by the control group in which this runs.
fn pagers(variable: impl Fn(&str) -> Option<String>, cgroup: &str) -> Vec<Pager> {
    let wanted = variable("SYSTEMD_PAGER").or_else(|| variable("PAGER"));
    if wanted.as_deref().is_some_and(|pager| pager.is_empty() || pager == "cat") {
        return Vec::new();
    }
    let told = variable("SYSTEMD_PAGERSECURE").and_then(|text| truth(&text));
    let secure = told.unwrap_or_else(|| variable("SUDO_UID").is_some() || !is_own_session(cgroup));
    // A pager of somebody's choice can run programs, and may be somebody's who is not root: it takes a word that it is meant for this.
    let chosen = wanted.filter(|_| told.is_some()).and_then(|pager| shlex::split(&pager));
    let known = ["pager", "less", "more"].into_iter().filter(|name| !secure || *name == "less");
    let known = known.map(|name| vec![name.to_owned()]);
    let options = variable("SYSTEMD_LESS").unwrap_or_else(|| LESS.to_owned());
    let charset = variable("SYSTEMD_LESSCHARSET").unwrap_or_else(|| "utf-8".to_owned());
    let pager = |words| Pager { words, options: options.clone(), charset: charset.clone(), secure };
    chosen.into_iter().chain(known).map(pager).collect()
}

/// Tells whether the session is of the user as whom this runs, and not of one who has become another.
fn is_own_session(cgroup: &str) -> bool {
    cgroup.contains(&format!("/user-{}.slice/", nix::unistd::geteuid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(set: &[(&str, &str)], own: bool) -> Vec<String> {
        let variable = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let uid = nix::unistd::geteuid();
        let cgroup =
            if own { format!("0::/user.slice/user-{uid}.slice/session-1.scope\n") } else { "0::/\n".to_owned() };
        pagers(variable, &cgroup)
            .into_iter()
            .map(|pager| format!("{} {}", pager.words.join(" "), pager.secure))
            .collect()
    }

    #[test]
    fn a_pager_is_chosen_as_systemctl_chooses_one() {
        assert_eq!(words(&[], true), ["pager false", "less false", "more false"]);
        assert_eq!(words(&[], false), ["less true"]);
        assert_eq!(words(&[("SUDO_UID", "1000")], true), ["less true"]);
        assert_eq!(words(&[("PAGER", "most -s")], false), ["less true"]);
        let chosen = [("PAGER", "most -s"), ("SYSTEMD_PAGERSECURE", "1")];
        assert_eq!(words(&chosen, true), ["most -s true", "less true"]);
        let chosen = [("PAGER", "x"), ("SYSTEMD_PAGER", "most '-s t'"), ("SYSTEMD_PAGERSECURE", "no")];
        assert_eq!(words(&chosen, false), ["most -s t false", "pager false", "less false", "more false"]);
        for off in [("SYSTEMD_PAGER", ""), ("SYSTEMD_PAGER", "cat"), ("PAGER", "")] {
            assert_eq!(words(&[off], true), [""; 0]);
        }
    }
}
