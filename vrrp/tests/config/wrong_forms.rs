//! Mistakes of form that people make, and what they are told.

/// Whole texts, and the problems with line and column.
pub(crate) const FORMS: &[(&str, &[&str])] = &[
    ("vrid = 5\n", &["1:1 vrid stands outside of every table: put it below [instance.NAME], or below [defaults]"]),
    ("instnace.a.vrid = 5\n", &["1:1 instnace is unknown: did you mean [instance.NAME]?"]),
    ("[default]\n", &["1:2 default is unknown: did you mean [defaults]?"]),
    (
        "[colour]\n",
        &[
            "1:2 colour is unknown: there are [defaults], [instance.NAME], [sync.NAME], [heartbeat.NAME], [group.NAME] and [ipvs]",
        ],
    ),
    ("[heartbeats.y]\n", &["1:2 heartbeats is unknown: did you mean [heartbeat.NAME]?"]),
    ("[[instance]]\nvrid = 5\n", &["1:1 an instance needs a name: write [instance.NAME]"]),
    ("[instance]\nvrid = 5\npriority = 7\n", &["2:1 an instance needs a name: write [instance.NAME] above its keys"]),
    ("instance = 5\n", &["1:12 an instance needs a name: write [instance.NAME]"]),
    ("[[instance.a]]\nvrid = 5\n", &["1:1 an instance stands in single brackets: write [instance.a]"]),
    ("[instance]\na = 5\n", &["2:1 an instance is a table: write [instance.a] and its keys below it"]),
    ("[[instance.track]]\ninterface = \"eth1\"\n", &["1:1 an instance needs a name: write [[instance.NAME.track]]"]),
    ("[instance]\ntrack = [{}]\n", &["2:9 an instance needs a name: write [[instance.NAME.track]]"]),
    (
        "[[track]]\ninterface = \"eth1\"\n",
        &["1:3 track stands outside of every table: write [[instance.NAME.track]], or [[defaults.track]]"],
    ),
    (
        "[defaults.track]\ninterface = \"eth1\"\n",
        &["1:1 track is one table: write [[defaults.track]], in double brackets, or track = [{ … }]"],
    ),
    ("[[defaults]]\npriority = 5\n", &["1:1 defaults is a table: write [defaults] once, in single brackets"]),
    (
        "[instance.\"a b\"]\n",
        &[
            r#"1:11 "a b" is no name of an instance: use 1 to 31 letters, digits, _ . and -, and begin with a letter or digit"#,
        ],
    ),
    (
        "[instance.\"-a\"]\n",
        &[
            r#"1:11 "-a" is no name of an instance: use 1 to 31 letters, digits, _ . and -, and begin with a letter or digit"#,
        ],
    ),
    (
        "[instance.a23456789012345678901234567890123]\n",
        &[
            r#"1:11 "a23456789012345678901234567890123" is no name of an instance: use 1 to 31 letters, digits, _ . and -, and begin with a letter or digit"#,
        ],
    ),
    (
        "[instance.\"vrrp@x\"]\n",
        &[
            r#"1:11 "vrrp@x" is no name of an instance: use 1 to 31 letters, digits, _ . and -, and begin with a letter or digit"#,
        ],
    ),
    ("[instance.ü]\n", &["1:11 ü cannot stand in a key: a key is written key = value"]),
    ("[instance.a\nvrid = 5\n", &["1:12 the heading does not end with ]; it and the keys below it are left out"]),
    ("[instance.a]]\n", &["1:13 the line should have ended here: one key a line, and a comment begins with #"]),
    ("[]\n", &["1:2 the name is missing"]),
    ("[defaults]\nvrid 5\n", &["2:6 the line has no =: a key is written key = value"]),
    ("[defaults]\nvrid: 5\n", &["2:5 : cannot stand in a key: a key is written key = value"]),
    ("[defaults]\nvrid =\n", &["2:7 the value is missing"]),
    ("[defaults]\nvrid == 5\n", &["2:7 there is one = too many"]),
    ("[defaults]\n= 5\n", &["2:1 the name is missing"]),
    (
        "instance a {\n  vrid 5\n}\n",
        &[
            "1:10 the line has no =: a key is written key = value",
            "2:8 the line has no =: a key is written key = value",
            "3:1 this is no line of TOML: a key is written key = value",
        ],
    ),
    ("[defaults]\nadvert_interval = 1s\n", &[r#"2:19 text stands in quotes: write "1s""#]),
    ("[defaults]\ninterface = “eth0”\n", &[r#"2:13 text stands in quotes: write "eth0""#]),
    (
        "[defaults]\npriority = 5 // comment\n",
        &["2:12 5 // comment is no value: a comment begins with #, and text stands in quotes"],
    ),
    (
        "[defaults]\npriority = 5 vrid = 6\n",
        &["2:12 5 vrid is no value: a line has one key, and text stands in quotes"],
    ),
    ("[defaults]\ninterface = \"eth0\nvrid = 5\n", &["2:18 the text does not end with a quote"]),
    (
        "[defaults]\naddresses = [192.0.2.10/24]\n",
        &["2:19 this is no number; text, such as an address or a time, stands in quotes"],
    ),
    (
        "[defaults]\naddresses = [\"192.0.2.10/24\" \"192.0.2.11/24\"]\n",
        &["2:30 a comma is missing before this, or a ] that ends the list"],
    ),
    (
        "[defaults]\naddresses = [\"192.0.2.10/24\"\nvrid = 5\n",
        &["3:1 a comma is missing before this, or a ] that ends the list"],
    ),
    ("[defaults]\npreempt = True\n", &["2:11 True is written true"]),
    ("[defaults]\npreempt = off\n", &["2:11 off is written false"]),
    ("[defaults]\npreempt = t\u{2}ue\n", &["2:11 t␂ue is neither true nor false"]),
    ("[defaults]\npreempt = truly\n", &["2:11 truly is neither true nor false"]),
    ("[defaults]\npriority = 010\n", &["2:12 a number does not begin with 0"]),
    (
        "[defaults]\ninterface = \"a\\qb\"\n",
        &[r#"2:16 the backslash is followed by no character that it can escape: write \\"#],
    ),
    ("[defaults]\ninterface = \"a\0b\"\n", &["2:15 ␀ cannot stand in text: remove the character"]),
    ("[defaults]\nvrid = 5\nvrid = 6\n", &["3:1 vrid stands twice in this file: leave one out"]),
    ("[defaults]\nvrid = 5\n[defaults] # again\n", &["3:2 [defaults] stands twice in this file: leave one out"]),
    (
        "[defaults]\nprotect = { unit = \"a.service\" }\n[defaults.protect.x]\n",
        &["3:11 protect already has a value that cannot be continued: keep one of the two"],
    ),
    ("\u{feff}[defaults]\nvrid = 0\n", &["2:8 vrid = 0 is not a VRID: use 1 to 255"]),
    ("[defaults]\r\nvrid = 0\r\n", &["2:8 vrid = 0 is not a VRID: use 1 to 255"]),
];
