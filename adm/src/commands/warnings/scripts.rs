//! What the disk and the host's users say of the scripts that are conditions.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::unistd::{Group, Uid, User};
use vrrp::config::{Config, Script, Watch};

/// What `vrrp.service` hides from the daemon (ProtectHome, PrivateTmp).
const HIDDEN: [&str; 5] = ["/tmp", "/var/tmp", "/home", "/root", "/run/user"];

/// Who `vrrp.service` runs as, and a script where nobody is named.
const OWN_USER: &str = "vrrp";

/// Warns about the scripts of all instances and sync groups, about each one once.
pub(in crate::commands) fn of_config(config: &Config) -> Vec<String> {
    let of_instances = config.instances.values().flat_map(|instance| &instance.track);
    let of_groups = config.syncs.values().flat_map(|group| &group.track);
    let mut warnings = BTreeSet::new();
    for track in of_instances.chain(of_groups) {
        if let Watch::Script(script) = &track.watch {
            warnings.extend(of_script(script));
        }
    }
    warnings.into_iter().collect()
}

/// What is wrong with one: its user, and the first part of the way to it.
fn of_script(script: &Script) -> impl Iterator<Item = String> {
    let runner = User::from_name(script.user.as_deref().unwrap_or(OWN_USER)).ok().flatten();
    let user = script.user.as_ref().filter(|_| runner.is_none()).map(|user| {
        let program = script.program.display();
        format!("there is no user {user}, who is to run {program}: create it, or name another")
    });
    user.into_iter().chain(of_program(&script.program, runner.map(|user| user.uid)))
}

/// What is wrong with a program that `runner` runs: the first part of the way to it that lacks or that others can change.
fn of_program(program: &Path, runner: Option<Uid>) -> Option<String> {
    let shown = program.display();
    if let Some(hidden) = HIDDEN.iter().find(|hidden| program.starts_with(hidden)) {
        return Some(format!("{shown}: vrrp.service cannot see what is below {hidden}: put the program elsewhere"));
    }
    let (real, metadata) = match program.canonicalize().and_then(|real| Ok((real.clone(), real.metadata()?))) {
        Ok(found) => found,
        Err(error) => return Some(lost(program, &error)),
    };
    // Who can change a directory can change the links in it, so both ways count.
    let ways: BTreeSet<PathBuf> = program.ancestors().skip(1).chain(real.ancestors()).map(Path::to_owned).collect();
    let changed = ways.iter().find_map(|part| Some((part, changeable(part, runner)?)));
    if let Some((part, how)) = changed {
        let of = if part == program { String::new() } else { format!(", on the way to {shown}") };
        return Some(format!("{}{of}, {how}, so that vrrpd does not run it", part.display()));
    }
    if !metadata.is_file() {
        return Some(format!("{shown} is no program: name a file"));
    }
    (metadata.mode() & 0o111 == 0).then(|| format!("{shown} is not executable: chmod +x {shown}"))
}

/// Says how others than root and `runner` can change a part of the way to a program.
fn changeable(part: &Path, runner: Option<Uid>) -> Option<String> {
    let metadata = part.metadata().ok()?;
    let (owner, mode) = (Uid::from_raw(metadata.uid()), metadata.mode());
    if !owner.is_root() && Some(owner) != runner {
        let owner = User::from_uid(owner).ok().flatten().map_or_else(|| owner.to_string(), |user| user.name);
        Some(format!("belongs to {owner}"))
    } else if mode & 0o002 != 0 {
        Some("can be written by everybody".to_owned())
    } else if mode & 0o020 != 0 && metadata.gid() != 0 {
        let group = Group::from_gid(metadata.gid().into()).ok().flatten();
        Some(format!("can be written by the group {}", group.map_or(metadata.gid().to_string(), |group| group.name)))
    } else {
        None
    }
}

/// Says which part of a path is missing.
fn lost(program: &Path, error: &io::Error) -> String {
    let shown = program.display();
    if error.kind() != io::ErrorKind::NotFound {
        return format!("{shown} cannot be looked at: {error}");
    }
    let ways: Vec<&Path> = program.ancestors().collect();
    match ways.iter().rev().find(|part| !part.exists()) {
        Some(part) if *part != program => format!("{shown} does not exist: there is no {}", part.display()),
        Some(_) | None => format!("{shown} does not exist"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use super::*;

    /// A folder that is not hidden from the daemon.
    fn folder() -> tempfile::TempDir {
        tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir_in("/run").unwrap()
    }

    fn allow(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_exact_part_at_fault_is_told() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        let told = |program: &Path| of_program(program, Some(Uid::from_raw(65534)));
        let shown = folder.path().display();
        let check = path("lib/check");
        assert_eq!(told(&check), Some(format!("{shown}/lib/check does not exist: there is no {shown}/lib")));
        fs::create_dir(path("lib")).unwrap();
        assert_eq!(told(&check), Some(format!("{shown}/lib/check does not exist")));
        fs::write(&check, "#!/bin/sh\n").unwrap();
        allow(&check, 0o644);
        assert_eq!(told(&check), Some(format!("{shown}/lib/check is not executable: chmod +x {shown}/lib/check")));
        allow(&check, 0o755);
        assert_eq!(told(&check), None);
        assert_eq!(told(&path("lib")), Some(format!("{shown}/lib is no program: name a file")));

        allow(&path("lib"), 0o777);
        let way = format!("{shown}/lib, on the way to {shown}/lib/check");
        let refused = |how: &str| Some(format!("{way}, {how}, so that vrrpd does not run it"));
        assert_eq!(told(&check), refused("can be written by everybody"));
        allow(&path("lib"), 0o775);
        assert_eq!(told(&check), None, "the group is root");
        chown(path("lib"), None, Some(1)).unwrap();
        assert_eq!(told(&check), refused("can be written by the group daemon"));
        allow(&path("lib"), 0o755);
        chown(path("lib"), Some(1), None).unwrap();
        assert_eq!(told(&check), refused("belongs to daemon"));
        chown(path("lib"), Some(65534), None).unwrap();
        assert_eq!(told(&check), None, "it is the runner's");

        // A link leads there from a directory that others can change.
        fs::create_dir(path("open")).unwrap();
        allow(&path("open"), 0o777);
        symlink(&check, path("open/link")).unwrap();
        let link = path("open/link");
        let way = format!("{shown}/open, on the way to {shown}/open/link");
        let refused = format!("{way}, can be written by everybody, so that vrrpd does not run it");
        assert_eq!(told(&link), Some(refused));
        let hidden = "/tmp/check: vrrp.service cannot see what is below /tmp: put the program elsewhere";
        assert_eq!(told(Path::new("/tmp/check")).as_deref(), Some(hidden));
    }
}
