//! What a task reads: pages in, rows of its tables, its part of the ledger and the tasks that hang on it out. The rows of
//! most tasks go to disk with those of others (see `gather`); a task with many rows writes runs of its own.

use super::children::Nursery;
use super::task::{self, CanHave, Finished, Task};
use super::{Context, ExportError, children};
use crate::catalog::{Answer, Fetch, Scope, TableSpec};
use crate::client::{CallError, CallErrorKind, Cost};
use crate::collect::{Call, Fetched, ItemPage, PageStream, Parent};
use crate::columns::{Context as Seen, Sheaf};
use crate::store::{JournalEntry, LedgerRow, Status, StoreError};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of JSON that a task holds before it writes runs of its own.
const HELD_BYTES: usize = 1024 * 1024;
/// Bytes of decoded JSON in a run of its own.
const FLUSH_BYTES: usize = 16 * 1024 * 1024;
/// Answers to references that are kept, so that what every subscription names is fetched once.
const CACHED_REFERENCES: usize = 1024;

/// Recent answers to references, oldest first.
#[derive(Default)]
pub(super) struct ReferenceCache(Mutex<VecDeque<(String, Arc<Page>)>>);

/// A page with its items parsed.
#[derive(Clone)]
struct Page {
    items: Vec<Item>,
    url: String,
    api_version: String,
    /// Bytes of JSON.
    n_bytes: usize,
}

/// An item, and what of it could not be read.
#[derive(Clone)]
struct Item {
    /// None when its JSON is nested deeper than the parser goes.
    value: Option<Value>,
    error: Option<Lack>,
}

/// Why a list that was answered is not complete, and the word for it in the ledger's `code`.
type Lack = (Box<CallError>, &'static str);

/// Collects what one task reads.
pub(super) struct Recorder<'a> {
    context: &'a Context,
    index: usize,
    call: &'a Call<'static>,
    task: &'a Task,
    seen_in: Vec<String>,
    scope_path: String,
    readings: Vec<Reading<'a>>,
    held_bytes: usize,
    own: Option<OwnRuns>,
}

/// What is read for one parent, or for the scope.
struct Reading<'a> {
    parent: Option<&'a Parent>,
    /// One for each table of the call.
    rows: Vec<LedgerRow>,
    /// Pages whose rows are not decoded yet, and when each came.
    pages: Vec<(Arc<Page>, i64)>,
    lack: Option<Lack>,
}

