//! Systemd as it is reached over D-Bus: its units read again, started and stopped, and what is known of one.

use std::time::Duration;

use futures_util::StreamExt as _;
use zbus::fdo::PropertiesProxy;
use zbus::message::Type;
use zbus::names::InterfaceName;
use zbus::proxy::CacheProperties;
use zbus::zvariant::Variant;
use zbus::{Connection, MatchRule, Message, MessageStream, OwnedObjectPath};

pub(crate) use self::refusal::Refusal;
pub(crate) use self::transient::Program;
pub(crate) use self::unit::{Load, Unit};

mod refusal;
mod transient;
mod unit;

#[cfg(test)]
mod tests;

/// How long systemd may take to read all units again.
const RELOAD: Duration = Duration::from_secs(120);
/// How long a job may take: longer than a unit's usual time to start or stop, which is 90 s.
const JOB: Duration = Duration::from_secs(180);
/// How long systemd may take to answer what it knows.
const ANSWER: Duration = Duration::from_secs(30);

#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
trait Manager {
    fn subscribe(&self) -> zbus::Result<()>;
    fn load_unit(&self, name: &str) -> zbus::Result<OwnedObjectPath>;
    #[zbus(allow_interactive_auth)]
    fn reload(&self) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn start_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    #[zbus(allow_interactive_auth)]
    fn stop_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn reload_or_restart_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn reload_or_try_restart_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn start_transient_unit(
        &self,
        name: &str,
        mode: &str,
        properties: &[(&str, Variant<'_>)],
        auxiliary: &[(&str, Vec<(&str, Variant<'_>)>)],
    ) -> zbus::Result<OwnedObjectPath>;
    #[zbus(property)]
    fn system_state(&self) -> zbus::Result<String>;
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what it was to do.
    Done,
    /// Another job took its place, or somebody canceled it.
    Canceled,
    /// It took too long.
    Timeout,
    /// The unit failed.
    Failed,
    /// A unit that it requires is not active, or failed.
    Dependency,
    /// There was nothing to do, or a condition of the unit does not hold.
    Skipped,
    /// Any other word of systemd.
    Other(String),
}

impl Outcome {
    fn from_name(name: &str) -> Self {
        match name {
            "done" => Self::Done,
            "canceled" => Self::Canceled,
            "timeout" => Self::Timeout,
            "failed" => Self::Failed,
            "dependency" => Self::Dependency,
            "skipped" => Self::Skipped,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Says what became of `unit`.
    pub(crate) fn describe(&self, unit: &str) -> String {
        match self {
            Self::Done => format!("{unit}: done"),
            Self::Canceled => format!("{unit}: another job took the place of this one; see systemctl list-jobs"),
            Self::Timeout => format!("{unit} took too long; see systemctl status {unit}"),
            Self::Failed => format!("{unit} failed; see systemctl status {unit}"),
            Self::Dependency => format!("{unit}: a unit that it requires is not active; see systemctl status {unit}"),
            Self::Skipped => format!("{unit} was skipped; see systemctl status {unit}"),
            Self::Other(word) => format!("{unit}: systemd says \"{word}\"; see systemctl status {unit}"),
        }
    }
}

/// Systemd behind a connection. It may be away: each call tells.
#[derive(Clone, Debug)]
pub(crate) struct Systemd {
    connection: Connection,
}

impl Systemd {
    /// The systemd on the bus of a connection.
    pub(crate) fn on(connection: &Connection) -> Self {
        Self { connection: connection.clone() }
    }

    /// Has systemd run its generators and read all units again.
    pub(crate) async fn reload(&self) -> Result<(), Refusal> {
        let manager = self.manager().await?;
        in_time(RELOAD, manager.reload()).await
    }

    /// Starts a unit and waits for the end of the job.
    pub(crate) async fn start(&self, unit: &str) -> Result<Outcome, Refusal> {
        let manager = self.manager().await?;
        self.job(JOB, manager.start_unit(unit, "replace")).await
    }

    /// Stops a unit and waits for the end of the job.
    pub(crate) async fn stop(&self, unit: &str) -> Result<Outcome, Refusal> {
        let manager = self.manager().await?;
        match self.job(JOB, manager.stop_unit(unit, "replace")).await {
            // What does not exist is stopped.
            Err(Refusal::NoSuchUnit(_)) => Ok(Outcome::Done),
            answer => answer,
        }
    }

    /// Has a unit that runs read its files again; starts it if it does not run and is `wanted`.
    pub(crate) async fn refresh(&self, unit: &str, wanted: bool) -> Result<Outcome, Refusal> {
        let manager = self.manager().await?;
        match wanted {
            true => self.job(JOB, manager.reload_or_restart_unit(unit, "replace")).await,
            false => self.job(JOB, manager.reload_or_try_restart_unit(unit, "replace")).await,
        }
    }

    /// Has a unit started, whatever its job comes to.
    pub(crate) async fn have_started(&self, unit: &str) -> Result<(), Refusal> {
        let manager = self.manager().await?;
        in_time(ANSWER, manager.start_unit(unit, "replace")).await.map(|_| ())
    }

    /// Has a unit stopped, whatever its job comes to.
    pub(crate) async fn have_stopped(&self, unit: &str) -> Result<(), Refusal> {
        let manager = self.manager().await?;
        in_time(ANSWER, manager.stop_unit(unit, "replace")).await.map(|_| ())
    }

    /// Tells whether the host is going down.
    pub(crate) async fn is_stopping(&self) -> bool {
        let Ok(manager) = self.manager().await else { return false };
        in_time(ANSWER, manager.system_state()).await.is_ok_and(|state| state == "stopping")
    }

    /// Tells what systemd knows of a unit, whether there is one of that name or not.
    pub(crate) async fn unit(&self, name: &str) -> Result<Unit, Refusal> {
        let manager = self.manager().await?;
        let path = in_time(ANSWER, manager.load_unit(name)).await?;
        let unit = self.properties(&path, "org.freedesktop.systemd1.Unit").await?;
        let service = match name.ends_with(".service") {
            true => Some(self.properties(&path, "org.freedesktop.systemd1.Service").await?),
            false => None,
        };
        Unit::new(&unit, service.as_ref()).ok_or(Refusal::Strange)
    }

    /// Tells what a unit starts after, by the unit's name alone: a tenth of what [`unit`](Self::unit) has to be sent.
    pub(crate) async fn after(&self, name: &str) -> Result<Vec<String>, Refusal> {
        let manager = self.manager().await?;
        let path = in_time(ANSWER, manager.load_unit(name)).await?;
        let builder = PropertiesProxy::builder(&self.connection).destination("org.freedesktop.systemd1").path(path);
        let proxy = builder.cache_properties(CacheProperties::No).build().await?;
        let interface = InterfaceName::from_static_str_unchecked("org.freedesktop.systemd1.Unit");
        let after = in_time(ANSWER, async { Ok(proxy.get(interface, "After").await?) }).await?;
        after.try_into().map_err(|_| Refusal::Strange)
    }

    /// Makes a call that begins a job, and waits for the job's end.
    async fn job(
        &self,
        patience: Duration,
        call: impl Future<Output = zbus::Result<OwnedObjectPath>>,
    ) -> Result<Outcome, Refusal> {
        let manager = self.manager().await?;
        // First the ear, then the call: a short job is over before its answer is here.
        let rule = MatchRule::builder()
            .msg_type(Type::Signal)
            .interface("org.freedesktop.systemd1.Manager")
            .member("JobRemoved")
            .build()?;
        let mut removed = MessageStream::for_match_rule(rule, &self.connection, None).await?;
        let subscribed = async {
            match manager.subscribe().await {
                // A connection that has run a job before.
                Err(zbus::Error::MethodError(name, ..)) if name.as_str().ends_with(".AlreadySubscribed") => Ok(()),
                answer => answer,
            }
        };
        in_time(ANSWER, subscribed).await?;
        let job = in_time(patience, call).await?;
        let end = async {
            while let Some(message) = removed.next().await {
                if let Some(outcome) = outcome_of(&message?, &job) {
                    return Ok(outcome);
                }
            }
            Err(zbus::Error::Failure("the bus closed the connection".to_owned()))
        };
        in_time(patience, end).await
    }

    async fn manager(&self) -> Result<ManagerProxy<'_>, Refusal> {
        Ok(ManagerProxy::builder(&self.connection).cache_properties(CacheProperties::No).build().await?)
    }

    async fn properties(&self, path: &OwnedObjectPath, interface: &'static str) -> Result<unit::Properties, Refusal> {
        let builder = PropertiesProxy::builder(&self.connection).destination("org.freedesktop.systemd1").path(path);
        let proxy = builder.cache_properties(CacheProperties::No).build().await?;
        let interface = InterfaceName::from_static_str_unchecked(interface);
        in_time(ANSWER, async { Ok(proxy.get_all(interface).await?) }).await
    }
}

/// Reads a job's end from a signal about any job.
fn outcome_of(message: &Message, job: &OwnedObjectPath) -> Option<Outcome> {
    let body = message.body();
    // Number, path, unit and result.
    let (_, path, _, result) = body.deserialize::<(u32, OwnedObjectPath, &str, &str)>().ok()?;
    (path == *job).then(|| Outcome::from_name(result))
}

async fn in_time<T>(patience: Duration, call: impl Future<Output = zbus::Result<T>>) -> Result<T, Refusal> {
    let answer = tokio::time::timeout(patience, call).await;
    Ok(answer.map_err(|_| Refusal::Silent(patience))??)
}
