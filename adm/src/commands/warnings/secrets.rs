//! Secrets of this host that the daemon could not use, as far as whoever asks may see them.

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use nix::unistd::User;
use vrrp::config::{Config, SecretSource};

/// The user that the daemon runs as.
const DAEMON: &str = "vrrp";

/// Warns about every file with a secret that is missing or that the wrong users can read. No secret is read for that.
pub(in crate::commands) fn of_config(config: &Config) -> Vec<String> {
    let daemon = User::from_name(DAEMON).ok().flatten().map(|user| user.uid.as_raw());
    let mut warnings = Vec::new();
    for instance in config.instances.values() {
        for source in instance.auth.iter().flat_map(|auth| auth.sources()) {
            // Credentials are systemd's to check: they lie where its manager says.
            let SecretSource::File(path) = source else { continue };
            warnings.extend(of_file(path, daemon).map(|what| format!("{}: {}: {what}", instance.name, path.display())));
        }
    }
    warnings
}

fn of_file(path: &Path, daemon: Option<u32>) -> Option<String> {
    let shown = path.display();
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Some("there is no such secret: vrrpd will refuse this configuration".to_owned())
        }
        // Whoever may not look at it has nothing to say about it.
        Err(_) => None,
        Ok(data) if !data.is_file() => Some("this secret is no file".to_owned()),
        Ok(data) if data.permissions().mode() & 0o077 != 0 => {
            Some(format!("others can read this secret: chmod 600 {shown}, and better choose another"))
        }
        Ok(data) if daemon.is_some_and(|daemon| daemon != data.uid()) => {
            Some(format!("vrrpd may not read this secret: chown {DAEMON} {shown}"))
        }
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    #[test]
    fn each_unfit_file_is_told_with_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        let told = |mode, daemon| {
            fs::write(&path, "hunter2").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            of_file(&path, daemon)
        };
        let own = Some(directory.path().metadata().unwrap().uid());
        assert_eq!((told(0o600, own), told(0o400, own), told(0o600, None)), (None, None, None));
        assert!(told(0o640, own).is_some_and(|told| told.contains("chmod 600")));
        assert!(told(0o600, Some(u32::MAX)).is_some_and(|told| told.contains("chown vrrp")));
        assert!(of_file(&directory.path().join("none"), own).is_some_and(|told| told.contains("no such secret")));
        assert!(of_file(directory.path(), own).is_some_and(|told| told.contains("no file")));
    }
}