/// Runs of a task with many rows.
struct OwnRuns {
    sheaf: Sheaf<'static>,
    files: BTreeMap<String, Vec<String>>,
    n: usize,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(context: &'a Context, index: usize, task: &'a Task) -> Recorder<'a> {
        let call = &context.calls[index];
        let (seen_in, scope_path) = match &*task.scope {
            Scope::Tenant(id) => (Vec::new(), id.clone()),
            // What a reference names is in nobody's list.
            Scope::Subscription(id) if call.fetch().reference.is_some() => (Vec::new(), format!("/subscriptions/{id}")),
            Scope::Subscription(id) => (vec![id.clone()], format!("/subscriptions/{id}")),
        };
        Recorder { context, index, call, task, seen_in, scope_path, readings: Vec::new(), held_bytes: 0, own: None }
    }

    /// Makes the call for each of a batch of parents.
    pub(super) async fn ask_all(&mut self, parents: &'a [(Parent, CanHave)]) -> Result<(), ExportError> {
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
    pub(super) async fn ask(&mut self) -> Result<(), ExportError> {
        let pages = self.context.fetcher.pages(self.call, &self.task.scope, None);
        self.read(None, pages).await
    }

    /// Reads the pages, for a parent if there is one, and writes down what came of it.
    async fn read(&mut self, parent: Option<&'a Parent>, mut pages: PageStream<'static>) -> Result<(), ExportError> {
        let rows = self.new_rows(parent);
        self.readings.push(Reading { parent, rows, pages: Vec::new(), lack: None });
        let at = self.readings.len() - 1;
        let reference = parent.and_then(|parent| parent.reference.as_deref());
        let cached = reference.and_then(|id| self.context.cache.get(id));
        let is_cached = cached.is_some();
        if let Some(page) = cached {
            self.readings[at].rows[0].pages += 1;
            self.hold(at, page)?;
        }
        loop {
            if is_cached {
                break;
            }
            match pages.next().await {
                None => break,
                Some(Ok(page)) => {
                    self.note_date(page.date.as_deref());
                    charge(&mut self.readings[at].rows[0], page.cost, 1);
                    self.count(page.cost);
                    let page = Arc::new(parse(page));
                    if let Some(id) = reference {
                        self.context.cache.put(id, page.clone());
                    }
                    self.hold(at, page)?;
                }
                Some(Err(error)) => {
                    charge(&mut self.readings[at].rows[0], error.cost, 0);
                    self.count(error.cost);
                    self.fail(at, &error);
                    break;
                }
            }
        }
        let now = (self.context.clock)().and_utc().timestamp_micros();
        self.readings[at].rows.iter_mut().for_each(|row| row.finished_at = Some(now));
        Ok(())
    }

    /// A parent that is not asked: that it cannot have the child is knowledge, that its address is not known is not.
    fn not_asked(&mut self, parent: &'a Parent, status: Status, code: Option<&str>) {
        let mut rows = self.new_rows(Some(parent));
        for row in &mut rows {
            (row.status, row.code, row.finished_at) = (status, code.map(str::to_owned), row.started_at);
        }
        self.readings.push(Reading { parent: Some(parent), rows, pages: Vec::new(), lack: None });
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
        self.context.tables[self.index].iter().map(row).collect()
    }

    /// Keeps a page until the task ends, or decodes it at once where there is too much to keep.
    fn hold(&mut self, at: usize, page: Arc<Page>) -> Result<(), ExportError> {
        let now = (self.context.clock)().and_utc().timestamp_micros();
        self.held_bytes += page.n_bytes;
        self.readings[at].pages.push((page, now));
        if self.own.is_none() && self.held_bytes > HELD_BYTES {
            let sheaf = Sheaf::new(self.context.catalog, &self.call.specs)?;
            self.own = Some(OwnRuns { sheaf, files: BTreeMap::new(), n: 0 });
        }
        let Some(mut own) = self.own.take() else { return Ok(()) };
        let seen = self.seen();
        for reading in &mut self.readings {
            reading.decode(&mut own.sheaf, &seen, None);
            if own.sheaf.n_bytes() > FLUSH_BYTES {
                own.flush(self.context, &self.task.name(self.context))?;
            }
        }
        self.own = Some(own);
        Ok(())
    }

    /// What holds for everything that this task sees.
    fn seen(&self) -> Sight<'a> {
        Sight {
            context: self.context,
            details: &self.context.details[self.index],
            follows_reference: self.call.fetch().reference.is_some(),
            scope_path: self.scope_path.clone(),
            seen_in: self.seen_in.clone(),
            task: 0,
        }
    }

    /// An error of Azure's: the status of the call's tables, and of those cut from them.
    fn fail(&mut self, at: usize, error: &CallError) {
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
            task::status_of(error)
        };
        let rows = &mut self.readings[at].rows;
        let some_pages = rows[0].pages > 0 && !status.is_knowledge();
        for row in rows {
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

    /// Hands rows and ledger over to be written, and gives the tasks that hang on the rows.
    pub(super) fn finish(mut self) -> Result<Finished, ExportError> {
        if self.call.name() == crate::catalog::SUBSCRIPTIONS {
            self.reached_azure()?;
        }
        let mut entry = JournalEntry {
            task: self.task.name(self.context),
            runs: BTreeMap::new(),
            scope: (self.task.scope.kind().to_owned(), self.task.scope.id().to_owned()),
            empty: false,
            found: Value::Null,
        };
        let fetch = self.call.fetch();
        let gather = &self.context.gather;
        if let Some(mut own) = self.own.take() {
            own.flush(self.context, &self.task.name(self.context))?;
            entry.runs = own.files;
            let ledger = std::mem::take(&mut self.readings).into_iter().flat_map(|reading| reading.ledger(fetch));
            let entry = gather.add(entry, ledger.collect());
            let children = children::of_runs(self.context, &entry)?;
            return Ok(Finished { entry, children });
        }
        let (mut seen, readings) = (self.seen(), std::mem::take(&mut self.readings));
        let mut nursery = Nursery::new(self.context);
        let entry = gather.add_rows(self.context, self.index, entry, |sheaf, task| {
            seen.task = task;
            let mut ledger = Vec::new();
            for mut reading in readings {
                reading.decode(sheaf, &seen, Some(&mut nursery));
                ledger.extend(reading.ledger(fetch));
            }
            ledger
        })?;
        let children = nursery.tasks(&entry);
        Ok(Finished { entry, children })
    }

    /// Without an answer to the list of subscriptions there is nothing to go on with, now or when resumed.
    fn reached_azure(&self) -> Result<(), ExportError> {
        let rows = self.readings.iter().flat_map(|reading| &reading.rows);
        let failed = rows
            .filter(|row| row.table_name == crate::catalog::SUBSCRIPTIONS)
            .find(|row| row.code.as_deref().is_some_and(task::is_not_azures_word));
        match failed {
            None => Ok(()),
            Some(row) => Err(ExportError::Unreachable {
                status: row.code.clone().unwrap_or_default(),
                message: row.error_message.clone().unwrap_or_default(),
            }),
        }
    }
}

