//! How a command ends: an outcome or a failure in, an exit code and one clear message out.

use super::ui::Ui;
use crate::report::escape_terminal;
use std::fmt;
use std::process::ExitCode;

/// How a command that did its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Done and clean.
    Done,
    /// Written but partial, or unknown verdicts and no fail.
    Partial,
    /// Done, and a check failed, rows changed, or a seal broke.
    Found,
    /// Could not do it.
    CouldNot,
    /// Ctrl-C.
    Interrupted,
}

impl Outcome {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Outcome::Done => 0,
            Outcome::Found => 1,
            Outcome::CouldNot => 2,
            Outcome::Partial => 3,
            Outcome::Interrupted => 130,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        ExitCode::from(outcome.code())
    }
}

/// A command that could not do its work.
#[derive(Debug)]
pub struct Failure {
    outcome: Outcome,
    source: anyhow::Error,
    hint: Option<String>,
}

impl Failure {
    /// A failure with a hint what to do.
    pub fn hint(source: impl Into<anyhow::Error>, hint: impl Into<String>) -> Failure {
        Failure { outcome: Outcome::CouldNot, source: source.into(), hint: Some(hint.into()) }
    }

    /// How the command ends by it.
    #[cfg(feature = "collect")]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// A wrong use of the command.
    pub fn usage(message: impl fmt::Display) -> Failure {
        Failure { outcome: Outcome::CouldNot, source: anyhow::anyhow!("{message}"), hint: None }
    }

    /// Ctrl-C, with what to do next.
    pub fn interrupted(source: impl Into<anyhow::Error>) -> Failure {
        Failure { outcome: Outcome::Interrupted, source: source.into(), hint: None }
    }

    /// Prints the failure, cause by cause, and gives the exit code.
    pub fn report(&self, ui: &Ui) -> ExitCode {
        if is_closed_pipe(&self.source) {
            // Who reads us has seen enough (`azsnap query ... | head`).
            return Outcome::Done.into();
        }
        let mut said = String::new();
        for cause in self.source.chain() {
            let text = cause.to_string();
            // thiserror's messages often hold their source already.
            if !said.contains(&text) {
                let lead = if said.is_empty() { "error" } else { "  caused by" };
                ui.error_line(&format!("{lead}: {}", escape_lines(&text)));
                said.push_str(&text);
            }
        }
        if let Some(hint) = &self.hint {
            ui.error_line(&format!("hint: {}", escape_lines(hint)));
        }
        self.outcome.into()
    }
}

/// Escapes each line; DuckDB's errors point into the statement over several lines.
fn escape_lines(text: &str) -> String {
    text.lines().map(escape_terminal).collect::<Vec<_>>().join("\n")
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(source: E) -> Failure {
        Failure { outcome: Outcome::CouldNot, source: source.into(), hint: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for (outcome, code) in [
            (Outcome::Done, 0),
            (Outcome::Found, 1),
            (Outcome::CouldNot, 2),
            (Outcome::Partial, 3),
            (Outcome::Interrupted, 130),
        ] {
            assert_eq!(outcome.code(), code);
        }
        // Of two things found, the worse one counts.
        assert_eq!(Outcome::Partial.max(Outcome::Found), Outcome::Found);
    }
}
