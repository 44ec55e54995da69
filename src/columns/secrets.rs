//! What a secret looks like: a name or a text in, whether it hides a secret out. Knows nothing of tables; never guesses
//! from a value's length or randomness alone, since hashes and certificates are evidence.

use crate::catalog::path::snake_case;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use regex::{Regex, RegexBuilder};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What the name of a field says about its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// Nothing.
    Plain,
    /// It is a secret, unless it reads like an id, a number, a date or a word of yes and no.
    Secret,
    /// It is a password: digits may be one too.
    Password,
}

/// What a key is to the others of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing.
    Plain,
    /// A pair of name and value, or an object under a secret's name, has its text here.
    Value,
    /// The name in such a pair.
    Name,
    /// A parameter says here what it is.
    Type,
    /// As the keys of an account are listed.
    KeyName,
    /// Says whether the value is a secret.
    SaysSecret,
}

/// What a key of an object says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) name: Name,
    pub(super) role: Role,
}

/// Words in an address or a form whose value is a secret.
const QUERY_WORDS: &str = "sig|code|(?:[a-z_]*_)?token|(?:ocp-apim-)?subscription-key|api[_-]?key|x-functions-key|client_secret|secret|password|pwd";

/// Text that is a secret wherever it stands, without letter case.
const VALUES: &[&str] = &[
    // Signatures, codes and tokens in addresses, also encoded once or more often.
    r"^sig=|(?:[?&;]|\\u0026|%(?:25)*(?:3f|26))sig(?:=|%(?:25)*3d)",
    r"(?:[?&]|&amp;|\\u0026|%(?:25)*(?:3f|26))(?:QUERY_WORDS)(?:=|%(?:25)*3d)[^&\s]",
    // A user's password in an address.
    r#"://[^/\s:@?#"']*:[^/\s@?#"'$]+@"#,
    // Connection strings.
    r"\b(?:account|access|shared|shared_?access|api|primary|secondary|private|master|client|signing)[_-]?key\s*=\s*[^;\s=]",
    r"\bshared(?:secret(?:value)?|accesssignature)\s*=",
    r#"(?:^|[;,&\s"'])(?:password|passwd|pwd|passphrase|(?:client_?)?secret)\s*=\s*[^;,\s=]"#,
    // What programs are started with: options and variables.
    r"(?:^|\s)(?:--?|/)(?:password|passwd|pwd|passphrase|(?:client-?)?secret|token|(?:api|account|access)-?key|sas-token)[ =:]+\S",
    r"(?-i:\b[A-Z][A-Z0-9_]*(?:PASSWORD|PASSWD|_PWD|SECRET|TOKEN|_PAT|(?:API|ACCESS|ACCOUNT|PRIVATE|SHARED|STORAGE|MASTER|AUTH)_?KEY)=[^\s=])",
    // JSON and XML in a text.
    r#"\\*"[\w.-]*(?:password|passwd|passphrase|secret|token|connectionstring|(?:account|shared|access|api|private)key)\\*"\s*:\s*\\*"[^"\\]"#,
    r"<(?:\w+:)?\w*(?:password|passphrase|secret|sharedkey)(?:\s[^>]*)?>\s*[^<\s]",
    // Headers.
    r"\bbearer\s+[a-z0-9._~+/-]{20,}|\bbasic\s+[a-z0-9+/]{20,}={0,2}",
    // Keys as such.
    r"-----BEGIN [A-Z ]*PRIVATE KEY|PuTTY-User-Key-File|\bAGE-SECRET-KEY-1",
    r"\beyJ[a-z0-9_-]{8,}\.eyJ[a-z0-9_-]{8,}\.",
    // Words that services put into the secrets they give, so that they can be told.
    r"(?-i:[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34})",
    r"(?-i:[A-Za-z0-9+/]{33}(?:AIoT|AzCa|\+(?:ASb|AEh|ARm))[A-P][A-Za-z0-9+/]{5}=)",
    r"(?-i:[A-Za-z0-9+/]{76}(?:APIM|ACDb|\+(?:ABa|AMC|ASt))[A-Za-z0-9+/]{5}[AQgw]==)",
    r"(?-i:[A-Za-z0-9_-]{44}AzFu[A-Za-z0-9_-]{5}[AQgw]==|[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}|[A-Za-z0-9+/]{42}\+ACR[A-D][A-Za-z0-9]{5}|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})",
    r"(?-i:\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{22,}|\bglpat-[A-Za-z0-9_-]{20}|\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bdapi[0-9a-f]{32}|\bnpm_[A-Za-z0-9]{36}|\bsk_live_[A-Za-z0-9]{16,}|\bSG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,})",
    // Keys of storage and Cosmos accounts of all ages.
    r"(?-i:^[A-Za-z0-9+/]{86}==$)",
    // Addresses that are secrets: who knows them may post.
    r"https://hooks\.slack\.com/(?:services|workflows|triggers)/\S|\bwebhook\.office\.com/webhookb2/\S|\boutlook\.office(?:365)?\.com/webhook/\S|\bdiscord(?:app)?\.com/api/webhooks/\S|\bevents\.pagerduty\.com/integration/\S",
    // The composition of an app's containers in base64, with the variables they start with.
    r"^(?:COMPOSE|KUBE)\|[a-z0-9+/]",
];

