//! Objects to rows: pushes items as received, gives `RecordBatch`es. Any JSON gives the spec's schema; what does not
//! fit is NULL, named in `_gaps` and counted.

use super::cells::{Cell, Gap, cell};
use super::hash::row_hash;
use super::identity::identify;
use super::redact::redact;
use super::schema::{arrow_schema, list_item};
use crate::catalog::{ArmId, ColumnType, TableSpec};
use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, MapBuilder, MapFieldNames,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use serde_json::Value;
use std::sync::Arc;

/// Where an item was seen.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// GUID of the tenant.
    pub tenant_id: &'a str,
    /// Path that made-up ids start with when there is no parent: `/subscriptions/<guid>` or the tenant's GUID.
    pub scope_path: &'a str,
    /// Id of the parent row.
    pub parent_id: Option<&'a str>,
    /// Where it was fetched from, without secrets in the query.
    pub url: &'a str,
    /// The API version that was used.
    pub api_version: &'a str,
    /// When, in microseconds since 1970.
    pub fetched_at: i64,
    /// Subscriptions whose list held it.
    pub seen_in: &'a [String],
    /// Columns that were not asked for (detail calls that failed).
    pub not_asked: &'a [String],
    /// Number of the task that read it, where several write into one decoder.
    pub task: u32,
}

/// What became of one item.
#[derive(Debug, Clone, Default)]
pub struct Decoded {
    /// The row's id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// The object without its secrets, to cut other rows from.
    pub raw: Value,
    /// Values that did not fit their column.
    pub coercions: u64,
}

/// Collects rows of one table.
pub struct Decoder<'c> {
    spec: &'c TableSpec,
    schema: SchemaRef,
    text: Vec<StringBuilder>,
    tags: MapBuilder<StringBuilder, StringBuilder>,
    own: Vec<Own>,
    fetched_at: TimestampMicrosecondBuilder,
    lists: [ListBuilder<StringBuilder>; 3],
    tasks: Vec<u32>,
    n_bytes: usize,
}

enum Own {
    Text(StringBuilder),
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Timestamp(TimestampMicrosecondBuilder),
    List(ListBuilder<StringBuilder>),
}

/// Text columns of the head and tail, in the order they are appended.
const N_TEXT: usize = 12;

