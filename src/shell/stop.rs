//! Ctrl-C: stops the statement that runs, or the output that follows.
//!
//! The signal handler asks from a thread of its own; the prompt sees it at the next write or when DuckDB returns.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::InterruptHandle;

/// Shared between the prompt and the signal handler.
#[derive(Clone, Default)]
pub(super) struct Stop {
    asked: Arc<AtomicBool>,
    running: Arc<Mutex<Option<InterruptHandle>>>,
}

impl Stop {
    /// Asks for the running statement to end.
    pub(super) fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
        if let Some(handle) = &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            handle.interrupt();
        }
    }

    /// Says what runs from now on.
    pub(super) fn watch(&self, handle: InterruptHandle) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
        self.asked.store(false, Ordering::SeqCst);
    }

    /// Says that nothing runs any more.
    pub(super) fn rest(&self) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Tells whether somebody asked since the last [`Stop::watch`].
    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A writer that fails once somebody asked to stop.
pub(super) struct Stoppable<'w> {
    pub(super) out: &'w mut dyn Write,
    pub(super) stop: &'w Stop,
}

impl Write for Stoppable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.stop.is_asked() {
            return Err(io::Error::other("interrupted"));
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
