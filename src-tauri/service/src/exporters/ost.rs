//! OST: an XML document with project, conditions and measurements nested.

use std::io::{self, Write};

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::ExportError;
use super::columns::{CONDITION, Cell, Column, MEASUREMENT, PROJECT};
use crate::dataset::Project;

pub(super) fn write(project: &Project, made_at: Timestamp, out: &mut dyn Write) -> Result<(), ExportError> {
    let mut xml = Writer::new_with_indent(out, b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = BytesStart::new("ost");
    root.push_attribute(("version", "1"));
    root.push_attribute(("created", made_at.to_string().as_str()));
    xml.write_event(Event::Start(root))?;
    open(&mut xml, "project")?;
    fields(&mut xml, &PROJECT, project)?;
    open(&mut xml, "conditions")?;
    for condition in &project.conditions {
        open(&mut xml, "condition")?;
        fields(&mut xml, &CONDITION, condition)?;
        open(&mut xml, "measurements")?;
        for measurement in &condition.measurements {
            open(&mut xml, "measurement")?;
            fields(&mut xml, &MEASUREMENT, measurement)?;
            close(&mut xml, "measurement")?;
        }
        close(&mut xml, "measurements")?;
        close(&mut xml, "condition")?;
    }
    close(&mut xml, "conditions")?;
    close(&mut xml, "project")?;
    close(&mut xml, "ost")?;
    Ok(xml.into_inner().write_all(b"\n")?)
}

fn open(xml: &mut Writer<&mut dyn Write>, name: &str) -> io::Result<()> {
    xml.write_event(Event::Start(BytesStart::new(name)))
}

fn close(xml: &mut Writer<&mut dyn Write>, name: &str) -> io::Result<()> {
    xml.write_event(Event::End(BytesEnd::new(name)))
}

fn fields<T>(xml: &mut Writer<&mut dyn Write>, columns: &[Column<T>], of: &T) -> io::Result<()> {
    for (name, read) in columns {
        let cell = read(of);
        if matches!(cell, Cell::Empty | Cell::Text("")) {
            xml.write_event(Event::Empty(BytesStart::new(*name)))?;
            continue;
        }
        open(xml, name)?;
        xml.write_event(Event::Text(BytesText::from_escaped(escaped(&cell.to_string()))))?;
        close(xml, name)?;
    }
    Ok(())
}

/// Text for XML 1.0: what it cannot carry leaves; a carriage return stays, as a reference, or a reader would turn it into
/// a line feed (XML 1.0, section 2.11).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' => escaped.push(letter),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(letter),
        }
    }
    escaped
}
