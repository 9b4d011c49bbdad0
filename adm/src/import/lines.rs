//! From files to the lines that keepalived would take for its configuration: included, for this host, and replaced.

use std::path::{Path, PathBuf};

use super::definitions::{Body, Definitions, LONGEST, definition};
use super::fate::{Fate, Kind};
use super::files::{Files, Place, Unread};
use super::include::{Demand, include, matches};
use super::sequence::{Sequence, sequence};
use super::words::{at_brace, without_comment};

/// The most lines that a configuration may become: some ten thousand instances.
const MOST_LINES: usize = 250_000;
/// The most bytes that they may have together.
const MOST_BYTES: usize = 128 << 20;
/// How deep files may include one another.
const DEEPEST: usize = 32;
/// How often what stands for something may stand for something else before it is a line.
const MOST_TURNS: usize = 100;

/// A line, or a piece of one: a brace, or what stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) place: Place,
}

/// Why the configuration cannot be understood.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) place: Place,
    /// The piece of the line that is wrong.
    pub(super) mark: String,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(place: Place, mark: &str, message: impl Into<String>) -> Self {
        Self { place, mark: mark.to_owned(), message: message.into() }
    }
}

/// Where further lines come from; the innermost is the last.
enum From {
    File { file: usize, next: usize },
    Body { lines: Body, next: usize },
    Rounds { sequence: Sequence, text: String, place: Place },
}

/// The lines of a configuration, one by one.
pub(super) struct Lines<'f> {
    pub(super) files: &'f mut Files,
    pub(super) fates: &'f mut Vec<Fate>,
    root: PathBuf,
    definitions: Definitions,
    from: Vec<From>,
    /// What is left of a line that a brace has parted.
    rest: Option<Line>,
    /// The definition of several lines that is being read.
    open: Option<(String, Vec<(String, Place)>)>,
    lines: usize,
    bytes: usize,
}

impl<'f> Lines<'f> {
    /// Begins with the file that has this index.
    pub(super) fn new(
        root: &Path,
        config_id: &str,
        first: usize,
        files: &'f mut Files,
        fates: &'f mut Vec<Fate>,
    ) -> Self {
        Self {
            files,
            fates,
            root: root.to_owned(),
            definitions: Definitions::new(config_id),
            from: vec![From::File { file: first, next: 0 }],
            rest: None,
            open: None,
            lines: 0,
            bytes: 0,
        }
    }

    /// The next line that is not empty.
    pub(super) fn next(&mut self) -> Result<Option<Line>, Fault> {
        while let Some(line) = self.rest.take().or_else(|| self.raw()) {
            let place = line.place;
            self.count(&line)?;
            let Some(text) = self.meant(line)? else {
                continue;
            };
            if let Some((demand, pattern)) = include(&text) {
                self.include(place, demand, pattern)?;
                continue;
            }
            let (text, rest) = at_brace(&text);
            self.rest = (!rest.is_empty()).then(|| Line { text: rest.to_owned(), place });
            if !text.is_empty() {
                return Ok(Some(Line { text: text.to_owned(), place }));
            }
        }
        Ok(None)
    }

    fn count(&mut self, line: &Line) -> Result<(), Fault> {
        self.lines += 1;
        self.bytes += line.text.len();
        let most = match () {
            () if line.text.len() > LONGEST => format!("this line is longer than {} KiB", LONGEST >> 10),
            () if self.lines > MOST_LINES => format!("this becomes more than {MOST_LINES} lines"),
            () if self.bytes > MOST_BYTES => format!("this becomes more than {} MiB", MOST_BYTES >> 20),
            () => return Ok(()),
        };
        Err(Fault::new(line.place, "", format!("{most}: it cannot be a configuration")))
    }

    /// The next line as it stands in a file, in a definition or in a sequence, without its comment.
    fn raw(&mut self) -> Option<Line> {
        loop {
            match self.from.last_mut()? {
                From::File { file, next } => {
                    let place = Place { file: *file, line: *next };
                    let text = self.files.texts.get(place.file)?;
                    self.definitions.directory = directory(&text.path);
                    let Some(line) = text.lines.get(place.line).cloned() else {
                        self.from.pop();
                        continue;
                    };
                    *next += 1;
                    if let Some(line) = self.read(&line, place) {
                        return Some(line);
                    }
                }
                From::Body { lines, next } => match lines.get(*next) {
                    Some((text, place)) => {
                        *next += 1;
                        return Some(Line { text: text.clone(), place: *place });
                    }
                    None => {
                        self.from.pop();
                    }
                },
                From::Rounds { sequence, text, place } => {
                    if sequence.advance(&mut self.definitions) {
                        return Some(Line { text: text.clone(), place: *place });
                    }
                    self.from.pop();
                }
            }
        }
    }

    /// Takes a line of a file: a part of a definition, or one to give on.
    fn read(&mut self, line: &str, place: Place) -> Option<Line> {
        if line.contains('\0') {
            let why = "there is a NUL in this line: keepalived ignores it, and so does this; remove it";
            self.fates.push(Fate::new(place, Kind::Lost, why));
            return None;
        }
        if line.is_empty() {
            self.close();
            return None;
        }
        let text = without_comment(line);
        if text.is_empty() {
            return None;
        }
        let Some((_, body)) = &mut self.open else {
            return Some(Line { text, place });
        };
        self.fates.push(Fate::new(place, Kind::Part, "a part of a definition: see where it is used"));
        let (text, goes_on) = continued(&text);
        if !text.is_empty() {
            body.push((text.to_owned(), place));
        }
        if !goes_on {
            self.close();
        }
        None
    }

