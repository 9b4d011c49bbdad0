//! Sockets on a host, as a service of it would open them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, UdpSocket};

use anyhow::{Context, Result};
use socket2::{Domain, Protocol, Socket, Type};

use super::Host;
use crate::capture;

const VRRP: i32 = 112;

impl Host {
    /// Binds a TCP socket to an address of any port and listens there, without any socket option.
    ///
    /// # Errors
    /// The kernel refuses, as it does where the host does not have the address.
    pub fn listen(&self, address: IpAddr) -> Result<TcpListener> {
        self.network().enter(|| {
            let bound = TcpListener::bind((address, 0));
            bound.with_context(|| format!("cannot bind {address}"))
        })
    }

    /// Does as [`Host::listen`] does, with `IP_FREEBIND`, which binds to any address.
    ///
    /// # Errors
    /// The kernel refuses even so.
    pub fn listen_freely(&self, address: IpAddr) -> Result<TcpListener> {
        self.network().enter(|| {
            let target = SocketAddr::new(address, 0);
            let socket = Socket::new(Domain::for_address(target), Type::STREAM, None)?;
            match address {
                IpAddr::V4(_) => socket.set_freebind_v4(true)?,
                IpAddr::V6(_) => socket.set_freebind_v6(true)?,
            }
            socket.bind(&target.into())?;
            socket.listen(1)?;
            Ok(socket.into())
        })
    }

    /// Sends a datagram from an address of this host to a target, over a NIC or wherever the route leads.
    ///
    /// # Errors
    /// The address cannot be bound, or the kernel has no route.
    pub fn send_from(&self, source: IpAddr, target: IpAddr, nic: Option<&str>) -> Result<()> {
        self.network().enter(|| {
            let socket = UdpSocket::bind((source, 0)).with_context(|| format!("cannot bind {source}"))?;
            let socket = Socket::from(socket);
            socket.bind_device(nic.map(str::as_bytes))?;
            socket.send_to(b"hello", &SocketAddr::new(target, 9).into())?;
            Ok(())
        })
    }

    /// A socket that sends whole frames by a NIC.
    ///
    /// # Errors
    /// There is no such NIC.
    pub fn frame_sender(&self, nic: &str) -> Result<Socket> {
        self.network().enter(|| capture::Socket::sender(nic))
    }

    /// A socket that sends payloads of protocol 112 over the NIC with the given address, with a TTL of 255.
    ///
    /// # Errors
    /// The host does not have the address.
    pub fn vrrp_sender(&self, own: Ipv4Addr) -> Result<Socket> {
        self.network().enter(|| {
            let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(VRRP)))?;
            socket.bind(&SocketAddr::from((own, 0)).into())?;
            socket.set_multicast_if_v4(&own)?;
            socket.set_multicast_ttl_v4(255)?;
            socket.connect(&SocketAddrV4::new(Ipv4Addr::new(224, 0, 0, 18), 0).into())?;
            Ok(socket)
        })
    }
}
