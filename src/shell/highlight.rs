//! Colours for what is typed. Text in, the same text with colour codes out: never a character more or less to see.

use std::fmt::Write as _;

use super::complete::is_keyword;
use super::input;
use crate::engine::lexer::{self, Kind};

const KEYWORD: &str = "\x1b[1;34m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[36m";
const COMMENT: &str = "\x1b[90m";
const OFF: &str = "\x1b[0m";

/// Colours keywords, texts, numbers and comments.
pub(super) fn highlight(line: &str) -> String {
    let mut out = String::with_capacity(line.len() * 2);
    if input::is_command(line) {
        let end = line
            .trim_start()
            .find(char::is_whitespace)
            .map_or(line.len(), |at| at + line.len() - line.trim_start().len());
        let _ = write!(out, "{KEYWORD}{}{OFF}{}", &line[..end], &line[end..]);
        return out;
    }
    for token in lexer::tokens(line) {
        let color = match token.kind {
            Kind::Word if is_keyword(token.text) => KEYWORD,
            Kind::Text => TEXT,
            Kind::Number => NUMBER,
            Kind::Comment => COMMENT,
            _ => "",
        };
        if color.is_empty() {
            out.push_str(token.text);
        } else {
            let _ = write!(out, "{color}{}{OFF}", token.text);
        }
    }
    out
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn only_codes_are_added() {
        for line in ["SELECT a, 'x' FROM t -- c", "select 1.5\n/* open", ".schema azure_vm", " .tables", "ä 'é", "''"]
        {
            let mut plain = highlight(line);
            for code in [KEYWORD, TEXT, NUMBER, COMMENT, OFF] {
                plain = plain.replace(code, "");
            }
            assert_eq!(plain, line);
        }
        assert_eq!(highlight("from t"), format!("{KEYWORD}from{OFF} t"));
    }
}
