//! What both service managers are told, as one graph: who needs whom, who starts after whom, who is stopped with whom, and what
//! starts whom. Both are read into the names of SMF.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use crate::manifest::of_manifests;
use crate::units::of_units;
use crate::{CASES, Case, file};

/// The daemon.
pub(crate) const DAEMON: &str = "svc:/network/vrrp:default";
/// What is started because the host is.
pub(crate) const BOOT: &str = "the boot";

type Edges = BTreeSet<(String, String)>;

/// Edges from a service to another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    /// It is not started without that.
    pub(crate) needs: Edges,
    /// It starts after that, and stops before it, where both do.
    pub(crate) after: Edges,
    /// It is stopped where that stops.
    pub(crate) stops_with: Edges,
    /// It is started where that is.
    pub(crate) starts_with: Edges,
}

pub(crate) fn edge(from: &str, to: &str) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

impl Graph {
    /// Leaves what is said twice out, and what others wait for: both managers take other ways to the same.
    pub(crate) fn reduced(mut self, case: &Case) -> Self {
        self.after = closed(self.after);
        let instance = case.instance();
        let protected: Vec<&str> = case.protected().into_iter().map(|(_, fmri)| fmri).collect();
        self.after.retain(|(from, to)| {
            let of_network = !protected.contains(&to.as_str()) && to != DAEMON && *to != instance;
            let ours = [DAEMON, instance.as_str()].contains(&from.as_str()) || protected.contains(&from.as_str());
            ours && (!of_network || *from == instance)
        });
        // Who is started by the boot is started by nobody else as well.
        let by_boot: Vec<String> =
            self.starts_with.iter().filter(|(_, to)| to == BOOT).map(|(from, _)| from.clone()).collect();
        self.starts_with.retain(|(from, to)| to == BOOT || !by_boot.contains(from));
        self
    }
}

/// Adds what follows: who starts after somebody starts after those before him.
fn closed(mut edges: Edges) -> Edges {
    loop {
        let further = edges.iter().flat_map(|(from, over)| {
            let on = edges.range(edge(over, "")..).take_while(move |(start, _)| start == over);
            on.map(|(_, to)| edge(from, to))
        });
        let all: Edges = further.collect::<Edges>().union(&edges).cloned().collect();
        if all == edges {
            return edges;
        }
        edges = all;
    }
}

impl Case {
    /// What SMF calls its instance.
    pub(crate) fn instance(&self) -> String {
        format!("svc:/network/vrrp:{}", self.name)
    }

    /// The units that it protects, and what SMF calls them: what was said, or what the rule has.
    pub(crate) fn protected(&self) -> Vec<(&'static str, &'static str)> {
        if self.name != "by-name" {
            return self.fmris.to_vec();
        }
        vec![
            ("smtp.service", "svc:/network/smtp"),
            ("pg--x@main.service", "svc:/network/pg--x:main"),
            ("dns.service", "svc:/network/dns"),
        ]
    }

    fn graphs(&self) -> Result<(Graph, Graph)> {
        let units = of_units(self, &self.render("--systemd")?)?;
        let manifests = of_manifests(self, &[&file("manifests/vrrp.xml")?, &self.render("--smf")?])?;
        Ok((units.reduced(self), manifests.reduced(self)))
    }
}

#[test]
fn both_managers_are_told_the_same() -> Result<()> {
    for case in CASES {
        let (units, manifests) = case.graphs()?;
        assert_eq!(units, manifests, "{}", case.name);
        for (from, to) in &units.after {
            ensure!(!units.after.contains(&edge(to, from)), "{}: {from} and {to} wait for each other", case.name);
        }
    }
    Ok(())
}

#[test]
fn the_graph_has_what_the_three_units_promise() -> Result<()> {
    let (graph, _) = CASES[0].graphs()?;
    let (instance, http) = (CASES[0].instance(), "svc:/network/http:nginx");
    assert_eq!(graph.needs, [edge(&instance, http)].into());
    assert_eq!(graph.stops_with, [edge(&instance, http)].into());
    assert_eq!(graph.starts_with, [edge(&instance, http), edge(DAEMON, BOOT)].into());
    for order in [edge(&instance, http), edge(http, DAEMON), edge(&instance, DAEMON)] {
        ensure!(graph.after.contains(&order), "{order:?} is not in {graph:?}");
    }
    let (router, _) = CASES[5].graphs()?;
    assert_eq!(router.needs, [].into());
    assert_eq!(router.starts_with, [edge(&CASES[5].instance(), BOOT), edge(DAEMON, BOOT)].into());
    // By itself, too, and not only by what it waits for besides.
    let alone = of_manifests(&CASES[5], &[&CASES[5].render("--smf")?])?;
    ensure!(alone.after.contains(&edge(&CASES[5].instance(), DAEMON)), "{alone:?}");
    let (off, _) = CASES[4].graphs()?;
    assert_eq!(off.starts_with, [edge(DAEMON, BOOT)].into());
    Ok(())
}

#[test]
fn whatever_one_of_them_is_not_told_is_noticed() -> Result<()> {
    let case = CASES[2];
    let (daemon, rendered, units) = (file("manifests/vrrp.xml")?, case.render("--smf")?, case.render("--systemd")?);
    let (right, _) = case.graphs()?;
    let smf = [
        ("restart_on=\"restart\"", "restart_on=\"none\""),
        ("grouping=\"require_all\"", "grouping=\"optional_all\""),
        ("restart_on=\"none\"", "restart_on=\"restart\""),
        ("enabled=\"true\"", "enabled=\"false\""),
        ("svc:/network/http:nginx", "svc:/network/http:apache24"),
        ("<service_fmri value=\"svc:/application/database/postgresql:version_15\"/>", ""),
        ("<service_fmri value=\"svc:/system/dbus:default\"/>", ""),
    ];
    for (from, to) in smf {
        let spoilt = rendered.replacen(from, to, 1);
        ensure!(spoilt != rendered, "{from} is not there");
        let graph = of_manifests(&case, &[&daemon, &spoilt])?.reduced(&case);
        ensure!(graph != right, "nothing tells that {from} has become {to:?}");
    }
    for (from, to) in [
        ("enabled=\"true\"", "enabled=\"false\""),
        ("svc:/milestone/network:default", "svc:/milestone/name-services:default"),
    ] {
        let graph = of_manifests(&case, &[&daemon.replacen(from, to, 1), &rendered])?.reduced(&case);
        ensure!(graph != right, "nothing tells that {from} has become {to:?}");
    }
    for line in [
        "Requisite=nginx.service\n",
        "StopPropagatedFrom=nginx.service\n",
        "After=db.service\n",
        "After=vrrp.service\n",
    ] {
        let spoilt = units.replacen(line, "", 1);
        ensure!(spoilt != units, "{line} is not there");
        ensure!(of_units(&case, &spoilt)?.reduced(&case) != right, "nothing tells that {line:?} is gone");
    }
    Ok(())
}
