//! What a table takes to be read: the `permission` text of a spec in, rights in alternatives out.
//!
//! The text is read by a small grammar and nothing else: `A or B` (either does), `A and B` (both), a mark in brackets
//! behind a right, and what only some rows take after a semicolon. Never guesses: a text outside the grammar is an error.

use std::fmt;

/// One thing that a principal may or may not do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// An action of Resource Manager, such as `Microsoft.Web/sites/Read`.
    Action(String),
    /// An action on data behind a resource.
    DataAction(String),
    /// An application permission of Microsoft Graph.
    Graph(String),
    /// A right that a vault's own access policy gives, such as `certificates list`.
    VaultPolicy(String),
}

impl Right {
    /// Gives the name of the right as Azure writes it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Right::Action(name) | Right::DataAction(name) | Right::Graph(name) | Right::VaultPolicy(name) => name,
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Says what a table takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Need {
    /// Alternatives, the narrowest first; each is a list of rights that are all needed. An empty one is always met.
    pub any_of: Vec<Vec<Right>>,
    /// A right that only some rows take, and which those are.
    pub also: Option<(Right, String)>,
    /// Whether Azure gives it to signed-in users only, never to an application by itself.
    pub users_only: bool,
}

impl Need {
    /// Whether the rights that `has` tells of are enough.
    pub fn is_met(&self, mut has: impl FnMut(&Right) -> bool) -> bool {
        self.any_of.iter().any(|all| all.iter().all(&mut has))
    }

