//! Files of recordings: JSON lines and HAR in, one record for each request out, the newest of several answers with the
//! pages that it leads to.

use super::ImportError;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use url::Url;

/// One request and its answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Record {
    pub(super) method: String,
    pub(super) host: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) query: String,
    pub(super) status: u16,
    #[serde(default)]
    pub(super) response_body: Value,
    pub(super) tenant: Option<String>,
    #[serde(default)]
    pub(super) last_seen: String,
    pub(super) trimmed_from: Option<Value>,
    pub(super) source_redacted: Option<Value>,
    #[serde(skip)]
    pub(super) label: String,
}

/// Whether a path holds recordings: a HAR file, or lines with a request and an answer.
pub(super) fn is_recording(source: &Path) -> Result<bool, ImportError> {
    if source.is_file() {
        return Ok(true);
    }
    for file in files(source)? {
        if file.extension().is_some_and(|ending| ending == "har") {
            return Ok(true);
        }
        let mut first = String::new();
        let handle = File::open(&file).map_err(ImportError::io(&file))?;
        // Text that is no UTF-8 is no recording; the reader of the folder will say what it is.
        if BufReader::new(handle).read_line(&mut first).is_err() {
            return Ok(false);
        }
        if let Ok(Value::Object(line)) = serde_json::from_str(&first) {
            return Ok(["method", "path", "response_body"].iter().all(|key| line.contains_key(*key)));
        }
    }
    Ok(false)
}

/// Reads every record of a file, or of the files of a folder.
pub(super) fn read_all(source: &Path) -> Result<Vec<Record>, ImportError> {
    let mut records = Vec::new();
    for file in if source.is_file() { vec![source.to_owned()] } else { files(source)? } {
        if file.extension().is_some_and(|ending| ending == "har") {
            read_har(&file, &mut records)?
        } else {
            read_lines(&file, &mut records)?
        }
    }
    Ok(records)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| entry.map(|found| found.path())).collect::<Result<_, _>>())
        .map_err(ImportError::io(dir))?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "jsonl" || ending == "har"));
    files.sort();
    Ok(files)
}

fn read_lines(file: &Path, records: &mut Vec<Record>) -> Result<(), ImportError> {
    let handle = File::open(file).map_err(ImportError::io(file))?;
    let label = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    for (at, line) in BufReader::new(handle).lines().enumerate() {
        let line = line.map_err(ImportError::io(file))?;
        if line.trim().is_empty() {
            continue;
        }
        let record: Record = serde_json::from_str(&line).map_err(|error| ImportError::BadFile {
            path: file.to_owned(),
            line: Some(at + 1),
            why: error.to_string(),
        })?;
        records.push(Record { label: format!("{label}:{}", at + 1), ..record });
    }
    Ok(())
}

/// HAR 1.2: `log.entries[]` with `request` and `response`; bodies may be base64, which no JSON answer is.
fn read_har(file: &Path, records: &mut Vec<Record>) -> Result<(), ImportError> {
    let bad = |why: String| ImportError::BadFile { path: file.to_owned(), line: None, why };
    let handle = File::open(file).map_err(ImportError::io(file))?;
    let har: Value = serde_json::from_reader(BufReader::new(handle)).map_err(|error| bad(error.to_string()))?;
    let entries =
        har.pointer("/log/entries").and_then(Value::as_array).ok_or_else(|| bad("it has no log.entries".to_owned()))?;
    let label = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    for (at, entry) in entries.iter().enumerate() {
        let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let Ok(url) = Url::parse(text("/request/url")) else { continue };
        let body = text("/response/content/text");
        records.push(Record {
            method: text("/request/method").to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            path: url.path().to_owned(),
            query: url.query().unwrap_or_default().to_owned(),
            status: entry
                .pointer("/response/status")
                .and_then(Value::as_u64)
                .and_then(|status| u16::try_from(status).ok())
                .unwrap_or(0),
            response_body: serde_json::from_str(body).unwrap_or(Value::Null),
            tenant: None,
            last_seen: text("/startedDateTime").to_owned(),
            trimmed_from: None,
            source_redacted: None,
            label: format!("{label}:{}", at + 1),
        });
    }
    Ok(())
}

pub(super) fn is_graph(record: &Record) -> bool {
    record.host.starts_with("graph.") || record.host.starts_with("microsoftgraph.")
}

pub(super) fn is_arm(record: &Record) -> bool {
    record.host.starts_with("management.")
}

/// Of several answers to one request the newest not after `until`; pages only where a newest answer leads to them.
pub(super) fn newest(records: Vec<Record>, until: &str) -> Vec<Record> {
    let mut best: BTreeMap<(String, String, String, String), Record> = BTreeMap::new();
    for record in records.into_iter().filter(|record| record.last_seen.as_str() <= until || record.last_seen.is_empty())
    {
        let key =
            (record.method.clone(), record.host.to_lowercase(), plain(&record.path), plain_query(&record.query, false));
        // An answer beats an error of another day: the error says nothing about what there was.
        let rank = |one: &Record| (one.status < 400, one.last_seen.clone());
        if best.get(&key).is_none_or(|old| rank(old) <= rank(&record)) {
            best.insert(key, record);
        }
    }
    let heads: Vec<Record> = best.values().filter(|record| !is_continuation(&record.query)).cloned().collect();
    let mut found = Vec::new();
    let mut walked = BTreeSet::new();
    for head in heads {
        let mut at = Some(head);
        while let Some(record) = at {
            let link = ["nextLink", "@odata.nextLink"]
                .iter()
                .find_map(|key| record.response_body.get(*key).and_then(Value::as_str));
            at = link.and_then(|link| Url::parse(link).ok()).and_then(|url| {
                let key = (
                    record.method.clone(),
                    url.host_str().unwrap_or_default().to_lowercase(),
                    plain(url.path()),
                    plain_query(url.query().unwrap_or_default(), false),
                );
                if !walked.insert(key.clone()) {
                    return None;
                }
                best.get(&key).cloned()
            });
            let mut record = record;
            // A link that leads nowhere: the rest was not recorded.
            if link_is_open(&record) && at.is_none() {
                record.trimmed_from = Some(Value::Bool(true));
            }
            found.push(record);
        }
    }
    found
}

fn link_is_open(record: &Record) -> bool {
    ["nextLink", "@odata.nextLink"].iter().any(|key| record.response_body.get(*key).is_some_and(Value::is_string))
}

fn plain(path: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy().to_lowercase();
    let segments: Vec<&str> = decoded.split('/').filter(|segment| !segment.is_empty()).collect();
    format!("/{}", segments.join("/"))
}

/// The query in one order and letter case; with `shape`, only what changes which items come.
pub(super) fn plain_query(query: &str, shape: bool) -> String {
    let mut pairs: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| !shape || key.eq_ignore_ascii_case("$filter"))
        .filter(|(key, _)| !key.eq_ignore_ascii_case("api-version"))
        .map(|(key, value)| format!("{}={}", key.to_lowercase(), value.to_lowercase()))
        .collect();
    pairs.sort();
    pairs.join("&")
}

fn is_continuation(query: &str) -> bool {
    plain_query(query, false).split('&').any(leads_on)
}

/// Whether a part of a query, as [`plain_query`] gives it, says which page is meant.
pub(super) fn leads_on(pair: &str) -> bool {
    let key = pair.split('=').next().unwrap_or_default();
    ["$skiptoken", "skiptoken", "$skip", "nextlink"].contains(&key)
}
