//! The keys of an instance as options.

use clap::builder::PossibleValuesParser;
use toml_edit::{InlineTable, Value};
use vrrp::config::problem::Missing;
use vrrp::config::{Checksum, FastResign, Hold, Mac};

use crate::edit::Setting;

/// What an instance is to be
#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "What the instance is")]
pub(super) struct Keys {
    /// The link whose hosts reach the addresses, such as eth0
    #[arg(long, value_name = "LINK")]
    interface: Option<String>,
    /// The virtual router identifier, the same on all hosts that share the addresses: 1 to 255
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = number)]
    vrid: Option<i64>,
    /// A virtual address with its prefix length, such as 192.0.2.10/24; repeat it for each
    #[arg(long = "address", value_name = "ADDRESS/LENGTH", value_delimiter = ',')]
    addresses: Vec<String>,
    /// A virtual address that moves with the others and is not advertised; repeat it for each
    ///
    /// For more addresses than an advertisement carries, and for those of the other family beside version 2.
    #[arg(long, value_name = "ADDRESS/LENGTH", value_delimiter = ',')]
    unadvertised: Vec<String>,
    /// A unit without which this host must not serve the addresses, such as http.service; repeat it for each
    ///
    /// While the unit is not active, the instance is no Master. UNIT=fault puts it in Fault instead, and UNIT=-50 lowers its
    /// priority by 50.
    #[arg(long, value_name = "UNIT[=EFFECT]", value_delimiter = ',')]
    protect: Vec<String>,
    /// The priority of this host, 1 to 254 [default: 100]; 255 for the owner of the addresses
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = number)]
    priority: Option<i64>,
    /// The protocol version, 2 or 3 [default: 3]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = number)]
    version: Option<i64>,
    /// The time between two advertisements, such as 100ms [default: 1s]
    #[arg(long, value_name = "TIME")]
    advert_interval: Option<String>,
    /// Take over from a Master of lower priority [the default]
    #[arg(long, overrides_with = "no_preempt")]
    preempt: bool,
    /// Leave a Master of lower priority alone
    #[arg(long)]
    no_preempt: bool,
    /// How long to leave a Master of lower priority alone, such as 30s [default: 0s]
    #[arg(long, value_name = "TIME")]
    preempt_delay: Option<String>,
    /// Take over although conditions bar this host, where nobody else serves the addresses
    #[arg(long, overrides_with = "no_last_resort")]
    last_resort: bool,
    /// Never take over while a condition bars this host [the default]
    #[arg(long)]
    no_last_resort: bool,
    /// Conditions have too many keys for a command line
    #[arg(long, hide = true, num_args = 0.., value_name = "CONDITION", default_missing_value = "", value_parser = condition)]
    track: Vec<String>,
    /// A program to run, by its path, when the instance has entered another state
    ///
    /// It runs as a user that exists only as long. Another user, arguments, a time limit and single states are written in a file: see
    /// vrrp.toml(5).
    #[arg(long, value_name = "PROGRAM")]
    on_transition: Option<String>,
    /// Have a Master accept packets to the addresses [the default]
    #[arg(long, overrides_with = "no_accept")]
    accept: bool,
    /// Have a Master drop packets to the addresses, as a gateway may that has no service on them; it takes --hold none
    #[arg(long)]
    no_accept: bool,
    /// Which MAC address answers for the addresses [default: interface]
    #[arg(long, value_name = "WHICH", value_parser = PossibleValuesParser::new(Mac::WORDS.map(|(_, word)| word)))]
    mac: Option<String>,
    /// How services can bind the addresses while another host is Master [default: address]
    #[arg(long, value_name = "HOW", value_parser = PossibleValuesParser::new(Hold::WORDS.map(|(_, word)| word)))]
    hold: Option<String>,
    /// The checksum of version 3 over IPv4 [default: auto]
    #[arg(long, value_name = "WHICH", value_parser = PossibleValuesParser::new(Checksum::WORDS.map(|(_, word)| word)))]
    checksum: Option<String>,
    /// The address of another host, for unicast instead of multicast; repeat it for each
    #[arg(long = "peer", value_name = "ADDRESS", value_delimiter = ',')]
    peers: Vec<String>,
    /// How many hosts share the addresses, this one counted, if you know
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = number)]
    routers: Option<i64>,
    /// Whether the other host takes over within milliseconds of a resignation [default: auto]
    #[arg(long, value_name = "WHEN", value_parser = PossibleValuesParser::new(FastResign::WORDS.map(|(_, word)| word)))]
    fast_resign: Option<String>,
    /// How long to serve on after a resignation at most [default: 5s]
    #[arg(long, value_name = "TIME")]
    drain_timeout: Option<String>,
}

