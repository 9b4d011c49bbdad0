//! Runs the program.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;

/// A directory that stands for a host's root, and perhaps the host's bus.
#[derive(Clone)]
pub(crate) struct Host {
    directory: Arc<tempfile::TempDir>,
    pub(crate) bus: Option<String>,
}

/// How a run ended. Where the root's path was said, it reads ROOT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}[{}]", self.out, self.err, self.code)
    }
}

impl Host {
    pub(crate) fn new() -> Self {
        Self { directory: Arc::new(tempfile::tempdir().unwrap()), bus: None }
    }

    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root().join(below)
    }

    pub(crate) fn write(&self, below: &str, text: &str) {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, below: &str) -> Option<String> {
        std::fs::read_to_string(self.path(below)).ok()
    }

    /// Runs the program with words that spaces part.
    pub(crate) fn run(&self, line: &str) -> Ended {
        self.run_with(&[], line)
    }

    /// Does as [`Host::run`] does, with further variables in the environment. In them, ROOT stands for the root's path, too.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], line: &str) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vrrpadm"));
        command.args(line.split_whitespace()).arg("--root").arg(self.root()).env("COLUMNS", "80").env("TZ", "UTC");
        if let Some(bus) = &self.bus {
            command.arg("--bus").arg(bus);
        }
        let root = self.root().to_string_lossy().into_owned();
        command.envs(variables.iter().map(|(name, value)| (name, value.replace("ROOT", &root))));
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&root, "ROOT");
        let ended = Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
        if line.split(' ').any(|word| word == "--json") && !ended.out.is_empty() {
            assert_has_its_schema(line, &ended.out);
        }
        ended
    }
}

/// What a verb prints for programs is what `docs/json` promises of it.
fn assert_has_its_schema(line: &str, out: &str) {
    let mut words = line.split(' ');
    let verb = match (words.next().unwrap(), words.next()) {
        ("group", Some(verb)) => format!("group-{verb}"),
        (verb, _) => verb.to_owned(),
    };
    // A model of others' says what metrics prints.
    if verb == "metrics" {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/json/{verb}.schema.json"));
    let schema = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let told: Value = serde_json::from_str(out).unwrap();
    if let Err(error) = jsonschema::validate(&schema, &told) {
        panic!("vrrpadm {line}: {error} at {} in\n{out}", error.instance_path());
    }
}
