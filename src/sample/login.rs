//! The sign-in endpoint: a credential in, a token or Entra's refusal out. No credential is checked but the one that the
//! options name.

use super::ask::Ask;
use super::{Response, Tenant, token};
use crate::catalog::route::plain_path;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::form_urlencoded;

/// A refusal of Entra: status, OAuth's word, AADSTS number, message.
struct No(u16, &'static str, u32, String);

/// Answers a request to the sign-in endpoint.
pub(super) fn answer(tenant: &Tenant, ask: &Ask<'_>) -> Response {
    let path = plain_path(ask.asked);
    let (named, rest) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    let answer = match rest {
        "v2.0/.well-known/openid-configuration" => Ok(configuration(tenant, ask, named, "/v2.0")),
        ".well-known/openid-configuration" => Ok(configuration(tenant, ask, named, "")),
        "discovery/instance" => Ok(json!({
            "tenant_discovery_endpoint": format!("{}/{}/v2.0/.well-known/openid-configuration", ask.home(), tenant.id),
            "api-version": "1.1",
            "metadata": [],
        })),
        "discovery/v2.0/keys" | "discovery/keys" => Ok(json!({"keys": []})),
        "oauth2/v2.0/token" | "oauth2/token" => sign_in(tenant, ask, named, rest == "oauth2/v2.0/token"),
        _ => Err(No(404, "invalid_request", 900_144, "There is no such endpoint.".to_owned())),
    };
    match answer {
        Ok(body) => ask.reply(200, &body),
        Err(No(status, word, number, message)) => ask.reply(status, &refused(ask, word, number, &message)),
    }
}

fn refused(ask: &Ask<'_>, word: &str, number: u32, message: &str) -> Value {
    let (id, at) = (ask.request_id(), ask.request.now.format("%Y-%m-%d %H:%M:%SZ").to_string());
    json!({
        "error": word,
        "error_description":
            format!("AADSTS{number}: {message} Trace ID: {id} Correlation ID: {id} Timestamp: {at}"),
        "error_codes": [number],
        "timestamp": at,
        "trace_id": id,
        "correlation_id": id,
        "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
    })
}

fn configuration(tenant: &Tenant, ask: &Ask<'_>, named: &str, version: &str) -> Value {
    let home = format!("{}/{named}", ask.home());
    json!({
        "token_endpoint": format!("{home}/oauth2{version}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": format!("{home}/discovery{version}/keys"),
        "issuer": format!("{}/{}{version}", ask.home(), tenant.id),
        "authorization_endpoint": format!("{home}/oauth2{version}/authorize"),
        "response_types_supported": ["code", "id_token", "token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "tenant_region_scope": "NA",
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": "graph.microsoft.com",
    })
}

fn sign_in(tenant: &Tenant, ask: &Ask<'_>, named: &str, v2: bool) -> Result<Value, No> {
    if ask.request.method != "POST" {
        let message = format!("The endpoint only accepts POST requests. Received a {} request.", ask.request.method);
        return Err(No(400, "invalid_request", 900_561, message));
    }
    check_tenant(tenant, named)?;
    let form: BTreeMap<String, String> = form_urlencoded::parse(&ask.request.body).into_owned().collect();
    let field = |name: &str| {
        form.get(name).map(String::as_str).filter(|value| !value.is_empty()).ok_or_else(|| {
            let message = format!("The request body must contain the following parameter: '{name}'.");
            No(400, "invalid_request", 900_144, message)
        })
    };
    let grant = field("grant_type")?;
    if grant != "client_credentials" {
        let message = format!("The app requested an unsupported grant type '{grant}'.");
        return Err(No(400, "unsupported_grant_type", 70_003, message));
    }
    check_client(tenant, field("client_id")?, &form)?;
    let audience = audience(&form, v2, field)?;
    let ttl = tenant.options.token_ttl;
    let token = token::issue(tenant, ask, &audience);
    Ok(if v2 {
        json!({"token_type": "Bearer", "expires_in": ttl, "ext_expires_in": ttl, "access_token": token})
    } else {
        let now = ask.request.now.timestamp();
        json!({
            "token_type": "Bearer",
            "expires_in": ttl.to_string(),
            "ext_expires_in": ttl.to_string(),
            "expires_on": now.saturating_add_unsigned(ttl).to_string(),
            "not_before": now.to_string(),
            "resource": audience,
            "access_token": token,
        })
    })
}

fn check_tenant(tenant: &Tenant, named: &str) -> Result<(), No> {
    let domain = |object: &Value| {
        let domains = object["verifiedDomains"].as_array().map(Vec::as_slice).unwrap_or_default();
        domains.iter().any(|domain| domain["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(named)))
    };
    let organisations = tenant.organisations().unwrap_or_default();
    if named == tenant.id
        || ["common", "organizations"].contains(&named)
        || organisations.iter().any(|object| domain(&object.body))
    {
        return Ok(());
    }
    let guid = named.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    if !guid && !named.contains('.') {
        let message =
            format!("Specified tenant identifier '{named}' is neither a valid DNS name, nor a valid external domain.");
        return Err(No(400, "invalid_request", 900_023, message));
    }
    let message = format!(
        "Tenant '{named}' not found. Check to make sure you have the correct tenant ID and are signing into the correct \
         cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the \
         tenant."
    );
    Err(No(400, "invalid_request", 90_002, message))
}

fn check_client(tenant: &Tenant, id: &str, form: &BTreeMap<String, String>) -> Result<(), No> {
    let given = |name: &str| form.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let only = tenant.options.client.as_ref();
    if only.is_some_and(|(known, _)| !known.eq_ignore_ascii_case(id)) {
        let message = format!("Application with identifier '{id}' was not found in the directory '{}'.", tenant.id);
        return Err(No(400, "unauthorized_client", 700_016, message));
    }
    match (given("client_secret"), given("client_assertion")) {
        (Some(secret), _) if secret == "wrong" || only.is_some_and(|(_, known)| known != secret) => {
            let message = format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, \
                 not the client secret ID, for a secret added to app '{id}'."
            );
            Err(No(401, "invalid_client", 7_000_215, message))
        }
        (Some(_), _) | (None, Some(_)) => Ok(()),
        (None, None) => {
            let message =
                "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.";
            Err(No(401, "invalid_client", 7_000_216, message.to_owned()))
        }
    }
}

/// The resource that a token is asked for.
fn audience<'f>(
    form: &'f BTreeMap<String, String>,
    v2: bool,
    field: impl Fn(&str) -> Result<&'f str, No>,
) -> Result<String, No> {
    if !v2 {
        return Ok(form.get("resource").cloned().unwrap_or_else(|| "https://management.azure.com/".to_owned()));
    }
    let scope = field("scope")?;
    let first = scope.split_whitespace().next().unwrap_or_default();
    first.strip_suffix("/.default").map(str::to_owned).ok_or_else(|| {
        let message = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with \
             /.default suffixed to the resource identifier (application ID URI)."
        );
        No(400, "invalid_scope", 1_002_012, message)
    })
}
