//! Paces requests before Azure has to: one gate per limit that a request counts against.
//!
//! In go buckets and the headers of answers, out comes time spent waiting. Limits are a table, not code. A gate lets
//! callers through in the order they came; gates do not know each other, so a slow provider delays nobody else.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::time::{Instant, sleep_until};

use super::{Bucket, CallKind};

/// How many requests may pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// A token bucket: so many at once, refilled steadily.
    Refill {
        /// Tokens when full.
        depth: u32,
        /// Tokens that come back each second.
        per_second: f64,
    },
    /// At most so many in any span of this length.
    Window {
        /// Requests.
        calls: u32,
        /// The span.
        per: Duration,
    },
}

/// One row of the table of limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Provider namespace in lower case, `graph`, `graph/<area>`, or `*` for every other provider.
    pub provider: &'static str,
    /// The kind of call it is for; none for both together.
    pub kind: Option<CallKind>,
    /// Kept for the whole tenant, not per subscription and region.
    pub tenant_wide: bool,
    /// The rate.
    pub rate: Rate,
}

/// The rates that a client keeps to.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Resource Manager's own limit: per subscription, and once more for tenant scope.
    ///
    /// It holds over all providers of a subscription together.
    pub arm: Rate,
    /// Limits of single providers, kept per subscription, provider and region.
    pub providers: Vec<Limit>,
    /// A bucket whose `x-ms-ratelimit-remaining-*` header falls to this is slowed.
    pub low_water: u64,
}

/// Resource Manager, per subscription and principal (Microsoft's published numbers, as those below).
const ARM: Rate = Rate::Refill { depth: 250, per_second: 25.0 };
const FIVE_MINUTES: Duration = Duration::from_secs(300);
const TEN_SECONDS: Duration = Duration::from_secs(10);

const PROVIDERS: &[Limit] = &[
    Limit { provider: "*", kind: None, tenant_wide: false, rate: ARM },
    Limit {
        provider: "microsoft.storage",
        kind: Some(CallKind::Read),
        tenant_wide: false,
        rate: Rate::Window { calls: 800, per: FIVE_MINUTES },
    },
    Limit {
        provider: "microsoft.storage",
        kind: Some(CallKind::List),
        tenant_wide: false,
        rate: Rate::Window { calls: 100, per: FIVE_MINUTES },
    },
    Limit {
        provider: "microsoft.resourcegraph",
        kind: None,
        tenant_wide: true,
        rate: Rate::Window { calls: 15, per: Duration::from_secs(5) },
    },
    // A small tenant's identity quota is 3,500 units in 10 s, and a group's members cost 3.
    Limit { provider: "graph", kind: None, tenant_wide: true, rate: Rate::Refill { depth: 300, per_second: 80.0 } },
    Limit {
        provider: "graph/reports",
        kind: None,
        tenant_wide: true,
        rate: Rate::Window { calls: 5, per: TEN_SECONDS },
    },
    Limit {
        provider: "graph/auditlogs",
        kind: None,
        tenant_wide: true,
        rate: Rate::Window { calls: 5, per: TEN_SECONDS },
    },
    Limit {
        provider: "graph/identityprotection",
        kind: None,
        tenant_wide: true,
        rate: Rate::Window { calls: 1, per: Duration::from_secs(1) },
    },
];

impl Default for Limits {
    fn default() -> Self {
        Self { arm: ARM, providers: PROVIDERS.to_vec(), low_water: 10 }
    }
}

/// How long a bucket stays slowed after it ran low.
const SLOW_FOR: Duration = Duration::from_secs(5);

