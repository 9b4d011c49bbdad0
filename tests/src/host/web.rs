//! A small web service which binds exactly the addresses that it is told, as `listen ADDRESS:80` of nginx does.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::Host;

const PORT: u16 = 80;
const PATIENCE: Duration = Duration::from_secs(5);

/// The running service, which answers every request with the host's name; it ends on drop.
#[derive(Debug)]
pub struct Web {
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Binds port 80 of each address, without any socket option, and serves there.
    ///
    /// # Errors
    /// The kernel refuses, as it does where the host does not have an address.
    pub fn web(&self, addresses: &[IpAddr]) -> Result<Web> {
        let bind = |address: &IpAddr| {
            let bound = TcpListener::bind((*address, PORT));
            bound.with_context(|| format!("cannot bind {address}"))
        };
        let listeners = self.network().enter(|| addresses.iter().map(bind).collect::<Result<Vec<_>>>())?;
        let (stopped, stop) = std::io::pipe()?;
        let name = self.name().to_owned();
        let thread = thread::spawn(move || serve(&listeners, &stopped, &name));
        Ok(Web { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Its panic was printed; the clients have missed its answers.
            let _panic = thread.join();
        }
    }
}

/// Answers each client on a thread of its own: one whose packets went elsewhere, when an address moved, keeps nobody waiting.
fn serve(listeners: &[TcpListener], stopped: &PipeReader, name: &str) {
    thread::scope(|scope| {
        loop {
            let watch = |fd| PollFd::new(fd, PollFlags::POLLIN);
            let fds = listeners.iter().map(AsFd::as_fd).chain([stopped.as_fd()]);
            let mut ready: Vec<PollFd> = fds.map(watch).collect();
            let polled = poll(&mut ready, PollTimeout::NONE);
            let events = |place: usize| ready[place].revents().unwrap_or(PollFlags::empty());
            if polled.is_err() || !events(listeners.len()).is_empty() {
                return;
            }
            for (place, listener) in listeners.iter().enumerate() {
                if events(place).contains(PollFlags::POLLIN)
                    && let Ok((stream, _)) = listener.accept()
                {
                    // A client that leaves early has its own loss.
                    scope.spawn(move || answer(stream, name).ok());
                }
            }
        }
    });
}

fn answer(mut stream: TcpStream, name: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = Vec::new();
    let mut part = [0; 512];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut part)? {
            0 => return Ok(()),
            length => request.extend_from_slice(&part[..length]),
        }
    }
    write!(stream, "HTTP/1.0 200 OK\r\n\r\n{name}")
}
