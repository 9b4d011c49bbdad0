//! The graph of the manifests, as svc.startd reads them.

use anyhow::{Context as _, Result, bail};
use roxmltree::Node;

use crate::Case;
use crate::graph::{BOOT, Graph, edge};
use crate::model::read;

/// What is there before anything of ours is, in a way of its own in both managers.
const EARLY: [&str; 2] = ["svc:/network/loopback:default", "svc:/system/filesystem/minimal:default"];
/// What serves a network waits for this by itself, whatever is protected: the manifests count on it, and say what to do with one that does not.
const MILESTONE: &str = "svc:/milestone/network:default";

/// Reads the manifests that belong to a case.
pub(crate) fn of_manifests(case: &Case, texts: &[&str]) -> Result<Graph> {
    let mut graph = Graph::default();
    for text in texts {
        let document = read(text)?;
        for service in document.descendants().filter(|node| node.has_tag_name("service")) {
            for instance in service.children().filter(|node| node.has_tag_name("instance")) {
                let own = format!("svc:/{}:{}", value(service, "name")?, value(instance, "name")?);
                read_instance(&mut graph, &own, instance)?;
            }
        }
    }
    let serves = |unit: &str| unit.ends_with(".service") || unit.ends_with(".socket");
    let serving = case.protected().into_iter().filter(|(unit, _)| serves(unit));
    graph.after.extend(serving.map(|(_, fmri)| edge(fmri, MILESTONE)));
    Ok(graph)
}

fn read_instance(graph: &mut Graph, own: &str, instance: Node<'_, '_>) -> Result<()> {
    let mut brought = Vec::new();
    for child in instance.children().filter(Node::is_element) {
        let others = child.children().filter(|node| node.has_tag_name("service_fmri"));
        let others = others.map(|node| value(node, "value")).collect::<Result<Vec<_>>>()?;
        for other in others.into_iter().filter(|other| !EARLY.contains(other)) {
            let (this, other) = match child.tag_name().name() {
                "dependency" => (own, other),
                "dependent" => (other, own),
                name => bail!("{own} has {name} with {other}"),
            };
            graph.after.insert(edge(this, other));
            let needed = match value(child, "grouping")? {
                "require_all" => true,
                "optional_all" => false,
                grouping => bail!("{own} says {grouping}, which this test has no reading of"),
            };
            let stopped = match value(child, "restart_on")? {
                "restart" => true,
                "none" => false,
                events => bail!("{own} says {events}, which this test has no reading of"),
            };
            if needed {
                graph.needs.insert(edge(this, other));
                brought.push(other.to_owned());
            }
            if stopped {
                graph.stops_with.insert(edge(this, other));
            }
        }
    }
    // What is enabled comes online as soon as whatever it needs is.
    if value(instance, "enabled")? == "true" {
        if brought.is_empty() {
            brought.push(BOOT.to_owned());
        }
        graph.starts_with.extend(brought.into_iter().map(|other| edge(own, &other)));
    }
    Ok(())
}

fn value<'a>(node: Node<'a, '_>, attribute: &str) -> Result<&'a str> {
    node.attribute(attribute).with_context(|| format!("{:?} lacks {attribute}", node.tag_name()))
}
