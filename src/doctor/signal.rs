//! From an answer to a code: what was asked, the HTTP number and Azure's codes in, a row of the table out.
//!
//! Goes by numbers and codes and never by words: Azure's words change, and may come in any language.

use super::codes::{Code, find};
use crate::store::Status;
use serde_json::Value;

/// Says what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A token.
    Token,
    /// One subscription.
    Subscription,
    /// Management groups.
    ManagementGroups,
    /// Anything else of Resource Manager; whether it is of Microsoft.Security.
    Arm {
        /// The call is one of Microsoft Defender for Cloud.
        is_security: bool,
    },
    /// Microsoft Graph.
    Graph,
    /// The data plane of a vault.
    Vault,
    /// Another data plane.
    Data,
}

/// Holds a call that gave no answer to go by, or a refusal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused {
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Azure's code, and the one inside it.
    pub codes: Vec<String>,
    /// What Azure said, in one line; for people only.
    pub said: String,
}

/// What a refusal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// This row of the table.
    Code(&'static Code),
    /// The principal may not, for a reason without a row.
    Denied,
    /// Nothing about permissions: no answer, throttled, broken.
    Nothing,
}

impl Refused {
    /// Takes a refusal as a ledger has it.
    #[must_use]
    pub fn of_ledger(status: Option<i64>, code: Option<&str>, message: Option<&str>) -> Refused {
        let inner = message.and_then(code_inside);
        Refused {
            status: status.and_then(|status| u16::try_from(status).ok()),
            codes: code.map(str::to_owned).into_iter().chain(inner).collect(),
            said: message.unwrap_or_default().to_owned(),
        }
    }

    fn has(&self, code: &str) -> bool {
        self.codes.iter().any(|own| own.eq_ignore_ascii_case(code))
    }

    /// The numbers of the sign-in endpoint.
    fn aadsts(&self) -> impl Iterator<Item = u32> {
        self.codes.iter().filter_map(|code| code.strip_prefix("AADSTS")?.parse().ok())
    }

    /// Whether this is Graph's word for a missing permission.
    #[must_use]
    pub fn is_request_denied(&self) -> bool {
        self.status == Some(403) && self.has("Authorization_RequestDenied")
    }

    /// Whether the service is not registered in the subscription.
    fn is_not_registered(&self) -> bool {
        self.codes.iter().any(|code| Status::of_answer(self.status.unwrap_or(0), Some(code)) == Status::NotRegistered)
    }

    /// Finds what the refusal shows.
    #[must_use]
    pub fn shows(&self, asked: Asked) -> Shown {
        let code = match asked {
            Asked::Token => Some(sign_in(self)),
            _ if self.has("AadPremiumLicenseRequired") => Some("GRF205"),
            Asked::Graph => self.graph(),
            Asked::Subscription => self.subscription(),
            Asked::ManagementGroups => (self.status == Some(403)).then_some("ARM306"),
            Asked::Arm { is_security } if self.is_not_registered() => is_security.then_some("ARM307"),
            Asked::Arm { .. } => (self.status == Some(403) && self.has("AuthorizationFailed")).then_some("ARM305"),
            Asked::Vault => (self.status == Some(403)).then_some("KV308"),
            Asked::Data => None,
        };
        match (code.and_then(find), self.status) {
            (Some(row), _) => Shown::Code(row),
            (None, Some(401 | 403)) => Shown::Denied,
            (None, _) => Shown::Nothing,
        }
    }

    fn graph(&self) -> Option<&'static str> {
        match self.status {
            Some(403) if self.has("Authentication_RequestFromNonPremiumTenantOrB2CTenant") => Some("GRF206"),
            Some(403) if self.has("PermissionScopeNotGranted") => Some("GRF204"),
            Some(403) => Some("GRF202"),
            _ => None,
        }
    }

    fn subscription(&self) -> Option<&'static str> {
        match self.status {
            Some(403) => Some("ARM302"),
            Some(404) if self.has("SubscriptionNotFound") => Some("ARM303"),
            Some(400) if self.has("InvalidSubscriptionId") => Some("ARM303"),
            Some(401) if self.has("InvalidAuthenticationTokenTenant") => Some("ARM304"),
            _ => None,
        }
    }
}

fn sign_in(refused: &Refused) -> &'static str {
    let known = refused.aadsts().find_map(|number| {
        Some(match number {
            7_000_215 => "AUTH101",
            7_000_222 => "AUTH102",
            700_016 => "AUTH103",
            90_002 | 900_023 | 90_013 => "AUTH104",
            7_000_112 => "AUTH105",
            7_000_229 => "AUTH106",
            53_003 => "AUTH107",
            7_000_218 | 7_000_216 => "AUTH108",
            1_002_012 | 70_011 => "AUTH109",
            _ => return None,
        })
    });
    known.unwrap_or("AUTH199")
}

