//! `$NAME=value`, and what stands for it later.

use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use super::files::Place;

/// The longest line that definitions may make of one.
pub(super) const LONGEST: usize = 64 << 10;
/// The most replacements in one line: a definition may name itself.
const MOST: usize = 1000;

/// Lines that a definition stands for, each where it stands.
pub(super) type Body = Rc<[(String, Place)]>;

#[derive(Clone, Debug)]
enum Value {
    Line(String),
    /// More than one line.
    Lines(Body),
}

/// What is defined.
#[derive(Debug)]
pub(super) struct Definitions {
    values: HashMap<String, Value>,
    /// `${_INSTANCE}`: what `@` lines are compared with.
    pub(super) config_id: String,
    /// `${_PWD}`: the directory of the file that is read.
    pub(super) directory: PathBuf,
}

/// A use of a definition in a line.
struct Use<'l> {
    start: usize,
    end: usize,
    name: &'l str,
    parameters: Vec<&'l str>,
}

impl Definitions {
    pub(super) fn new(config_id: &str) -> Self {
        Self { values: HashMap::new(), config_id: config_id.to_owned(), directory: PathBuf::new() }
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), Value::Line(value.to_owned()));
    }

    pub(super) fn set_lines(&mut self, name: &str, lines: Vec<(String, Place)>) {
        self.values.insert(name.to_owned(), Value::Lines(lines.into()));
    }

    /// Replaces what is defined, also in what was replaced. Gives the line, and the lines that follow it from a definition.
    ///
    /// # Errors
    /// The line grows without end; the text says so.
    pub(super) fn replace(&self, line: &str) -> Result<(String, Vec<Body>), String> {
        let (mut line, mut bodies) = (line.to_owned(), Vec::new());
        let mut at = 0;
        for _ in 0..MOST {
            let Some((found, value)) = self.next(&line, at) else {
                return Ok((line, bodies));
            };
            let text = match &value {
                Value::Line(text) => text,
                Value::Lines(lines) => {
                    bodies.push(Rc::clone(lines));
                    lines.first().map_or("", |(first, _)| first.as_str())
                }
            };
            if line.len() + text.len() > LONGEST {
                return Err(format!("the definitions make this line longer than {} KiB", LONGEST >> 10));
            }
            at = found.start;
            let range = found.start..found.end;
            line.replace_range(range, text);
            // A list or a sequence is taken apart before what is in it is replaced.
            if at == 0 && line.starts_with('~') {
                return Ok((line, bodies));
            }
        }
        Err("the definitions in this line have no end: does one stand for itself?".to_owned())
    }

    /// The next use of something that is defined.
    fn next<'l>(&self, line: &'l str, from: usize) -> Option<(Use<'l>, Value)> {
        let rest = line.get(from..)?;
        let uses = rest.match_indices('$').filter_map(|(at, _)| usage(line, from + at));
        uses.filter_map(|found| {
            let last = found.end == line.len();
            let value = self.value(&found)?;
            // Several lines may only end a line.
            (last || matches!(value, Value::Line(_))).then_some((found, value))
        })
        .next()
    }

    fn value(&self, found: &Use<'_>) -> Option<Value> {
        if let Some(value) = self.values.get(found.name) {
            return found.parameters.is_empty().then(|| value.clone());
        }
        let text = match (found.name, found.parameters.as_slice()) {
            ("_PWD", []) => self.directory.display().to_string(),
            ("_INSTANCE", []) => self.config_id.clone(),
            ("_HASH", []) => "#".to_owned(),
            ("_BANG", []) => "!".to_owned(),
            // Another one at each start: the lowest is as good as any.
            ("_RANDOM", []) => "0".to_owned(),
            ("_RANDOM", [least] | [least, _]) => (*least).to_owned(),
            ("_ENV", [variable]) => std::env::var(variable).unwrap_or_default(),
            _ => return None,
        };
        Some(Value::Line(text))
    }
}

/// Reads `$NAME` or `${NAME parameters}` at a `$`.
fn usage(line: &str, start: usize) -> Option<Use<'_>> {
    let rest = line.get(start + 1..)?;
    let (inner, braced) = match rest.strip_prefix('{') {
        Some(inner) => (inner, true),
        None => (rest, false),
    };
    let length = inner.find(|c: char| !is_part(c)).unwrap_or(inner.len());
    let (name, after) = inner.split_at(length);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return None;
    }
    if !braced {
        let ends = after.is_empty() || after.starts_with([' ', '\t', ',', ')']);
        return ends.then(|| Use { start, end: start + 1 + length, name, parameters: Vec::new() });
    }
    let (parameters, _) = after.split_once('}')?;
    let good = parameters.is_empty() || parameters.starts_with([' ', '\t']);
    let plain = parameters.chars().all(|c| is_part(c) || c == ' ' || c == '\t');
    (good && plain).then(|| Use {
        start,
        end: start + 2 + length + parameters.len() + 1,
        name,
        parameters: parameters.split_whitespace().collect(),
    })
}

/// Reads `$NAME=value`.
pub(super) fn definition(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix('$')?.split_once('=')?;
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(is_part);
    good.then(|| (name, value.trim_start_matches([' ', '\t'])))
}

const fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_defined_is_replaced_at_the_time_of_its_use() {
        let mut defined = Definitions::new("web1");
        defined.set("BASE", "10.2.${SUB}");
        defined.set("SUB", "0");
        let line = |defined: &Definitions, line: &str| defined.replace(line).unwrap().0;
        assert_eq!(line(&defined, "${BASE}.100/32"), "10.2.0.100/32");
        defined.set("SUB", "10");
        assert_eq!(
            line(&defined, "${BASE}.100/32 $SUB $SUBS ${NONE} $SUB.1"),
            "10.2.10.100/32 10 $SUBS ${NONE} $SUB.1"
        );
        assert_eq!(line(&defined, "${_INSTANCE} ${_RANDOM 3 9} ${_HASH}"), "web1 3 #");
    }

    #[test]
    fn a_line_that_grows_without_end_is_refused() {
        let mut defined = Definitions::new("");
        defined.set("A", "${A}");
        assert!(defined.replace("${A}").is_err());
        defined.set("B", "${B}${B}");
        assert!(defined.replace("${B}").is_err());
        defined.set("C", &"x".repeat(40_000));
        assert!(defined.replace("${C}${C}").is_err());
    }
}
