//! A stream of numbered datagrams, and what became of each.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use nix::poll::{PollFd, PollFlags};
use nix::sys::time::TimeSpec;

use crate::host::{ECHO_PORT, Host};
use crate::namespace::Namespace;

/// How long answers may take after the last datagram was sent.
const LINGER: Duration = Duration::from_millis(200);

/// A running stream. It runs until [`Flow::stop`], or is given up on drop.
#[derive(Debug)]
pub struct Flow {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<Report>>>,
}

/// What became of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Datagrams sent.
    pub sent: usize,
    /// Datagrams without an answer.
    pub lost: usize,
    /// The longest time between two datagrams sent in a row of unanswered ones, and one interval.
    pub longest_silence: Duration,
    /// Answers by host.
    pub answered_by: BTreeMap<String, usize>,
    /// The hosts in the order in which they began to answer.
    pub turns: Vec<String>,
}

impl Host {
    /// Sends a datagram to the [echo service](crate::Echo) at `address` every `interval`, until [`Flow::stop`].
    ///
    /// # Errors
    /// No socket can be made.
    pub fn flow(&self, address: IpAddr, interval: Duration) -> Result<Flow> {
        Flow::start(self.network(), address, interval)
    }
}

impl Flow {
    fn start(network: &Namespace, address: IpAddr, interval: Duration) -> Result<Self> {
        let socket = network.enter(|| {
            let socket = UdpSocket::bind(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)))?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        })?;
        let address = match address {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        let target = SocketAddr::from((address, ECHO_PORT));
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || Stream::new(socket, target, interval).run(&stopped));
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Ends the stream and tells what became of it.
    ///
    /// # Errors
    /// The client's network is unreachable.
    pub fn stop(mut self) -> Result<Report> {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().context("it runs")?;
        thread.join().map_err(|_| anyhow!("the stream's thread panicked"))?
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

struct Stream {
    socket: UdpSocket,
    target: SocketAddr,
    interval: Duration,
    /// When each datagram was sent.
    sent: Vec<Instant>,
    answered: Vec<bool>,
    report: Report,
}

impl Stream {
    fn new(socket: UdpSocket, target: SocketAddr, interval: Duration) -> Self {
        let report = Report::default();
        Self { socket, target, interval, sent: Vec::new(), answered: Vec::new(), report }
    }

    fn run(mut self, stopped: &AtomicBool) -> Result<Report> {
        let mut next = Instant::now();
        while !stopped.load(Ordering::Relaxed) {
            self.send();
            next += self.interval;
            self.receive_until(next)?;
        }
        self.receive_until(Instant::now() + LINGER)?;
        Ok(self.finish())
    }

    fn send(&mut self) {
        let number = u32::try_from(self.sent.len()).unwrap_or(u32::MAX);
        self.sent.push(Instant::now());
        self.answered.push(false);
        // Unreachable for a while is what the stream is there to count.
        let _lost = self.socket.send_to(&number.to_be_bytes(), self.target);
    }

    fn receive_until(&mut self, end: Instant) -> Result<()> {
        loop {
            self.receive();
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let mut ready = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
            // ppoll, since poll's milliseconds are longer than an interval.
            nix::poll::ppoll(&mut ready, Some(TimeSpec::from(left)), None)?;
        }
    }

    fn receive(&mut self) {
        let mut answer = [0; 128];
        while let Ok(length) = self.socket.recv(&mut answer) {
            let Some((number, name)) = answer[..length].split_first_chunk::<4>() else {
                continue;
            };
            let number = usize::try_from(u32::from_be_bytes(*number)).unwrap_or(usize::MAX);
            if let Some(answered) = self.answered.get_mut(number) {
                *answered = true;
            }
            let name = String::from_utf8_lossy(name).into_owned();
            if self.report.turns.last() != Some(&name) {
                self.report.turns.push(name.clone());
            }
            *self.report.answered_by.entry(name).or_default() += 1;
        }
    }

    fn finish(mut self) -> Report {
        self.report.sent = self.sent.len();
        self.report.lost = self.answered.iter().filter(|answered| !**answered).count();
        let mut first_lost = None;
        for (at, answered) in self.sent.iter().zip(&self.answered) {
            if *answered {
                first_lost = None;
            } else {
                let since = *first_lost.get_or_insert(*at);
                let silence = at.duration_since(since) + self.interval;
                self.report.longest_silence = self.report.longest_silence.max(silence);
            }
        }
        self.report
    }
}