impl<'c> Decoder<'c> {
    /// An empty decoder for a table.
    pub fn new(spec: &'c TableSpec) -> Decoder<'c> {
        let own = spec.columns.iter().map(|column| match column.kind {
            ColumnType::Text | ColumnType::ArmId | ColumnType::Json => Own::Text(text_builder()),
            ColumnType::Bool => Own::Bool(BooleanBuilder::with_capacity(0)),
            ColumnType::Int => Own::Int(Int64Builder::with_capacity(0)),
            ColumnType::Float => Own::Float(Float64Builder::with_capacity(0)),
            ColumnType::Timestamp => Own::Timestamp(TimestampMicrosecondBuilder::with_capacity(0)),
            ColumnType::TextList => Own::List(list_builder()),
        });
        let names = MapFieldNames { entry: "key_value".into(), key: "key".into(), value: "value".into() };
        Decoder {
            spec,
            schema: arrow_schema(spec),
            text: (0..N_TEXT).map(|_| text_builder()).collect(),
            tags: MapBuilder::with_capacity(Some(names), text_builder(), text_builder(), 0),
            own: own.collect(),
            fetched_at: TimestampMicrosecondBuilder::with_capacity(0),
            lists: [list_builder(), list_builder(), list_builder()],
            tasks: Vec::new(),
            n_bytes: 0,
        }
    }

    /// The table's schema.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Rows held.
    pub fn n_rows(&self) -> usize {
        self.tasks.len()
    }

    /// Bytes of JSON held, to decide when to take a batch.
    pub fn n_bytes(&self) -> usize {
        self.n_bytes
    }

    /// Adds an object, cut from those `above` (the nearest last), which are without their secrets.
    pub fn push(&mut self, above: &[&Value], mut raw: Value, context: &Context<'_>) -> Decoded {
        let base = context.parent_id.unwrap_or(context.scope_path);
        let redacted = redact(self.spec, &mut raw);
        let safe_stack = [above, &[&raw]].concat();
        // No id is made of what must not be on disk.
        let identity = identify(self.spec, &safe_stack, base);
        let mut gaps: Vec<String> = Vec::new();
        let mut coercions = 0;
        if identity.made_up {
            gaps.push("id".to_owned());
            coercions += 1;
        }
        for (column, builder) in self.spec.columns.iter().zip(&mut self.own) {
            let found = if column.detail && context.not_asked.contains(&column.name) {
                gaps.push(column.name.clone());
                Cell::Null
            } else {
                cell(column.kind, &column.path, &safe_stack).unwrap_or_else(|gap| {
                    gaps.push(column.name.clone());
                    coercions += u64::from(gap == Gap::Coercion);
                    Cell::Null
                })
            };
            builder.append(found);
        }
        let place = place(&identity.arm, &raw, context.parent_id, context.scope_path);
        self.append_tags(&raw);
        let hash = row_hash(&raw, &self.spec.volatile);
        let raw_text = serde_json::to_string(&raw).expect("a value that was read can be written");
        self.n_bytes += raw_text.len() * 2;
        self.tasks.push(context.task);
        let location = raw.get("location").and_then(Value::as_str);
        let texts: [Option<&str>; N_TEXT] = [
            Some(&identity.arm.id),
            identity.name.as_deref(),
            identity.kind.as_deref(),
            Some(context.tenant_id),
            place.subscription.as_deref(),
            place.resource_group.as_deref(),
            location,
            Some(&raw_text),
            context.parent_id,
            Some(context.url),
            Some(context.api_version),
            Some(&hash),
        ];
        for (builder, text) in self.text.iter_mut().zip(texts) {
            builder.append_option(text);
        }
        self.fetched_at.append_value(context.fetched_at);
        for (builder, list) in self.lists.iter_mut().zip([gaps.as_slice(), redacted.as_slice(), context.seen_in]) {
            builder.append_value(list.iter().map(|one| Some(one.as_str())));
        }
        Decoded { id: identity.arm.id, name: identity.name, raw, coercions }
    }

    fn append_tags(&mut self, raw: &Value) {
        // Graph's `tags` is a list and has a column of its own.
        let Some(Value::Object(tags)) = raw.get("tags") else {
            self.tags.append(false).expect("keys and values have the same length");
            return;
        };
        for (key, value) in tags {
            self.tags.keys().append_value(key);
            match value {
                Value::Null => self.tags.values().append_null(),
                Value::String(text) => self.tags.values().append_value(text),
                other => self.tags.values().append_value(other.to_string()),
            }
        }
        self.tags.append(true).expect("keys and values have the same length");
    }

    /// As [`Decoder::take`], with the number of the task that read each row.
    ///
    /// # Errors
    /// As for [`Decoder::take`].
    pub fn take_with_tasks(&mut self) -> Result<(RecordBatch, Vec<u32>), ArrowError> {
        let tasks = std::mem::take(&mut self.tasks);
        Ok((self.take()?, tasks))
    }

    /// Takes the rows held as a batch and starts anew.
    ///
    /// # Errors
    /// Arrow refuses the columns, which would be a fault of this module.
    pub fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut text = self.text.iter_mut().map(|builder| -> ArrayRef { Arc::new(builder.finish()) });
        let mut columns: Vec<ArrayRef> = text.by_ref().take(7).collect();
        let mut tail: Vec<ArrayRef> = text.collect();
        columns.push(Arc::new(self.tags.finish()));
        columns.extend(self.own.iter_mut().map(Own::finish));
        let hash = tail.pop().expect("the row hash is the last text");
        columns.extend(tail);
        columns.push(Arc::new(self.fetched_at.finish()));
        columns.push(hash);
        columns.extend(self.lists.iter_mut().map(|builder| -> ArrayRef { Arc::new(builder.finish()) }));
        self.tasks.clear();
        self.n_bytes = 0;
        RecordBatch::try_new(self.schema.clone(), columns)
    }
}

/// Subscription and resource group from the object's own id, else its scope, else its parent.
fn place(own: &ArmId, item: &Value, parent_id: Option<&str>, scope_path: &str) -> ArmId {
    if own.subscription.is_some() {
        return own.clone();
    }
    let scope = item.pointer("/properties/scope").and_then(Value::as_str).map(ArmId::new);
    match scope {
        // A scope above subscriptions is said, and no list that shows it says otherwise.
        Some(scope) if scope.subscription.is_some() || scope.id.starts_with("/providers/") || scope.id == "/" => scope,
        _ => match parent_id.map(ArmId::new) {
            Some(parent) if parent.subscription.is_some() => parent,
            // A parent known by an address, such as a certificate: it lies where it was asked for.
            Some(parent) if parent.id.starts_with("https://") => ArmId::new(scope_path),
            Some(parent) => parent,
            None => ArmId::default(),
        },
    }
}

