//! Names to complete, found out while somebody already types: an engine in, names out, a few at a time in a thread.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::complete::Names;
use super::listing;
use crate::engine::{Engine, EngineError};

/// Names that the prompt and the thread share.
pub(super) type SharedNames = Arc<Mutex<Names>>;

/// Makes the tables that no statement named so far, and learns their columns.
pub(super) struct Warming {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Warming {
    /// Begins. Without a thread or a connection there are no columns to complete, and all else works.
    pub(super) fn start(engine: &Engine, names: SharedNames) -> Warming {
        let (stop, done) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let (asked, ended) = (Arc::clone(&stop), Arc::clone(&done));
        // Ctrl-C is meant for the statement that runs.
        let thread = engine.apart().ok().and_then(|engine| {
            let work = move || {
                // What goes wrong here goes wrong again in the statement that needs it, which says why.
                if let Ok(Some((tables, functions))) = learn(&engine, &asked) {
                    let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
                    (names.tables, names.functions) = (tables, functions);
                }
                ended.store(true, Ordering::SeqCst);
            };
            thread::Builder::new().name("names".to_owned()).spawn(work).ok()
        });
        Warming { stop, done, thread }
    }

    /// Whether it ended, so that nobody else asks for columns.
    pub(super) fn is_done(&self) -> bool {
        self.done.load(Ordering::SeqCst)
    }
}

impl Drop for Warming {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // It ended or panicked: there is nothing left to do either way.
            let _ = thread.join();
        }
    }
}

type Learned = (BTreeMap<String, Vec<String>>, BTreeSet<String>);

fn learn(engine: &Engine, stop: &AtomicBool) -> Result<Option<Learned>, EngineError> {
    let mut last = String::new();
    while let Some(made) = engine.make_one(&last) {
        if stop.load(Ordering::SeqCst) {
            return Ok(None);
        }
        last = made;
    }
    Ok(Some((listing::columns(engine)?, listing::functions(engine)?)))
}
