//! The watcher against a systemd that is a mock (the lab has the real one), over a socket pair and over a real bus.

use std::collections::BTreeSet;

use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use vrrp::conditions::UnitState::{Activating, Active, Deactivating, Failed, Frozen, Inactive, Reloading, Unknown};

use super::*;
use mock::{Order, Private, Systemd};

mod mock;

/// How long anything may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// A watcher on one end of a socket pair, a mock of bus and systemd on the other.
struct Pair {
    systemd: Systemd,
    wanted: watch::Sender<BTreeSet<String>>,
    reports: mpsc::Receiver<Report>,
    /// What stands for the kernel's tree of cgroups.
    cgroups: tempfile::TempDir,
}

impl Pair {
    async fn new(units: &[(&str, UnitState)], wanted: &[&str]) -> Self {
        Self::patient(units, wanted, PATIENCE).await
    }

    async fn patient(units: &[(&str, UnitState)], wanted: &[&str], patience: Duration) -> Self {
        let (connection, systemd) = mock::pair(units).await;
        let (wanted, mut receiver) = watch::channel(set(wanted));
        let (sender, reports) = mpsc::channel(64);
        let cgroups = tempfile::tempdir().unwrap();
        let root = cgroups.path().to_owned();
        tokio::spawn(async move {
            let mut teller = Teller::new(sender, patience);
            session::follow(connection, &root, &mut receiver, &mut teller).await
        });
        Self { systemd, wanted, reports, cgroups }
    }

    /// Writes what the kernel tells of a unit's cgroup.
    fn freeze(&self, unit: &str, frozen: bool) {
        let cgroup = self.cgroups.path().join("system.slice").join(unit);
        std::fs::create_dir_all(&cgroup).unwrap();
        let events = format!("populated 1\nfrozen {}\n", u8::from(frozen));
        std::fs::write(cgroup.join("cgroup.events"), events).unwrap();
    }

    async fn next(&mut self) -> Report {
        next(&mut self.reports).await
    }

    async fn expect(&mut self, reports: &[Report]) {
        for report in reports {
            assert_eq!(self.next().await, *report);
        }
    }
}

