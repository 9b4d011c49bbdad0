//! What of the DTD our manifests have to do with, written down from its description: which elements stand in which, in which order,
//! with which attributes.

use anyhow::{Context as _, Result, bail, ensure};
use roxmltree::{Document, Node, ParsingOptions};

use crate::manifests;

/// How often a child may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Maybe,
    Once,
    OneOrMore,
    Any,
}

use Count::{Any, Maybe, Once, OneOrMore};

/// An element: its children in their order, its attributes, and those of them that must be there.
struct Element {
    name: &'static str,
    children: &'static [(&'static str, Count)],
    attributes: &'static [&'static str],
    optional: &'static [&'static str],
    text: bool,
}

const fn element(
    name: &'static str,
    children: &'static [(&'static str, Count)],
    attributes: &'static [&'static str],
    optional: &'static [&'static str],
) -> Element {
    Element { name, children, attributes, optional, text: false }
}

const ELEMENTS: &[Element] = &[
    element("service_bundle", &[("service", Any)], &["type", "name"], &[]),
    element(
        "service",
        &[
            ("create_default_instance", Maybe),
            ("single_instance", Maybe),
            ("restarter", Maybe),
            ("dependency", Any),
            ("dependent", Any),
            ("method_context", Maybe),
            ("exec_method", Any),
            ("notification_parameters", Any),
            ("property_group", Any),
            ("instance", Any),
            ("stability", Maybe),
            ("template", Maybe),
        ],
        &["name", "type", "version"],
        &[],
    ),
    element(
        "instance",
        &[
            ("restarter", Maybe),
            ("dependency", Any),
            ("dependent", Any),
            ("method_context", Maybe),
            ("exec_method", Any),
            ("notification_parameters", Any),
            ("property_group", Any),
            ("template", Maybe),
        ],
        &["name", "enabled"],
        &[],
    ),
    element(
        "dependency",
        &[("service_fmri", Any), ("stability", Maybe), ("propval", Any)],
        &["name", "grouping", "restart_on", "type"],
        &["delete"],
    ),
    element(
        "dependent",
        &[("service_fmri", Once), ("stability", Maybe), ("propval", Any)],
        &["name", "grouping", "restart_on"],
        &["delete", "override"],
    ),
    element("service_fmri", &[], &["value"], &[]),
    element(
        "exec_method",
        &[("method_context", Maybe), ("stability", Maybe), ("propval", Any)],
        &["type", "name", "exec", "timeout_seconds"],
        &["delete"],
    ),
    element(
        "method_context",
        &[("method_credential", Maybe), ("method_environment", Maybe)],
        &[],
        &["working_directory", "project", "resource_pool"],
    ),
    element("method_credential", &[], &["user"], &["group", "supp_groups", "privileges", "limit_privileges"]),
    element("property_group", &[("stability", Maybe), ("propval", Any)], &["name", "type"], &["delete"]),
    element("propval", &[], &["name", "type", "value"], &["override"]),
    element("stability", &[], &["value"], &[]),
    element(
        "template",
        &[("common_name", Once), ("description", Maybe), ("documentation", Maybe), ("pg_pattern", Any)],
        &[],
        &[],
    ),
    element("common_name", &[("loctext", OneOrMore)], &[], &[]),
    Element { text: true, ..element("loctext", &[], &["lang"], &[]) },
    element("documentation", &[("manpage", Any)], &[], &[]),
    element("manpage", &[], &["title", "section"], &["manpath"]),
];

/// Attributes that have some words to choose from.
const WORDS: &[(&str, &str, &[&str])] = &[
    ("service", "type", &["service", "restarter", "milestone"]),
    ("instance", "enabled", &["true", "false"]),
    ("dependency", "grouping", &["require_all", "require_any", "exclude_all", "optional_all"]),
    ("dependent", "grouping", &["require_all", "require_any", "exclude_all", "optional_all"]),
    ("dependency", "restart_on", &["error", "restart", "refresh", "none"]),
    ("dependent", "restart_on", &["error", "restart", "refresh", "none"]),
    ("exec_method", "type", &["method", "monitor"]),
    ("propval", "type", &["astring", "boolean", "count", "fmri", "integer", "time", "ustring"]),
    ("stability", "value", &["Standard", "Stable", "Evolving", "Unstable", "External", "Obsolete"]),
];

