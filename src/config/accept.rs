//! `[[accept]]`: failing findings that somebody answers for, until a day. Tables of the file in, exceptions out; one that
//! lacks a reason, a name or a day is an error, since an auditor will ask.

use super::problem;
use super::reader::{Reader, Table};
use chrono::NaiveDate;
use serde_json::Value;

const KEYS: [&str; 5] = ["check", "resource", "by", "why", "until"];

/// An exception, as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accept {
    /// Slug of a check; `*` stands for anything.
    pub check: String,
    /// Subject or resource id; `*` stands for anything.
    pub resource: String,
    /// Who answers for it.
    pub by: String,
    /// Why it is accepted.
    pub why: String,
    /// The last day on which it holds.
    pub until: NaiveDate,
}

/// Reads the exceptions of a file.
pub(super) fn read(reader: &mut Reader<'_>, file: &Table) -> Vec<Accept> {
    let tables = match file.get("accept") {
        None => return Vec::new(),
        Some(Value::Array(tables)) => tables,
        Some(_) => {
            let _: Option<()> = reader.wrong_type("", "accept", "each exception under [[accept]]");
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for (n, table) in tables.iter().enumerate() {
        let at = format!("accept {}", n + 1);
        let Some(table) = table.as_object() else {
            let _: Option<()> = reader.wrong_type("", "accept", "each exception under [[accept]]");
            continue;
        };
        reader.unknown_keys(table, &at, &KEYS);
        let mut text = |key: &str, hint: &str| {
            reader.required(table, &at, key, hint)?;
            reader.text(table, &at, key)
        };
        let check = text("check", "name the check, as in `azsnap checks`");
        let resource = text("resource", "the id of the resource, with * for anything");
        let by = text("by", "who answers for it");
        let why = text("why", "why it is accepted");
        let until = text("until", "the last day on which it holds, as 2027-03-31");
        let day = until.as_deref().map(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d"));
        if let Some(Err(_)) = day {
            reader.error(problem::FORM, &[&at, "until"], "this is no day", "write it as 2027-03-31");
        }
        if let (Some(check), Some(resource), Some(by), Some(why), Some(Ok(until))) = (check, resource, by, why, day) {
            found.push(Accept { check, resource, by, why, until });
        }
    }
    found
}
