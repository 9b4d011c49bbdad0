//! What no rule can judge, and the test that proves each.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use lab::document::{Block, Document};
use lab::workspace;

use crate::commands::commands;
use crate::{blocks, language, nothing, pages};

/// A line to type, or a block that is neither a configuration nor typed.
#[derive(Debug)]
pub(crate) struct Proof {
    page: &'static str,
    language: &'static str,
    /// How the line begins, or the first line of the block.
    start: &'static str,
    /// The file of the test.
    test: &'static str,
}

const fn proof(page: &'static str, language: &'static str, start: &'static str, test: &'static str) -> Proof {
    Proof { page, language, start, test }
}

const DIRECTORS: &str = "tests/tests/vm/directors.rs";
const GETTING_STARTED: &str = "tests/tests/getting_started.rs";

/// All of them.
pub(crate) const PROVED: &[Proof] = &[
    proof("ARCHITECTURE.md", "text", "vrrp/ ", "tests/tests/tidy.rs"),
    proof("README.md", "text", "        vrrp@inst1.service", "tests/tests/units.rs"),
    proof("docs/authentication.md", "sh", "( umask 077", "tests/tests/authentication/systemd.rs"),
    proof("docs/authentication.md", "ini", "[Service]", "tests/tests/authentication/systemd.rs"),
    proof("docs/getting-started.md", "nginx", "# /etc/nginx/", GETTING_STARTED),
    proof("docs/getting-started.md", "apache", "# /etc/apache2/", GETTING_STARTED),
    proof("docs/getting-started.md", "haproxy", "# /etc/haproxy/", GETTING_STARTED),
    proof("docs/getting-started.md", "text", "web is Master", GETTING_STARTED),
    proof("docs/getting-started.md", "ini", "# /etc/sysctl.d/", GETTING_STARTED),
    proof("docs/ipvs.md", "ini", "# /etc/sysctl.d/60-director.conf", DIRECTORS),
    proof("docs/ipvs.md", "ini", "# /etc/systemd/system/balance.service", DIRECTORS),
    proof("docs/ipvs.md", "ini", "# /etc/systemd/system/conntrackd-", DIRECTORS),
    proof("docs/ipvs.md", "text", "# /etc/conntrackd/conntrackd.conf", DIRECTORS),
    proof("docs/ipvs.md", "text", "# /etc/nftables.conf", DIRECTORS),
    proof("docs/metrics.md", "ini", "[Socket]", "tests/tests/units/metrics.rs"),
    proof("docs/metrics.md", "yaml", "scrape_configs:", "tests/tests/metrics.rs"),
    proof("docs/reception.md", "text", "inst1 is Backup: advertisements from", "vrrp/tests/scenarios/filtered.rs"),
    proof("docs/man/vrrp@.service.5", "ini", "# /etc/systemd/system/", "tests/tests/tool/follow.rs"),
    proof("docs/man/vrrp@.service.5", "ini", "# systemctl edit vrrp.service", "tests/tests/authentication/systemd.rs"),
    proof("docs/man/vrrp@.service.5", "ini", "# systemctl edit vrrp-metrics.socket", "tests/tests/units/metrics.rs"),
];

/// Programs of others that pages have run, each with a test that runs it, most of them by reading the page.
const RUN: &[(&str, &str)] = &[
    ("apache2ctl", GETTING_STARTED),
    ("apt", "tests/tests/readme.rs"),
    ("busctl", GETTING_STARTED),
    ("conntrackd", DIRECTORS),
    ("curl", "tests/tests/units/metrics.rs"),
    ("haproxy", GETTING_STARTED),
    ("ip", GETTING_STARTED),
    ("ipvsadm", DIRECTORS),
    ("less", "tests/tests/terminal.rs"),
    ("nginx", GETTING_STARTED),
    ("sysctl", GETTING_STARTED),
    ("systemd-sysusers", "tests/tests/readme.rs"),
    ("systemd-tmpfiles", "tests/tests/readme.rs"),
];

/// The pages of measurements, with the verb of `cargo lab` that writes their tables, each behind a comment that names the case.
const MEASURED: [(&str, &str); 2] = [("docs/performance.md", "bench"), ("docs/reliability.md", "reliability")];

