//! Forms of single values: GUIDs, tenants, names of variables, durations. Text in, yes or no or a value out.

use chrono::TimeDelta;

/// Longest distance between two runs, in seconds: a year.
const LONGEST: i64 = 366 * 24 * 3600;
/// From this length on a word of mixed letters and digits is taken for a secret rather than for a name.
const LONG_WORD: usize = 30;

/// Whether the text is a GUID such as `3f6b1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10`.
#[must_use]
pub fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether the text was meant to be a GUID: hexadecimal digits in groups, and no display name.
pub(super) fn is_nearly_guid(text: &str) -> bool {
    text.contains('-') && text.len() >= 30 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Whether the text is a GUID or a domain.
pub(super) fn is_tenant(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    is_guid(text) || (text.contains('.') && text.split('.').all(is_label))
}

/// Whether the text can be the name of a variable, and does not look like a secret that was put there instead.
pub(super) fn is_variable_name(text: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
    let random = text.len() >= LONG_WORD
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit);
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !random
}

/// Reads a duration: `30m`, `24h`, `7d`, `90s`; `0` means none.
#[must_use]
pub fn duration(text: &str) -> Option<TimeDelta> {
    let text = text.trim();
    if text == "0" {
        return Some(TimeDelta::zero());
    }
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    let n: i64 = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    let seconds = n.checked_mul(unit).filter(|seconds| *seconds <= LONGEST)?;
    TimeDelta::try_seconds(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (text, guid, tenant, name) in [
            ("3f6b1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10", true, true, false),
            ("3F6B1C1E-8D0A-4F6E-9B57-2A1C7E9D4B10", true, true, false),
            ("3f6b1c1e-8d0a-4f6e-9b57-2a1c7e9d4b1", false, false, false),
            ("{3f6b1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10}", false, false, false),
            ("contoso.onmicrosoft.com", false, true, false),
            ("contoso", false, false, true),
            ("-a.b", false, false, false),
            ("a..b", false, false, false),
            ("AZURE_CLIENT_SECRET", false, false, true),
            ("azure_client_secret_of_the_production_tenant", false, false, true),
            ("aB3cdefghijklmnopqrstuvwxyz0123456789", false, false, false),
            ("8abc", false, false, false),
            ("", false, false, false),
        ] {
            assert_eq!((is_guid(text), is_tenant(text), is_variable_name(text)), (guid, tenant, name), "{text}");
        }
    }

    #[test]
    fn durations() {
        for (text, seconds) in [
            ("30m", Some(1800)),
            ("24h", Some(86_400)),
            (" 7d ", Some(604_800)),
            ("90s", Some(90)),
            ("0", Some(0)),
            ("0h", Some(0)),
            ("", None),
            ("24", None),
            ("h", None),
            ("-1h", None),
            ("+1h", None),
            ("1.5h", None),
            ("1w", None),
            ("99999999999999999999d", None),
            ("4000d", None),
            ("1ö", None),
        ] {
            assert_eq!(duration(text).map(|found| found.num_seconds()), seconds, "{text}");
        }
    }
}
