//! A flood: frames that somebody sends as fast as a broken box or an attacker would, and what it does to a daemon.

use std::io::{IoSlice, PipeWriter};
use std::os::fd::{AsFd, AsRawFd};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{LinkAddr, MsgFlags, MultiHeaders, sendmmsg};

use crate::host::Host;

mod frames;
mod measure;

pub use frames::{Kind, frames};
pub(crate) use frames::{checksum, packet};
pub use measure::{Measured, Options, measure};

/// How often a burst is sent, in milliseconds.
const TICK: u8 = 1;
/// The most frames in one call. Who is late by more than this does not catch up: that would be another rate.
const MOST: usize = 1024;

/// A flood under way, on a thread of its own. It ends on drop.
#[derive(Debug)]
pub struct Flood {
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<Result<(u64, Duration)>>>,
}

impl Flood {
    /// Sends these frames by a NIC of a host, one after the other and then from the first on, so many a second.
    ///
    /// # Errors
    /// There is no such NIC.
    pub fn start(host: &Host, nic: &str, frames: Vec<Vec<u8>>, rate: u32) -> Result<Self> {
        let socket = host.frame_sender(nic)?;
        let (stopped, stop) = std::io::pipe()?;
        let thread = thread::spawn(move || {
            let begin = Instant::now();
            let mut sent = 0_u64;
            let mut next = frames.iter().cycle();
            loop {
                let mut ends = [PollFd::new(stopped.as_fd(), PollFlags::POLLIN)];
                poll(&mut ends, PollTimeout::from(TICK))?;
                if ends[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP)) {
                    return Ok((sent, begin.elapsed()));
                }
                let wanted = (begin.elapsed().as_secs_f64() * f64::from(rate)) as u64;
                let count = usize::try_from(wanted.saturating_sub(sent)).unwrap_or(MOST).min(MOST);
                let burst: Vec<[IoSlice<'_>; 1]> = next.by_ref().take(count).map(|one| [IoSlice::new(one)]).collect();
                sent += send(socket.as_raw_fd(), &burst)?;
            }
        });
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }

    /// Ends it, and tells how many frames were sent in how long.
    ///
    /// # Errors
    /// The NIC went away meanwhile.
    pub fn stop(mut self) -> Result<(u64, Duration)> {
        drop(self.stop.take());
        let thread = self.thread.take().context("it is stopped once")?;
        thread.join().map_err(|_| anyhow!("the sender of the flood panicked"))?
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Its panic was printed when it happened.
            let _ended = thread.join();
        }
    }
}

/// Sends a burst, and tells how much of it the link took.
fn send(socket: std::os::fd::RawFd, burst: &[[IoSlice<'_>; 1]]) -> Result<u64> {
    if burst.is_empty() {
        return Ok(0);
    }
    let mut headers = MultiHeaders::<LinkAddr>::preallocate(burst.len(), None);
    let nobody = vec![None; burst.len()];
    match sendmmsg(socket, &mut headers, burst, nobody, [], MsgFlags::empty()) {
        Ok(results) => Ok(results.count() as u64),
        Err(Errno::ENOBUFS | Errno::EAGAIN | Errno::EINTR) => Ok(0),
        Err(error) => Err(error.into()),
    }
}