/// Reads a manifest, which names a document type that it does not declare itself.
pub(crate) fn read(text: &str) -> Result<Document<'_>> {
    Ok(Document::parse_with_options(text, ParsingOptions { allow_dtd: true, ..ParsingOptions::default() })?)
}

/// Says what is wrong with the order of a manifest's elements, or with their attributes.
pub(crate) fn judge(text: &str) -> Result<()> {
    let document = read(text)?;
    let root = document.root_element();
    ensure!(root.has_tag_name("service_bundle"), "{:?} is no bundle", root.tag_name());
    document.descendants().filter(Node::is_element).try_for_each(judge_element)
}

fn judge_element(node: Node<'_, '_>) -> Result<()> {
    let name = node.tag_name().name();
    let element = ELEMENTS.iter().find(|element| element.name == name);
    let element = element.with_context(|| format!("no element is called {name}, or none that we use"))?;
    for attribute in element.attributes {
        ensure!(node.attributes().any(|given| given.name() == *attribute), "{name} lacks {attribute}");
    }
    for given in node.attributes() {
        let known = element.attributes.iter().chain(element.optional).any(|known| *known == given.name());
        ensure!(known, "{name} has no attribute {}", given.name());
        let words = WORDS.iter().find(|(of, attribute, _)| *of == name && *attribute == given.name());
        ensure!(words.is_none_or(|(_, _, words)| words.contains(&given.value())), "{name}: {given:?}");
    }
    let text = node.children().filter(Node::is_text).filter_map(|text| text.text());
    ensure!(element.text || text.into_iter().all(|text| text.trim().is_empty()), "{name} has text");
    let children: Vec<_> = node.children().filter(Node::is_element).map(|child| child.tag_name().name()).collect();
    in_order(name, &children, element.children)
}

/// Says which child stands where it must not.
fn in_order(name: &str, children: &[&str], model: &[(&str, Count)]) -> Result<()> {
    let mut rest = children;
    for (child, count) in model {
        let found = rest.iter().take_while(|name| *name == child).count();
        let fits = match count {
            Maybe => found <= 1,
            Once => found == 1,
            OneOrMore => found >= 1,
            Any => true,
        };
        ensure!(fits, "{name} has {found} of {child}");
        rest = &rest[found..];
    }
    if let Some(child) = rest.first() {
        bail!("{name} cannot have {child} there");
    }
    Ok(())
}

/// A manifest, and what is done to it so that it is none.
pub(crate) const SPOILT: [(&str, &str, &str); 5] = [
    // An element before one that it comes after.
    (
        "<service name=\"network/vrrp\" type=\"service\" version=\"1\">",
        "$&<stability value=\"Evolving\"/>",
        "an element out of order",
    ),
    ("<exec_method ", "<property_group name=\"a\" type=\"framework\"/>$&", "a method behind a property group"),
    (" restart_on=\"none\"", "", "an attribute that lacks"),
    ("grouping=\"optional_all\"", "grouping=\"all\"", "a word that is none"),
    ("<stability ", "<single_instance/>$&", "an element that comes first of all"),
];

/// Does that.
pub(crate) fn spoil(text: &str, (from, to, what): (&str, &str, &str)) -> Result<String> {
    let spoilt = text.replacen(from, &to.replace("$&", from), 1);
    ensure!(spoilt != text, "there is nothing that makes {what}");
    Ok(spoilt)
}

#[test]
fn elements_stand_in_their_order_with_their_attributes() -> Result<()> {
    for (name, text) in manifests()? {
        judge(&text).with_context(|| format!("{name}:\n{text}"))?;
        for how in SPOILT {
            ensure!(judge(&spoil(&text, how)?).is_err(), "{name}: {} is not noticed", how.2);
        }
    }
    Ok(())
}

#[test]
fn an_instance_has_room_beside_the_others_of_its_service() -> Result<()> {
    for (name, text) in manifests()? {
        let document = read(&text)?;
        let service = document.descendants().find(|node| node.has_tag_name("service")).context("no service")?;
        ensure!(service.attribute("name") == Some("network/vrrp"), "{name}: {text}");
        let children: Vec<_> = service.children().filter(Node::is_element).map(|node| node.tag_name().name()).collect();
        // What stood at the service itself would be taken away by the import of another instance's manifest.
        assert_eq!(children, ["instance", "stability"], "{name}");
    }
    Ok(())
}
