//! A host that is Master of everything: how soon its addresses can be bound, what an advertisement costs, how much memory it
//! takes, what the leases of its claims cost, and how soon it ends.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::fleet::Fleet;
use super::program::{Program, Software};
use super::row::{Row, Samples};
use super::site::Site;
use super::usage::Usage;
use super::{Extent, ending, millis, tell};

/// How long keepalived may go on announcing thousands of addresses.
const ANNOUNCING: u32 = 60;

/// Of more instances than this, the window begins and ends between the advertisements of too many.
const FEW: usize = 250;

#[derive(Debug, Default)]
struct Figures {
    start: Samples,
    cost: Samples,
    memory: Samples,
    renewals: Samples,
    others: Samples,
    stop: Samples,
}

/// What a Master used while it advertised, and nothing else happened.
pub(super) struct Advertising {
    before: Usage,
    pub(super) after: Usage,
    sent: f64,
    owed: f64,
    window: Duration,
}

impl Advertising {
    /// Looks at a program from the moment on that it is Master of a fleet and announces nothing any more.
    pub(super) fn watch(site: &Site, program: &Program, fleet: &Fleet, extent: &Extent) -> Result<Self> {
        // Whole rounds of renewals are looked at, and not the pause before the first one.
        thread::sleep(extent.settling().max(fleet.lease_round()));
        for _ in 0..ANNOUNCING {
            let second = Duration::from_secs(1);
            if sent_within(site, second)? <= fleet.adverts(second) * 1.02 + 2.0 {
                break;
            }
        }
        let window = extent.window().max(fleet.lease_round());
        let before = program.usage()?;
        let sent = sent_within(site, window)?;
        let after = program.usage()?;
        let owed = fleet.adverts(window);
        ensure!(sent >= owed * 0.9 - 1.0, "{sent} of {owed} advertisements were sent");
        Ok(Self { before, after, sent, owed, window })
    }

    /// Time on a processor of all threads, or those of a name, in percent of one processor.
    pub(super) fn share(&self, thread: Option<&str>) -> f64 {
        let ran = match thread {
            Some(name) => self.after.thread_ran_since(&self.before, name),
            None => self.after.ran_since(&self.before),
        };
        ran.as_secs_f64() / self.window.as_secs_f64() * 100.0
    }

    /// Time on a processor, in microseconds an advertisement.
    pub(super) fn cost(&self) -> f64 {
        self.after.ran_since(&self.before).as_secs_f64() * 1e6 / self.sent.min(self.owed)
    }

    /// How many packets a second were sent that are no advertisements.
    fn others(&self) -> f64 {
        (self.sent - self.owed).max(0.0) / self.window.as_secs_f64()
    }
}

fn sent_within(site: &Site, time: Duration) -> Result<f64> {
    let before = site.sent()?;
    // What is sent in this time is what is measured.
    thread::sleep(time);
    Ok((site.sent()? - before) as f64)
}

fn run(software: Software, fleet: &Fleet, extent: &Extent, figures: &mut Figures) -> Result<()> {
    tell(&format!("{software:?}: Master of {fleet}"));
    let site = Site::new(&format!("master-{}-{software:?}", fleet.slug()).to_lowercase(), fleet, extent)?;
    let wire = site.capture()?;
    let program = Program::start(&site.left, software, fleet)?;
    site.wait_bindable(fleet)?;
    figures.start.push(millis(program.started.elapsed()));
    site.wait_masters(fleet, &wire)?;
    // It costs the sender something.
    drop(wire);
    let advertising = Advertising::watch(&site, &program, fleet, extent)?;
    figures.cost.push(advertising.cost());
    figures.memory.push(advertising.after.peak as f64 / 1024.0);
    figures.renewals.push(advertising.share(Some("kernel")));
    figures.others.push(advertising.others());
    figures.stop.push(ending::stop(&site, fleet, &program, &site.capture()?)?);
    Ok(())
}

/// Measures all sizes, one of them over IPv6, too, and FRR with one instance.
pub(super) fn measure(extent: &Extent, show: &mut dyn FnMut(Row)) -> Result<()> {
    for fleet in extent.fleets() {
        let instances = fleet.instances;
        let scene = |software, figures: &mut Figures| run(software, &fleet, extent, figures);
        let [ours, theirs, frr] = extent.beside_all(instances == 1, scene)?;
        let scene = format!("{fleet} as Master");
        let row =
            |measure: &str, ours: &Samples, theirs: &Samples| Row::new(&scene, measure, ours.clone(), theirs.clone());
        let start = row("exec to last bind, ms", &ours.start, &theirs.start);
        let cost = row("CPU an advert, µs", &ours.cost, &theirs.cost);
        let memory = row("peak RSS, MiB", &ours.memory, &theirs.memory);
        let renewals = row("leases, % of a core", &ours.renewals, &Samples::default());
        match instances {
            1 => show(start.at_most(50.0)),
            4000 => show(start.at_most(1000.0)),
            _ => show(start),
        }
        show(cost.at_most_times(if instances == 4000 { 0.33 } else { 0.5 }));
        show(if matches!(instances, 1 | 4000) { memory.at_most_times(0.45) } else { memory });
        show(if instances == 4000 { renewals.at_most(0.5) } else { renewals });
        if instances <= FEW {
            show(row("other packets a second", &ours.others, &theirs.others));
        }
        show(row("SIGTERM to end, ms", &ours.stop, &theirs.stop));
        if frr.cost.runs() > 0 {
            let scene = format!("{scene}, beside FRR's vrrpd");
            show(Row::new(&scene, "CPU an advert, µs", ours.cost, frr.cost));
            show(Row::new(&scene, "peak RSS, MiB", ours.memory, frr.memory));
        }
    }
    Ok(())
}
