//! JSON paths as specs write them: text in, the values found in an object out. Never fails on any JSON.
//!
//! `a.b` a field, `a[].b` the field of every element, `a{}` the keys of an object, `a{}.b` a field of every value,
//! `.` the object itself, `^.x` a field of the object this one was cut from, `['@odata.type']` a key with odd characters.

use serde_json::Value;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A field; looked up as written, then without letter case (services disagree on case).
    Key(String),
    /// Every element of an array; anything else counts as a list of one.
    Each,
    /// Every value of an object, or its keys when this is the last step.
    Entries,
}

/// A parsed JSON path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: String,
    /// How many objects up (`^`) the path starts.
    pub up: usize,
    /// The steps from there.
    pub steps: Vec<Step>,
}

/// Something a path found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Leaf<'v> {
    /// A value that is there and not null.
    Value(&'v Value),
    /// A key of an object (from a closing `{}`).
    Key(&'v str),
}

impl Path {
    /// Parses a path.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Path, String> {
        let bad = |why: &str| Err(format!("bad path `{text}`: {why}"));
        let (mut up, mut rest) = (0, if text == "." { "" } else { text });
        while let Some(after) = rest.strip_prefix('^') {
            up += 1;
            rest = after.strip_prefix('.').unwrap_or(after);
        }
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("[]") {
                steps.push(Step::Each);
                rest = after;
            } else if let Some(after) = rest.strip_prefix("{}") {
                steps.push(Step::Entries);
                rest = after;
            } else if let Some(after) = rest.strip_prefix("['") {
                let Some((key, tail)) = after.split_once("']") else { return bad("`['` is not closed by `']`") };
                steps.push(Step::Key(key.to_owned()));
                rest = tail;
            } else {
                let end = rest.find(['.', '[', '{']).unwrap_or(rest.len());
                if end == 0 {
                    return bad("an empty field name");
                }
                steps.push(Step::Key(rest[..end].to_owned()));
                rest = &rest[end..];
            }
            if let Some(after) = rest.strip_prefix('.') {
                if after.is_empty() {
                    return bad("it ends in a dot");
                }
                rest = after;
            }
        }
        if steps.is_empty() && text != "." {
            return bad("it names nothing");
        }
        Ok(Path { text: text.to_owned(), up, steps })
    }

    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the path can give several values.
    pub fn is_many(&self) -> bool {
        self.steps.iter().any(|step| !matches!(step, Step::Key(_)))
    }

    /// What is there, in document order; nulls and absent fields are left out. `stack` ends with the object itself,
    /// before it the object it was cut from.
    pub fn find<'v>(&self, stack: &[&'v Value]) -> Vec<Leaf<'v>> {
        let mut found = Vec::new();
        if let Some(start) = stack.len().checked_sub(1 + self.up).and_then(|at| stack.get(at)) {
            walk(start, &self.steps, &mut found);
        }
        found
    }

    /// Whether the path passes an array on its way, also an empty one.
    pub fn meets_list(&self, stack: &[&Value]) -> bool {
        fn meets(value: &Value, steps: &[Step]) -> bool {
            match (steps.split_first(), value) {
                (Some((Step::Each, _)), Value::Array(_)) => true,
                (Some((Step::Key(key), rest)), value) => field(value, key).is_some_and(|next| meets(next, rest)),
                (Some((Step::Entries, rest)), Value::Object(map)) => {
                    rest.is_empty() || map.values().any(|item| meets(item, rest))
                }
                _ => false,
            }
        }
        let start = stack.len().checked_sub(1 + self.up).and_then(|at| stack.get(at));
        start.is_some_and(|value| meets(value, &self.steps))
    }

    /// The one value of a path in an object, if it is there and not null.
    pub fn value<'v>(&self, object: &'v Value) -> Option<&'v Value> {
        match self.find(&[object]).first() {
            Some(Leaf::Value(value)) => Some(value),
            _ => None,
        }
    }

    /// The column name that this path gives: snake_case of the fields, without a leading `properties`.
    pub fn column_name(&self) -> String {
        let mut fields: Vec<&str> = self
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::Key(key) => Some(key.as_str()),
                _ => None,
            })
            .collect();
        if fields.len() > 1 && fields[0] == "properties" {
            fields.remove(0);
        }
        fields.iter().map(|field| snake_case(field)).collect::<Vec<_>>().join("_")
    }
}

