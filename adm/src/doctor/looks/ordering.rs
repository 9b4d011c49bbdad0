//! Units that start after one another in a circle: systemd starts one of them not at all.

use super::with;
use crate::doctor::Finding;
use crate::doctor::facts::Facts;

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    with(&facts.units, |units| {
        let circle = |circle: &Vec<String>| {
            let what = format!(
                "these units start after one another in a circle, of which systemd leaves one out at boot: {}",
                circle.join(" after ")
            );
            let concerned = facts.subjects.iter().filter(|subject| {
                let own = format!("vrrp@{}.service", subject.name());
                circle.iter().any(|unit| {
                    *unit == own || subject.instance.protects.iter().any(|protected| protected.unit == *unit)
                })
            });
            let finding = Finding::trouble(what)
                .remedy("systemctl edit one of them so that it has no After= or Before= of the next one");
            concerned.fold(finding, |finding, subject| finding.of(subject.name()))
        };
        units.circles.iter().map(circle).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::scene::{facts, told};
    use super::*;

    #[test]
    fn a_circle_is_told_unit_by_unit() {
        let mut facts = facts();
        let circle = ["vrrp.service", "site.service", "nginx.service", "vrrp.service"];
        facts.units.as_mut().unwrap().circles = vec![circle.map(str::to_owned).to_vec()];
        let found = judge(&facts);
        assert!(told(&found)[0].ends_with("vrrp.service after site.service after nginx.service after vrrp.service"));
        assert_eq!(found[0].instances, ["web"]);
    }
}
