//! The row hash: a redacted object in, SHA-256 of its canonical text less the volatile paths out. Keys sorted, number
//! text as received, no white space.

use super::walk::Cursor;
use crate::catalog::Path;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The name of the recipe, written to the manifest: a snapshot with another recipe is hashed anew before it is compared.
pub const RECIPE: &str = "sha256 of redacted _raw less volatile paths, keys sorted, numbers as received; 1";

/// SHA-256 (hex) of an object less its volatile paths.
pub fn row_hash(raw: &Value, volatile: &[Path]) -> String {
    hex(&Sha256::digest(canonical_bytes(raw, volatile)))
}

/// The canonical JSON text that is hashed.
pub fn canonical_text(raw: &Value, volatile: &[Path]) -> String {
    String::from_utf8_lossy(&canonical_bytes(raw, volatile)).into_owned()
}

fn canonical_bytes(raw: &Value, volatile: &[Path]) -> Vec<u8> {
    let mut text = Vec::with_capacity(1024);
    canonical(raw, &Cursor::new(volatile), &mut text);
    text
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |n: u8| DIGITS[usize::from(n & 15)];
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

fn canonical(value: &Value, volatile: &Cursor<'_>, text: &mut Vec<u8>) {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<(&String, &Value)> = map.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            text.push(b'{');
            let mut first = true;
            for (key, value) in fields {
                let next = volatile.field(key);
                if next.hit {
                    continue;
                }
                if !std::mem::take(&mut first) {
                    text.push(b',');
                }
                scalar(key, text);
                text.push(b':');
                canonical(value, &next, text);
            }
            text.push(b'}');
        }
        Value::Array(items) => {
            text.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(b',');
                }
                canonical(item, &volatile.element(), text);
            }
            text.push(b']');
        }
        value => scalar(value, text),
    }
}

fn scalar(value: &impl Serialize, text: &mut Vec<u8>) {
    serde_json::to_writer(text, value).expect("text and numbers can be written, and memory takes them");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_form() {
        let paths = [Path::parse("etag").unwrap(), Path::parse("p.l[].t").unwrap()];
        let one: Value = serde_json::from_str(
            r#"{"b": 1.50, "a": {"y": 1e+3, "x": "é\n"}, "etag": "1", "p": {"l": [{"t": 1, "k": 2}]}}"#,
        )
        .unwrap();
        let two: Value = serde_json::from_str(
            r#"{"a": {"x": "é\n", "y": 1e+3}, "b": 1.50, "etag": "2", "p": {"l": [{"k": 2, "t": 9}]}}"#,
        )
        .unwrap();
        assert_eq!(canonical_text(&one, &paths), r#"{"a":{"x":"é\n","y":1e+3},"b":1.50,"p":{"l":[{"k":2}]}}"#);
        assert_eq!(row_hash(&one, &paths), row_hash(&two, &paths));
        assert_ne!(row_hash(&one, &[]), row_hash(&two, &[]));
    }
}
