//! Stopping what runs: Ctrl-C in one thread in, the end of the statements on all connections of an engine out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use duckdb::Connection;

/// Stops the statements that run on an engine and on those beside it, from any thread.
#[derive(Clone, Default)]
pub struct InterruptHandle {
    lines: Arc<Mutex<Vec<Line>>>,
}

/// One connection, as far as it is to be stopped.
#[derive(Clone)]
pub(super) struct Line {
    connection: Arc<duckdb::InterruptHandle>,
    asked: Arc<AtomicBool>,
}

impl InterruptHandle {
    /// Stops the running statements, if there are any; they end with [`super::EngineError::Interrupted`].
    pub fn interrupt(&self) {
        for line in self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            line.asked.store(true, Ordering::SeqCst);
            line.connection.interrupt();
        }
    }

    /// Counts a connection among those that are stopped.
    pub(super) fn add(&self, connection: &Connection) -> Line {
        let line = Line { connection: connection.interrupt_handle(), asked: Arc::default() };
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
        line
    }
}

impl Line {
    /// Something new begins: what was asked before does not concern it.
    pub(super) fn begin(&self) {
        self.asked.store(false, Ordering::SeqCst);
    }

    /// Whether the work that goes on was asked to stop, between two of its statements.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Whether the statement that failed was stopped on request.
    pub(super) fn was_stopped(&self) -> bool {
        self.asked.swap(false, Ordering::SeqCst)
    }
}
