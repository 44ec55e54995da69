//! The manual of `azsnap doctor`: the table of codes in, one Markdown page out, or the lines of one code.

use super::DoctorError;
use super::codes::{CODES, Code, Stage, find};
use std::fmt::Write as _;

const HEAD: &str = "\
# azsnap doctor

Made from the table in `src/doctor/codes.rs` (`azsnap doctor --explain > docs/doctor.md`); a test keeps it so.

`azsnap doctor` tells before a run what would go wrong, and `azsnap doctor --from-ledger SNAPSHOT` after one what did:
which permission was missing where, which tables were lost for it, and which checks can say nothing but `unknown`.

```sh
azsnap doctor                                    # the same flags and variables as `azsnap snapshot`
azsnap doctor --check cis_azure_5_0_0            # only what these checks read
azsnap doctor --format json                      # for machines
azsnap doctor --from-ledger azsnap-archive       # what the newest snapshot lost; asks nobody
azsnap doctor --role-json > role.json            # the least custom role; Graph permissions on stderr; asks nobody
az role definition create --role-definition @role.json
azsnap doctor --explain ARM305                   # what a code means
```

Exit codes: 0 ready; 2 unusable (settings, credentials, nothing to read); 3 usable, but tables would be (were) missing.

How it looks: settings, sign-in, Microsoft Graph, Resource Manager, vaults, in this order. It goes by HTTP numbers and
Azure's codes, never by words, and prints Azure's own text after ours. Each stage ends with its first code, as what
comes after often follows from it; the list of missing permissions is always whole. What may be done in a subscription is
asked of Azure's permissions API; every list of the tenant is asked for its first page, and one child of each kind where
there is one, since a principal with a directory role reads what no permission names. Nothing is written, neither in
Azure nor on disk. Tokens are decoded in memory, only for the tenant, the principal and its permissions.

`--format json` gives one object: `outcome` (`ready`, `tables_missing`, `unusable`), `diagnoses` (`code`, `stage`,
`severity`, `message`, `scopes`, `detail` with Azure's text, `what_to_do`, `tables`, `tables_in_part`, `checks`), `missing`
(`permission`, `code`, `why`, `scopes`, `tables`, `tables_in_part`, `checks`, `detail`) and `unclear`; after a run `missing`,
`other` (lost for other reasons) and `facts` (`license`, `not_registered`, `retired`). `--role-json --format json` gives
`role`, `graph_permissions` and `notes`; without it the role alone is printed, as the Azure CLI takes nothing else.

JupiterOne's connector logs one line for all of what is below, whichever it was:

    [validation_failure] Error occurred while validating integration configuration

Run `azsnap doctor` with the same tenant, client id and secret: it says which of the codes it is.

A list that leaves out what the principal cannot see (`azure_resource` and three others) is whole only with `*/read` on the
subscription; with less a run marks it `partial`. So the least role for all tables holds `*/read`; choose tables with
`--table`, `--without-table` or `--check` for a narrower one. Where Azure's papers name two actions for one call, the role
holds both. If Azure refuses the role for an action that it does not know (a provider that is gone), take that line out. Of
Graph permissions that do equally, the narrowest is listed; what `Directory.Read.All` would do for is said.
";

/// Writes the page.
#[must_use]
pub fn manual() -> String {
    let mut page = HEAD.to_owned();
    for stage in Stage::ALL {
        let _ = write!(page, "\n## {}\n", stage.title());
        for code in CODES.iter().filter(|code| code.stage == stage) {
            let _ = write!(page, "\n### {}\n\n{}", code.code, lines(code, "- "));
        }
    }
    page
}

/// Explains one code.
///
/// # Errors
/// There is no such code.
pub fn explain(code: &str) -> Result<String, DoctorError> {
    let row = find(&code.to_uppercase()).ok_or_else(|| DoctorError::NoCode { code: code.to_owned() })?;
    Ok(format!("{} ({})\n{}", row.code, row.stage.title(), lines(row, "  ")))
}

fn lines(code: &Code, lead: &str) -> String {
    format!(
        "{lead}what it means: {} ({})\n{lead}what shows it: {}\n{lead}what to do: {}\n",
        code.message,
        code.severity.words(),
        code.signal,
        code.cure
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The page in the repository is the one that the table makes; `UPDATE=1` writes it anew.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test that writes what it checks, when asked to")]
    fn the_page_is_fresh() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/doctor.md");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, manual()).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == manual(),
            "docs/doctor.md is not as the table has it: azsnap doctor --explain > docs/doctor.md"
        );
    }

    #[test]
    fn one_code() {
        let text = explain("auth102").unwrap();
        assert!(
            text.starts_with("AUTH102 (Sign-in)\n  what it means: the client secret has expired (unusable)\n"),
            "{text}"
        );
        assert_eq!(
            explain("AUTH110").unwrap_err().to_string(),
            "there is no code `AUTH110`; `azsnap doctor --explain` lists all"
        );
    }
}
