//! `vrrpadm metrics --serve` on sockets that are passed as systemd passes them.

use std::io::{ErrorKind, Read as _, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::sync::oneshot;

use crate::metrics::master;
use crate::mock::{Bus, Calls};
use crate::vrrpd::Vrrpd;

const PATIENCE: Duration = Duration::from_secs(10);
const OPEN_METRICS: &str = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// A daemon on a thread of its own, since those who scrape block theirs. It leaves the bus when this is dropped.
struct Daemon {
    thread: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Daemon {
    fn run(mock: Vrrpd, bus: &Bus) -> Self {
        let (bus, (stop, stopped), (ready, serves)) = (bus.connect(), oneshot::channel(), mpsc::channel());
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let connection = mock.serve(bus, &Calls::default()).await;
                ready.send(()).unwrap();
                let _ = stopped.await;
                connection.close().await.unwrap();
            });
        });
        serves.recv().unwrap();
        Self { thread: Some((stop, thread)) }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.thread.take() {
            drop(stop);
            thread.join().unwrap();
        }
    }
}

/// The program, which serves on a unix socket and on a port.
struct Server {
    program: Child,
    path: PathBuf,
    port: u16,
    described: Arc<AtomicUsize>,
    daemon: Option<Daemon>,
    bus: Bus,
    _directory: tempfile::TempDir,
}

impl Server {
    /// Starts it before a daemon of so many instances.
    fn start(instances: usize, idle: &str) -> Self {
        let bus = Bus::start();
        let mock = Vrrpd::of((0..instances).map(|number| master(&format!("inst{number}"))).collect());
        let described = Arc::clone(&mock.described);
        let daemon = Some(Daemon::run(mock, &bus));
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("metrics.sock");
        let (unix, tcp) = (UnixListener::bind(&path).unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
        let port = tcp.local_addr().unwrap().port();
        // The shell puts them where systemd does, and tells the process its own number.
        let pass = "exec 3<&0 4<&1 </dev/null >/dev/null; export LISTEN_FDS=2 LISTEN_PID=$$; exec \"$@\"";
        let program = Command::new("sh")
            .args(["-c", pass, "sh", env!("CARGO_BIN_EXE_vrrpadm"), "--bus", &bus.address])
            .args(["metrics", "--serve", "--idle", idle])
            .stdin(Stdio::from(OwnedFd::from(unix)))
            .stdout(Stdio::from(OwnedFd::from(tcp)))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { program, path, port, described, daemon, bus, _directory: directory }
    }

    fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(&self.path).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Asks over the unix socket.
    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        text(&mut stream)
    }

    fn scrape(&self, accept: &str) -> String {
        self.ask(&get("/metrics", accept))
    }

    /// How it ended, and what it said.
    fn end(mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + PATIENCE;
        let mut said = String::new();
        self.program.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(Instant::now() < deadline, "it goes on");
        (self.program.wait().unwrap().code(), said)
    }

