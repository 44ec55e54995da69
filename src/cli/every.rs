//! Runs again and again: when the next one begins, and the waiting for it, which Ctrl-C ends at once.

use super::failure::Failure;
use crate::export::Clock;
use chrono::{NaiveDateTime, TimeDelta};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

/// Longest sleep at a stretch: the clock of a machine that slept itself, or was set, is looked at again.
const STRETCH: Duration = Duration::from_secs(30);

/// Watches for Ctrl-C from now on, whatever is done meanwhile.
pub struct Watch {
    asked: CancellationToken,
}

impl Watch {
    /// Starts to watch.
    pub fn start() -> Result<Watch, Failure> {
        let runtime = runtime()?;
        let asked = CancellationToken::new();
        let cancel = asked.clone();
        // The thread waits for a signal or for the end of the program.
        std::thread::spawn(move || {
            if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                cancel.cancel();
            }
        });
        Ok(Watch { asked })
    }

    /// What is cancelled by Ctrl-C.
    pub fn token(&self) -> CancellationToken {
        self.asked.clone()
    }

    /// Whether the user asked to stop.
    pub fn is_asked(&self) -> bool {
        self.asked.is_cancelled()
    }

    /// Waits until an instant; false when the user asked to stop before.
    pub fn wait_until(&self, instant: NaiveDateTime, clock: &Clock) -> Result<bool, Failure> {
        let runtime = runtime()?;
        Ok(runtime.block_on(async {
            while let Some(left) = left(instant, clock()) {
                tokio::select! {
                    () = self.asked.cancelled() => return false,
                    () = tokio::time::sleep(left.min(STRETCH)) => {}
                }
            }
            !self.asked.is_cancelled()
        }))
    }
}

fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// How long it is to an instant; none when it is over.
fn left(instant: NaiveDateTime, now: NaiveDateTime) -> Option<Duration> {
    (instant - now).to_std().ok().filter(|left| !left.is_zero())
}

/// When the next run begins: a whole number of distances from the first one's start, after now. What was missed because
/// a run took longer is left out.
pub fn next_start(first: NaiveDateTime, every: TimeDelta, now: NaiveDateTime) -> NaiveDateTime {
    let every = every.max(TimeDelta::seconds(1));
    let passed = (now - first).num_milliseconds().max(0) / every.num_milliseconds();
    let distance = i32::try_from(passed + 1).ok().and_then(|n| every.checked_mul(n));
    distance.and_then(|distance| first.checked_add_signed(distance)).unwrap_or(now + every)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
    }

    #[test]
    fn starts_stand_at_fixed_distances() {
        let first = "2026-10-01 06:00:00";
        for (every, now, expected) in [
            (TimeDelta::hours(24), "2026-10-01 06:20:00", "2026-10-02 06:00:00"),
            (TimeDelta::hours(24), "2026-10-02 06:00:00", "2026-10-03 06:00:00"),
            // A run of an hour and a half leaves one start out, and the next is in step.
            (TimeDelta::hours(1), "2026-10-01 07:30:00", "2026-10-01 08:00:00"),
            (TimeDelta::minutes(30), "2026-10-08 06:00:01", "2026-10-08 06:30:00"),
            // The clock was set back.
            (TimeDelta::hours(1), "2026-10-01 05:00:00", "2026-10-01 07:00:00"),
            (TimeDelta::days(366), "2026-10-01 06:00:00", "2027-10-02 06:00:00"),
        ] {
            assert_eq!(next_start(at(first), every, at(now)), at(expected), "{every} {now}");
        }
        assert!(next_start(at(first), TimeDelta::zero(), at(first)) > at(first));
    }

    #[test]
    fn what_is_left() {
        for (now, expected) in
            [("2026-10-01 05:59:00", Some(60)), ("2026-10-01 06:00:00", None), ("2026-10-01 06:00:01", None)]
        {
            assert_eq!(left(at("2026-10-01 06:00:00"), at(now)).map(|left| left.as_secs()), expected, "{now}");
        }
    }

    /// Nobody waits for what is over, or after Ctrl-C.
    #[test]
    fn waiting_ends() {
        let watch = Watch { asked: CancellationToken::new() };
        let clock: Clock = std::sync::Arc::new(|| at("2026-10-01 06:00:00"));
        assert!(watch.wait_until(at("2026-10-01 05:00:00"), &clock).unwrap());
        watch.asked.cancel();
        assert!(watch.is_asked() && !watch.wait_until(at("2026-10-09 06:00:00"), &clock).unwrap());
        assert!(!watch.wait_until(at("2026-10-01 05:00:00"), &clock).unwrap());
    }
}
