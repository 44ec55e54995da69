//! Reads an error answer: the many shapes in which Azure says code and message.
//!
//! In go status, headers and body, out comes a [`Refusal`] of clean text. The body is hostile: nothing in it is
//! trusted to be of any shape, and a body of no known shape still gives a message.

use reqwest::header::HeaderMap;
use serde_json::{Map, Value};

use super::error::clean;

/// What an error answer says.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Refusal {
    pub code: Option<String>,
    /// A narrower code that another one wraps: Key Vault's `ForbiddenByRbac`, PIM's `PermissionScopeNotGranted`.
    pub inner_code: Option<String>,
    pub message: String,
    /// From the body: Graph and OData repeat it there.
    pub request_id: Option<String>,
}

/// Longest text quoted from an answer that is not JSON.
const QUOTE_CHARS: usize = 300;

/// Azure's id of a request, by the header of each service.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    let names = ["x-ms-request-id", "request-id", "x-ms-correlation-request-id", "x-ms-arm-service-request-id"];
    let found = names.iter().find_map(|name| headers.get(*name)?.to_str().ok().filter(|id| !id.trim().is_empty()));
    found.map(clean)
}

/// Reads the body of an error answer.
pub(super) fn read(body: &[u8]) -> Refusal {
    let mut refusal = match serde_json::from_slice::<Value>(body) {
        Ok(value) => of_json(&value),
        Err(_) => of_text(&String::from_utf8_lossy(body)),
    };
    refusal.message = clean(&refusal.message);
    let tidy = |code: Option<String>| code.map(|code| clean(&code)).filter(|code| !code.is_empty());
    (refusal.code, refusal.inner_code) = (tidy(refusal.code), tidy(refusal.inner_code));
    refusal.request_id = refusal.request_id.map(|id| clean(&id)).filter(|id| !id.is_empty());
    refusal
}

/// The `AADSTS` number in a sign-in message.
pub(super) fn aadsts(text: &str) -> Option<String> {
    let from = text.find("AADSTS")?;
    let digits = text[from + 6..].chars().take_while(char::is_ascii_digit).count();
    (digits > 0).then(|| text[from..from + 6 + digits].to_owned())
}

fn of_json(value: &Value) -> Refusal {
    let object = match value {
        Value::Object(object) => object,
        Value::String(text) => return of_text(text),
        Value::Array(values) => return values.first().map(of_json).unwrap_or_default(),
        _ => return Refusal::default(),
    };
    match get(object, "error").or_else(|| get(object, "odata.error")) {
        Some(Value::Object(error)) => of_error(error),
        // Sign-in: {"error": "invalid_client", "error_description": "AADSTS7000215: ..."}
        Some(Value::String(name)) => {
            let message = text(object, "error_description").or_else(|| text(object, "message")).unwrap_or_default();
            let request_id = text(object, "trace_id");
            let number = get(object, "error_codes").and_then(|codes| codes.as_array()?.first()?.as_u64());
            let number = number.map(|number| format!("AADSTS{number}")).or_else(|| aadsts(&message));
            Refusal { code: Some(number.unwrap_or_else(|| name.clone())), message, request_id, inner_code: None }
        }
        _ => of_error(object),
    }
}

fn of_error(error: &Map<String, Value>) -> Refusal {
    let inner = ["innererror", "innerError", "inner_error"].iter().find_map(|key| get(error, key)?.as_object());
    let detail = get(error, "details").and_then(|details| details.as_array()?.first()?.as_object());
    let code = text(error, "code")
        .or_else(|| text(error, "errorCode"))
        .or_else(|| detail.and_then(|detail| text(detail, "code")))
        .or_else(|| inner.and_then(|inner| text(inner, "code")));
    let message = text(error, "message")
        // OData: {"message": {"lang": "en-US", "value": "..."}}
        .or_else(|| get(error, "message").and_then(|message| text(message.as_object()?, "value")))
        .or_else(|| text(error, "detail"))
        .or_else(|| text(error, "title"))
        .or_else(|| detail.and_then(|detail| text(detail, "message")))
        .or_else(|| inner.and_then(|inner| text(inner, "message")))
        .unwrap_or_default();
    let request_id = inner.and_then(|inner| text(inner, "request-id")).or_else(|| text(error, "requestId"));
    let inner_code = code_in(&message)
        .or_else(|| inner.and_then(|inner| text(inner, "code")))
        .or_else(|| detail.and_then(|detail| text(detail, "code")))
        .filter(|inner| code.as_ref() != Some(inner));
    Refusal { code, inner_code, message, request_id }
}