type Key = (&'static str, Option<CallKind>, Option<String>, Option<String>);

/// All gates of a client.
pub(super) struct Throttle {
    limits: Limits,
    gates: Mutex<BTreeMap<Key, Arc<Gate>>>,
}

/// The gates one request passes.
pub(super) struct Gates {
    provider: Arc<Gate>,
    arm: Option<Arc<Gate>>,
    low_water: u64,
}

impl Throttle {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, gates: Mutex::default() }
    }

    /// The gates of a bucket; `path` tells areas of Graph apart that have limits of their own.
    pub(super) fn gates(&self, bucket: &Bucket, path: &str) -> Gates {
        let provider = bucket.provider.to_ascii_lowercase();
        let is_graph = provider.split('/').next() == Some("graph");
        let name = if is_graph { self.graph_area(path).unwrap_or(provider) } else { provider };
        let fits = |limit: &&Limit| {
            (limit.provider == name || limit.provider == "*") && limit.kind.is_none_or(|kind| kind == bucket.kind)
        };
        // A named row wins over `*`.
        let limit = self.limits.providers.iter().filter(fits).max_by_key(|limit| limit.provider.len());
        let (rate, kind, tenant_wide) =
            limit.map_or((self.limits.arm, None, false), |limit| (limit.rate, limit.kind, limit.tenant_wide));
        let subscription = bucket.subscription.as_ref().map(|id| id.to_ascii_lowercase());
        let (of, region) = if tenant_wide {
            (None, None)
        } else {
            (subscription.clone(), bucket.region.as_ref().map(|region| region.to_ascii_lowercase()))
        };
        let provider = self.gate(("provider", kind, Some(format!("{name} {}", of.unwrap_or_default())), region), rate);
        let arm = (!is_graph).then(|| self.gate(("arm", None, subscription, None), self.limits.arm));
        Gates { provider, arm, low_water: self.limits.low_water }
    }

    /// `graph/<area>` if the path is in an area that has a row: the segment after the version.
    fn graph_area(&self, path: &str) -> Option<String> {
        let mut parts = path.split('/').skip_while(|part| !matches!(*part, "v1.0" | "beta"));
        let name = format!("graph/{}", parts.nth(1)?.to_ascii_lowercase());
        self.limits.providers.iter().any(|limit| limit.provider == name).then_some(name)
    }

    fn gate(&self, key: Key, rate: Rate) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(gates.entry(key).or_insert_with(|| Arc::new(Gate::new(rate))))
    }
}

impl Gates {
    /// Waits until the request may be sent, and gives the time waited.
    pub(super) async fn pass(&self) -> Duration {
        let from = Instant::now();
        self.provider.pass().await;
        if let Some(arm) = &self.arm {
            arm.pass().await;
        }
        from.elapsed()
    }

    /// When the request could be sent, those counted that wait already, and how many went before: of two doors that are
    /// open the less used one comes first.
    pub(super) fn ready(&self, now: Instant) -> (Instant, u64) {
        let provider = self.provider.ready(now);
        match &self.arm {
            Some(arm) => (arm.ready(now).0.max(provider.0), arm.ready(now).1.max(provider.1)),
            None => provider,
        }
    }

    /// After a 429: nobody else tries before the time it gave.
    ///
    /// Resource Manager's own throttling stops the whole subscription, a provider's only that provider.
    pub(super) fn pause(&self, delay: Duration, headers: &HeaderMap, code: Option<&str>) {
        let until = Instant::now() + delay;
        self.provider.pause(until);
        let by_gateway = headers.get("x-ms-failure-cause").is_some_and(|cause| cause == "gateway")
            || code.is_some_and(|code| code.starts_with("SubscriptionRequests") || code.starts_with("TenantRequests"));
        if by_gateway && let Some(arm) = &self.arm {
            arm.pause(until);
        }
    }

    /// Slows down before the 429, by what an answer says is left.
    pub(super) fn observe(&self, headers: &HeaderMap) {
        for (name, value) in headers {
            let (name, Ok(value)) = (name.as_str(), value.to_str()) else { continue };
            let now = Instant::now();
            if let Some(what) = name.strip_prefix("x-ms-ratelimit-remaining-") {
                let Some(left) = remaining(value) else { continue };
                if left > self.low_water || what.ends_with("writes") || what.ends_with("deletes") {
                    continue;
                }
                // `subscription-reads` and `tenant-reads` are Resource Manager's, everything else a provider's.
                let gate = if what.ends_with("-reads") { self.arm.as_ref() } else { None };
                gate.unwrap_or(&self.provider).slow(now);
            } else if name == "x-ms-user-quota-remaining" && remaining(value) == Some(0) {
                let rest = headers.get("x-ms-user-quota-resets-after").and_then(|rest| hms(rest.to_str().ok()?));
                self.provider.pause(now + rest.unwrap_or(Duration::from_secs(1)).min(FIVE_MINUTES));
            } else if name == "x-ms-throttle-limit-percentage" && value.parse::<f64>().is_ok_and(|part| part >= 0.8) {
                self.provider.slow(now);
            }
        }
    }
}

