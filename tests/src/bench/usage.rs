//! What a program has used so far, all of its processes and threads together, as the kernel tells it.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::unistd::Pid;

/// What was used until some moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    threads: BTreeMap<i32, Thread>,
    /// The most memory that each process ever had, added up, in KiB.
    pub(super) peak: u64,
    /// Open descriptors.
    pub(super) descriptors: usize,
}

#[derive(Clone, Debug, Default)]
struct Thread {
    name: String,
    /// Nanoseconds on a processor.
    ran: u64,
    /// How often it waited for something.
    waits: u64,
}

impl Usage {
    /// What some processes and all their descendants have used.
    ///
    /// # Errors
    /// One of them has ended.
    pub(super) fn of(processes: &[Pid]) -> Result<Self> {
        let mut usage = Self::default();
        for process in processes {
            usage.add(process.as_raw()).with_context(|| format!("what does {process} use?"))?;
        }
        Ok(usage)
    }

    fn add(&mut self, process: i32) -> Result<()> {
        let directory = format!("/proc/{process}");
        self.peak += field(&fs::read_to_string(format!("{directory}/status"))?, "VmHWM")?;
        self.descriptors += fs::read_dir(format!("{directory}/fd"))?.count();
        for entry in fs::read_dir(format!("{directory}/task"))? {
            let entry = entry?;
            let number: i32 = entry.file_name().to_string_lossy().parse()?;
            let read = |name: &str| fs::read_to_string(entry.path().join(name));
            let Ok(ran) = read("schedstat") else { continue };
            let ran = ran.split_whitespace().next().context("schedstat is empty")?.parse()?;
            let waits = field(&read("status")?, "voluntary_ctxt_switches")?;
            self.threads.insert(number, Thread { name: read("comm")?.trim().to_owned(), ran, waits });
            for child in read("children")?.split_whitespace() {
                self.add(child.parse()?)?;
            }
        }
        Ok(())
    }

    /// The time on a processor since an earlier moment. Threads that ended meanwhile are not in it.
    pub(super) fn ran_since(&self, earlier: &Self) -> Duration {
        self.since(earlier, |_| true, |thread| thread.ran)
    }

    /// The same of the threads of a name.
    pub(super) fn thread_ran_since(&self, earlier: &Self, name: &str) -> Duration {
        self.since(earlier, |thread| thread.name == name, |thread| thread.ran)
    }

    /// How often it began to wait since an earlier moment, which is how often it woke.
    pub(super) fn waits_since(&self, earlier: &Self) -> u64 {
        let before = |number: &i32| earlier.threads.get(number).map_or(0, |thread| thread.waits);
        self.threads.iter().map(|(number, thread)| thread.waits.saturating_sub(before(number))).sum()
    }

    fn since(&self, earlier: &Self, of: impl Fn(&Thread) -> bool, figure: impl Fn(&Thread) -> u64) -> Duration {
        let before = |number: &i32| earlier.threads.get(number).map_or(0, &figure);
        let threads = self.threads.iter().filter(|(_, thread)| of(thread));
        Duration::from_nanos(threads.map(|(number, thread)| figure(thread).saturating_sub(before(number))).sum())
    }
}

/// A field of a status file.
fn field(status: &str, name: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let word = line.and_then(|line| line.split_whitespace().next());
    Ok(word.with_context(|| format!("no {name} in a status file"))?.parse()?)
}

#[cfg(test)]
mod tests {
    use nix::unistd::getpid;

    use super::Usage;

    #[test]
    fn this_process_has_used_something() -> anyhow::Result<()> {
        let before = Usage::of(&[getpid()])?;
        assert!(before.peak > 0 && before.descriptors > 2);
        let sum: u64 = (0..3_000_000_u64).map(std::hint::black_box).sum();
        assert!(sum > 0);
        let after = Usage::of(&[getpid()])?;
        assert!(!after.ran_since(&before).is_zero());
        assert!(after.thread_ran_since(&before, "no such thread").is_zero());
        Ok(())
    }
}
