//! Two hosts with systemd and nginx, on which our daemon or Debian's keepalived moves nginx's addresses, and a client.

use std::cell::RefCell;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::capture::{Capture, Frame};
use crate::client::{Flow, Report};
use crate::container::Container;
use crate::host::{Echo, Host};
use crate::image::Release;
use crate::lab::Lab;
use crate::pair::{LONG, VIPS, VRID, bind_nginx, installed};

use super::duel::{PACE, Software};

/// An advertisement a second, as both have it unless they are told otherwise.
pub(super) const CREATE: &str = "create inst1 --interface eth0 --vrid 51 --address 192.0.2.10/24 --address 2001:db8::10/64 \
                      --advert-interval 1s --protect http.service --priority";

/// keepalived asks systemd itself, once a second, which is what its track_script does unless told otherwise.
const GLOBAL: &str = "global_defs {\n vrrp_version 3\n script_user root\n enable_script_security\n}\n\
                      vrrp_script nginx {\n script \"/usr/bin/systemctl --quiet is-active nginx.service\"\n interval 1\n}\n";

/// nginx on every address: keepalived's Backup does not have the virtual ones.
const SITE: &str = "server {\n\tlisten 80;\n\tlisten [::]:80;\n\troot /var/www/html;\n}\n";

/// Both hosts, booted. The left one has the higher priority.
#[derive(Debug)]
pub(super) struct Hosted {
    // Dropped in this order.
    pub(super) left: Container,
    pub(super) right: Container,
    pub(super) client: Host,
    pub(super) wire: Capture,
    pub(super) lab: Lab,
}

impl Hosted {
    /// Boots both hosts with the product installed and neither program configured.
    pub(super) fn new(name: &str) -> Result<Self> {
        let lab = Lab::new(&format!("reliability-{name}"))?;
        let wire = lab.switch().capture_signalling()?;
        let mut left = installed(&lab, "left", Release::Debian12)?;
        let mut right = installed(&lab, "right", Release::Debian13)?;
        bind_nginx(&left)?;
        bind_nginx(&right)?;
        thread::scope(|scope| {
            let boots = [scope.spawn(|| left.boot()), scope.spawn(|| right.boot())];
            boots.map(|boot| boot.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
        .into_iter()
        .collect::<Result<Vec<()>>>()?;
        let client = lab.host("client")?;
        Ok(Self { left, right, client, wire, lab })
    }

    fn hosts(&self) -> [(&Container, u8); 2] {
        [(&self.left, 150), (&self.right, 100)]
    }

    /// Sets one of the programs up on both hosts, in place of the other, and waits until the left host serves.
    pub(super) fn set_up(&self, software: Software) -> Result<()> {
        for (host, priority) in self.hosts() {
            if software == Software::Ours {
                host.vrrpadm(&format!("{CREATE} {priority}"))?.ok()?;
            } else {
                host.vrrpadm("delete inst1")?.ok()?;
                host.write("/etc/nginx/sites-available/default", SITE)?;
                host.write("/etc/keepalived/keepalived.conf", &keepalived(priority, &[VRID]))?;
                host.systemctl("restart keepalived.service")?;
            }
            // It failed at boot, when nobody held its addresses.
            host.systemctl("restart http.service")?;
        }
        self.wait_master("left")
    }

    /// Waits until a host advertises both families from here on, and a moment for the addresses.
    pub(super) fn wait_master(&self, host: &str) -> Result<()> {
        self.wire.skip();
        let missing = RefCell::new(VIPS.to_vec());
        let all = |frame: &Frame| {
            let mut missing = missing.borrow_mut();
            let advert = frame.advert().filter(|advert| frame.from(host) && advert.vrid == VRID && advert.priority > 0);
            missing.retain(|vip| advert.is_none_or(|advert| advert.source.is_ipv4() != vip.is_ipv4()));
            missing.is_empty()
        };
        self.wire.expect(LONG, &format!("advertisements of {host}"), all)?;
        thread::sleep(Duration::from_millis(500));
        Ok(())
    }

    /// Starts what answers the client's datagrams, on both hosts.
    pub(super) fn echoes(&self) -> Result<[Echo; 2]> {
        Ok([self.left.echo()?, self.right.echo()?])
    }

    /// Does something to the left host while the client sends datagrams, for at least `window` from then on.
    pub(super) fn watch(&self, window: Duration, act: impl FnOnce(&Container) -> Result<()>) -> Result<Seen> {
        let flows = VIPS.map(|vip| self.client.flow(vip, PACE));
        let flows = flows.into_iter().collect::<Result<Vec<Flow>>>()?;
        let since = SystemTime::now();
        act(&self.left)?;
        let left = (since + window).duration_since(SystemTime::now()).unwrap_or_default();
        thread::sleep(left);
        let reports = flows.into_iter().map(Flow::stop).collect::<Result<Vec<Report>>>()?;
        let advertised = |host: &str| {
            let ours = |frame: &Frame| frame.from(host) && frame.advertises(VRID);
            self.wire.all(|frame| ours(frame) && frame.advert().is_some_and(|advert| advert.source.is_ipv4()))
        };
        let times: Vec<SystemTime> = advertised("left").iter().map(|frame| frame.at).collect();
        let taken = advertised("right").iter().any(|frame| frame.at >= since);
        Ok(Seen { lost: reports.iter().map(|report| report.lost).sum(), taken, missed: missed(&times, since) })
    }
}

/// What was seen of an event on the left host.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Datagrams of both families without an answer.
    pub(super) lost: usize,
    /// Whether the other host advertised.
    pub(super) taken: bool,
    /// How many advertisements in a row were missed.
    pub(super) missed: f64,
}

/// How many advertisements of one a second are missing in the longest gap that ends after `since`.
fn missed(times: &[SystemTime], since: SystemTime) -> f64 {
    let gap = |pair: &[SystemTime]| match pair {
        [before, after] if *after >= since => after.duration_since(*before).unwrap_or_default().as_secs_f64(),
        _ => 0.0,
    };
    let longest = times.windows(2).map(gap).fold(0.0, f64::max);
    (longest.round() - 1.0).max(0.0)
}

/// keepalived's configuration: an instance a family and VRID, with the script that asks for nginx.
pub(super) fn keepalived(priority: u8, vrids: &[u8]) -> String {
    let mut text = GLOBAL.to_owned();
    for vrid in vrids {
        // Only the first has the addresses of nginx.
        let addresses =
            if *vrid == VRID { VIPS.map(|vip| vip.to_string()) } else { ["192.0.2.77".into(), "2001:db8::77".into()] };
        for (family, address) in ["v4", "v6"].into_iter().zip(addresses) {
            let length = if family == "v4" { 32 } else { 128 };
            text += &format!(
                "vrrp_instance {family}-{vrid} {{\n state BACKUP\n interface eth0\n virtual_router_id {vrid}\n priority {priority}\n \
                 advert_int 1\n track_script {{\n nginx\n }}\n virtual_ipaddress {{\n {address}/{length}\n }}\n}}\n"
            );
        }
    }
    text
}