impl Keys {
    /// The keys that were given, as they are written in a file.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let texts = [
            ("interface", &self.interface),
            ("advert_interval", &self.advert_interval),
            ("preempt_delay", &self.preempt_delay),
            ("mac", &self.mac),
            ("hold", &self.hold),
            ("checksum", &self.checksum),
            ("fast_resign", &self.fast_resign),
            ("drain_timeout", &self.drain_timeout),
            ("on_transition", &self.on_transition),
        ];
        let numbers =
            [("vrid", self.vrid), ("priority", self.priority), ("version", self.version), ("routers", self.routers)];
        let lists = [("addresses", &self.addresses), ("unadvertised", &self.unadvertised), ("peers", &self.peers)];
        let mut settings: Vec<Setting> = Vec::new();
        settings.extend(texts.into_iter().filter_map(|(key, text)| Some(Setting::new(key, text.as_ref()?))));
        settings.extend(numbers.into_iter().filter_map(|(key, number)| Some(Setting::new(key, number?))));
        let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
        settings.extend(lists.map(|(key, list)| Setting::list(key, list)));
        if !self.protect.is_empty() {
            settings.push(Setting::list("protect", self.protect.iter().map(|text| protection(text))));
        }
        if self.preempt || self.no_preempt {
            settings.push(Setting::new("preempt", self.preempt));
        }
        if self.accept || self.no_accept {
            settings.push(Setting::new("accept", self.accept));
        }
        if self.last_resort || self.no_last_resort {
            settings.push(Setting::new("last_resort", self.last_resort));
        }
        settings
    }

    /// Tells whether it matters how many routers there are, and nothing that was given tells it.
    pub(super) fn leaves_routers_open(&self) -> bool {
        let matters = self.version != Some(2) && self.fast_resign.as_deref().is_none_or(|when| when == "auto");
        matters && self.routers.is_none() && self.peers.is_empty()
    }

    /// Tells whether what the instance protects was given.
    pub(super) fn protects(&self) -> bool {
        !self.protect.is_empty()
    }
}

/// How a key that an instance lacks is given on the command line.
pub(super) fn example(missing: &Missing) -> String {
    let option = match missing.key {
        "addresses" => "address",
        key => key,
    };
    format!("--{option} {}", missing.example)
}

/// Reads a number. Whether it is in range is for the check of the whole configuration to say.
fn number(text: &str) -> Result<i64, &'static str> {
    text.parse().map_err(|_| "write a whole number")
}

/// Says where conditions are written.
fn condition(_: &str) -> Result<String, &'static str> {
    Err("conditions stand in a file: write [[instance.NAME.track]] there, see vrrp.toml(5), and then vrrpadm reload")
}

/// Reads `UNIT` or `UNIT=EFFECT`. Whether they are right is for the check of the whole configuration to say.
pub(super) fn protection(text: &str) -> Value {
    let Some((unit, effect)) = text.rsplit_once('=').filter(|(_, effect)| *effect != "backup") else {
        return text.trim_end_matches("=backup").into();
    };
    let effect: Value = match effect.parse::<i64>() {
        Ok(weight) => weight.into(),
        Err(_) => effect.into(),
    };
    InlineTable::from_iter([("unit", Value::from(unit)), ("effect", effect)]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protected_unit_is_written_as_briefly_as_its_effect_allows() {
        let written = |text: &str| protection(text).to_string();
        assert_eq!(written("http.service"), "\"http.service\"");
        assert_eq!(written("http.service=backup"), "\"http.service\"");
        assert_eq!(written("db.service=fault"), "{ unit = \"db.service\", effect = \"fault\" }");
        assert_eq!(written("db.service=-50"), "{ unit = \"db.service\", effect = -50 }");
        assert_eq!(written("db.service=+50"), "{ unit = \"db.service\", effect = 50 }");
    }
}
