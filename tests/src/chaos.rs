//! `cargo lab chaos`: hosts that suffer faults from a seed, and what has to hold of them all the while.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::install::Binaries;

mod check;
mod dice;
mod fault;
mod impair;
mod node;
mod plan;
mod scene;

use plan::{Fault, NAMES, Plan, Step, Whom};
use scene::Scene;

/// How often services try to bind while a fault lasts.
const PROBE: Duration = Duration::from_millis(100);
/// How long a busy machine may take to put a held address back.
const REPAIR: Duration = Duration::from_millis(200);

/// How long it takes, and whence it comes.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// The first round's seed; the rounds after it have the numbers that follow. By the clock if there is none.
    #[arg(long)]
    seed: Option<u64>,
    /// How long to go on beginning rounds.
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Containers with systemd and a protected service instead of network namespaces; they reboot and lose their power, too.
    #[arg(long)]
    systemd: bool,
    /// Only so many steps of each round.
    #[arg(long, value_name = "N")]
    steps: Option<usize>,
    /// Only so many rounds, however long they take.
    #[arg(long, value_name = "N")]
    rounds: Option<u64>,
}

impl Options {
    /// One round with a seed, and at most so many steps of it.
    pub const fn round(seed: u64, steps: usize) -> Self {
        Self { seed: Some(seed), minutes: 0, systemd: false, steps: Some(steps), rounds: Some(1) }
    }
}

/// Runs rounds until the time is over or something did not hold; tells whether all of it held.
///
/// # Errors
/// The lab cannot be built.
pub fn run(options: &Options) -> Result<bool> {
    Binaries::for_tests()?;
    let by_clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let first = options.seed.unwrap_or_else(by_clock);
    let end = Instant::now() + Duration::from_secs(options.minutes * 60);
    let (mut rounds, mut steps) = (0, 0);
    loop {
        let seed = first + rounds;
        match round(seed, options) {
            Ok(done) => steps += done,
            Err(error) => {
                let how = if options.systemd { " --systemd" } else { "" };
                println!("\nFAILED: {error:#}\nthe same again: cargo lab chaos --seed {seed} --rounds 1{how}");
                return Ok(false);
            }
        }
        rounds += 1;
        let enough = options.rounds.map_or_else(|| Instant::now() >= end, |wanted| rounds >= wanted);
        if enough {
            break;
        }
    }
    println!("\nheld through {steps} faults in {rounds} rounds, seeds {first} to {}", first + rounds - 1);
    Ok(true)
}

/// Runs a seed's round; returns how many steps it had.
fn round(seed: u64, options: &Options) -> Result<usize> {
    let plan = Plan::new(seed, options.systemd);
    println!(
        "\nseed {seed}: priorities {:?}, {} MAC, {}, an advertisement every {:?}",
        plan.priorities,
        if plan.virtual_mac { "virtual" } else { "interface" },
        if plan.preempt { "the better host preempts" } else { "nobody preempts" },
        plan.interval
    );
    let steps: Vec<Step> = plan.steps.iter().copied().take(options.steps.unwrap_or(usize::MAX)).collect();
    let mut scene = Scene::new(plan, seed)?;
    let start = Instant::now();
    let mut master = scene.served().context("at the start")?;
    println!("  {:>6.1} s  {} is Master", start.elapsed().as_secs_f64(), NAMES[master]);
    for (number, step) in steps.iter().enumerate() {
        let context = || format!("seed {seed}, step {}; logs and capture: {}", number + 1, scene_logs());
        master = suffer(&mut scene, *step, number + 1, master, start).with_context(context)?;
    }
    stop(&mut scene).with_context(|| format!("seed {seed}, when all were stopped"))?;
    Ok(steps.len())
}

fn scene_logs() -> String {
    crate::workspace::lab_directory().join("logs/chaos").display().to_string()
}

/// Lets one step happen, and checks what has to hold; returns who is Master then.
fn suffer(scene: &mut Scene, step: Step, number: usize, master: usize, start: Instant) -> Result<usize> {
    let host = match step.whom {
        Whom::Master => master,
        Whom::Backup => usize::from(master == 0),
    };
    let whom = if matches!(step.fault, Fault::Weather(_)) {
        "switch".into()
    } else {
        format!("{} ({})", NAMES[host], if host == master { "Master" } else { "Backup" })
    };
    let lasting =
        if step.lasting.is_zero() { String::new() } else { format!(" ({:.1} s)", step.lasting.as_secs_f64()) };
    println!("  {:>6.1} s  {number}. {whom}: {}{lasting}", start.elapsed().as_secs_f64(), step.fault);
    let steady = step.fault.moves_nobody(scene.plan.interval) && scene.unrivalled(master);
    let from = SystemTime::now();
    step.fault.strike(scene, host)?;
    if matches!(step.fault, Fault::RemoveHolds) {
        // Until they are put back nothing can bind, which is what the fault is about.
        thread::sleep(REPAIR);
    }
    let over = Instant::now() + step.lasting;
    loop {
        scene.bindable()?;
        let left = over.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        thread::sleep(left.min(PROBE));
    }
    step.fault.end(scene, host)?;
    let before = NAMES[master];
    let mut master = scene.served()?;
    scene.bindable()?;
    scene.alive()?;
    let mut told = Vec::new();
    for ipv4 in [true, false] {
        let adverts = scene.adverts(from, ipv4);
        let family = if ipv4 { "IPv4" } else { "IPv6" };
        let other = adverts.iter().find(|advert| steady && (advert.host != before || advert.resigns));
        ensure!(other.is_none(), "{family}: {before} had to stay Master without a word, but there was {other:?}");
        let (gap, since) = check::longest_gap(&adverts, from, SystemTime::now());
        let bound = scene.gap_bound();
        let at = since.duration_since(from).unwrap_or_default();
        ensure!(gap <= bound, "{family}: nobody advertised for {gap:?} from {at:?} on, {bound:?} is the bound");
        let (contest, hosts) = check::longest_contest(&adverts, scene.plan.interval);
        let bound = scene.contest_bound();
        ensure!(
            contest <= bound || step.fault.splits(),
            "{family}: {hosts:?} were Masters at once for {contest:?}, {bound:?} is the bound"
        );
        told.push(format!("{family} silent {} ms, two Masters {} ms", gap.as_millis(), contest.as_millis()));
    }
    println!("            {} is Master; {}", NAMES[master], told.join("; "));
    if let Some((took, ill)) = scene.recover()? {
        println!("            after {:.1} s more no host is in Fault ({ill})", took.as_secs_f64());
        master = scene.served()?;
    }
    Ok(master)
}

/// Stops all of them, and looks at what they leave.
fn stop(scene: &mut Scene) -> Result<()> {
    for node in &mut scene.nodes {
        node.stopped = true;
        node.stop()?;
        node.clean()?;
    }
    Ok(())
}
