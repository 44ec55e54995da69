//! When to ask again: which statuses, after how long, and by which clock.
//!
//! In go headers and attempt numbers, out come durations. Nothing waits here.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;
use ring::rand::{SystemRandom, generate};

use super::ClientOptions;

/// Statuses that another attempt may change.
pub(super) const fn is_retryable(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// How long Azure asks to wait: milliseconds before seconds, a date as the time left until it.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    for name in ["x-ms-retry-after-ms", "retry-after-ms"] {
        if let Some(ms) = text(name).and_then(|text| text.parse::<u64>().ok()) {
            return Some(Duration::from_millis(ms));
        }
    }
    let value = text("retry-after")?;
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = httpdate::parse_http_date(value).ok()?;
    // Against the server's own clock where it tells it: the two may differ by minutes.
    let now = text("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(wall_clock);
    Some(until.duration_since(now).unwrap_or_default())
}

/// The delay before the next attempt, after `attempt` of them (1 = the first).
pub(super) fn delay(options: &ClientOptions, attempt: u32, asked: Option<Duration>) -> Duration {
    match asked {
        // A little more than asked, so that callers told the same time do not come back at the same instant.
        Some(asked) => asked.min(options.retry_after_cap) + random_up_to(options.base_delay),
        None => {
            let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
            random_up_to(options.base_delay.saturating_mul(factor).min(options.max_delay))
        }
    }
}

fn random_up_to(most: Duration) -> Duration {
    // Without randomness every caller waits the full delay: slower, still right.
    let Ok(bytes) = generate::<[u8; 4]>(&SystemRandom::new()) else { return most };
    most.mul_f64(f64::from(u32::from_be_bytes(bytes.expose())) / f64::from(u32::MAX))
}

/// The clock on the wall, for dates in headers and in signed assertions.
#[expect(clippy::disallowed_methods, reason = "Retry-After dates and assertions are about the real time of day")]
pub(super) fn wall_clock() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn check(headers: &[(&str, &str)], expected_ms: Option<u64>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            map.insert(name, HeaderValue::from_str(value).expect("a header value"));
        }
        assert_eq!(retry_after(&map), expected_ms.map(Duration::from_millis), "{headers:?}");
    }

    #[test]
    fn every_form_of_retry_after() {
        check(&[], None);
        check(&[("retry-after", "7")], Some(7000));
        check(&[("retry-after", " 0 ")], Some(0));
        check(&[("retry-after", "1.5")], Some(1500));
        check(&[("retry-after", "-1")], None);
        check(&[("retry-after", "NaN")], None);
        check(&[("retry-after", "soon")], None);
        check(&[("retry-after-ms", "250"), ("retry-after", "1")], Some(250));
        check(&[("x-ms-retry-after-ms", "120"), ("retry-after-ms", "250")], Some(120));
        check(&[("x-ms-retry-after-ms", "x"), ("retry-after", "3")], Some(3000));
        let date = ("date", "Thu, 01 Oct 2026 10:00:00 GMT");
        check(&[date, ("retry-after", "Thu, 01 Oct 2026 10:01:30 GMT")], Some(90_000));
        check(&[date, ("retry-after", "Thu, 01 Oct 2026 09:00:00 GMT")], Some(0));
        check(&[date, ("retry-after", "1209600")], Some(1_209_600_000));
    }

    #[test]
    fn delays_grow_and_stay_bounded() {
        let options = ClientOptions {
            base_delay: Duration::from_millis(10),
            max_delay: Duration::from_millis(100),
            retry_after_cap: Duration::from_secs(300),
            ..ClientOptions::default()
        };
        for attempt in [1, 2, 3, 10, 40, u32::MAX] {
            let bound = Duration::from_millis(if attempt > 4 { 100 } else { 10 << (attempt - 1) });
            for _ in 0..50 {
                assert!(delay(&options, attempt, None) <= bound, "attempt {attempt}");
            }
        }
        let two_weeks = delay(&options, 1, Some(Duration::from_secs(1_209_600)));
        assert!(two_weeks >= Duration::from_secs(300) && two_weeks <= Duration::from_millis(300_010));
    }
}
