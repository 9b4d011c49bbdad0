//! The manifest itself, `service_bundle(5)`: elements stand in the order that its DTD has.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{DAEMON, Fmri, SERVICE, Twin};
use crate::wrap::wrap;

const DOCTYPE: &str = "service_bundle SYSTEM \"/usr/share/lib/xml/dtd/service_bundle.dtd.1\"";
/// How far each element is set in.
const INDENT: usize = 2;
/// The columns of a comment's text.
const WIDTH: usize = 100;
/// What a resignation goes over: the instance stops before them.
const WAY_OUT: [&str; 2] = ["svc:/milestone/network:default", "svc:/system/dbus:default"];
/// What systemd gives the methods, in seconds: `TimeoutStartSec=` and `TimeoutStopSec=` of vrrp@.service.
const METHODS: [(&str, u32); 2] = [("start", 30), ("stop", 15)];

type Xml = Writer<Vec<u8>>;

impl Twin {
    /// Writes the manifest.
    ///
    /// # Errors
    /// None is known; the library has them.
    pub(crate) fn manifest(&self) -> io::Result<String> {
        let mut xml = Writer::new_with_indent(Vec::new(), b' ', INDENT);
        xml.write_event(Event::Decl(BytesDecl::new("1.0", None, None)))?;
        xml.write_event(Event::DocType(BytesText::from_escaped(DOCTYPE)))?;
        comment(&mut xml, 0, "vrrpadm wrote this from the VRRP configuration. See vrrpadm-render(8).")?;
        let name = format!("vrrp-{}", self.name);
        let bundle = xml.create_element("service_bundle").with_attributes([("type", "manifest"), ("name", &name)]);
        bundle.write_inner_content(|xml| {
            let service = xml.create_element("service");
            let service = service.with_attributes([("name", SERVICE), ("type", "service"), ("version", "1")]);
            service.write_inner_content(|xml| {
                self.remarks(xml)?;
                let enabled = if self.enabled { "true" } else { "false" };
                let instance = xml.create_element("instance");
                let instance = instance.with_attributes([("name", self.name.as_str()), ("enabled", enabled)]);
                instance.write_inner_content(|xml| self.instance(xml))?;
                empty(xml, "stability", &[("value", "Evolving")])
            })?;
            Ok(())
        })?;
        let mut text = String::from_utf8(xml.into_inner()).map_err(io::Error::other)?;
        text.push('\n');
        Ok(text)
    }

    /// Says what the reader of the manifest has to know that it does not say.
    fn remarks(&self, xml: &mut Xml) -> io::Result<()> {
        for (unit, fmri) in &self.guessed {
            let offline = if self.required.contains(fmri) {
                format!("While there is no such service, {} stays offline.", self.name)
            } else {
                format!("While there is no such service, {} waits for nothing.", self.name)
            };
            comment(xml, 2, &format!("Nobody has said what {unit} is here: {fmri} is taken for it. {offline}"))?;
        }
        if !(self.required.is_empty() && self.awaited.is_empty()) {
            let before = format!(
                "What {} protects has to start after the daemon, so that it can bind. It does where it waits for \
                 svc:/milestone/network:default, which waits for the daemon; else give it a dependency on svc:/{SERVICE}:{DAEMON}.",
                self.name
            );
            comment(xml, 2, &before)?;
        }
        for unsaid in &self.unsaid {
            comment(xml, 2, &format!("Not said here: {unsaid}."))?;
        }
        Ok(())
    }

    fn instance(&self, xml: &mut Xml) -> io::Result<()> {
        let daemon = format!("svc:/{SERVICE}:{DAEMON}");
        comment(xml, 3, "It starts after the daemon and does without it: a restart of the daemon leaves it as it is.")?;
        dependency(xml, "daemon", Bond::Order, &[&daemon])?;
        let texts = |fmris: &[Fmri]| fmris.iter().map(|fmri| fmri.as_str().to_owned()).collect::<Vec<_>>();
        if !self.required.is_empty() {
            comment(xml, 3, "What it protects: it is online only while that is, and comes back with it.")?;
            dependency(xml, "protect", Bond::Need, &texts(&self.required))?;
        }
        if !self.awaited.is_empty() {
            dependency(xml, "after", Bond::Order, &texts(&self.awaited))?;
        }
        comment(xml, 3, "It resigns while there still are a network to do it on and a bus to say it over.")?;
        dependency(xml, "network", Bond::Order, &WAY_OUT)?;
        for (method, seconds) in METHODS {
            let exec = format!("/usr/bin/vrrpadm instance-{method} %i");
            let seconds = seconds.to_string();
            let attributes =
                [("type", "method"), ("name", method), ("exec", exec.as_str()), ("timeout_seconds", seconds.as_str())];
            empty(xml, "exec_method", &attributes)?;
        }
        comment(xml, 3, "It is online without any process of its own.")?;
        let group = xml.create_element("property_group");
        group.with_attributes([("name", "startd"), ("type", "framework")]).write_inner_content(|xml| {
            empty(xml, "propval", &[("name", "duration"), ("type", "astring"), ("value", "transient")])
        })?;
        self.template(xml)
    }

    fn template(&self, xml: &mut Xml) -> io::Result<()> {
        xml.create_element("template").write_inner_content(|xml| {
            xml.create_element("common_name").write_inner_content(|xml| {
                let text = format!("VRRP instance {}", self.name);
                let loctext = xml.create_element("loctext").with_attribute(("xml:lang", "C"));
                loctext.write_text_content(BytesText::new(&text)).map(drop)
            })?;
            xml.create_element("documentation").write_inner_content(|xml| {
                empty(xml, "manpage", &[("title", "vrrpadm"), ("section", "8")])?;
                empty(xml, "manpage", &[("title", "vrrp.toml"), ("section", "5")])
            })?;
            Ok(())
        })?;
        Ok(())
    }
}

/// What a dependency does.
#[derive(Clone, Copy)]
enum Bond {
    /// Not online without all of them, and stopped with any of them.
    Need,
    /// Started after those of them that can come online, and stopped before them where all are stopped.
    Order,
}

fn dependency<S: AsRef<str>>(xml: &mut Xml, name: &str, bond: Bond, fmris: &[S]) -> io::Result<()> {
    let (grouping, restart_on) = match bond {
        Bond::Need => ("require_all", "restart"),
        Bond::Order => ("optional_all", "none"),
    };
    let dependency = xml.create_element("dependency").with_attributes([
        ("name", name),
        ("grouping", grouping),
        ("restart_on", restart_on),
        ("type", "service"),
    ]);
    dependency.write_inner_content(|xml| {
        fmris.iter().try_for_each(|fmri| empty(xml, "service_fmri", &[("value", fmri.as_ref())]))
    })?;
    Ok(())
}

fn empty(xml: &mut Xml, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
    xml.create_element(name).with_attributes(attributes.iter().copied()).write_empty().map(drop)
}

/// Writes a comment at a depth of elements. It can have no two hyphens one after the other, as some names have.
fn comment(xml: &mut Xml, depth: usize, text: &str) -> io::Result<()> {
    let between = format!("\n{}", " ".repeat(depth * INDENT + "<!-- ".len()));
    let mut text = text.to_owned();
    while text.contains("--") {
        text = text.replace("--", "- -");
    }
    let text = wrap(&text, WIDTH).join(&between);
    xml.write_event(Event::Comment(BytesText::from_escaped(format!(" {text} "))))
}
