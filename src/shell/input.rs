//! What one entry at the prompt is: a dot command, statements, or the beginning of one.
//!
//! Text in, a judgement out; nothing runs here.

use crate::engine::lexer::{self, Kind, Token};

/// Tells whether the entry can be run: a dot command ends with its line, a statement with a semicolon outside quotes and
/// comments.
pub(super) fn is_complete(text: &str) -> bool {
    if text.trim().is_empty() || is_command(text) {
        return true;
    }
    let tokens = lexer::tokens(text);
    let open = tokens.last().is_some_and(|token| !token.closed);
    let last = tokens.iter().rev().find(|token| token.is_code());
    !open && last.is_none_or(|token| token.kind == Kind::Semicolon)
}

/// Tells whether the entry is a dot command.
pub(super) fn is_command(text: &str) -> bool {
    let mut chars = text.trim_start().chars();
    chars.next() == Some('.') && chars.next().is_some_and(char::is_alphabetic)
}

/// Gives the statements of an entry, each with the comments that belong to it.
pub(super) fn statements(text: &str) -> Vec<&str> {
    let ends: Vec<usize> =
        lexer::tokens(text).iter().filter(|token| token.kind == Kind::Semicolon).map(Token::end).collect();
    let mut begin = 0;
    let mut found = Vec::new();
    for end in ends.into_iter().chain([text.len()]) {
        let piece = text[begin..end].trim();
        if !lexer::statements(piece).is_empty() {
            found.push(piece);
        }
        begin = end;
    }
    found
}

/// Splits a dot command into words; quotes keep spaces together.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '\'' | '"' => rest[1..].split_once(first).unwrap_or((&rest[1..], "")),
            _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn entries_end_where_they_should() {
        for (text, complete) in [
            ("", true),
            ("  \n", true),
            (".tables", true),
            (".mode", true),
            ("SELECT 1", false),
            ("SELECT 1;", true),
            ("SELECT 1; -- done", true),
            ("SELECT 1 -- ;", false),
            ("SELECT ';", false),
            ("SELECT ';'", false),
            ("SELECT $$;", false),
            ("SELECT 1; /* open", false),
            ("-- a note", true),
            ("SELECT 1; SELECT 2", false),
            ("SELECT .5", false),
            (".5", false),
        ] {
            assert_eq!(is_complete(text), complete, "{text}");
        }
    }

    #[test]
    fn entries_are_cut() {
        assert_eq!(statements("SELECT 1; ;\n-- two\nSELECT ';'; "), ["SELECT 1;", "-- two\nSELECT ';';"]);
        assert_eq!(statements("-- nothing"), [] as [&str; 0]);
        assert_eq!(words(" .output 'my file.csv'  x"), [".output", "my file.csv", "x"]);
        assert_eq!(words(".output \"open"), [".output", "open"]);
    }
}
