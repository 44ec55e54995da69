//! What came of asking: the words of the ledger's `status`, and how an answer's number and code become one. Text never
//! decides.

use serde::{Deserialize, Serialize};

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Read to the end.
    Ok,
    /// The provider is not registered in the subscription: there can be none.
    NotRegistered,
    /// This parent cannot have that child.
    Unsupported,
    /// The tenant lacks the licence.
    License,
    /// The service is gone.
    Retired,
    /// Some pages, or a list that may leave out what the principal cannot see.
    Partial,
    /// 404 or 410.
    NotFound,
    /// Gave up on throttling.
    Throttled,
    /// Deselected, or absent from an import.
    NotCollected,
    /// Anything else that went wrong.
    Error,
    /// 401 or 403.
    Denied,
}

impl Status {
    /// All statuses.
    pub const ALL: [Status; 11] = [
        Status::Ok,
        Status::NotRegistered,
        Status::Unsupported,
        Status::License,
        Status::Retired,
        Status::Partial,
        Status::NotFound,
        Status::Throttled,
        Status::NotCollected,
        Status::Error,
        Status::Denied,
    ];

    /// The word in the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::NotRegistered => "not_registered",
            Status::Unsupported => "unsupported",
            Status::License => "license",
            Status::Retired => "retired",
            Status::Partial => "partial",
            Status::NotFound => "not_found",
            Status::Throttled => "throttled",
            Status::NotCollected => "not_collected",
            Status::Error => "error",
            Status::Denied => "denied",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether the status is an answer: verdicts may rest on it.
    pub fn is_knowledge(self) -> bool {
        matches!(self, Status::Ok | Status::NotRegistered | Status::Unsupported | Status::License | Status::Retired)
    }

    /// The status of an answer by its number and code, never by its words.
    pub fn of_answer(http: u16, code: Option<&str>) -> Status {
        let code = code.unwrap_or_default();
        let by_code = BY_CODE.iter().find(|row| row.code.eq_ignore_ascii_case(code)).map(|row| row.status);
        let by_number =
            || BY_NUMBER.iter().find(|(numbers, _, _)| numbers.contains(&http)).map(|(_, status, _)| *status);
        by_code.or_else(by_number).unwrap_or(Status::Error)
    }

    /// What the status means, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Status::Ok => "read to the end; no rows means that the service said there are none",
            Status::NotRegistered => "the subscription does not use the provider: there can be none",
            Status::Unsupported => "this parent cannot have that child",
            Status::License => "the tenant lacks the licence, so the feature is not there",
            Status::Retired => "the service is gone",
            Status::Partial => "some pages, or a list that may leave out what the principal cannot see",
            Status::NotFound => "404 or 410: gone, never there, or hidden from the principal; nobody can tell which",
            Status::Throttled => "gave up after Azure went on throttling",
            Status::NotCollected => "left out by choice, or not in the import",
            Status::Error => "anything else that went wrong",
            Status::Denied => "401 or 403: the principal may not read it",
        }
    }
}

/// A code that decides, whatever the number.
pub struct ByCode {
    /// Azure's or Graph's error code; letter case does not matter.
    pub code: &'static str,
    /// The status.
    pub status: Status,
    /// When Azure says so.
    pub when: &'static str,
}

/// Codes of Azure Resource Manager's common errors and of Graph's licence errors. A report that Graph only does not show
/// without a licence is another matter: its facts exist, so that code is a refusal unless a table's spec says otherwise.
pub const BY_CODE: &[ByCode] = &[
    ByCode {
        code: "MissingSubscriptionRegistration",
        status: Status::NotRegistered,
        when: "409, from some providers 404: the provider is not registered in the subscription",
    },
    ByCode {
        code: "SubscriptionNotRegistered",
        status: Status::NotRegistered,
        when: "404 or 409, as some providers spell it",
    },
    ByCode {
        code: "Subscription Not Registered",
        status: Status::NotRegistered,
        when: "404, as Defender for Cloud spells it",
    },
    ByCode {
        code: "AadPremiumLicenseRequired",
        status: Status::License,
        when: "400, from Privileged Identity Management in Resource Manager and in Graph",
    },
];

