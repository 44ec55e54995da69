//! The parsed form of a table spec: plain data that the collector, the decoder, the engine and the docs read.

use super::path::{Leaf, Path};
use serde_json::Value;

/// One table: where its rows come from and what its columns are.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// Table name, also the file stem.
    pub name: String,
    /// Folder, for people only.
    pub family: String,
    /// Singular name for people.
    pub title: String,
    /// More about what a row is.
    pub meaning: Option<String>,
    /// Azure service.
    pub service: String,
    /// JupiterOne's classes of the entity (`_class`), where its data model has the table.
    pub class: Vec<String>,
    /// ARM resource type; none for Graph objects.
    pub arm_type: Option<String>,
    /// Resource Graph table that holds the type.
    pub resource_graph: Option<String>,
    /// ARM action or Graph application permission needed to read it.
    pub permission: String,
    /// When and why the service or the list ends.
    pub retired: Option<String>,
    /// The API is a preview.
    pub preview: bool,
    /// How Azure hands it out.
    pub fetch: Fetch,
    /// Paths whose text never lands on disk.
    pub redact: Vec<Path>,
    /// Paths that the general secret filter must leave alone.
    pub keep: Vec<Path>,
    /// Paths that change by themselves: no part of the row hash.
    pub volatile: Vec<Path>,
    /// Own columns, in file order.
    pub columns: Vec<ColumnSpec>,
    /// Edges to other tables.
    pub relationships: Vec<Relationship>,
    /// Answers and the rows they must give.
    pub examples: Vec<Example>,
}

/// An own column.
#[derive(Debug, Clone)]
pub struct ColumnSpec {
    /// snake_case of the path, unless `why` says otherwise.
    pub name: String,
    /// Type of the column.
    pub kind: ColumnType,
    /// Where the value is in the object.
    pub path: Path,
    /// What it means.
    pub meaning: String,
    /// Only the detail call gives it.
    pub detail: bool,
    /// Why the name is not that of the path.
    pub why: Option<String>,
}

/// The closed set of column types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Any text.
    Text,
    /// true or false.
    Bool,
    /// 64-bit integer.
    Int,
    /// Double.
    Float,
    /// Instant in UTC, microseconds.
    Timestamp,
    /// ARM id, lower-case.
    ArmId,
    /// List of text.
    TextList,
    /// JSON text.
    Json,
}

impl ColumnType {
    /// The DuckDB type of the column.
    pub fn sql(self) -> &'static str {
        match self {
            ColumnType::Text | ColumnType::ArmId => "VARCHAR",
            ColumnType::Bool => "BOOLEAN",
            ColumnType::Int => "BIGINT",
            ColumnType::Float => "DOUBLE",
            ColumnType::Timestamp => "TIMESTAMP",
            ColumnType::TextList => "VARCHAR[]",
            ColumnType::Json => "JSON",
        }
    }

    /// The word specs and docs use.
    pub fn word(self) -> &'static str {
        match self {
            ColumnType::Text => "text",
            ColumnType::Bool => "bool",
            ColumnType::Int => "int",
            ColumnType::Float => "float",
            ColumnType::Timestamp => "timestamp",
            ColumnType::ArmId => "arm_id",
            ColumnType::TextList => "text_list",
            ColumnType::Json => "json",
        }
    }
}

/// Columns that open every table: name, DuckDB type.
pub const STANDARD_HEAD: [(&str, &str); 8] = [
    ("id", "VARCHAR"),
    ("name", "VARCHAR"),
    ("type", "VARCHAR"),
    ("tenant_id", "VARCHAR"),
    ("subscription_id", "VARCHAR"),
    ("resource_group", "VARCHAR"),
    ("location", "VARCHAR"),
    ("tags", "MAP(VARCHAR, VARCHAR)"),
];

/// Columns that close every table: name, DuckDB type.
pub const STANDARD_TAIL: [(&str, &str); 9] = [
    ("_raw", "JSON"),
    ("_parent_id", "VARCHAR"),
    ("_url", "VARCHAR"),
    ("_api_version", "VARCHAR"),
    ("_fetched_at", "TIMESTAMP"),
    ("_row_hash", "VARCHAR"),
    ("_gaps", "VARCHAR[]"),
    ("_redacted", "VARCHAR[]"),
    ("_seen_in", "VARCHAR[]"),
];

