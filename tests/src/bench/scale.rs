//! Thousands of instances as a user meets them: how long the tool and the bus take to answer, and how much is logged.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::fleet::{Fleet, link_name};
use super::program::{Program, Software};
use super::row::{Row, Samples};
use super::site::Site;
use super::{Extent, millis, tell};
use crate::dbus::{Call, Client};
use crate::process::Output;

/// How often each question is asked.
const TIMES: usize = 5;
/// How long after a link has gone its lines are counted, and after it has come: longer than an election takes.
const GONE: Duration = Duration::from_secs(2);
const COME: Duration = Duration::from_millis(5500);
/// How many tables a file has that is full of problems, of how many lines, and how many of those are wrong.
const TABLES: usize = 8000;
const LINES: usize = 5;
const WRONG: usize = 4;

#[derive(Debug, Default)]
struct Figures {
    list: Samples,
    status: Samples,
    objects: Samples,
    reload: Samples,
    check: Samples,
    started: Samples,
    link_down: Samples,
    link_up: Samples,
    all_down: Samples,
}

/// How long something takes, in milliseconds, and what it comes to.
fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let start = Instant::now();
    let done = work()?;
    Ok((millis(start.elapsed()), done))
}

/// How many instances `vrrpadm list` says to be in a state.
fn count(output: Output, state: &str) -> Result<usize> {
    Ok(output.ok()?.lines().filter(|line| line.ends_with(state)).count())
}

/// Asks for everything, again and again.
fn ask(program: &Program, fleet: &Fleet, figures: &mut Figures) -> Result<()> {
    let mut client = Client::connect(program.bus()?.address(), 0)?;
    let objects =
        Call::new("org.vrrpd.Vrrp1", "/org/vrrpd/Vrrp1", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects");
    for _ in 0..TIMES {
        let (took, list) = timed(|| program.vrrpadm(&["list"]))?;
        figures.list.push(took);
        ensure!(count(list, "Master")? == fleet.instances, "vrrpadm list does not tell of {fleet} as Master");
        let (took, status) = timed(|| program.vrrpadm(&["status"]))?;
        figures.status.push(took);
        ensure!(status.ok()?.lines().count() >= fleet.instances, "vrrpadm status does not tell of {fleet}");
        let (took, reply) = timed(|| client.call(&objects))?;
        figures.objects.push(took);
        // Each object has at least its path and some properties.
        ensure!(reply.length > fleet.instances * 100, "{} octets about {fleet}", reply.length);
        reply.value()?;
    }
    Ok(())
}

/// Checks a file each line of which is wrong, but for those that say whose they are.
fn check(program: &Program, site: &Site, tables: usize, figures: &mut Figures) -> Result<()> {
    let file = site.left.directory().join("problems.toml");
    let table = |number| {
        format!("[instance.b{number}]\ninterface = 5\nvrid = 999\naddresses = [\"nowhere\"]\ncolour = \"red\"\n")
    };
    fs::write(&file, (0..tables).map(table).collect::<String>())?;
    for _ in 0..TIMES {
        let (took, output) = timed(|| program.vrrpadm(&["check", &file.display().to_string()]))?;
        figures.check.push(took);
        ensure!(output.code == Some(1), "vrrpadm check ended with {:?}: {}", output.code, output.stderr);
        let told = output.stdout.lines().filter(|line| line.contains("problem:")).count();
        ensure!(told >= tables * WRONG, "{told} of {} problems were named", tables * WRONG);
    }
    Ok(())
}

/// Sets links down or up, and tells how many lines are logged for that, and how many instances are in a state afterwards.
fn logged(site: &Site, program: &Program, links: usize, up: bool) -> Result<(f64, usize)> {
    let (way, state, time) = if up { ("up", "Master", COME) } else { ("down", "Fault", GONE) };
    let before = program.lines();
    for link in 0..links {
        site.left.sh(&format!("ip link set {} {way}", link_name(link)))?;
    }
    // What is logged in this time is what is measured.
    thread::sleep(time);
    let lines = program.lines() - before;
    Ok((lines as f64, count(program.vrrpadm(&["list"])?, state)?))
}

fn run(fleet: &Fleet, extent: &Extent, figures: &mut Figures) -> Result<()> {
    tell(&format!("scale: {fleet}"));
    let site = Site::new("scale", fleet, extent)?;
    let wire = site.capture()?;
    let program = Program::start(&site.left, Software::Ours, fleet)?;
    site.wait_masters(fleet, &wire)?;
    drop(wire);
    thread::sleep(extent.settling());
    figures.started.push(program.lines() as f64);
    ask(&program, fleet, figures)?;
    check(&program, &site, extent.size(TABLES), figures)?;
    figures.reload.push(timed(|| program.reload(&Fleet { more: Some([10, 250, 0, 1].into()), ..*fleet }))?.0);
    let first = fleet.members().filter(|member| member.link == 0).count();
    let (lines, fault) = logged(&site, &program, 1, false)?;
    ensure!(fault == first, "{fault} of the {first} instances of a link are in Fault without it");
    figures.link_down.push(lines);
    let (lines, master) = logged(&site, &program, 1, true)?;
    ensure!(master == fleet.instances, "{master} of {fleet} are Master again");
    figures.link_up.push(lines);
    let (lines, fault) = logged(&site, &program, fleet.links(), false)?;
    ensure!(fault == fleet.instances, "{fault} of {fleet} are in Fault without a link");
    figures.all_down.push(lines);
    Ok(())
}

/// Measures 4000 of them.
pub(super) fn measure(extent: &Extent, show: &mut dyn FnMut(Row)) -> Result<()> {
    let fleet = Fleet::new(extent.size(4000));
    let mut figures = Figures::default();
    for _ in 0..extent.runs(1) {
        run(&fleet, extent, &mut figures)?;
    }
    let scene = format!("{fleet} as Master");
    show(Row::alone(&scene, "vrrpadm list, ms", figures.list).at_most(100.0));
    show(Row::alone(&scene, "vrrpadm status, ms", figures.status).at_most(100.0));
    show(Row::alone(&scene, "GetManagedObjects, ms", figures.objects).at_most(200.0));
    let reload = format!("{scene}, 1 is changed");
    show(Row::alone(&reload, "vrrpadm reload, ms", figures.reload));
    let scene = format!("{} lines, {} of them wrong", extent.size(TABLES) * LINES, extent.size(TABLES) * WRONG);
    show(Row::alone(&scene, "vrrpadm check, ms", figures.check).at_most(200.0));
    let scene = format!("lines logged, {fleet}, links: {}", fleet.links());
    show(Row::alone(&scene, "start, until Master", figures.started));
    show(Row::alone(&scene, "a link goes down", figures.link_down).at_most(1.0));
    show(Row::alone(&scene, "it is up again", figures.link_up));
    show(Row::alone(&scene, "all links go down", figures.all_down).at_most(fleet.links() as f64));
    Ok(())
}
