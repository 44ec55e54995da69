//! Cuts SQL text into tokens, as DuckDB 2.0 itself does (its tokenizer, rule for rule: quotes with doubling, backticks,
//! E'' escapes, dollar quotes, nested block comments, line comments that a carriage return ends too).
//!
//! Text in, tokens that cover all of it out. It must never fail and never judge: callers do.

/// Says what a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A keyword or a bare name.
    Word,
    /// A name in double quotes or backticks.
    QuotedName,
    /// A text literal of any form.
    Text,
    /// A number.
    Number,
    /// An operator, a bracket, a comma, a dot.
    Symbol,
    /// The end of a statement.
    Semicolon,
    /// A comment.
    Comment,
    /// White space.
    Space,
}

/// Holds one piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// The piece, quotes included.
    pub text: &'a str,
    /// Byte at which it begins.
    pub start: usize,
    /// Whether a quote or block comment is closed; true for everything else.
    pub closed: bool,
}

impl Token<'_> {
    /// Tells whether the token is this keyword, without letter case.
    #[must_use]
    pub fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// Tells whether the token is this symbol.
    #[must_use]
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// Tells whether the token carries meaning: neither space nor comment.
    #[must_use]
    pub fn is_code(&self) -> bool {
        !matches!(self.kind, Kind::Space | Kind::Comment)
    }

    /// Gives the byte behind the token.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Gives the name a word or quoted name stands for: quotes removed, bare words as written.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_owned()),
            Kind::QuotedName => unquote(self.text),
            _ => None,
        }
    }

    /// Gives the value of a plain literal `'...'`; none for the other forms.
    #[must_use]
    pub fn plain_text(&self) -> Option<String> {
        if self.kind == Kind::Text && self.closed && self.text.starts_with('\'') { unquote(self.text) } else { None }
    }
}

fn unquote(text: &str) -> Option<String> {
    let quote = text.chars().next()?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    Some(inner.replace(&format!("{quote}{quote}"), &quote.to_string()))
}

/// Cuts the text; the tokens put together give the text again.
#[must_use]
pub fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < sql.len() {
        let (kind, length, closed) = next(&sql[at..]);
        found.push(Token { kind, text: &sql[at..at + length], start: at, closed });
        at += length;
    }
    found
}

