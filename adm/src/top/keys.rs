//! What the keys do.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::action::{Action, Outcome, Verb};
use super::model::{Mode, Model};

/// What a key asks of whoever has the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The end.
    Quit,
    /// The whole screen anew.
    Redraw,
    /// To make room for the shell.
    Suspend,
    /// To do something to an instance.
    Act(Action),
}

/// The keys for people, those that are needed most first.
pub(super) const KEYS: [(&str, &str); 14] = [
    ("q", "quit"),
    ("?", "help"),
    ("Enter", "details"),
    ("/", "filter"),
    ("r", "resign"),
    ("u", "undo"),
    ("d", "disable"),
    ("e", "enable"),
    ("s", "sort otherwise"),
    ("+ -", "more, less of the past"),
    ("Up Down k j", "move"),
    ("PgUp PgDn Home End", "move further"),
    ("Esc", "back, no filter"),
    ("Ctrl-L Ctrl-Z", "redraw, suspend"),
];
/// How many of them a line reminds of.
pub(super) const REMINDED: usize = 8;

#[expect(clippy::wildcard_enum_match_arm, reason = "terminals have many keys, and a few of them do something here")]
impl Model {
    /// Does what a key is for. What the model cannot do itself is returned.
    pub(super) fn press(&mut self, key: KeyEvent, now: u64) -> Option<Order> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c') => Some(Order::Quit),
                KeyCode::Char('l') => Some(Order::Redraw),
                KeyCode::Char('z') => Some(Order::Suspend),
                _ => None,
            };
        }
        match std::mem::replace(&mut self.mode, Mode::Browse) {
            Mode::Browse => self.browse(key.code, now),
            Mode::Help => None,
            Mode::Filter(before) => {
                self.write_filter(key.code, before);
                None
            }
            Mode::Ask(action) => self.answer(key.code, action, now),
        }
    }

    fn browse(&mut self, key: KeyCode, now: u64) -> Option<Order> {
        match key {
            KeyCode::Char('q') => return Some(Order::Quit),
            KeyCode::Char('?' | 'h') | KeyCode::F(1) => self.mode = Mode::Help,
            KeyCode::Char('/') => {
                self.details = false;
                self.mode = Mode::Filter(self.filter.clone());
            }
            KeyCode::Char('s') => {
                self.sort = self.sort.next();
                self.arrange();
            }
            KeyCode::Char('+' | '=') => self.zoom(true),
            KeyCode::Char('-') => self.zoom(false),
            KeyCode::Char('r') => return self.begin(Verb::Resign, now),
            KeyCode::Char('u') => return self.begin(Verb::ComeBack, now),
            KeyCode::Char('d') => return self.begin(Verb::Disable, now),
            KeyCode::Char('e') => return self.begin(Verb::Enable, now),
            KeyCode::Enter => {
                self.details = !self.details && self.instance().is_some();
                self.line = 0;
            }
            KeyCode::Esc => self.go_back(),
            key => self.step(key),
        }
        None
    }

    /// Takes back what was done last to the screen: a message, the details, the filter.
    fn go_back(&mut self) {
        if self.forget_message() {
        } else if self.details {
            self.details = false;
        } else if !self.filter.is_empty() {
            self.filter.clear();
            self.arrange();
        }
    }

    fn step(&mut self, key: KeyCode) {
        let (at, page) = match self.details {
            true => (self.line, self.room),
            false => (self.position().unwrap_or_default(), self.room),
        };
        let to = match key {
            KeyCode::Up | KeyCode::Char('k') => at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => at + 1,
            KeyCode::PageUp => at.saturating_sub(page),
            KeyCode::PageDown | KeyCode::Char(' ') => at + page,
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => usize::MAX,
            _ => return,
        };
        match self.details {
            true => self.line = to.min(self.hidden_lines),
            false => {
                self.stays_first = to == 0;
                self.select(to);
            }
        }
    }

    fn write_filter(&mut self, key: KeyCode, before: String) {
        match key {
            KeyCode::Enter => return,
            KeyCode::Esc => {
                self.filter = before;
                self.arrange();
                return;
            }
            KeyCode::Char(character) => self.filter.push(character),
            KeyCode::Backspace => drop(self.filter.pop()),
            key => self.step(key),
        }
        self.arrange();
        self.mode = Mode::Filter(before);
    }

    fn begin(&mut self, verb: Verb, now: u64) -> Option<Order> {
        let name = self.instance()?.name.clone();
        if let Some(running) = &self.running {
            let text = format!("One thing at a time: vrrpadm {} goes on.", running.arguments().join(" "));
            self.tell(Outcome { text, well: false }, now);
            return None;
        }
        let action = Action { verb, name };
        self.forget_message();
        if action.question().is_some() {
            self.mode = Mode::Ask(action);
            return None;
        }
        Some(Order::Act(action))
    }

    fn answer(&mut self, key: KeyCode, action: Action, now: u64) -> Option<Order> {
        match key {
            KeyCode::Char('y' | 'Y') => Some(Order::Act(action)),
            KeyCode::Char('n' | 'N') | KeyCode::Esc | KeyCode::Char('q') => {
                self.tell(Outcome { text: "Nothing was done.".to_owned(), well: true }, now);
                None
            }
            // A slip of the finger is no answer.
            _ => {
                self.mode = Mode::Ask(action);
                None
            }
        }
    }
}
