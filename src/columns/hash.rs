//! The row hash: a redacted object in, SHA-256 of its canonical text less the volatile paths out. Keys sorted, number
//! text as received, no white space.

use super::walk::Cursor;
use crate::catalog::Path;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The name of the recipe, written to the manifest: a snapshot with another recipe is hashed anew before it is compared.
pub const RECIPE: &str = "sha256 of redacted _raw less volatile paths, keys sorted, numbers as received; 1";

/// SHA-256 (hex) of an object less its volatile paths.
pub fn row_hash(raw: &Value, volatile: &[Path]) -> String {
    let mut text = String::new();
    canonical(raw, &Cursor::new(volatile), &mut text);
    hex(&Sha256::digest(text.as_bytes()))
}

/// The canonical JSON text that is hashed.
pub fn canonical_text(raw: &Value, volatile: &[Path]) -> String {
    let mut text = String::new();
    canonical(raw, &Cursor::new(volatile), &mut text);
    text
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn canonical(value: &Value, volatile: &Cursor<'_>, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            text.push('{');
            let mut first = true;
            for key in keys {
                let next = volatile.field(key);
                if next.hit {
                    continue;
                }
                if !std::mem::take(&mut first) {
                    text.push(',');
                }
                text.push_str(&Value::String(key.clone()).to_string());
                text.push(':');
                canonical(&map[key], &next, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                canonical(item, &volatile.element(), text);
            }
            text.push(']');
        }
        scalar => {
            let _ = write!(text, "{scalar}");
        }
    }
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
