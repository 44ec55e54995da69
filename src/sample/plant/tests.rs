//! Planting by itself, and what the decoder makes of planted objects of every table: no socket, no file.

use super::*;
use crate::catalog::{ColumnType, Leaf, Step};
use crate::columns::examples::row_json;
use crate::columns::{Context, Sheaf};
use serde_json::Map;
use std::collections::BTreeMap;

#[test]
fn puts() {
    for (given, path, expected, places) in [
        (json!({}), "a.b", json!({"a": {"b": "x"}}), "a.b"),
        (json!({"A": {"b": 1}}), "a.b", json!({"A": {"b": "x"}}), "A.b"),
        (json!({}), "a[].b", json!({"a": [{"b": "x"}]}), "a[0].b"),
        (json!({"a": [{}, {"b": "y"}]}), "a[].b", json!({"a": [{"b": "x"}, {"b": "x"}]}), "a[0].b a[1].b"),
        (json!({"a": {"c": 1}}), "a[].b", json!({"a": {"c": 1, "b": "x"}}), "a.b"),
        (json!({"a": {"k": {}}}), "a{}.b", json!({"a": {"k": {"b": "x"}}}), "a.k.b"),
        (json!({}), "a{}.b", json!({"a": {"planted": {"b": "x"}}}), "a.planted.b"),
        (json!({"a": "text"}), "a.b", json!({"a": {"b": "x"}}), "a.b"),
        (
            json!({"a": {"b": [1, {"c": true}]}}),
            "a",
            json!({"a": {"b": ["x", {"c": "x", "planted": ["x"]}], "planted": ["x"]}}),
            "a.b[0] a.b[1].c a.b[1].planted[0] a.planted[0]",
        ),
    ] {
        let mut value = given;
        let mut found = Vec::new();
        put(&mut value, &Path::parse(path).unwrap(), &mut |place, value| {
            *value = json!("x");
            found.push(place.to_owned());
        });
        assert_eq!((value, found.join(" ").as_str()), (expected, places), "{path}");
    }
}

#[test]
fn seeds_are_found_again() {
    let mut seeds = Seeds::new("azure_vm", 1);
    let form = forms(&mut seeds, false);
    let found = planted_in(form.to_string().as_bytes());
    assert_eq!(found.len(), seeds.n);
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), seeds.n);
    let mut told = Vec::new();
    secrets(&form, "p", &mut |place, text| told.push((place.to_owned(), text)));
    assert_eq!(told.len(), seeds.n);
    assert!(told.contains(&("p.adminPassword".to_owned(), format!("{MARK}azure_vm-1-1z"))));
    assert!(planted_in(b"nothing").is_empty());
}

fn context() -> Context<'static> {
    Context {
        tenant_id: "t",
        scope_path: "/subscriptions/s",
        parent_id: None,
        url: "u",
        api_version: "v",
        fetched_at: 0,
        seen_in: &[],
        not_asked: &[],
        task: 0,
    }
}

/// The rows that an object gives, by table.
fn rows_of(catalog: &Catalog, spec: &TableSpec, object: &Value) -> BTreeMap<String, Vec<Map<String, Value>>> {
    let mut sheaf = Sheaf::new(catalog, &[spec]).unwrap();
    sheaf.push(object.clone(), &context());
    let mut rows: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (table, batch) in sheaf.take().unwrap() {
        rows.entry(table.name.clone()).or_default().extend((0..batch.num_rows()).map(|at| row_json(&batch, at)));
    }
    rows
}