    /// Gives every right that is named, in alternatives or not.
    pub fn rights(&self) -> impl Iterator<Item = &Right> {
        self.any_of.iter().flatten()
    }
}

/// Says why a permission text cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the permission `{text}` cannot be read: {why}")]
pub struct BadPermission {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

/// What every signed-in principal may read.
const NOTHING: &str = "none beyond sign-in";
const USERS_ONLY: &str = " (signed-in users only)";
const DATA_ACTION: &str = " (data action)";
const ACCESS_POLICY: &str = "access policy: ";

/// Reads the text of a spec's `permission`.
///
/// # Errors
/// The text is not of the grammar, or names a right that does more than read.
pub fn parse(text: &str) -> Result<Need, BadPermission> {
    let bad = |why: &str| BadPermission { text: text.to_owned(), why: why.to_owned() };
    if text == NOTHING {
        return Ok(Need { any_of: vec![Vec::new()], ..Need::default() });
    }
    let (main, also) = match text.split_once("; ") {
        Some((main, rest)) => {
            let (right, rows) =
                rest.split_once(" too for ").ok_or_else(|| bad("after `;` comes `RIGHT too for ROWS`"))?;
            (main, Some((right_of(right).map_err(bad)?, rows.to_owned())))
        }
        None => (text, None),
    };
    let (main, users_only) = match main.strip_suffix(USERS_ONLY) {
        Some(main) => (main, true),
        None => (main, false),
    };
    let all = |alternative: &str| alternative.split(" and ").map(right_of).collect::<Result<Vec<_>, _>>();
    let any_of = main.split(" or ").map(all).collect::<Result<Vec<_>, _>>().map_err(bad)?;
    Ok(Need { any_of, also, users_only })
}

fn right_of(text: &str) -> Result<Right, &'static str> {
    if let Some(words) = text.strip_prefix(ACCESS_POLICY) {
        let (kind, verb) = words.split_once(' ').ok_or("an access policy is written `KIND VERB`")?;
        let reads = matches!(verb, "get" | "list");
        return if is_word(kind) && reads {
            Ok(Right::VaultPolicy(words.to_owned()))
        } else {
            Err("get and list read")
        };
    }
    if let Some(action) = text.strip_suffix(DATA_ACTION) {
        return is_action(action).map(|()| Right::DataAction(action.to_owned()));
    }
    if text.contains('/') {
        return is_action(text).map(|()| Right::Action(text.to_owned()));
    }
    let mut parts = text.split('.');
    let named = parts.next().is_some_and(is_word);
    match (named, parts.next()) {
        (true, Some("Read")) if parts.clone().count() > 0 && parts.all(is_word) => Ok(Right::Graph(text.to_owned())),
        _ => Err("it is neither an action nor a Graph permission that reads"),
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphanumeric)
}

/// An action has a namespace and a path, and ends in a verb that reads: `action` is there for reads by POST.
fn is_action(text: &str) -> Result<(), &'static str> {
    let parts: Vec<&str> = text.split('/').collect();
    let fits =
        |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '*' | '-'));
    if !parts.iter().all(fits) {
        return Err("an action is words between slashes");
    }
    match (parts.len(), parts.last().map(|verb| verb.to_lowercase()).as_deref()) {
        (2, Some("read")) if parts[0] == "*" => Ok(()),
        (3.., Some("read" | "action")) => Ok(()),
        _ => Err("an action ends in read or action"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Plane};

    fn check(text: &str, expected: Result<Need, &str>) {
        assert_eq!(parse(text).map_err(|error| error.why), expected.map_err(str::to_owned), "{text}");
    }

    fn need(any_of: &[&[Right]]) -> Need {
        Need { any_of: any_of.iter().map(|all| all.to_vec()).collect(), ..Need::default() }
    }

    fn action(name: &str) -> Right {
        Right::Action(name.to_owned())
    }

    fn graph(name: &str) -> Right {
        Right::Graph(name.to_owned())
    }

    #[test]
    fn forms() {
        check("none beyond sign-in", Ok(need(&[&[]])));
        check("*/read", Ok(need(&[&[action("*/read")]])));
        check("Microsoft.Web/sites/Read", Ok(need(&[&[action("Microsoft.Web/sites/Read")]])));
        check("M.X/a/read or M.X/a/action", Ok(need(&[&[action("M.X/a/read")], &[action("M.X/a/action")]])));
        check("A.Read.All and B.Read.All", Ok(need(&[&[graph("A.Read.All"), graph("B.Read.All")]])));
        let users_only = Need { users_only: true, ..need(&[&[graph("A.Read.All")]]) };
        check("A.Read.All (signed-in users only)", Ok(users_only));
        let also = Some((graph("M.Read.Hidden"), "hidden groups".to_owned()));
        let both = need(&[&[graph("A.Read.All")], &[graph("B.Read.All")]]);
        check("A.Read.All or B.Read.All; M.Read.Hidden too for hidden groups", Ok(Need { also, ..both }));
        let policy = Right::VaultPolicy("certificates list".to_owned());
        check(
            "M.K/v/c/read (data action) or access policy: certificates list",
            Ok(need(&[&[Right::DataAction("M.K/v/c/read".to_owned())], &[policy]])),
        );
    }

    #[test]
    fn what_is_refused() {
        check("Directory.ReadWrite.All", Err("it is neither an action nor a Graph permission that reads"));
        check("Reader", Err("it is neither an action nor a Graph permission that reads"));
        check("Microsoft.Web/sites/write", Err("an action ends in read or action"));
        check("Microsoft.Web/sites/* ", Err("an action is words between slashes"));
        check("A.Read.All; and more", Err("after `;` comes `RIGHT too for ROWS`"));
        check("access policy: keys purge", Err("get and list read"));
        check("", Err("it is neither an action nor a Graph permission that reads"));
    }

    /// Every spec's text is of the grammar, and of its API.
    #[test]
    fn every_spec() {
        let mut wrong = Vec::new();
        for spec in Catalog::bundled().all().unwrap() {
            match parse(&spec.permission) {
                Err(error) => wrong.push(format!("{}: {error}", spec.name)),
                Ok(need) => {
                    let is_graph = |right: &Right| matches!(right, Right::Graph(_));
                    let fits = need.rights().all(|right| is_graph(right) == (spec.fetch.plane == Plane::Graph));
                    if !fits || need.any_of.is_empty() {
                        wrong.push(format!("{}: {} is not of its API", spec.name, spec.permission));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
