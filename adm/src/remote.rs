//! Another host: the same command line, carried out there by its own vrrpadm, over ssh.

use std::collections::HashSet;
use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal as _};
use std::net::Ipv6Addr;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::str::FromStr;

use anyhow::bail;

use crate::exit::Health;
use crate::render::phrase::refusal;

/// The option that names the host, as a letter.
const SHORT: u8 = b'H';
/// What tells which ssh is meant, as systemctl has it.
const SSH: &str = "SYSTEMD_SSH";
/// What decides how an answer looks, and is passed on.
const LOOKS: [&str; 2] = ["NO_COLOR", "SYSTEMD_COLORS"];
/// What the other host's shell is to do. Not everybody has the programs of administrators on the way to programs, and ssh tells of a
/// program's end by a signal, such as Ctrl-C, only that it failed itself.
const SCRIPT: &str = "PATH=\"$PATH:/usr/sbin:/usr/bin\"; command -v vrrpadm >/dev/null || \
                      { echo \"error: vrrpadm is not installed on $(uname -n)\" >&2; exit 2; }; trap : INT QUIT; env \"$@\"";

/// A host that ssh reaches, as systemctl names one: `[USER@]HOST[:PORT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// `[USER@]HOST`; never anything that ssh could take for an option.
    host: String,
    port: Option<u16>,
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (user, rest) = text.rsplit_once('@').map_or((None, text), |(user, rest)| (Some(user), rest));
        if let Some(user) = user.filter(|user| !is_word(user, "._-+\\@")) {
            return Err(format!("{user:?} is no name of a user"));
        }
        if let Some((host, container)) = rest.split_once('/').filter(|(host, _)| is_word(host, "._-%:[]")) {
            return Err(format!("{container:?} on {host} cannot be reached this way: name a host that ssh reaches"));
        }
        let (host, port) = host_and_port(rest)?;
        if !is_word(host, "._-%:") {
            return Err(format!("{host:?} is no name of a host, nor an address: write [USER@]HOST[:PORT]"));
        }
        let host = user.map_or_else(|| host.to_owned(), |user| format!("{user}@{host}"));
        Ok(Self { host, port })
    }
}

fn host_and_port(text: &str) -> Result<(&str, Option<u16>), String> {
    if text.parse::<Ipv6Addr>().is_ok() {
        return Ok((text, None));
    }
    let (host, port) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or(rest))),
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let number = |port: &str| match port.parse() {
        Ok(0) | Err(_) => Err(format!("{port:?} is no port: write a number from 1 to 65535")),
        Ok(port) => Ok(port),
    };
    Ok((host, port.map(number).transpose()?))
}

/// Tells whether a text is of letters, digits and some signs, and no option.
fn is_word(text: &str, signs: &str) -> bool {
    let fits = |character: char| character.is_ascii_alphanumeric() || signs.contains(character);
    !text.is_empty() && !text.starts_with('-') && text.chars().all(fits)
}

impl Destination {
    /// Becomes an ssh that carries the arguments of a command line out on the host. So signals and exit codes are those of over there.
    ///
    /// # Errors
    /// There is no ssh.
    pub(crate) fn run(
        &self,
        command: &clap::Command,
        arguments: impl Iterator<Item = OsString>,
    ) -> anyhow::Result<Health> {
        self.become_ssh(command, arguments).map(|never| match never {})
    }

    fn become_ssh(
        &self,
        command: &clap::Command,
        arguments: impl Iterator<Item = OsString>,
    ) -> anyhow::Result<Infallible> {
        let program = std::env::var_os(SSH).filter(|ssh| !ssh.is_empty()).unwrap_or_else(|| "ssh".into());
        // A person at a terminal is asked over there, sees colours, and stops what runs with Ctrl-C.
        let person = io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal();
        let mut ssh = Command::new(&program);
        ssh.arg(if person { "-xt" } else { "-xT" });
        if let Some(port) = self.port {
            ssh.arg("-p").arg(port.to_string());
        }
        ssh.arg("--").arg(&self.host).arg(line(&looks(), &without_host(command, arguments))?);
        let error = ssh.exec();
        if error.kind() == io::ErrorKind::NotFound {
            bail!("there is no {}: install openssh-client", program.display());
        }
        bail!("{} cannot be run: {}", program.display(), refusal(&error))
    }
}

fn looks() -> Vec<OsString> {
    let set = LOOKS.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    set.map(|(name, value)| [OsStr::new(name), OsStr::new("="), &value].into_iter().collect()).collect()
}

/// The line for the other host's shell, whichever that is: ssh joins what it is given, and that shell takes it apart.
fn line(looks: &[OsString], arguments: &[OsString]) -> anyhow::Result<OsString> {
    let words = ["sh", "-c", SCRIPT, "sh"].map(OsString::from).into_iter();
    let words = words.chain(looks.iter().cloned()).chain(["vrrpadm".into()]).chain(arguments.iter().cloned());
    let words: Vec<OsString> = words.collect();
    let line = shlex::bytes::try_join(words.iter().map(|word| word.as_bytes()))?;
    Ok(OsString::from_vec(line))
}

