//! From the TOML text of a spec to a [`TableSpec`]: every mistake becomes an error with file and line.

use super::path::Path;
use super::spec::*;
use super::{Catalog, CatalogError};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    title: String,
    meaning: Option<String>,
    service: String,
    #[serde(default)]
    class: Vec<String>,
    arm_type: Option<String>,
    resource_graph: Option<String>,
    permission: String,
    retired: Option<String>,
    #[serde(default)]
    preview: bool,
    #[serde(default)]
    redact: Vec<String>,
    #[serde(default)]
    keep: Vec<String>,
    #[serde(default)]
    volatile: Vec<String>,
    fetch: Spanned<FetchText>,
    columns: BTreeMap<String, Spanned<ColumnText>>,
    #[serde(default)]
    relationship: Vec<Spanned<RelationshipText>>,
    example: Vec<Spanned<ExampleText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FetchText {
    plane: Plane,
    scope: ScopeKind,
    #[serde(default)]
    path: String,
    method: Option<String>,
    api_version: Option<String>,
    #[serde(default)]
    older_api_versions: Vec<String>,
    #[serde(default)]
    incomplete_api_versions: Vec<String>,
    #[serde(default)]
    query: BTreeMap<String, Spanned<String>>,
    body: Option<toml::Value>,
    answer: Option<Answer>,
    items: Option<String>,
    #[serde(default)]
    parent: Vec<String>,
    #[serde(default)]
    cut: Vec<String>,
    once_per: Option<String>,
    reference: Option<Reference>,
    detail: Option<DetailText>,
    only_when: Option<OnlyWhenText>,
    filter: Option<FilterText>,
    #[serde(default)]
    only_by_name: bool,
    #[serde(default)]
    filtered_by_visibility: bool,
    #[serde(default)]
    unsupported_codes: Vec<String>,
    #[serde(default)]
    license_codes: Vec<String>,
    #[serde(default)]
    absent_codes: Vec<String>,
    #[serde(default)]
    retired_codes: Vec<String>,
    #[serde(default)]
    key: Vec<String>,
    thing: Option<String>,
    own_id: Option<String>,
    name_path: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DetailText {
    #[serde(default)]
    query: BTreeMap<String, Spanned<String>>,
    list: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnlyWhenText {
    path: String,
    #[serde(default, rename = "in")]
    in_: Vec<String>,
    #[serde(default)]
    not_in: Vec<String>,
    has: Option<String>,
    has_not: Option<String>,
    #[serde(default)]
    silent: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterText {
    path: String,
    has: Option<String>,
    has_not: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnText {
    #[serde(rename = "type")]
    kind: ColumnType,
    path: String,
    meaning: String,
    #[serde(default)]
    detail: bool,
    why: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelationshipText {
    class: String,
    source: Option<String>,
    #[serde(default)]
    reverse: bool,
    target: Option<String>,
    column: Option<String>,
    target_column: Option<String>,
    #[serde(default, rename = "match")]
    matching: Match,
    #[serde(rename = "where")]
    where_: Option<String>,
    sql: Option<String>,
    #[serde(default)]
    case: Vec<RelationshipCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleText {
    title: String,
    source: String,
    answer: String,
    rows: Vec<BTreeMap<String, toml::Value>>,
}

/// Where errors point.
struct Place<'t> {
    file: String,
    text: &'t str,
}

impl Place<'_> {
    fn at(&self, offset: usize, message: impl Into<String>) -> CatalogError {
        let line = 1 + self.text.as_bytes()[..offset.min(self.text.len())].iter().filter(|b| **b == b'\n').count();
        CatalogError::Spec { file: self.file.clone(), line, message: message.into() }
    }
}

/// Parses and checks one spec.
pub(super) fn parse(name: &str, family: &str, text: &str) -> Result<TableSpec, CatalogError> {
    let place = Place { file: format!("{family}/{name}.toml"), text };
    let raw: Text = toml::from_str(text)
        .map_err(|error| place.at(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    let fetch_at = raw.fetch.span().start;
    let fetch_text = raw.fetch.into_inner();
    let paths = |list: &[String]| {
        list.iter().map(|one| Path::parse(one).map_err(|why| place.at(fetch_at, why))).collect::<Result<Vec<_>, _>>()
    };
    let (redact, keep, volatile) = (paths(&raw.redact)?, paths(&raw.keep)?, paths(&raw.volatile)?);
    let fetch = fetch(&place, fetch_at, fetch_text)?;
    let columns = columns(&place, raw.columns, fetch.detail.is_some())?;
    let relationships =
        raw.relationship.into_iter().map(|one| relationship(&place, name, one)).collect::<Result<_, _>>()?;
    if raw.example.is_empty() {
        return Err(place.at(0, "a spec needs at least one [[example]]"));
    }
    let examples = raw.example.into_iter().map(|one| example(&place, one)).collect::<Result<_, _>>()?;
    Ok(TableSpec {
        name: name.to_owned(),
        family: family.to_owned(),
        title: raw.title,
        meaning: raw.meaning,
        service: raw.service,
        class: raw.class,
        arm_type: raw.arm_type,
        resource_graph: raw.resource_graph,
        permission: raw.permission,
        retired: raw.retired,
        preview: raw.preview,
        fetch,
        redact,
        keep,
        volatile,
        columns,
        relationships,
        examples,
    })
}

fn fetch(place: &Place<'_>, at: usize, raw: FetchText) -> Result<Fetch, CatalogError> {
    let path = |text: &str| Path::parse(text).map_err(|why| place.at(at, why));
    let paths = |list: &[String]| list.iter().map(|one| path(one)).collect::<Result<Vec<_>, _>>();
    let needs = |ok: bool, what: &str| if ok { Ok(()) } else { Err(place.at(at, what)) };
    let embedded = raw.scope == ScopeKind::Embedded;
    needs(
        embedded || raw.path.starts_with('/') || raw.path.starts_with('{'),
        "`path` must start with /, {parent_id} or {parent.<path>}",
    )?;
    needs(!embedded || raw.path.is_empty(), "an embedded table has no `path`")?;
    needs(!embedded || raw.parent.len() == 1, "an embedded table has exactly one `parent`")?;
    needs(embedded != raw.cut.is_empty(), "`cut` goes with scope = \"embedded\", and only there")?;
    needs(raw.scope != ScopeKind::Parent || !raw.parent.is_empty(), "scope = \"parent\" needs `parent`")?;
    needs(raw.reference.is_none() || raw.path == "{ref}", "`reference` needs path = \"{ref}\"")?;
    needs(raw.key.is_empty() || raw.thing.is_some(), "`key` needs `thing`")?;
    let single = raw.answer == Some(Answer::Object) || embedded && !raw.cut.iter().any(|cut| cut.ends_with([']', '}']));
    needs(
        raw.thing.is_none() || !raw.key.is_empty() || single,
        "`thing` without `key` names a single object, not a list",
    )?;
    needs(raw.plane == Plane::Graph || raw.api_version.is_some() || embedded, "`api_version` is missing")?;
    let method = raw.method.unwrap_or_else(|| "GET".to_owned());
    needs(method == "GET" || method == "POST", "`method` is GET or POST")?;
    needs(method == "POST" || raw.body.is_none(), "`body` goes with method = \"POST\"")?;
    let own_address = matches!(raw.plane, Plane::KeyVault | Plane::Storage);
    needs(!own_address || raw.path.starts_with("{parent."), "a data plane's `path` starts with {parent.<path>}")?;
    needs(raw.once_per.is_none() || raw.scope == ScopeKind::Parent, "`once_per` goes with scope = \"parent\"")?;
    for (parent, table) in
        [(ScopeKind::ResourceGroup, "azure_resource_group"), (ScopeKind::ManagementGroup, "azure_management_group")]
    {
        needs(
            raw.scope != parent || raw.parent.is_empty(),
            &format!("this scope's parent is {table}: leave `parent` out"),
        )?;
    }
    let parents = match raw.scope {
        ScopeKind::ResourceGroup => vec!["azure_resource_group".to_owned()],
        ScopeKind::ManagementGroup => vec!["azure_management_group".to_owned()],
        _ => raw.parent,
    };
    if let Some(missing) = parents.iter().find(|parent| !Catalog::bundled().contains(parent)) {
        return Err(place.at(at, format!("parent `{missing}` is no table")));
    }
    let address = raw.path.strip_prefix("{parent.").and_then(|rest| rest.split_once('}')).map(|(inner, _)| path(inner));
    Ok(Fetch {
        address: address.transpose()?,
        plane: raw.plane,
        scope: raw.scope,
        path: raw.path,
        method,
        api_version: raw.api_version.unwrap_or_else(|| "v1.0".to_owned()),
        older_api_versions: raw.older_api_versions,
        incomplete_api_versions: raw.incomplete_api_versions,
        query: in_file_order(raw.query),
        body: raw.body.as_ref().map(json),
        answer: raw.answer.unwrap_or(Answer::List),
        items: raw.items.unwrap_or_else(|| "value".to_owned()),
        parents,
        cut: paths(&raw.cut)?,
        once_per: raw.once_per,
        reference: raw.reference,
        detail: raw.detail.map(|detail| Detail { query: in_file_order(detail.query), list: detail.list }),
        only_when: match raw.only_when {
            Some(when) => Some(OnlyWhen {
                path: path(&when.path)?,
                in_: when.in_,
                not_in: when.not_in,
                has: when.has,
                has_not: when.has_not,
                silent: when.silent,
            }),
            None => None,
        },
        filter: match raw.filter {
            Some(filter) => Some(Filter { path: path(&filter.path)?, has: filter.has, has_not: filter.has_not }),
            None => None,
        },
        only_by_name: raw.only_by_name,
        filtered_by_visibility: raw.filtered_by_visibility,
        unsupported_codes: raw.unsupported_codes,
        license_codes: raw.license_codes,
        absent_codes: raw.absent_codes,
        retired_codes: raw.retired_codes,
        key: paths(&raw.key)?,
        thing: raw.thing.unwrap_or_default(),
        own_id: path(raw.own_id.as_deref().unwrap_or("id"))?,
        name_path: raw.name_path.as_deref().map(path).transpose()?,
    })
}

fn in_file_order(map: BTreeMap<String, Spanned<String>>) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = map.into_iter().collect();
    pairs.sort_by_key(|(_, value)| value.span().start);
    pairs.into_iter().map(|(key, value)| (key, value.into_inner())).collect()
}

fn columns(
    place: &Place<'_>,
    raw: BTreeMap<String, Spanned<ColumnText>>,
    has_detail: bool,
) -> Result<Vec<ColumnSpec>, CatalogError> {
    let mut found: Vec<_> = raw.into_iter().collect();
    found.sort_by_key(|(_, column)| column.span().start);
    let mut columns = Vec::with_capacity(found.len());
    for (name, column) in found {
        let at = column.span().start;
        let column = column.into_inner();
        let path = Path::parse(&column.path).map_err(|why| place.at(at, why))?;
        if is_standard(&name) {
            return Err(place.at(at, format!("`{name}` is a standard column; call this one `properties_{name}`")));
        }
        let given = path.column_name();
        let renamed = is_standard(&given) && name == format!("properties_{given}");
        if name != given && !renamed && column.why.is_none() {
            return Err(place.at(at, format!("column `{name}`: its path gives the name `{given}`; add why = \"...\"")));
        }
        if path.is_many() && !matches!(column.kind, ColumnType::TextList) {
            return Err(place.at(at, format!("column `{name}`: a path with [] or {{}} needs type text_list")));
        }
        if column.detail && !has_detail {
            return Err(place.at(at, format!("column `{name}`: detail = true without [fetch] detail")));
        }
        columns.push(ColumnSpec {
            name,
            kind: column.kind,
            path,
            meaning: column.meaning,
            detail: column.detail,
            why: column.why,
        });
    }
    Ok(columns)
}

fn relationship(place: &Place<'_>, table: &str, raw: Spanned<RelationshipText>) -> Result<Relationship, CatalogError> {
    let at = raw.span().start;
    let raw = raw.into_inner();
    if raw.sql.is_none() == raw.column.is_none() {
        return Err(place.at(at, "a relationship has either `column` or `sql`"));
    }
    if raw.reverse && raw.source.is_none() {
        return Err(place.at(at, "a reverse relationship names its `source`"));
    }
    let target = match (raw.target, raw.reverse) {
        (Some(target), _) => target,
        (None, true) => table.to_owned(),
        (None, false) => return Err(place.at(at, "a relationship names its `target`")),
    };
    Ok(Relationship {
        class: raw.class,
        source: raw.source,
        reverse: raw.reverse,
        target,
        column: raw.column,
        target_column: raw.target_column,
        matching: raw.matching,
        where_: raw.where_,
        sql: raw.sql,
        cases: raw.case,
    })
}

fn example(place: &Place<'_>, raw: Spanned<ExampleText>) -> Result<Example, CatalogError> {
    let at = raw.span().start;
    let raw = raw.into_inner();
    let answer = serde_json::from_str(&raw.answer)
        .map_err(|error| place.at(at, format!("the answer of example `{}` is no JSON: {error}", raw.title)))?;
    let row = |row: BTreeMap<String, toml::Value>| row.iter().map(|(key, value)| (key.clone(), json(value))).collect();
    Ok(Example { title: raw.title, source: raw.source, answer, rows: raw.rows.into_iter().map(row).collect() })
}

/// TOML to JSON; dates become text.
fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(truth) => Value::Bool(*truth),
        toml::Value::Datetime(instant) => Value::String(instant.to_string()),
        toml::Value::Array(items) => Value::Array(items.iter().map(json).collect()),
        toml::Value::Table(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), json(v))).collect::<Map<_, _>>()),
    }
}