    fn terminate(self) -> (Option<i32>, String) {
        kill(Pid::from_raw(self.program.id().cast_signed()), Signal::SIGTERM).unwrap();
        self.end()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that does not see to its end leaves nothing behind all the same.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn get(path: &str, accept: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: host\r\nAccept: {accept}\r\n\r\n")
}

/// Everything until the connection is closed, also where not all of a request was read.
fn text(stream: &mut impl std::io::Read) -> String {
    let mut read = Vec::new();
    let end = stream.read_to_end(&mut read);
    assert!(end.is_ok() || end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    String::from_utf8(read).unwrap()
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[test]
fn whoever_asks_has_the_format_that_is_accepted_and_a_page_that_leads_there() {
    let server = Server::start(1, "1h");
    let answer = server.scrape(OPEN_METRICS);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        answer.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"),
        "{answer}"
    );
    assert!(body(&answer).contains("\nvrrp_info{version=\"\"} 1\n") && answer.ends_with("\n# EOF\n"), "{answer}");

    let mut tcp = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    tcp.write_all(get("/metrics?name=vrrp_up", "*/*").as_bytes()).unwrap();
    let answer = text(&mut tcp);
    assert!(answer.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{answer}");
    assert!(body(&answer).contains("# TYPE vrrp_info gauge\n") && !answer.contains("# EOF"), "{answer}");

    let head = server.ask("HEAD /metrics HTTP/1.1\r\nHost: host\r\n\r\n");
    assert!(head.contains("content-length: ") && body(&head).is_empty(), "{head}");
    assert_eq!(body(&server.ask(&get("/", "*/*"))).lines().count(), 2);
    for (request, status) in [
        (get("/metrics/", "*/*"), "404"),
        (get("/../etc/passwd", "*/*"), "404"),
        ("POST /metrics HTTP/1.1\r\nHost: host\r\nContent-Length: 0\r\n\r\n".to_owned(), "405"),
        ("nothing that is HTTP\r\n\r\n".to_owned(), "400"),
        (get(&"/".repeat(20_000), "*/*"), "431"),
        (get("/metrics", &"a".repeat(20_000)), "431"),
    ] {
        let answer = server.ask(&request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {answer}");
    }
    assert_eq!(server.terminate(), (Some(0), String::new()));
}

#[test]
fn many_who_come_at_once_ask_the_daemon_once() {
    let server = Arc::new(Server::start(20, "1h"));
    let start = Instant::now();
    let scrapes: Vec<_> = (0..50)
        .map(|_| {
            let server = Arc::clone(&server);
            thread::spawn(move || server.scrape(OPEN_METRICS))
        })
        .collect();
    let answers: Vec<String> = scrapes.into_iter().map(|scrape| scrape.join().unwrap()).collect();
    assert!(answers.iter().all(|answer| answer.ends_with("# EOF\n")));
    // An answer is good for 200 ms.
    let most = 1 + usize::try_from(start.elapsed().as_millis() / 200).unwrap();
    let described = server.described.load(Ordering::SeqCst);
    assert!((1..=most).contains(&described), "{described} of at most {most}");
}

#[test]
fn a_daemon_that_goes_away_is_down_and_that_is_said_once() {
    let mut server = Server::start(1, "1h");
    assert!(server.scrape("*/*").contains("\nvrrp_up 1\n"));
    server.daemon = None;
    let deadline = Instant::now() + PATIENCE;
    while server.scrape("*/*").contains("\nvrrp_up 1\n") {
        assert!(Instant::now() < deadline, "it is up still");
    }
    assert_eq!(body(&server.scrape(OPEN_METRICS)).lines().nth(2), Some("vrrp_up 0"));
    server.daemon = Some(Daemon::run(Vrrpd::of(vec![]), &server.bus));
    while !server.scrape("*/*").contains("\nvrrp_up 1\n") {
        assert!(Instant::now() < deadline, "it is down still");
    }
    let said = "warning: vrrpd is not running: start it with systemctl start vrrp.service\n";
    assert_eq!(server.terminate(), (Some(0), said.to_owned()));
}

#[test]
fn who_dawdles_keeps_nobody_out_but_those_beyond_eight() {
    let server = Server::start(1000, "1h");
    // Three megabytes, of which the kernel takes a part: it waits for whoever reads.
    let mut slow = server.connect();
    slow.write_all(get("/metrics", OPEN_METRICS).as_bytes()).unwrap();
    let silent: Vec<UnixStream> = (0..6).map(|_| server.connect()).collect();
    let whole = server.scrape(OPEN_METRICS);
    assert!(whole.len() > 2_000_000 && whole.ends_with("# EOF\n"), "{}", whole.len());

    let eighth = server.connect();
    let mut ninth = server.connect();
    ninth.write_all(get("/", "*/*").as_bytes()).unwrap();
    ninth.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let kept_waiting = ninth.read(&mut [0; 1]).unwrap_err();
    assert!(matches!(kept_waiting.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{kept_waiting}");
    eighth.shutdown(Shutdown::Both).unwrap();
    ninth.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(text(&mut ninth).starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(body(&text(&mut slow)).len(), body(&whole).len());
    drop(silent);
    assert_eq!(server.terminate(), (Some(0), String::new()));
}

#[test]
fn it_ends_when_nobody_comes() {
    let server = Server::start(1, "300ms");
    assert!(server.scrape("*/*").contains("\nvrrp_up 1\n"));
    assert_eq!(server.end(), (Some(0), String::new()));
}
