use std::fs;
use std::io;
use std::iter;
use std::path::PathBuf;

use anyhow::Context as _;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::commands::command;
use crate::exit::Health;

/// The section of programs that administer a system.
const SECTION: &str = "8";

/// Verbs that somebody looks for who reads about another of them.
const TOGETHER: [&[&str]; 8] = [
    &["create", "modify", "edit", "delete", "enable", "disable", "check", "import"],
    &["status", "why", "list", "show", "history", "monitor", "top", "metrics"],
    &["why", "doctor", "check"],
    &["resign", "enable", "disable", "top"],
    &["reload", "reexec", "check", "edit"],
    &["render", "show", "check"],
    &["group", "status", "why"],
    &["group", "group-list", "group-show", "group-offline", "group-online"],
];

/// The pages that every page refers to.
const ALWAYS: [(&str, &str); 3] = [("vrrpd", "8"), ("vrrp.toml", "5"), ("vrrp@.service", "5")];

/// What roff takes for an apostrophe, which would be a curly one otherwise.
const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// Write the manual pages, one for each verb
#[derive(clap::Args, Debug)]
#[command(hide = true)]
pub(super) struct Args {
    /// Where to write them
    directory: PathBuf,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Health> {
        let mut whole = command();
        whole.build();
        for one in verbs(&whole).chain([&whole]) {
            // A date that is left out would be no word at all, and the source would stand in its place.
            let man = Man::new(one.clone()).section(SECTION).date("\"\"").source("vrrpd");
            let mut page = Vec::new();
            write(&man, one, &whole, &mut page)?;
            // Every part of it defines the apostrophe.
            let page = APOSTROPHE.to_owned() + &String::from_utf8(page)?.replace(APOSTROPHE, "");
            let path = self.directory.join(man.get_filename());
            fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(Health::Fine)
    }
}

/// The verbs that are shown, and those of verbs that have some.
pub(super) fn verbs(whole: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    let shown = whole.get_subcommands().filter(|verb| !verb.is_hide_set());
    shown.flat_map(|verb| iter::once(verb).chain(verb.get_subcommands()))
}

/// What a verb is called in the name of its page.
fn title<'c>(one: &'c clap::Command, whole: &clap::Command) -> &'c str {
    let of_whole = format!("{}-", whole.get_name());
    one.get_display_name().and_then(|name| name.strip_prefix(&of_whole)).unwrap_or(one.get_name())
}

/// Writes a page: what clap knows, and what its help tells below the options, each part in the section that manual pages have for it.
fn write(man: &Man, one: &clap::Command, whole: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if one.has_subcommands() {
        man.render_subcommands_section(page)?;
    }
    let mut roff = Roff::new();
    // How a verb ends is said once for all.
    let of_all = below_options(whole).into_iter().filter(|(heading, _)| heading == "EXIT STATUS");
    let own = below_options(one).into_iter().filter(|(heading, _)| heading != "EXIT STATUS");
    for (heading, lines) in of_all.chain(own) {
        roff.control("SH", [heading.as_str()]);
        // What is typed stands in lines of its own.
        let is_typed = lines.iter().all(|line| line.starts_with("vrrpadm "));
        roff.control(if is_typed { "nf" } else { "PP" }, []);
        for line in lines {
            roff.text([roman(line)]);
        }
        if is_typed {
            roff.control("fi", []);
        }
    }
    roff.control("SH", ["SEE ALSO"]);
    let pages = see_also(one, whole);
    for (number, (title, section)) in pages.iter().enumerate() {
        let comma = if number + 1 < pages.len() { "," } else { "" };
        roff.control("BR", [title.replace('-', "\\-").as_str(), &format!("({section}){comma}")]);
    }
    roff.to_writer(page)
}

/// What help tells below the options: parts such as `Exit status: ...`, or `Examples:` and lines that are indented.
fn below_options(command: &clap::Command) -> Vec<(String, Vec<String>)> {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let mut parts: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("  "), line.split_once(':')) {
            (None, Some((heading, rest))) => {
                let lines = Some(rest.trim().to_owned()).filter(|rest| !rest.is_empty());
                parts.push((heading.to_uppercase(), lines.into_iter().collect()));
            }
            (indented, _) => {
                if let Some((_, lines)) = parts.last_mut() {
                    lines.push(indented.unwrap_or(line).to_owned());
                }
            }
        }
    }
    parts
}

fn see_also(one: &clap::Command, whole: &clap::Command) -> Vec<(String, String)> {
    let name = title(one, whole);
    let main = (name != whole.get_name()).then(|| whole.get_name().to_owned());
    let groups = TOGETHER.iter().filter(|group| group.contains(&name));
    let mut pages: Vec<String> = main.into_iter().collect();
    for verb in groups.flat_map(|group| group.iter()).filter(|verb| **verb != name) {
        let page = format!("{}-{verb}", whole.get_name());
        if !pages.contains(&page) {
            pages.push(page);
        }
    }
    let pages = pages.into_iter().map(|page| (page, SECTION.to_owned()));
    pages.chain(ALWAYS.map(|(page, section)| (page.to_owned(), section.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::{ALWAYS, TOGETHER, below_options, see_also, title, verbs};
    use crate::commands::command;

    #[test]
    fn every_example_is_a_command_line_of_today() {
        let mut found = 0;
        for verb in command().get_subcommands() {
            for (heading, lines) in below_options(verb) {
                assert!(["EXAMPLE", "EXAMPLES"].contains(&heading.as_str()), "{}: {heading}", verb.get_name());
                for line in lines {
                    // What the shell does with the answer is the shell's.
                    let typed = line.split('|').next().unwrap();
                    let words = shlex::split(typed).unwrap();
                    let read = command().try_get_matches_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
                    assert_eq!(read.subcommand_name(), Some(verb.get_name()), "{line}");
                    found += 1;
                }
            }
        }
        assert!(found > 20, "only {found} examples");
    }

    #[test]
    fn the_page_of_every_verb_leads_to_others() {
        let mut whole = command();
        whole.build();
        let verbs: Vec<_> = verbs(&whole).collect();
        for verb in &verbs {
            let pages = see_also(verb, &whole);
            // vrrpadm, another verb, and those that every page refers to.
            assert!(pages[0].0 == "vrrpadm" && pages.len() > 1 + ALWAYS.len(), "{pages:?}");
        }
        for name in TOGETHER.concat() {
            assert!(verbs.iter().any(|verb| title(verb, &whole) == name), "there is no {name}");
        }
    }
}