async fn next(reports: &mut mpsc::Receiver<Report>) -> Report {
    timeout(DEADLINE, reports.recv()).await.expect("a report in time").expect("the watcher runs")
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn state(unit: &str, state: UnitState) -> Report {
    Report::State { unit: unit.to_owned(), state }
}

#[tokio::test]
async fn states_are_read_first_and_then_followed_each_told_once() {
    let mut pair = Pair::new(&[("http.service", Active)], &["http.service", "vrrp@inst1.service"]).await;
    // A unit that does not exist is one that does not run. One that runs is told when it is known not to be frozen.
    let read = [state("vrrp@inst1.service", Inactive), state("http.service", Active), Report::Following];
    pair.expect(&read).await;

    pair.systemd.order(Order::Set("http.service", Active));
    pair.systemd.order(Order::Set("other.service", Failed));
    pair.systemd.order(Order::Set("http.service", Deactivating));
    pair.systemd.order(Order::Set("http.service", Deactivating));
    pair.systemd.order(Order::Set("http.service", Failed));
    pair.systemd.order(Order::Set("vrrp@inst1.service", Active));
    let followed =
        [state("http.service", Deactivating), state("http.service", Failed), state("vrrp@inst1.service", Active)];
    pair.expect(&followed).await;
}

#[tokio::test]
async fn an_alias_is_told_under_its_own_name_and_resolved_again_after_a_daemon_reload() {
    let mut pair = Pair::new(&[("nginx.service", Active), ("apache2.service", Inactive)], &[]).await;
    pair.expect(&[Report::Following]).await;
    pair.systemd.order(Order::Alias("http.service", "nginx.service"));
    pair.wanted.send_replace(set(&["http.service", "nginx.service"]));
    let read = [state("http.service", Active), state("nginx.service", Active), Report::Following];
    pair.expect(&read).await;

    pair.systemd.order(Order::Set("nginx.service", Failed));
    pair.expect(&[state("http.service", Failed), state("nginx.service", Failed)]).await;

    pair.systemd.order(Order::Alias("http.service", "apache2.service"));
    pair.systemd.order(Order::Set("apache2.service", Activating));
    pair.systemd.order(Order::Reload);
    pair.expect(&[state("http.service", Activating)]).await;
    pair.systemd.order(Order::Set("nginx.service", Inactive));
    pair.systemd.order(Order::Set("apache2.service", Active));
    pair.expect(&[state("nginx.service", Inactive), state("http.service", Active)]).await;
}

#[tokio::test]
async fn a_name_that_systemd_refuses_hides_no_other() {
    let wanted = ["../../etc.service", "a.service", "b.service", "c.service", "pg@.service"];
    let mut pair = Pair::new(&[("b.service", Active), ("c.service", Active)], &wanted).await;
    let mut told = BTreeSet::new();
    loop {
        match pair.next().await {
            Report::State { unit, state } => told.insert((unit, state.name())),
            Report::Following => break,
            Report::Unknown { reason } => panic!("unknown: {reason}"),
        };
    }
    let expected = [
        ("../../etc.service", Unknown),
        ("a.service", Inactive),
        ("b.service", Active),
        ("c.service", Active),
        ("pg@.service", Unknown),
    ];
    assert_eq!(told, expected.map(|(unit, state)| (unit.to_owned(), state.name())).into());
}

#[tokio::test]
async fn a_unit_that_is_wanted_again_is_told_again() {
    let mut pair = Pair::new(&[("a.service", Active), ("b.service", Active)], &["a.service"]).await;
    pair.expect(&[state("a.service", Active), Report::Following]).await;
    pair.wanted.send_replace(set(&["b.service"]));
    pair.expect(&[state("b.service", Active), Report::Following]).await;
    pair.systemd.order(Order::Set("a.service", Failed));
    pair.systemd.order(Order::Set("b.service", Failed));
    pair.expect(&[state("b.service", Failed)]).await;
    pair.wanted.send_replace(set(&["a.service", "b.service"]));
    pair.expect(&[state("a.service", Failed), Report::Following]).await;
}

#[tokio::test]
async fn a_unit_whose_processes_are_frozen_is_frozen_until_they_thaw() {
    let mut pair = Pair::new(&[("a.service", Active), ("b.service", Inactive)], &[]).await;
    pair.expect(&[Report::Following]).await;
    pair.freeze("a.service", true);
    pair.wanted.send_replace(set(&["a.service", "b.service"]));
    let read = [state("b.service", Inactive), state("a.service", Frozen), Report::Following];
    pair.expect(&read).await;
    pair.freeze("a.service", false);
    pair.expect(&[state("a.service", Active)]).await;

    // It stays frozen whatever systemd does with it, until it is stopped.
    pair.freeze("a.service", true);
    pair.expect(&[state("a.service", Frozen)]).await;
    pair.systemd.order(Order::Set("a.service", Reloading));
    pair.systemd.order(Order::Set("a.service", Deactivating));
    pair.expect(&[state("a.service", Deactivating)]).await;

    // Its next cgroup has the name of the last one.
    std::fs::remove_dir_all(pair.cgroups.path().join("system.slice/a.service")).unwrap();
    pair.freeze("a.service", false);
    pair.systemd.order(Order::Set("a.service", Active));
    pair.expect(&[state("a.service", Active)]).await;
    pair.freeze("a.service", true);
    pair.expect(&[state("a.service", Frozen)]).await;
}

#[tokio::test]
async fn only_systemd_is_believed() {
    let mut pair = Pair::new(&[("http.service", Active)], &["http.service"]).await;
    pair.expect(&[state("http.service", Active), Report::Following]).await;
    pair.systemd.order(Order::Forge("http.service", Failed));
    pair.systemd.order(Order::Set("http.service", Deactivating));
    pair.expect(&[state("http.service", Deactivating)]).await;
}

#[tokio::test]
async fn a_re_executed_systemd_is_waited_for() {
    let mut pair = Pair::new(&[("http.service", Active)], &["http.service"]).await;
    pair.expect(&[state("http.service", Active), Report::Following]).await;
    pair.systemd.order(Order::Leave);
    pair.systemd.order(Order::Return(":1.77"));
    pair.systemd.order(Order::Set("http.service", Failed));
    pair.expect(&[state("http.service", Failed)]).await;
}

#[tokio::test]
async fn without_systemd_every_unit_is_unknown_until_it_is_told_again() {
    let patience = Duration::from_millis(50);
    let mut pair = Pair::patient(&[("http.service", Active)], &["http.service"], patience).await;
    pair.expect(&[state("http.service", Active), Report::Following]).await;
    pair.systemd.order(Order::Leave);
    pair.expect(&[Report::Unknown { reason: "systemd is not on the bus".to_owned() }]).await;
    pair.systemd.order(Order::Return(":1.77"));
    pair.expect(&[state("http.service", Active), Report::Following]).await;
}

#[tokio::test]
async fn without_a_bus_the_reason_is_told() {
    let (_wanted, receiver) = watch::channel(set(&["http.service"]));
    let mut reports = start(Bus::None, receiver);
    let reason = "the daemon was started with --bus none".to_owned();
    assert_eq!(next(&mut reports).await, Report::Unknown { reason });
}

#[tokio::test]
async fn a_restart_of_the_bus_changes_no_state() {
    let mut private = Private::new();
    let _systemd = mock::on_bus(&private.bus, &[("http.service", Active)]).await;
    let (_wanted, receiver) = watch::channel(set(&["http.service"]));
    let mut reports = start(private.bus.clone(), receiver);
    assert_eq!(next(&mut reports).await, state("http.service", Active));
    assert_eq!(next(&mut reports).await, Report::Following);

    private.stop();
    private.start();
    let systemd = mock::on_bus(&private.bus, &[("http.service", Active)]).await;
    systemd.subscribed().await;
    systemd.order(Order::Set("http.service", Failed));
    assert_eq!(next(&mut reports).await, state("http.service", Failed));
}

#[tokio::test]
async fn a_bus_that_comes_late_is_found() {
    let mut private = Private::new();
    private.stop();
    let (_wanted, receiver) = watch::channel(set(&["http.service"]));
    let mut reports = start(private.bus.clone(), receiver);
    let Report::Unknown { reason } = next(&mut reports).await else {
        panic!("no bus, and yet a state");
    };
    assert!(reason.contains("cannot be reached"), "{reason}");

    private.start();
    let _systemd = mock::on_bus(&private.bus, &[("http.service", Active)]).await;
    assert_eq!(next(&mut reports).await, state("http.service", Active));
    assert_eq!(next(&mut reports).await, Report::Following);
}
