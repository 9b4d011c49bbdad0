//! What the doctor found: the worst first, each with what to do.

use super::{BAD, DOUBTFUL, GOOD, styled};
use crate::doctor::{Finding, Report, Severity};
use crate::wrap::wrap;

/// By how much what belongs to a finding stands to the right.
const INDENT: usize = 4;

/// Draws a report in `width` columns, and what it comes to where a legend is wanted.
pub(crate) fn text(report: &Report, width: usize, legend: bool) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        if let Severity::Trouble | Severity::Advice = finding.severity {
            out.push_str(&draw(finding, width));
            out.push('\n');
        }
    }
    let unseen = unseen(report, width);
    if !unseen.is_empty() {
        out.push_str(&unseen);
        out.push('\n');
    }
    if legend { out + &verdict(report, width) } else { out }
}

fn draw(finding: &Finding, width: usize) -> String {
    let (word, style) = match finding.severity {
        Severity::Trouble => ("trouble:", BAD),
        Severity::Advice | Severity::NotLooked | Severity::Ok => ("advice:", DOUBTFUL),
    };
    let link = finding.link.iter().filter(|link| !finding.finding.contains(link.as_str()));
    let of: Vec<&str> = finding.instances.iter().chain(link).map(String::as_str).collect();
    let of = if of.is_empty() { String::new() } else { format!(" {}:", of.join(", ")) };
    let text = format!("{word}{of} {} [{}]", finding.finding, finding.look);
    let mut out = hanging(&text, width).replacen(word, &styled(style, word), 1);
    if let Some(remedy) = &finding.remedy {
        for (at, line) in wrap(remedy, width.saturating_sub(INDENT + 3)).iter().enumerate() {
            let mark = if at == 0 { "-> " } else { "   " };
            out.push_str(&format!("{:INDENT$}{mark}{line}\n", ""));
        }
    }
    out
}

/// What was not looked at, together where the reason is the same.
fn unseen(report: &Report, width: usize) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.severity == Severity::NotLooked) {
        match reasons.iter_mut().find(|(reason, _)| *reason == finding.finding) {
            Some((_, looks)) if looks.contains(&finding.look) => {}
            Some((_, looks)) => looks.push(finding.look),
            None => reasons.push((&finding.finding, vec![finding.look])),
        }
    }
    let line = |(reason, looks): (&str, Vec<&str>)| {
        let word = "not looked at:";
        hanging(&format!("{word} {reason} [{}]", looks.join(", ")), width).replacen(word, &styled(DOUBTFUL, word), 1)
    };
    reasons.into_iter().map(line).collect()
}

/// Lines of which those after the first stand a little to the right.
fn hanging(text: &str, width: usize) -> String {
    wrap(text, width.saturating_sub(INDENT)).join(&format!("\n{:INDENT$}", "")) + "\n"
}

/// What it comes to, in a line or two.
fn verdict(report: &Report, width: usize) -> String {
    let number = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let (troubles, advice) = (number(Severity::Trouble), number(Severity::Advice));
    // Each look counts once, for however many reasons.
    let mut unseen: Vec<&str> =
        report.findings.iter().filter(|one| one.severity == Severity::NotLooked).map(|one| one.look).collect();
    unseen.dedup();
    let unseen = unseen.len();
    let well: Vec<&str> = report.findings.iter().map(|finding| finding.look).collect();
    let is_well =
        |look: &&str| report.findings.iter().all(|finding| finding.look != *look || finding.severity == Severity::Ok);
    let mut well: Vec<&str> = well.into_iter().filter(is_well).collect();
    well.dedup();
    let mut lines = Vec::new();
    if !well.is_empty() {
        lines.extend(wrap(&format!("Nothing is wrong with: {}.", well.join(", ")), width));
    }
    let mut more = Vec::new();
    if advice > 0 {
        more.push(format!("{advice} to think about"));
    }
    if unseen > 0 {
        more.push(format!("{unseen} not looked at"));
    }
    let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
    let (style, text) = match troubles {
        0 if unseen == 0 => (GOOD, format!("All is well{more}.")),
        0 => (DOUBTFUL, format!("No trouble was found{more}.")),
        1 => (BAD, format!("1 trouble was found{more}.")),
        troubles => (BAD, format!("{troubles} troubles were found{more}.")),
    };
    lines.extend(wrap(&text, width).iter().map(|line| styled(style, line)));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(look: &'static str, severity: Severity, finding: &str) -> Finding {
        let finding = finding.to_owned();
        Finding {
            look,
            severity,
            instances: vec!["web".to_owned()],
            link: Some("eth0".to_owned()),
            finding,
            remedy: None,
        }
    }

    fn shown(findings: Vec<Finding>) -> String {
        anstream::adapter::strip_str(&text(&Report { findings }, 60, true)).to_string()
    }

    #[test]
    fn a_host_on_which_all_is_well_gets_two_lines() {
        let well = |look| finding(look, Severity::Ok, "nothing is wrong");
        assert_eq!(shown(vec![well("arp"), well("link")]), "Nothing is wrong with: arp, link.\nAll is well.");
    }

    #[test]
    fn a_look_that_was_not_made_is_never_well() {
        let unseen = finding("link", Severity::NotLooked, "only root may");
        let shown =
            shown(vec![unseen, finding("link", Severity::Ok, "half of it"), finding("arp", Severity::Ok, "well")]);
        assert_eq!(
            shown,
            "not looked at: only root may [link]\n\nNothing is wrong with: arp.\nNo trouble was found (1 not looked at)."
        );
    }

    #[test]
    fn a_finding_says_whose_it_is_and_what_to_do() {
        let remedy = Some("ip link set eth0 up".to_owned());
        let trouble = Finding { remedy, ..finding("link", Severity::Trouble, "it is down") };
        let expected = "trouble: web, eth0: it is down [link]\n    -> ip link set eth0 up\n\n1 trouble was found.";
        assert_eq!(shown(vec![trouble]), expected);
    }
}
