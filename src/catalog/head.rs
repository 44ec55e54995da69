//! What a list of tables says of each: the text of a spec in, its title, source and number of columns out, by its lines
//! alone. Parsing every spec takes far longer than a list may; a text that is written in another way is parsed after all.

use super::spec::{STANDARD_HEAD, STANDARD_TAIL, TableSpec};

/// A table in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Table name.
    pub name: String,
    /// Singular name for people.
    pub title: String,
    /// Azure service.
    pub service: String,
    /// The path it is asked at, or the table it is cut from.
    pub source: String,
    /// ARM action or Graph application permission needed to read it.
    pub permission: String,
    /// Columns, the standard ones included.
    pub n_columns: usize,
}

impl Head {
    /// Takes it from the spec.
    pub fn of(spec: &TableSpec) -> Head {
        let fetch = &spec.fetch;
        Head {
            name: spec.name.clone(),
            title: spec.title.clone(),
            service: spec.service.clone(),
            source: if fetch.path.is_empty() { inside(&fetch.parents[0]) } else { fetch.path.clone() },
            permission: spec.permission.clone(),
            n_columns: spec.columns.len() + standard(),
        }
    }

    /// Reads it off the text: `key = "value"` and one column a line, as specs are written. None where a line differs.
    pub(super) fn read(name: &str, text: &str) -> Option<Head> {
        let (mut title, mut service, mut permission, mut path, mut parent) = (None, None, None, None, None);
        let (mut section, mut columns) = ("", 0);
        for line in text.lines() {
            if line.starts_with("[[") {
                break;
            }
            if line.starts_with('[') {
                section = line;
                continue;
            }
            match (section, line.split_once(" = ")) {
                (_, None) if line.is_empty() || line.starts_with('#') => {}
                ("", Some(("title", value))) => title = Some(quoted(value)?),
                ("", Some(("service", value))) => service = Some(quoted(value)?),
                ("", Some(("permission", value))) => permission = Some(quoted(value)?),
                ("[fetch]", Some(("path", value))) => path = Some(quoted(value)?),
                ("[fetch]", Some(("parent", value))) => {
                    let first = value.strip_prefix('[').and_then(|list| list.split([',', ']']).next());
                    parent = first.and_then(|first| quoted(first.trim()));
                }
                ("" | "[fetch]", Some(_)) => {}
                ("[columns]", Some((_, value))) if value.starts_with('{') && value.ends_with('}') => columns += 1,
                // `[columns.x]`, a column over several lines and the like.
                (section, _) if section.starts_with("[columns") => return None,
                _ => {}
            }
        }
        let source = match path {
            Some(path) => path.to_owned(),
            None => inside(parent?),
        };
        Some(Head {
            name: name.to_owned(),
            title: title?.to_owned(),
            service: service?.to_owned(),
            source,
            permission: permission?.to_owned(),
            n_columns: columns + standard(),
        })
    }
}

fn standard() -> usize {
    STANDARD_HEAD.len() + STANDARD_TAIL.len()
}

fn inside(parent: &str) -> String {
    format!("inside {parent}")
}

/// The text in plain quotes: nothing escaped in it, nothing after it.
fn quoted(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains(['"', '\\'])).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, embedded};

    /// All bundled specs are read by their lines, and say what parsing them says.
    #[test]
    fn as_parsed() {
        let catalog = Catalog::bundled();
        for (_, name, text) in embedded::TABLE_SPECS {
            assert_eq!(Head::read(name, text), Some(Head::of(catalog.table(name).unwrap())), "{name}");
        }
        let heads = catalog.heads().unwrap();
        assert_eq!(heads.len(), embedded::TABLE_SPECS.len());
    }

    #[test]
    fn other_texts_are_parsed() {
        let plain = "title = \"T\"\nservice = \"s\"\npermission = \"p\"\n\n[fetch]\npath = \"/a\"\n\n[columns]\n# one\na = { type = \"text\" }\n";
        let found = Head::read("azure_a", plain).unwrap();
        assert_eq!((found.source.as_str(), found.n_columns), ("/a", 18));
        for (line, other) in [
            ("title = \"T\"", "title = 'T'"),
            ("title = \"T\"", "title = \"T\" # so"),
            ("title = \"T\"", "title = \"\\\"T\\\"\""),
            ("title = \"T\"", "title = \"\"\"T\"\"\""),
            ("title = \"T\"\n", ""),
            ("path = \"/a\"\n", ""),
            ("a = { type = \"text\" }", "a = { type = \"text\",\n path = \"a\" }"),
            ("a = { type = \"text\" }", "[columns.a]\ntype = \"text\""),
            ("a = { type = \"text\" }", "a.type = \"text\""),
        ] {
            assert_eq!(Head::read("azure_a", &plain.replace(line, other)), None, "{other}");
        }
    }
}
