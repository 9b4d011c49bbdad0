//! The secrets of a configuration: credentials of systemd's, and files that only their owner can read.

use std::collections::BTreeMap;
use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use nix::libc;
use vrrp::config::problem::Problem;
use vrrp::config::{Auth, Config, Instance, InstanceName, SecretSource};
use vrrp::wire::auth::{Keys, Secret};
use zeroize::Zeroizing;

/// The keys of every instance that authenticates, or what is wrong with its secrets.
pub(crate) type Secrets = BTreeMap<InstanceName, Result<Keys, Vec<Problem>>>;

/// Where systemd tells a service the directory of its credentials.
const DIRECTORY: &str = "CREDENTIALS_DIRECTORY";
/// More than any secret has, in bytes.
const LARGEST: u64 = 1024;

/// Reads every secret that a configuration names.
pub(super) fn fetch(config: &Config) -> Secrets {
    let directory = env::var_os(DIRECTORY).map(PathBuf::from);
    let with_auth = config.instances.values().filter_map(|instance| Some((instance, instance.auth.as_ref()?)));
    let keys = |(instance, auth): (&Instance, &Auth)| {
        let fetch = |source: &SecretSource| one(source, auth, directory.as_deref());
        let keys = auth
            .keys(instance.advert_interval, |source| fetch(source).map_err(|what| problem(instance, source, &what)));
        (instance.name.clone(), keys)
    };
    with_auth.map(keys).collect()
}

fn problem(instance: &Instance, source: &SecretSource, what: &str) -> Problem {
    let message = format!("this secret of {} cannot be used: {what}", instance.name);
    let mut problem = Problem::of_file(&source.to_string(), message);
    problem.instance = Some(instance.name.to_string());
    problem
}

/// Reads one secret, or says what is wrong and what to do.
fn one(source: &SecretSource, auth: &Auth, directory: Option<&Path>) -> Result<Secret, String> {
    let written = match source {
        SecretSource::File(path) => private(path)?,
        SecretSource::Credential(name) => {
            let absent = || {
                format!(
                    "systemd hands none of that name to vrrpd: add LoadCredential={name}:/etc/vrrp/keys/{name} below \
                     [Service] with systemctl edit vrrp.service, and restart it"
                )
            };
            let (file, _) = open(&directory.ok_or_else(absent)?.join(name)).map_err(|error| words(&error, absent))?;
            file
        }
    };
    let written = contents(written).map_err(|error| error.to_string())?;
    Secret::read(&written, auth.secret_lengths())
}

/// Opens a file that only its owner can read.
fn private(path: &Path) -> Result<File, String> {
    let shown = path.display();
    let absent = || "there is no such file: write it, for the user vrrp alone".to_owned();
    let (file, mode) = open(path).map_err(|error| match error.kind() == io::ErrorKind::PermissionDenied {
        true => format!("vrrpd may not read it: chown vrrp {shown}"),
        false => words(&error, absent),
    })?;
    match mode & 0o077 {
        0 => Ok(file),
        _ => Err(format!("others can read it: chmod 600 {shown}, and better choose another secret")),
    }
}

fn words(error: &io::Error, absent: impl FnOnce() -> String) -> String {
    if error.kind() == io::ErrorKind::NotFound { absent() } else { error.to_string() }
}

/// Opens a file, and tells its mode. What is no file is refused, and a pipe is not waited for.
fn open(path: &Path) -> io::Result<(File, u32)> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let data = file.metadata()?;
    if !data.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    Ok((file, data.permissions().mode()))
}

fn contents(file: File) -> io::Result<Zeroizing<Vec<u8>>> {
    // Bytes that a growing buffer leaves behind would not be wiped.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(LARGEST).unwrap_or(usize::MAX) + 1));
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const LENGTHS: Auth = Auth::Password(SecretSource::Credential(String::new()));

    fn write(path: &Path, text: &str, mode: u32) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        let read = |mode| {
            write(&path, "hunter2\n", mode);
            one(&SecretSource::File(path.clone()), &LENGTHS, None)
        };
        assert!(read(0o600).is_ok() && read(0o400).is_ok());
        for mode in [0o644, 0o640, 0o604, 0o620] {
            let told = read(mode).unwrap_err();
            assert!(told.contains("chmod 600") && !told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn what_is_not_there_or_no_file_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let read = |name: &str| one(&SecretSource::File(directory.path().join(name)), &LENGTHS, None).unwrap_err();
        assert!(read("missing").starts_with("there is no such file"));
        nix::unistd::mkfifo(&directory.path().join("pipe"), nix::sys::stat::Mode::S_IRUSR).unwrap();
        assert_eq!(read("pipe"), "it is no file");
        write(&directory.path().join("long"), &"x".repeat(100_000), 0o600);
        assert!(read("long").contains("at most 8"));
    }

    #[test]
    fn a_credential_lies_where_systemd_says_whatever_its_mode() {
        let directory = tempfile::tempdir().unwrap();
        // Systemd gives access by a list, whose mask shows as the group's.
        write(&directory.path().join("vrrp.a"), "hunter2", 0o440);
        let read = |name: &str, directory| one(&SecretSource::Credential(name.to_owned()), &LENGTHS, directory);
        assert!(read("vrrp.a", Some(directory.path())).is_ok());
        for told in [read("vrrp.b", Some(directory.path())), read("vrrp.a", None)] {
            assert!(told.unwrap_err().contains("LoadCredential=vrrp."));
        }
    }
}