/// Whether a name belongs to the standard columns.
pub fn is_standard(name: &str) -> bool {
    STANDARD_HEAD.iter().chain(&STANDARD_TAIL).any(|(standard, _)| *standard == name)
}

impl TableSpec {
    /// All columns in file order: name and DuckDB type.
    pub fn schema_columns(&self) -> Vec<(String, &'static str)> {
        let own = self.columns.iter().map(|column| (column.name.clone(), column.kind.sql()));
        let standard = |list: &[(&'static str, &'static str)]| {
            list.iter().map(|(name, sql)| ((*name).to_owned(), *sql)).collect::<Vec<_>>()
        };
        standard(&STANDARD_HEAD).into_iter().chain(own).chain(standard(&STANDARD_TAIL)).collect()
    }

    /// The column of that name among the table's own.
    pub fn column(&self, name: &str) -> Option<&ColumnSpec> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Which API hands the table out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plane {
    /// Azure Resource Manager.
    Arm,
    /// Microsoft Graph.
    Graph,
    /// Key Vault's data plane, at the vault's own address.
    KeyVault,
    /// Storage's data plane, at the account's own address.
    Storage,
}

/// Where a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeKind {
    /// Once per tenant.
    Tenant,
    /// Once per subscription.
    Subscription,
    /// Once per resource group.
    ResourceGroup,
    /// Once per management group.
    ManagementGroup,
    /// Once per row of a parent table.
    Parent,
    /// No call: cut from the parent's JSON.
    Embedded,
}

/// What the answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Pages of an array.
    List,
    /// One object.
    Object,
}

/// One more call for each item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// What is asked for.
    pub query: Vec<(String, String)>,
    /// The item has a list of this name below its path, which is read whole and put into its field of the same name; none
    /// where the item itself is fetched again by its id.
    pub list: Option<String>,
}

/// How Azure hands a table out.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// Which API.
    pub plane: Plane,
    /// Where the call is made.
    pub scope: ScopeKind,
    /// Path with `{tenant}`, `{subscription}`, `{parent_id}`, `{parent_name}`, `{ref}`, or at its start
    /// `{parent.<path>}`, the address that the parent's JSON holds there; empty for an embedded table.
    pub path: String,
    /// The path in the parent's JSON that `{parent.<path>}` names.
    pub address: Option<Path>,
    /// `GET` or `POST` (a read by POST).
    pub method: String,
    /// API version; Graph's is part of the path.
    pub api_version: String,
    /// Versions to try when Azure does not know `api_version`, newest first.
    pub older_api_versions: Vec<String>,
    /// Versions whose answer leaves rows out: it is `partial`.
    pub incomplete_api_versions: Vec<String>,
    /// Query without api-version, in file order; values may hold the words of `path`.
    pub query: Vec<(String, String)>,
    /// Body of a POST.
    pub body: Option<Value>,
    /// Pages or one object.
    pub answer: Answer,
    /// Field that holds the array.
    pub items: String,
    /// Parent tables: several for one call per row of each, one for an embedded table.
    pub parents: Vec<String>,
    /// Where an embedded table is cut from the parent.
    pub cut: Vec<Path>,
    /// Only one parent is asked for each value of this column of the parent (its `type`).
    pub once_per: Option<String>,
    /// The object that a column of the parent names is fetched, each once.
    pub reference: Option<Reference>,
    /// One more call for each listed item.
    pub detail: Option<Detail>,
    /// Parents that can have this child.
    pub only_when: Option<OnlyWhen>,
    /// Items that belong to this table, where two share a list.
    pub filter: Option<Filter>,
    /// Read only when the user names the table: it costs a right or a volume that nobody expects.
    pub only_by_name: bool,
    /// The list leaves out what the principal cannot see.
    pub filtered_by_visibility: bool,
    /// Error codes: this parent cannot have that child.
    pub unsupported_codes: Vec<String>,
    /// Error codes: the tenant has no licence for it.
    pub license_codes: Vec<String>,
    /// Error codes: the single object does not exist, and that is an answer.
    pub absent_codes: Vec<String>,
    /// Error codes: the service is gone.
    pub retired_codes: Vec<String>,
    /// Parts of a made-up id.
    pub key: Vec<Path>,
    /// Middle word of a made-up id; without a `key`, its last (the parent has one such object).
    pub thing: String,
    /// Where the object's own id is.
    pub own_id: Path,
    /// Where the name is, when not `name` or `displayName`.
    pub name_path: Option<Path>,
}

