//! A host and the segment that it is on: two network namespaces, joined by a bridge in the second.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use vrrp::config::VirtualAddress;
use vrrp::id::{Family, Vrid};

use super::super::{Claim, ClaimId, Handle, Link, Report, Request, start};
use super::segment::Segment;

/// No step of any test takes that long.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// A host with a worker, and the segment.
pub(crate) struct Lab {
    pub(crate) segment: Segment,
    pub(crate) kernel: Handle,
    reports: mpsc::Receiver<Report>,
    waiting: Runtime,
    folder: tempfile::TempDir,
}

/// Runs a test on a host whose loopback link is up and whose `eth0` (10.0.0.1/24, fe80::1) is on the segment.
pub(crate) fn on_a_host(test: impl FnOnce(Lab) + Send + 'static) {
    on_a_bare_host(|segment| {
        segment.plug("eth0");
        ip("addr add 10.0.0.1/24 dev eth0");
        ip("addr add fe80::1/64 dev eth0 nodad");
        test(Lab::new(segment));
    });
}

/// Runs a test on a host with nothing but a loopback link that is up.
pub(crate) fn on_a_bare_host(test: impl FnOnce(Segment) + Send + 'static) {
    let thread = std::thread::spawn(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("these tests make network namespaces: run them as root");
        ip("link set lo up");
        test(Segment::new());
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

impl Lab {
    pub(crate) fn new(segment: Segment) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let waiting = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (kernel, reports) = start(folder.path().join("links")).unwrap();
        let mut lab = Self { segment, kernel, reports, waiting, folder };
        lab.until("Ready", |report| matches!(report, Report::Ready).then_some(()));
        lab
    }

    /// The folder of its state file.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the worker as a crash would, and starts another one.
    pub(crate) fn crash_and_restart(self) -> Self {
        let Self { segment, kernel, mut reports, waiting, folder } = self;
        drop(kernel);
        waiting.block_on(async { while reports.recv().await.is_some() {} });
        let (kernel, reports) = start(folder.path().join("links")).unwrap();
        let mut lab = Self { segment, kernel, reports, waiting, folder };
        lab.until("Ready", |report| matches!(report, Report::Ready).then_some(()));
        lab
    }

    /// Waits for a report, and takes those before it.
    pub(crate) fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(&Report) -> Option<T>) -> T {
        let mut passed = Vec::new();
        let deadline = tokio::time::Instant::now() + DEADLINE;
        loop {
            let next = self.waiting.block_on(async { tokio::time::timeout_at(deadline, self.reports.recv()).await });
            let Ok(next) = next else { panic!("no report of {what} in time, but {passed:#?}") };
            let report = next.unwrap_or_else(|| panic!("the worker died before it reported {what}, after {passed:#?}"));
            if let Some(found) = wanted(&report) {
                return found;
            }
            passed.push(report);
        }
    }

    pub(crate) fn hold(&mut self, addresses: &[&str]) {
        let outcome = self.try_hold(addresses);
        assert_eq!(outcome, Ok(()));
    }

    pub(crate) fn try_hold(&mut self, addresses: &[&str]) -> Result<(), String> {
        let addresses: BTreeSet<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.kernel.submit(Request::Hold(addresses));
        self.held()
    }

    pub(crate) fn held(&mut self) -> Result<(), String> {
        self.until("Held", |report| match report {
            Report::Held(outcome) => Some(outcome.clone()),
            _ => None,
        })
    }

    /// Claims and waits; gives the link that carries the addresses.
    pub(crate) fn claim(&mut self, id: u64, claim: Claim) -> u32 {
        self.kernel.submit(Request::Claim { id: ClaimId(id), claim });
        self.claimed(id)
    }

    pub(crate) fn claimed(&mut self, id: u64) -> u32 {
        self.until("Claimed", |report| match report {
            Report::Claimed { id: found, link } if found.0 == id => Some(*link),
            Report::ClaimFailed { id: found, reason } if found.0 == id => panic!("{reason}"),
            _ => None,
        })
    }

    pub(crate) fn failed(&mut self, id: u64) -> String {
        self.until("ClaimFailed", |report| match report {
            Report::ClaimFailed { id: found, reason } if found.0 == id => Some(reason.clone()),
            _ => None,
        })
    }

    pub(crate) fn lapsed(&mut self, id: u64) {
        self.until("Lapsed", |report| (*report == Report::Lapsed { id: ClaimId(id) }).then_some(()));
    }

    pub(crate) fn release(&mut self, id: u64) {
        self.kernel.submit(Request::Release { id: ClaimId(id) });
        self.until("Released", |report| (*report == Report::Released { id: ClaimId(id) }).then_some(()));
    }

    pub(crate) fn stop(&mut self, keep_holds: bool) {
        self.kernel.submit(Request::Stop { keep_holds });
        self.until("Stopped", |report| (*report == Report::Stopped).then_some(()));
    }

    /// Waits until a link is as wanted.
    pub(crate) fn link(&mut self, name: &str, mut wanted: impl FnMut(&Link) -> bool) -> Link {
        self.until("Link", |report| match report {
            Report::Link(link) if link.name == name && wanted(link) => Some(link.clone()),
            _ => None,
        })
    }
}

/// A claim with the MAC address of the link.
pub(crate) fn claim_of(link: &str, addresses: &[&str]) -> Claim {
    let addresses: Vec<VirtualAddress> = addresses
        .iter()
        .map(|text| {
            let (ip, prefix) = text.split_once('/').unwrap();
            VirtualAddress { ip: ip.parse().unwrap(), prefix: prefix.parse().unwrap() }
        })
        .collect();
    let family = Family::of(addresses[0].ip);
    let vrid = Vrid::new(51).unwrap();
    Claim {
        link: index(link),
        addresses,
        mac: None,
        drop: false,
        routes: Vec::new(),
        rules: Vec::new(),
        vrid,
        family,
        lease: Duration::from_secs(60),
    }
}

/// A claim with the virtual MAC address.
pub(crate) fn virtual_claim_of(link: &str, addresses: &[&str]) -> Claim {
    let claim = claim_of(link, addresses);
    Claim { mac: Some(claim.vrid.mac(claim.family)), ..claim }
}

/// The index of a link of this namespace.
pub(crate) fn index(link: &str) -> u32 {
    nix::net::if_::if_nametoindex(link).unwrap()
}

/// Runs `ip` in this thread's namespace.
pub(crate) fn ip(arguments: &str) -> String {
    let output = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Starts `ip` without waiting for it.
pub(crate) fn ip_meanwhile(arguments: &str) -> Child {
    Command::new("ip").args(arguments.split(' ')).spawn().unwrap()
}

/// The addresses of a link as `ip` prints them, one a line.
pub(crate) fn addresses(link: &str) -> String {
    ip(&format!("-o addr show dev {link}"))
}

/// A setting of an IPv4 link.
pub(crate) fn setting(link: &str, name: &str) -> u32 {
    std::fs::read_to_string(format!("/proc/sys/net/ipv4/conf/{link}/{name}")).unwrap().trim().parse().unwrap()
}

/// Changes a setting of an IPv4 link, as `sysctl` does.
pub(crate) fn change_setting(link: &str, name: &str, value: u32) {
    std::fs::write(format!("/proc/sys/net/ipv4/conf/{link}/{name}"), value.to_string()).unwrap();
}