/// The code in a message that is itself JSON, as PIM's are.
fn code_in(message: &str) -> Option<String> {
    if !message.trim_start().starts_with('{') {
        return None;
    }
    let value: Value = serde_json::from_str(message).ok()?;
    let object = value.as_object()?;
    text(object, "errorCode").or_else(|| text(object, "code"))
}

/// Not JSON: XML of a storage service, an HTML page of something in between, or bare text.
fn of_text(body: &str) -> Refusal {
    if body.contains("<Error>")
        && let Some(code) = between(body, "<Code>", "</Code>")
    {
        let message = between(body, "<Message>", "</Message>").unwrap_or_default().to_owned();
        return Refusal { code: Some(code.to_owned()), message, ..Refusal::default() };
    }
    let lower = body.to_ascii_lowercase();
    if lower.contains("<html") || lower.contains("<!doctype html") {
        // Byte positions hold in both: ASCII lower-casing keeps every length.
        let title = lower.find("<title>").and_then(|from| {
            let end = lower[from..].find("</title>")?;
            body.get(from + 7..from + end)
        });
        let message = match title.map(str::trim).filter(|title| !title.is_empty()) {
            Some(title) => format!("an HTML page titled {title:?}"),
            None => "an HTML page".to_owned(),
        };
        // The sign-in endpoint answers some bad requests with its page for people; the number is in there.
        return Refusal { code: aadsts(body), message, ..Refusal::default() };
    }
    Refusal { message: body.chars().take(QUOTE_CHARS).collect(), ..Refusal::default() }
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let from = text.find(open)? + open.len();
    let end = text[from..].find(close)?;
    Some(&text[from..from + end])
}

