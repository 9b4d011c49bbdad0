//! Many packets through one socket with one call, which costs a fraction of as many calls.

use std::io;
use std::os::fd::AsRawFd;
use std::ptr;

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::SockaddrLike;

/// How many the kernel is given at once. It takes up to 1024.
const AT_ONCE: usize = 128;

/// A control message, laid out as `cmsg(3)` says: behind its header comes what it tells, which is of a C type.
#[repr(C)]
pub(crate) struct Control<T> {
    header: libc::cmsghdr,
    data: T,
}

impl<T: Copy> Control<T> {
    /// A control message of a level and type.
    pub(crate) fn new(level: libc::c_int, kind: libc::c_int, data: T) -> Self {
        // SAFETY: it is a C structure of numbers, each of which may be zero.
        let mut header: libc::cmsghdr = unsafe { std::mem::zeroed() };
        header.cmsg_len = (size_of::<libc::cmsghdr>() + size_of::<T>()) as _;
        header.cmsg_level = level;
        header.cmsg_type = kind;
        Self { header, data }
    }
}

/// Sends packets to one address, each with the same control message if there is one. Tells which ones the kernel refused.
pub(crate) fn send_many<T>(
    socket: &impl AsRawFd,
    packets: &[&[u8]],
    to: &impl SockaddrLike,
    control: Option<&Control<T>>,
) -> Vec<(usize, io::Error)> {
    let mut refused = Vec::new();
    let mut next = 0;
    while let Some(rest) = packets.get(next..).filter(|rest| !rest.is_empty()) {
        let rest = rest.get(..AT_ONCE).unwrap_or(rest);
        match send_some(socket, rest, to, control) {
            Ok(lengths) => {
                for (length, packet) in lengths.into_iter().zip(rest) {
                    if length != packet.len() {
                        refused.push((next, io::ErrorKind::WriteZero.into()));
                    }
                    next += 1;
                }
            }
            // That is said of the first one: with any before it, the call tells how many those were.
            Err(error) => {
                refused.push((next, error.into()));
                next += 1;
            }
        }
    }
    refused
}

/// The refusal of all of so many packets, for a reason that the kernel need not be asked for.
pub(crate) fn all(packets: usize, errno: i32) -> Vec<(usize, io::Error)> {
    (0..packets).map(|packet| (packet, io::Error::from_raw_os_error(errno))).collect()
}

/// Sends as many as the kernel takes, the first one at least, and gives how much it has taken of each.
fn send_some<T>(
    socket: &impl AsRawFd,
    packets: &[&[u8]],
    to: &impl SockaddrLike,
    control: Option<&Control<T>>,
) -> nix::Result<Vec<usize>> {
    let mut parts: Vec<libc::iovec> = packets
        .iter()
        .map(|packet| libc::iovec { iov_base: packet.as_ptr().cast_mut().cast(), iov_len: packet.len() })
        .collect();
    let (control, length) = control
        .map_or((ptr::null_mut(), 0), |control| (ptr::from_ref(control).cast_mut().cast(), control.header.cmsg_len));
    let message = |part: &mut libc::iovec| {
        // SAFETY: it is a C structure of numbers and pointers, each of which may be zero.
        let mut message: libc::mmsghdr = unsafe { std::mem::zeroed() };
        message.msg_hdr.msg_name = to.as_ptr().cast_mut().cast();
        message.msg_hdr.msg_namelen = to.len();
        message.msg_hdr.msg_iov = ptr::from_mut(part);
        message.msg_hdr.msg_iovlen = 1;
        message.msg_hdr.msg_control = control;
        message.msg_hdr.msg_controllen = length;
        message
    };
    let mut messages: Vec<libc::mmsghdr> = parts.iter_mut().map(message).collect();
    // SAFETY: every pointer is to what outlives the call: the packets, the address and the control message of the caller,
    // and the parts above, one a message. The kernel writes only the lengths of messages, of which as many are told as
    // there are. What it only reads was made mutable for want of a constant pointer in the C structure.
    let sent = unsafe { libc::sendmmsg(socket.as_raw_fd(), messages.as_mut_ptr(), messages.len() as libc::c_uint, 0) };
    let sent = Errno::result(sent)?;
    let sent = messages.iter().take(usize::try_from(sent).unwrap_or_default());
    Ok(sent.map(|message| message.msg_len as usize).collect())
}
