//! The Master of a fleet at the far end, the same for every Backup that is measured: it sends what is due, and dies between two rounds.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, anyhow};
use socket2::Socket;

use super::fleet::{Fleet, Member};
use super::packet::frame;
use super::site::{Site, port_name};

/// More than the Backup's 100.
const PRIORITY: u8 = 200;
/// At which end of a link it is.
const HOST: u8 = 2;

/// A Master under way, on a thread of its own. It ends on drop.
#[derive(Debug)]
pub(super) struct Sender {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    thread: Option<JoinHandle<Result<BTreeMap<IpAddr, SystemTime>>>>,
}

impl Sender {
    /// Advertises every instance of a fleet once an interval. All of them take `spread` of the interval.
    pub(super) fn start(site: &Site, fleet: &Fleet, spread: Duration) -> Result<Self> {
        let sockets: Vec<Socket> =
            (0..fleet.links()).map(|link| site.right.frame_sender(&port_name(link))).collect::<Result<_>>()?;
        // One after the other on different links, as independent Masters would.
        let mut members: Vec<Member> = fleet.members().collect();
        members.sort_by_key(|member| (member.vrid, member.link));
        let frames: Vec<(Member, Vec<u8>)> =
            members.into_iter().map(|member| (member, frame(&member, HOST, PRIORITY, fleet.interval))).collect();
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, count, interval) = (Arc::clone(&stop), Arc::clone(&sent), fleet.interval);
        let thread = thread::spawn(move || {
            let start = Instant::now();
            let mut last = BTreeMap::new();
            let pace = spread / u32::try_from(frames.len())?;
            for round in 0.. {
                if stopped.load(Ordering::Relaxed) {
                    return Ok(last);
                }
                let begin = start + interval * round;
                for (place, (member, frame)) in (0..).zip(&frames) {
                    let due = begin + pace * place;
                    let now = Instant::now();
                    if now < due {
                        // A pace, not a wait for something.
                        thread::sleep(due - now);
                    }
                    sockets[member.link].send(frame)?;
                    last.insert(member.address, SystemTime::now());
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
            Ok(last)
        });
        Ok(Self { stop, sent, thread: Some(thread) })
    }

    /// How many advertisements it has sent.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Lets it die, and tells when it last advertised each address.
    ///
    /// # Errors
    /// It could not send.
    pub(super) fn stop(mut self) -> Result<BTreeMap<IpAddr, SystemTime>> {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().context("it dies once")?;
        thread.join().map_err(|_| anyhow!("the sender of advertisements panicked"))?
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Its panic was printed when it happened.
            let _ended = thread.join();
        }
    }
}
