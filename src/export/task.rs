//! One task: a call in a scope (for some parents) in, runs on disk and a journal entry out. An error of Azure's is a
//! row of the ledger; only the disk can stop a task.

use super::{Context, ExportError};
use crate::catalog::{Answer, Scope, TableSpec};
use crate::client::{BATCH, CallError, CallErrorKind, Cost};
use crate::collect::{Call, Fetched, ItemPage, PageStream, Parent, count, proof};
use crate::columns::{Context as Seen, Sheaf};
use crate::store::{JournalEntry, LedgerRow, Status, StoreError};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of JSON that a task holds before it writes a run.
const FLUSH_BYTES: usize = 16 * 1024 * 1024;
/// Answers to references that are kept, so that what every subscription names is fetched once.
const CACHED_REFERENCES: usize = 1024;

/// A piece of work that is journalled as a whole.
pub(super) struct Task {
    pub(super) name: String,
    pub(super) scope: Scope,
    pub(super) work: Work,
}

/// Whether a parent can have the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CanHave {
    /// It is asked.
    Yes,
    /// It is of another kind.
    No,
    /// Its JSON does not say where the data plane is.
    NoAddress,
}

/// What a task does.
pub(super) enum Work {
    /// A list or object of the scope itself.
    Root(usize),
    /// A call for each of these parents, where it can be made.
    Children(usize, Vec<(Parent, CanHave)>),
    /// Whether the principal reads everything in the subscription; the first one, or another by number and object id.
    Proof(Option<(usize, String)>),
    /// How many resources of each type these subscriptions have.
    Count(Vec<String>),
}

impl Task {
    pub(super) fn root(call: &Call<'_>, index: usize, scope: Scope) -> Task {
        Task { name: format!("{}.{}", call.name(), scope.id()), scope, work: Work::Root(index) }
    }
}

/// Recent answers to references, oldest first.
#[derive(Default)]
pub(super) struct ReferenceCache(Mutex<VecDeque<(String, Arc<Page>)>>);

/// A page with its items parsed.
struct Page {
    items: Vec<Item>,
    url: String,
    api_version: String,
}

/// An item, and what of it could not be read.
struct Item {
    /// None when its JSON is nested deeper than the parser goes.
    value: Option<Value>,
    error: Option<Lack>,
}

/// Why a list that was answered is not complete, and the word for it in the ledger's `code`.
type Lack = (Box<CallError>, &'static str);

/// Runs a task.
pub(super) async fn run(context: Arc<Context>, task: Task) -> Result<JournalEntry, ExportError> {
    match &task.work {
        Work::Proof(further) => Ok(prove(&context, &task, further.as_ref()).await),
        Work::Count(subscriptions) => Ok(count(&context, &task, subscriptions).await),
        Work::Root(index) => {
            let mut recorder = Recorder::new(&context, &context.calls[*index], &task)?;
            recorder.ask().await?;
            recorder.finish()
        }
        Work::Children(index, parents) => {
            let mut recorder = Recorder::new(&context, &context.calls[*index], &task)?;
            for chunk in parents.chunks(BATCH) {
                recorder.ask_all(chunk).await?;
            }
            recorder.finish()
        }
    }
}

async fn prove(context: &Context, task: &Task, further: Option<&(usize, String)>) -> JournalEntry {
    let mut cost = Cost::default();
    let client = context.fetcher.client();
    let (client, object_id) = match further {
        Some((n, object_id)) => (client.acting_as(*n), Some(object_id)),
        None => (client.clone(), context.principal.object_id.as_ref()),
    };
    let proven = match object_id {
        Some(id) => proof::reads_everything(&client, task.scope.id(), id, &mut cost).await.unwrap_or(false),
        None => false,
    };
    let word = if further.is_some() { "also_proven" } else { "proven" };
    found(context, task, cost, serde_json::json!({ word: proven, "object_id": object_id }))
}

/// Without an answer there are no counts, and nothing is left out for them.
async fn count(context: &Context, task: &Task, subscriptions: &[String]) -> JournalEntry {
    let mut cost = Cost::default();
    let counts = match count::resources(context.fetcher.client(), subscriptions, &mut cost).await {
        Ok(counts) => serde_json::json!({ "counts": counts }),
        Err(error) => serde_json::json!({ "error": error.to_string() }),
    };
    found(context, task, cost, counts)
}

/// A task that gives no rows.
fn found(context: &Context, task: &Task, cost: Cost, found: Value) -> JournalEntry {
    context.progress.requests.fetch_add(cost.requests, Ordering::Relaxed);
    JournalEntry {
        task: task.name.clone(),
        ledger: Vec::new(),
        runs: BTreeMap::new(),
        scope: (task.scope.kind().to_owned(), task.scope.id().to_owned()),
        found,
    }
}

/// Collects the rows, runs and ledger of one task.
struct Recorder<'a> {
    context: &'a Context,
    call: &'a Call<'static>,
    task: &'a Task,
    sheaf: Sheaf<'static>,
    tables: Vec<&'static TableSpec>,
    seen_in: Vec<String>,
    scope_path: String,
    runs: BTreeMap<String, Vec<String>>,
    n_runs: usize,
    ledger: Vec<LedgerRow>,
}

