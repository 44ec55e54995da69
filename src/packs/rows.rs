//! The rows of a check's SQL as findings: a query's answer in, findings with SQL's own verdicts out.
//!
//! NULL becomes `unknown`; SQL can't say `unknown` itself. Whatever else is not the form of DESIGN.md 6 is an error that
//! names the check: a row that is silently dropped would be a verdict nobody sees.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::finding::{Finding, Verdict};
use super::{Check, PackError, evidence};
use crate::catalog::scope::{ArmId, last_segment};
use crate::engine::Rows;

/// The columns that open a check's answer.
const COLUMNS: [&str; 5] = ["subject", "resource_id", "subscription_id", "verdict", "reason"];

/// Evidence column that becomes the finding's name.
const NAME: &str = "resource_name";

/// Reads the rows of a check.
///
/// # Errors
/// Other columns, a subject that is NULL or there twice, or a verdict that is none.
pub(super) fn findings(check: &Check, rows: &Rows) -> Result<Vec<Finding>, PackError> {
    let wrong = |message: String| PackError::Rows { check: check.slug.clone(), message };
    let fields = rows.schema.fields();
    let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
    if names.len() < COLUMNS.len() || names[..COLUMNS.len()] != COLUMNS {
        return Err(wrong(format!("its columns must begin with {}, but are {}", COLUMNS.join(", "), names.join(", "))));
    }
    if let Some(twice) = (1..names.len()).find(|at| names[..*at].contains(&names[*at])) {
        return Err(wrong(format!("the column {} is there twice", names[twice])));
    }
    // What all have in common is held once.
    let blank = of_check(check);
    let mut found = Vec::new();
    for batch in &rows.batches {
        for row in 0..batch.num_rows() {
            let text = |column: usize| evidence::string(batch.column(column), row);
            let subject = text(0)
                .filter(|subject| !subject.is_empty())
                .ok_or_else(|| wrong("a row has no subject".to_owned()))?;
            let verdict = verdict(text(3).as_deref()).map_err(|word| {
                wrong(format!("the verdict of {subject} is `{word}`, not pass, fail, not_applicable, manual or NULL"))
            })?;
            let cells = fields.iter().zip(batch.columns()).skip(COLUMNS.len());
            let evidence =
                cells.map(|(field, array)| (field.name().clone(), evidence::cell(field, array, row))).collect();
            found.push(finding(&blank, subject, text(1), text(2), verdict, text(4), evidence));
        }
    }
    let mut subjects = HashSet::with_capacity(found.len());
    match found.iter().find(|finding| !subjects.insert(finding.subject.as_str())) {
        Some(finding) => Err(wrong(format!("the subject {} is there twice", finding.subject))),
        None => Ok(found),
    }
}

fn verdict(word: Option<&str>) -> Result<Verdict, String> {
    match word {
        None => Ok(Verdict::Unknown),
        Some(word) => match word.parse() {
            Ok(Verdict::Unknown) | Err(_) => Err(word.to_owned()),
            Ok(verdict) => Ok(verdict),
        },
    }
}

fn finding(
    blank: &Finding,
    subject: String,
    resource_id: Option<String>,
    subscription_id: Option<String>,
    verdict: Verdict,
    reason: Option<String>,
    mut evidence: Map<String, Value>,
) -> Finding {
    // A row that forgets its subscription must not escape what is unread there.
    let given = subscription_id.filter(|id| !id.is_empty()).map(|id| last_segment(&id).to_lowercase());
    let subscription_id =
        given.or_else(|| subscription_of(resource_id.as_deref())).or_else(|| subscription_of(Some(&subject)));
    let named = match evidence.shift_remove(NAME) {
        Some(Value::String(name)) => Some(name),
        _ => None,
    };
    let reason = reason.unwrap_or_else(|| match verdict {
        Verdict::Unknown => "the query could not tell".to_owned(),
        _ => String::new(),
    });
    Finding {
        resource_name: named.or_else(|| Some(last_segment(&subject).to_owned())),
        subject,
        resource_id,
        subscription_id,
        verdict,
        reason,
        evidence,
        ..blank.clone()
    }
}

fn subscription_of(id: Option<&str>) -> Option<String> {
    id.and_then(|id| ArmId::new(id).subscription)
}

/// Gives a finding that holds only what the check itself says.
pub(super) fn of_check(check: &Check) -> Finding {
    Finding {
        check: check.slug.as_str().into(),
        title: check.title.as_str().into(),
        severity: check.severity,
        verdict: Verdict::Unknown,
        subject: String::new(),
        resource_id: None,
        resource_name: None,
        subscription_id: None,
        reason: String::new(),
        evidence: Map::new(),
        controls: check.controls.as_slice().into(),
        accepted: None,
    }
}
