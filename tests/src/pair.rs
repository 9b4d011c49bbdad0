//! Two systemd hosts that share an instance, and a client: the setting of most scenarios.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::capture::Frame;
use crate::client::Client;
use crate::container::Container;
use crate::host::Host;
use crate::image::Release;
use crate::install::{Binaries, install};
use crate::lab::Lab;
use crate::vm::{Model, Vm};

/// The virtual router identifier of [`Pair`]'s instance.
pub const VRID: u8 = 51;
/// Its IPv4 address.
pub const VIP4: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10));
/// Its IPv6 address.
pub const VIP6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10));
/// Its addresses.
pub const VIPS: [IpAddr; 2] = [VIP4, VIP6];
/// How long anything may take on a machine that has other things to do.
pub const LONG: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_secs(6);

/// Where Debian has the site of nginx.
const SITE_FILE: &str = "/etc/nginx/sites-available/default";
/// Where the configuration is.
const CONFIGURATION_FILE: &str = "/etc/vrrp/vrrp.toml";

/// A site of nginx that binds to both addresses, and to nothing else.
const SITE: &str = "server {\n\tlisten 192.0.2.10:80;\n\tlisten [2001:db8::10]:80;\n\troot /var/www/html;\n}\n";

/// What `vrrpadm create` is told of the instance, apart from its name and what it protects.
const OPTIONS: &str =
    "--interface eth0 --vrid 51 --address 192.0.2.10/24 --address 2001:db8::10/64 --advert-interval 200ms";

/// The same as a file.
const FILE: &str = r#"[instance.inst1]
interface = "eth0"
vrid = 51
addresses = ["192.0.2.10/24", "2001:db8::10/64"]
advert_interval = "200ms"
protect = ["http.service"]
"#;

/// The hosts `left` (Debian 12) and `right` (Debian 13), whose nginx binds to the instance's addresses.
#[derive(Debug)]
pub struct Pair<H = Container> {
    /// Runs systemd 252.
    pub left: H,
    /// Runs systemd 257.
    pub right: H,
    /// Uses the addresses, and captures.
    pub client: Client,
    // The last to be dropped.
    lab: Lab,
}

impl Pair<Vm> {
    /// Makes both hosts as virtual machines that are ready to be booted: with the product, `inst1` for http.service,
    /// left with the higher priority, and NICs of a model.
    ///
    /// # Errors
    /// As those of [`Lab::vm`]; or the product does not build.
    pub fn machines(name: &str, model: Model) -> Result<Self> {
        let lab = Lab::new(name)?;
        let machine = |name: &str, release: Release, priority: u8| -> Result<Vm> {
            let machine = machine(&lab, name, release)?.with(model);
            machine.write(SITE_FILE, SITE)?;
            machine.write(CONFIGURATION_FILE, &format!("{FILE}priority = {priority}\n"))?;
            Ok(machine)
        };
        let (left, right) = (machine("left", Release::Debian12, 150)?, machine("right", Release::Debian13, 100)?);
        let client = lab.client("client")?;
        Ok(Self { left, right, client, lab })
    }
}

impl Pair {
    /// Makes both hosts with the product on them, not booted, and without an instance.
    ///
    /// # Errors
    /// As those of [`Lab`]; or the product does not build.
    pub fn new(name: &str) -> Result<Self> {
        Self::of(Lab::new(name)?, installed)
    }

    /// Makes both hosts without the product, not booted.
    ///
    /// # Errors
    /// As those of [`Lab`].
    pub fn bare(name: &str) -> Result<Self> {
        Self::of(Lab::new(name)?, Lab::container)
    }

    fn of(lab: Lab, host: impl Fn(&Lab, &str, Release) -> Result<Container>) -> Result<Self> {
        let left = host(&lab, "left", Release::Debian12)?;
        let right = host(&lab, "right", Release::Debian13)?;
        for host in [&left, &right] {
            bind_nginx(host)?;
        }
        let client = lab.client("client")?;
        Ok(Self { left, right, client, lab })
    }

    /// Makes and boots both hosts, creates `inst1` on them for http.service, left with the higher priority, and waits
    /// until left serves.
    ///
    /// # Errors
    /// As [`Pair::new`]; or a step fails.
    pub fn protecting(name: &str, more: &str) -> Result<Self> {
        let mut pair = Self::new(name)?;
        pair.each(Container::boot)?;
        pair.protect(more)?;
        Ok(pair)
    }

    /// Creates `inst1` on both hosts, which run, for http.service, left with the higher priority, and waits until left serves.
    ///
    /// # Errors
    /// A step fails.
    pub fn protect(&self, more: &str) -> Result<()> {
        for (host, priority) in [(&self.left, 150), (&self.right, 100)] {
            create(host, &format!("--priority {priority} {more}"))?;
            // It failed at boot, when nothing held its addresses.
            host.systemctl("start http.service")?;
        }
        self.wait_served_by("left")
    }
}

