//! Progress of a snapshot run: shared counts in, one line on the terminal out; nothing where there is no terminal.

use super::ui::Ui;
use crate::export::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the line is drawn again.
const EVERY: Duration = Duration::from_millis(120);

/// A progress line that is being drawn.
pub struct Shown {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Starts to draw.
pub fn show(progress: &Arc<Progress>, ui: &Ui) -> Shown {
    let over = Arc::new(AtomicBool::new(false));
    if !ui.shows_progress() {
        return Shown { over, thread: None };
    }
    let (progress, ended) = (progress.clone(), over.clone());
    let thread = std::thread::spawn(move || {
        let style = ProgressStyle::with_template("{spinner} [{elapsed_precise}] {bar:24} {pos}/{len} tasks  {msg}");
        let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        while !ended.load(Ordering::Relaxed) {
            draw(&bar, &progress);
            std::thread::park_timeout(EVERY);
        }
        bar.finish_and_clear();
    });
    Shown { over, thread: Some(thread) }
}

fn draw(bar: &ProgressBar, progress: &Progress) {
    let read = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
    bar.set_length(read(&progress.tasks));
    bar.set_position(read(&progress.done));
    let mut message = format!("{} rows, {} requests", read(&progress.rows), read(&progress.requests));
    let waited = read(&progress.waited_ms) / 1000;
    if waited > 0 {
        message.push_str(&format!(", waited {waited} s"));
    }
    let unread = read(&progress.unread);
    if unread > 0 {
        message.push_str(&format!(", {unread} not read"));
    }
    bar.set_message(message);
    bar.tick();
}

impl Shown {
    /// Clears the line.
    pub fn finish(mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic while drawing must not hide what the run says.
            let _ = thread.join();
        }
    }
}