impl OwnRuns {
    fn flush(&mut self, context: &Context, task: &str) -> Result<(), ExportError> {
        let batches = self.sheaf.take().map_err(|source| StoreError::Arrow { path: task.into(), source })?;
        for (spec, batch) in batches {
            let file = context.partial.write_run(&spec.name, task, self.n, &batch)?;
            self.files.entry(spec.name.clone()).or_default().push(file);
        }
        self.n += 1;
        Ok(())
    }
}

/// Where a task looks.
struct Sight<'a> {
    context: &'a Context,
    /// Columns that only the detail call fills.
    details: &'a [String],
    follows_reference: bool,
    scope_path: String,
    seen_in: Vec<String>,
    task: u32,
}

impl Reading<'_> {
    /// Decodes the pages that are held.
    fn decode(&mut self, sheaf: &mut Sheaf<'static>, sight: &Sight<'_>, mut nursery: Option<&mut Nursery<'_>>) {
        for (page, fetched_at) in std::mem::take(&mut self.pages) {
            // What every subscription names is kept for others.
            let page = Arc::try_unwrap(page).unwrap_or_else(|page| Page::clone(&page));
            for Item { value, error } in page.items {
                if let Some(error) = &error {
                    self.lack.get_or_insert_with(|| error.clone());
                }
                let Some(item) = value else { continue };
                let seen = Seen {
                    tenant_id: &sight.context.tenant,
                    scope_path: &sight.scope_path,
                    parent_id: self.parent.filter(|_| !sight.follows_reference).map(|parent| &*parent.row_id),
                    url: &page.url,
                    api_version: &page.api_version,
                    fetched_at,
                    seen_in: &sight.seen_in,
                    not_asked: if error.is_some() { sight.details } else { &[] },
                    task: sight.task,
                };
                sheaf.push_each(item, &seen, &mut |spec, row| {
                    if let Some(nursery) = &mut nursery {
                        nursery.see(&spec.name, &row.id, row.name.as_deref().unwrap_or_default(), &row.raw);
                    }
                });
            }
            for (row, counts) in self.rows.iter_mut().zip(sheaf.take_counts()) {
                row.rows += counts.rows.cast_signed();
                row.coercions += counts.coercions.cast_signed();
                if row.api_version.as_ref() != Some(&page.api_version) {
                    row.api_version = Some(page.api_version.clone());
                }
                sight.context.progress.rows.fetch_add(counts.rows, Ordering::Relaxed);
            }
        }
    }

    /// The rows of the ledger, when everything is decoded.
    fn ledger(mut self, fetch: &Fetch) -> Vec<LedgerRow> {
        if let Some((error, word)) = self.lack {
            for row in self.rows.iter_mut().filter(|row| row.status == Status::Ok) {
                describe(row, &error);
                (row.status, row.code) = (Status::Partial, Some(word.to_owned()));
            }
        }
        let is_incomplete = |row: &&mut LedgerRow| {
            row.api_version.as_ref().is_some_and(|version| fetch.incomplete_api_versions.contains(version))
        };
        for row in self.rows.iter_mut().filter(|row| row.status == Status::Ok).filter(is_incomplete) {
            (row.status, row.code) = (Status::Partial, Some("IncompleteVersion".to_owned()));
        }
        self.rows
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
    let n_bytes = page.items.iter().map(|item| item.raw.get().len()).sum();
    let items = page.items.into_iter().map(parse).collect();
    Page { items, url: page.url, api_version: page.api_version, n_bytes }
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
