//! The state as text: a line for each thing, `word key=value ...`. What is not known is passed over.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr;
use std::time::Duration;

use super::{Away, Instance, Master, State};
use crate::config::{InstanceName, Interface, LinkName};
use crate::id::{Family, Interval, Version, Vrid};
use crate::wire::Dialect;

/// The most bytes that are read: twenty times as many as four thousand instances have.
pub const LARGEST: u64 = 16 << 20;

const HEADING: &str = "vrrpd state ";
const VERSION: &str = "1";
const END: &str = "end";
/// The end of a time that has none.
const OPEN: &str = "open";

/// Why a state cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It has no heading.
    #[error("it is no state of vrrpd")]
    Strange,
    /// Another release wrote it.
    #[error("it has the form {0:?} of another release")]
    Version(String),
    /// It ends before its end.
    #[error("it is cut off")]
    CutOff,
    /// A line makes no sense.
    #[error("line {0} makes no sense")]
    Line(usize),
}

impl State {
    /// Writes it.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = format!("{HEADING}{VERSION}\nboot {}\nnumber {}\n", self.boot, self.number);
        if let Some(left) = self.left_at {
            // A string takes everything.
            let _ = writeln!(text, "left {}", left.as_nanos());
        }
        for (name, instance) in &self.instances {
            let _ = writeln!(text, "instance {name}{}", instance.write());
        }
        text.push_str(END);
        text.push('\n');
        text
    }

    /// Reads what [`write`](Self::write) wrote, in this release or a later one of the same form.
    ///
    /// # Errors
    /// It has another form, or was damaged.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let mut lines = text.split_terminator('\n').zip(1..);
        let heading = lines.next().and_then(|(line, _)| line.strip_prefix(HEADING)).ok_or(Unreadable::Strange)?;
        if heading != VERSION {
            return Err(Unreadable::Version(heading.chars().take(20).collect()));
        }
        let mut state = Self::default();
        for (line, number) in lines {
            if line == END {
                return Ok(state);
            }
            state.take(line).ok_or(Unreadable::Line(number))?;
        }
        Err(Unreadable::CutOff)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "boot" => self.boot = rest.to_owned(),
            "number" => self.number = rest.parse().ok()?,
            "left" => self.left_at = Some(Duration::from_nanos(rest.parse().ok()?)),
            "instance" => {
                let (name, rest) = rest.split_once(' ')?;
                let former = self.instances.insert(InstanceName::new(name)?, Instance::read(rest)?);
                // Who knows which of both is true?
                return former.is_none().then_some(());
            }
            _ => {}
        }
        Some(())
    }
}

impl Instance {
    fn write(&self) -> String {
        let Self { interface, link, vrid, version, families, interval, master, away } = self;
        let families: Vec<&str> = families.iter().map(|family| family_name(*family)).collect();
        let version = if *version == Version::V2 { 2 } else { 3 };
        let mut line = format!(
            " interface={interface} vrid={vrid} version={version} families={} interval={}",
            families.join(","),
            interval.duration().as_millis(),
        );
        if let Some(link) = link {
            let _ = write!(line, " link={link}");
        }
        if let Some(Master { since, weight, last_resort, dialect }) = master {
            let _ = write!(line, " master={since} weight={weight}");
            if *last_resort {
                line.push_str(" last-resort=yes");
            }
            if let Some(dialect) = dialect {
                let _ = write!(line, " checksum={}", dialect_name(*dialect));
            }
        }
        if let Some(Away { until, forced }) = away {
            let until = until.map_or_else(|| OPEN.to_owned(), |until| until.to_string());
            let _ = write!(line, " away={until}");
            if *forced {
                line.push_str(" away-forced=yes");
            }
        }
        line
    }

    fn read(text: &str) -> Option<Self> {
        // A name of a link may have other spaces than this one.
        let pairs: Vec<(&str, &str)> = text.split(' ').map(|pair| pair.split_once('=')).collect::<Option<_>>()?;
        let values: BTreeMap<&str, &str> = pairs.iter().copied().collect();
        if values.len() != pairs.len() {
            return None;
        }
        let version = match *values.get("version")? {
            "2" => Version::V2,
            "3" => Version::V3,
            _ => return None,
        };
        let families: Option<Vec<Family>> = values.get("families")?.split(',').map(family).collect();
        let interval = Duration::from_millis(number(values.get("interval")?)?);
        Some(Self {
            interface: Interface::new(values.get("interface")?)?,
            link: values.get("link").and_then(|link| LinkName::new(link)),
            vrid: Vrid::new(number(values.get("vrid")?)?)?,
            version,
            families: families?,
            interval: Interval::from_duration(interval, version)?,
            master: match values.get("master") {
                None => None,
                Some(since) => Some(Master {
                    since: number(since)?,
                    weight: values.get("weight").map_or(Some(0), |weight| number(weight))?,
                    last_resort: values.get("last-resort").is_some_and(|word| *word == "yes"),
                    dialect: values.get("checksum").map_or(Some(None), |name| dialect(name).map(Some))?,
                }),
            },
            away: match values.get("away") {
                None => None,
                Some(until) => Some(Away {
                    until: if *until == OPEN { None } else { Some(number(until)?) },
                    forced: values.get("away-forced").is_some_and(|word| *word == "yes"),
                }),
            },
        })
    }
}

fn number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

const FAMILIES: [(Family, &str); 2] = [(Family::V4, "ipv4"), (Family::V6, "ipv6")];
const DIALECTS: [(Dialect, &str); 2] = [(Dialect::PseudoHeader, "rfc5798"), (Dialect::MessageOnly, "rfc9568")];

fn family_name(family: Family) -> &'static str {
    FAMILIES.into_iter().find(|(one, _)| *one == family).map_or("", |(_, name)| name)
}

fn family(name: &str) -> Option<Family> {
    FAMILIES.into_iter().find(|(_, one)| *one == name).map(|(family, _)| family)
}

fn dialect_name(dialect: Dialect) -> &'static str {
    DIALECTS.into_iter().find(|(one, _)| *one == dialect).map_or("", |(_, name)| name)
}

fn dialect(name: &str) -> Option<Dialect> {
    DIALECTS.into_iter().find(|(_, one)| *one == name).map(|(dialect, _)| dialect)
}