fn next(rest: &str) -> (Kind, usize, bool) {
    let bytes = rest.as_bytes();
    let second = bytes.get(1).copied();
    match bytes[0] {
        b';' => (Kind::Semicolon, 1, true),
        b'\'' => quoted(Kind::Text, bytes, 1, b'\'', false),
        b'e' | b'E' if second == Some(b'\'') => quoted(Kind::Text, bytes, 2, b'\'', true),
        b'n' | b'N' | b'x' | b'X' | b'b' | b'B' if second == Some(b'\'') => quoted(Kind::Text, bytes, 2, b'\'', false),
        quote @ (b'"' | b'`') => quoted(Kind::QuotedName, bytes, 1, quote, false),
        b'$' => dollar(rest),
        b'-' if second == Some(b'-') => {
            let length = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
            (Kind::Comment, length, true)
        }
        b'/' if second == Some(b'*') => block_comment(bytes),
        byte if is_space(byte) || unicode_space(rest).is_some() => spaces(rest),
        b'0'..=b'9' => (Kind::Number, number(bytes), true),
        b'.' if second.is_some_and(|byte| byte.is_ascii_digit()) => (Kind::Number, number(bytes), true),
        byte if is_word(byte) => (Kind::Word, word(rest), true),
        _ => (Kind::Symbol, symbol(bytes), true),
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// DuckDB takes these for a space outside quotes.
fn unicode_space(rest: &str) -> Option<usize> {
    let c = rest.chars().next()?;
    let space = matches!(c, '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}');
    space.then(|| c.len_utf8())
}

fn spaces(rest: &str) -> (Kind, usize, bool) {
    let mut length = 0;
    while length < rest.len() {
        if is_space(rest.as_bytes()[length]) {
            length += 1;
        } else if let Some(wide) = unicode_space(&rest[length..]) {
            length += wide;
        } else {
            break;
        }
    }
    (Kind::Space, length, true)
}

fn quoted(kind: Kind, bytes: &[u8], open: usize, quote: u8, backslash: bool) -> (Kind, usize, bool) {
    let mut at = open;
    while at < bytes.len() {
        if backslash && bytes[at] == b'\\' && at + 1 < bytes.len() {
            at += 2;
            // A backslash before a wide character: go on at the next whole one.
            while at < bytes.len() && bytes[at] & 0xc0 == 0x80 {
                at += 1;
            }
        } else if bytes[at] == quote {
            if bytes.get(at + 1) != Some(&quote) {
                return (kind, at + 1, true);
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    (kind, bytes.len(), false)
}

/// `$tag$ ... $tag$`, `$1` and `$name`.
fn dollar(rest: &str) -> (Kind, usize, bool) {
    let bytes = rest.as_bytes();
    let tag = bytes[1..].iter().take_while(|byte| is_tag(**byte)).count();
    if bytes.get(1).is_some_and(u8::is_ascii_digit) || bytes.get(1 + tag) != Some(&b'$') {
        return (Kind::Symbol, 1, true);
    }
    let marker = &rest[..tag + 2];
    match rest[marker.len()..].find(marker) {
        Some(at) => (Kind::Text, marker.len() + at + marker.len(), true),
        None => (Kind::Text, rest.len(), false),
    }
}

fn is_tag(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn block_comment(bytes: &[u8]) -> (Kind, usize, bool) {
    let (mut at, mut depth) = (2, 1);
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'*')) => (at, depth) = (at + 2, depth + 1),
            (b'*', Some(b'/')) => {
                (at, depth) = (at + 2, depth - 1);
                if depth == 0 {
                    return (Kind::Comment, at, true);
                }
            }
            _ => at += 1,
        }
    }
    (Kind::Comment, bytes.len(), false)
}

fn number(bytes: &[u8]) -> usize {
    let digit_at = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while at < bytes.len() {
        let exponent = matches!(bytes[at], b'e' | b'E') && at > 0;
        if bytes[at].is_ascii_digit()
            || bytes[at] == b'.'
            || (bytes[at] == b'_' && at > 0 && digit_at(at - 1) && digit_at(at + 1))
        {
            at += 1;
        } else if exponent && digit_at(at + 1) {
            at += 2;
        } else if exponent && matches!(bytes.get(at + 1), Some(b'+' | b'-')) && digit_at(at + 2) {
            at += 3;
        } else {
            break;
        }
    }
    at
}

fn is_operator(byte: u8) -> bool {
    matches!(byte, b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'<' | b'>' | b'=' | b'~' | b'!' | b'@' | b'&' | b'|')
}

/// A word goes on over everything that is no space, operator, bracket or quote; `$` may be inside one.
fn is_word(byte: u8) -> bool {
    !(is_space(byte)
        || is_operator(byte)
        || matches!(
            byte,
            b'(' | b')' | b'{' | b'}' | b'[' | b']' | b',' | b':' | b'?' | b'$' | b'#' | b'\'' | b';' | b'"' | b'.'
        ))
}

fn word(rest: &str) -> usize {
    let ends = |(at, c): &(usize, char)| {
        let byte = rest.as_bytes()[*at];
        *at > 0 && byte != b'$' && (!is_word(byte) || (!c.is_ascii() && unicode_space(&rest[*at..]).is_some()))
    };
    rest.char_indices().find(ends).map_or(rest.len(), |(at, _)| at)
}

fn symbol(bytes: &[u8]) -> usize {
    if matches!((bytes[0], bytes.get(1)), (b':', Some(b':' | b'='))) {
        return 2;
    }
    if !is_operator(bytes[0]) {
        return 1;
    }
    let comment = |at: usize| matches!((bytes[at], bytes.get(at + 1)), (b'-', Some(b'-')) | (b'/', Some(b'*')));
    (1..bytes.len()).find(|at| !is_operator(bytes[*at]) || comment(*at)).unwrap_or(bytes.len())
}

/// Holds one statement of a text: where it is and its tokens, spaces and comments left out.
#[derive(Debug, Clone)]
pub struct Statement<'a> {
    /// Tokens that carry meaning, without the semicolon.
    pub code: Vec<Token<'a>>,
    /// Whether a semicolon ends it.
    pub ended: bool,
}

impl<'a> Statement<'a> {
    /// Gives the text from the first to the last token.
    #[must_use]
    pub fn text(&self, sql: &'a str) -> &'a str {
        match (self.code.first(), self.code.last()) {
            (Some(first), Some(last)) => &sql[first.start..last.end()],
            _ => "",
        }
    }
}

/// Cuts a text at its semicolons; statements without tokens are left out.
#[must_use]
pub fn statements(sql: &str) -> Vec<Statement<'_>> {
    let mut all = Vec::new();
    let mut code = Vec::new();
    for token in tokens(sql) {
        if token.kind == Kind::Semicolon {
            all.push(Statement { code: std::mem::take(&mut code), ended: true });
        } else if token.is_code() {
            code.push(token);
        }
    }
    all.push(Statement { code, ended: false });
    all.retain(|statement| !statement.code.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_cover_the_text() {
        let texts = [
            "SELECT 'it''s', \"a\"\"b\", `c;d` FROM t -- x;\r;/* a /* b; */ c */ 1e-5 $tag$ ; $$ $tag$ $1 a$b$c",
            "E'a\\';b' || x'41'::blob ->> '$.a' <> 1_000 .5 1..2 {'k': [1,2]} := ?",
            "select\u{a0}1\u{3000}ä é$ü$",
            "unclosed 'x",
            "/* /* */",
            "$a$ x $a",
            "\0\u{1}",
        ];
        for text in texts {
            assert_eq!(tokens(text).iter().map(|token| token.text).collect::<String>(), text);
        }
    }

    fn kinds(sql: &str) -> Vec<(Kind, &str)> {
        tokens(sql).into_iter().filter(Token::is_code).map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn quotes_and_comments_hide_semicolons() {
        let cases: [(&str, usize); 16] = [
            ("SELECT 1", 1),
            ("SELECT 1;", 1),
            ("SELECT 1;; ;", 1),
            ("", 0),
            ("-- only this", 0),
            ("SELECT 1; SELECT 2", 2),
            ("SELECT ';'", 1),
            ("SELECT 'a\\'; SELECT 2", 2),
            ("SELECT E'a\\'; SELECT 2'", 1),
            ("SELECT \"a;b\", `c;d`", 1),
            ("SELECT $$ ; $$", 1),
            ("SELECT $a$ ; $$ ; $a$", 1),
            ("SELECT $1; SELECT $2", 2),
            ("SELECT 1 -- ; \r; SELECT 2", 2),
            ("SELECT 1 /* ; /* ; */ ; */", 1),
            ("SELECT a$b$c; SELECT a$b$c", 2),
        ];
        for (sql, expected) in cases {
            assert_eq!(statements(sql).len(), expected, "{sql}");
        }
        assert!(!tokens("SELECT 'x").last().unwrap().closed);
        assert!(!tokens("/* x").last().unwrap().closed);
    }

    #[test]
    fn tokens_have_kinds() {
        assert_eq!(
            kinds("a.\"b\"->>'$.c'>=1.5e3,x::int"),
            vec![
                (Kind::Word, "a"),
                (Kind::Symbol, "."),
                (Kind::QuotedName, "\"b\""),
                (Kind::Symbol, "->>"),
                (Kind::Text, "'$.c'"),
                (Kind::Symbol, ">="),
                (Kind::Number, "1.5e3"),
                (Kind::Symbol, ","),
                (Kind::Word, "x"),
                (Kind::Symbol, "::"),
                (Kind::Word, "int"),
            ]
        );
        assert_eq!(kinds("1 -- c\n+/* d */2"), vec![(Kind::Number, "1"), (Kind::Symbol, "+"), (Kind::Number, "2")]);
        assert_eq!(tokens("'it''s'")[0].plain_text().unwrap(), "it's");
        assert_eq!(tokens("E'x'")[0].plain_text(), None);
        assert_eq!(tokens("`a``b`")[0].name().unwrap(), "a`b");
    }
}
