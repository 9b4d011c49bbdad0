//! The packet filters of this host.

use std::fs;

use vrrp::id::Family;

use super::Seen;
use crate::doctor::firewall::{Ruleset, iptables, nft};
use crate::doctor::program::{Silence, output};

/// Reads the rules of nftables, those that iptables made of them, and those of the older iptables beside them.
pub(crate) async fn rules() -> Vec<Seen<Ruleset>> {
    let mut all = vec![nftables().await];
    for family in Family::ALL {
        if let Some(rules) = legacy(family).await {
            all.push(rules);
        }
    }
    all
}

async fn nftables() -> Seen<Ruleset> {
    let json = output("nft", &["-j", "list", "ruleset"]).await.map_err(|silence| match silence {
        Silence::Absent => "nft is not installed, so its rules cannot be listed: apt install nftables".to_owned(),
        Silence::Failed(said) if said.contains("ermi") => "only root may list the rules of nftables".to_owned(),
        Silence::Failed(said) => format!("nft cannot list the rules: {said}"),
    })?;
    let mut ruleset = nft::read(&json).ok_or("nft lists the rules in a form that is not understood here")?;
    if !nft::has_opaque_rules(&json) {
        return Ok(ruleset);
    }
    // nft shows of some matches of iptables that they are there, and nothing else.
    for (family, program) in [(Family::V4, "iptables-nft-save"), (Family::V6, "ip6tables-nft-save")] {
        if let Ok(saved) = output(program, &[]).await {
            let tables = iptables::read(&saved, family);
            let told = |chain: &crate::doctor::firewall::Chain| {
                tables.chains.iter().any(|own| (&own.family, &own.table) == (&chain.family, &chain.table))
            };
            ruleset.chains.retain(|chain| !told(chain));
            ruleset.chains.extend(tables.chains);
        }
    }
    Ok(ruleset)
}

/// The rules of the iptables that came before nftables; nothing where it has no table.
async fn legacy(family: Family) -> Option<Seen<Ruleset>> {
    let (tables, program) = match family {
        Family::V4 => ("/proc/net/ip_tables_names", "iptables-legacy-save"),
        Family::V6 => ("/proc/net/ip6_tables_names", "ip6tables-legacy-save"),
    };
    match fs::read_to_string(tables) {
        Ok(names) if names.trim().is_empty() => return None,
        Ok(_) => {}
        // A kernel without it has no such file.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(_) => return Some(Err("only root may list the rules of the older iptables".to_owned())),
    }
    Some(output(program, &[]).await.map(|saved| iptables::read(&saved, family)).map_err(|silence| match silence {
        Silence::Absent => format!("there are rules of the older iptables, and {program} is not installed"),
        Silence::Failed(said) => format!("{program} fails: {said}"),
    }))
}
