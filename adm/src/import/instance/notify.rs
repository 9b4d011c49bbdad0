//! `notify_master` and the like: programs that are run when an instance has entered a state.

use toml_edit::{Array, Value};

use super::Words;
use crate::import::fate::{Fate, Kind};
use crate::import::made::Entry;
use crate::import::track::arguments;
use crate::import::translate::Work;
use crate::import::trial;
use crate::import::words::{Backslash, quoted};

/// The words with the state that each is for; what is called for every state comes last, as in keepalived.
const STATES: [(&str, Option<&str>); 6] = [
    ("notify_master", Some("master")),
    ("notify_backup", Some("backup")),
    ("notify_fault", Some("fault")),
    ("notify_stop", Some("init")),
    ("notify_deleted", Some("init")),
    ("notify", None),
];

/// Gives a program the arguments that keepalived puts behind its own: of what, its name, its state and its priority. The name
/// is the first argument, the program follows.
const ARGUMENTS: &str = "case $VRRP_STATE in Init) state=STOP ;; *) state=$(echo \"$VRRP_STATE\" | tr a-z A-Z) ;; esac; \
                         exec \"$@\" INSTANCE \"$0\" \"$state\" \"$VRRP_PRIORITY\"";

impl Work {
    /// What is run at the transitions of an instance that keepalived calls `name`.
    pub(super) fn notices(&mut self, words: &Words<'_>, name: &str) -> Vec<Entry> {
        let mut runs: Vec<Entry> = Vec::new();
        for (keyword, state) in STATES {
            let Some(statement) = self.last(words, keyword) else { continue };
            if keyword == "notify_deleted" && statement.words.len() < 2 {
                let why = "a state that is left because the instance is deleted is Init, as when the daemon stops";
                self.fates.push(Fate::new(statement.place, Kind::Needless, why));
                continue;
            }
            let Some(command) = arguments(statement).filter(|command| !command.is_empty()) else {
                self.malformed(statement, "name a program");
                continue;
            };
            let mut command = self.command(&command);
            if state.is_none() {
                let shell = ["/bin/sh", "-c", ARGUMENTS, name].map(str::to_owned);
                command = shell.into_iter().chain(command).collect();
            }
            let mut run = Entry::new("program", Value::from(command.iter().collect::<Array>()));
            if let Some(state) = state {
                run.set("to", state);
            }
            let named = quoted(&statement.text, Backslash::Stays).and_then(|words| words.into_iter().nth(2));
            match named.or_else(|| self.global.script_user.clone()) {
                Some(user) => run.set("user", user),
                None => {
                    run.comment = Some(
                        "Run by a user that exists only as long. keepalived runs it as keepalived_script, or as root: add \
                         user = \"…\" if it needs more."
                            .to_owned(),
                    );
                }
            }
            if runs.iter().any(|known| known.line() == run.line()) {
                self.fates.push(Fate::new(statement.place, Kind::Needless, "the same is run for this state already"));
                continue;
            }
            if let Some(message) = trial::refusal(&format!("on_transition = {{ {} }}", run.line())) {
                self.fates.push(Fate::new(statement.place, Kind::Lost, message));
                continue;
            }
            let toml = format!("[[on_transition]] {}", run.line());
            self.fates.push(match &run.comment {
                Some(comment) => Fate::differs(statement.place, toml, comment.as_str()),
                None => Fate::became(statement.place, toml),
            });
            runs.push(run);
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::ARGUMENTS;

    #[test]
    fn a_program_for_every_state_has_the_arguments_that_keepalived_gives_it() {
        let said = |state: &str| {
            let output = Command::new("/bin/sh")
                .args(["-c", ARGUMENTS, "VI 1", "/bin/echo", "own"])
                .envs([("VRRP_STATE", state), ("VRRP_PRIORITY", "150")])
                .output()
                .unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(said("Master"), "own INSTANCE VI 1 MASTER 150\n");
        assert_eq!(said("Fault"), "own INSTANCE VI 1 FAULT 150\n");
        assert_eq!(said("Init"), "own INSTANCE VI 1 STOP 150\n");
    }
}
