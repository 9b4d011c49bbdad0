//! A daemon that is a mock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;
use vrrp::status::{Instance, Status};
use zbus::Connection;
use zbus::connection::Builder;

use crate::mock::Calls;

/// How the daemon answers a reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reload {
    Applied,
    Refused,
    Denied,
    /// Once the test says so.
    Late,
}

/// What the daemon is to answer.
#[derive(Clone)]
pub(crate) struct Vrrpd {
    pub(crate) status: Status,
    pub(crate) reload: Reload,
    /// What [`Reload::Late`] waits for.
    pub(crate) go_on: Arc<Notify>,
    /// How often it was asked for everything.
    pub(crate) described: Arc<AtomicUsize>,
}

impl Vrrpd {
    pub(crate) fn of(instances: Vec<Instance>) -> Self {
        let daemon = vrrp::status::Daemon { started: 1, ..Default::default() };
        Self {
            status: Status { daemon, instances, groups: Vec::new() },
            reload: Reload::Applied,
            go_on: Arc::default(),
            described: Arc::default(),
        }
    }

    pub(crate) async fn serve(self, bus: Builder<'static>, calls: &Calls) -> Connection {
        let manager = Manager { vrrpd: self.clone(), calls: calls.clone() };
        let mut builder = bus.serve_at("/org/vrrpd/Vrrp1", manager);
        for instance in self.status.instances {
            let path = format!("/org/vrrpd/Vrrp1/instance/{}", instance.name);
            builder = builder.serve_at(path, One { instance, calls: calls.clone() });
        }
        builder.name("org.vrrpd.Vrrp1").build().await.unwrap()
    }
}

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.vrrpd.Vrrp1.Error")]
enum Error {
    AccessDenied(String),
    InvalidConfiguration(String),
    NoSuchGroup(String),
    NoSuchMember(String),
    LastMember(String),
}

struct Manager {
    vrrpd: Vrrpd,
    calls: Calls,
}

#[zbus::interface(name = "org.vrrpd.Vrrp1.Manager")]
impl Manager {
    fn describe(&self) -> String {
        self.vrrpd.described.fetch_add(1, Ordering::SeqCst);
        serde_json::to_string(&self.vrrpd.status).unwrap()
    }

    /// As the daemon does; the last usable member is the first one.
    fn group_offline(&self, group: &str, member: &str, force: bool) -> Result<(bool, String, String), Error> {
        self.move_member(group, member)?;
        if member == "eth0" && !force {
            return Err(Error::LastMember("no other member can be used".to_owned()));
        }
        self.calls.note(format!("offline {group} {member}"));
        Ok((member != "eth2", "degraded".to_owned(), "1 of its 3 members can be used: eth1 has no carrier".to_owned()))
    }

    fn group_online(&self, group: &str, member: &str) -> Result<(bool, String, String), Error> {
        self.move_member(group, member)?;
        self.calls.note(format!("online {group} {member}"));
        Ok((member == "eth2", "ok".to_owned(), "all of its 3 members can be used".to_owned()))
    }

    async fn reload(&self) -> Result<(u32, u32, u32, Vec<String>), Error> {
        self.calls.note("vrrpd reload");
        if self.vrrpd.reload == Reload::Late {
            self.vrrpd.go_on.notified().await;
        }
        match self.vrrpd.reload {
            Reload::Applied | Reload::Late => Ok((1, 0, 2, vec!["f.toml:1:1: hardly meant".to_owned()])),
            Reload::Refused => Err(Error::InvalidConfiguration("f.toml:1:1: wrong\n    1 | x\n      | ^".to_owned())),
            Reload::Denied => Err(Error::AccessDenied("not authorized for org.vrrpd.Vrrp1.reload".to_owned())),
        }
    }
}

impl Manager {
    fn move_member(&self, group: &str, member: &str) -> Result<(), Error> {
        let known = self.vrrpd.status.groups.iter().find(|one| one.name == group);
        let known = known.ok_or_else(|| Error::NoSuchGroup(group.to_owned()))?;
        match known.members.iter().any(|one| one.interface == member) {
            true => Ok(()),
            false => Err(Error::NoSuchMember(member.to_owned())),
        }
    }
}

struct One {
    instance: Instance,
    calls: Calls,
}

#[zbus::interface(name = "org.vrrpd.Vrrp1.Instance")]
impl One {
    fn describe(&self) -> String {
        serde_json::to_string(&self.instance).unwrap()
    }

    fn leave(&self) {
        self.calls.note(format!("leave {}", self.instance.name));
    }
}
