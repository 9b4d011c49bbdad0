//! Web requests, each over a connection of its own, and what became of each.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Socket, Type};

use crate::host::Host;

/// How many requests may be under way at once.
pub const AT_ONCE: usize = 4;
/// A request that takes longer counts as timed out. It is less than the second after which TCP tries again, so that no lost
/// packet is overlooked.
const PATIENCE: Duration = Duration::from_millis(900);

/// Requests that go on until [`Load::stop`], or are given up on drop.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    workers: Vec<JoinHandle<Result<Requests>>>,
}

/// What became of the requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Answers with 200 by their content.
    pub answered_by: BTreeMap<String, usize>,
    /// Refused: nothing listens there.
    pub refused: usize,
    /// Without an answer in time.
    pub timed_out: usize,
    /// Cut off after the connection was there, or answered with something else.
    pub reset: usize,
    /// The longest time that an answer took.
    pub slowest: Duration,
    /// When each answer with 200 had come.
    pub answered: Vec<Instant>,
}

impl Host {
    /// Gets `/` from port 80 of `address` over and over, each time over a new connection from `source`, and rests for `pause` after
    /// each.
    ///
    /// A host that was left by a connection keeps its half of it for minutes, and answers a new one from the same port with
    /// its sequence number. So a source is not to be used for more connections than there are ports (some 14 000).
    pub fn load(&self, source: IpAddr, address: IpAddr, pause: Duration) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let target = SocketAddr::new(address, 80);
        let work = |_| {
            let (stopped, network) = (Arc::clone(&stop), Arc::clone(self.network()));
            thread::spawn(move || {
                network.join_thread()?;
                Ok(ask_until(&stopped, source, target, pause))
            })
        };
        let workers = (0..AT_ONCE).map(work).collect();
        Load { stop, workers }
    }
}

impl Load {
    /// Ends the requests and tells what became of them.
    ///
    /// # Errors
    /// The client's network cannot be entered.
    pub fn stop(mut self) -> Result<Requests> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Requests::default();
        for worker in self.workers.drain(..) {
            all.add(worker.join().map_err(|_| anyhow!("a thread of the load panicked"))??);
        }
        Ok(all)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Requests {
    /// How many there were.
    pub fn sent(&self) -> usize {
        self.answered_by.values().sum::<usize>() + self.refused + self.timed_out + self.reset
    }

    /// The longest time between two answers with 200.
    pub fn longest_silence(&self) -> Duration {
        let mut answered = self.answered.clone();
        answered.sort();
        answered.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(Duration::MAX)
    }

    fn add(&mut self, other: Self) {
        self.answered.extend(other.answered);
        for (name, count) in other.answered_by {
            *self.answered_by.entry(name).or_default() += count;
        }
        self.refused += other.refused;
        self.timed_out += other.timed_out;
        self.reset += other.reset;
        self.slowest = self.slowest.max(other.slowest);
    }

    fn count(&mut self, outcome: io::Result<String>, took: Duration) {
        match outcome {
            Ok(name) => {
                *self.answered_by.entry(name).or_default() += 1;
                self.slowest = self.slowest.max(took);
                self.answered.push(Instant::now());
            }
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => self.refused += 1,
            Err(error) if is_silence(error.kind()) => self.timed_out += 1,
            Err(_) => self.reset += 1,
        }
    }
}

/// Nobody answered: TCP, or ARP for the host, or in time.
fn is_silence(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable
    )
}

fn ask_until(stopped: &AtomicBool, source: IpAddr, target: SocketAddr, pause: Duration) -> Requests {
    let mut requests = Requests::default();
    while !stopped.load(Ordering::Relaxed) {
        let start = Instant::now();
        let outcome = get(source, target);
        requests.count(outcome, start.elapsed());
        thread::sleep(pause);
    }
    requests
}

fn get(source: IpAddr, target: SocketAddr) -> io::Result<String> {
    let socket = Socket::new(Domain::for_address(target), Type::STREAM, None)?;
    // Which port, is chosen when it is known where to: else there are too few.
    setsockopt(&socket, sockopt::IpBindAddressNoPort, &true)?;
    socket.bind(&SocketAddr::new(source, 0).into())?;
    socket.connect_timeout(&target.into(), PATIENCE)?;
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    match reply.split_once("\r\n\r\n") {
        Some((head, body)) if head.contains(" 200 ") => Ok(body.trim().to_owned()),
        _ => Err(io::Error::other("no page")),
    }
}
