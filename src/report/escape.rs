//! Makes hostile text harmless, one function per place it may land in.
//!
//! In: any text. Out: text that a terminal, a spreadsheet, a Markdown reader or a JSON reader shows as what it is.
//! Never shortens: what can't be shown as such is spelled out.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Tells whether a character moves, hides or reorders what is around it.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Shows control, bidi and zero-width characters as `\n`, `\t`, `\r` or `\u{...}`.
///
/// The result is one line and can neither move the cursor nor reorder what follows.
#[must_use]
pub fn escape_terminal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => spell(&mut out, c),
            c => out.push(c),
        }
    }
    out
}

/// Does the same but leaves line feeds and tabs, for formats that have a place for them.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_hidden(c) && c != '\n' && c != '\t') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' => out.push_str("\\r"),
            c if is_hidden(c) => spell(&mut out, c),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn spell(out: &mut String, c: char) {
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}

/// Rewrites hidden characters of finished JSON as `\uXXXX`, which means the same to every reader.
///
/// JSON has such characters inside strings only, so no parsing is needed.
pub(super) fn json(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| is_hidden(c) && c != '\n';
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Keeps a spreadsheet from running a cell as a formula: a leading apostrophe, unless the cell is a plain number.
pub(super) fn csv_cell(text: &str) -> Cow<'_, str> {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if formula && !is_plain_number(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Tells whether a text is digits with at most a sign, a point and an exponent.
fn is_plain_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    [Some(whole), fraction, exponent]
        .into_iter()
        .flatten()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Makes text plain in Markdown, fit for a table cell: no markup, no HTML, no link, one line.
pub(super) fn markdown(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let inside_word =
            before.is_some_and(char::is_alphanumeric) && chars.peek().copied().is_some_and(char::is_alphanumeric);
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A bare URL or a host would become a link that the tenant chose.
            ':' if text_follows(&chars, "//") => out.push_str("&#58;"),
            '.' if ends_with_www(&out) => out.push_str("&#46;"),
            '@' => out.push_str("&#64;"),
            '\n' => out.push_str("<br>"),
            '\t' => out.push(' '),
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '_' if !inside_word => out.push_str("\\_"),
            // At the start of a line these open a heading, a list, a quote or an image.
            '#' | '+' | '-' | '!' | '=' if before.is_none() => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        before = Some(c);
    }
    out
}

fn text_follows(rest: &std::iter::Peekable<std::str::Chars<'_>>, what: &str) -> bool {
    rest.clone().take(what.len()).eq(what.chars())
}

fn ends_with_www(out: &str) -> bool {
    out.len() >= 3 && out.is_char_boundary(out.len() - 3) && out[out.len() - 3..].eq_ignore_ascii_case("www")
}

/// Puts text into a Markdown code span that no backtick inside can end.
pub(super) fn markdown_code(text: &str) -> String {
    let text = escape_terminal(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_get_no_control() {
        let cases = [
            ("plain ü 名", "plain ü 名"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("abc\u{202e}txt.exe\u{2066}", "abc\\u{202e}txt.exe\\u{2066}"),
            ("a\u{200b}b\u{feff}c\u{ad}", "a\\u{200b}b\\u{feff}c\\u{ad}"),
            ("a\u{2028}b\u{2029}c\u{85}", "a\\u{2028}b\\u{2029}c\\u{85}"),
            ("\u{e0041}", "\\u{e0041}"),
        ];
        for (given, expected) in cases {
            assert_eq!(escape_terminal(given), expected);
        }
        assert_eq!(visible("a\n\u{1b}b\tc"), "a\n\\u{1b}b\tc");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let text = "\u{9b}\u{202e}\u{e0041}\"\\\n\u{7f}é";
        let written = serde_json::to_string(text).unwrap();
        let escaped = json(&written);
        assert_eq!(escaped, "\"\\u009b\\u202e\\udb40\\udc41\\\"\\\\\\n\\u007fé\"");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }

    #[test]
    fn spreadsheets_run_nothing() {
        let cases = [
            ("=1+1", "'=1+1"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2+3", "'-2+3"),
            ("-", "'-"),
            ("-5", "-5"),
            ("+1.5e-7", "+1.5e-7"),
            ("-1.", "'-1."),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("＝1", "'＝1"),
            ("a=b", "a=b"),
            ("", ""),
        ];
        for (given, expected) in cases {
            assert_eq!(csv_cell(given), expected, "{given:?}");
        }
    }

    #[test]
    fn markdown_stays_text() {
        let cases = [
            ("a|b`c", "a\\|b\\`c"),
            ("<img src=x>&", "&lt;img src=x&gt;&amp;"),
            ("one\ntwo", "one<br>two"),
            ("[x](https://evil.example)", "\\[x\\](https&#58;//evil.example)"),
            ("WWW.evil.example", "WWW&#46;evil.example"),
            ("azure_storage_account", "azure_storage_account"),
            ("_x_ *y*", "\\_x\\_ \\*y\\*"),
            ("# heading", "\\# heading"),
            ("\u{202e}x", "\\\\u{202e}x"),
        ];
        for (given, expected) in cases {
            assert_eq!(markdown(given), expected, "{given:?}");
        }
        assert_eq!(markdown_code("a`b|c\n"), "``a`b|c\\n``");
    }
}
