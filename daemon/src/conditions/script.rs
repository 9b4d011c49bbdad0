//! Whether a program ends with 0.
//!
//! A look is taken on a thread of its own, since the search for the program and its user reads disks and asks name services.
//! It is given up by closing a pipe: when it is late, and when nobody wants it any more.

use std::io::{self, PipeReader, PipeWriter};
use std::process::Child;
use std::time::Duration;

use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;
use vrrp::conditions::Observation;
use vrrp::config::Script;

use self::account::Account;
use self::ending::Ending;
use super::pace::Starts;
use super::{Gone, Teller};

mod account;
mod child;
mod ending;
mod image;
mod output;
mod path;
mod run;

/// How long a program may take to die once it is killed, and a thread to notice that its look is given up.
const DEATH: Duration = Duration::from_secs(1);

/// Runs a program, again and again.
pub(super) async fn follow(settings: &Script, teller: &Teller) -> Result<(), Gone> {
    let mut looks = Looks { script: settings.clone(), pending: None, left: None, failing: None };
    let mut starts = Starts::each(settings.pace.interval, settings);
    loop {
        starts.next().await;
        teller.tell(looks.next().await).await?;
    }
}

/// The looks at one program.
struct Looks {
    script: Script,
    /// A look that was given up and has not come back.
    pending: Option<JoinHandle<Seen>>,
    /// A program that was killed and has not ended, as one that waits for a disk.
    left: Option<Child>,
    /// How the program has ended since it began to fail, and the words that were found for it then.
    failing: Option<(Ending, String)>,
}

/// What a look has come to: how the program ended and the last line that it wrote, or why it did not run.
struct Seen {
    result: Result<(Ending, Option<String>), Observation>,
    left: Option<Child>,
}

impl Looks {
    async fn next(&mut self) -> Observation {
        let (mut look, patience) = match self.pending.take() {
            Some(look) => (look, None),
            None => match self.start() {
                Ok((look, patience)) => (look, Some(patience)),
                Err(error) => return self.unknown(&format!("cannot be run: {error}")),
            },
        };
        let seen = match timeout(self.script.pace.timeout, &mut look).await {
            Ok(seen) => seen,
            Err(_) => {
                drop(patience);
                match timeout(2 * DEATH, &mut look).await {
                    Ok(seen) => seen,
                    Err(_) => {
                        self.pending = Some(look);
                        return self.unknown("cannot be run: its user or its file is still being looked up");
                    }
                }
            }
        };
        match seen {
            Ok(Seen { result, left }) => {
                self.left = left;
                result.map_or_else(|observation| observation, |(ending, line)| self.judge(ending, line))
            }
            Err(_) => self.unknown("made vrrpd fail: please report it"),
        }
    }

    /// Starts a look, which goes on until what is returned with it is dropped, if it does not end by itself.
    fn start(&mut self) -> io::Result<(JoinHandle<Seen>, PipeWriter)> {
        let (patience, patient) = io::pipe()?;
        let (script, left) = (self.script.clone(), self.left.take());
        Ok((spawn_blocking(move || look(&script, left, &patience)), patient))
    }

    /// Judges how the program ended. The words for one kind of failure are found once, so that a program that writes
    /// something else each time does not make news each time.
    fn judge(&mut self, ending: Ending, line: Option<String>) -> Observation {
        let program = self.script.program.display();
        let words = format!("{program} {}", ending.words(&self.script.pace));
        if ending == Ending::Code(0) {
            self.failing = None;
            return Observation::good(words);
        }
        match &self.failing {
            Some((same, words)) if *same == ending => Observation::bad(words.clone()),
            Some(_) | None => {
                let words = line.map_or_else(|| words.clone(), |line| format!("{words}: {line}"));
                self.failing = Some((ending, words.clone()));
                Observation::bad(words)
            }
        }
    }

    fn unknown(&self, why: &str) -> Observation {
        Observation::unknown(format!("{} {why}", self.script.program.display()))
    }
}

/// Runs the program to its end, unless the other end of `patience` is closed before.
fn look(script: &Script, left: Option<Child>, patience: &PipeReader) -> Seen {
    if let Some(mut child) = left
        && matches!(child.try_wait(), Ok(None))
    {
        let words = format!("{} was killed and has not ended yet", script.program.display());
        return Seen { result: Err(Observation::bad(words)), left: Some(child) };
    }
    let checked = Account::find(script).and_then(|account| {
        path::check(&script.program, account.uid).map_err(Observation::bad)?;
        run::start(script, &account)
    });
    match checked {
        Ok(running) => running.wait(patience, DEATH),
        Err(observation) => Seen { result: Err(observation), left: None },
    }
}

#[cfg(test)]
mod tests;