static SECRET_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    // Words of ASCII are told apart faster, and nothing here begins or ends in another letter.
    build(&VALUES.join("|").replace("QUERY_WORDS", QUERY_WORDS).replace(r"\b", r"(?-u:\b)"))
});

/// Lines of YAML that hold a secret, such as those of a kubeconfig or of cloud-init.
static SECRET_LINE: LazyLock<Regex> = LazyLock::new(|| {
    build(
        r#"(?m)^[ \t]*(?:-[ \t]+)?["']?[\w.-]*(?:password|passwd|passphrase|secret|token|client-key-data|private_?key)["']?[ \t]*:[ \t]*["']?[^\s"'\[{&*$@|>#]"#,
    )
});

/// Closing words of names (in snake_case) whose text is a secret; environment variables often run words together.
static SECRET_NAME: LazyLock<Regex> = LazyLock::new(|| {
    build(
        r"(?:(?:secret|token)(?:_?(?:value|text))?|connection_?strings?|(?:secure|secret)_?value|shared_?access_?signature|(?:^|_)(?:sas|pat|psk|pfx)|kube_?config|private_?key_?(?:pem|data)|(?:account|primary|secondary|shared|access|api|private|master|admin|storage|function|host|client|sas|auth|authorization|subscription|signing|workspace|decryption|validation|symmetric|consumer|licen[cs]e|integration|session|security|trigger|system)_?key)_?[0-9]*$|^(?:proxy_)?authorization$|^cookie$|^x_functions_key$",
    )
});

static PASSWORD_NAME: LazyLock<Regex> =
    LazyLock::new(|| build(r"(?:passwords?|passwd|pwd|passphrases?)(?:_?(?:value|text))?_?[0-9]*$"));

/// Text that is no secret even under such a name: ids, dates, vault references, words of a setting.
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
    build(
        r"^(?:\s*|true|false|yes|no|on|off|enabled?|disabled?|none|null|required|optional|(?:not)?allow(?:ed)?|deny|denied|audit|auditifnotexists|deployifnotexists|modify|append|[0-9]{1,3}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|/subscriptions/.*|/providers/.*|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.+Z-]*)?|@Microsoft\.KeyVault\(.*\)|https://[^/?]+\.vault\.[^?]*)$",
    )
});

static NUMBER: LazyLock<Regex> = LazyLock::new(|| build(r"^[0-9.+-]+$"));

/// What stands in every secret that holds no mark and could be part of an id or of an address: beginnings of tokens, hosts
/// and paths of webhooks, heads of keys.
static UNMARKED: LazyLock<Regex> = LazyLock::new(|| {
    build("(?-i:glpat-|xox|dapi|SG\\.|gh[pousr]_|github_pat_|npm_|sk_live_)|AGE-SECRET|PuTTY|eyj|hook|pagerduty")
});

/// Keys whose meaning is kept.
const KNOWN_KEYS: usize = 10_000;

/// Shortest text that a pattern fits without one of the marks that the others need: `sk_live_` and sixteen more.
const SHORTEST_UNMARKED: usize = 24;
/// Shortest run of letters and digits that a pattern takes for a key without any mark.
const SHORTEST_RUN: usize = 48;
/// Shortest text that a pattern fits: `sig=a`.
const SHORTEST: usize = 5;
/// Shortest base64 that is looked into.
const SHORTEST_BASE64: usize = 32;
/// Encodings inside each other.
const DEEPEST: usize = 4;

fn build(pattern: &str) -> Regex {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(32 << 20)
        .dfa_size_limit(8 << 20)
        .build()
        .expect("the pattern is fixed and tested")
}

/// What a key of an object says. Keys come again and again, so what was found is kept, for a while.
pub(super) fn key_of(key: &str) -> Key {
    thread_local! {
        static KNOWN: RefCell<HashMap<String, Key>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(found) = known.get(key) {
            return *found;
        }
        if known.len() >= KNOWN_KEYS {
            known.clear();
        }
        let found = Key { name: name_of(key), role: role_of(key) };
        known.insert(key.to_owned(), found);
        found
    })
}

