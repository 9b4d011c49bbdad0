//! Conditions on a server: what a web server answers, whether a port takes connections.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use super::{Http, Tcp, Watch};
use crate::config::address;
use crate::config::entries::Entry;
use crate::config::field::Given;
use crate::config::text::Shown;
use crate::config::value::Content;

/// The port of a URL that names none.
const HTTP_PORT: u16 = 80;
/// The most bytes of a URL's path, and of what a body must hold.
const LONGEST: usize = 1024;
/// The most bytes of a host's name (RFC 1035, section 2.3.4).
const LONGEST_HOST: usize = 255;

/// Reads a port that must take connections.
pub(super) fn tcp(entry: &mut Entry<'_, '_>) -> Option<Watch> {
    let server = entry.key("tcp", |given| given.read("192.0.2.10:80", server));
    let pace = entry.pace();
    Some(Watch::Tcp(Tcp { server: *server.given()?.0, pace: pace? }))
}

/// Reads a request and what is expected of the answer.
pub(super) fn http(entry: &mut Entry<'_, '_>) -> Option<Watch> {
    let url = entry.key("http", |given| given.read("http://192.0.2.10/", url));
    let status = entry.key("status", status).value_or(BTreeSet::from([200]));
    let body = entry.key("body", |given| match given.text("ok")? {
        text if (1..=LONGEST).contains(&text.len()) => Some(Some(text.to_owned())),
        _ => given.wrong("cannot be looked for: write 1 to 1024 bytes that stand in the body"),
    });
    let host = entry.key("host", |given| {
        let text = given.text("www.example.org")?;
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
        let named = (1..=LONGEST_HOST).contains(&text.len()) && text.chars().all(good);
        if named { Some(text.to_owned()) } else { given.wrong("is no host: write a name such as \"www.example.org\"") }
    });
    let (body, pace) = (body.value_or(None), entry.pace());
    let (server, path) = url.given()?.0.clone();
    let host = host.value_or(authority(server));
    Some(Watch::Http(Http { server, path, host: host?, status: status?, body: body?, pace: pace? }))
}

/// Reads a status code or a list of them.
fn status(given: &mut Given<'_>) -> Option<BTreeSet<u16>> {
    let what = "is no status of an answer: use 200 to 599";
    let code = |number: u16| (200..=599).contains(&number).then_some(number);
    let Content::List(list) = &given.value.content else {
        return Some(BTreeSet::from([given.number(what, 200, code)?]));
    };
    let mut codes = BTreeMap::new();
    for value in list {
        let code = given.inner("status", value).number(what, 200, code)?;
        if let Some(first) = codes.insert(code, &value.spot) {
            return given.twice(&value.spot, &code.to_string(), first);
        }
    }
    if codes.is_empty() {
        return given.wrong("allows no answer: write a status, such as 200");
    }
    Some(codes.into_keys().collect())
}

/// Reads `http://ADDRESS[:PORT][/PATH]`, or says what is wrong with it.
fn url(text: &str) -> Result<(SocketAddr, String), String> {
    let shown = Shown::new(text);
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => return Err(format!("\"{shown}\" does not begin with http://: write \"http://{shown}\"")),
    };
    match scheme.as_str() {
        "http" => {}
        "https" => {
            return Err(format!(
                "\"{shown}\" asks over TLS: http looks without it only; use tcp for the port alone, or a script"
            ));
        }
        _ => return Err(format!("\"{shown}\" is no URL of a web server: begin it with http://")),
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(format!("\"{shown}\" names a user: write the address alone, passwords are for a script"));
    }
    let portless = !authority.contains(':') || authority.ends_with(']');
    let server = if portless { server(&format!("{authority}:{HTTP_PORT}"))? } else { server(authority)? };
    if path.contains('#') {
        return Err(format!("\"{shown}\" has a #, and no server ever sees what follows: leave it out"));
    }
    if let Some(wrong) = path.chars().find(|c| !c.is_ascii_graphic()) {
        let wrong = wrong.to_string();
        return Err(format!("\"{shown}\" has the character '{}': write it as % and hex digits", Shown::new(&wrong)));
    }
    if path.len() > LONGEST {
        return Err(format!("\"{shown}\" is too long: a path has at most {LONGEST} bytes"));
    }
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    Ok((server, path))
}

/// How a server is named in a request that names no host (RFC 9110, section 7.2).
fn authority(server: SocketAddr) -> String {
    match server.ip() {
        _ if server.port() != HTTP_PORT => server.to_string(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// Reads `ADDRESS:PORT`, or says what is wrong with it.
fn server(text: &str) -> Result<SocketAddr, String> {
    let shown = Shown::new(text);
    if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
        return Err(format!(
            "\"{shown}\" has no port: write it with one, such as \"{}\"",
            SocketAddr::new(ip, HTTP_PORT)
        ));
    }
    if text.contains("://") {
        return Err(format!("\"{shown}\" is a URL: write an address and a port, such as \"192.0.2.10:80\""));
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        address::ip(text)?;
        return Err(format!("\"{shown}\" has no port: write one such as \"192.0.2.10:80\""));
    };
    let ip = address::ip(host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host))?;
    if ip.is_ipv6() && !host.starts_with('[') {
        return Err(format!("\"{shown}\" has no brackets: write \"[{ip}]:{}\"", Shown::new(port)));
    }
    if let Some(fault) = address::unusable(ip).filter(|_| !ip.is_loopback()) {
        return Err(format!("{ip} {fault}: write the address of a server"));
    }
    if address::is_link_local(ip) {
        return Err(format!(
            "{ip} is link-local, which does not say on which link: write another address of the server"
        ));
    }
    match port.parse::<u16>() {
        Ok(port @ 1..) => Ok(SocketAddr::new(ip, port)),
        Ok(0) | Err(_) => Err(format!("\"{}\" is no port: use 1 to 65535", Shown::new(port))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let cases = [
            ("http://192.0.2.10", "192.0.2.10:80", "/", "192.0.2.10"),
            ("HTTP://192.0.2.10:8080/health?a=b&c", "192.0.2.10:8080", "/health?a=b&c", "192.0.2.10:8080"),
            ("http://[2001:db8::1]/x", "[2001:db8::1]:80", "/x", "[2001:db8::1]"),
            ("http://[::1]:81?x", "[::1]:81", "/?x", "[::1]:81"),
        ];
        for (text, expected, expected_path, name) in cases {
            let (server, path) = url(text).unwrap();
            assert_eq!((server.to_string().as_str(), path.as_str()), (expected, expected_path));
            assert_eq!(authority(server), name);
        }
    }

    #[test]
    fn servers_have_an_address_and_a_port() {
        for text in ["192.0.2.10:80", "127.0.0.1:1", "[2001:db8::1]:65535", "[::1]:80"] {
            assert_eq!(server(text).unwrap().to_string(), text);
        }
    }
}