impl Proof {
    /// Tells whether it is of such a line, or of a block with this first line.
    pub(crate) fn is_of(&self, page: &Path, language: &str, line: &str) -> bool {
        page == Path::new(self.page) && language == self.language && line.starts_with(self.start)
    }

    /// Tells whether some test runs a program of others.
    pub(crate) fn runs(program: &str) -> bool {
        RUN.iter().any(|(known, _)| *known == program)
    }
}

/// Tells whether `cargo lab` writes a block anew when it measures.
fn is_measured(page: &Document, block: &Block) -> bool {
    MEASURED.iter().any(|(measured, _)| page.path == Path::new(measured)) && !block.comment.is_empty()
}

fn first_line(block: &Block) -> &str {
    block.text.lines().next().unwrap_or_default()
}

#[test]
fn every_other_block_is_proved_by_a_test() -> Result<()> {
    let pages = pages()?;
    let mut found = Vec::new();
    for (page, block) in pages.iter().flat_map(|page| page.blocks.iter().map(move |block| (page, block))) {
        let (language, first) = (language(page, &block.what), first_line(&block.what));
        let proved = PROVED.iter().any(|proof| proof.is_of(&page.path, &language, first));
        if ["sh", "toml"].contains(&language.as_str()) || proved || is_measured(page, &block.what) {
            continue;
        }
        let advice = match language.as_str() {
            "" => "it does not say what it is: put it between fences, with a language",
            _ => "nothing proves this: name the test that does in tests/tests/examples/proofs.rs",
        };
        found.push(format!("{}: {first}: {advice}", page.place(block.line)));
    }
    nothing(&found)
}

/// The programs that are typed.
fn typed(pages: &[Document]) -> Result<BTreeSet<String>> {
    let lines = blocks(pages, "sh").into_iter().flat_map(|(_, block)| block.what.text.lines());
    let commands = lines.map(commands).collect::<Result<Vec<_>>>()?;
    Ok(commands.into_iter().flatten().map(|command| command[0].clone()).collect())
}

#[test]
fn every_proof_is_of_something_and_its_test_is_there() -> Result<()> {
    let pages = pages()?;
    let mut found = Vec::new();
    for proof in PROVED {
        let page = pages.iter().find(|page| page.path == Path::new(proof.page));
        let blocks = page.iter().flat_map(|page| page.blocks.iter().map(move |block| (*page, &block.what)));
        let mut lines = blocks.flat_map(|(page, block)| {
            let language = language(page, block);
            let lines = if language == "sh" { block.text.lines().collect() } else { vec![first_line(block)] };
            lines.into_iter().map(move |line| (language.clone(), line))
        });
        if !lines.any(|(language, line)| proof.is_of(Path::new(proof.page), &language, line)) {
            found.push(format!("{} shows nothing that begins with {:?} any more", proof.page, proof.start));
        }
    }
    let typed: BTreeSet<String> = typed(&pages)?;
    let idle = RUN.iter().filter(|(program, _)| !typed.contains(*program));
    found.extend(idle.map(|(program, _)| format!("no page has anybody type {program} any more")));
    let tests = PROVED.iter().map(|proof| proof.test).chain(RUN.iter().map(|(_, test)| *test));
    let gone = tests.filter(|test| !workspace::root().join(test).exists());
    found.extend(gone.map(|test| format!("{test} is to be a proof, and is not there")));
    nothing(&found)
}

#[test]
fn every_table_of_measurements_is_of_a_case() -> Result<()> {
    for (page, verb) in MEASURED {
        let page = Document::read(Path::new(page))?;
        let comments = page.blocks.iter().map(|block| block.what.comment.as_str());
        let cases: Vec<_> = comments.filter(|comment| !["", "machine"].contains(comment)).collect();
        ensure!(cases.len() > 3, "{} has {cases:?}", page.path.display());
        let lab = Command::new(env!("CARGO_BIN_EXE_lab")).arg(verb).args(&cases).arg("--help").output()?;
        ensure!(lab.status.success(), "{}: {}", page.path.display(), String::from_utf8_lossy(&lab.stderr));
    }
    Ok(())
}
