//! A client of a bus that does what no library lets one do: it calls as another user, sends what it likes and need not read.

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use nix::errno::Errno;
use nix::libc;

mod message;

pub use message::{Call, Reply, nothing};

/// How long the bus may take for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a bus.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    serial: u32,
    read: Vec<u8>,
}

impl Client {
    /// Connects to a bus, given as `unix:path=PATH`, as a user.
    ///
    /// # Errors
    /// The bus does not let that user in.
    pub fn connect(address: &str, user: u32) -> Result<Self> {
        let path = address.strip_prefix("unix:path=").context("no path in the bus's address")?.to_owned();
        // The bus is told the user by the kernel, who looks at the thread that connects.
        let connecting = thread::spawn(move || {
            // SAFETY: the call takes numbers, and as it is made here, without the C library, it changes this thread alone.
            let become_user = unsafe { libc::syscall(libc::SYS_setresuid, user, user, user) };
            Errno::result(become_user)?;
            Ok::<_, anyhow::Error>(UnixStream::connect(path)?)
        });
        let stream = connecting.join().map_err(|_| anyhow::anyhow!("the thread that connects panicked"))??;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut client = Self { stream, serial: 0, read: Vec::new() };
        client.authenticate(user)?;
        let hello = Call::new("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello");
        client.call(&hello)?.value().context("the bus does not greet")?;
        Ok(client)
    }

    fn authenticate(&mut self, user: u32) -> Result<()> {
        let name: String = user.to_string().bytes().map(|byte| format!("{byte:02x}")).collect();
        self.stream.write_all(format!("\0AUTH EXTERNAL {name}\r\n").as_bytes())?;
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte)?;
            line.extend(byte);
        }
        ensure!(line.starts_with(b"OK"), "the bus says: {}", String::from_utf8_lossy(&line));
        self.stream.write_all(b"BEGIN\r\n")?;
        Ok(())
    }

    /// Sends a call and waits for nothing; gives its number.
    ///
    /// # Errors
    /// The bus has closed the connection, or takes nothing for half a minute.
    pub fn send(&mut self, call: &Call) -> Result<u32> {
        self.serial += 1;
        self.stream.write_all(&call.bytes(self.serial)).with_context(|| format!("{call:?}"))?;
        Ok(self.serial)
    }

    /// Calls, and waits for the answer.
    ///
    /// # Errors
    /// There is none in half a minute.
    pub fn call(&mut self, call: &Call) -> Result<Reply> {
        let serial = self.send(call)?;
        loop {
            let reply = self.receive()?;
            if reply.to == Some(serial) {
                return Ok(reply);
            }
        }
    }

    /// The next message of any kind.
    ///
    /// # Errors
    /// There is none in half a minute, or the bus has closed the connection.
    pub fn receive(&mut self) -> Result<Reply> {
        loop {
            if let Some((reply, length)) = Reply::read(&self.read)? {
                self.read.drain(..length);
                return Ok(reply);
            }
            let mut more = [0; 65536];
            match self.stream.read(&mut more) {
                Ok(0) => bail!("the bus has closed the connection"),
                Ok(length) => self.read.extend(&more[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("no answer"),
            }
        }
    }
}
