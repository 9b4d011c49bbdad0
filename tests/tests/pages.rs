//! Proofs that the manual pages are well formed, name only what there is, and leave out no unit.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use lab::{Place, packages, workspace};

/// The page of the units.
const UNITS: &str = "vrrp@.service.5";

/// What an escape of roff's is to the eye, for those that our pages have.
const ESCAPES: [(&str, &str); 4] = [("\\-", "-"), ("\\fB", ""), ("\\fI", ""), ("\\fR", "")];

fn files(directory: &str) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(workspace::root().join(directory))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    ensure!(!files.is_empty(), "{directory} is empty");
    Ok(files)
}

fn names(directory: &str) -> Result<BTreeSet<String>> {
    let name = |file: PathBuf| Some(file.file_name()?.to_str()?.to_owned());
    files(directory)?.into_iter().map(|file| name(file).context("a name of letters")).collect()
}

fn read(file: &str) -> Result<String> {
    fs::read_to_string(workspace::root().join(file)).with_context(|| format!("cannot read {file}"))
}

/// A page as its reader sees the words of it.
fn page(name: &str) -> Result<String> {
    let text = read(&format!("docs/man/{name}"))?;
    Ok(ESCAPES.iter().fold(text, |text, (escape, seen)| text.replace(escape, seen)))
}

/// The names of our own units in a text, with `NAME` left out.
fn units_in(text: &str) -> BTreeSet<String> {
    let is_of_name = |character: char| character.is_ascii_alphanumeric() || "@.-".contains(character);
    let words = text.split(|character| !is_of_name(character)).map(|word| word.trim_matches('.'));
    let kinds = [".service", ".target", ".socket", ".path"];
    let is_unit = |word: &&str| word.starts_with("vrrp") && kinds.iter().any(|kind| word.ends_with(kind));
    words.filter(is_unit).map(|unit| unit.replace("@NAME.", "@.").replace("@web.", "@.")).collect()
}

#[test]
fn troff_finds_nothing_wrong_with_any_page() -> Result<()> {
    packages::ensure(packages::PAGES)?;
    for name in names("docs/man")? {
        // An alias is read where pages are installed.
        if page(&name)?.starts_with(".so ") {
            continue;
        }
        let file = workspace::root().join("docs/man").join(name).display().to_string();
        let output = Place::machine().run(&["groff", "-k", "-man", "-ww", "-z", "-Tutf8", &file])?;
        ensure!(output.code == Some(0) && output.stderr.is_empty(), "{file}: {}", output.stderr);
    }
    Ok(())
}

#[test]
fn the_page_of_the_units_names_each_of_them_and_no_other() -> Result<()> {
    let units = names("units/systemd/system")?;
    assert_eq!(units_in(&page(UNITS)?), units);
    let drawn = units_in(&read("docs/pictures/design.svg")?);
    ensure!(!drawn.is_empty() && drawn.is_subset(&units), "{drawn:?}");
    Ok(())
}

#[test]
fn whatever_a_page_or_a_unit_refers_to_of_ours_is_there() -> Result<()> {
    let pages = names("docs/man")?;
    let mut referred = 0;
    for name in &pages {
        for line in page(name)?.lines().filter_map(|line| line.strip_prefix(".BR vrrp")) {
            let (title, section) = line.split_once(" (").with_context(|| format!("{name}: {line}"))?;
            let to = format!("vrrp{title}.{}", section.chars().next().unwrap_or_default());
            ensure!(pages.contains(&to), "{name} refers to {to}, which there is not");
            referred += 1;
        }
    }
    for name in names("units/systemd/system")? {
        let unit = read(&format!("units/systemd/system/{name}"))?;
        let documentation = unit.lines().find_map(|line| line.strip_prefix("Documentation="));
        let documentation = documentation.with_context(|| format!("{name} refers to no page"))?;
        for word in documentation.split(' ') {
            let page =
                word.strip_prefix("man:").and_then(|page| page.strip_suffix(')')).map(|page| page.replace('(', "."));
            ensure!(page.as_ref().is_some_and(|page| pages.contains(page)), "{name}: {word}");
            referred += 1;
        }
        ensure!(documentation.contains("man:vrrp@.service(5)"), "{name} does not refer to the page of the units");
    }
    ensure!(referred > 20, "only {referred} references were found");
    Ok(())
}

#[test]
fn an_alias_leads_to_a_page_that_has_its_name() -> Result<()> {
    let alias = read("docs/man/vrrp.service.5")?;
    assert_eq!(alias.trim_end(), format!(".so man5/{UNITS}"));
    let name = page(UNITS)?.lines().skip_while(|line| *line != ".SH NAME").nth(1).map(str::to_owned);
    ensure!(name.as_ref().is_some_and(|name| name.starts_with("vrrp@.service, vrrp.service ")), "{name:?}");
    Ok(())
}
