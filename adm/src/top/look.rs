//! What the terminal can show: colours, and more than ASCII.

use std::env;
use std::io;

use jiff::tz::TimeZone;
use ratatui::style::{Color, Modifier, Style};
use vrrp::config::is_harmless;
use vrrp::status::State;

use crate::render::{BAD, DOUBTFUL, GOOD, PLAIN};

/// Terminals without colours that take bold and reverse letters.
const MONOCHROME: &str = "vt";

/// What the terminal can show.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// Whether it has colours, and its user wants them.
    pub(super) colour: bool,
    /// Whether it has more characters than those of ASCII.
    pub(super) unicode: bool,
    /// Where the clock on its wall goes.
    pub(super) zone: TimeZone,
}

impl Look {
    /// What the terminal of this program can show, as its environment says.
    pub(super) fn of_terminal() -> Self {
        let monochrome = env::var("TERM").is_ok_and(|term| term.starts_with(MONOCHROME));
        let colour = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
        Self {
            colour: colour && !monochrome,
            unicode: has_unicode(|name| env::var(name).ok()),
            zone: TimeZone::system(),
        }
    }

    /// A style of the other verbs. Without colours it is bold where it matters.
    pub(super) fn style(&self, style: anstyle::Style) -> Style {
        let colours = [(GOOD, Color::Green), (DOUBTFUL, Color::Yellow), (BAD, Color::Red)];
        let colour = colours.into_iter().find(|(known, _)| *known == style).map(|(_, colour)| colour);
        let bold = if style == PLAIN { Style::new() } else { Style::new().add_modifier(Modifier::BOLD) };
        match colour.filter(|_| self.colour) {
            Some(colour) => bold.fg(colour),
            None => bold,
        }
    }

    /// The style of a state in a strip, which has its letter too.
    pub(super) fn of_state(&self, state: State) -> Style {
        match state {
            State::Master => self.style(GOOD),
            State::Fault => self.style(BAD),
            State::Init | State::Backup => self.style(PLAIN),
        }
    }

    const fn pick(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }

    /// What a rule is made of.
    pub(super) const fn rule(&self) -> &'static str {
        self.pick("─", "-")
    }

    /// What is left of a bar.
    pub(super) const fn full(&self) -> &'static str {
        self.pick("█", "#")
    }

    /// What is gone of a bar.
    pub(super) const fn empty(&self) -> &'static str {
        self.pick("░", ".")
    }

    /// What leads from one number to another.
    pub(super) const fn arrow(&self) -> &'static str {
        self.pick("→", ">")
    }

    /// Where nobody knows what was.
    pub(super) const fn unknown(&self) -> &'static str {
        self.pick("·", ".")
    }

    /// Text of others as it may go to a terminal: without what is not to be seen, on one line.
    pub(super) fn clean(&self, text: &str) -> String {
        let shown = |character: char| match character {
            '\t' | '\n' => ' ',
            _ if !is_harmless(character) => '?',
            _ if !self.unicode && !character.is_ascii() => '?',
            _ => character,
        };
        text.chars().map(shown).collect()
    }

    /// Text in at most `width` columns, and a sign where it had to be shorter.
    pub(super) fn fit(&self, text: &str, width: usize) -> String {
        let text = self.clean(text);
        if text.chars().count() <= width {
            return text;
        }
        let end = self.pick("…", "~");
        text.chars().take(width.saturating_sub(1)).chain(end.chars()).take(width).collect()
    }
}

/// Tells whether the locale is one of UTF-8; the first of these variables that is set counts.
fn has_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
    set.is_some_and(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_is_the_first_variable_that_is_set() {
        let with = |set: &[(&str, &str)]| {
            has_unicode(|name| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(with(&[("LANG", "de_DE.UTF-8")]) && with(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")]));
        assert!(!with(&[]) && !with(&[("LC_ALL", "C"), ("LANG", "C.UTF-8")]) && !with(&[("LANG", "de_DE")]));
    }

    #[test]
    fn what_others_wrote_cannot_command_the_terminal() {
        let look = |rich| Look { colour: rich, unicode: rich, zone: TimeZone::UTC };
        let (rich, poor) = (look(true), look(false));
        assert_eq!(rich.clean("a\u{1b}[2Jb\u{9b}c\n\u{202e}é"), "a?[2Jb?c ?é");
        assert_eq!(poor.clean("é→"), "??");
        assert_eq!([rich.fit("192.0.2.10", 5), poor.fit("192.0.2.10", 5)], ["192.…", "192.~"]);
        assert_eq!([rich.fit("web", 3), rich.fit("web", 0)], ["web", ""]);
    }
}
