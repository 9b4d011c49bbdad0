//! What is shown to people: colours where they help, at most as wide as the terminal.

use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};

pub(crate) mod colour;
pub(crate) mod details;
pub(crate) mod doctor;
pub(crate) mod fields;
pub(crate) mod groups;
pub(crate) mod import;
pub(crate) mod news;
pub(crate) mod overview;
pub(crate) mod pager;
pub(crate) mod phrase;
pub(crate) mod progress;
pub(crate) mod time;
pub(crate) mod why;

mod ipvs;
mod remedy;
mod table;
#[cfg(test)]
mod tests;

/// Something is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Something deserves a look.
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
/// Something is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// A heading.
pub(crate) const HEADING: Style = Style::new().bold();
/// Plain text.
pub(crate) const PLAIN: Style = Style::new();

/// The columns that are assumed where there is no terminal to ask.
const USUAL_WIDTH: usize = 80;

/// How many columns there are to write in.
pub(crate) fn width() -> usize {
    let set = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    set.or_else(asked).filter(|&width| width > 0).unwrap_or(USUAL_WIDTH)
}

/// Text in a style; its codes are left out where the terminal or its user wants none.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// An answer for programs.
pub(crate) fn json<T: serde::Serialize>(answer: &T) -> serde_json::Result<String> {
    serde_json::to_string_pretty(answer)
}

/// Writes an answer.
///
/// # Errors
/// Nobody reads it any more, or the disk is full.
pub(crate) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    // At once, and not piece by piece between the codes that are left out: a thousand lines are one write.
    out.write_all(lines(text).as_bytes())?;
    out.flush()
}

/// Text as it goes to standard output: with colours or without, and whole lines.
fn lines(text: &str) -> String {
    let mut text = match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => anstream::adapter::strip_str(text).to_string(),
        anstream::ColorChoice::Auto | anstream::ColorChoice::AlwaysAnsi | anstream::ColorChoice::Always => {
            text.to_owned()
        }
    };
    if !text.ends_with('\n') && !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Tells a person how far something has come. That nobody reads it is no reason to stop halfway.
pub(crate) fn tell(text: &str) {
    let _ = say(text);
}

/// Tells a person about something beside the answer. That nobody reads it is no reason to stop.
pub(crate) fn note(text: &str) {
    // There is nowhere left to complain.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Tells a person something in sentences, broken at words.
pub(crate) fn explain(text: &str) {
    note(&crate::wrap::wrap(text, width()).join("\n"));
}

/// Warns of something that was done or found though it is hardly meant.
pub(crate) fn warn(text: &str) {
    note(&format!("{} {text}", styled(DOUBTFUL, "warning:")));
}
