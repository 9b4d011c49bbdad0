//! A client of the virtual addresses: asks who has them, sends datagrams and HTTP requests to them.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::ops::Deref;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::capture::Capture;
use crate::host::Host;

mod flow;
mod load;
mod probe;

pub use flow::{Flow, Report};
pub use load::{AT_ONCE, Load, Requests};

/// A host that uses the virtual addresses, and watches its switch while it does.
#[derive(Debug)]
pub struct Client {
    host: Host,
    wire: Capture,
}

impl Deref for Client {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}

impl Client {
    pub(crate) const fn new(host: Host, wire: Capture) -> Self {
        Self { host, wire }
    }

    /// What the switch has carried since this client was made.
    pub const fn wire(&self) -> &Capture {
        &self.wire
    }

    /// Gets `/` over HTTP from port 80 of `address` and returns the body.
    ///
    /// # Errors
    /// Nobody answers within `deadline`, or not with 200.
    pub fn http_get(&self, address: IpAddr, deadline: Duration) -> Result<String> {
        self.host.network().enter(|| {
            let mut stream = TcpStream::connect_timeout(&SocketAddr::new(address, 80), deadline)
                .with_context(|| format!("no connection to http://{address}/"))?;
            stream.set_read_timeout(Some(deadline))?;
            stream.set_write_timeout(Some(deadline))?;
            stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
            let mut reply = String::new();
            stream.read_to_string(&mut reply).context("no reply")?;
            let (head, body) = reply.split_once("\r\n\r\n").context("a reply without an end")?;
            let status = head.lines().next().unwrap_or_default();
            anyhow::ensure!(status.contains(" 200 "), "http://{address}/ answered {status}");
            Ok(body.trim().to_owned())
        })
    }

    /// Asks by ARP or ND, to everybody, who has `address`; returns the hosts whose answer comes within
    /// `window`, sorted.
    ///
    /// # Errors
    /// The question cannot be sent.
    pub fn who_has(&self, address: IpAddr, window: Duration) -> Result<Vec<String>> {
        probe::who_has(&self.host, &self.wire, address, window)
    }
}