/// Numbers, where no code decides.
pub const BY_NUMBER: &[(&[u16], Status, &str)] = &[
    (&[401, 403], Status::Denied, "also a subscription of another tenant (`InvalidAuthenticationTokenTenant`)"),
    (
        &[404, 410],
        Status::NotFound,
        "also a deleted subscription, or one without any role for the principal (`SubscriptionNotFound`), and a type that a \
         region or cloud does not have (`InvalidResourceType`)",
    ),
    (&[429], Status::Throttled, "after the last attempt; what it waited is in `waited_ms`"),
];

/// What the words in the ledger's `code` mean: reasons of ours, beside Azure's `error_code`.
pub const CODES: &[(&str, &str)] = &[
    ("ParentNotRead", "what it hangs on was not read, so nobody knows for whom to ask"),
    ("NotProvenComplete", "the list shows what the principal sees, and nothing proves that this is all"),
    ("NotWhole", "some of what lies in the scope was not read"),
    ("NotRecorded", "the recordings hold no such call"),
    ("ParentNotRecorded", "the recordings lack the list of what it hangs on"),
    ("DetailNotRecorded", "the recordings lack what only a further call for each item gives"),
    ("SingleObjects", "recorded one by one, never as a list"),
    ("NoFile", "an import without a file for the table"),
    ("FilteredList", "a recorded call that asked for a part of the list"),
    ("NotSelected", "a recorded call that did not ask for all columns"),
    ("IncompleteVersion", "an API version answered that leaves something out"),
    ("DetailNotRead", "the list was read, the call for one of its items was refused"),
    ("ItemNotRead", "an item is nested deeper than can be read"),
    ("Absent", "the single object does not exist, which is an answer"),
    ("Deselected", "left out by choice"),
    ("NotVisible", "below a chosen management group, and not visible to the principal"),
    ("Assumed", "an import was told to take what has no file for empty"),
    ("Incomplete", "a recording that was cut or blanked"),
    ("NoAddress", "the parent does not say where its data plane is"),
    ("ForeignHost", "the address is not the endpoint's; no request was sent"),
    ("LoopingLink", "a next link led back to a page already read"),
    ("NotJson", "a complete answer that is not JSON"),
    ("Unavailable", "no complete answer: no connection, cut off, timed out, or 5xx to the end"),
    ("TokenFailed", "no token for that service"),
];

/// The reference of statuses and codes, as Markdown.
#[must_use]
pub fn page() -> String {
    let mut text = "# Statuses of the ledger\n\nEvery table and scope has a row in `azure_ledger`, and every parent asked. \
        Numbers and codes decide, never the words of a message. A table's spec may name further codes (`unsupported_codes`, \
        `license_codes`, `retired_codes`, `absent_codes`); they come first.\n\n| status | means | verdicts may rest on it |\n| --- | --- | --- |\n"
        .to_owned();
    for status in Status::ALL {
        let rest = if status.is_knowledge() { "yes" } else { "no: `unknown`" };
        text.push_str(&format!("| `{}` | {} | {rest} |\n", status.word(), status.meaning()));
    }
    text.push_str("\n## By Azure's code\n\n| code | status | when |\n| --- | --- | --- |\n");
    for row in BY_CODE {
        text.push_str(&format!("| `{}` | `{}` | {} |\n", row.code, row.status.word(), row.when));
    }
    text.push_str("\n## By number\n\n| HTTP | status | note |\n| --- | --- | --- |\n");
    for (numbers, status, note) in BY_NUMBER {
        let numbers: Vec<String> = numbers.iter().map(u16::to_string).collect();
        text.push_str(&format!("| {} | `{}` | {note} |\n", numbers.join(", "), status.word()));
    }
    text.push_str("| any other | `error` | |\n\n## Our own codes\n\nThey stand in the column `code`; Azure's own is in `error_code`.\n\n| code | means |\n| --- | --- |\n");
    for (code, means) in CODES {
        text.push_str(&format!("| `{code}` | {means} |\n"));
    }
    text
}