impl<H: Send> Pair<H> {
    /// The lab that it is in.
    pub const fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Does the same to both hosts at once.
    ///
    /// # Errors
    /// The first that comes.
    pub fn each(&mut self, work: impl Fn(&mut H) -> Result<()> + Sync) -> Result<()> {
        let hosts = [&mut self.left, &mut self.right];
        let results = thread::scope(|scope| {
            let works = hosts.map(|host| scope.spawn(|| work(host)));
            works.map(|work| work.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        results.into_iter().collect()
    }

    /// Waits until a host advertises both families from here on, and then gets both addresses' pages from it.
    ///
    /// # Errors
    /// It does not, or another host answers.
    pub fn wait_served_by(&self, host: &str) -> Result<()> {
        self.client.wire().skip();
        self.expect_served_by(host)
    }

    /// Does as [`Pair::wait_served_by`], looking also at what came since the wire was last waited for.
    ///
    /// # Errors
    /// As [`Pair::wait_served_by`].
    pub fn expect_served_by(&self, host: &str) -> Result<()> {
        self.expect_master(host)?;
        for vip in VIPS {
            // The announcement follows the first advertisement, once the kernel has the address.
            let announces = |frame: &Frame| frame.from(host) && frame.announces(vip);
            let served = || self.client.http_get(vip, SOON).is_ok_and(|body| body == host);
            while !served() {
                let what = format!("an announcement of {vip} by {host}, which does not serve it yet");
                self.client.wire().expect(SOON, &what, announces)?;
            }
        }
        Ok(())
    }

    /// Waits for an advertisement of both families, also one that came since the wire was last waited for.
    ///
    /// # Errors
    /// It does not come.
    pub fn expect_master(&self, host: &str) -> Result<()> {
        for family in VIPS {
            let advertises = |frame: &Frame| frame.from(host) && frame.advertises(VRID) && is_of(frame, family);
            let what = format!("an advertisement of {host} for {family}");
            self.client.wire().expect(LONG, &what, advertises)?;
        }
        Ok(())
    }

    /// Waits for the resignation of both families, also one that came since the wire was last waited for.
    ///
    /// # Errors
    /// It does not come.
    pub fn expect_resignation(&self, host: &str) -> Result<()> {
        for family in VIPS {
            let resigns = |frame: &Frame| frame.from(host) && frame.resigns() && is_of(frame, family);
            let what = format!("a resignation of {host} for {family}");
            self.client.wire().expect(LONG, &what, resigns)?;
        }
        Ok(())
    }
}

/// Tells whether an advertisement is of the family of `address`.
fn is_of(frame: &Frame, address: IpAddr) -> bool {
    frame.advert().is_some_and(|advert| advert.source.is_ipv4() == address.is_ipv4())
}

/// Makes a container with the product on it, not booted.
///
/// # Errors
/// As [`Lab::container`]; or the product does not build.
pub fn installed(lab: &Lab, name: &str, release: Release) -> Result<Container> {
    let host = lab.container(name, release)?;
    host.install(&product(lab)?)?;
    Ok(host)
}

/// Makes a virtual machine with the product on it, not booted.
///
/// # Errors
/// As those of [`Lab::vm`]; or the product does not build.
pub fn machine(lab: &Lab, name: &str, release: Release) -> Result<Vm> {
    let machine = lab.vm(name, release)?;
    machine.install(&product(lab)?)?;
    Ok(machine)
}

/// The product as it is installed, as a tree.
fn product(lab: &Lab) -> Result<PathBuf> {
    let tree = lab.logs().join("installed");
    if !tree.exists() {
        install(Binaries::for_tests()?, &tree)?;
    }
    Ok(tree)
}

/// Has nginx, which is http.service here, listen on the addresses of the instance only.
///
/// # Errors
/// The disk is full.
pub fn bind_nginx(host: &Container) -> Result<()> {
    host.write(SITE_FILE, SITE)
}

/// Writes a configuration with `inst1` for http.service.
///
/// # Errors
/// The disk is full.
pub fn configure(host: &Container, priority: u8) -> Result<()> {
    let text = format!("{FILE}priority = {priority}\n");
    host.write(CONFIGURATION_FILE, &text)
}

/// Creates `inst1` for http.service and returns what was said.
///
/// # Errors
/// It is not created.
pub fn create(host: &Host, more: &str) -> Result<String> {
    host.vrrpadm(&format!("create inst1 {OPTIONS} --protect http.service {more}"))?.ok()
}

/// What the daemon says of an instance.
///
/// # Errors
/// There is no daemon or no such instance.
pub fn instance(host: &Host, name: &str) -> Result<Value> {
    let output = host.vrrpadm(&format!("status {name} --json"))?;
    if output.code == Some(2) {
        bail!("`vrrpadm status {name}` says: {}", output.stderr.trim());
    }
    serde_json::from_str(&output.stdout).with_context(|| format!("no JSON: {}", output.stdout))
}

/// Waits until an instance is in a state, such as `master` or `barred`, for a reason that contains `reason`.
///
/// # Errors
/// It is not in time; tells what it is.
pub fn wait_instance(host: &Host, name: &str, state: &str, reason: &str) -> Result<()> {
    wait_told(host, name, &format!("{state}: {reason}"), |instance| {
        let told = instance["reason"].as_str().unwrap_or_default();
        state_of(instance) == state && told.contains(reason)
    })
}

/// Waits until what the daemon says of an instance is so, asking it again whenever something of it changes.
///
/// # Errors
/// It is not in time; tells what it is.
pub fn wait_told(host: &Host, name: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Result<()> {
    let signals = "type='signal',sender='org.vrrpd.Vrrp1'";
    let monitor = host.spawn(&["busctl", "monitor", "--match", signals])?;
    monitor.log().wait_line(LONG, "Monitoring bus message stream")?;
    // While the daemon is restarted there is none to ask.
    let is = || Ok(instance(host, name).is_ok_and(|instance| is_so(&instance)));
    let waited = monitor.log().wait_until(LONG, is);
    waited.with_context(|| {
        let is = instance(host, name).map_or_else(|error| error.to_string(), |instance| instance.to_string());
        format!("waited on {} for {name} to be {what}; it is {is}", host.name())
    })
}

/// The state of an instance as [`instance`] tells it, `barred` being one of its own.
pub fn state_of(instance: &Value) -> &str {
    match instance["barred"].as_bool() {
        Some(true) => "barred",
        _ => instance["state"].as_str().unwrap_or("unknown"),
    }
}
