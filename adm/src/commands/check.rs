use std::path::{Path, PathBuf};

use serde::Serialize;
use vrrp::config::check::{Checked, check_gathered};
use vrrp::config::file::{Gathered, Source};
use vrrp::config::problem::Problem;

use super::{Context, warnings};
use crate::exit::Health;
use crate::files::gather;
use crate::render::phrase::count;
use crate::render::progress::during;
use crate::render::{self, BAD, DOUBTFUL, GOOD, note, say, styled};

/// Check the configuration and tell every mistake, with its line
///
/// Also looks at the units, scripts and secrets on which the instances depend, unless other files or another root are to be
/// checked. Exits with 1 where there is a mistake; a warning is none.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  vrrpadm check\n  vrrpadm check ./vrrp.toml")]
pub(super) struct Args {
    /// The files to check as one configuration [default: those in /etc/vrrp]
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let gathered = if self.files.is_empty() { gather(&context.tree()) } else { named(&self.files) };
        let (checked, problems) = match check_gathered(&gathered) {
            Ok(checked) => (checked, Vec::new()),
            Err(problems) => (Checked::default(), problems),
        };
        let mut of_host = Vec::new();
        if self.files.is_empty() && problems.is_empty() {
            if context.root.is_none() {
                of_host = warnings::scripts::of_config(&checked.config);
                of_host.extend(warnings::secrets::of_config(&checked.config));
            }
            match during("systemd has told of all units", warnings::of_config(context, &checked.config)).await {
                Ok(warnings) => of_host.extend(warnings),
                Err(reason) => note(&format!("The units were not looked at: {reason}")),
            }
        }
        if self.json {
            say(&render::json(&Report::of(&problems, &checked.warnings, &of_host))?)?;
        } else {
            context.show(&told(&gathered, &checked, &problems, &of_host)).await?;
        }
        Ok(Health::of(problems.is_empty()))
    }
}

/// Reads files that somebody named, in that order.
fn named(files: &[PathBuf]) -> Gathered {
    let mut gathered = Gathered::default();
    for file in files {
        match read(file) {
            Ok(source) => gathered.sources.push(source),
            Err(problem) => gathered.problems.push(problem),
        }
    }
    gathered
}

fn read(file: &Path) -> Result<Source, Problem> {
    let path = file.to_string_lossy();
    let bytes = std::fs::read(file).map_err(|error| {
        let text = error.to_string();
        let why = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
        Problem::of_file(&path, format!("cannot be read: {why}"))
    })?;
    Source::from_bytes(&path, bytes)
}

fn told(gathered: &Gathered, checked: &Checked, problems: &[Problem], of_host: &[String]) -> String {
    let mut out = String::new();
    for problem in problems {
        out.push_str(&format!("{} {problem}\n", styled(BAD, "problem:")));
    }
    let warnings = checked.warnings.iter().map(ToString::to_string).chain(of_host.iter().cloned());
    let warnings: Vec<String> = warnings.collect();
    for warning in &warnings {
        out.push_str(&format!("{} {warning}\n", styled(DOUBTFUL, "warning:")));
    }
    let verdict = match (problems.len(), warnings.len()) {
        (0, warnings) => {
            let instances = count(checked.config.instances.len(), "instance");
            let files = count(gathered.sources.len(), "file");
            let warnings = if warnings == 0 { String::new() } else { format!(", with {}", count(warnings, "warning")) };
            styled(GOOD, &format!("{instances} in {files}: all is well{warnings}."))
        }
        (problems, _) => styled(BAD, &format!("{}: vrrpd would not apply this.", count(problems, "problem"))),
    };
    out.push_str(&verdict);
    out
}

/// The same for programs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Report {
    /// What keeps the configuration from being applied.
    problems: Vec<Told>,
    /// What does not.
    warnings: Vec<Told>,
}

/// A problem or a warning.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Told {
    /// The file; `null` for a warning about the host.
    file: Option<String>,
    /// The line, from 1.
    line: Option<usize>,
    /// The column, from 1, in characters.
    column: Option<usize>,
    /// What is wrong, in words.
    message: String,
    /// The instance that it concerns, if it is one.
    instance: Option<String>,
}

impl Report {
    fn of(problems: &[Problem], warnings: &[Problem], of_host: &[String]) -> Self {
        let placed = |problem: &Problem| Told {
            file: Some(problem.place.file.clone()),
            line: Some(problem.place.line),
            column: Some(problem.place.column),
            message: problem.message.clone(),
            instance: problem.instance.clone(),
        };
        let unplaced =
            |message: &String| Told { file: None, line: None, column: None, message: message.clone(), instance: None };
        let warnings = warnings.iter().map(placed).chain(of_host.iter().map(unplaced));
        Self { problems: problems.iter().map(placed).collect(), warnings: warnings.collect() }
    }
}
