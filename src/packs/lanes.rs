//! Checks side by side: a session and its checks in, all findings in the order of the checks out, however many threads ran.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::finding::Finding;
use super::session::Session;
use super::{Check, PackError};
use crate::engine::Engine;

/// What a thread found: the place of a check, and its findings.
type Found = Vec<(usize, Result<Vec<Finding>, PackError>)>;

/// Judges all checks, as many at a time as the engine has lanes.
///
/// # Errors
/// That of the first check, by their order, that could not be run.
pub(super) fn judge(session: &Session<'_>, engine: &Engine, checks: &[&Check]) -> Result<Vec<Finding>, PackError> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let lane = |engine: &Engine| -> Found {
        let mut found = Found::new();
        while !failed.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(check) = checks.get(at) else { break };
            let findings = session.judge_or_tell(engine, check);
            failed.fetch_or(findings.is_err(), Ordering::Relaxed);
            found.push((at, findings));
        }
        found
    };
    let others = engine.lanes().min(checks.len()).saturating_sub(1);
    let others: Vec<Engine> =
        (0..others).map(|_| engine.beside()).collect::<Result<_, _>>().map_err(PackError::snapshot("the tables"))?;
    let mut found = std::thread::scope(|scope| {
        let running: Vec<_> = others.iter().map(|other| scope.spawn(|| lane(other))).collect();
        let mut found = lane(engine);
        for thread in running {
            match thread.join() {
                Ok(more) => found.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        found
    });
    found.sort_by_key(|(at, _)| *at);
    let mut all = Vec::new();
    for (_, findings) in found {
        all.extend(findings?);
    }
    Ok(all)
}
