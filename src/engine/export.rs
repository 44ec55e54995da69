//! `COPY ... TO` into the folder for exports: the one way in which a statement may write.
//!
//! Tokens of a COPY in, a COPY put together anew out, with an absolute path inside the folder. It must never write into a
//! snapshot, follow a link out, or take an option that makes file names by itself.

use std::path::{Component, Path, PathBuf};

use super::lexer::{Kind, Token};
use super::{EngineError, lockdown, quote_text, rules};

/// Options that only say how a file is written.
const OPTIONS: [&str; 11] = [
    "FORMAT",
    "HEADER",
    "DELIMITER",
    "DELIM",
    "QUOTE",
    "ESCAPE",
    "NULL",
    "NULLSTR",
    "COMPRESSION",
    "ROW_GROUP_SIZE",
    "ARRAY",
];

/// Formats that are linked in.
const FORMATS: [&str; 3] = ["csv", "parquet", "json"];

/// The folder for exports.
pub(super) struct Target {
    dir: PathBuf,
    snapshots: Vec<PathBuf>,
}

/// A COPY as it was written.
pub(super) struct Copy<'s> {
    pub(super) source: Source<'s>,
    path: String,
    options: Vec<String>,
}

/// What is copied.
pub(super) enum Source<'s> {
    /// A query, without its brackets.
    Query(&'s str),
    /// A table, as written.
    Table(&'s str),
}

impl Target {
    /// Takes a folder that exists and lies in no snapshot.
    pub(super) fn new(dir: &Path, snapshots: &[PathBuf]) -> Result<Target, EngineError> {
        let target = Target { dir: lockdown::real_folder(dir)?, snapshots: snapshots.to_vec() };
        if target.in_snapshot(&target.dir) {
            let why = "it lies in a snapshot, which is never written to".to_owned();
            return Err(EngineError::Definition { what: format!("export folder {}", dir.display()), why });
        }
        Ok(target)
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    fn in_snapshot(&self, path: &Path) -> bool {
        self.snapshots.iter().any(|snapshot| path.starts_with(snapshot))
    }

    /// Gives the COPY to run.
    pub(super) fn statement(&self, copy: &Copy<'_>) -> Result<String, EngineError> {
        let path = lockdown::sql_path(&self.resolve(&copy.path)?)?;
        let source = match copy.source {
            // A line comment may end the query: the bracket goes on a line of its own.
            Source::Query(query) => format!("{query}\n"),
            Source::Table(name) => format!("FROM {name}"),
        };
        let options = if copy.options.is_empty() { String::new() } else { format!(" ({})", copy.options.join(", ")) };
        Ok(format!("COPY ({source}) TO {}{options}", quote_text(&path)))
    }

    fn resolve(&self, path: &str) -> Result<PathBuf, EngineError> {
        let given = Path::new(path);
        let outside = || refusal(format!("the file must lie in {}: {path}", self.dir.display()));
        if given.components().any(|part| matches!(part, Component::ParentDir)) || path.is_empty() {
            return Err(outside());
        }
        let full = self.dir.join(given);
        let (Some(parent), Some(name)) = (full.parent(), full.file_name()) else { return Err(outside()) };
        let parent = lockdown::real_folder(parent)?;
        if !parent.starts_with(&self.dir) {
            return Err(outside());
        }
        if self.in_snapshot(&parent) {
            return Err(refusal(format!("the file would lie in a snapshot, which is never written to: {path}")));
        }
        let file = parent.join(name);
        match file.symlink_metadata() {
            Ok(there) if !there.is_file() => Err(refusal(format!("{path} is there and is no plain file"))),
            _ => Ok(file),
        }
    }
}

fn refusal(why: String) -> EngineError {
    EngineError::Refused(why)
}

/// Reads `COPY (<query>)|<table> TO '<file>' [[WITH] (<options>)]`; any other form is refused.
pub(super) fn parse<'s>(sql: &'s str, code: &[Token<'s>]) -> Result<Copy<'s>, EngineError> {
    let form = || refusal("COPY has the form COPY (<query>)|<table> TO '<file>' [(<options>)]".to_owned());
    let to = if code.get(1).is_some_and(|token| token.is_symbol("(")) {
        rules::closing(code, 1).map(|close| close + 1)
    } else {
        code.iter().position(|token| token.is("TO"))
    };
    let to = to.filter(|at| *at > 1 && code.get(*at).is_some_and(|token| token.is("TO"))).ok_or_else(form)?;
    let (first, last) = (code[1], code[to - 1]);
    let source = if first.is_symbol("(") {
        Source::Query(&sql[first.end()..last.start])
    } else {
        let named = code[1..to].iter().enumerate().all(|(at, token)| match at % 2 {
            0 => matches!(token.kind, Kind::Word | Kind::QuotedName),
            _ => token.is_symbol("."),
        });
        if !named || to % 2 != 0 {
            return Err(form());
        }
        Source::Table(&sql[first.start..last.end()])
    };
    let path = code.get(to + 1).and_then(Token::plain_text).ok_or_else(form)?;
    let mut rest = &code[to + 2..];
    if let [with, more @ ..] = rest
        && with.is("WITH")
    {
        rest = more;
    }
    let options = match rest {
        [] => Vec::new(),
        [open, inner @ .., close] if open.is_symbol("(") && close.is_symbol(")") => {
            inner.split(|token| token.is_symbol(",")).map(option).collect::<Result<_, _>>()?
        }
        _ => return Err(form()),
    };
    Ok(Copy { source, path, options })
}

/// One option: a known name and at most one plain value.
fn option(tokens: &[Token<'_>]) -> Result<String, EngineError> {
    let [name, values @ ..] = tokens else { return Err(refusal("an option of COPY is empty".to_owned())) };
    let upper = name.text.to_uppercase();
    if name.kind != Kind::Word || !OPTIONS.contains(&upper.as_str()) {
        return Err(refusal(format!("COPY takes these options here: {}", OPTIONS.join(", "))));
    }
    let value = match values {
        [] => return Ok(upper),
        [value] if matches!(value.kind, Kind::Word | Kind::Number) => value.text.to_owned(),
        [value] => value.plain_text().ok_or_else(|| refusal(format!("the value of {upper} must be a plain one")))?,
        _ => return Err(refusal(format!("{upper} takes one value"))),
    };
    if upper == "FORMAT" && !FORMATS.contains(&value.to_lowercase().as_str()) {
        return Err(refusal(format!("COPY writes these formats here: {}", FORMATS.join(", "))));
    }
    Ok(format!("{upper} {}", quote_text(&value)))
}
