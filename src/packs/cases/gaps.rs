//! Cases once more, with one column that could not be read: nothing may come out better for it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::finding::Verdict;
use super::{CaseBench, Finding};
use crate::catalog::{Catalog, ColumnSpec, ColumnType};

impl CaseBench<'_> {
    /// Proves for each column that the check reads that no subject passes, or needs no look any more, because its value
    /// could not be read: whatever else a case gives, and wherever the row stands that the value is of.
    ///
    /// Ids of other resources are left alone: a row that does not tell what it hangs on hangs, for the query, on nothing, and
    /// each side of such a link tells of it.
    ///
    /// # Errors
    /// The columns, cases and subjects of which it does not hold; or the check cannot be run.
    pub fn gaps_open_nothing(&mut self) -> Result<(), String> {
        let check = self.check;
        let mut wrong = Vec::new();
        for case in &check.cases {
            let before = verdicts(&self.findings(case)?);
            for (table, column) in self.columns_of(case) {
                let mut other = case.clone();
                for row in other.given.get_mut(&table).into_iter().flatten() {
                    if row.remove(&column).is_some() {
                        let gaps = row.entry("_gaps").or_insert_with(|| toml::Value::Array(Vec::new()));
                        if let toml::Value::Array(gaps) = gaps {
                            gaps.push(toml::Value::String(column.clone()));
                        }
                    }
                }
                for (subject, verdict) in verdicts(&self.findings(&other)?) {
                    let was = before.get(&subject);
                    let better = match verdict {
                        Verdict::Pass => was != Some(&Verdict::Pass),
                        Verdict::NotApplicable => !matches!(was, Some(Verdict::Pass | Verdict::NotApplicable)),
                        _ => false,
                    };
                    if better {
                        wrong.push(format!(
                            "case \"{}\": {subject} is {verdict} where {table}.{column} could not be read",
                            case.title
                        ));
                    }
                }
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }

    /// Tables and columns that a case fills and the check reads.
    fn columns_of(&self, case: &super::Case) -> BTreeSet<(String, String)> {
        let reads = self.plan.reads.get(&self.check.slug);
        let mut found = BTreeSet::new();
        for (table, rows) in &case.given {
            let Some(columns) = reads.and_then(|reads| reads.get(table.as_str())) else { continue };
            let Ok(spec) = Catalog::bundled().table(table) else { continue };
            let is_link = |column: &&ColumnSpec| {
                column.kind == ColumnType::ArmId || column.kind == ColumnType::TextList && column.name.ends_with("_id")
            };
            let own = spec.columns.iter().filter(|column| !is_link(column));
            let read = own.map(|column| &column.name).filter(|name| columns.contains(*name));
            let filled = read.filter(|name| rows.iter().any(|row| row.contains_key(name.as_str())));
            found.extend(filled.map(|name| (table.clone(), name.clone())));
        }
        found
    }
}

fn verdicts(findings: &[Finding]) -> BTreeMap<String, Verdict> {
    findings.iter().map(|finding| (finding.subject.clone(), finding.verdict)).collect()
}
