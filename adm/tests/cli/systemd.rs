//! A systemd that is a mock.

use std::collections::BTreeSet;

use zbus::connection::Builder;
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, OwnedObjectPath};

use crate::mock::{Bus, Calls};
use crate::vrrpd::Vrrpd;

/// A systemd whose every job for an instance ends in one way.
pub(crate) struct Systemd {
    result: &'static str,
    /// The daemon that vrrp.service is, if it is installed, and where it goes.
    vrrpd: Option<(Vrrpd, Builder<'static>)>,
    calls: Calls,
    subscribers: BTreeSet<String>,
    started: Vec<Connection>,
}

impl Systemd {
    pub(crate) async fn serve(result: &'static str, vrrpd: Option<Vrrpd>, bus: &Bus, calls: &Calls) -> Connection {
        let systemd = Self {
            result,
            vrrpd: vrrpd.map(|vrrpd| (vrrpd, bus.connect())),
            calls: calls.clone(),
            subscribers: BTreeSet::new(),
            started: Vec::new(),
        };
        let unit = "/org/freedesktop/systemd1/unit";
        let builder = bus.connect().serve_at("/org/freedesktop/systemd1", systemd);
        let builder = builder.serve_at(unit, Unit).serve_at(unit, Service);
        builder.name("org.freedesktop.systemd1").build().await.unwrap()
    }

    async fn job(&self, verb: &str, unit: &str, result: &str, emitter: &SignalEmitter<'_>) -> OwnedObjectPath {
        self.calls.note(format!("{verb} {unit}"));
        let job = OwnedObjectPath::try_from("/org/freedesktop/systemd1/job/1").unwrap();
        Self::job_removed(emitter, 1, job.clone(), unit, result).await.unwrap();
        job
    }
}

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop.systemd1")]
enum Error {
    NoSuchUnit(String),
    AlreadySubscribed(String),
}

#[zbus::interface(name = "org.freedesktop.systemd1.Manager")]
impl Systemd {
    #[expect(clippy::needless_pass_by_value, reason = "zbus hands the header over")]
    fn subscribe(&mut self, #[zbus(header)] header: Header<'_>) -> Result<(), Error> {
        match self.subscribers.insert(header.sender().unwrap().to_string()) {
            true => Ok(()),
            false => Err(Error::AlreadySubscribed("Client is already subscribed.".to_owned())),
        }
    }

    fn reload(&self) {
        self.calls.note("systemd reload");
    }

    fn load_unit(&self, _name: &str) -> OwnedObjectPath {
        OwnedObjectPath::try_from("/org/freedesktop/systemd1/unit").unwrap()
    }

    async fn start_unit(
        &mut self,
        name: &str,
        _mode: &str,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<OwnedObjectPath, Error> {
        if name != "vrrp.service" {
            return Ok(self.job("start", name, self.result, &emitter).await);
        }
        let Some((vrrpd, bus)) = self.vrrpd.take() else {
            return Err(Error::NoSuchUnit("Unit vrrp.service not found.".to_owned()));
        };
        self.started.push(vrrpd.serve(bus, &self.calls).await);
        Ok(self.job("start", name, "done", &emitter).await)
    }

    async fn stop_unit(
        &self,
        name: &str,
        _mode: &str,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> OwnedObjectPath {
        self.job("stop", name, self.result, &emitter).await
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

/// Any unit: a service that does not run.
struct Unit;

#[zbus::interface(name = "org.freedesktop.systemd1.Unit")]
impl Unit {
    #[zbus(property)]
    fn id(&self) -> String {
        "http.service".to_owned()
    }

    #[zbus(property)]
    fn names(&self) -> Vec<String> {
        vec!["http.service".to_owned()]
    }

    #[zbus(property)]
    fn load_state(&self) -> String {
        "loaded".to_owned()
    }

    #[zbus(property)]
    fn active_state(&self) -> String {
        "inactive".to_owned()
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
        "enabled".to_owned()
    }
}

struct Service;

#[zbus::interface(name = "org.freedesktop.systemd1.Service")]
impl Service {
    #[zbus(property, name = "Type")]
    fn kind(&self) -> String {
        "simple".to_owned()
    }

    #[zbus(property)]
    fn remain_after_exit(&self) -> bool {
        false
    }
}
