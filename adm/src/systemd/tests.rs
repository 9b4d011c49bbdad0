//! The tool's half against a systemd that is a mock, over a socket pair; the lab has the real one.

use std::collections::HashMap;
use std::os::unix::net::UnixStream;

use vrrp::conditions::UnitState;
use zbus::connection::Builder;
use zbus::object_server::SignalEmitter;
use zbus::{Guid, OwnedVariant, fdo};

use super::*;

struct MockManager;

#[zbus::interface(name = "org.freedesktop.systemd1.Manager")]
impl MockManager {
    fn subscribe(&self) {}

    fn reload(&self) -> fdo::Result<()> {
        Err(fdo::Error::InteractiveAuthorizationRequired("polkit's words".to_owned()))
    }

    fn load_unit(&self, name: &str) -> fdo::Result<OwnedObjectPath> {
        match name {
            "http.service" => Ok(path("http")),
            _ => Err(fdo::Error::InvalidArgs(format!("Unit name {name} is not valid."))),
        }
    }

    /// Ends the job, and another one before it, and only then tells which job it was.
    async fn start_unit(
        &self,
        name: &str,
        mode: &str,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<OwnedObjectPath, MockError> {
        assert_eq!(mode, "replace");
        if name == "masked.service" {
            return Err(MockError::UnitMasked(format!("Unit {name} is masked.")));
        }
        Self::job_removed(&emitter, 1, path("job1"), "other.service", "failed").await?;
        Self::job_removed(&emitter, 2, path("job2"), name, "dependency").await?;
        Ok(path("job2"))
    }

    fn stop_unit(&self, name: &str, _mode: &str) -> Result<OwnedObjectPath, MockError> {
        Err(MockError::NoSuchUnit(format!("Unit {name} not loaded.")))
    }

    #[zbus(signal)]
    async fn job_removed(
        emitter: &SignalEmitter<'_>,
        id: u32,
        job: OwnedObjectPath,
        unit: &str,
        result: &str,
    ) -> zbus::Result<()>;
}

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop.systemd1")]
enum MockError {
    #[zbus(error)]
    ZBus(zbus::Error),
    NoSuchUnit(String),
    UnitMasked(String),
}

struct MockUnit;

#[zbus::interface(name = "org.freedesktop.systemd1.Unit")]
impl MockUnit {
    #[zbus(property)]
    fn id(&self) -> String {
        "nginx.service".to_owned()
    }

    #[zbus(property)]
    fn names(&self) -> Vec<String> {
        vec!["nginx.service".to_owned(), "http.service".to_owned()]
    }

    #[zbus(property)]
    fn load_state(&self) -> String {
        "masked".to_owned()
    }

    #[zbus(property)]
    fn active_state(&self) -> String {
        "failed".to_owned()
    }

    #[zbus(property)]
    fn after(&self) -> Vec<String> {
        vec!["vrrp.service".to_owned()]
    }

    #[zbus(property)]
    fn before(&self) -> Vec<String> {
        Vec::new()
    }

    #[zbus(property)]
    fn triggered_by(&self) -> Vec<String> {
        vec!["http.socket".to_owned()]
    }

    #[zbus(property)]
    fn unit_file_state(&self) -> String {
        "masked".to_owned()
    }
}

struct MockService;

#[zbus::interface(name = "org.freedesktop.systemd1.Service")]
impl MockService {
    #[zbus(property, name = "Type")]
    fn kind(&self) -> String {
        "oneshot".to_owned()
    }

    #[zbus(property)]
    fn remain_after_exit(&self) -> bool {
        true
    }
}

fn path(last: &str) -> OwnedObjectPath {
    OwnedObjectPath::try_from(format!("/org/freedesktop/systemd1/{last}")).unwrap()
}

/// A systemd to ask, and the connection that must live as long.
async fn systemd() -> (Systemd, Connection) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let ours = Builder::unix_stream(ours).p2p().build();
    let theirs = Builder::unix_stream(theirs)
        .server(Guid::generate())
        .p2p()
        .serve_at("/org/freedesktop/systemd1", MockManager)
        .serve_at(path("http"), MockUnit)
        .serve_at(path("http"), MockService)
        .build();
    let (ours, theirs) = tokio::try_join!(ours, theirs).unwrap();
    (Systemd::on(&ours), theirs)
}

#[tokio::test]
async fn a_job_that_is_over_before_its_answer_is_not_missed() {
    let (systemd, _mock) = systemd().await;
    let outcome = systemd.start("vrrp@inst1.service").await.unwrap();
    assert_eq!(outcome, Outcome::Dependency);
    assert!(outcome.describe("vrrp@inst1.service").contains("requires is not active"));
}

#[tokio::test]
async fn what_does_not_exist_is_stopped() {
    let (systemd, _mock) = systemd().await;
    assert_eq!(systemd.stop("vrrp@gone.service").await.unwrap(), Outcome::Done);
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let (systemd, _mock) = systemd().await;
    let reload = systemd.reload().await.unwrap_err().to_string();
    assert_eq!(reload, "systemd does not let you do this: run it as root, for example with sudo");
    let start = systemd.start("masked.service").await.unwrap_err().to_string();
    assert_eq!(start, "Unit masked.service is masked. Lift the mask with systemctl unmask first.");
    let unit = systemd.unit("pg@.service").await.unwrap_err().to_string();
    assert!(unit.contains("Unit name pg@.service is not valid."), "{unit}");
}

#[tokio::test]
async fn a_unit_is_told_under_all_its_names() {
    let (systemd, _mock) = systemd().await;
    let expected = Unit {
        id: "nginx.service".to_owned(),
        names: vec!["nginx.service".to_owned(), "http.service".to_owned()],
        load: Load::Masked,
        active: UnitState::Failed,
        service_type: Some("oneshot".to_owned()),
        remains: true,
        after: vec!["vrrp.service".to_owned()],
        before: Vec::new(),
        triggered_by: vec!["http.socket".to_owned()],
        file_state: "masked".to_owned(),
        wanted_by: Vec::new(),
        stale: false,
        drop_ins: Vec::new(),
        policy: None,
        started: None,
    };
    assert_eq!(systemd.unit("http.service").await.unwrap(), expected);
}

#[test]
fn properties_of_another_type_are_strange_and_no_panic() {
    let properties = HashMap::from([("Id".to_owned(), OwnedVariant::from(1_u32))]);
    assert_eq!(Unit::new(&properties, None), None);
}
