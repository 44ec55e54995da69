//! One HTML file that opens from disk, needs nothing else and sends nothing anywhere.
//!
//! In: a document. Out: a page with style and script inside. The page loads no resource, and its policy forbids it to: only
//! the style and the script below may run, known by their hashes, so that text from a tenant stays text even if escaping
//! had a hole. Text is escaped by the template engine; hidden characters are made visible here, for every value at once.

use std::error::Error as _;
use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, context, escape_formatter};
use sha2::{Digest, Sha256};

use super::{Document, Format, ReportError, Style, escape, html_checks, html_diff, html_rows};

/// The format `html`.
pub(super) struct Html;

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn extension(&self) -> &'static str {
        "html"
    }

    fn write(&self, document: &Document<'_>, _style: &Style, out: &mut dyn io::Write) -> Result<(), ReportError> {
        let (template, body) = match document {
            Document::Rows(rows) => ("rows.html", html_rows::context(rows)),
            Document::Checks(report) => ("checks.html", html_checks::context(report)),
            Document::Diff(report) => ("diff.html", html_diff::context(report)),
        };
        render(template, body, out).map_err(failure)
    }
}

fn render(template: &str, body: Value, out: &mut dyn io::Write) -> Result<(), minijinja::Error> {
    // A checkout may have turned line ends; a browser turns them back before it compares hashes.
    let [style, script] = [include_str!("html.css"), include_str!("html.js")].map(|text| text.replace("\r\n", "\n"));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(&style),
        hash(&script)
    );
    let head = context! {
        policy,
        style => Value::from_safe_string(style),
        script => Value::from_safe_string(script),
    };
    let page = context! { ..body, ..head };
    environment()?.get_template(template)?.render_captured_to(page, out).map(|_| ())
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => escape_formatter(out, state, &Value::from(escape::visible(text))),
        _ => escape_formatter(out, state, value),
    });
    environment.add_template("macros.html", include_str!("macros.html.j2"))?;
    environment.add_template("page.html", include_str!("page.html.j2"))?;
    environment.add_template("checks.html", include_str!("checks.html.j2"))?;
    environment.add_template("rows.html", include_str!("rows.html.j2"))?;
    environment.add_template("diff.html", include_str!("diff.html.j2"))?;
    Ok(environment)
}

/// Keeps apart what the writer said from what is wrong with the page.
fn failure(error: minijinja::Error) -> ReportError {
    match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(source) => ReportError::write("html")(io::Error::new(source.kind(), source.to_string())),
        None => ReportError::Template(error),
    }
}

/// Gives the SHA-256 of a text in base64, as a content security policy wants it.
pub(super) fn hash(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = Sha256::digest(text.as_bytes());
    let mut encoded = String::new();
    for three in digest.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            encoded.push(if place > three.len() { '=' } else { char::from(digit) });
        }
    }
    encoded
}

/// Shows an instant as people write it.
pub(super) fn instant(at: &str) -> String {
    match at.strip_suffix('Z').and_then(|at| at.split_once('T')) {
        Some((date, time)) => format!("{date} {time} UTC"),
        None => at.to_owned(),
    }
}

/// Describes a JSON value to the macro `value`: null, text, a list of texts, or JSON laid out over lines.
pub(super) fn shown(value: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    let flat = |item: &Json| !matches!(item, Json::Array(_) | Json::Object(_));
    let text = |item: &Json| super::value::text(item).unwrap_or_else(|| "NULL".to_owned());
    match value {
        Json::Null => context! { kind => "null" },
        Json::Array(items) if items.is_empty() => context! { kind => "text", text => "[]" },
        Json::Array(items) if items.iter().all(flat) => {
            context! { kind => "list", items => items.iter().map(text).collect::<Vec<String>>() }
        }
        Json::Array(_) | Json::Object(_) => {
            context! { kind => "json", text => serde_json::to_string_pretty(value).unwrap_or_default() }
        }
        flat => context! { kind => "text", text => text(flat) },
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn hashes_are_what_a_policy_wants() {
        assert_eq!(super::hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(super::hash("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn instants_are_readable() {
        assert_eq!(super::instant("2026-10-01T08:00:00Z"), "2026-10-01 08:00:00 UTC");
        assert_eq!(super::instant("<b>"), "<b>");
    }
}
