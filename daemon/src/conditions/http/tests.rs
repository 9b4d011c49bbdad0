use std::collections::BTreeSet;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use vrrp::config::Pace;

use super::*;

/// What the server does after it has written its answer.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Close,
    Wait,
}

/// Serves one client with `answer` and gives what was seen, with `SERVER` for the server, and the request.
async fn ask_for(answer: &[u8], then: Then, change: impl FnOnce(&mut Http)) -> (String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap();
    let answer = answer.to_vec();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.unwrap());
        }
        // A client that has seen enough leaves early.
        let _: io::Result<()> = stream.write_all(&answer).await;
        if then == Then::Wait {
            let _: io::Result<usize> = stream.read(&mut [0]).await;
        }
        String::from_utf8(request).unwrap()
    });
    let patience = Duration::from_millis(500);
    let mut settings = Http {
        server,
        path: "/health?full".to_owned(),
        host: server.to_string(),
        status: BTreeSet::from([200]),
        body: None,
        pace: Pace { interval: patience, timeout: patience },
    };
    change(&mut settings);
    let Observation { finding, words } = look(&settings).await;
    let seen = format!("{finding:?}: {words}").replace(&server.to_string(), "SERVER");
    (seen, serving.await.unwrap().replace(&server.to_string(), "SERVER"))
}

async fn seen(answer: &str, then: Then, body: Option<&str>) -> String {
    ask_for(answer.as_bytes(), then, |http| http.body = body.map(str::to_owned)).await.0
}

#[tokio::test]
async fn the_request_is_a_get_for_the_path_and_the_host() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (seen, request) = ask_for(answer, Then::Wait, |_| ()).await;
    assert_eq!(seen, "Good: http://SERVER/health?full answered 200");
    let lines: Vec<&str> = request.trim_end().split("\r\n").collect();
    assert_eq!(lines[0], "GET /health?full HTTP/1.1");
    let mut headers: Vec<&str> = lines[1..].iter().copied().filter(|line| !line.contains("user-agent")).collect();
    headers.sort_unstable();
    assert_eq!(headers, ["accept: */*", "connection: close", "host: SERVER"]);
    let (_, request) = ask_for(answer, Then::Wait, |http| http.host = "www.example.org".to_owned()).await;
    assert!(request.contains("\r\nhost: www.example.org\r\n"), "{request}");
}

#[tokio::test]
async fn another_status_than_the_expected_ones_is_bad() {
    let sorry = "HTTP/1.1 503 Sorry\r\nConnection: close\r\n\r\nsorry";
    assert_eq!(seen(sorry, Then::Close, None).await, "Bad: http://SERVER/health?full answered 503, expected 200");
    let moved = "HTTP/1.1 301 Moved\r\nLocation: https://www.example.org/\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(
        seen(moved, Then::Wait, None).await,
        "Bad: http://SERVER/health?full answered 301 (https://www.example.org/), expected 200"
    );
    let either = |http: &mut Http| http.status = BTreeSet::from([200, 204]);
    let (bad, _) = ask_for(sorry.as_bytes(), Then::Close, either).await;
    assert_eq!(bad, "Bad: http://SERVER/health?full answered 503, expected 200 or 204");
    let (good, _) = ask_for(b"HTTP/1.1 204 No Content\r\n\r\n", Then::Wait, either).await;
    assert_eq!(good, "Good: http://SERVER/health?full answered 204");
}

#[tokio::test]
async fn a_body_is_searched_wherever_it_is_divided() {
    let whole = "HTTP/1.0 200 OK\r\n\r\nall is well";
    let good = "Good: http://SERVER/health?full answered 200 with \"is well\" in its body";
    assert_eq!(seen(whole, Then::Close, Some("is well")).await, good);
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nall is\r\n5\r\n well\r\n0\r\n\r\n";
    assert_eq!(seen(chunks, Then::Wait, Some("is well")).await, good);
    let bad = "Bad: http://SERVER/health?full answered 200 without \"is ill\" in its body";
    assert_eq!(seen(chunks, Then::Wait, Some("is ill")).await, bad);
}

#[tokio::test]
async fn of_a_body_without_an_end_64_kib_are_read() {
    let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let head = answer.len();
    answer.resize(head + LARGEST_BODY - 1, b'-');
    answer.extend_from_slice(b"ok");
    let (seen, _) = ask_for(&answer, Then::Wait, |http| http.body = Some("ok".to_owned())).await;
    assert_eq!(seen, "Bad: http://SERVER/health?full answered 200 without \"ok\" in its body");
    let (seen, _) = ask_for(&answer, Then::Wait, |http| http.body = Some("-o".to_owned())).await;
    assert_eq!(seen, "Good: http://SERVER/health?full answered 200 with \"-o\" in its body");
}

#[tokio::test]
async fn what_is_no_answer_is_bad() {
    let late = "Bad: http://SERVER/health?full was not answered within 500ms";
    assert_eq!(seen("HTTP/1.1 200 OK\r\n", Then::Wait, None).await, late);
    let slow = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok";
    assert_eq!(seen(slow, Then::Wait, Some("ko")).await, late);
    let closed = "Bad: SERVER closed the connection before http://SERVER/health?full was answered";
    assert_eq!(seen("", Then::Close, None).await, closed);
    assert_eq!(seen("HTTP/1.1 200 OK\r\nHe", Then::Close, None).await, closed);
    let garbage =
        "Bad: SERVER answered http://SERVER/health?full with something that is not HTTP: invalid HTTP version parsed";
    assert_eq!(seen("SSH-2.0-OpenSSH_9.2\r\n", Then::Wait, None).await, garbage);
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(2 * LARGEST_HEAD));
    let large =
        "Bad: SERVER answered http://SERVER/health?full with something that is not HTTP: message head is too large";
    assert_eq!(seen(&endless, Then::Wait, None).await, large);
}

#[tokio::test]
async fn a_server_that_is_not_there_refuses() {
    let listener = TcpListener::bind("[::1]:0").await.unwrap();
    let server = listener.local_addr().unwrap();
    drop(listener);
    let patience = Duration::from_millis(500);
    let settings = Http {
        server,
        path: "/".to_owned(),
        host: "::1".to_owned(),
        status: BTreeSet::from([200]),
        body: None,
        pace: Pace { interval: patience, timeout: patience },
    };
    assert_eq!(look(&settings).await, Observation::bad(format!("{server} refused the connection")));
    let wrong = Http { path: "no path".to_owned(), ..settings };
    assert!(look(&wrong).await.words.contains("cannot be asked for"));
}
