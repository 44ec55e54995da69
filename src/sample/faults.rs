//! Trouble on demand: the number of a request in, what goes wrong with it out.

use super::Options;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// 429.
    Throttle,
    /// 500 or 503.
    Fail(u16),
    /// The answer ends half way.
    Drop,
}

/// What goes wrong with the `n`th request (from 1), if anything.
pub(super) fn fault(options: &Options, n: u64) -> Option<Fault> {
    let turn = |every: u64| every > 0 && n.is_multiple_of(every);
    if turn(options.throttle_every) {
        Some(Fault::Throttle)
    } else if turn(options.fail_every) {
        Some(Fault::Fail(if (n / options.fail_every).is_multiple_of(2) { 503 } else { 500 }))
    } else if turn(options.drop_every) {
        Some(Fault::Drop)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_so_many() {
        let options = Options { throttle_every: 4, fail_every: 3, drop_every: 5, ..Options::default() };
        let faults: Vec<_> = (1..=12).map(|n| fault(&options, n)).collect();
        let (throttle, drop) = (Some(Fault::Throttle), Some(Fault::Drop));
        let fail = |status| Some(Fault::Fail(status));
        assert_eq!(faults[..6], [None, None, fail(500), throttle, drop, fail(503)]);
        assert_eq!(faults[6..], [None, throttle, fail(500), drop, None, throttle]);
        assert!((1..100).all(|n| fault(&Options::default(), n).is_none()));
    }
}
