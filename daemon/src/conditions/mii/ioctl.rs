//! The ioctls of a link: the only unsafe code of the conditions.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::libc::{self, c_int, c_short};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

/// `MII_BMSR`: the basic mode status register.
const BASIC_STATUS: u16 = 1;
/// `ETHTOOL_GLINK`.
const GET_LINK: u32 = 0xa;

/// A link by its name, and a socket to ask through.
pub(super) struct Link {
    name: [u8; libc::IFNAMSIZ],
    socket: OwnedFd,
}

/// `struct ifreq`: the name of a link, and what is asked and answered.
#[repr(C)]
struct Request {
    name: [u8; libc::IFNAMSIZ],
    body: Body,
}

/// Its union, as far as it is used, and at least as long as the kernel's.
#[repr(C)]
#[derive(Clone, Copy)]
union Body {
    flags: c_short,
    register: Register,
    value: *mut Value,
    whole: [u64; 3],
}

/// `struct mii_ioctl_data`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Register {
    transceiver: u16,
    number: u16,
    written: u16,
    read: u16,
}

/// `struct ethtool_value`.
#[repr(C)]
struct Value {
    command: u32,
    data: u32,
}

const _: () = assert!(size_of::<Request>() >= size_of::<libc::ifreq>(), "the kernel writes a whole struct ifreq");

impl Link {
    /// Opens a socket to ask through, in the network namespace of the calling thread.
    pub(super) fn new(name: &str) -> io::Result<Self> {
        let mut bytes = [0; libc::IFNAMSIZ];
        // The last byte stays 0.
        let room = bytes.len() - 1;
        bytes[..room].get_mut(..name.len()).ok_or(Errno::ENODEV)?.copy_from_slice(name.as_bytes());
        let socket = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
        Ok(Self { name: bytes, socket })
    }

    /// `IFF_*`, the lower 16 bits.
    pub(super) fn flags(&self) -> io::Result<c_int> {
        let mut request = self.request();
        // SAFETY: the kernel reads and writes a `struct ifreq`, which the request is and which outlives the call; of the
        // flags any bits are valid.
        let flags = unsafe {
            self.ask(libc::SIOCGIFFLAGS, &raw mut request)?;
            request.body.flags
        };
        Ok(c_int::from(flags) & 0xffff)
    }

    /// The basic mode status register of the link's transceiver.
    pub(super) fn basic_status(&self) -> io::Result<u16> {
        let mut request = self.request();
        // SAFETY: as in `flags`. Any bits are a valid register, and all of it was written before: with zeros.
        let status = unsafe {
            self.ask(libc::SIOCGMIIPHY, &raw mut request)?;
            let transceiver = request.body.register.transceiver;
            request.body.register = Register { transceiver, number: BASIC_STATUS, written: 0, read: 0 };
            self.ask(libc::SIOCGMIIREG, &raw mut request)?;
            request.body.register.read
        };
        Ok(status)
    }

    /// Whether the link's driver sees a link.
    pub(super) fn driver_sees(&self) -> io::Result<bool> {
        let mut value = Value { command: GET_LINK, data: 0 };
        let mut request = self.request();
        request.body.value = &raw mut value;
        // SAFETY: as in `flags`; for this command the kernel reads and writes a `struct ethtool_value` at the pointer in
        // the request, which outlives the call too.
        unsafe { self.ask(libc::SIOCETHTOOL, &raw mut request)? };
        Ok(value.data != 0)
    }

    const fn request(&self) -> Request {
        Request { name: self.name, body: Body { whole: [0; 3] } }
    }

    /// Asks the kernel.
    ///
    /// # Safety
    /// `request` and whatever it points to must be as `number` wants it.
    unsafe fn ask(&self, number: libc::c_ulong, request: *mut Request) -> io::Result<()> {
        // SAFETY: the caller's word.
        Errno::result(unsafe { libc::ioctl(self.socket.as_raw_fd(), number as libc::Ioctl, request) })?;
        Ok(())
    }
}
