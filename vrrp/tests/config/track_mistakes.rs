//! Conditions that people write wrong, and what they are told.

const KINDS: &str =
    "nothing is watched: add one of unit, interface, mii, route, script, http, tcp, process, file or group";
const LINK: &str =
    r#"interface = "a b" is no interface: a link's name has 1 to 15 bytes and no space, / or :, such as "eth1""#;

/// Lines below `[[instance.a.track]]`, and the messages.
pub(crate) const MISTAKES: &[(&str, &[&str])] = &[
    ("", &[KINDS]),
    ("effect = \"fault\"", &[KINDS]),
    ("intreface = \"eth1\"", &["intreface is unknown: did you mean interface?"]),
    (
        "interface = \"eth1\"\nroute = \"0.0.0.0/0\"",
        &["interface and route are two conditions: write each below a [[instance.a.track]] of its own"],
    ),
    (
        "interface = \"eth1\"\n[[instance.a.track]]\ninterface = \"eth1\"\neffect = -5",
        &["interface eth1 stands twice in track: leave one out"],
    ),
    // Keys that the kind has not.
    ("interface = \"eth1\"\nefect = -5", &["efect is unknown: did you mean effect?"]),
    (
        "interface = \"eth1\"\ncolour = 1",
        &["colour is unknown: beside interface there are effect, up_delay and down_delay"],
    ),
    ("interface = \"eth1\"\nweight = -5", &["weight is unknown: write it as the effect, such as effect = -50"]),
    ("interface = \"eth1\"\nvia = \"192.0.2.1\"", &["via is a key of route: leave it out"]),
    ("process = \"nginx\"\nuser = \"www-data\"", &["user is a key of script: leave it out"]),
    (
        "unit = \"b.service\"\ninterval = \"1s\"\ntimeout = \"1s\"",
        &[
            "interval changes nothing for unit, which tells each change itself: leave it out",
            "timeout changes nothing for unit, which tells each change itself: leave it out",
        ],
    ),
    (
        "file = \"/run/x\"\nrise = 2\nfall = 2",
        &[
            "rise changes nothing for file, which tells each change itself: use up_delay",
            "fall changes nothing for file, which tells each change itself: use down_delay",
        ],
    ),
    ("mii = \"eth1\"\ntimeout = \"1s\"", &["timeout changes nothing for mii, which is answered at once: leave it out"]),
    // What all kinds have.
    (
        "interface = \"eth1\"\neffect = 0",
        &[r#"effect = 0 is out of range: use "backup", "fault" or a weight from -253 to 253, not 0"#],
    ),
    ("interface = \"eth1\"\neffect = \"bakup\"", &[r#"effect = "bakup" is unknown: did you mean "backup"?"#]),
    (
        "mii = \"eth1\"\nrise = 0\nfall = 256",
        &["rise = 0 is no number of results: use 1 to 255", "fall = 256 is no number of results: use 1 to 255"],
    ),
    ("interface = \"eth1\"\nup_delay = \"61min\"", &[r#"up_delay = "61min" is too long: use 0s to 60min"#]),
    (
        "interface = \"eth1\"\ndown_delay = 5",
        &[r#"down_delay = 5 has no unit: write "5s" for seconds, or "5ms" for milliseconds"#],
    ),
    (
        "tcp = \"192.0.2.1:80\"\ninterval = \"5ms\"\ntimeout = \"0s\"",
        &[
            r#"interval = "5ms" is out of range: use 10ms to 60min"#,
            r#"timeout = "0s" is out of range: use 10ms to 60min"#,
        ],
    ),
    // Each kind.
    (
        "group = \"net0\"\nwhen = \"broken\"",
        &[
            r#"there is no group net0: add [group.net0], or leave it out"#,
            r#"when = "broken" is unknown: use "failed" or "degraded""#,
        ],
    ),
    ("group = 5", &[r#"group = 5 is a number: write text in quotes, such as "net0""#]),
    (
        "group = \"net0\"\nrise = 2\n[group.net1]\nmembers = [\"eth1\"]",
        &[
            r#"there is no group net0: did you mean "net1"?"#,
            "rise changes nothing for group, which tells each change itself: use up_delay",
        ],
    ),
    ("unit = \"b\"", &[r#""b" has no suffix: write "b.service""#]),
    ("unit = \"vrrp.service\"", &[r#""vrrp.service" is VRRP's own: name the unit that serves the addresses"#]),
    ("interface = 5", &[r#"interface = 5 is a number: write text in quotes, such as "eth1""#]),
    ("interface = \"a b\"", &[LINK]),
    ("interface = \"lo\"", &[r#"interface = "lo" is the loopback, which never fails: name another link"#]),
    ("mii = \"lo\"", &[r#"mii = "lo" is the loopback, which never fails: name another link"#]),
    ("route = \"default\"", &[r#""default" is no destination: write "0.0.0.0/0" for IPv4, "::/0" for IPv6"#]),
    ("route = \"0.0.0.0\"", &[r#"0.0.0.0 has no prefix length: write the destination's, such as "0.0.0.0/0""#]),
    ("route = \"192.0.2.1\"", &[r#"192.0.2.1 has no prefix length: write the destination's, such as "192.0.2.1/32""#]),
    ("route = \"192.0.2.1/24\"", &[r#"192.0.2.1/24 has bits beyond its prefix: write "192.0.2.0/24""#]),
    ("route = \"2001:db8::1/64\"", &[r#"2001:db8::1/64 has bits beyond its prefix: write "2001:db8::/64""#]),
    ("route = \"192.0.2.0/33\"", &[r#""192.0.2.0/33" has no valid prefix length: use 0 to 32"#]),
    (
        "route = \"192.0.2.0/255.255.255.0\"",
        &[r#""192.0.2.0/255.255.255.0" has a mask: write the length, "192.0.2.0/24""#],
    ),
    (
        "route = \"0.0.0.0/0\"\nvia = \"2001:db8::1\"",
        &["2001:db8::1 is IPv6, but the route is IPv4: write an IPv4 address"],
    ),
    (
        "route = \"0.0.0.0/0\"\nvia = \"0.0.0.0\"\nthrough = \"a/b\"",
        &[
            "0.0.0.0 stands for no address: write the address of the router that the route leads over",
            r#"through = "a/b" is no interface: a link's name has 1 to 15 bytes and no space, / or :, such as "eth1""#,
        ],
    ),
    (
        "route = \"::/0\"\nvia = \"fe80::1%eth0\"",
        &[r#""fe80::1%eth0" names a link: write "fe80::1" and through = "eth0""#],
    ),
    ("route = \"::/0\"\nvia = \"fe80::1/64\"", &[r#""fe80::1/64" has a prefix length: write "fe80::1""#]),
    ("script = \"check\"", &[r#""check" is no absolute path: begin it with /"#]),
    ("script = []", &[r#"script = […] names no program: write one such as ["/usr/local/lib/check", "arg"]"#]),
    ("script = [\"check\"]", &[r#""check" is no absolute path: begin it with /"#]),
    ("script = [\"/bin/check\", 5]", &["5 is a number: write each argument in quotes"]),
    (
        "script = \"/bin/check arg\"",
        &[r#"script = "/bin/check arg" has a space: write the arguments apart, ["/bin/check", "arg"]"#],
    ),
    ("script = \"/usr/lib/\"", &[r#""/usr/lib/" names a directory: write the file in it"#]),
    ("script = \"/usr/../bin/check\"", &[r#""/usr/../bin/check" goes back by ..: write the path without it"#]),
    ("script = \"/bin/check\"\nuser = \"65534\"", &[r#""65534" is a number: write the user's name, such as "nobody""#]),
    ("script = \"/bin/check\"\nuser = \"a:b\"", &[r#""a:b" is no user: write a name such as "nobody""#]),
    (
        "http = \"https://192.0.2.10/\"",
        &[
            r#""https://192.0.2.10/" asks over TLS: http looks without it only; use tcp for the port alone, or a script"#,
        ],
    ),
    (
        "http = \"192.0.2.10/health\"",
        &[r#""192.0.2.10/health" does not begin with http://: write "http://192.0.2.10/health""#],
    ),
    ("http = \"ftp://192.0.2.10/\"", &[r#""ftp://192.0.2.10/" is no URL of a web server: begin it with http://"#]),
    ("http = \"http://www.example.org/\"", &[r#""www.example.org" is no IP address (names are not looked up)"#]),
    ("http = \"http:///x\"", &[r#""" is no IP address (names are not looked up)"#]),
    (
        "http = \"http://a@192.0.2.10/\"",
        &[r#""http://a@192.0.2.10/" names a user: write the address alone, passwords are for a script"#],
    ),
    (
        "http = \"http://192.0.2.10/a#b\"",
        &[r#""http://192.0.2.10/a#b" has a #, and no server ever sees what follows: leave it out"#],
    ),
    (
        "http = \"http://192.0.2.10/a b\"",
        &[r#""http://192.0.2.10/a b" has the character ' ': write it as % and hex digits"#],
    ),
    (
        "http = \"http://192.0.2.10/\\r\\nx\"",
        &[r#""http://192.0.2.10/␍␊x" has the character '␍': write it as % and hex digits"#],
    ),
    ("http = \"http://192.0.2.10:0/\"", &[r#""0" is no port: use 1 to 65535"#]),
    ("http = \"http://192.0.2.10\"\nstatus = 100", &["status = 100 is no status of an answer: use 200 to 599"]),
    ("http = \"http://192.0.2.10\"\nstatus = [200, 200]", &["200 stands twice in status: leave one out"]),
    ("http = \"http://192.0.2.10\"\nstatus = []", &["status = […] allows no answer: write a status, such as 200"]),
    (
        "http = \"http://192.0.2.10\"\nbody = \"\"\nhost = \"a b\"",
        &[
            r#"body = "" cannot be looked for: write 1 to 1024 bytes that stand in the body"#,
            r#"host = "a b" is no host: write a name such as "www.example.org""#,
        ],
    ),
    ("tcp = \"192.0.2.10\"", &[r#""192.0.2.10" has no port: write it with one, such as "192.0.2.10:80""#]),
    ("tcp = \"[2001:db8::1]\"", &[r#""[2001:db8::1]" has no port: write it with one, such as "[2001:db8::1]:80""#]),
    ("tcp = \"fe80::1:443\"", &[r#""fe80::1:443" has no port: write it with one, such as "[fe80::1:443]:80""#]),
    ("tcp = \"localhost:80\"", &[r#""localhost" is no IP address (names are not looked up)"#]),
    ("tcp = \"192.0.2.10:http\"", &[r#""http" is no port: use 1 to 65535"#]),
    (
        "tcp = \"http://192.0.2.10:80\"",
        &[r#""http://192.0.2.10:80" is a URL: write an address and a port, such as "192.0.2.10:80""#],
    ),
    ("tcp = \"224.0.0.18:80\"", &["224.0.0.18 is a multicast address: write the address of a server"]),
    (
        "tcp = \"[fe80::1]:80\"",
        &["fe80::1 is link-local, which does not say on which link: write another address of the server"],
    ),
    ("process = \"\"", &[r#""" is no process: write the program's name, such as "nginx""#]),
    (
        "process = \"/usr/sbin/nginx\"",
        &[r#""/usr/sbin/nginx" is a path: write the program's name, "nginx", as ps -o comm shows it"#],
    ),
    (
        "process = \"systemd-networkd\"",
        &[r#""systemd-networkd" is longer than the 15 bytes that the kernel keeps of a name: write "systemd-network""#],
    ),
    ("process = \"nginx\"\ncount = 0", &["count = 0 is no number of processes: use 1 to 65535"]),
    ("file = \"maintenance\"", &[r#""maintenance" is no absolute path: begin it with /"#]),
    ("file = \"/run/a\\u0000b\"", &[r#""/run/a␀b" is no path: it has a control character, or more than 4095 bytes"#]),
    ("file = \"/run/x\"\nexpect = \"gone\"", &[r#"expect = "gone" is unknown: use "present", "absent" or "integer""#]),
    (
        "file = \"/run/x\"\nexpect = \"integer\"\neffect = \"fault\"",
        &["the number in the file is a weight: write how much each 1 of it counts, such as effect = 1"],
    ),
];

/// Lines below `[instance.a]` that are allowed, and the warnings.
pub(crate) const WARNINGS: &[(&str, &[&str])] = &[
    (
        "protect = \"b.service\"\ntrack = [{ unit = \"b.service\" }, { unit = \"c.service\" }]",
        &["b.service is protected, too: one of the two is enough"],
    ),
    (
        "track = [{ interface = \"eth0\", effect = -5 }, { mii = \"eth0\" }, { interface = \"eth1\" }]",
        &["without eth0, its own interface, an instance is in Fault anyway: leave it out"],
    ),
    (
        "track = [{ file = \"/tmp/x\" }, { file = \"/tmpx\" }, { file = \"/etc/vrrp/x\" }]",
        &["vrrp.service cannot see what is below /tmp: put the file elsewhere, such as below /run"],
    ),
    ("track = [{ file = \"/sys/x\" }]", &["no change below /sys is ever told: look there with a script"]),
    ("last_resort = true", &["last_resort changes nothing: no condition has effect = \"backup\""]),
    ("last_resort = true\nprotect = \"b.service\"", &[]),
    ("last_resort = true\ntrack = [{ process = \"nginx\" }]", &[]),
    (
        "last_resort = true\ntrack = [{ process = \"nginx\", effect = \"fault\" }]",
        &["last_resort changes nothing: no condition has effect = \"backup\""],
    ),
];
