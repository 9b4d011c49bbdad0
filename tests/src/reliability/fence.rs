//! A Master's daemon is killed and does not come back: when its claims are gone, with one address of each family and with thousands.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::Result;

use super::row::{Row, Samples, Side};
use super::{Extent, millis, tell};
use crate::lab::Lab;
use crate::pair::LONG;
use crate::peer::Vrrpd;

/// What the addresses begin with.
const V4: &str = "198.18.";
const V6: &str = "2001:db8:18::";
/// How many addresses of each family an instance has, so that an advertisement of them fits a frame.
const EACH: usize = 80;
/// The kernel counts whole seconds, and looks at addresses when one of them may have ended.
const LATE: f64 = 2000.0;

/// Instances that have so many addresses of each family in all, and are Master at once, as owners are.
fn configuration(addresses: usize) -> String {
    let mut text = String::new();
    for (vrid, first) in (1..).zip((0..addresses).step_by(EACH)) {
        let both = |n: usize| [format!("\"{V4}{}.{}/32\"", n / EACH, n % EACH + 1), format!("\"{V6}{:x}/128\"", n + 1)];
        let here: Vec<String> = (first..addresses.min(first + EACH)).flat_map(both).collect();
        let _ = write!(
            text,
            "[instance.i{vrid}]\ninterface = \"eth0\"\nvrid = {vrid}\npriority = 255\nadvert_interval = \"1s\"\n\
             addresses = [{}]\n",
            here.join(", ")
        );
    }
    text
}

/// How long the claims outlive the daemon.
fn outlive(addresses: usize) -> Result<f64> {
    let lab = Lab::new("reliability-fence")?;
    let host = lab.host("left")?;
    let vrrpd = Vrrpd::start(&host, &configuration(addresses))?;
    let claims = || -> Result<usize> {
        let claimed = |address: &&String| [V4, V6].iter().any(|start| address.starts_with(start));
        Ok(host.addresses("eth0")?.iter().filter(claimed).count())
    };
    host.wait_network(LONG, "all claims", |_| Ok(claims()? == 2 * addresses))?;
    vrrpd.crash()?;
    let start = Instant::now();
    host.wait_network(3 * LONG, "the claims to be gone", |_| Ok(claims()? == 0))?;
    Ok(millis(start.elapsed()))
}

/// Measures it at an advertisement a second: a lease is three of them, or what 200 renewals a second come to.
pub(super) fn measure(extent: &Extent) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (addresses, lease, runs) in [(1, 3_000.0, extent.runs(5, 1)), (2000, 60_000.0, extent.runs(2, 1))] {
        let scene = format!("SIGKILL, and no daemon comes back, addresses of each family: {addresses}");
        tell(&scene);
        let gone = (0..runs).map(|_| outlive(addresses)).collect::<Result<Samples>>()?;
        rows.push(Row::new(&scene, "its claims are gone after, ms", gone, Side::none()).at_most(lease + LATE));
        if extent.quick {
            break;
        }
    }
    Ok(rows)
}