fn words(row: &Map<String, Value>, column: &str) -> Vec<String> {
    row[column].as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

/// Nothing planted in the examples of any table comes out of the decoder, in no column of the table or of one cut from it,
/// and each place is told.
#[test]
fn no_table_shows_what_is_planted() {
    let catalog = Catalog::bundled();
    let (mut wrong, mut tried) = (Vec::new(), BTreeSet::new());
    for spec in catalog.all().unwrap().into_iter().filter(|spec| spec.fetch.scope != ScopeKind::Embedded) {
        for (at, example) in spec.examples.iter().enumerate() {
            let mut object = example.answer.clone();
            if spec.fetch.filter.as_ref().is_some_and(|filter| !filter.keeps(&object)) {
                continue;
            }
            let planted = plant(catalog, spec, &mut object, &mut Seeds::new(&spec.name, at)).unwrap();
            let rows = rows_of(catalog, spec, &object);
            for (table, row) in rows.iter().flat_map(|(table, rows)| rows.iter().map(move |row| (table, row))) {
                for (column, value) in row {
                    let text = value.to_string().to_lowercase();
                    if marks().iter().any(|mark| text.contains(&mark.to_lowercase())) {
                        wrong.push(format!("{table}.{column} shows {}", text.chars().take(300).collect::<String>()));
                    }
                }
            }
            for one in &planted {
                tried.insert((one.table.clone(), one.rule.clone()));
                let told = |row: &Map<String, Value>| {
                    // A row that is cut from the object tells the rest of the place.
                    words(row, "_redacted").iter().any(|told| match one.place.strip_suffix(told.as_str()) {
                        Some(before) => before.is_empty() || one.table != one.root && before.ends_with('.'),
                        None => false,
                    })
                };
                for table in BTreeSet::from([&one.root, &one.table]) {
                    if !rows.get(table).is_some_and(|rows| rows.iter().any(told)) {
                        wrong.push(format!("{table}: _redacted lacks {} ({})", one.place, one.rule));
                    }
                }
            }
        }
    }
    for spec in catalog.all().unwrap() {
        assert!(spec.redact.iter().all(|path| path.up == 0), "{}: a path of `redact` must not start with ^", spec.name);
        for path in &spec.redact {
            if !tried.contains(&(spec.name.clone(), path.as_str().to_owned())) {
                wrong.push(format!("{}: nothing was planted at {}", spec.name, path.as_str()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} mistakes\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}

/// A column at or below a hidden path is NULL and named in `_gaps`.
#[test]
fn columns_over_hidden_paths_are_gaps() {
    let catalog = Catalog::bundled();
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for spec in catalog.all().unwrap().into_iter().filter(|spec| spec.fetch.scope != ScopeKind::Embedded) {
        for (table, prefix) in cuts(catalog, spec).unwrap() {
            let is_hidden = |path: &Path| {
                let hides = |hidden: &&Path| path.up == 0 && path.steps.starts_with(&hidden.steps);
                table.redact.iter().any(|hidden| hides(&hidden)) && path.steps.last() != Some(&Step::Entries)
            };
            for column in table.columns.iter().filter(|column| is_hidden(&column.path)) {
                let mut object = spec.examples[0].answer.clone();
                let mut seeds = Seeds::new(&table.name, 0);
                let whole = below(&prefix, column.path.as_str()).unwrap();
                put(&mut object, &whole, &mut |_, value| *value = Value::String(seeds.next()));
                let rows = rows_of(catalog, spec, &object);
                // JSON is kept with its secrets blanked.
                let is_safe = |row: &Map<String, Value>| {
                    row[&column.name].is_null() && words(row, "_gaps").contains(&column.name)
                        || column.kind == ColumnType::Json && row[&column.name].to_string().contains("[redacted]")
                };
                tried += 1;
                if !rows.get(&table.name).is_some_and(|rows| rows.iter().any(is_safe)) {
                    wrong.push(format!("{}.{}", table.name, column.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?} of {tried}");
}

/// In the made-up tenant nothing of any spec is left out.
#[test]
fn a_tenant_is_planted_all_over() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/contoso/2026-10-01");
    let catalog = Catalog::bundled();
    let mut tenant = super::super::load(catalog, &dir).unwrap();
    let planted = tenant.plant().unwrap();
    let rules: BTreeSet<(&str, &str)> = planted.iter().map(|one| (one.table.as_str(), one.rule.as_str())).collect();
    let texts: BTreeSet<&str> = planted.iter().map(|one| one.text.as_str()).collect();
    // Only a place that two specs hide has its secret told twice.
    let places: BTreeSet<(&str, &str)> = planted.iter().map(|one| (one.text.as_str(), one.place.as_str())).collect();
    assert_eq!(texts.len(), places.len(), "no two places are alike");
    for spec in catalog.all().unwrap() {
        for path in &spec.redact {
            assert!(rules.contains(&(spec.name.as_str(), path.as_str())), "{} {}", spec.name, path.as_str());
        }
    }
    let held = |one: &&Planted| {
        let objects = &tenant.tables[one.root.as_str()];
        objects.iter().any(|object| planted_in(object.body.to_string().as_bytes()).contains(&one.text))
    };
    assert!(planted.iter().step_by(97).all(|one| held(&one)), "what is told is there");
    let id = |table: &str| catalog.table(table).unwrap().fetch.own_id.find(&[&tenant.tables[table][0].body])[0];
    assert!(matches!(id("azure_mysql_server"), Leaf::Value(Value::String(id)) if id.starts_with("/subscriptions/")));
}