/// `249`, or the least of `Microsoft.Compute/HighCostGet3Min;159,Microsoft.Compute/HighCostGet30Min;817`.
fn remaining(value: &str) -> Option<u64> {
    value.split(',').filter_map(|part| part.rsplit(';').next()?.trim().parse().ok()).min()
}

/// `00:00:05`, as Resource Graph says it.
fn hms(text: &str) -> Option<Duration> {
    let mut seconds = 0_u64;
    for part in text.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.trim().parse().ok()?)?;
    }
    Some(Duration::from_secs(seconds))
}

/// One limit's door: callers queue at `turn`, the first of them waits for the state to allow it.
struct Gate {
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    /// Callers that queue.
    waiting: AtomicU32,
    /// Callers that came here so far.
    came: AtomicU64,
}

impl Gate {
    fn new(rate: Rate) -> Self {
        Self {
            turn: tokio::sync::Mutex::default(),
            state: Mutex::new(State::new(rate, Instant::now())),
            waiting: AtomicU32::new(0),
            came: AtomicU64::new(0),
        }
    }

    fn ready(&self, now: Instant) -> (Instant, u64) {
        let state = self.state();
        let queue = state.distance().saturating_mul(self.waiting.load(Relaxed));
        (state.ready(now) + queue, self.came.load(Relaxed))
    }

    async fn pass(&self) {
        self.came.fetch_add(1, Relaxed);
        let _waits = Waits::new(&self.waiting);
        let _turn = self.turn.lock().await;
        loop {
            let taken = self.state().take(Instant::now());
            match taken {
                Ok(()) => return,
                Err(until) => sleep_until(until).await,
            }
        }
    }

    fn pause(&self, until: Instant) {
        self.state().pause(until);
    }

