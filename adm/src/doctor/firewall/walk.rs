//! The way of an advertisement through the chains.

use vrrp::id::Family;

use super::{Chain, Packet, Rule, Ruleset, Tool, Verdict, Way};

/// How many chains a rule may lead into, one from the other. The kernel allows 16.
const DEEPEST: usize = 16;

/// What becomes of an advertisement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Passes,
    /// It is dropped.
    Dropped(Cause),
    /// That depends on what cannot be known here; by the rule that makes it so.
    Depends(Cause),
}

/// The place that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    /// The chain in which it is, with its family and table.
    pub(crate) chain: (String, String, String),
    /// The chain in which the packet entered the table.
    pub(crate) entry: String,
    /// The rule; none for the policy of the chain.
    pub(crate) rule: Option<String>,
    /// What it is changed with.
    pub(crate) tool: Tool,
}

impl Ruleset {
    /// Tells what becomes of an advertisement: the worst that any chain does to it.
    pub(crate) fn fate(&self, packet: &Packet) -> Fate {
        let mut depends = None;
        for chain in self.chains.iter().filter(|chain| chain.sees(packet)) {
            match self.pass(chain, packet) {
                Fate::Passes => {}
                Fate::Depends(cause) => depends = depends.or(Some(cause)),
                // Older nft do not tell which link such a chain is for.
                Fate::Dropped(cause) if chain.family == "netdev" && !chain.names_link() => {
                    depends = depends.or(Some(cause));
                }
                dropped @ Fate::Dropped(_) => return dropped,
            }
        }
        depends.map_or(Fate::Passes, Fate::Depends)
    }

    fn pass(&self, entry: &Chain, packet: &Packet) -> Fate {
        let walk = Walk { ruleset: self, packet, entry };
        let policy = entry.base.as_ref().is_some_and(|base| base.drops);
        match walk.through(entry, Doubts::default(), 0) {
            End::Accept(Doubts { threat: Some(cause), .. }) => Fate::Depends(cause),
            End::Accept(_) => Fate::Passes,
            End::Drop(_, Doubts { escape: Some(cause), .. }) => Fate::Depends(cause),
            End::Drop(cause, _) => Fate::Dropped(cause),
            End::Through(doubts) => match (policy, doubts) {
                (true, Doubts { escape: Some(cause), .. }) | (false, Doubts { threat: Some(cause), .. }) => {
                    Fate::Depends(cause)
                }
                (true, _) => Fate::Dropped(walk.cause(entry, None)),
                (false, _) => Fate::Passes,
            },
        }
    }
}

impl Chain {
    fn names_link(&self) -> bool {
        self.base.as_ref().is_some_and(|base| !base.links.is_empty())
    }

    /// Tells whether an advertisement enters here.
    fn sees(&self, packet: &Packet) -> bool {
        let Some(base) = &self.base else { return false };
        let hooks = match packet.way {
            Way::In => ["ingress", "prerouting", "input"],
            Way::Out => ["output", "postrouting", "egress"],
        };
        let family = match self.family.as_str() {
            "ip" => packet.family == Family::V4,
            "ip6" => packet.family == Family::V6,
            "inet" | "netdev" => true,
            _ => false,
        };
        family && hooks.contains(&base.hook.as_str()) && (base.links.is_empty() || base.links.contains(&packet.link))
    }
}

/// What is not certain of a packet on its way.
#[derive(Clone, Debug, Default)]
struct Doubts {
    /// A rule that may have saved it from what comes later.
    escape: Option<Cause>,
    /// A rule on VRRP that may have dropped it.
    threat: Option<Cause>,
}

/// How the walk through a chain ends.
enum End {
    Accept(Doubts),
    Drop(Cause, Doubts),
    Through(Doubts),
}

struct Walk<'r> {
    ruleset: &'r Ruleset,
    packet: &'r Packet,
    entry: &'r Chain,
}

impl Walk<'_> {
    fn through(&self, chain: &Chain, mut doubts: Doubts, depth: usize) -> End {
        for rule in &chain.rules {
            let Some(certain) = rule.matches(self.packet) else { continue };
            let cause = || self.cause(chain, Some(rule));
            match (&rule.verdict, certain) {
                (Verdict::Continue, _) => {}
                (Verdict::Accept, true) => return End::Accept(doubts),
                (Verdict::Drop, true) => return End::Drop(cause(), doubts),
                (Verdict::Return, true) => return End::Through(doubts),
                (Verdict::Accept | Verdict::Return, false) => doubts.escape = doubts.escape.or_else(|| Some(cause())),
                (Verdict::Drop, false) if !rule.is_about(self.packet) => {}
                (Verdict::Drop, false) | (Verdict::Queue, _) => {
                    doubts.threat = doubts.threat.or_else(|| Some(cause()));
                }
                (Verdict::Jump(to) | Verdict::Goto(to), certain) => {
                    let Some(next) = self.chain(chain, to).filter(|_| depth < DEEPEST) else {
                        doubts.threat = doubts.threat.or_else(|| Some(cause()));
                        continue;
                    };
                    match (self.through(next, doubts.clone(), depth + 1), certain) {
                        (End::Through(after), true) if matches!(rule.verdict, Verdict::Jump(_)) => doubts = after,
                        (end, true) => return end,
                        (End::Accept(_), false) => doubts.escape = doubts.escape.or_else(|| Some(cause())),
                        (End::Through(after), false) => doubts = after,
                        (End::Drop(inner, _), false) if rule.is_about(self.packet) => {
                            doubts.threat = doubts.threat.or(Some(inner));
                        }
                        (End::Drop(..), false) => {}
                    }
                }
            }
        }
        End::Through(doubts)
    }

    fn chain(&self, from: &Chain, name: &str) -> Option<&Chain> {
        let same = |chain: &&Chain| {
            chain.name == name && (&chain.family, &chain.table, chain.tool) == (&from.family, &from.table, from.tool)
        };
        self.ruleset.chains.iter().find(same)
    }

    fn cause(&self, chain: &Chain, rule: Option<&Rule>) -> Cause {
        Cause {
            chain: (chain.family.clone(), chain.table.clone(), chain.name.clone()),
            entry: self.entry.name.clone(),
            rule: rule.map(|rule| rule.label.clone()),
            tool: chain.tool,
        }
    }
}
