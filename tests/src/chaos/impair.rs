//! A cable between a host and its switch that loses, doubles, delays and reorders frames: two taps and a thread between them.
//!
//! netem would do the same, but not every kernel has it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::libc;
use nix::poll::{PollFd, PollFlags};
use nix::sys::time::TimeSpec;

use super::dice::Dice;
use super::plan::Weather;
use crate::switch::Switch;

/// `TUNSETIFF` of linux/if_tun.h, which is not among libc's.
const TUNSETIFF: libc::c_ulong = 0x4004_54ca;

/// The cables of some hosts. They stay in while this lives.
#[derive(Debug)]
pub(super) struct Cables {
    weather: Arc<Mutex<Weather>>,
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Cables {
    /// Puts a cable in between the switch and the port `HOST-eth0` of each host.
    pub(super) fn new(switch: &Switch, hosts: &[&str], seed: u64) -> Result<Self> {
        let mut taps = Vec::new();
        for host in hosts {
            // Ports are known by the hyphen in their names: what passes these is not captured a second time.
            let (bridge, near, far) = (format!("b_{host}"), near(host), far(host));
            switch.ip(&format!("link add {bridge} type bridge mcast_snooping 0 stp_state 0 forward_delay 0"))?;
            for (tap, master) in [(&near, bridge.as_str()), (&far, "bridge0")] {
                taps.push(switch.network().enter(|| tap_named(tap))?);
                switch.ip(&format!("link set {tap} master {master} up"))?;
            }
            switch.ip(&cable(host))?;
            switch.ip(&format!("link set {bridge} up"))?;
        }
        let weather = Arc::new(Mutex::new(Weather::default()));
        let (stopped, stop) = std::io::pipe()?;
        let (shared, dice) = (Arc::clone(&weather), Dice::new(seed));
        let thread =
            thread::spawn(move || Carrier { taps, dice, late: BinaryHeap::new(), carried: 0 }.run(&shared, &stopped));
        Ok(Self { weather, stop: Some(stop), thread: Some(thread) })
    }

    /// Changes what happens to frames from now on.
    pub(super) fn set(&self, weather: Weather) {
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }
}

/// What `ip` is told to put a host's port at the near end of its cable.
pub(super) fn cable(host: &str) -> String {
    format!("link set {host}-eth0 master b_{host}")
}

/// The tap on the host's side of a cable.
fn near(host: &str) -> String {
    format!("n_{host}")
}

/// The tap on the switch's side of a cable, by which rules of the switch know the host.
pub(super) fn far(host: &str) -> String {
    format!("f_{host}")
}

impl Drop for Cables {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(Ok(Err(error))) = self.thread.take().map(JoinHandle::join) {
            eprintln!("lab: the cables ended early: {error:#}");
        }
    }
}

/// Makes a tap in the calling thread's namespace.
fn tap_named(name: &str) -> Result<File> {
    let tap = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open("/dev/net/tun");
    let tap = tap.context("the kernel has no taps")?;
    // SAFETY: ifreq is a plain C struct, for which zeros are valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_TAP | libc::IFF_NO_PI)?;
    // SAFETY: the descriptor is open, and the kernel reads and writes one ifreq, which lives across the call.
    let result = unsafe { libc::ioctl(tap.as_raw_fd(), TUNSETIFF, &raw mut request) };
    nix::errno::Errno::result(result).with_context(|| format!("cannot make the tap {name}"))?;
    Ok(tap)
}

/// A frame that is due later. They are ordered by that, and then as they came.
type Late = Reverse<(Instant, u64, usize, Vec<u8>)>;

/// Carries frames between each two taps that follow one another.
struct Carrier {
    taps: Vec<File>,
    dice: Dice,
    late: BinaryHeap<Late>,
    carried: u64,
}

impl Carrier {
    fn run(mut self, weather: &Mutex<Weather>, stopped: &PipeReader) -> Result<()> {
        let mut frame = vec![0; 65536];
        loop {
            let fds = self.taps.iter().map(AsFd::as_fd).chain([stopped.as_fd()]);
            let mut ready: Vec<PollFd> = fds.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
            let timeout = self
                .late
                .peek()
                .map(|Reverse((due, ..))| TimeSpec::from(due.saturating_duration_since(Instant::now())));
            nix::poll::ppoll(&mut ready, timeout, None)?;
            if ready.last().is_some_and(|stop| stop.any().unwrap_or(false)) {
                return Ok(());
            }
            let weather = *weather.lock().unwrap_or_else(PoisonError::into_inner);
            for place in 0..self.taps.len() {
                loop {
                    match self.taps[place].read(&mut frame) {
                        Ok(length) => self.take(place ^ 1, &frame[..length], weather),
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        // A tap that was just made is not up yet.
                        Err(error) if error.raw_os_error() == Some(libc::EIO) => break,
                        Err(error) => return Err(error.into()),
                    }
                }
            }
            self.deliver();
        }
    }

    fn take(&mut self, to: usize, frame: &[u8], weather: Weather) {
        if self.dice.percent(weather.loss) {
            return;
        }
        let copies = if self.dice.percent(weather.double) { 2 } else { 1 };
        for _ in 0..copies {
            let delay = weather.delay + self.dice.between(0, weather.jitter);
            self.carried += 1;
            let due = Instant::now() + Duration::from_millis(delay);
            self.late.push(Reverse((due, self.carried, to, frame.to_vec())));
        }
    }

    fn deliver(&mut self) {
        let now = Instant::now();
        while self.late.peek().is_some_and(|Reverse((due, ..))| *due <= now) {
            let Some(Reverse((_, _, to, frame))) = self.late.pop() else { return };
            // What a full queue or an unplugged port does not take is lost, as on any cable.
            let _lost = self.taps[to].write(&frame);
        }
    }
}
