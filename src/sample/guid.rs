//! GUIDs that look like any other and still tell what they stand for: a number and the number of a copy in, text out, and
//! back again. The same in gives the same out, on every machine; nothing is remembered.

/// Half of the 122 bits that a GUID of version 4 leaves free.
const HALF: u64 = (1 << 61) - 1;
/// What the other half holds before it is mixed: a GUID from elsewhere does not have it.
const MARK: u64 = 0x0a25_9d3c_6e81_f047;
const ROUNDS: u64 = 4;

/// Scrambles a number (the last step of SplitMix64).
pub(super) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn round(half: u64, round: u64) -> u64 {
    mix(half ^ mix(round)) & HALF
}

/// The GUID of the `copy`th copy of thing number `which` (less than 2^29).
pub(super) fn make(which: u32, copy: u32) -> String {
    let (mut left, mut right) = ((u64::from(which) << 32 | u64::from(copy)) & HALF, MARK);
    for number in 0..ROUNDS {
        (left, right) = (right, left ^ round(right, number));
    }
    let bits = u128::from(left) << 61 | u128::from(right);
    let (high, low) = (bits >> 62, bits & ((1 << 62) - 1));
    // Version 4 and its variant stand where they stand in every random GUID.
    let whole = (high >> 12) << 80 | 4 << 76 | (high & 0xfff) << 64 | 2 << 62 | low;
    let text = format!("{whole:032x}");
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

/// What a GUID that [`make`] made stands for: the number and the copy.
pub(super) fn read(text: &str) -> Option<(u32, u32)> {
    if !is_guid(text) {
        return None;
    }
    let whole = u128::from_str_radix(&text.replace('-', ""), 16).ok()?;
    if whole >> 76 & 0xf != 4 || whole >> 62 & 3 != 2 {
        return None;
    }
    let high = whole >> 80 << 12 | whole >> 64 & 0xfff;
    let bits = high << 62 | whole & ((1 << 62) - 1);
    let half = |bits: u128| u64::try_from(bits & u128::from(HALF)).ok();
    let (mut left, mut right) = (half(bits >> 61)?, half(bits)?);
    for number in (0..ROUNDS).rev() {
        (left, right) = (right ^ round(left, number), left);
    }
    let (which, copy) = (u32::try_from(left >> 32).ok()?, u32::try_from(left & 0xffff_ffff).ok()?);
    (right == MARK).then_some((which, copy))
}

/// Whether a text has the form of a GUID.
pub(super) fn is_guid(text: &str) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| if dash(at) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_and_back() {
        let mut seen = BTreeSet::new();
        for which in [0, 1, 7, 300, (1 << 29) - 1] {
            for copy in [0, 1, 2, 999, u32::MAX] {
                let text = make(which, copy);
                assert_eq!(read(&text), Some((which, copy)), "{text}");
                assert_eq!(read(&text.to_uppercase()), Some((which, copy)));
                assert!(
                    text.as_bytes()[14] == b'4' && matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'),
                    "{text}"
                );
                assert!(seen.insert(text));
            }
        }
        // Written down, so that a change of the scheme is seen: what was collected before would not match any more.
        assert_eq!(make(1, 2), "b95e3221-2eec-420e-9a4e-9219af961acc");
        for other in ["41296523-94d9-4ddf-8a16-006e6738a1e8", "", "41296523-94d9-4ddf-8a16-006e6738a1eg", "é"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
