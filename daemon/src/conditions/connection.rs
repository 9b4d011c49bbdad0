//! Connections to the servers that are looked at.

use std::io;
use std::net::SocketAddr;

use nix::errno::Errno;
use tokio::net::TcpStream;
use vrrp::conditions::Observation;

/// Connects to a server. Its address alone decides where from: of a virtual address that this host holds it is that
/// address itself, so that the service of this host is asked, whoever is Master.
///
/// # Errors
/// What keeps it from connecting, as it is to be told.
pub(super) async fn connect(server: SocketAddr) -> Result<TcpStream, Observation> {
    match TcpStream::connect(server).await {
        Ok(stream) if is_its_own_peer(&stream) => Err(refused(server)),
        Ok(stream) => Ok(stream),
        Err(error) => Err(explain(server, &error)),
    }
}

/// Whether nobody but this very socket accepted the connection. Between two ports of one address, the kernel may choose
/// the port that it connects to as the port that it connects from, and TCP allows what follows (RFC 9293, section 3.5).
fn is_its_own_peer(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(local), Ok(peer)) if local == peer)
}

fn refused(server: SocketAddr) -> Observation {
    Observation::bad(format!("{server} refused the connection"))
}

/// Tells what an error says of a server, or of this host.
pub(super) fn explain(server: SocketAddr, error: &io::Error) -> Observation {
    let number = error.raw_os_error().map(Errno::from_raw);
    match number {
        Some(Errno::ECONNREFUSED) => refused(server),
        Some(Errno::ECONNRESET | Errno::EPIPE) => Observation::bad(format!("{server} broke the connection off")),
        Some(Errno::ETIMEDOUT) => Observation::bad(format!("{server} did not answer")),
        Some(Errno::EHOSTUNREACH) => Observation::bad(format!("{server} is unreachable: nobody answers there")),
        Some(Errno::ENETUNREACH) => Observation::bad(format!("{server} is unreachable: no route leads there")),
        Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM | Errno::EADDRNOTAVAIL) => {
            Observation::unknown(format!("this host cannot connect to {server}: {}", words(error)))
        }
        Some(_) | None => Observation::bad(format!("{server} cannot be reached: {}", words(error))),
    }
}

/// What an error says, without its number.
fn words(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |number| Errno::from_raw(number).desc().to_owned())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpSocket;
    use vrrp::conditions::Finding;

    use super::*;

    #[tokio::test]
    async fn a_socket_that_connects_to_itself_is_no_server() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        let stream = socket.connect(address).await.unwrap();
        assert!(is_its_own_peer(&stream));
    }

    #[test]
    fn what_this_host_lacks_says_nothing_of_the_server() {
        let server = "192.0.2.10:80".parse().unwrap();
        for (number, finding, words) in [
            (Errno::ECONNREFUSED, Finding::Bad, "192.0.2.10:80 refused the connection"),
            (Errno::EHOSTUNREACH, Finding::Bad, "192.0.2.10:80 is unreachable: nobody answers there"),
            (Errno::ENETUNREACH, Finding::Bad, "192.0.2.10:80 is unreachable: no route leads there"),
            (Errno::EACCES, Finding::Bad, "192.0.2.10:80 cannot be reached: Permission denied"),
            (Errno::EMFILE, Finding::Unknown, "this host cannot connect to 192.0.2.10:80: Too many open files"),
        ] {
            let error = io::Error::from_raw_os_error(number as i32);
            assert_eq!(explain(server, &error), Observation { finding, words: words.to_owned() });
        }
    }
}