fn role_of(key: &str) -> Role {
    let is = |words: &[&str]| words.iter().any(|word| key.eq_ignore_ascii_case(word));
    if is(&["value", "headervalue", "defaultvalue", "currentvalue", "content"]) {
        Role::Value
    } else if is(&["name", "key", "headername", "header", "settingname"]) {
        Role::Name
    } else if is(&["type"]) {
        Role::Type
    } else if is(&["keyname"]) {
        Role::KeyName
    } else if is(&["secret", "issecret", "sensitive", "issensitive", "isencrypted", "secure"]) {
        Role::SaysSecret
    } else {
        Role::Plain
    }
}

/// What a name says about the text under it.
pub(super) fn name_of(name: &str) -> Name {
    let name = snake_case(name);
    if PASSWORD_NAME.is_match(&name) {
        Name::Password
    } else if SECRET_NAME.is_match(&name) {
        Name::Secret
    } else {
        Name::Plain
    }
}

/// Whether a text under a name is taken for a secret.
pub(super) fn is_secret_under(name: Name, text: &str) -> bool {
    match name {
        Name::Plain => false,
        Name::Secret => !HARMLESS.is_match(text) && !NUMBER.is_match(text),
        Name::Password => !HARMLESS.is_match(text),
    }
}

/// Whether a text is or holds a secret wherever it stands: as it is, as JSON, or in base64.
pub(super) fn is_secret(text: &str) -> bool {
    holds_secret(text, 0)
}

/// Whether a text cannot fit any pattern, told without asking them: most text is a short word, a name, an instant, a GUID,
/// the id of a resource or the address of a service.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let marks = b"=:%@\"<~| &\n";
    if bytes.len() < SHORTEST_UNMARKED && !bytes.iter().any(|byte| marks.contains(byte)) {
        return !UNMARKED.is_match(text);
    }
    let of_ids = |byte: &u8| byte.is_ascii_alphanumeric() || b"/.()-_:".contains(byte);
    if !bytes.iter().all(of_ids) {
        return false;
    }
    // `/password:x` is an argument, letters and digits alone may be base64.
    let is_argument = bytes.contains(&b':') && (bytes[0] == b'/' || bytes[0] == b'-');
    let may_be_base64 = bytes[0] != b'/' && !bytes.iter().any(|byte| b".()-_:".contains(byte));
    !is_argument
        && !may_be_base64
        && bytes.split(|byte| *byte == b'/').all(|part| part.len() < SHORTEST_RUN)
        && !UNMARKED.is_match(text)
}

fn holds_secret(text: &str, depth: usize) -> bool {
    if text.len() < SHORTEST || depth > DEEPEST || is_plain(text) {
        return false;
    }
    // JSON in a text is judged like any other: harmless words under a secret's name stay.
    if text.trim_start().starts_with(['{', '['])
        && let Ok(mut inner) = serde_json::from_str(text)
    {
        return !super::redact::redact_with(&[], &[], &mut inner).is_empty();
    }
    SECRET_VALUE.is_match(text)
        || text.contains('\n') && SECRET_LINE.is_match(text)
        || text_of_base64(text).is_some_and(|inner| holds_secret(&inner, depth + 1))
}

