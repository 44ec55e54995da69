//! The cases of a spec's relationships: given rows in, what the edges differ from the expected ones in out.

use std::collections::BTreeSet;

use arrow::record_batch::RecordBatch;

use super::cases::{time, with_defaults};
use crate::catalog::scope::last_segment;
use crate::catalog::{Catalog, RelationshipCase, TableSpec};
use crate::engine::{Engine, EngineError, EngineOptions, Rows, derive};

/// Runs the cases of all relationships of a spec, each relationship on its own, and says what came out otherwise. The SQL
/// of a relationship without a case is run over empty tables.
pub fn wrong_edges(spec: &TableSpec) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some(engine) = bench(spec, &mut wrong) else { return wrong };
    for relationship in &spec.relationships {
        let empty = RelationshipCase { given: Default::default(), edges: Vec::new() };
        let none = [empty];
        let cases = if relationship.cases.is_empty() { &none[..] } else { &relationship.cases };
        for (number, case) in cases.iter().enumerate() {
            let outcome = fill(&engine, case).and_then(|()| {
                let mut found = Vec::new();
                let mut sink = |batch: &RecordBatch| -> Result<(), EngineError> {
                    let rows = Rows { schema: batch.schema(), batches: vec![batch.clone()] };
                    let ends = rows.strings("source_id").into_iter().zip(rows.strings("target_id"));
                    found.extend(ends.filter_map(|(source, target)| source.zip(target)));
                    Ok(())
                };
                let wanted = [(spec, relationship)];
                derive::edges_of(&engine, &wanted, &|_| true, &mut sink).map_err(|error| format!("{error}"))?;
                compare(&found, case)
            });
            if let Err(why) = outcome {
                let (class, target) = (&relationship.class, &relationship.target);
                wrong.push(format!("{}: {class} {target}, case {}: {why}", spec.name, number + 1));
            }
        }
    }
    wrong
}

/// An engine with every table that the spec's relationships may read.
fn bench(spec: &TableSpec, wrong: &mut Vec<String>) -> Option<Engine> {
    if spec.relationships.is_empty() {
        return None;
    }
    // SQL of a relationship may name any table.
    let all = spec.relationships.iter().any(|one| one.sql.is_some() || one.target.starts_with("ANY_"));
    let mut tables = BTreeSet::from([spec.name.clone()]);
    if all {
        tables.extend(Catalog::bundled().names().map(str::to_owned));
    }
    for one in &spec.relationships {
        tables.extend(one.cases.iter().flat_map(|case| case.given.keys().cloned()));
        let ends = one.source.iter().chain([&one.target]);
        tables.extend(ends.filter(|table| Catalog::bundled().contains(table)).cloned());
    }
    let options = EngineOptions { tables: Some(tables), threads: Some(1), ..EngineOptions::default() };
    Engine::for_cases(time(), &options).map_err(|error| wrong.push(format!("{}: {error}", spec.name))).ok()
}

fn fill(engine: &Engine, case: &RelationshipCase) -> Result<(), String> {
    engine.reset_tables().map_err(|error| error.to_string())?;
    for (table, rows) in &case.given {
        let spec = Catalog::bundled().table(table).map_err(|error| error.to_string())?;
        for (at, row) in rows.iter().enumerate() {
            let row = with_defaults(spec, row, at + 1)?;
            engine.insert_json(table, &row).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

fn compare(found: &[(String, String)], case: &RelationshipCase) -> Result<(), String> {
    let is = |id: &str, expected: &str| {
        let expected = expected.to_lowercase();
        id.eq_ignore_ascii_case(&expected) || last_segment(&id.to_lowercase()) == expected
    };
    let mut open: Vec<&(String, String)> = case.edges.iter().collect();
    let mut wrong = Vec::new();
    for (source, target) in found {
        match open.iter().position(|edge| is(source, &edge.0) && is(target, &edge.1)) {
            Some(at) => drop(open.remove(at)),
            None => wrong.push(format!("{source} to {target} is not expected")),
        }
    }
    wrong.extend(open.into_iter().map(|(source, target)| format!("no edge from {source} to {target}")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundled() {
        let specs = Catalog::bundled().all().unwrap_or_else(|error| panic!("{error}"));
        let wrong: Vec<String> = specs.iter().flat_map(|spec| wrong_edges(spec)).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