    fn slow(&self, now: Instant) {
        self.state().slow(now);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a caller for as long as it waits, also when it is dropped meanwhile.
struct Waits<'g>(&'g AtomicU32);

impl<'g> Waits<'g> {
    fn new(count: &'g AtomicU32) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// What a gate remembers; all times are given, so that tests need no clock.
struct State {
    rate: Rate,
    /// Refill: tokens at `last`.
    tokens: f64,
    last: Instant,
    /// Window: when the last calls passed.
    passed: VecDeque<Instant>,
    /// Nobody passes before this.
    closed_until: Instant,
    /// Until then calls keep twice the usual distance.
    slow_until: Instant,
}

impl State {
    fn new(rate: Rate, now: Instant) -> Self {
        let tokens = if let Rate::Refill { depth, .. } = rate { f64::from(depth) } else { 0.0 };
        Self { rate, tokens, last: now, passed: VecDeque::new(), closed_until: now, slow_until: now }
    }

    /// When a place will be free; takes none.
    fn ready(&self, now: Instant) -> Instant {
        let free = match self.rate {
            Rate::Refill { per_second, .. } => {
                let per_second = per_second.max(SLOWEST);
                let grown = now.saturating_duration_since(self.last).as_secs_f64() * per_second;
                now + seconds((1.0 - self.tokens - grown).max(0.0) / per_second)
            }
            Rate::Window { calls, per } => {
                let over = (self.passed.len() + 1).checked_sub(calls.max(1) as usize + 1);
                over.and_then(|at| self.passed.get(at)).map_or(now, |first| (*first + per).max(now))
            }
        };
        free.max(self.closed_until)
    }

    /// Takes a place, or tells when to ask again.
    fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if now < self.closed_until {
            return Err(self.closed_until);
        }
        match self.rate {
            Rate::Refill { depth, per_second } => {
                let per_second = per_second.max(SLOWEST);
                let grown = now.saturating_duration_since(self.last).as_secs_f64() * per_second;
                self.tokens = (self.tokens + grown).min(f64::from(depth.max(1)));
                self.last = now;
                // A rounding error must not make a caller wait for a millionth of a token.
                if self.tokens < 1.0 - 1e-6 {
                    return Err(now + seconds((1.0 - self.tokens) / per_second));
                }
                self.tokens -= 1.0;
            }
            Rate::Window { calls, per } => {
                while self.passed.front().is_some_and(|first| now >= *first + per) {
                    self.passed.pop_front();
                }
                if self.passed.len() >= calls.max(1) as usize {
                    return Err(self.passed[0] + per);
                }
                self.passed.push_back(now);
            }
        }
        if now < self.slow_until {
            self.closed_until = now + self.distance() * 2;
        }
        Ok(())
    }

    fn pause(&mut self, until: Instant) {
        self.closed_until = self.closed_until.max(until);
        // The service's own bucket is empty: what we saved up is not there. One second's worth restarts us.
        if let Rate::Refill { per_second, .. } = self.rate {
            self.tokens = self.tokens.min(per_second.max(1.0));
            self.last = self.last.max(until);
        }
    }

    fn slow(&mut self, now: Instant) {
        // Only the first of many answers holds the gate, or a stream of them could keep it shut.
        if now >= self.slow_until {
            self.closed_until = self.closed_until.max(now + self.distance() * 2);
        }
        self.slow_until = now + SLOW_FOR;
    }

    /// The steady distance between calls at this rate.
    fn distance(&self) -> Duration {
        match self.rate {
            Rate::Refill { per_second, .. } => seconds(1.0 / per_second.max(SLOWEST)),
            Rate::Window { calls, per } => per / calls.max(1),
        }
    }
}

/// A rate of zero, or none, is one a minute: a wrong table must neither panic nor stop the run.
const SLOWEST: f64 = 1.0 / 60.0;

fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value).unwrap_or(Duration::from_secs(60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    const MS: Duration = Duration::from_millis(1);

    /// Calls back to back from time zero; gives the millisecond at which each passes.
    fn run(state: &mut State, start: Instant, n: usize) -> Vec<u128> {
        let mut now = start;
        let mut passed = Vec::new();
        while passed.len() < n {
            match state.take(now) {
                Ok(()) => passed.push((now - start).as_millis()),
                Err(until) => {
                    assert!(until > now, "a wait that does not wait");
                    now = until;
                }
            }
        }
        passed
    }

    #[test]
    fn a_bucket_is_deep_then_steady() {
        let start = Instant::now();
        let passed = run(&mut State::new(ARM, start), start, 300);
        assert!(passed[..250].iter().all(|&at| at == 0));
        assert_eq!((passed[250], passed[251], passed[274]), (40, 80, 1000));
    }

    #[test]
    fn a_window_never_holds_more() {
        let start = Instant::now();
        let rate = Rate::Window { calls: 100, per: FIVE_MINUTES };
        let passed = run(&mut State::new(rate, start), start, 201);
        assert_eq!((passed[99], passed[100], passed[199], passed[200]), (0, 300_000, 300_000, 600_000));
    }

    #[test]
    fn a_pause_holds_everybody_and_empties_the_bucket() {
        let start = Instant::now();
        let mut state = State::new(ARM, start);
        state.pause(start + 700 * MS);
        state.pause(start + 300 * MS);
        let passed = run(&mut state, start, 30);
        assert!(passed[..25].iter().all(|&at| at == 700));
        assert_eq!((passed[25], passed[26]), (740, 780));
    }

    #[test]
    fn a_low_bucket_is_slowed_for_a_while() {
        let start = Instant::now();
        let mut state = State::new(ARM, start);
        state.slow(start);
        let passed = run(&mut state, start, 80);
        assert_eq!(passed[..3], [80, 160, 240]);
        assert_eq!(passed[62], 5040, "the usual pace is back: {passed:?}");
    }

    #[test]
    fn a_senseless_rate_neither_panics_nor_stops() {
        let start = Instant::now();
        for per_second in [0.0, -1.0, f64::NAN] {
            let mut state = State::new(Rate::Refill { depth: 0, per_second }, start);
            assert!(state.take(start).is_err());
        }
        assert_eq!(run(&mut State::new(Rate::Window { calls: 0, per: MS }, start), start, 2), [0, 1]);
    }

    fn bucket(provider: &str, subscription: Option<&str>, kind: CallKind) -> Bucket {
        Bucket { subscription: subscription.map(str::to_owned), provider: provider.to_owned(), region: None, kind }
    }

    #[test]
    fn each_bucket_has_its_gates() {
        let throttle = Throttle::new(Limits::default());
        let rate = |provider: &str, kind, path: &str| {
            throttle.gates(&bucket(provider, Some("s"), kind), path).provider.state().rate
        };
        assert_eq!(rate("microsoft.compute", CallKind::List, "/x"), ARM);
        assert_eq!(rate("Microsoft.Storage", CallKind::Read, "/x"), Rate::Window { calls: 800, per: FIVE_MINUTES });
        assert_eq!(rate("microsoft.storage", CallKind::List, "/x"), Rate::Window { calls: 100, per: FIVE_MINUTES });
        assert_eq!(rate("graph", CallKind::List, "/v1.0/users"), Rate::Refill { depth: 300, per_second: 80.0 });
        assert_eq!(
            rate("graph", CallKind::List, "/graph/v1.0/auditLogs/signIns"),
            Rate::Window { calls: 5, per: TEN_SECONDS }
        );
        let gates = |provider: &str, subscription| throttle.gates(&bucket(provider, subscription, CallKind::List), "/");
        let one = gates("microsoft.web", Some("A"));
        assert!(Arc::ptr_eq(&one.provider, &gates("Microsoft.Web", Some("a")).provider));
        assert!(!Arc::ptr_eq(&one.provider, &gates("microsoft.web", Some("b")).provider));
        let other = gates("microsoft.sql", Some("a"));
        assert!(!Arc::ptr_eq(&one.provider, &other.provider));
        let (arm, other_arm) = (one.arm.expect("ARM"), other.arm.expect("ARM"));
        assert!(Arc::ptr_eq(&arm, &other_arm));
        assert!(gates("graph", None).arm.is_none());
        let shared = |subscription| gates("microsoft.resourcegraph", subscription).provider;
        assert!(Arc::ptr_eq(&shared(Some("a")), &shared(None)));
    }

    #[test]
    fn headers_slow_the_right_gate() {
        let closed = |name: &'static str, value: &'static str| {
            let throttle = Throttle::new(Limits::default());
            let gates = throttle.gates(&bucket("microsoft.compute", Some("s"), CallKind::List), "/");
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            headers.insert("x-ms-user-quota-resets-after", HeaderValue::from_static("00:00:05"));
            let now = Instant::now();
            gates.observe(&headers);
            let is_closed = |gate: &Gate| gate.state().closed_until > now;
            (is_closed(&gates.provider), is_closed(gates.arm.as_ref().expect("ARM")))
        };
        assert_eq!(closed("x-ms-ratelimit-remaining-subscription-reads", "249"), (false, false));
        assert_eq!(closed("x-ms-ratelimit-remaining-subscription-reads", "10"), (false, true));
        assert_eq!(closed("x-ms-ratelimit-remaining-tenant-reads", "0"), (false, true));
        assert_eq!(closed("x-ms-ratelimit-remaining-subscription-writes", "0"), (false, false));
        assert_eq!(
            closed("x-ms-ratelimit-remaining-resource", "M.C/HighCostGet3Min;3,M.C/HighCostGet30Min;817"),
            (true, false)
        );
        assert_eq!(closed("x-ms-ratelimit-remaining-resource", "odd"), (false, false));
        assert_eq!(closed("x-ms-user-quota-remaining", "0"), (true, false));
        assert_eq!(closed("x-ms-user-quota-remaining", "14"), (false, false));
        assert_eq!(closed("x-ms-throttle-limit-percentage", "0.9"), (true, false));
    }
}
