//! Replaces the elements of a list and keeps its layout and comments.

use toml_edit::{Array, RawString, Value};

use super::value::same;

/// An element with what stands around it.
struct Element {
    /// Line ends, indentation and the comments on lines of their own before it.
    lead: String,
    value: Value,
    /// The comment behind it on its line. The document has it at the start of what follows.
    tail: String,
}

/// Gives a list other elements. One that was there keeps how it was written and its comment.
pub(super) fn replace(old: &mut Array, new: &Array) {
    let (mut kept, end) = elements(old);
    let multiline = end.contains('\n') || kept.iter().any(|element| element.lead.contains('\n'));
    let indent = kept.last().map_or("", |last| layout(&last.lead)).to_owned();
    let mut elements: Vec<Element> = Vec::new();
    for value in new {
        let lead = match (multiline, elements.is_empty()) {
            (true, _) => indent.clone(),
            (false, true) => String::new(),
            (false, false) => " ".to_owned(),
        };
        elements.push(match kept.iter().position(|element| same(&element.value, value)) {
            Some(at) if multiline => kept.remove(at),
            Some(at) => Element { lead, ..kept.remove(at) },
            None => Element { lead, value: value.clone(), tail: String::new() },
        });
    }
    // Comments on lines of their own may be about more than the element that goes.
    let orphans: String = kept.iter().map(|element| comments(&element.lead)).collect();
    old.clear();
    let mut tail = String::new();
    for Element { lead, value, tail: own } in elements {
        old.push_formatted(value.decorated(joined(&tail, &lead), ""));
        tail = own;
    }
    old.set_trailing(joined(&tail, &format!("{orphans}{end}")));
}

/// The elements of a list, and what stands behind the last one.
fn elements(list: &Array) -> (Vec<Element>, String) {
    let mut elements: Vec<Element> = Vec::new();
    let behind = |elements: &mut Vec<Element>, text: &str| match (elements.last_mut(), text.split_once('\n')) {
        (Some(last), Some((tail, rest))) if tail.contains('#') => {
            tail.clone_into(&mut last.tail);
            format!("\n{rest}")
        }
        (Some(_), Some(_)) | (Some(_), None) | (None, _) => text.to_owned(),
    };
    for value in list {
        let lead = behind(&mut elements, raw(value.decor().prefix()));
        elements.push(Element { lead, value: value.clone(), tail: String::new() });
    }
    // Without a comma behind it, the last element has the comment itself.
    let suffix = list.iter().last().map_or("", |last| raw(last.decor().suffix())).to_owned();
    let end = behind(&mut elements, &format!("{suffix}{}", raw(Some(list.trailing()))));
    (elements, end)
}

fn raw(text: Option<&RawString>) -> &str {
    text.and_then(RawString::as_str).unwrap_or_default()
}

/// Puts a comment before what follows it, on a line of its own.
fn joined(comment: &str, following: &str) -> String {
    let newline = if comment.is_empty() || following.starts_with('\n') { "" } else { "\n" };
    format!("{comment}{newline}{following}")
}

/// The line end and indentation right before an element.
fn layout(lead: &str) -> &str {
    lead.rfind('\n').and_then(|at| lead.get(at..)).unwrap_or(lead)
}

/// The comments before an element, each with the line end before it.
fn comments(lead: &str) -> &str {
    lead.rfind('\n').and_then(|at| lead.get(..at)).filter(|text| text.contains('#')).unwrap_or_default()
}