/// The code in a message that is itself JSON, as PIM's are.
fn code_inside(message: &str) -> Option<String> {
    let value: Value = serde_json::from_str(message).ok()?;
    ["errorCode", "code"].iter().find_map(|key| value.get(key)?.as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARM: Asked = Asked::Arm { is_security: false };
    const SECURITY: Asked = Asked::Arm { is_security: true };

    /// Each row of the table that an answer shows, and what shows nothing.
    #[test]
    fn answers() {
        for (asked, status, codes, expected) in [
            (Asked::Token, Some(401), &["AADSTS7000215"][..], "AUTH101"),
            (Asked::Token, Some(401), &["AADSTS7000222"], "AUTH102"),
            (Asked::Token, Some(400), &["AADSTS700016"], "AUTH103"),
            (Asked::Token, Some(400), &["AADSTS90002"], "AUTH104"),
            (Asked::Token, Some(400), &["AADSTS900023"], "AUTH104"),
            (Asked::Token, Some(200), &["AADSTS90013"], "AUTH104"),
            (Asked::Token, Some(401), &["AADSTS7000112"], "AUTH105"),
            (Asked::Token, Some(401), &["AADSTS7000229"], "AUTH106"),
            (Asked::Token, Some(400), &["AADSTS53003"], "AUTH107"),
            (Asked::Token, Some(401), &["AADSTS7000218"], "AUTH108"),
            (Asked::Token, Some(401), &["AADSTS7000216"], "AUTH108"),
            (Asked::Token, Some(400), &["AADSTS1002012"], "AUTH109"),
            (Asked::Token, Some(400), &["AADSTS70011"], "AUTH109"),
            (Asked::Token, Some(400), &["AADSTS50034"], "AUTH199"),
            (Asked::Token, None, &[], "AUTH199"),
            (Asked::Token, Some(401), &["invalid_client", "AADSTS7000222"], "AUTH102"),
            (Asked::Graph, Some(403), &["Authorization_RequestDenied"], "GRF202"),
            (Asked::Graph, Some(403), &["Authentication_MSGraphPermissionMissing"], "GRF202"),
            (Asked::Graph, Some(403), &["UnknownError", "PermissionScopeNotGranted"], "GRF204"),
            (Asked::Graph, Some(403), &["PermissionScopeNotGranted"], "GRF204"),
            (Asked::Graph, Some(400), &["AadPremiumLicenseRequired"], "GRF205"),
            (ARM, Some(400), &["AadPremiumLicenseRequired"], "GRF205"),
            (Asked::Graph, Some(403), &["Authentication_RequestFromNonPremiumTenantOrB2CTenant"], "GRF206"),
            (Asked::Graph, Some(401), &["InvalidAuthenticationToken"], "denied"),
            (Asked::Graph, Some(503), &[], "nothing"),
            (Asked::Subscription, Some(403), &["AuthorizationFailed"], "ARM302"),
            (Asked::Subscription, Some(404), &["SubscriptionNotFound"], "ARM303"),
            (Asked::Subscription, Some(400), &["InvalidSubscriptionId"], "ARM303"),
            (Asked::Subscription, Some(401), &["InvalidAuthenticationTokenTenant"], "ARM304"),
            (Asked::Subscription, Some(404), &["ResourceNotFound"], "nothing"),
            (ARM, Some(403), &["AuthorizationFailed"], "ARM305"),
            (ARM, Some(403), &["RequestDisallowedByPolicy"], "denied"),
            (Asked::ManagementGroups, Some(403), &["AuthorizationFailed"], "ARM306"),
            (SECURITY, Some(404), &["Subscription Not Registered"], "ARM307"),
            (SECURITY, Some(409), &["MissingSubscriptionRegistration"], "ARM307"),
            (ARM, Some(409), &["MissingSubscriptionRegistration"], "nothing"),
            (Asked::Vault, Some(403), &["Forbidden", "ForbiddenByRbac"], "KV308"),
            (Asked::Vault, None, &[], "nothing"),
            (Asked::Data, Some(403), &["AuthorizationFailure"], "denied"),
        ] {
            let codes = codes.iter().map(|code| (*code).to_owned()).collect();
            let refused = Refused { status, codes, said: "words do not count".to_owned() };
            let found = match refused.shows(asked) {
                Shown::Code(row) => row.code,
                Shown::Denied => "denied",
                Shown::Nothing => "nothing",
            };
            assert_eq!(found, expected, "{asked:?} {refused:?}");
        }
    }

    #[test]
    fn a_code_inside_a_message() {
        let said = r#"{"errorCode":"PermissionScopeNotGranted","message":"x","instanceAnnotations":[]}"#;
        let refused = Refused::of_ledger(Some(403), Some("UnknownError"), Some(said));
        assert_eq!(refused.codes, ["UnknownError", "PermissionScopeNotGranted"]);
        assert!(Refused::of_ledger(None, None, Some("PermissionScopeNotGranted")).codes.is_empty());
    }
}
