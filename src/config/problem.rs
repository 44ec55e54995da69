//! What is wrong with a configuration file: a code, a place, a sentence and what to do about it. Never a value of the
//! file, as any value may be a secret.

use std::fmt;

/// The file itself: it cannot be read, a value is of another type than it must be, a key is not known.
pub const FORM: &str = "CFG000";
/// A required key is missing.
pub const MISSING: &str = "CFG001";
/// A secret stands in the file.
pub const LITERAL_SECRET: &str = "CFG002";
/// A `jit_secrets` name that does not exist.
pub const SECRET_NAME: &str = "CFG003";
/// A variable of the environment is not set, is empty, or contradicts its other spelling.
pub const VARIABLE: &str = "CFG004";
/// A client id is malformed.
pub const CLIENT_ID: &str = "CFG005";
/// A client secret has the form of its id.
pub const SECRET_ID: &str = "CFG006";
/// A tenant is malformed.
pub const TENANT: &str = "CFG007";
/// A subscription is malformed.
pub const SUBSCRIPTION: &str = "CFG008";
/// The scope is chosen twice, or not at all.
pub const SCOPE: &str = "CFG009";
/// Several subscriptions where another reader of the file takes one.
pub const SEVERAL: &str = "CFG010";
/// An integration of another type.
pub const TYPE: &str = "CFG011";

/// One thing that is wrong, or only odd, in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `CFG000` to `CFG011`.
    pub code: &'static str,
    /// File, account and key.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub what_to_do: String,
    /// Whether the file can be used all the same.
    pub is_warning: bool,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { code, place, message, what_to_do, .. } = self;
        write!(f, "{code} {place}: {message}; {what_to_do}")
    }
}

/// A configuration file that cannot be used: everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration cannot be used\n{}", lines(.problems))]
pub struct ConfigError {
    /// Errors first, warnings after them, each in the order of the file.
    pub problems: Vec<Problem>,
}

fn lines(problems: &[Problem]) -> String {
    let line = |problem: &Problem| format!("  {}{problem}", if problem.is_warning { "warning: " } else { "" });
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}