/// A command line without the option that names the host. It was understood, so that what begins with `-` is an option.
fn without_host(command: &clap::Command, mut arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let valued = letters_with_values(command);
    let mut kept: Vec<OsString> = Vec::new();
    while let Some(argument) = arguments.next() {
        let bytes = argument.as_bytes();
        if bytes == b"--" {
            kept.push(argument);
            kept.extend(arguments);
            break;
        }
        if bytes.starts_with(b"--") {
            match bytes {
                b"--host" => drop(arguments.next()),
                _ if bytes.starts_with(b"--host=") => {}
                _ => kept.push(argument),
            }
            continue;
        }
        let letters = bytes.strip_prefix(b"-").unwrap_or_default();
        // What follows the first letter that takes a value is that value.
        match letters.iter().position(|letter| valued.contains(letter)).map(|at| letters.split_at(at)) {
            Some((flags, [SHORT, value @ ..])) => {
                if !flags.is_empty() {
                    kept.push(OsString::from_vec([b"-", flags].concat()));
                }
                if value.is_empty() {
                    arguments.next();
                }
            }
            Some(_) | None => kept.push(argument),
        }
    }
    kept
}

fn letters_with_values(command: &clap::Command) -> HashSet<u8> {
    let own = command.get_arguments().chain(command.get_subcommands().flat_map(clap::Command::get_arguments));
    let valued = own.filter(|argument| argument.get_action().takes_values());
    valued.filter_map(|argument| u8::try_from(argument.get_short()?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(text: &str) -> Result<(String, Option<u16>), String> {
        text.parse().map(|Destination { host, port }| (host, port))
    }

    #[test]
    fn a_host_is_named_as_systemctl_names_one() {
        let found = |host: &str, port| Ok((host.to_owned(), port));
        assert_eq!(destination("web2"), found("web2", None));
        assert_eq!(destination("root@web2.example.org:2222"), found("root@web2.example.org", Some(2222)));
        assert_eq!(destination("2001:db8::1"), found("2001:db8::1", None));
        assert_eq!(destination("admin@[fe80::1%eth0]:22"), found("admin@fe80::1%eth0", Some(22)));
        assert_eq!(destination("[2001:db8::1]"), found("2001:db8::1", None));
        assert_eq!(destination("user@example.org@web2"), found("user@example.org@web2", None));
    }

    #[test]
    fn what_ssh_could_take_for_an_option_is_refused() {
        for text in ["-oProxyCommand=x", "-l@web2", "root@-v", "", "@web2", "root@", "web 2", "web2:0", "web2:x"] {
            assert!(destination(text).is_err(), "{text}");
        }
        for text in ["web2/box", "web2:22/box", "web$(x)", "web2;x", "[web2", "web\n2"] {
            assert!(destination(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_other_host_gets_the_same_line_without_the_host() {
        let command = clap::Command::new("vrrpadm").arg(clap::Arg::new("host").short('H').long("host")).subcommand(
            clap::Command::new("list").args([
                clap::Arg::new("output").short('o'),
                clap::Arg::new("parseable").short('p').action(clap::ArgAction::SetTrue),
            ]),
        );
        let kept = |line: &str| {
            let kept = without_host(&command, line.split(' ').map(OsString::from));
            kept.join(OsStr::new(" ")).into_string().unwrap_or_default()
        };
        assert_eq!(kept("-H web2 status"), "status");
        assert_eq!(kept("list -Hweb2 inst1"), "list inst1");
        assert_eq!(kept("--host=web2 list --host web2 -pH web2"), "list -p");
        assert_eq!(kept("list -oH -pHweb2"), "list -oH -p");
        assert_eq!(kept("list -po name,Hx -H web2 -- -H x"), "list -po name,Hx -- -H x");
        assert_eq!(kept("list --hostile -"), "list --hostile -");
    }

    #[test]
    fn no_word_of_the_line_is_more_than_a_word() -> anyhow::Result<()> {
        let arguments = ["why", "a'b; $(c) `d` \\", "", "e f", "!x"].map(OsString::from);
        let line = line(&["NO_COLOR=1".into()], &arguments)?;
        let words = shlex::bytes::split(line.as_bytes()).unwrap_or_default();
        let expected = ["sh", "-c", SCRIPT, "sh", "NO_COLOR=1", "vrrpadm"].map(OsString::from);
        let expected: Vec<Vec<u8>> = expected.into_iter().chain(arguments).map(OsString::into_vec).collect();
        assert_eq!(words, expected);
        Ok(())
    }
}
