//! Asks a person at a terminal what only a person knows.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::render::explain;

/// Tells whether there is a person to ask: one who reads what is asked, and types.
pub(super) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks until an answer is understood. Nothing where the input ends.
///
/// # Errors
/// The terminal cannot be read or written.
pub(super) fn until<T>(question: &str, mut understand: impl FnMut(&str) -> Result<T, String>) -> io::Result<Option<T>> {
    let (input, mut output) = (io::stdin(), io::stderr());
    loop {
        write!(output, "{question}: ")?;
        output.flush()?;
        let mut line = String::new();
        if input.lock().read_line(&mut line)? == 0 {
            writeln!(output)?;
            return Ok(None);
        }
        match understand(line.trim()) {
            Ok(answer) => return Ok(Some(answer)),
            Err(why) => writeln!(output, "{why}")?,
        }
    }
}

/// Asks whether to go on with something that cannot be taken back. Only a yes is one.
///
/// # Errors
/// As [`until`].
pub(super) fn consent(question: &str) -> io::Result<bool> {
    let answer = until(&format!("{question} [y/N]"), |line| match line.to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(true),
        "" | "n" | "no" => Ok(false),
        _ => Err("Type y for yes, or press Enter for no.".to_owned()),
    })?;
    Ok(answer == Some(true))
}

/// Asks how many hosts share an instance, this one counted. Nothing where nobody is there to ask, or who is asked does not know.
///
/// # Errors
/// The terminal cannot be read or written.
pub(super) fn routers(name: &str) -> io::Result<Option<i64>> {
    if !is_possible() {
        return Ok(None);
    }
    explain(&format!("How many hosts share the addresses of {name}, this one counted?"));
    explain("With 2, the other one takes over within milliseconds when you stop the service here.");
    let answer = until("Hosts, or Enter if you do not know", |line| match line.parse() {
        Ok(number @ 2..=255) => Ok(Some(number)),
        _ if line.is_empty() => Ok(None),
        Ok(_) | Err(_) => Err("That is no number from 2 to 255.".to_owned()),
    })?;
    Ok(answer.flatten())
}
