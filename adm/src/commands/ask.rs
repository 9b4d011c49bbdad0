//! Asks a person at a terminal what only a person knows.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Asks how many hosts share an instance, this one counted. Nothing where nobody is there to ask, or who is asked does not know.
///
/// # Errors
/// The terminal cannot be read or written.
pub(super) fn routers(name: &str) -> io::Result<Option<i64>> {
    let (input, mut output) = (io::stdin(), io::stderr());
    if !input.is_terminal() || !output.is_terminal() {
        return Ok(None);
    }
    writeln!(output, "How many hosts share the addresses of {name}, this one counted?")?;
    writeln!(output, "With 2, the other one takes over within milliseconds when you stop the service here.")?;
    loop {
        write!(output, "Hosts, or Enter if you do not know: ")?;
        output.flush()?;
        let mut line = String::new();
        let ended = input.lock().read_line(&mut line)? == 0;
        match line.trim().parse() {
            Ok(number @ 2..=255) => return Ok(Some(number)),
            _ if ended || line.trim().is_empty() => return Ok(None),
            Ok(_) | Err(_) => writeln!(output, "That is no number from 2 to 255.")?,
        }
    }
}
