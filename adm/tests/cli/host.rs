//! Verbs on a host that runs: what is called in which order, and what is undone.

use std::io::{BufReader, Read as _};
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use vrrp::status::{Instance, State};
use zbus::Connection;

use crate::mock::{Bus, Calls};
use crate::run::{Ended, Host};
use crate::systemd::Systemd;
use crate::vrrpd::{Reload, Vrrpd};

const CREATE: &str = "create inst1 --interface eth0 --vrid 51 --address 192.0.2.10/24 --protect http.service";
const FILE: &str = "etc/vrrp/vrrp.d/inst1.toml";

/// A host with a bus and what is on it.
struct Lab {
    host: Host,
    bus: Bus,
    calls: Calls,
    on_bus: Vec<Connection>,
}

impl Lab {
    fn new() -> Self {
        let bus = Bus::start();
        let mut host = Host::new();
        host.bus = Some(bus.address.clone());
        Self { host, bus, calls: Calls::default(), on_bus: Vec::new() }
    }

    async fn with_vrrpd(mut self, vrrpd: Vrrpd) -> Self {
        self.on_bus.push(vrrpd.serve(self.bus.connect(), &self.calls).await);
        self
    }

    async fn with_systemd(self, result: &'static str) -> Self {
        self.with_systemd_and(result, None).await
    }

    /// A systemd whose vrrp.service does not run yet.
    async fn with_systemd_and(mut self, result: &'static str, vrrpd: Option<Vrrpd>) -> Self {
        self.on_bus.push(Systemd::serve(result, vrrpd, &self.bus, &self.calls).await);
        self
    }

    /// Runs the program while the mocks serve.
    async fn run(&self, line: &str) -> Ended {
        self.edit("true", line).await
    }

    /// Does as [`Lab::run`] does, with an editor.
    async fn edit(&self, editor: &str, line: &str) -> Ended {
        let (host, editor, line) = (self.host.clone(), editor.to_owned(), line.to_owned());
        tokio::task::spawn_blocking(move || host.run_with(&[("SYSTEMD_EDITOR", &editor)], &line)).await.unwrap()
    }
}

fn instance(state: State, reason: &str) -> Instance {
    Instance {
        name: "inst1".to_owned(),
        state,
        reason: reason.to_owned(),
        since: 1,
        enabled: true,
        ..Instance::default()
    }
}

fn barred() -> Vrrpd {
    Vrrpd::of(vec![Instance { barred: true, ..instance(State::Backup, "http.service is inactive") }])
}