/// The text in a base64 value, also in the UTF-16 that Windows likes.
fn text_of_base64(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\r' | b'\n');
    if text.len() < SHORTEST_BASE64 || text.starts_with('/') || !text.bytes().all(fits) {
        return None;
    }
    let bare: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(&bare).or_else(|_| STANDARD_NO_PAD.decode(&bare)).ok()?;
    let bytes = if bytes.contains(&0) { bytes.into_iter().filter(|byte| *byte != 0).collect() } else { bytes };
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name_given, expected) in [
            ("adminPassword", Name::Password),
            ("PGPASSWORD", Name::Password),
            ("dbpassword2", Name::Password),
            ("SQL_PWD", Name::Password),
            ("passwords", Name::Password),
            ("clientSecret", Name::Secret),
            ("CLIENTSECRET", Name::Secret),
            ("secretText", Name::Secret),
            ("storageContainerSasKey", Name::Secret),
            ("sharedaccesskey", Name::Secret),
            ("x-functions-key", Name::Secret),
            ("Ocp-Apim-Subscription-Key", Name::Secret),
            ("Authorization", Name::Secret),
            ("AZP_TOKEN", Name::Secret),
            ("GIT_PAT", Name::Secret),
            ("connectionStrings", Name::Secret),
            ("kubeConfig", Name::Secret),
            ("authorizationKey", Name::Secret),
            ("PrimaryKey1", Name::Secret),
            // What says something about secrets.
            ("secretName", Name::Plain),
            ("secretUri", Name::Plain),
            ("secrets", Name::Plain),
            ("passwordPolicies", Name::Plain),
            ("passwordSecretRef", Name::Plain),
            ("clientSecretSettingName", Name::Plain),
            ("publicKey", Name::Plain),
            ("keyData", Name::Plain),
            ("BannedPasswordList", Name::Plain),
            ("authorizationRuleId", Name::Plain),
            ("tokenStoreEnabled", Name::Plain),
            ("path", Name::Plain),
        ] {
            assert_eq!(name_of(name_given), expected, "{name_given}");
        }
    }

    #[test]
    fn values() {
        let inner = STANDARD.encode("apiVersion: v1\nusers:\n- user:\n    client-key-data: LS0t\n    token: abc\n");
        let wide: Vec<u8> = "net use /user:x -Password abc123".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for secret in [
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc==",
            "Endpoint=https://x.azconfig.io;Id=a;Secret=abc",
            "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=abc=",
            "Server=tcp:x;User ID=u;Password=p",
            "x.redis.cache.windows.net:6380,password=abc=,ssl=True",
            "-----BEGIN RSA PRIVATE KEY-----\nabc",
            "-----BEGIN PRIVATE KEY-----\nabc",
            "Bearer eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJodHRw.sig",
            "Authorization: Bearer 0123456789abcdefghij",
            "https://x/y?sv=1&sig=abc",
            "https://x/go?to=https%3A%2F%2Fy%3Fsv%3D1%26sig%3Dabc",
            "https://x/go?to=https%253A%252F%252Fy%253Fsv%253D1%2526sig%253Dabc",
            "https://x/y?sv=1\\u0026sig=abc",
            "https://x/y?sv=1&amp;sig=abc",
            "https://f.azurewebsites.net/api/f?code=abc==",
            "https://w.webhook.we.azure-automation.net/webhooks?token=abc",
            "https://user:abc@dev.azure.com/x",
            "mongodb://u:abc@x.mongo.cosmos.azure.com:10255/",
            "https://hooks.slack.com/services/T0/B0/abc",
            "run.sh --password abc",
            "setup.exe /password:abc",
            "export DB_PASSWORD=abc; run",
            "PGPASSWORD=abc psql",
            r#"{"a": {"adminPassword": "abc"}}"#,
            r#"say {\"password\": \"abc\"} twice"#,
            "<config><password>abc</password></config>",
            "a: 1\npassword: abc\n",
            "abc8Q~made.up.for.this.test.and.nothing.el",
            "COMPOSE|dmVyc2lvbjogJzMn",
            &format!("{}==", "k".repeat(86)),
            &inner,
            &STANDARD.encode(&inner),
            &STANDARD.encode(wide),
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for harmless in [
            "design=sig=fig",
            "https://learn.microsoft.com/azure/key-vault/secrets?tabs=code",
            "https://v.vault.azure.net/secrets/db-password/0123",
            "/subscriptions/s/resourceGroups/password-reset/providers/Microsoft.KeyVault/vaults/token",
            "Passwords must be changed: see the page on token lifetimes",
            "KeyType=Password,KeyUsage=Verify",
            "let t = SigninLogs | where PasswordResult == 'x'",
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "http://[::1]:8080/a@b",
            "DOCKER|mcr.microsoft.com/app:1",
            r#"{"effect": "Audit", "requireToken": "Disabled"}"#,
            &STANDARD.encode("nothing to see here, only a line of plain text"),
        ] {
            assert!(!is_secret(harmless), "{harmless}");
        }
    }

    #[test]
    fn under_a_name() {
        for (kind, text, expected) in [
            (Name::Secret, "abc", true),
            (Name::Secret, "19840612", false),
            (Name::Password, "19840612", true),
            (Name::Password, "90", false),
            (Name::Password, "2026-01-01", false),
            (Name::Password, "Disabled", false),
            (Name::Secret, "6f9619ff-8b86-d011-b42d-00c04fc964ff", false),
            (Name::Secret, "/subscriptions/s/x", false),
            (Name::Secret, "https://v.vault.azure.net/secrets/a", false),
            (Name::Plain, "abc", false),
        ] {
            assert_eq!(is_secret_under(kind, text), expected, "{kind:?} {text}");
        }
    }
}