fn walk<'v>(value: &'v Value, steps: &[Step], found: &mut Vec<Leaf<'v>>) {
    let Some((step, rest)) = steps.split_first() else {
        if !value.is_null() {
            found.push(Leaf::Value(value));
        }
        return;
    };
    match step {
        Step::Key(key) => {
            if let Some(next) = field(value, key) {
                walk(next, rest, found);
            }
        }
        Step::Each => match value {
            Value::Array(items) => items.iter().for_each(|item| walk(item, rest, found)),
            Value::Null => {}
            other => walk(other, rest, found),
        },
        Step::Entries => {
            if let Value::Object(map) = value {
                if rest.is_empty() {
                    found.extend(map.keys().map(|key| Leaf::Key(key)));
                } else {
                    map.values().for_each(|item| walk(item, rest, found));
                }
            }
        }
    }
}

/// A field of an object: as written, else the first that differs only in letter case.
pub fn field<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    // Objects are small: a look at each key costs less than to hash the one that is sought.
    let mut other = None;
    for (found, item) in value.as_object()? {
        if found == key {
            return Some(item);
        }
        if other.is_none() && found.eq_ignore_ascii_case(key) {
            other = Some(item);
        }
    }
    other
}

/// camelCase and odd characters to snake_case: `publicIPAddress` gives `public_ip_address`.
pub fn snake_case(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 4);
    for (at, &c) in chars.iter().enumerate() {
        if c.is_ascii_uppercase() {
            let before = at.checked_sub(1).map(|i| chars[i]);
            let after = chars.get(at + 1);
            let starts_word = before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                || before.is_some_and(|b| b.is_ascii_uppercase()) && after.is_some_and(char::is_ascii_lowercase);
            if starts_word && !out.ends_with('_') {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        } else if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    out.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names() {
        for (path, expected) in [
            ("properties.networkAcls.defaultAction", "network_acls_default_action"),
            ("properties.publicIPAddress.id", "public_ip_address_id"),
            ("['@odata.type']", "odata_type"),
            ("properties.ipConfigurations[].properties.subnet.id", "ip_configurations_properties_subnet_id"),
            ("properties.http20Enabled", "http20_enabled"),
            ("properties.enableIPForwarding", "enable_ip_forwarding"),
            ("identity.userAssignedIdentities{}", "identity_user_assigned_identities"),
            ("properties", "properties"),
        ] {
            assert_eq!(Path::parse(path).unwrap().column_name(), expected, "{path}");
        }
    }

    #[test]
    fn finds() {
        let parent = json!({"id": "P"});
        let item = json!({"a": {"B": 1}, "l": [{"x": "1"}, {"x": null}, {"x": "2"}], "m": {"k1": {"v": 1}, "k2": {"v": 2}}, "s": "one"});
        let show = |path: &str| {
            let path = Path::parse(path).unwrap();
            path.find(&[&parent, &item])
                .iter()
                .map(|leaf| match leaf {
                    Leaf::Value(value) => value.to_string(),
                    Leaf::Key(key) => format!("key {key}"),
                })
                .collect::<Vec<_>>()
                .join(" ")
        };
        for (path, expected) in [
            ("a.b", "1"),
            ("l[].x", "\"1\" \"2\""),
            ("m{}", "key k1 key k2"),
            ("m{}.v", "1 2"),
            ("^.id", "\"P\""),
            ("s[]", "\"one\""),
            ("gone.b", ""),
            ("^.^.id", ""),
        ] {
            assert_eq!(show(path), expected, "{path}");
        }
        for bad in ["", "^", "a..b", "a.", "['x"] {
            assert!(Path::parse(bad).is_err(), "{bad}");
        }
    }
}
