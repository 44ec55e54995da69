//! The principals of a client: credentials in, the one whose turn it is out.
//!
//! Azure keeps its limits for each principal, so several of them read faster. They need not see the same: the first one's
//! view is what a run shows, and another is used only for what it was [admitted](super::Client::admit) to. What refuses
//! another is asked again as the first (`http`), so that a refusal always is the first one's.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

use tokio::time::Instant;
use url::Url;

use super::auth::Tokens;
use super::throttle::Throttle;
use super::{Audience, Request};

/// What a principal beside the first may be used for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Share {
    /// Resource Manager's calls in a subscription (its id in lower case).
    Subscription(String),
    /// Microsoft Graph.
    Graph,
}

/// One principal: its tokens and what Azure's limits leave it.
pub(super) struct Who {
    pub tokens: Tokens,
    pub throttle: Throttle,
    shares: RwLock<BTreeSet<Share>>,
}

impl Who {
    pub(super) fn new(tokens: Tokens, throttle: Throttle) -> Self {
        Self { tokens, throttle, shares: RwLock::default() }
    }

    pub(super) fn admit(&self, share: Share) {
        self.shares.write().unwrap_or_else(PoisonError::into_inner).insert(share);
    }

    fn has(&self, share: &Share) -> bool {
        self.shares.read().unwrap_or_else(PoisonError::into_inner).contains(share)
    }
}

/// The principal that can send the request soonest, among those that may.
pub(super) fn whose_turn(all: &[Who], request: &Request, url: &Url) -> usize {
    if all.len() < 2 {
        return 0;
    }
    let share = match (&request.audience, &request.bucket.subscription) {
        (Audience::Graph, _) => Share::Graph,
        (Audience::Arm, Some(id)) => Share::Subscription(id.to_ascii_lowercase()),
        // Above subscriptions, and on data planes, nothing proves that two principals see the same.
        _ => return 0,
    };
    let now = Instant::now();
    let may = all.iter().enumerate().filter(|(at, who)| *at == 0 || who.has(&share));
    let ready = may.map(|(at, who)| {
        let (free, came) = who.throttle.gates(&request.bucket, url.path()).ready(now);
        (free.saturating_duration_since(now).as_millis(), came, at)
    });
    ready.min().map_or(0, |(_, _, at)| at)
}
