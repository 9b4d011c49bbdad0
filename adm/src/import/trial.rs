//! Asks vrrpd's own check whether it would take a piece of what was made. So no rule of it stands here a second time.

use std::net::IpAddr;

use vrrp::config::check::check;
use vrrp::config::file::Source;
use vrrp::config::problem::Problem;

/// What an instance must have, for a piece that says nothing of it.
const FRAME: &str = "[instance.trial]\ninterface = \"eth0\"\nvrid = 1\n";

/// What is wrong with a key of an instance, if something is.
pub(super) fn refusal(key: &str) -> Option<String> {
    let addresses = if key.starts_with("addresses") { "" } else { "addresses = [\"192.0.2.1/24\"]\n" };
    first(check(&[source(&format!("{FRAME}{addresses}{key}\n"))]).err()?)
}

/// What is wrong with the address of a peer, if something is.
pub(super) fn refused_peer(peer: &str, v6: bool) -> Option<String> {
    let address = if v6 { "2001:db8::1/64" } else { "192.0.2.1/24" };
    first(check(&[source(&format!("{FRAME}addresses = [\"{address}\"]\npeers = [{peer}]\n"))]).err()?)
}

/// What is wrong with a key of an instance that has these addresses, if something is.
pub(super) fn refusal_beside(addresses: &[(IpAddr, u8)], key: &str) -> Option<String> {
    let addresses: Vec<String> = addresses.iter().map(|(ip, prefix)| format!("\"{ip}/{prefix}\"")).collect();
    let addresses = addresses.join(", ");
    first(check(&[source(&format!("{FRAME}addresses = [{addresses}]\nhold = \"none\"\n{key}\n"))]).err()?)
}

/// What is wrong with a whole configuration.
pub(super) fn problems(toml: &str) -> Vec<Problem> {
    check(&[source(toml)]).err().unwrap_or_default()
}

fn source(text: &str) -> Source {
    Source { path: String::new(), text: text.to_owned() }
}

fn first(problems: Vec<Problem>) -> Option<String> {
    problems.into_iter().next().map(|problem| problem.message)
}