    fn close(&mut self) {
        if let Some((name, body)) = self.open.take() {
            self.definitions.set_lines(&name, body);
        }
    }

    /// Takes a line as it is meant: for this host, and replaced; nothing where it only defines, or is for others.
    fn meant(&mut self, line: Line) -> Result<Option<String>, Fault> {
        let Line { mut text, place } = line;
        for _ in 0..MOST_TURNS {
            if let Some(condition) = text.strip_prefix('@') {
                let (unless, condition) = match condition.strip_prefix('^') {
                    Some(condition) => (true, condition),
                    None => (false, condition),
                };
                let (id, rest) = condition.split_once([' ', '\t']).unwrap_or((condition, ""));
                if (id == self.definitions.config_id) == unless || rest.is_empty() {
                    let ours = &self.definitions.config_id;
                    let why = format!("for another host: this one is {ours:?}, choose another with --config-id");
                    self.fates.push(Fate::new(place, Kind::Elsewhere, why));
                    return Ok(None);
                }
                text = rest.trim_start().to_owned();
            }
            if let Some((name, value)) = definition(&text) {
                self.define(name, value, place);
                return Ok(None);
            }
            if text.starts_with("~SEQ") || text.starts_with("~LST") {
                let (sequence, text) = sequence(&text, &self.definitions)
                    .map_err(|message| Fault::new(place, text.get(..4).unwrap_or_default(), message))?;
                self.fates.push(Fate::new(place, Kind::Part, "it stands for several lines"));
                self.from.push(From::Rounds { sequence, text: text.to_owned(), place });
                return Ok(None);
            }
            let (replaced, bodies) =
                self.definitions.replace(&text).map_err(|message| Fault::new(place, "", message))?;
            if replaced == text && bodies.is_empty() {
                return Ok(Some(text));
            }
            for lines in bodies {
                self.from.push(From::Body { lines, next: 1 });
            }
            text = without_comment(&replaced);
            if !text.starts_with(['@', '~', '$']) {
                return Ok((!text.is_empty()).then_some(text));
            }
        }
        Err(Fault::new(place, "", "the definitions here stand for one another without end"))
    }

    fn define(&mut self, name: &str, value: &str, place: Place) {
        self.fates.push(Fate::new(place, Kind::Part, "a definition: see where it is used"));
        match continued(value) {
            (value, false) => self.definitions.set(name, value),
            (value, true) => {
                let first = (!value.is_empty()).then(|| (value.to_owned(), place));
                self.open = Some((name.to_owned(), first.into_iter().collect()));
            }
        }
    }

    fn include(&mut self, place: Place, demand: Demand, pattern: &str) -> Result<(), Fault> {
        if self.from.iter().filter(|from| matches!(from, From::File { .. })).count() >= DEEPEST {
            let message = format!("files include one another more than {DEEPEST} deep");
            return Err(Fault::new(place, pattern, message));
        }
        let mut read = Vec::new();
        for path in matches(pattern, &self.root, &self.definitions.directory) {
            if self.is_open(&path) {
                let message = "this file is being read already: it includes itself".to_owned();
                return Err(Fault::new(place, pattern, message));
            }
            match self.files.read(&path) {
                Ok(file) => read.push(file),
                Err(Unread::Absent) => {}
                Err(Unread::Refused(reason)) => {
                    let message = format!("{} cannot be read: {reason}", path.display());
                    return Err(Fault::new(place, pattern, message));
                }
            }
        }
        let fate = match (read.is_empty(), demand) {
            (false, _) => Fate::new(place, Kind::Part, "it includes what is shown below"),
            (true, Demand::Nothing) => {
                Fate::new(place, Kind::Needless, "there is no such file, here as for keepalived")
            }
            (true, Demand::Readable | Demand::Match) => {
                Fate::new(place, Kind::Lost, "there is no such file: copy it here, and import again")
            }
        };
        self.fates.push(fate);
        self.from.extend(read.into_iter().rev().map(|file| From::File { file, next: 0 }));
        Ok(())
    }

    /// Tells whether a file is one of those that are being read.
    fn is_open(&self, path: &Path) -> bool {
        let real = |path: &Path| path.canonicalize().ok();
        let Some(sought) = real(path) else {
            return false;
        };
        let open = self.from.iter().filter_map(|from| match from {
            // A file that was included beside others may still have to begin.
            From::File { file, next } if *next > 0 => self.files.texts.get(*file),
            From::File { .. } | From::Body { .. } | From::Rounds { .. } => None,
        });
        open.filter_map(|text| real(&text.path)).any(|path| path == sought)
    }
}

/// The directory of a file.
fn directory(path: &Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// Takes the backslash from the end of a line that goes on.
fn continued(text: &str) -> (&str, bool) {
    match text.strip_suffix('\\') {
        Some(text) => (text.trim_end(), true),
        None => (text, false),
    }
}
