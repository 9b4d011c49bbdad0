//! Each command line, shown or named in a sentence, is understood by the program that it is for.

use std::ffi::OsStr;

use anyhow::{Context as _, Result, ensure};
use lab::document::Document;

use crate::programs::{JUDGED, Manner, wrong};
use crate::proofs::{PROVED, Proof};
use crate::{blocks, nothing, pages};

/// The commands of a line: what stands between `&&`, `|` and `;`, without comments.
pub(crate) fn commands(line: &str) -> Result<Vec<Vec<String>>> {
    let words = shlex::split(line).with_context(|| format!("no shell reads {line}"))?;
    let commands = words.split(|word| ["&&", "|", ";"].contains(&word.as_str()));
    Ok(commands.filter(|command| !command.is_empty()).map(<[String]>::to_vec).collect())
}

/// The pages whose words are not made from the command line itself.
fn written(pages: &[Document]) -> impl Iterator<Item = &Document> {
    let made =
        |page: &Document| page.path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with("vrrpadm"));
    pages.iter().filter(move |page| !made(page))
}

#[test]
fn every_command_line_that_is_shown_is_understood() -> Result<()> {
    let pages = pages()?;
    let (mut found, mut judged) = (Vec::new(), 0);
    for (page, block) in blocks(&pages, "sh") {
        for (number, line) in block.what.text.lines().enumerate() {
            let place = page.place(block.line + number);
            if PROVED.iter().any(|proof| proof.is_of(&page.path, "sh", line)) {
                continue;
            }
            for command in commands(line).with_context(|| place.clone())? {
                judged += 1;
                let unjudged = !JUDGED.contains(&command[0].as_str()) && !Proof::runs(&command[0]);
                let advice = || {
                    format!(
                        "nobody has tried {}: name the test that does in tests/tests/examples/proofs.rs",
                        command[0]
                    )
                };
                let wrong = if unjudged { Some(advice()) } else { wrong(&command, Manner::Shown)? };
                found.extend(wrong.map(|wrong| format!("{place}: {}: {wrong}", command.join(" "))));
            }
        }
    }
    ensure!(judged > 40, "only {judged} are found");
    nothing(&found)
}

#[test]
fn every_command_line_that_a_sentence_names_is_understood() -> Result<()> {
    let pages = pages()?;
    let (mut found, mut judged) = (Vec::new(), 0);
    for page in written(&pages) {
        for word in &page.words {
            if !word.what.split_once(' ').is_some_and(|(program, _)| JUDGED.contains(&program)) {
                continue;
            }
            for command in commands(&word.what).with_context(|| page.place(word.line))? {
                judged += 1;
                let wrong = wrong(&command, Manner::Named)?;
                found.extend(wrong.map(|wrong| format!("{}: {}: {wrong}", page.place(word.line), command.join(" "))));
            }
        }
    }
    ensure!(judged > 100, "only {judged} are found");
    nothing(&found)
}
