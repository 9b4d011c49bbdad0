//! Programs that systemd runs, each as a unit that is gone when they end.

use std::path::PathBuf;
use std::time::Duration;

use zbus::zvariant::Variant;

use super::{ANSWER, Outcome, Refusal, Systemd};

/// A program, and how it is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// What it is for.
    pub(crate) description: String,
    /// Its absolute path.
    pub(crate) path: PathBuf,
    /// Its arguments. No shell sees them, and nothing in them is replaced.
    pub(crate) arguments: Vec<String>,
    /// Who runs it; without a name, a user that exists only as long as it runs.
    pub(crate) user: Option<String>,
    /// `NAME=value` each.
    pub(crate) environment: Vec<String>,
    /// How long it may take.
    pub(crate) timeout: Duration,
}

/// A unit's properties, and the units that come with it.
type Properties<'p> = Vec<(&'static str, Variant<'p>)>;
type Auxiliary<'p> = Vec<(&'static str, Properties<'p>)>;

impl Systemd {
    /// Runs a program as this unit and waits for its end.
    ///
    /// # Errors
    /// Systemd does not run it: the unit is there already, or the caller may not do this.
    pub(crate) async fn run(&self, unit: &str, program: &Program) -> Result<Outcome, Refusal> {
        let manager = self.manager().await?;
        let (properties, auxiliary): (_, Auxiliary<'_>) = (properties(program), Vec::new());
        let call = manager.start_transient_unit(unit, "fail", &properties, &auxiliary);
        self.job(program.timeout + ANSWER, call).await
    }
}

fn properties(program: &Program) -> Properties<'_> {
    let path = program.path.to_string_lossy().into_owned();
    let mut words = vec![path.clone()];
    words.extend(program.arguments.iter().cloned());
    let microseconds = u64::try_from(program.timeout.as_micros()).unwrap_or(u64::MAX);
    // Its start is over when it has ended, so that the job tells how, and the time to start is the time that it may take.
    let mut properties: Properties<'_> = vec![
        ("Description", Variant::from(program.description.as_str())),
        ("Type", Variant::from("oneshot")),
        ("ExecStartEx", Variant::from(vec![(path, words, vec!["no-env-expand".to_owned()])])),
        ("Environment", Variant::from(program.environment.clone())),
        ("TimeoutStartUSec", Variant::from(microseconds)),
        ("TimeoutStopUSec", Variant::from(5_000_000_u64)),
        // Failed or not, it leaves nothing to be cleared away.
        ("CollectMode", Variant::from("inactive-or-failed")),
        // Also while the host goes down, which stops units with the usual dependencies and lets none of them start.
        ("DefaultDependencies", Variant::from(false)),
    ];
    properties.push(match &program.user {
        Some(user) => ("User", Variant::from(user.as_str())),
        None => ("DynamicUser", Variant::from(true)),
    });
    properties
}