impl<'a> Recorder<'a> {
    fn new(context: &'a Context, call: &'a Call<'static>, task: &'a Task) -> Result<Recorder<'a>, ExportError> {
        let sheaf = Sheaf::new(context.catalog, &call.specs)?;
        let tables = sheaf.tables().collect();
        let (seen_in, scope_path) = match &task.scope {
            Scope::Tenant(id) => (Vec::new(), id.clone()),
            // What a reference names is in nobody's list.
            Scope::Subscription(id) if call.fetch().reference.is_some() => (Vec::new(), format!("/subscriptions/{id}")),
            Scope::Subscription(id) => (vec![id.clone()], format!("/subscriptions/{id}")),
        };
        let (runs, ledger) = (BTreeMap::new(), Vec::new());
        Ok(Recorder { context, call, task, sheaf, tables, seen_in, scope_path, runs, n_runs: 0, ledger })
    }

    /// Makes the call for each of a batch of parents.
    async fn ask_all(&mut self, parents: &[(Parent, CanHave)]) -> Result<(), ExportError> {
        let asked: Vec<&Parent> =
            parents.iter().filter(|(_, can_have)| *can_have == CanHave::Yes).map(|(parent, _)| parent).collect();
        let streams = self.context.fetcher.pages_of_all(self.call, &self.task.scope, &asked).await;
        let mut streams = streams.into_iter();
        for (parent, can_have) in parents {
            match can_have {
                CanHave::Yes => {
                    let pages = streams.next().expect("a stream for each parent that is asked");
                    self.read(Some(parent), pages).await?;
                }
                CanHave::No => self.not_asked(parent, Status::Unsupported, None),
                CanHave::NoAddress => self.not_asked(parent, Status::Error, Some("NoAddress")),
            }
        }
        Ok(())
    }

    /// Makes the call of a scope.
    async fn ask(&mut self) -> Result<(), ExportError> {
        let pages = self.context.fetcher.pages(self.call, &self.task.scope, None);
        self.read(None, pages).await
    }

    /// Reads the pages, for a parent if there is one, and writes down what came of it.
    async fn read(&mut self, parent: Option<&Parent>, mut pages: PageStream<'static>) -> Result<(), ExportError> {
        let mut rows = self.new_rows(parent);
        let mut lack = None;
        let reference = parent.and_then(|parent| parent.reference.as_deref());
        let cached = reference.and_then(|id| self.context.cache.get(id));
        if let Some(page) = &cached {
            self.push(page, parent, &mut rows, &mut lack)?;
            rows[0].pages += 1;
        }
        while cached.is_none() {
            match pages.next().await {
                None => break,
                Some(Ok(page)) => {
                    self.note_date(page.date.as_deref());
                    charge(&mut rows[0], page.cost, 1);
                    self.count(page.cost);
                    let page = Arc::new(parse(page));
                    if let Some(id) = reference {
                        self.context.cache.put(id, page.clone());
                    }
                    self.push(&page, parent, &mut rows, &mut lack)?;
                }
                Some(Err(error)) => {
                    charge(&mut rows[0], error.cost, 0);
                    self.count(error.cost);
                    self.fail(&mut rows, &error);
                    break;
                }
            }
        }
        if let Some((error, word)) = lack {
            for row in rows.iter_mut().filter(|row| row.status == Status::Ok) {
                describe(row, &error);
                (row.status, row.code) = (Status::Partial, Some(word.to_owned()));
            }
        }
        let fetch = self.call.fetch();
        let is_incomplete = |row: &&mut LedgerRow| {
            row.api_version.as_ref().is_some_and(|version| fetch.incomplete_api_versions.contains(version))
        };
        for row in rows.iter_mut().filter(|row| row.status == Status::Ok).filter(is_incomplete) {
            (row.status, row.code) = (Status::Partial, Some("IncompleteVersion".to_owned()));
        }
        let now = (self.context.clock)().and_utc().timestamp_micros();
        rows.iter_mut().for_each(|row| row.finished_at = Some(now));
        self.ledger.extend(rows);
        Ok(())
    }

    /// A parent that is not asked: that it cannot have the child is knowledge, that its address is not known is not.
    fn not_asked(&mut self, parent: &Parent, status: Status, code: Option<&str>) {
        let mut rows = self.new_rows(Some(parent));
        for row in &mut rows {
            (row.status, row.code, row.finished_at) = (status, code.map(str::to_owned), row.started_at);
        }
        self.ledger.extend(rows);
    }

    fn new_rows(&self, parent: Option<&Parent>) -> Vec<LedgerRow> {
        let now = (self.context.clock)().and_utc().timestamp_micros();
        let row = |spec: &&TableSpec| LedgerRow {
            parent_id: parent.map(|parent| {
                parent.reference.as_ref().map_or_else(|| parent.row_id.to_string(), |id| id.to_lowercase())
            }),
            permission: Some(spec.permission.clone()),
            api_version: Some(self.call.fetch().api_version.clone()),
            started_at: Some(now),
            ..LedgerRow::new(&spec.name, self.task.scope.kind(), self.task.scope.id())
        };
        self.tables.iter().map(row).collect()
    }

    fn push(
        &mut self,
        page: &Page,
        parent: Option<&Parent>,
        rows: &mut [LedgerRow],
        lack: &mut Option<Lack>,
    ) -> Result<(), ExportError> {
        let fetched_at = (self.context.clock)().and_utc().timestamp_micros();
        let details: Vec<String> = self.call.specs[0]
            .columns
            .iter()
            .filter(|column| column.detail)
            .map(|column| column.name.clone())
            .collect();
        let follows_reference = self.call.fetch().reference.is_some();
        for Item { value, error } in &page.items {
            if let Some(error) = error {
                lack.get_or_insert_with(|| error.clone());
            }
            let Some(item) = value else { continue };
            let seen = Seen {
                tenant_id: &self.context.tenant,
                scope_path: &self.scope_path,
                parent_id: parent.filter(|_| !follows_reference).map(|parent| &*parent.row_id),
                url: &page.url,
                api_version: &page.api_version,
                fetched_at,
                seen_in: &self.seen_in,
                not_asked: if error.is_some() { &details } else { &[] },
            };
            self.sheaf.push(item, &seen);
            if self.sheaf.n_bytes() > FLUSH_BYTES {
                self.flush()?;
            }
        }
        for (row, counts) in rows.iter_mut().zip(self.sheaf.take_counts()) {
            row.rows += counts.rows.cast_signed();
            row.coercions += counts.coercions.cast_signed();
            row.api_version = Some(page.api_version.clone());
            self.context.progress.rows.fetch_add(counts.rows, Ordering::Relaxed);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        let batches =
            self.sheaf.take().map_err(|source| StoreError::Arrow { path: self.task.name.clone().into(), source })?;
        for (spec, batch) in batches {
            let file = self.context.partial.write_run(&spec.name, &self.task.name, self.n_runs, &batch)?;
            self.runs.entry(spec.name.clone()).or_default().push(file);
        }
        self.n_runs += 1;
        Ok(())
    }

    /// An error of Azure's: the status of the call's tables, and of those cut from them.
    fn fail(&self, rows: &mut [LedgerRow], error: &CallError) {
        let fetch = self.call.fetch();
        let code = error.code.as_deref().unwrap_or_default();
        let among = |codes: &[String]| codes.iter().any(|one| one.eq_ignore_ascii_case(code));
        let (status, word) = if among(&fetch.unsupported_codes) {
            (Status::Unsupported, None)
        } else if among(&fetch.license_codes) {
            (Status::License, None)
        } else if among(&fetch.retired_codes) {
            (Status::Retired, None)
        } else if among(&fetch.absent_codes) && fetch.answer == Answer::Object {
            (Status::Ok, Some("Absent"))
        } else {
            status_of(error)
        };
        let some_pages = rows[0].pages > 0 && !status.is_knowledge();
        for row in rows.iter_mut() {
            describe(row, error);
            row.status = if some_pages { Status::Partial } else { status };
            row.code = word.map(str::to_owned);
        }
        if !status.is_knowledge() {
            self.context.progress.unread.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn count(&self, cost: Cost) {
        self.context.progress.requests.fetch_add(cost.requests, Ordering::Relaxed);
        self.context.progress.waited_ms.fetch_add(cost.waited_ms, Ordering::Relaxed);
    }

    /// Azure's clock against ours, from the first answer that has a `Date`.
    fn note_date(&self, date: Option<&str>) {
        let mut offset = self.context.clock_offset.lock().unwrap_or_else(PoisonError::into_inner);
        if offset.is_none()
            && let Some(Ok(theirs)) = date.map(httpdate::parse_http_date)
        {
            let ours = (self.context.clock)().and_utc().timestamp();
            let theirs =
                theirs.duration_since(std::time::UNIX_EPOCH).map_or(ours, |since| since.as_secs().cast_signed());
            *offset = Some(theirs - ours);
        }
    }

    fn finish(mut self) -> Result<JournalEntry, ExportError> {
        self.flush()?;
        Ok(JournalEntry {
            task: self.task.name.clone(),
            ledger: self.ledger,
            runs: self.runs,
            scope: (self.task.scope.kind().to_owned(), self.task.scope.id().to_owned()),
            found: Value::Null,
        })
    }
}

/// Words in the ledger's `code` for failures that are not Azure's answer.
pub(super) fn is_not_azures_word(word: &str) -> bool {
    matches!(word, "Unavailable" | "NotJson" | "ForeignHost" | "TokenFailed")
}

fn status_of(error: &CallError) -> (Status, Option<&'static str>) {
    match error.kind {
        CallErrorKind::Throttled => (Status::Throttled, None),
        CallErrorKind::Unavailable => (Status::Error, Some("Unavailable")),
        CallErrorKind::NotJson => (Status::Error, Some("NotJson")),
        CallErrorKind::ForeignHost => (Status::Error, Some("ForeignHost")),
        CallErrorKind::LoopingLink => (Status::Error, Some("LoopingLink")),
        CallErrorKind::Token => (Status::Error, Some("TokenFailed")),
        CallErrorKind::Refused | CallErrorKind::Cancelled => {
            (error.status.map_or(Status::Error, |http| Status::of_answer(http, error.code.as_deref())), None)
        }
    }
}

fn describe(row: &mut LedgerRow, error: &CallError) {
    row.http_status = error.status.map(i64::from);
    row.error_code.clone_from(&error.code);
    row.error_message = Some(error.message.clone());
    row.request_id.clone_from(&error.request_id);
}

fn charge(row: &mut LedgerRow, cost: Cost, pages: i64) {
    row.pages += pages;
    row.requests += cost.requests.cast_signed();
    row.retries += cost.retries.cast_signed();
    row.waited_ms += cost.waited_ms.cast_signed();
    row.bytes += cost.bytes.cast_signed();
}

fn parse(page: ItemPage) -> Page {
    // An item that is nested too deep to be read must not pass for one that was: its list is then no `ok`.
    let parse = |item: Fetched| match serde_json::from_str(item.raw.get()) {
        Ok(value) => Item { value: Some(value), error: item.detail_error.map(|error| (error, "DetailNotRead")) },
        Err(error) => {
            let error = CallError::new(CallErrorKind::NotJson, error.to_string());
            Item { value: None, error: Some((Box::new(error), "ItemNotRead")) }
        }
    };
    Page { items: page.items.into_iter().map(parse).collect(), url: page.url, api_version: page.api_version }
}

impl ReferenceCache {
    fn get(&self, id: &str) -> Option<Arc<Page>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().find(|(known, _)| known.eq_ignore_ascii_case(id)).map(|(_, page)| page.clone())
    }

    fn put(&self, id: &str, page: Arc<Page>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= CACHED_REFERENCES {
            held.pop_front();
        }
        held.push_back((id.to_owned(), page));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    #[test]
    fn an_item_nested_too_deep_is_told() {
        let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        for (n, readable) in [(2, true), (100, true), (500, false)] {
            let raw = RawValue::from_string(deep(n)).unwrap();
            let items = vec![Fetched { raw, detail_error: None }];
            let page =
                ItemPage { items, url: String::new(), cost: Cost::default(), date: None, api_version: String::new() };
            let item = parse(page).items.remove(0);
            assert_eq!((item.value.is_some(), item.error.is_none()), (readable, readable), "{n} levels");
            assert!(item.error.is_none_or(|(_, word)| word == "ItemNotRead"));
        }
    }
}
