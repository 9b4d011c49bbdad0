//! Whether a web server answers as it should.

use std::convert::Infallible;
use std::error::Error as _;
use std::future::{pending, poll_fn};
use std::io;
use std::pin::Pin;

use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use vrrp::conditions::Observation;
use vrrp::config::Http;

use super::pace::Starts;
use super::{Gone, Teller, connection};

/// How much of a body is read, in bytes.
const LARGEST_BODY: usize = 64 * 1024;
/// How much the head of an answer may be, in bytes.
const LARGEST_HEAD: usize = 16 * 1024;
/// How many characters of another site's address are repeated.
const LONGEST_LOCATION: usize = 200;

/// Asks a web server, again and again.
pub(super) async fn follow(settings: &Http, teller: &Teller) -> Result<(), Gone> {
    let mut starts = Starts::each(settings.pace.interval, settings);
    loop {
        starts.next().await;
        teller.tell(look(settings).await).await?;
    }
}

async fn look(settings: &Http) -> Observation {
    let patience = settings.pace.timeout;
    match timeout(patience, ask(settings)).await {
        Ok(Ok(observation) | Err(observation)) => observation,
        Err(_) => Observation::bad(format!("{} was not answered within {patience:?}", url(settings))),
    }
}

/// Makes one request over a connection of its own and judges the answer. An error is what kept it from an answer.
async fn ask(settings: &Http) -> Result<Observation, Observation> {
    let request = request(settings)?;
    let stream = connection::connect(settings.server).await?;
    let explain = |error| explain(settings, &error);
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(LARGEST_HEAD).handshake(TokioIo::new(stream)).await.map_err(explain)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(explain)?;
        judge(settings, response).await.map_err(explain)
    };
    let connection = async {
        // How it ends is told to the exchange.
        let _: hyper::Result<()> = connection.await;
        pending::<Infallible>().await
    };
    tokio::select! {
        answer = exchange => answer,
        never = connection => match never {},
    }
}

fn request(settings: &Http) -> Result<Request<String>, Observation> {
    let request = Request::get(&settings.path)
        .header(HOST, &settings.host)
        .header(USER_AGENT, concat!("vrrpd/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT, "*/*")
        .header(CONNECTION, "close")
        .body(String::new());
    request.map_err(|error| Observation::bad(format!("{} cannot be asked for: {error}", url(settings))))
}

fn url(settings: &Http) -> String {
    format!("http://{}{}", settings.server, settings.path)
}

async fn judge(settings: &Http, response: Response<Incoming>) -> hyper::Result<Observation> {
    let url = url(settings);
    let status = response.status().as_u16();
    if !settings.status.contains(&status) {
        let expected = listed(settings);
        let location = location(&response);
        return Ok(Observation::bad(format!("{url} answered {status}{location}, expected {expected}")));
    }
    let Some(wanted) = &settings.body else {
        return Ok(Observation::good(format!("{url} answered {status}")));
    };
    Ok(match has(response.into_body(), wanted.as_bytes()).await? {
        true => Observation::good(format!("{url} answered {status} with {wanted:?} in its body")),
        false => Observation::bad(format!("{url} answered {status} without {wanted:?} in its body")),
    })
}

/// Where an answer sends its reader instead, as it is added to words.
fn location(response: &Response<Incoming>) -> String {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    location.map_or_else(String::new, |location| {
        format!(" ({})", location.chars().take(LONGEST_LOCATION).collect::<String>())
    })
}

fn listed(settings: &Http) -> String {
    settings.status.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
}

/// Whether `wanted` stands in what is read of a body.
async fn has(mut body: Incoming, wanted: &[u8]) -> hyper::Result<bool> {
    let mut read: Vec<u8> = Vec::new();
    while read.len() < LARGEST_BODY
        && let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
    {
        let Ok(data) = frame?.into_data() else { continue };
        let fits = data.len().min(LARGEST_BODY - read.len());
        // It may begin in what came before.
        let begin = read.len().saturating_sub(wanted.len().saturating_sub(1));
        read.extend_from_slice(&data[..fits]);
        if contains(&read[begin..], wanted) {
            return Ok(true);
        }
    }
    Ok(contains(&read, wanted))
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || text.windows(wanted.len()).any(|part| part == wanted)
}

fn explain(settings: &Http, error: &hyper::Error) -> Observation {
    let url = url(settings);
    let server = settings.server;
    if let Some(cause) = error.source().and_then(|cause| cause.downcast_ref::<io::Error>()) {
        return connection::explain(server, cause);
    }
    Observation::bad(if error.is_incomplete_message() {
        format!("{server} closed the connection before {url} was answered")
    } else if error.is_parse() {
        format!("{server} answered {url} with something that is not HTTP: {error}")
    } else {
        format!("{url} cannot be read: {error}")
    })
}

#[cfg(test)]
mod tests;
