//! A TCP connection that lasts: whatever is said on it is repeated by the host that took it, with its name.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::host::Host;

/// A connection that is open.
#[derive(Debug)]
pub struct Conversation {
    stream: BufReader<TcpStream>,
}

/// What takes connections on a host. Dropping it closes those that are open, and takes no more.
#[derive(Debug)]
pub struct Listener {
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Host {
    /// Takes connections to a port, and repeats on each, line by line, what is said.
    ///
    /// # Errors
    /// The port is in use.
    pub fn converses(&self, port: u16) -> Result<Listener> {
        let listener = self.network().enter(|| Ok(TcpListener::bind((Ipv6Addr::UNSPECIFIED, port))?))?;
        let name = self.name().to_owned();
        let open = Arc::<Mutex<Vec<TcpStream>>>::default();
        let taken = Arc::clone(&open);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (Ok(other), name) = (stream.try_clone(), name.clone()) else { continue };
                taken.lock().unwrap_or_else(PoisonError::into_inner).push(other);
                // A connection that breaks is missed by the client.
                thread::spawn(move || repeat(stream, &name));
            }
        });
        Ok(Listener { open })
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// Nobody takes it within `deadline`.
    pub fn converse(&self, with: SocketAddr, deadline: Duration) -> Result<Conversation> {
        let connect =
            || TcpStream::connect_timeout(&with, deadline).with_context(|| format!("no connection to {with}"));
        let stream = self.network().enter(connect)?;
        stream.set_nodelay(true)?;
        Ok(Conversation { stream: BufReader::new(stream) })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for stream in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // One that is closed already is as good.
            let _closed = stream.shutdown(Shutdown::Both);
        }
    }
}

fn repeat(stream: TcpStream, name: &str) -> std::io::Result<()> {
    let mut answers = stream.try_clone()?;
    for line in BufReader::new(stream).lines() {
        writeln!(answers, "{name}: {}", line?)?;
    }
    Ok(())
}

impl Conversation {
    /// The client's port.
    ///
    /// # Errors
    /// The kernel's, none of which is expected.
    pub fn port(&self) -> Result<u16> {
        Ok(self.stream.get_ref().local_addr()?.port())
    }

    /// Says something, and waits until it is repeated; who did that.
    ///
    /// # Errors
    /// The connection is broken, or nobody answers within `deadline`.
    pub fn say(&mut self, what: &str, deadline: Duration) -> Result<String> {
        self.stream.get_ref().set_read_timeout(Some(deadline))?;
        writeln!(self.stream.get_mut(), "{what}").with_context(|| format!("the connection broke before `{what}`"))?;
        let mut line = String::new();
        let length = self.stream.read_line(&mut line).with_context(|| format!("no answer to `{what}`"))?;
        ensure!(length > 0, "the connection was closed after `{what}`");
        let (who, said) = line.trim_end().split_once(": ").context("an answer without a name")?;
        ensure!(said == what, "`{said}` is no answer to `{what}`");
        Ok(who.to_owned())
    }
}
