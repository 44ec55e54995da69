//! What can be seen of the settings before anybody is asked: which are set, empty or malformed in, diagnoses out.
//!
//! Secrets do not come here: of a secret only its form is told.

use super::codes::Severity;
use super::report::Diagnosis;

/// Says what is set for one setting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    /// Name of the variable or flag.
    pub place: String,
    /// The value; none when it is not set. Of a secret only whether there is one and whether it has the form of a GUID.
    pub value: Option<String>,
    /// Whether sign-in takes it.
    pub is_required: bool,
}

/// Holds the settings that sign-in takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// Tenant id or domain.
    pub tenant: Setting,
    /// Client id.
    pub client_id: Setting,
    /// Where the credential comes from: a secret, or the path of a certificate or token.
    pub credential: Setting,
    /// Whether the credential is a secret of the form of a GUID.
    pub secret_is_guid: bool,
    /// Subscriptions, each by its flag or variable: GUIDs or names; required where a command reads them.
    pub subscriptions: Vec<Setting>,
    /// A client id is set, but nothing that would go with it, so that someone else's sign-in is used.
    pub is_left_over: bool,
    /// Tokens come from a server of one's own, which may call its tenants and clients as it likes.
    pub is_local: bool,
}

/// Finds what is wrong with the settings.
#[must_use]
pub fn problems(given: &Given) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    for setting in [&given.tenant, &given.client_id, &given.credential] {
        match setting.value.as_deref().map(str::trim) {
            None if setting.is_required => {
                found.extend(problem("CFG001", &setting.place, &format!("{} is not set", setting.place)));
            }
            Some("") => found.extend(problem("CFG004", &setting.place, &format!("{} is empty", setting.place))),
            _ => {}
        }
    }
    let value = |setting: &Setting| setting.value.clone().filter(|value| !value.trim().is_empty());
    if given.is_left_over {
        found.extend(Diagnosis::of_configuration(
            "CFG001",
            &given.credential.place,
            &format!(
                "{} is set, but no secret, certificate or token file: the Azure CLI's own sign-in is used",
                given.client_id.place
            ),
            "Set AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH) if the application is to sign in; --auth says which is used.",
            true,
        ));
    }
    if value(&given.client_id).is_some_and(|id| !given.is_local && !is_guid(&id)) {
        found.extend(malformed("CFG005", &given.client_id.place, "a GUID"));
    }
    if given.secret_is_guid && !given.is_local {
        let message =
            format!("the value of {} has the form of a GUID: this looks like the Secret ID", given.credential.place);
        found.extend(problem("CFG006", &given.credential.place, &message));
    }
    if value(&given.tenant).is_some_and(|tenant| !is_guid(&tenant) && !is_domain(&tenant)) {
        found.extend(malformed("CFG007", &given.tenant.place, "a GUID or a domain"));
    }
    for setting in &given.subscriptions {
        if value(setting).is_some_and(|id| is_nearly_guid(&id)) {
            let problem = malformed("CFG008", &setting.place, "a GUID");
            // What no command reads stands in nobody's way.
            found.extend(problem.map(|problem| match setting.is_required {
                true => problem,
                false => Diagnosis { severity: Severity::Fact, ..problem },
            }));
        }
    }
    found.sort_by_key(|problem| (problem.severity, problem.code));
    found
}

fn problem(code: &str, place: &str, message: &str) -> Option<Diagnosis> {
    let cure = super::codes::find(code)?.cure;
    Diagnosis::of_configuration(code, place, message, cure, false)
}

/// Never shows the value: who mixes up two variables would see a secret.
fn malformed(code: &str, place: &str, form: &str) -> Option<Diagnosis> {
    problem(code, place, &format!("the value of {place} is not {form}"))
}

/// Whether a text has the form of a GUID.
pub fn is_guid(text: &str) -> bool {
    let text = text.trim();
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

fn is_domain(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    text.contains('.') && text.split('.').all(part)
}

/// Whether a text was meant as a GUID and is none. A subscription may be given by its name, which may be anything else.
fn is_nearly_guid(text: &str) -> bool {
    let bare = text.trim().trim_matches(['{', '}', '"', '\'']);
    let is_path = bare.to_lowercase().starts_with("/subscriptions/");
    let hex = bare.chars().filter(char::is_ascii_hexdigit).count();
    let is_hex = hex >= 24 && bare.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
    is_path || (!is_guid(text) && is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "5c1d2f6e-0f8b-4a3b-9d44-1f0a9f6e2b77";

    fn given() -> Given {
        let set = |place: &str, value: &str| Setting {
            place: place.to_owned(),
            value: Some(value.to_owned()),
            is_required: true,
        };
        Given {
            tenant: set("AZURE_TENANT_ID", GUID),
            client_id: set("AZURE_CLIENT_ID", GUID),
            credential: set("AZURE_CLIENT_SECRET", "there is one"),
            ..Given::default()
        }
    }

    fn check(change: impl FnOnce(&mut Given), expected: &[&str]) {
        let mut given = given();
        change(&mut given);
        let found = problems(&given);
        let codes: Vec<&str> = found.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, expected, "{found:?}");
    }

    #[test]
    fn settings() {
        check(|_| {}, &[]);
        check(|given| given.client_id.value = None, &["CFG001"]);
        check(|given| given.credential.value = None, &["CFG001"]);
        check(|given| (given.credential.value, given.credential.is_required) = (None, false), &[]);
        check(|given| given.tenant.value = Some(" ".to_owned()), &["CFG004"]);
        check(|given| given.client_id.value = Some("reader".to_owned()), &["CFG005"]);
        check(|given| given.client_id.value = Some(format!("{GUID}0")), &["CFG005"]);
        check(|given| given.secret_is_guid = true, &["CFG006"]);
        check(|given| (given.secret_is_guid, given.is_local) = (true, true), &[]);
        check(|given| given.tenant.value = Some("contoso".to_owned()), &["CFG007"]);
        check(|given| given.tenant.value = Some("contoso.onmicrosoft.com".to_owned()), &[]);
        check(|given| given.tenant.value = Some("a b.c".to_owned()), &["CFG007"]);
        check(|given| given.is_left_over = true, &["CFG001"]);
        let subscription = |value: &str| {
            let value = value.to_owned();
            move |given: &mut Given| {
                given.subscriptions =
                    vec![Setting { place: "--subscription".to_owned(), value: Some(value), is_required: true }];
            }
        };
        check(subscription(GUID), &[]);
        check(subscription("contoso-prod"), &[]);
        check(subscription("deadbeef"), &[]);
        check(subscription(&GUID[1..]), &["CFG008"]);
        check(subscription(&format!("/subscriptions/{GUID}")), &["CFG008"]);
        check(subscription(&format!("{{{GUID}}}")), &["CFG008"]);
        check(
            |given| (given.tenant.value, given.client_id.value) = (None, Some("x".to_owned())),
            &["CFG001", "CFG005"],
        );
    }

    #[test]
    fn what_is_said() {
        let mut left_over = given();
        left_over.is_left_over = true;
        let found = &problems(&left_over)[0];
        assert_eq!(
            (found.severity, found.scopes.as_slice()),
            (Severity::Fact, &["AZURE_CLIENT_SECRET".to_owned()][..])
        );
        let mut empty = given();
        empty.client_id.value = Some(String::new());
        assert_eq!(problems(&empty)[0].message, "AZURE_CLIENT_ID is empty");
    }
}
