//! Takes SQL text apart into words, texts and signs: enough to know which names a query mentions.
//!
//! Never fails: text that is no SQL gives some tokens too. Comments and white space give none.

/// One token of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword or identifier, lower-case, without quotes.
    Word(String),
    /// The text of a string literal.
    Text(String),
    /// Any other character.
    Sign(char),
}

impl Token {
    /// Whether this is the word, given in lower case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Token::Word(found) if found == word)
    }
}

/// Gives the tokens of a query.
pub(super) fn tokens(sql: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("--") {
            rest = after(rest, "\n");
        } else if rest.starts_with("/*") {
            rest = after(&rest[2..], "*/");
        } else if first == '\'' || first == '"' {
            let (text, tail) = quoted(&rest[1..], first);
            found.push(if first == '"' { Token::Word(text.to_lowercase()) } else { Token::Text(text) });
            rest = tail;
        } else if first == '$' && dollar_tag(rest).is_some() {
            let tag = dollar_tag(rest).unwrap_or_default();
            let inner = &rest[tag.len()..];
            let end = inner.find(tag).unwrap_or(inner.len());
            found.push(Token::Text(inner[..end].to_owned()));
            rest = inner.get(end + tag.len()..).unwrap_or_default();
        } else if is_word_char(first) {
            let end = rest.find(|c| !is_word_char(c)).unwrap_or(rest.len());
            found.push(Token::Word(rest[..end].to_lowercase()));
            rest = &rest[end..];
        } else {
            if !first.is_whitespace() {
                found.push(Token::Sign(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn after<'t>(text: &'t str, end: &str) -> &'t str {
    text.find(end).map_or("", |at| &text[at + end.len()..])
}

/// Reads up to the closing quote; a doubled quote stands for one.
fn quoted(text: &str, quote: char) -> (String, &str) {
    let mut inner = String::new();
    let mut rest = text;
    loop {
        let Some(at) = rest.find(quote) else {
            inner.push_str(rest);
            return (inner, "");
        };
        inner.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix(quote) {
            Some(tail) => {
                inner.push(quote);
                rest = tail;
            }
            None => return (inner, rest),
        }
    }
}

/// The opening of a dollar-quoted text: `$$` or `$tag$`; parameters like `$1` are none.
fn dollar_tag(text: &str) -> Option<&str> {
    let end = text[1..].find('$')? + 2;
    let tag = &text[1..end - 1];
    let is_tag = tag.chars().all(is_word_char) && !tag.starts_with(|c: char| c.is_ascii_digit());
    is_tag.then_some(&text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expected: &str) {
        let shown: Vec<String> = tokens(sql)
            .into_iter()
            .map(|token| match token {
                Token::Word(word) => word,
                Token::Text(text) => format!("<{text}>"),
                Token::Sign(sign) => sign.to_string(),
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{sql}");
    }

    #[test]
    fn takes_sql_apart() {
        check("SELECT a.Col, 'it''s -- x' -- note\nFROM t", "select a . col , <it's -- x> from t");
        check("\"Odd \"\"Name\" /* azure_vm */ = $$a 'b$$ + $x$y$x$", "odd \"name = <a 'b> + <y>");
        check("(c ->> '$.a') >= $1", "( c - > > <$.a> ) > = $ 1");
        check("'open", "<open>");
        check("é_1 /* never closed", "é_1");
    }
}
