//! The picture itself.

use svg::Document;
use svg::node::element::{Definitions, Group, Marker, Path, Polyline, Rectangle, Style, Text, Title};

use super::arrows::{ARROWS, Arrow, Written};

const WIDTH: i32 = 800;
const HEIGHT: i32 = 568;
const LINE: i32 = 16;

/// Dark for who prefers that. Colours are repeated and have no names, because not every viewer knows variables.
const STYLE: &str = "text{font:13px system-ui,'Segoe UI',Helvetica,Arial,'DejaVu Sans',sans-serif;fill:#1f2933}
.ground{fill:#fff}.box{fill:#f2f5f8;stroke:#52606d;stroke-dasharray:5 4}.state{fill:#dbe7f3;stroke:#52606d;stroke-width:1.5}
.name{font-size:14px;font-weight:bold}.note{font-style:italic}
.bar{fill:#52606d}.arrow{fill:none;stroke:#52606d;stroke-width:1.5}
@media (prefers-color-scheme:dark){text{fill:#e4e9f0}
.ground{fill:#12161d}.box{fill:#1a202a;stroke:#9aa5b4}.state{fill:#27405c;stroke:#9aa5b4}
.bar{fill:#9aa5b4}.arrow{stroke:#9aa5b4}}";

/// The states: their names, and where they are: left, top, width and height.
const STATES: [(&str, [i32; 4]); 5] = [
    ("Init", [16, 88, 80, 50]),
    ("Backup", [354, 88, 130, 50]),
    ("Backup, barred", [354, 276, 130, 50]),
    ("Master", [640, 88, 104, 50]),
    ("Fault", [350, 456, 134, 70]),
];

/// Boxes of states, which an arrow leaves from whatever state is in it: names, where those end, and where the boxes are.
const BOXES: [(&str, (i32, i32), [i32; 4]); 2] =
    [("enabled", (774, 543), [216, 16, 568, 536]), ("can send and hear", (540, 363), [236, 32, 532, 340])];

pub(super) fn draw() -> String {
    let mut document = Document::new()
        .set("viewBox", (0, 0, WIDTH, HEIGHT))
        .set("width", WIDTH)
        .set("height", HEIGHT)
        .set("role", "img")
        .add(Title::new("The states of a virtual router"))
        .add(Style::new(STYLE))
        .add(Definitions::new().add(head()))
        .add(rectangle("ground", [0, 0, WIDTH, HEIGHT]).set("rx", 8));
    for (name, (left, top), place) in BOXES {
        let name = text(name, left, top, "end").set("class", "note");
        document = document.add(rectangle("box", place).set("rx", 10)).add(name);
    }
    document = document.add(rectangle("bar", [256, 48, 8, 278]));
    for (name, place) in STATES {
        let [left, top, width, height] = place;
        let name = text(name, left + width / 2, top + height / 2 + 5, "middle").set("class", "name");
        document = document.add(rectangle("state", place).set("rx", 10)).add(name);
    }
    for arrow in ARROWS {
        document = document.add(drawn(arrow));
    }
    format!("{document}\n")
}

fn head() -> Marker {
    let shape = Path::new().set("d", "M0,0 L8,4 L0,8 z").set("class", "bar");
    Marker::new()
        .set("id", "head")
        .set("markerWidth", 8)
        .set("markerHeight", 8)
        .set("markerUnits", "userSpaceOnUse")
        .set("refX", 8)
        .set("refY", 4)
        .set("orient", "auto")
        .add(shape)
}

fn drawn(arrow: &Arrow) -> Group {
    let points: Vec<String> = arrow.line.iter().map(|(left, top)| format!("{left},{top}")).collect();
    let line = Polyline::new().set("class", "arrow").set("points", points.join(" ")).set("marker-end", "url(#head)");
    let (left, top, anchor) = match arrow.written {
        Written::From(left, top) => (left, top, "start"),
        Written::Until(left, top) => (left, top, "end"),
        Written::Around(left, top) => (left, top, "middle"),
    };
    let mut group = Group::new().add(line);
    let mut top = top;
    for line in arrow.label {
        group = group.add(text(line, left, top, anchor));
        top += LINE;
    }
    match arrow.note {
        "" => group,
        note => group.add(text(note, left, top, anchor).set("class", "note")),
    }
}

fn rectangle(class: &str, [left, top, width, height]: [i32; 4]) -> Rectangle {
    Rectangle::new().set("class", class).set("x", left).set("y", top).set("width", width).set("height", height)
}

fn text(content: &str, left: i32, top: i32, anchor: &str) -> Text {
    Text::new(content).set("x", left).set("y", top).set("text-anchor", anchor)
}
