//! The comment block that opens a check or a view: the text of a file in, its TOML as a value and the SQL after it out.
//!
//! Every leading line that begins with `--` is a line of TOML. Errors name file and line. Nothing here knows what the keys mean.

use serde::de::DeserializeOwned;

use super::PackError;

/// Splits a file into its TOML and its SQL, and reads the TOML.
///
/// # Errors
/// The TOML is broken, lacks a key or has one too many.
pub(super) fn parse<'t, T: DeserializeOwned>(file: &str, text: &'t str) -> Result<(T, &'t str), PackError> {
    let (header, sql) = split(text);
    Ok((toml(file, &header)?, sql))
}

/// Gives the leading comment lines without their dashes, and what follows them.
///
/// Line numbers stay those of the file, so that an error points at the right one.
pub(super) fn split(text: &str) -> (String, &str) {
    let mut header = String::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    while let Some(line) = rest.split_inclusive('\n').next() {
        let Some(comment) = line.trim_start().strip_prefix("--") else { break };
        header.push_str(comment.strip_prefix(' ').unwrap_or(comment));
        rest = &rest[line.len()..];
    }
    (header, rest.trim())
}

/// Reads TOML, with errors that name file and line.
///
/// # Errors
/// As [`parse`].
pub(super) fn toml<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, PackError> {
    toml::from_str(text).map_err(|error: toml::de::Error| PackError::Text {
        file: file.to_owned(),
        line: error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count()),
        message: error.message().trim().replace('\n', ", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Header {
        title: String,
        #[serde(default)]
        list: Vec<String>,
    }

    fn check(text: &str, expected: Result<(&str, &[&str], &str), &str>) {
        let found = parse::<Header>("f.sql", text);
        match (&found, expected) {
            (Ok((header, sql)), Ok((title, list, rest))) => {
                assert_eq!(
                    (
                        header.title.as_str(),
                        header.list.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
                        *sql
                    ),
                    (title, list, rest)
                );
            }
            (Err(error), Err(message)) => {
                let error = error.to_string();
                assert!(error.starts_with(message), "{error}");
            }
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn headers() {
        check("-- title = \"a\"\nSELECT 1\n", Ok(("a", &[], "SELECT 1")));
        check(
            "--title = \"a\"\r\n-- list = [\n--   \"x\",\n-- ]\r\n\r\nSELECT 1 -- list\n",
            Ok(("a", &["x"], "SELECT 1 -- list")),
        );
        check("-- title = \"a\"\n\n-- not part of it\nSELECT 1", Ok(("a", &[], "-- not part of it\nSELECT 1")));
        check("-- title = \"a\"\n-- lost = 1\nSELECT 1", Err("f.sql:2: unknown field `lost`"));
        check("-- title = \"a\"\n-- list = 3\nSELECT 1", Err("f.sql:2: invalid type"));
        check("-- title = \"a\"\n-- this is prose\nSELECT 1", Err("f.sql:2: "));
        check("SELECT 1", Err("f.sql:1: missing field `title`"));
    }
}
