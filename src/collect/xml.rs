//! The XML answers of the storage data plane as JSON: the root's children become fields, repeated elements arrays,
//! texts strings. Attributes are left out: the service's properties have none.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value};

/// Elements inside each other; the service's answers have five.
const DEEPEST: usize = 64;

/// Reads an XML document whose outermost element has this name.
///
/// # Errors
/// What is wrong with it, in one sentence.
pub fn to_json(text: &[u8], root: &str) -> Result<Value, String> {
    let text = std::str::from_utf8(text).map_err(|error| format!("the answer is no readable XML: {error}"))?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<(String, Map<String, Value>, String)> = Vec::new();
    let wrong = |error: &dyn std::fmt::Display| format!("the answer is no readable XML: {error}");
    loop {
        match reader.read_event().map_err(|error| wrong(&error))? {
            Event::Start(_) if open.len() >= DEEPEST => return Err(wrong(&"it is nested too deep")),
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                open.push((name, Map::new(), String::new()));
            }
            Event::Text(part) => {
                open.last_mut().into_iter().for_each(|(_, _, text)| text.push_str(&part));
            }
            Event::GeneralRef(part) => {
                let character = part.resolve_char_ref().map_err(|error| wrong(&error))?;
                let name: &str = &part;
                let found = character.map(String::from);
                let found = found.or_else(|| quick_xml::escape::resolve_predefined_entity(name).map(str::to_owned));
                let found = found.ok_or_else(|| wrong(&format!("the entity &{name}; is not known")))?;
                open.last_mut().into_iter().for_each(|(_, _, text)| text.push_str(&found));
            }
            Event::CData(part) => {
                open.last_mut().into_iter().for_each(|(_, _, text)| text.push_str(&part));
            }
            Event::End(_) => {
                let Some((name, fields, text)) = open.pop() else { return Err(wrong(&"an element ends twice")) };
                let value =
                    if fields.is_empty() { Value::String(text.trim().to_owned()) } else { Value::Object(fields) };
                match open.last_mut() {
                    Some((_, outer, _)) => add(outer, name, value),
                    None if name != root => return Err(wrong(&format!("it is about {name}, not {root}"))),
                    None if value.is_object() => return Ok(value),
                    None => return Ok(Value::Object(Map::new())),
                }
            }
            Event::Eof => return Err(wrong(&"it ends too early")),
            _ => {}
        }
    }
}

/// A field that comes again makes an array.
fn add(fields: &mut Map<String, Value>, name: String, value: Value) {
    match fields.get_mut(&name) {
        Some(Value::Array(items)) => items.push(value),
        Some(first) => {
            let first = first.take();
            fields.insert(name, Value::Array(vec![first, value]));
        }
        None => {
            fields.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents() {
        for (text, expected) in [
            (
                "\u{feff}<?xml version=\"1.0\"?><a><Logging><Version>1.0</Version><Read>true</Read></Logging><Cors/></a>",
                Ok(json!({"Logging": {"Version": "1.0", "Read": "true"}, "Cors": ""})),
            ),
            ("<a><b>1</b><b>2</b><b/></a>", Ok(json!({"b": ["1", "2", ""]}))),
            ("<a><b>x &lt;&amp;&#65; y</b></a>", Ok(json!({"b": "x <&A y"}))),
            ("<a/>", Ok(json!({}))),
            ("<html><b/></html>", Err("the answer is no readable XML: it is about html, not a")),
            ("<a><b></a>", Err("the answer is no readable XML")),
            ("<a>", Err("the answer is no readable XML: it ends too early")),
            ("", Err("the answer is no readable XML: it ends too early")),
            ("<a>&nope;</a>", Err("the answer is no readable XML: the entity &nope; is not known")),
        ] {
            match (to_json(text.as_bytes(), "a"), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text}"),
                (Err(found), Err(expected)) => assert!(found.starts_with(expected), "{text}: {found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }
}