/// Without room kept in advance: many decoders hold few rows.
fn text_builder() -> StringBuilder {
    StringBuilder::with_capacity(0, 0)
}

fn list_builder() -> ListBuilder<StringBuilder> {
    ListBuilder::with_capacity(text_builder(), 0).with_field(list_item())
}

impl Own {
    fn append(&mut self, cell: Cell) {
        match (self, cell) {
            (Own::Text(builder), Cell::Text(text)) => builder.append_value(text),
            (Own::Text(builder), _) => builder.append_null(),
            (Own::Bool(builder), Cell::Bool(truth)) => builder.append_value(truth),
            (Own::Bool(builder), _) => builder.append_null(),
            (Own::Int(builder), Cell::Int(number)) => builder.append_value(number),
            (Own::Int(builder), _) => builder.append_null(),
            (Own::Float(builder), Cell::Float(number)) => builder.append_value(number),
            (Own::Float(builder), _) => builder.append_null(),
            (Own::Timestamp(builder), Cell::Timestamp(instant)) => builder.append_value(instant),
            (Own::Timestamp(builder), _) => builder.append_null(),
            (Own::List(builder), Cell::List(texts)) => builder.append_value(texts.into_iter().map(Some)),
            (Own::List(builder), _) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Own::Text(builder) => ArrayBuilder::finish(builder),
            Own::Bool(builder) => ArrayBuilder::finish(builder),
            Own::Int(builder) => ArrayBuilder::finish(builder),
            Own::Float(builder) => ArrayBuilder::finish(builder),
            Own::Timestamp(builder) => ArrayBuilder::finish(builder),
            Own::List(builder) => ArrayBuilder::finish(builder),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Where a row lies is said by the object, never by the list that shows it.
    #[test]
    fn places() {
        let check = |id: &str, scope: &str, parent: Option<&str>, expected: Option<&str>| {
            let item = serde_json::json!({ "properties": { "scope": scope } });
            let found = place(&ArmId::new(id), &item, parent, "/subscriptions/asked");
            assert_eq!(found.subscription.as_deref(), expected, "{id} {scope} {parent:?}");
        };
        let group = "/providers/Microsoft.Management/managementGroups/g";
        check("/subscriptions/own/x", "/subscriptions/other", None, Some("own"));
        check("/providers/x/y", "/subscriptions/other", Some("/subscriptions/list"), Some("other"));
        check("/providers/x/y", group, Some("/subscriptions/list"), None);
        check("/providers/x/y", "/", Some("/subscriptions/list"), None);
        check("plain", "", Some("/subscriptions/list/x"), Some("list"));
        check(
            "https://v.vault.azure.net/certificates/c/policy",
            "",
            Some("https://v.vault.azure.net/c"),
            Some("asked"),
        );
        check("plain", "", None, None);
    }

    proptest::proptest! {
        /// Any JSON gives the spec's schema and one row.
        #[test]
        fn any_json(value in arbitrary_json()) {
            let catalog = crate::catalog::Catalog::bundled();
            for name in ["azure_storage_account", "azure_group_member", "azure_vm"] {
                let spec = catalog.table(name).unwrap();
                let mut decoder = Decoder::new(spec);
                let context = Context { tenant_id: "t", scope_path: "/subscriptions/s", parent_id: None, url: "u", api_version: "v", fetched_at: 0, seen_in: &[], not_asked: &[], task: 0 };
                decoder.push(&[], value.clone(), &context);
                let batch = decoder.take().unwrap();
                proptest::prop_assert_eq!(batch.num_rows(), 1);
                proptest::prop_assert_eq!(batch.schema(), arrow_schema(spec));
            }
        }
    }

    fn arbitrary_json() -> impl proptest::strategy::Strategy<Value = Value> {
        use proptest::prelude::*;
        let key = prop_oneof![
            Just("id".to_owned()),
            Just("properties".to_owned()),
            Just("tags".to_owned()),
            Just("name".to_owned()),
            Just("sku".to_owned()),
            Just("networkAcls".to_owned()),
            Just("location".to_owned()),
            Just("kind".to_owned()),
            ".{0,6}",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((key.clone(), inner), 0..5)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }
}
