//! Which processes of some names run, as /proc tells.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::PathBuf;

/// The processes of the names that matter.
pub(super) struct Census {
    proc: PathBuf,
    running: BTreeMap<String, BTreeSet<u32>>,
    /// Not even the first process can be seen.
    blind: bool,
}

impl Census {
    /// Counts nobody yet. `proc` is where procfs is mounted.
    pub(super) fn of(proc: impl Into<PathBuf>) -> Self {
        Self { proc: proc.into(), running: BTreeMap::new(), blind: false }
    }

    /// Counts processes of these names and no others, and tells whether one of them is new.
    pub(super) fn follow<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> bool {
        let before = std::mem::take(&mut self.running);
        self.running = names.map(|name| (name.to_owned(), before.get(name).cloned().unwrap_or_default())).collect();
        self.running.keys().any(|name| !before.contains_key(name))
    }

    /// How many run.
    pub(super) fn count(&self, name: &str) -> usize {
        self.running.get(name).map_or(0, BTreeSet::len)
    }

    /// Tells whether a process is counted.
    pub(super) fn knows(&self, process: u32) -> bool {
        self.running.values().any(|running| running.contains(&process))
    }

    /// Tells whether the processes of others are hidden, so that no count says anything.
    pub(super) const fn is_blind(&self) -> bool {
        self.blind
    }

    /// Counts anew.
    pub(super) fn scan(&mut self) {
        self.running.values_mut().for_each(BTreeSet::clear);
        self.blind = self.name(1).is_err();
        let entries = fs::read_dir(&self.proc).into_iter().flatten().flatten();
        let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        processes.for_each(|process| self.enter(process));
    }

    /// Looks at one process again, which may be new.
    pub(super) fn look(&mut self, process: u32) {
        self.strike(process);
        self.enter(process);
    }

    /// Looks again at all that are counted.
    pub(super) fn check(&mut self) {
        let counted: BTreeSet<u32> = self.running.values().flatten().copied().collect();
        counted.into_iter().for_each(|process| self.look(process));
    }

    /// Strikes a process off that has ended.
    pub(super) fn strike(&mut self, process: u32) {
        for running in self.running.values_mut() {
            running.remove(&process);
        }
    }

    fn enter(&mut self, process: u32) {
        let Ok(name) = self.name(process) else { return };
        if self.running.contains_key(&name) && self.lives(process) {
            self.running.entry(name).or_default().insert(process);
        }
    }

    /// The name that the kernel has; any user may read it.
    fn name(&self, process: u32) -> io::Result<String> {
        let mut name = self.read(process, "comm")?;
        if name.ends_with('\n') {
            name.pop();
        }
        Ok(name)
    }

    /// Tells whether a process has not ended: one that nobody has waited for keeps its name.
    fn lives(&self, process: u32) -> bool {
        let stat = self.read(process, "stat").unwrap_or_default();
        // The name before the state may contain anything.
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
    }

    fn read(&self, process: u32, file: &str) -> io::Result<String> {
        let mut bytes = Vec::new();
        let file = File::open(self.proc.join(process.to_string()).join(file))?;
        file.take(4096).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory that looks like procfs with these processes: number, name and state.
    fn proc(processes: &[(u32, &str, char)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (process, name, state) in processes {
            let of_process = folder.path().join(process.to_string());
            fs::create_dir_all(&of_process).unwrap();
            fs::write(of_process.join("comm"), format!("{name}\n")).unwrap();
            fs::write(of_process.join("stat"), format!("{process} ({name}) {state} 1 1")).unwrap();
        }
        folder
    }

    #[test]
    fn those_that_live_are_counted_by_name() {
        let folder = proc(&[(1, "init", 'S'), (2, "a) Z", 'R'), (3, "a) Z", 'Z'), (4, "b", 'S'), (5, "c", 'S')]);
        let mut census = Census::of(folder.path());
        assert!(census.follow(["a) Z", "b", "d"].into_iter()));
        census.scan();
        assert_eq!([census.count("a) Z"), census.count("b"), census.count("c"), census.count("d")], [1, 1, 0, 0]);
        assert!(census.knows(2) && census.knows(4) && !census.knows(3) && !census.knows(5));

        assert!(!census.follow(["b"].into_iter()), "no name is new");
        assert_eq!(census.count("b"), 1);
        census.strike(4);
        assert_eq!(census.count("b"), 0);
        census.look(4);
        census.look(99);
        assert_eq!(census.count("b"), 1);
    }

    #[test]
    fn a_process_that_changes_its_name_or_ends_is_noticed() {
        let folder = proc(&[(1, "init", 'S'), (2, "a", 'S')]);
        let mut census = Census::of(folder.path());
        census.follow(["a", "b"].into_iter());
        census.scan();
        fs::write(folder.path().join("2/comm"), "b\n").unwrap();
        census.check();
        assert_eq!((census.count("a"), census.count("b")), (0, 1));
        fs::remove_dir_all(folder.path().join("2")).unwrap();
        census.check();
        assert_eq!((census.count("a"), census.count("b")), (0, 0));
    }

    #[test]
    fn hidden_processes_are_not_taken_for_ended_ones() {
        let folder = proc(&[(7, "vrrpd", 'S')]);
        let mut census = Census::of(folder.path());
        census.follow(["a"].into_iter());
        census.scan();
        assert!(census.is_blind());
        fs::rename(folder.path().join("7"), folder.path().join("1")).unwrap();
        census.scan();
        assert!(!census.is_blind());
    }
}