impl Fetch {
    /// Whether rows are known by the objects' own ids.
    pub fn has_own_id(&self) -> bool {
        self.thing.is_empty()
    }
}

/// A reference from a parent's column to an object.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Columns of the parents; each parent has at least one of them.
    pub columns: Vec<String>,
    /// Only values that contain this, without letter case.
    pub contains: String,
}

fn leaf_text(leaf: Leaf<'_>) -> String {
    match leaf {
        Leaf::Value(value) => value.to_string(),
        Leaf::Key(key) => key.to_owned(),
    }
}

/// A condition on a parent.
#[derive(Debug, Clone)]
pub struct OnlyWhen {
    /// Path in the parent's JSON; it may give several values.
    pub path: Path,
    /// Values (without letter case) of which one must be there.
    pub in_: Vec<String>,
    /// Values of which none may be there.
    pub not_in: Vec<String>,
    /// Text that one value must contain.
    pub has: Option<String>,
    /// Text that no value may contain.
    pub has_not: Option<String>,
    /// Other parents get no row in the ledger: they are not what the child is about.
    pub silent: bool,
}

impl OnlyWhen {
    /// Whether the parent can have the child.
    pub fn holds(&self, parent: &Value) -> bool {
        let found = self.path.find(&[parent]);
        let values: Vec<String> = found
            .into_iter()
            .filter_map(|leaf| match leaf {
                Leaf::Key(key) => Some(key.to_lowercase()),
                Leaf::Value(Value::String(text)) => Some(text.to_lowercase()),
                Leaf::Value(Value::Bool(_) | Value::Number(_)) => Some(leaf_text(leaf)),
                Leaf::Value(_) => None,
            })
            .collect();
        let among = |list: &[String]| list.iter().any(|one| values.contains(&one.to_lowercase()));
        let within = |part: &str| values.iter().any(|value| value.contains(&part.to_lowercase()));
        (self.in_.is_empty() || among(&self.in_))
            && !among(&self.not_in)
            && self.has.as_deref().is_none_or(within)
            && !self.has_not.as_deref().is_some_and(within)
    }
}

/// Which items of a shared list belong to a table.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Path in the item.
    pub path: Path,
    /// Text that must be contained, without letter case.
    pub has: Option<String>,
    /// Text that must not be contained.
    pub has_not: Option<String>,
}

impl Filter {
    /// Whether the item belongs to the table; a missing value contains nothing.
    pub fn keeps(&self, item: &Value) -> bool {
        let text = self.path.value(item).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        self.has.as_ref().is_none_or(|has| text.contains(&has.to_lowercase()))
            && self.has_not.as_ref().is_none_or(|has_not| !text.contains(&has_not.to_lowercase()))
    }
}

/// How values of a relationship's column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// Whole value, without letter case.
    #[default]
    Id,
    /// The part after the last slash.
    LastSegment,
    /// The host of a URL.
    Host,
}

/// An edge between rows.
#[derive(Debug, Clone)]
pub struct Relationship {
    /// Verb: HAS, USES, CONTAINS, ...
    pub class: String,
    /// Source table, when the row of this spec is the target (`reverse`).
    pub source: Option<String>,
    /// The row of this spec is the target.
    pub reverse: bool,
    /// Target table or a word such as ANY_SCOPE.
    pub target: String,
    /// Column of this table that names the other end.
    pub column: Option<String>,
    /// Column of the other table it is compared with; `id` when absent.
    pub target_column: Option<String>,
    /// How values are compared.
    pub matching: Match,
    /// SQL condition over `s`.
    pub where_: Option<String>,
    /// A whole SELECT of source_id and target_id instead.
    pub sql: Option<String>,
    /// Rows and the edges they must give.
    pub cases: Vec<RelationshipCase>,
}

/// Rows and the edges they must give.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelationshipCase {
    /// Rows per table, as in the cases of checks.
    pub given: std::collections::BTreeMap<String, Vec<toml::Table>>,
    /// Source and target of each edge: whole ids, or their last segments.
    pub edges: Vec<(String, String)>,
}

/// An answer and the rows it gives.
#[derive(Debug, Clone)]
pub struct Example {
    /// What the example shows.
    pub title: String,
    /// `recorded` or `reference`.
    pub source: String,
    /// One item of the answer (of the parent's, for an embedded table).
    pub answer: Value,
    /// Expected values, per row.
    pub rows: Vec<serde_json::Map<String, Value>>,
}
