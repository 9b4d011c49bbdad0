//! Whether a port accepts connections.

use tokio::time::timeout;
use vrrp::conditions::Observation;
use vrrp::config::Tcp;

use super::pace::Starts;
use super::{Gone, Teller, connection};

/// Tries a port, again and again.
pub(super) async fn follow(settings: &Tcp, teller: &Teller) -> Result<(), Gone> {
    let mut starts = Starts::each(settings.pace.interval, settings);
    loop {
        starts.next().await;
        teller.tell(look(settings).await).await?;
    }
}

/// Connects and closes the connection at once.
async fn look(settings: &Tcp) -> Observation {
    let Tcp { server, pace } = settings;
    match timeout(pace.timeout, connection::connect(*server)).await {
        Ok(Ok(_)) => Observation::good(format!("{server} accepts connections")),
        Ok(Err(observation)) => observation,
        Err(_) => Observation::bad(format!("{server} did not answer within {:?}", pace.timeout)),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use nix::sys::socket::{Backlog, listen};
    use vrrp::config::Pace;

    use super::*;

    fn port(server: std::net::SocketAddr) -> Tcp {
        let patience = Duration::from_millis(200);
        Tcp { server, pace: Pace { interval: patience, timeout: patience } }
    }

    #[tokio::test]
    async fn a_port_accepts_refuses_and_does_not_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let settings = port(server);
        assert_eq!(look(&settings).await, Observation::good(format!("{server} accepts connections")));

        // Nobody takes the connections off, so that the kernel drops further ones once its queue is full.
        listen(&listener, Backlog::new(1).unwrap()).unwrap();
        let mut held = Vec::new();
        while let Ok(Ok(stream)) = timeout(settings.pace.timeout, connection::connect(server)).await {
            held.push(stream);
        }
        let late = Observation::bad(format!("{server} did not answer within 200ms"));
        assert_eq!(look(&settings).await, late);

        drop((listener, held));
        assert_eq!(look(&settings).await, Observation::bad(format!("{server} refused the connection")));
    }
}