/// Services differ in the case of their keys.
fn get<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.get(key).or_else(|| object.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value))
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    match get(object, key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, code: Option<&str>, message: &str, request_id: Option<&str>) {
        let found = read(body.as_bytes());
        let expected = Refusal {
            code: code.map(str::to_owned),
            inner_code: found.inner_code.clone(),
            message: message.to_owned(),
            request_id: request_id.map(str::to_owned),
        };
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn codes_inside_codes() {
        for (body, code, inner) in [
            (r#"{"error":{"code":"A","message":"m"}}"#, Some("A"), None),
            (
                r#"{"error":{"code":"Forbidden","innererror":{"code":"ForbiddenByRbac"}}}"#,
                Some("Forbidden"),
                Some("ForbiddenByRbac"),
            ),
            (r#"{"error":{"code":"A","details":[{"code":"B"}]}}"#, Some("A"), Some("B")),
            (r#"{"error":{"code":"A","innererror":{"code":"A"}}}"#, Some("A"), None),
            (
                r#"{"error":{"code":"UnknownError","message":"{\"errorCode\":\"PermissionScopeNotGranted\",\"message\":\"x\"}"}}"#,
                Some("UnknownError"),
                Some("PermissionScopeNotGranted"),
            ),
            (r#"{"error":{"code":"A","message":"{not json"}}"#, Some("A"), None),
            // The number of a sign-in: from the list of numbers, the description, or the page for people.
            (
                r#"{"error":"invalid_client","error_codes":[7000215],"error_description":"no number here"}"#,
                Some("AADSTS7000215"),
                None,
            ),
            (
                r#"{"error":"invalid_client","error_codes":[],"error_description":"AADSTS50034: x"}"#,
                Some("AADSTS50034"),
                None,
            ),
            ("<!DOCTYPE html><title>Sign in</title>\"AADSTS90013: Invalid input\"", Some("AADSTS90013"), None),
        ] {
            let found = read(body.as_bytes());
            assert_eq!((found.code.as_deref(), found.inner_code.as_deref()), (code, inner), "{body}");
        }
    }

    #[test]
    fn shapes_of_error_answers() {
        check(
            r#"{"error":{"code":"AuthorizationFailed","message":"no\nright"}}"#,
            Some("AuthorizationFailed"),
            "no right",
            None,
        );
        check(
            r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient","innerError":{"request-id":"r1"}}}"#,
            Some("Authorization_RequestDenied"),
            "Insufficient",
            Some("r1"),
        );
        check(r#"{"error":{"code":"","innererror":{"code":"Deep","message":"m"}}}"#, Some("Deep"), "m", None);
        check(r#"{"error":{"details":[{"code":"D","message":"dm"}]}}"#, Some("D"), "dm", None);
        check(
            r#"{"odata.error":{"code":"Request_BadRequest","message":{"lang":"en","value":"bad"}}}"#,
            Some("Request_BadRequest"),
            "bad",
            None,
        );
        check(r#"{"Code":"Conflict","Message":"busy"}"#, Some("Conflict"), "busy", None);
        check(r#"{"code":409,"message":"busy"}"#, Some("409"), "busy", None);
        check(r#"{"Message":"An error has occurred."}"#, None, "An error has occurred.", None);
        check(
            r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret.\r\nTrace ID: t","trace_id":"t"}"#,
            Some("AADSTS7000215"),
            "AADSTS7000215: Invalid client secret. Trace ID: t",
            Some("t"),
        );
        check(r#"{"error":"slow_down"}"#, Some("slow_down"), "", None);
        check(r#"{"title":"Not Found","status":404}"#, None, "Not Found", None);
        check(
            "<html><HEAD><TITLE> 502 Bad Gateway </TITLE></HEAD></html>",
            None,
            r#"an HTML page titled "502 Bad Gateway""#,
            None,
        );
        check("<!DOCTYPE html><p>x", None, "an HTML page", None);
        check(
            "<?xml?><Error><Code>AuthenticationFailed</Code><Message>no</Message></Error>",
            Some("AuthenticationFailed"),
            "no",
            None,
        );
        check("upstream connect error", None, "upstream connect error", None);
        check("\"just text\"", None, "just text", None);
        check("", None, "", None);
        check("[]", None, "", None);
        check("[{\"code\":\"A\"}]", Some("A"), "", None);
        check("null", None, "", None);
    }

    #[test]
    fn secrets_are_blanked() {
        let jwt = format!("eyJ{}", "abc.".repeat(20));
        check(&format!(r#"{{"message":"token {jwt} is bad"}}"#), None, "token [redacted] is bad", None);
        check(
            r#"{"message":"https://x/y?sig=a%2Bb&sv=1 eyJshort"}"#,
            None,
            "https://x/y?sig=[redacted]&sv=1 eyJshort",
            None,
        );
        for (given, expected) in [
            (
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc==;x",
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=[redacted];x",
            ),
            ("cannot reach https://f/api?code=abc&x=1", "cannot reach https://f/api?code=[redacted]&x=1"),
            ("to=https%3A%2F%2Fy%3Fsv%3D1%26sig%3Dabc", "to=https%3A%2F%2Fy%3Fsv%3D1%26sig%3D[redacted]"),
            ("clone https://user:abc@host/x failed", "clone https[redacted]host/x failed"),
            (r#"{"value": {"adminPassword": "abc"}}"#, r#"{"value": {"adminPassword": "[redacted]"}}"#),
            ("-----BEGIN PRIVATE KEY----- abc -----END PRIVATE KEY----- is bad", "[redacted] is bad"),
            ("password = abc", "password = [redacted]"),
            ("the password must be changed: token 5 has expired", "the password must be changed: token 5 has expired"),
        ] {
            check(&serde_json::json!({ "message": given }).to_string(), None, expected, None);
        }
        let long = read("é".repeat(5000).as_bytes());
        assert_eq!(long.message.chars().count(), QUOTE_CHARS);
    }
}
