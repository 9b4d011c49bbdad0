//! What is answered to a request.

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, VARY};
use hyper::{Method, Request, Response, StatusCode};

use super::accept;
use super::source::Source;

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const PAGE: &str =
    concat!("vrrpadm ", env!("CARGO_PKG_VERSION"), " tells how vrrpd is.\nThe metrics are at /metrics.\n");

/// Answers a request; `HEAD` as `GET`, without the body, which is not sent then.
pub(super) async fn answer(request: Request<Incoming>, source: &Source) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = said(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD do something here.\n");
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    match request.uri().path() {
        "/metrics" => metrics(&request, source).await,
        "/" => said(StatusCode::OK, PAGE),
        _ => said(StatusCode::NOT_FOUND, "There is nothing here. The metrics are at /metrics.\n"),
    }
}

async fn metrics(request: &Request<Incoming>, source: &Source) -> Response<Full<Bytes>> {
    let accepted: Vec<&str> =
        request.headers().get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let format = accept::format(&accepted.join(","));
    let mut response = Response::new(Full::new(source.text(format).await));
    let headers: [(HeaderName, HeaderValue); 2] =
        [(CONTENT_TYPE, HeaderValue::from_static(format.media_type())), (VARY, HeaderValue::from_static("Accept"))];
    response.headers_mut().extend(headers);
    response
}

fn said(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, PLAIN);
    response
}
