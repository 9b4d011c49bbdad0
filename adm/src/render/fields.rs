//! What is known of an instance, field by field: those that somebody asks for, in a table or for a program.

use vrrp::status::{Instance, Router};

use super::phrase::style;
use super::table::{Cell, draw};

/// What separates the fields of a line for programs, and is escaped in them.
const SEPARATOR: char = ':';
/// What escapes it, and itself.
const ESCAPE: char = '\\';

/// A field of an instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// What it is asked for by; in capitals its heading.
    pub(crate) name: &'static str,
    /// What there is, one text for each address, unit or virtual router.
    values: fn(&Instance) -> Vec<String>,
}

const fn field(name: &'static str, values: fn(&Instance) -> Vec<String>) -> Field {
    Field { name, values }
}

/// Every field, in the order in which `all` gives them. Times are in seconds since 1970, intervals in milliseconds.
pub(crate) const FIELDS: [Field; 25] = [
    field("name", |one| vec![one.name.clone()]),
    field("state", |one| vec![one.state.name().to_owned()]),
    field("barred", |one| yes_or_no(one.barred)),
    field("since", |one| (one.since > 0).then(|| (one.since / 1_000_000).to_string()).into_iter().collect()),
    field("enabled", |one| yes_or_no(one.enabled)),
    field("interface", |one| vec![one.interface.clone()]),
    field("link", |one| one.link.clone().into_iter().collect()),
    field("vrid", |one| vec![one.vrid.to_string()]),
    field("version", |one| vec![one.version.to_string()]),
    field("priority", |one| vec![one.priority.to_string()]),
    field("effective-priority", |one| vec![one.effective_priority.to_string()]),
    field("advert-interval", |one| vec![one.advert_interval.to_string()]),
    field("preempt", |one| yes_or_no(one.preempt)),
    field("addresses", |one| one.addresses.clone()),
    field("unadvertised", |one| one.unadvertised.clone()),
    field("virtual-routes", |one| one.virtual_routes.clone()),
    field("virtual-rules", |one| one.virtual_rules.clone()),
    field("held", |one| yes_or_no(one.held)),
    field("protects", |one| one.protects.iter().map(|unit| unit.unit.clone()).collect()),
    field("primary", |one| of_routers(one, |router| router.primary.clone())),
    field("master", |one| of_routers(one, |router| router.master.clone())),
    field("master-priority", |one| of_routers(one, |router| router.master_priority.map(|own| own.to_string()))),
    field("master-interval", |one| of_routers(one, |router| router.master_advert_interval.map(|own| own.to_string()))),
    field("master-down-interval", |one| of_routers(one, |router| Some(router.master_down_interval.to_string()))),
    field("reason", |one| vec![one.reason.clone()]),
];

fn yes_or_no(truth: bool) -> Vec<String> {
    vec![if truth { "yes" } else { "no" }.to_owned()]
}

fn of_routers(instance: &Instance, value: impl Fn(&Router) -> Option<String>) -> Vec<String> {
    instance.routers.iter().filter_map(value).collect()
}

/// Draws some fields of all instances as a table; what does not fit in `width` columns stands below its row.
pub(crate) fn table(instances: &[Instance], fields: &[Field], width: usize, legend: bool) -> String {
    let headings: Vec<String> = fields.iter().map(|field| field.name.to_uppercase()).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let row = |instance: &Instance| {
        let cell = |field: &Field| match field.name {
            "state" => Cell::of((field.values)(instance)).in_style(style(instance)),
            _ => Cell::of((field.values)(instance)),
        };
        fields.iter().map(cell).collect()
    };
    let rows: Vec<Vec<Cell<'_>>> = instances.iter().map(row).collect();
    draw(&headings, &rows, width, legend)
}

/// Some fields of all instances for a program, a line each: `inst1:Master:192.0.2.10/24,2001\:db8\:\:10/64`. A field that has nothing is empty.
pub(crate) fn lines(instances: &[Instance], fields: &[Field]) -> String {
    let mut out = String::new();
    for instance in instances {
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                out.push(SEPARATOR);
            }
            for letter in (field.values)(instance).join(",").chars() {
                if letter == SEPARATOR || letter == ESCAPE {
                    out.push(ESCAPE);
                }
                out.push(letter);
            }
        }
        out.push('\n');
    }
    out
}
