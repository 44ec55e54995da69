//! What the modules tell of their work: `tracing` events in, lines on stderr out, as text or JSON. Only this program's own
//! events: what HTTP libraries tell may hold a token.

use super::args::Global;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Starts to print events of the level asked for. A second start in one process changes nothing.
pub fn start(global: &Global) {
    let own = Targets::new().with_target(env!("CARGO_CRATE_NAME"), global.log);
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let lines = if global.json_log { lines.json().boxed() } else { lines.boxed() };
    // It fails only when there is one already, which then goes on.
    let _ = tracing_subscriber::registry().with(lines.with_filter(own)).try_init();
}
