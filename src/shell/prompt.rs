//! What rustyline asks while somebody types: completions, hints, colours, and whether the entry is complete.
//!
//! Knows names, not the engine: typing never runs a statement.

use std::borrow::Cow;
use std::sync::PoisonError;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::complete::complete;
use super::warm::SharedNames;
use super::{highlight, input};

/// The helper of the line editor.
pub(super) struct Prompt {
    names: SharedNames,
    color: bool,
    hinter: HistoryHinter,
}

impl Prompt {
    pub(super) fn new(names: SharedNames, color: bool) -> Prompt {
        Prompt { names, color, hinter: HistoryHinter::new() }
    }
}

impl Helper for Prompt {}

impl Completer for Prompt {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, found) = complete(&self.names.lock().unwrap_or_else(PoisonError::into_inner), line, pos);
        let pair = |name: String| Pair { display: name.clone(), replacement: name };
        Ok((start, found.into_iter().map(pair).collect()))
    }
}

impl Hinter for Prompt {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<String> {
        // The rest of a longer entry would push the prompt around: only its first line is shown.
        let hint = self.hinter.hint(line, pos, context)?;
        if hint.contains('\n') { None } else { Some(hint) }
    }
}

impl Validator for Prompt {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let complete = input::is_complete(context.input());
        Ok(if complete { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Highlighter for Prompt {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if self.color { Cow::Owned(highlight::highlight(line)) } else { Cow::Borrowed(line) }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.color { Cow::Owned(format!("\x1b[90m{hint}\x1b[0m")) } else { Cow::Borrowed(hint) }
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.color && kind != CmdKind::MoveCursor
    }
}
