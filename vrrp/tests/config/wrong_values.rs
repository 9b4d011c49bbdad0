//! Values that people write wrong, and what they are told.

/// Lines below `[instance.a]`, which has an interface, a VRID and an address otherwise, and the messages.
pub(crate) const VALUES: &[(&str, &[&str])] = &[
    ("interface = eth0", &[r#"text stands in quotes: write "eth0""#]),
    ("interface = 5", &[r#"interface = 5 is a number: write text in quotes, such as "eth0""#]),
    (
        r#"interface = """#,
        &[r#"interface = "" is no interface: a link's name has 1 to 15 bytes and no space, / or :, such as "eth0""#],
    ),
    (
        r#"interface = "eth0:1""#,
        &[
            r#"interface = "eth0:1" is no interface: a link's name has 1 to 15 bytes and no space, / or :, such as "eth0""#,
        ],
    ),
    (
        r#"interface = "a-name-of-16-long""#,
        &[
            r#"interface = "a-name-of-16-long" is no interface: a link's name has 1 to 15 bytes and no space, / or :, such as "eth0""#,
        ],
    ),
    (r#"interface = "lo""#, &[r#"interface = "lo" is the loopback: name the link whose hosts reach the addresses"#]),
    ("vrid = 0", &["vrid = 0 is not a VRID: use 1 to 255"]),
    ("vrid = 256", &["vrid = 256 is not a VRID: use 1 to 255, and a further link for further instances"]),
    ("vrid = -1", &["vrid = -1 is not a VRID: use 1 to 255"]),
    ("vrid = 99999999999999999999999", &["vrid = 99999999999999999999999 is not a VRID: use 1 to 255"]),
    (r#"vrid = "51""#, &[r#"vrid = "51" is text: write the number without quotes, 51"#]),
    (r#"vrid = "x""#, &[r#"vrid = "x" is text: write a whole number, such as 51"#]),
    ("vrid = 5.1", &["vrid = 5.1 is a fraction or a date: write a whole number, such as 51"]),
    ("vrid = [51]", &["vrid = […] is a list: write a whole number, such as 51"]),
    (
        r#"unadvertised = ["192.0.2.11"]"#,
        &[
            r#"192.0.2.11 has no prefix length: write its subnet's, such as "192.0.2.11/24", or "192.0.2.11/32" if it has none"#,
        ],
    ),
    (
        r#"unadvertised = ["192.0.2.11/24", "192.0.2.11/32"]"#,
        &["192.0.2.11 stands twice in unadvertised: leave one out"],
    ),
    (
        r#"unadvertised = ["fe80::1/64"]"#,
        &[r#"fe80::1 is link-local, which hold = "address" cannot hold: use hold = "freebind""#],
    ),
    (
        "unadvertised = [\"192.0.2.2/24\"]\npeers = [\"192.0.2.2\"]",
        &["192.0.2.2 is a virtual address: write the peer's own address"],
    ),
    ("addresses = []", &[r#"addresses is empty: write at least one address, such as ["192.0.2.10/24"]"#]),
    (
        r#"addresses = "192.0.2.10/24""#,
        &[r#"addresses = "192.0.2.10/24" is one text: write a list, ["192.0.2.10/24"]"#],
    ),
    ("addresses = 5", &[r#"addresses = 5 is a number: write a list, such as ["192.0.2.10/24"]"#]),
    ("addresses = [192]", &[r#"192 is a number: write an address in quotes, such as "192.0.2.10/24""#]),
    (
        r#"addresses = ["192.0.2.10"]"#,
        &[
            r#"192.0.2.10 has no prefix length: write its subnet's, such as "192.0.2.10/24", or "192.0.2.10/32" if it has none"#,
        ],
    ),
    (r#"addresses = ["192.0.2.10/24", "192.0.2.10/32"]"#, &["192.0.2.10 stands twice in addresses: leave one out"]),
    (
        r#"addresses = ["192.0.2.0/24", "127.0.0.1/8", "224.0.0.18/24", "0.0.0.0/0", "255.255.255.255/32"]"#,
        &[
            "192.0.2.0/24 is the address of the subnet itself: use an address of a host",
            "127.0.0.1 is a loopback address: it cannot be a virtual address",
            "224.0.0.18 is a multicast address: it cannot be a virtual address",
            "0.0.0.0 stands for no address: it cannot be a virtual address",
            "255.255.255.255 is the broadcast address: it cannot be a virtual address",
        ],
    ),
    (
        r#"addresses = ["fe80::1/64"]"#,
        &[r#"fe80::1 is link-local, which hold = "address" cannot hold: use hold = "freebind""#],
    ),
    ("priority = 0", &["priority = 0 is not a priority: use 1 to 254, or 255 for the address owner"]),
    ("priority = 300", &["priority = 300 is not a priority: use 1 to 254, or 255 for the address owner"]),
    (r#"priority = "high""#, &[r#"priority = "high" is text: write a whole number, such as 100"#]),
    (
        "priority = 255\npreempt = false",
        &["priority 255, the address owner's, always takes over: leave preempt out, or use 1 to 254"],
    ),
    (
        "priority = 255\nprotect = { unit = \"http.service\", effect = -50 }",
        &["a weight does not move priority 255, the address owner's: use a priority from 1 to 254"],
    ),
    ("version = 1", &["version = 1 is not a version of VRRP: use 2 or 3"]),
    (r#"version = "3""#, &[r#"version = "3" is text: write the number without quotes, 3"#]),
    (
        "version = 2\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]",
        &["2001:db8::10 is IPv6, which version 2 cannot carry: use version = 3, or write it in unadvertised"],
    ),
    (
        "version = 2\nadvert_interval = \"500ms\"",
        &["version 2 cannot carry this advert_interval: use whole seconds, 1s to 255s, or version = 3"],
    ),
    ("advert_interval = 1", &[r#"advert_interval = 1 has no unit: write "1s" for seconds, or "1ms" for milliseconds"#]),
    ("advert_interval = 0.5", &[r#"advert_interval = 0.5 has no unit: write "0.5s" for seconds"#]),
    (
        r#"advert_interval = "1""#,
        &[r#"advert_interval = "1" has no unit: write "1s" for seconds, or "1ms" for milliseconds"#],
    ),
    (
        r#"advert_interval = "100cs""#,
        &[r#"advert_interval = "100cs" is in centiseconds: write milliseconds, such as "100ms" for 10 cs"#],
    ),
    (
        r#"advert_interval = "fast""#,
        &[r#"advert_interval = "fast" is no duration: write one such as "10ms", "1.5s" or "2min""#],
    ),
    (
        r#"advert_interval = "0s""#,
        &["version 3 cannot carry this advert_interval: use 10ms to 40.95s, in steps of 10ms"],
    ),
    (
        r#"advert_interval = "15ms""#,
        &["version 3 cannot carry this advert_interval: use 10ms to 40.95s, in steps of 10ms"],
    ),
    (
        r#"advert_interval = "41s""#,
        &["version 3 cannot carry this advert_interval: use 10ms to 40.95s, in steps of 10ms"],
    ),
    (
        r#"advert_interval = "0.0001s""#,
        &[r#"advert_interval = "0.0001s" is finer than a millisecond: write whole milliseconds, such as "10ms""#],
    ),
    ("advert_interval = true", &[r#"advert_interval = true is a boolean: write text in quotes, such as "1s""#]),
    (r#"preempt = "yes""#, &[r#"preempt = "yes" is text: write true or false, without quotes"#]),
    ("preempt = 1", &["preempt = 1 is a number: write true or false, without quotes"]),
    ("preempt_delay = 30", &[r#"preempt_delay = 30 has no unit: write "30s" for seconds, or "30ms" for milliseconds"#]),
    (
        r#"preempt_delay = "-1s""#,
        &[r#"preempt_delay = "-1s" is no duration: write one such as "10ms", "1.5s" or "2min""#],
    ),
    (r#"preempt_delay = "20min""#, &[r#"preempt_delay = "20min" is too long: use 0s to 1000s"#]),
    (
        "accept = false",
        &[
            r#"accept = false drops what services get on the addresses, and hold = "address", the default, is for services: add hold = "none", or leave accept out"#,
        ],
    ),
    (
        "accept = false\nhold = \"address\"",
        &[
            r#"accept = false drops what services get on the addresses, and hold = "address", the default, is for services: add hold = "none", or leave accept out"#,
        ],
    ),
    (
        "accept = false\nhold = \"none\"\nprotect = \"http.service\"",
        &[
            r#"accept = false drops what a protected service gets on the addresses: leave accept out, or watch the unit below [[instance.NAME.track]] instead, with unit = "…", if it serves none of them"#,
        ],
    ),
    (r#"accept = "false""#, &[r#"accept = "false" is text: write true or false, without quotes"#]),
    (
        "router_advertisement = true",
        &[r#"router_advertisement = true is a boolean: write a table, such as { lifetime = "30min" }"#],
    ),
    (r#"mac = "virtaul""#, &[r#"mac = "virtaul" is unknown: did you mean "virtual"?"#]),
    (r#"mac = "vmac""#, &[r#"mac = "vmac" is unknown: use "interface" or "virtual""#]),
    ("mac = true", &[r#"mac = true is a boolean: write text in quotes, such as "interface""#]),
    (r#"hold = "adress""#, &[r#"hold = "adress" is unknown: did you mean "address"?"#]),
    (r#"hold = "lo""#, &[r#"hold = "lo" is unknown: use "address", "freebind" or "none""#]),
    ("hold = false", &[r#"hold = false is a boolean: write text in quotes, such as "address""#]),
    (r#"checksum = "rfc5799""#, &[r#"checksum = "rfc5799" is unknown: did you mean "rfc5798"?"#]),
    ("checksum = 5798", &[r#"checksum = 5798 is a number: write text in quotes, such as "auto""#]),
    (r#"peers = "192.0.2.2""#, &[r#"peers = "192.0.2.2" is one text: write a list, ["192.0.2.2"]"#]),
    (r#"peers = ["192.0.2.2/24"]"#, &[r#""192.0.2.2/24" has a prefix length: write "192.0.2.2""#]),
    (
        r#"peers = ["host.example.net", "224.0.0.18", "fe80::1%eth0"]"#,
        &[
            r#""host.example.net" is no IP address (names are not looked up)"#,
            "224.0.0.18 is a multicast address: write the peer's own address, or leave peers out for multicast",
            r#""fe80::1%eth0" names a link: write "fe80::1", the link is the interface"#,
        ],
    ),
    (r#"peers = ["192.0.2.2", "192.0.2.2"]"#, &["192.0.2.2 stands twice in peers: leave one out"]),
    (
        r#"peers = ["2001:db8::2"]"#,
        &[
            "no peer is IPv4, but 192.0.2.10 is: add the peers' IPv4 addresses",
            "2001:db8::2 is IPv6, but no address is: leave the peer out",
        ],
    ),
    (r#"peers = ["192.0.2.2", "fe80::2"]"#, &["fe80::2 is IPv6, but no address is: leave the peer out"]),
    (
        r#"peers = [{ address = "192.0.2.2", ttl = 255 }, { min_tll = 1, min_ttl = 0 }, 7]"#,
        &[
            "ttl is unknown: there are address and min_ttl",
            r#"the address is missing: add address = "192.0.2.2""#,
            "min_tll is unknown: did you mean min_ttl?",
            "min_ttl = 0 is no TTL: use 1 to 255, such as 254 with one router on the way",
            r#"7 is a number: write an address in quotes, such as "192.0.2.2""#,
        ],
    ),
    (
        r#"peers = [{ address = "192.0.2.2/24", min_ttl = "254" }, { address = 2, min_ttl = 256 }]"#,
        &[
            r#""192.0.2.2/24" has a prefix length: write "192.0.2.2""#,
            r#"min_ttl = "254" is text: write a whole number, such as 254"#,
            r#"2 is a number: write an address in quotes, such as "192.0.2.2""#,
            "min_ttl = 256 is no TTL: use 1 to 255, such as 254 with one router on the way",
        ],
    ),
    (
        r#"peers = ["192.0.2.2", { address = "192.0.2.2", min_ttl = 254 }]"#,
        &["192.0.2.2 stands twice in peers: leave one out"],
    ),
    (r#"peers = ["192.0.2.10"]"#, &["192.0.2.10 is a virtual address: write the peer's own address"]),
    (
        "peers = [\"192.0.2.2\", \"192.0.2.3\"]\nrouters = 2",
        &["routers = 2, but with 2 IPv4 peers there are 3: raise it, or leave it out"],
    ),
    ("routers = 1", &["routers = 1 is not a number of routers: use 2 to 255, this one counted, or leave it out"]),
    (r#"fast_resign = "yes""#, &[r#"fast_resign = "yes" is unknown: use "auto", "always" or "off""#]),
    (r#"drain_timeout = "11s""#, &[r#"drain_timeout = "11s" is too long: use 0s to 10s"#]),
    (r#"routers = "two""#, &[r#"routers = "two" is text: write a whole number, such as 2"#]),
    (
        "auth = 1",
        &[
            r#"auth is a number: write a table, such as { type = "hmac-sha256", keys = [{ id = 1, file = "/etc/vrrp/keys/1" }] }"#,
        ],
    ),
    ("auth = {}", &[r#"the type is missing: add type = "hmac-sha256", or "password" or "ah" with version 2"#]),
    (r#"auth = { type = "md5" }"#, &[r#"type = "md5" is unknown: use "hmac-sha256", "password", "ah" or "none""#]),
    (r#"auth = { type = "hmac_sha256" }"#, &[r#"type = "hmac_sha256" is unknown: did you mean "hmac-sha256"?"#]),
    (
        r#"auth = { type = "none", file = "/etc/vrrp/keys/a" }"#,
        &[r#"file changes nothing here: type = "none" takes nothing else"#],
    ),
    (r#"enabled = "no""#, &[r#"enabled = "no" is text: write true or false, without quotes"#]),
    ("enabled = 0", &["enabled = 0 is a number: write true or false, without quotes"]),
    (r#"protect = "http""#, &[r#""http" has no suffix: write "http.service""#]),
    (r#"protect = """#, &[r#"a unit's name is missing: write one such as "http.service""#]),
    ("protect = 5", &[r#"5 is a number: write a unit, such as "http.service""#]),
    (r#"protect = [["http.service"]]"#, &[r#"[…] is a list: write a unit, such as "http.service""#]),
    (
        r#"protect = ["pg@.service", "user.slice", "dev-sda.device", "session-1.scope"]"#,
        &[
            r#""pg@.service" is a template: name the instance of it, such as "pg@main.service""#,
            r#""user.slice" only groups processes: name the service that serves the addresses"#,
            r#""dev-sda.device" is a device, which systemd cannot stop: name the service that uses it"#,
            r#""session-1.scope" only groups processes: name the service that serves the addresses"#,
        ],
    ),
    (
        r#"protect = ["vrrp.service", "vrrp@a.service"]"#,
        &[
            r#""vrrp.service" is VRRP's own: name the unit that serves the addresses"#,
            r#""vrrp@a.service" is VRRP's own: name the unit that serves the addresses"#,
        ],
    ),
    (
        r#"protect = ["http.service", { unit = "http.service", effect = "fault" }]"#,
        &["http.service stands twice in protect: leave one out"],
    ),
    (r#"protect = { effect = "fault" }"#, &[r#"the unit is missing: add unit = "http.service""#]),
    ("protect = { unit = 5 }", &[r#"unit = 5 is a number: write a unit, such as "http.service""#]),
    (
        r#"protect = { unit = "http.service", effect = "bakup" }"#,
        &[r#"effect = "bakup" is unknown: did you mean "backup"?"#],
    ),
    (
        r#"protect = { unit = "http.service", effect = "stop" }"#,
        &[r#"effect = "stop" is unknown: use "backup", "fault" or a weight from -253 to 253, not 0"#],
    ),
    (
        r#"protect = { unit = "http.service", effect = 0 }"#,
        &[r#"effect = 0 is out of range: use "backup", "fault" or a weight from -253 to 253, not 0"#],
    ),
    (
        r#"protect = { unit = "http.service", effect = 254 }"#,
        &[r#"effect = 254 is out of range: use "backup", "fault" or a weight from -253 to 253, not 0"#],
    ),
    (
        r#"protect = { unit = "http.service", effect = true }"#,
        &[r#"effect = true is a boolean: use "backup", "fault" or a weight from -253 to 253, not 0"#],
    ),
    (
        r#"protect = { unit = "http.service", efect = "fault", colour = 1 }"#,
        &["efect is unknown: did you mean effect?", "colour is unknown: there are unit and effect"],
    ),
    ("prioity = 5", &["prioity is unknown: did you mean priority?"]),
    (
        r#"colour = "red""#,
        &[
            "colour is unknown: the keys are interface, vrid, addresses, unadvertised, priority, version, advert_interval, preempt, preempt_delay, accept, router_advertisement, mac, hold, checksum, peers, routers, fast_resign, drain_timeout, auth, enabled, protect, track, last_resort, on_transition, virtual_routes, virtual_rules",
        ],
    ),
    ("track = 5", &["track = 5 is a number: write [[instance.a.track]] and, below it, what is watched"]),
    ("virtual_routes = [{}]", &[r#"the destination is missing: add to = "default", or a prefix"#]),
    (
        "virtual_rules = [{ table = 100 }]",
        &[
            "the priority is missing: add priority = 1000, or another place in the order of the rules (ip rule shows them)",
        ],
    ),
    ("on_transition = {}", &[r#"the program is missing: add program = "/usr/local/lib/vrrp-event""#]),
    (r#"last_resort = "yes""#, &[r#"last_resort = "yes" is text: write true or false, without quotes"#]),
];

/// Lines below `[instance.a]` as above that are allowed, and the warnings.
pub(crate) const WARNINGS: &[(&str, &[&str])] = &[
    (
        r#"addresses = ["2001:db8::10/64"]"#,
        &["the first IPv6 address is not link-local, as RFC 9568 asks: most routers take it all the same"],
    ),
    (
        "addresses = [\"192.0.2.10/24\"]\nversion = 2\nchecksum = \"rfc9568\"",
        &["checksum changes nothing: only version 3 over IPv4 has two of them"],
    ),
    (
        "addresses = [\"fe80::1/64\"]\nhold = \"freebind\"\nchecksum = \"rfc5798\"",
        &["checksum changes nothing: only version 3 over IPv4 has two of them"],
    ),
    (r#"checksum = "rfc9568""#, &[]),
    ("preempt = false\npreempt_delay = \"5s\"", &["preempt_delay changes nothing: preempt = false"]),
    (
        "priority = 255\npreempt_delay = \"5s\"",
        &["preempt_delay changes nothing: the address owner, priority 255, never waits"],
    ),
    (
        "priority = 255\nprotect = \"http.service\"",
        &[
            "priority 255 says that this host owns the addresses, which then stay here when the unit stops: use 1 to 254 for addresses that move",
        ],
    ),
    ("priority = 255", &[]),
    ("accept = false\nhold = \"none\"", &[]),
    ("accept = false\nhold = \"freebind\"", &[]),
    ("priority = 255\naccept = false", &["accept = false changes nothing: the address owner, priority 255, accepts"]),
    ("addresses = [\"fe80::1/64\", \"2001:db8::10/64\"]\nhold = \"freebind\"", &[]),
];
