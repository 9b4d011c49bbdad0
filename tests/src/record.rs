//! `cargo lab record`: what is seen on the terminals of two hosts, as pictures for the documentation.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::container::Container;
use crate::image::Release;
use crate::lab::Lab;
use crate::pair::{LONG, VRID, installed, wait_instance};
use crate::workspace;

mod drawing;
mod outline;
mod palette;
mod play;
mod screen;

use drawing::Frame;
pub use outline::outline;
use play::Stage;

/// What the pictures' hosts are told, as the README tells its readers.
const CREATE: &str = "create web --interface eth0 --vrid 51 --address 192.0.2.10/24 --protect nginx.service";

/// How the pictures are made.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where they are put.
    #[arg(long, value_name = "DIR", default_value_os_t = workspace::root().join("docs/pictures"))]
    out: PathBuf,
}

/// A picture of terminals.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The name of its file.
    pub name: &'static str,
    /// What is in it.
    pub svg: String,
}

/// Boots two hosts, makes the pictures and writes them.
///
/// # Errors
/// The project does not build, a host does not boot or do as the story goes, or the directory cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let lab = Lab::new("record")?;
    let wire = lab.switch().capture()?;
    let mut left = installed(&lab, "left", Release::Debian12)?;
    let mut right = installed(&lab, "right", Release::Debian13)?;
    for host in [&mut left, &mut right] {
        host.boot()?;
        host.vrrpadm(CREATE)?.ok()?;
        // Of two with the same priority, the first is Master.
        wire.expect(LONG, "left is Master", |frame| frame.from("left") && frame.advertises(VRID))?;
    }
    fs::create_dir_all(&options.out)?;
    for picture in pictures(&left, &right)? {
        let file = options.out.join(picture.name);
        fs::write(&file, picture.svg).with_context(|| format!("cannot write {}", file.display()))?;
        println!("Made {}.", file.display());
    }
    Ok(())
}

/// Plays the story on two hosts that run the instance `web` for nginx.service, and takes the pictures.
///
/// # Errors
/// A terminal does not show what the story wants, or `master` is not Master.
pub fn pictures(master: &Container, backup: &Container) -> Result<Vec<Picture>> {
    Ok(vec![session(master, backup)?, top(master)?])
}

/// A service is stopped, another host serves, and who asks is told why.
fn session(master: &Container, backup: &Container) -> Result<Picture> {
    let heights = [21, 8];
    let mut stage = Stage::open(&[(master, heights[0]), (backup, heights[1])])?;
    stage.rest(Duration::from_secs(1));
    stage.run(0, "vrrpadm status")?;
    stage.rest(Duration::from_secs(4));
    stage.run(0, "systemctl stop nginx")?;
    wait_instance(backup, "web", "master", "")?;
    stage.rest(Duration::from_secs(1));
    stage.run(1, "vrrpadm status")?;
    stage.rest(Duration::from_secs(5));
    stage.run(0, "vrrpadm why web")?;
    stage.rest(Duration::from_secs(12));
    let frames = [frame(master, heights[0]), frame(backup, heights[1])];
    let svg = drawing::draw("A protected service is stopped, and the other host serves", &frames, &stage);
    Ok(Picture { name: "session.svg", svg })
}

/// The full screen of the host whose service was stopped, once it runs again.
fn top(host: &Container) -> Result<Picture> {
    host.systemctl("start nginx")?;
    wait_instance(host, "web", "backup", "")?;
    let mut stage = Stage::of(host, 24, &["vrrpadm", "top"])?;
    stage.see(0, "/s in", |screen| screen.contains("/s in") && !screen.contains(" 0.0/s in"))?;
    let svg = drawing::draw("vrrpadm top", &[frame(host, 24)], &stage);
    Ok(Picture { name: "top.svg", svg })
}

fn frame(host: &Container, height: u16) -> Frame {
    Frame { title: format!("{} (Debian {})", host.name(), host.release().number()), height }
}
