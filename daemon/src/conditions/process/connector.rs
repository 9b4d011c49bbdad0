//! The kernel's process connector: a netlink socket on which it tells of processes that start, rename themselves and end.
//!
//! See connector.h and cn_proc.h of the kernel. Integers are in the byte order of the machine.

use std::io;
use std::os::fd::{AsRawFd, RawFd};

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{MsgFlags, NetlinkAddr, bind, recvfrom, send, setsockopt, sockopt};
use socket2::{Domain, Protocol, SockFilter, Socket, Type};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// CN_IDX_PROC: the connector's number for processes, which is its multicast group too.
const PROCESSES: u32 = 1;
/// CN_VAL_PROC.
const VALUE: u32 = 1;
const LISTEN: u32 = 1;
const IGNORE: u32 = 2;

/// What the socket may queue, in bytes: some thousands of processes, for the time in which this thread is kept from running.
const QUEUE: usize = 4 << 20;
/// How many events are taken at once.
const BATCH: usize = 256;

/// The header of a netlink message, `struct nlmsghdr`.
const NETLINK_HEADER: usize = 16;
/// The header of the connector, `struct cn_msg`.
const CONNECTOR_HEADER: usize = 20;
/// Where an event, `struct proc_event`, begins: with what happened.
const WHAT: usize = NETLINK_HEADER + CONNECTOR_HEADER;
/// Where the numbers that belong to it begin.
const DATA: usize = WHAT + 16;

const NONE: u32 = 0;
const FORK: u32 = 1;
const EXEC: u32 = 2;
const COMM: u32 = 0x200;
const EXIT: u32 = 0x8000_0000;

/// What happened to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It has a child.
    Forked {
        /// The process.
        parent: u32,
        /// Its child.
        child: u32,
    },
    /// It runs another program, or calls itself something else.
    Renamed {
        /// The process.
        process: u32,
    },
    /// It has ended.
    Ended {
        /// The process.
        process: u32,
    },
}

/// A message of the connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message {
    Event(Event),
    /// The answer to a request: its number and the error, 0 for none.
    Answer {
        to: u32,
        error: u32,
    },
}

/// The socket.
pub(super) struct Connector(AsyncFd<Listening>);

/// A socket for which the kernel collects events until it is dropped.
struct Listening(Socket);

impl Connector {
    /// Starts to listen. Needs a runtime that is entered.
    ///
    /// # Errors
    /// The kernel has no connector, or does not serve this namespace or user.
    pub(super) fn open() -> io::Result<Self> {
        Self::with_queue(QUEUE)
    }

    fn with_queue(bytes: usize) -> io::Result<Self> {
        let listening = Listening::open(bytes)?;
        // SAFETY: the value owns its descriptor and keeps the same one until it is dropped with the `AsyncFd`.
        Ok(Self(unsafe { AsyncFd::register_with_interest(listening, Interest::READABLE) }?))
    }

    /// Waits for events and takes them. Cancel-safe.
    ///
    /// # Errors
    /// The socket's; `ENOBUFS` if events were lost.
    pub(super) async fn events(&self) -> io::Result<Vec<Event>> {
        loop {
            let mut ready = self.0.readable().await?;
            let mut events = Vec::new();
            for _ in 0..BATCH {
                match self.0.get_ref().receive() {
                    Ok(Some(Message::Event(event))) => events.push(event),
                    Ok(Some(Message::Answer { .. }) | None) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        ready.clear_ready();
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
            if !events.is_empty() {
                return Ok(events);
            }
        }
    }
}

impl Listening {
    fn open(queue: usize) -> io::Result<Self> {
        let kind = Type::DGRAM.nonblocking();
        let socket = Socket::new(Domain::from(libc::AF_NETLINK), kind, Some(Protocol::from(libc::NETLINK_CONNECTOR)))?;
        // Only CAP_NET_ADMIN may go beyond the system's limit; without it, the limit has to do.
        if setsockopt(&socket, sockopt::RcvBufForce, &queue).is_err() {
            socket.set_recv_buffer_size(queue)?;
        }
        socket.attach_filter(&filter())?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, PROCESSES))?;
        // Dropped when the kernel refuses below; to ignore what was never told does no harm.
        let listening = Self(socket);
        let number = std::process::id();
        send(listening.0.as_raw_fd(), &request(LISTEN, number), MsgFlags::empty())?;
        listening.answer(number)?;
        Ok(listening)
    }