#[tokio::test]
async fn create_reloads_both_starts_the_unit_and_tells_the_state() {
    let lab = Lab::new().with_vrrpd(barred()).await.with_systemd("dependency").await;
    assert_snapshot!(lab.run(CREATE).await, @"
    ROOT/etc/vrrp/vrrp.d/inst1.toml is written.
    inst1 is created. It is Backup, barred: http.service is inactive.
    warning: inst1: http.service is started on demand and may stop when nobody asks: protect http.socket, which listens
    [0]
    ");
    assert_eq!(lab.calls.take(), ["vrrpd reload", "systemd reload", "start vrrp@inst1.service"]);
    assert_snapshot!(lab.run(CREATE).await.out, @"inst1 is there already. It is Backup, barred: http.service is inactive.");
}

#[tokio::test]
async fn a_unit_that_fails_undoes_create() {
    let lab = Lab::new().with_vrrpd(barred()).await.with_systemd("failed").await;
    let ended = lab.run(CREATE).await;
    assert_snapshot!(ended.err, @"
    warning: inst1: http.service is started on demand and may stop when nobody asks: protect http.socket, which listens
    error: inst1 is not created, the files are as they were: vrrp@inst1.service failed; see systemctl status vrrp@inst1.service
    ");
    assert_eq!((ended.code, lab.host.read(FILE)), (2, None));
    let calls = ["vrrpd reload", "systemd reload", "start vrrp@inst1.service", "vrrpd reload", "systemd reload"];
    assert_eq!(lab.calls.take(), calls);
}

#[tokio::test]
async fn a_daemon_that_refuses_undoes_create() {
    for (reload, words) in [(Reload::Refused, "    1 | x\n      | ^\n"), (Reload::Denied, "run it as root")] {
        let lab = Lab::new().with_vrrpd(Vrrpd { reload, ..barred() }).await.with_systemd("done").await;
        let ended = lab.run(CREATE).await;
        assert!(
            ended.err.starts_with("error: inst1 is not created, the files are as they were: ")
                && ended.err.contains(words),
            "{ended}"
        );
        assert_eq!((ended.code, lab.host.read(FILE)), (2, None));
        assert!(!lab.calls.take().iter().any(|call| call.starts_with("start")));
    }
}

#[tokio::test]
async fn a_daemon_that_does_not_run_is_started() {
    let lab = Lab::new().with_systemd_and("done", Some(barred())).await;
    assert_snapshot!(lab.run(CREATE).await.out, @"
    ROOT/etc/vrrp/vrrp.d/inst1.toml is written.
    inst1 is created. It is Backup, barred: http.service is inactive.
    ");
    assert_eq!(lab.calls.take(), ["start vrrp.service", "systemd reload", "start vrrp@inst1.service"]);
}

#[tokio::test]
async fn a_daemon_that_cannot_be_started_leaves_the_files() {
    let lab = Lab::new().with_systemd("done").await;
    assert_snapshot!(lab.run(CREATE).await, @"
    ROOT/etc/vrrp/vrrp.d/inst1.toml is written.
    inst1 is created. Only the files are changed: vrrpd is not running. Unit vrrp.service not found. Are its files installed, and was systemd reloaded?
    warning: inst1: http.service is started on demand and may stop when nobody asks: protect http.socket, which listens
    [0]
    ");
    assert!(lab.host.read(FILE).is_some());
    assert_snapshot!(lab.run("status").await, @"
    1 instance is configured, but vrrpd is not running.

    NAME   STATE  SINCE  MASTER  PRIORITY  ADDRESSES      PROTECTS      WHY
    inst1  -      -      -       100       192.0.2.10/24  http.service
    warning: vrrpd is not running: start it with systemctl start vrrp.service. This is what the files say.
    [1]
    ");
}

#[tokio::test]
async fn delete_stops_the_unit_before_anything_else() {
    let lab = Lab::new().with_vrrpd(barred()).await.with_systemd("done").await;
    assert_eq!(lab.run(CREATE).await.code, 0);
    lab.calls.take();
    assert_snapshot!(lab.run("delete inst1").await, @"
    ROOT/etc/vrrp/vrrp.d/inst1.toml is removed.
    inst1 is deleted.
    [0]
    ");
    assert_eq!(lab.calls.take(), ["stop vrrp@inst1.service", "vrrpd reload", "systemd reload"]);
}

#[tokio::test]
async fn a_unit_that_somebody_stopped_is_not_started_by_modify() {
    let lab = Lab::new().with_vrrpd(barred()).await.with_systemd("done").await;
    assert_eq!(lab.run(CREATE).await.code, 0);
    lab.calls.take();
    assert_eq!(lab.run("modify inst1 --priority 90").await.code, 0);
    assert_eq!(lab.calls.take(), ["vrrpd reload", "systemd reload"]);
    assert_eq!(lab.run("disable inst1").await.code, 0);
    assert_eq!(lab.calls.take(), ["stop vrrp@inst1.service", "vrrpd reload", "systemd reload"]);
    assert_eq!(lab.run("enable inst1").await.code, 0);
    assert_eq!(lab.calls.take(), ["vrrpd reload", "systemd reload", "start vrrp@inst1.service"]);
}

#[tokio::test]
async fn edit_is_followed_in_every_instance_of_the_file() {
    let lab = Lab::new().with_vrrpd(barred()).await.with_systemd("done").await;
    let instance = |name: &str, vrid| {
        format!("[instance.{name}]\ninterface = 'eth0'\nvrid = {vrid}\naddresses = ['192.0.2.{vrid}/24']\n")
    };
    lab.host.write("etc/vrrp/vrrp.toml", &(instance("inst1", 51) + &instance("inst2", 52) + &instance("inst3", 53)));
    // One is gone, one is new, one follows a unit, one is as it was.
    let script = "sed -i -e s/instance.inst2/instance.inst4/ -e \"/vrid = 51/aprotect = ['http.service']\"";
    assert_snapshot!(lab.edit(script, "edit").await, @"
    ROOT/etc/vrrp/vrrp.toml is written.
    ROOT/etc/vrrp/vrrp.toml is edited.
    inst1 is Backup, barred: http.service is inactive.
    How inst4 is cannot be told: vrrpd knows no such instance: see vrrpadm list.
    warning: inst1: http.service is started on demand and may stop when nobody asks: protect http.socket, which listens
    [0]
    ");
    let calls = [
        "stop vrrp@inst2.service",
        "vrrpd reload",
        "systemd reload",
        "start vrrp@inst1.service",
        "start vrrp@inst4.service",
    ];
    assert_eq!(lab.calls.take(), calls);
    assert_eq!(lab.edit("sed -i /enabled/d", "edit").await.code, 0);
    assert_eq!(lab.edit("sed -i 's/^vrid = 53/&\\nenabled = false/'", "edit inst3").await.code, 0);
    assert_eq!(lab.calls.take(), ["stop vrrp@inst3.service", "vrrpd reload", "systemd reload"]);
}

#[tokio::test]
async fn a_daemon_that_refuses_undoes_edit() {
    let lab = Lab::new().with_vrrpd(Vrrpd { reload: Reload::Denied, ..barred() }).await.with_systemd("done").await;
    let text = "[instance.inst1]\ninterface = 'eth0'\nvrid = 51\naddresses = ['192.0.2.10/24']\n";
    lab.host.write("etc/vrrp/vrrp.toml", text);
    let ended = lab.edit("sed -i s/51/52/", "edit").await;
    assert!(ended.err.contains("vrrp.toml is not edited, the files are as they were: "), "{ended}");
    assert_eq!((ended.code, lab.host.read("etc/vrrp/vrrp.toml").as_deref()), (2, Some(text)));
}

#[tokio::test]
async fn reload_tells_what_changed_or_what_is_wrong() {
    let lab = Lab::new().with_vrrpd(barred()).await;
    assert_snapshot!(lab.run("reload").await, @"
    The configuration is applied: 1 added, 2 changed.
    warning: f.toml:1:1: hardly meant
    [0]
    ");
    let lab = Lab::new().with_vrrpd(Vrrpd { reload: Reload::Refused, ..barred() }).await;
    assert_snapshot!(lab.run("reload").await, @"
    error: vrrpd refuses the configuration:
    f.toml:1:1: wrong
        1 | x
          | ^
    [2]
    ");
}

#[tokio::test]
async fn systemd_stops_an_instance_by_having_it_leave() {
    let lab = Lab::new().with_vrrpd(barred()).await;
    assert_snapshot!(lab.run("instance-stop inst1").await, @"[0]");
    assert_eq!(lab.calls.take(), ["leave inst1"]);
    assert_snapshot!(lab.run("instance-stop other").await, @"
    vrrpd knows no such instance: see vrrpadm list. other has nothing to resign from.
    [0]
    ");
}

#[tokio::test]
async fn systemd_starts_an_instance_once_the_daemon_is_there() {
    let lab = Lab::new();
    let (ended, _daemon) = tokio::join!(lab.run("instance-start inst1"), barred().serve(lab.bus.connect(), &lab.calls));
    assert_eq!(ended.to_string(), "[0]");
}

#[tokio::test]
async fn status_is_what_the_daemon_says_and_whether_that_is_well() {
    let lab = Lab::new().with_vrrpd(barred()).await;
    assert_eq!(lab.run("status").await.code, 1);
    assert_eq!(lab.run("list").await.to_string(), "inst1 Backup\n[0]");
    let json = lab.run("status --json").await;
    let status: vrrp::status::Status = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, status), (1, barred().status));
    let lab = Lab::new().with_vrrpd(Vrrpd::of(vec![instance(State::Master, "192.0.2.2 resigned")])).await;
    assert_eq!(lab.run("status").await.code, 0);
    assert_eq!(lab.run("status inst1").await.code, 0);
}

/// The daemon answers once its waiting was shown.
#[tokio::test]
async fn what_takes_longer_than_a_second_says_what_it_waits_for() {
    let vrrpd = Vrrpd { reload: Reload::Late, ..Vrrpd::of(Vec::new()) };
    let go_on = vrrpd.go_on.clone();
    let lab = Lab::new().with_vrrpd(vrrpd).await;
    let line = format!("{} --bus {} reload", env!("CARGO_BIN_EXE_vrrpadm"), lab.bus.address);
    let shown = tokio::task::spawn_blocking(move || {
        let mut terminal = Command::new("script")
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut shown = String::new();
        let mut reader = BufReader::new(terminal.stdout.take().unwrap());
        let mut byte = [0];
        while reader.read(&mut byte).unwrap() == 1 {
            shown.push(char::from(byte[0]));
            if shown.ends_with("(1 s)") {
                go_on.notify_one();
            }
        }
        assert!(terminal.wait().unwrap().success(), "{shown:?}");
        shown
    });
    let shown = shown.await.unwrap();
    assert!(shown.starts_with("\r\x1b[KWaiting until vrrpd has applied the configuration (1 s)"), "{shown:?}");
    // The line is taken back before anything else is said.
    let (_, after) = shown.rsplit_once("\r\x1b[K").unwrap();
    assert!(!after.contains("Waiting") && after.contains("1 added, 2 changed"), "{shown:?}");
}