    /// Takes the kernel's answer to a request, which is there once the request is sent. Outside the first process
    /// namespace there is none.
    fn answer(&self, number: u32) -> io::Result<()> {
        loop {
            match self.receive() {
                Ok(Some(Message::Answer { to, error: 0 })) if to == number => return Ok(()),
                Ok(Some(Message::Answer { to, error })) if to == number => {
                    return Err(io::Error::from_raw_os_error(error.cast_signed()));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(io::Error::other("the kernel tells of processes in its first namespace only"));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes the next message, or fails with `WouldBlock`. `None` is none of the kernel's, or of no interest.
    fn receive(&self) -> io::Result<Option<Message>> {
        let mut buffer = [0; 256];
        let (length, sender) = loop {
            match recvfrom::<NetlinkAddr>(self.0.as_raw_fd(), &mut buffer) {
                Err(Errno::EINTR) => {}
                other => break other?,
            }
        };
        let from_kernel = sender.is_some_and(|sender| sender.pid() == 0);
        Ok(buffer.get(..length).filter(|_| from_kernel).and_then(decode))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // Older kernels go on collecting when a socket is only closed. If this fails there is nothing left to do.
        let _ = send(self.0.as_raw_fd(), &request(IGNORE, std::process::id()), MsgFlags::empty());
    }
}

impl AsRawFd for Listening {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// A request to the connector with a number of one's own, to which the answer adds one.
fn request(what: u32, number: u32) -> Vec<u8> {
    let length = NETLINK_HEADER + CONNECTOR_HEADER + size_of_val(&what);
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(&(length as u32).to_ne_bytes());
    bytes.extend_from_slice(&(libc::NLMSG_DONE as u16).to_ne_bytes());
    bytes.extend_from_slice(&[0; 10]);
    for number in [PROCESSES, VALUE, 0, number] {
        bytes.extend_from_slice(&number.to_ne_bytes());
    }
    bytes.extend_from_slice(&(size_of_val(&what) as u16).to_ne_bytes());
    bytes.extend_from_slice(&[0; 2]);
    bytes.extend_from_slice(&what.to_ne_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<Message> {
    let number = |at: usize| Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if (number(NETLINK_HEADER)?, number(NETLINK_HEADER + 4)?) != (PROCESSES, VALUE) {
        return None;
    }
    // Of a process with several threads the first one tells.
    let first = || Some((number(DATA)?, number(DATA + 4)?)).filter(|(thread, process)| thread == process);
    Some(match number(WHAT)? {
        NONE => Message::Answer { to: number(NETLINK_HEADER + 12)?.wrapping_sub(1), error: number(DATA)? },
        FORK if number(DATA + 8)? != number(DATA + 12)? => return None,
        FORK => Message::Event(Event::Forked { parent: number(DATA + 4)?, child: number(DATA + 12)? }),
        EXEC => Message::Event(Event::Renamed { process: number(DATA + 4)? }),
        COMM => Message::Event(Event::Renamed { process: first()?.1 }),
        EXIT => Message::Event(Event::Ended { process: first()?.1 }),
        _ => return None,
    })
}

/// Lets only that pass which [`decode`] takes: threads come and go by the thousands.
fn filter() -> [SockFilter; 17] {
    let load = |at: usize| SockFilter::new((libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16, 0, 0, at as u32);
    let keep = || SockFilter::new((libc::BPF_MISC | libc::BPF_TAX) as u16, 0, 0, 0);
    // A filter sees numbers as they would be in network order.
    let if_is = |number: u32, skip: u8| {
        SockFilter::new((libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16, skip, 0, number.to_be())
    };
    let if_kept = |skip: u8, or: u8| SockFilter::new((libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_X) as u16, skip, or, 0);
    let end = |length: u32| SockFilter::new((libc::BPF_RET | libc::BPF_K) as u16, 0, 0, length);
    [
        load(WHAT),
        if_is(NONE, 14),
        if_is(EXEC, 13),
        if_is(FORK, 3),
        if_is(COMM, 6),
        if_is(EXIT, 5),
        end(0),
        // A fork: the child's thread and process.
        load(DATA + 8),
        keep(),
        load(DATA + 12),
        if_kept(5, 4),
        // A name or an end: the thread and its process.
        load(DATA),
        keep(),
        load(DATA + 4),
        if_kept(1, 0),
        end(0),
        end(u32::MAX),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(what: u32, numbers: &[u32]) -> Vec<u8> {
        let mut bytes = request(what, 7);
        bytes.resize(DATA, 0);
        numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_ne_bytes()));
        bytes.resize(DATA + 24, 0);
        bytes
    }

    #[test]
    fn what_happens_to_whole_processes_is_taken() {
        let event = |what, numbers: &[u32]| match decode(&message(what, numbers)) {
            Some(Message::Event(event)) => Some(event),
            Some(Message::Answer { .. }) | None => None,
        };
        assert_eq!(event(FORK, &[11, 10, 20, 20]), Some(Event::Forked { parent: 10, child: 20 }));
        assert_eq!(event(FORK, &[11, 10, 20, 10]), None, "a thread");
        assert_eq!(event(EXEC, &[20, 20]), Some(Event::Renamed { process: 20 }));
        assert_eq!(event(COMM, &[20, 20]), Some(Event::Renamed { process: 20 }));
        assert_eq!(event(COMM, &[21, 20]), None, "a thread");
        assert_eq!(event(EXIT, &[20, 20]), Some(Event::Ended { process: 20 }));
        assert_eq!(event(EXIT, &[21, 20]), None, "a thread");
        assert_eq!(event(0x40, &[20, 20]), None, "another group");
        assert_eq!(decode(&message(NONE, &[5])), Some(Message::Answer { to: 6, error: 5 }));
    }

    #[test]
    fn pieces_and_what_others_send_are_left() {
        let whole = message(FORK, &[11, 10, 20, 20]);
        for length in 0..DATA + 16 {
            assert_eq!(decode(&whole[..length]), None, "{length}");
        }
        let mut other = whole;
        other[NETLINK_HEADER] = 9;
        assert_eq!(decode(&other), None);
    }

    /// The least queue that the kernel gives holds some events only.
    #[tokio::test]
    async fn lost_events_are_told_and_listening_goes_on() {
        let connector = Connector::with_queue(0).unwrap();
        let processes =
            || (0..50).for_each(|_| assert!(std::process::Command::new("true").status().unwrap().success()));
        processes();
        let lost = loop {
            match connector.events().await {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(lost.raw_os_error(), Some(libc::ENOBUFS));
        processes();
        assert!(connector.events().await.is_ok_and(|events| !events.is_empty()));
    }
}
