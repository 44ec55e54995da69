//! Bearer tokens: made for a resource, and looked at when they come back. They are unsigned: good for this server only.

use super::Tenant;
use super::ask::{Ask, Service};
use super::refusal::Refusal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Resource Manager's names for itself in all clouds.
const ARM: [&str; 6] = [
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://management.usgovcloudapi.net",
    "https://management.core.usgovcloudapi.net",
    "https://management.chinacloudapi.cn",
    "https://management.core.chinacloudapi.cn",
];

/// Graph's.
const GRAPH: [&str; 4] =
    ["https://graph.microsoft.com", "https://graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn", GRAPH_APP];

const GRAPH_APP: &str = "00000003-0000-0000-c000-000000000000";

/// Those of the data planes.
const DATA: [&str; 4] = [
    "https://vault.azure.net",
    "https://vault.usgovcloudapi.net",
    "https://vault.azure.cn",
    "https://storage.azure.com",
];

/// Application permissions that Graph tokens carry.
const ROLES: [&str; 6] = [
    "AuditLog.Read.All",
    "Directory.Read.All",
    "EntitlementManagement.Read.All",
    "Policy.Read.All",
    "PrivilegedAccess.Read.AzureADGroup",
    "RoleManagement.Read.Directory",
];

/// The role that every application has.
const DEFAULT_ROLE: &str = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";

fn is_among(audience: &str, names: &[&str]) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(audience.trim_end_matches('/')))
}

/// A token for a resource. Only Graph's says which permissions were granted, as in Azure.
pub(super) fn issue(tenant: &Tenant, ask: &Ask<'_>, audience: &str) -> String {
    let now = ask.request.now.timestamp();
    let mut claims = json!({
        "aud": audience,
        "iss": format!("https://sts.windows.net/{}/", tenant.id),
        "iat": now,
        "nbf": now,
        "exp": now.saturating_add_unsigned(tenant.options.token_ttl),
        "appid": tenant.principal.app_id,
        "appidacr": "1",
        "idtyp": "app",
        "oid": tenant.principal.object_id,
        "sub": tenant.principal.object_id,
        "tid": tenant.id,
        "ver": "1.0",
    });
    if is_among(audience, &GRAPH) {
        claims["roles"] = json!(ROLES);
        claims["wids"] = json!([DEFAULT_ROLE]);
    }
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(json!({"typ": "JWT", "alg": "none"})), part(claims))
}

enum Flaw {
    Missing,
    Malformed,
    Expired,
    Tenant,
    Audience(String),
}

/// Refuses a caller without a token that is good here and now.
pub(super) fn check(tenant: &Tenant, ask: &Ask<'_>) -> Result<(), Refusal> {
    let Err(flaw) = inspect(tenant, ask) else { return Ok(()) };
    let graph = ask.service == Service::Graph;
    let login = format!("{}/{}", ask.request.base, tenant.id);
    let (code, message) = match flaw {
        Flaw::Missing if graph => ("InvalidAuthenticationToken", "Access token is empty.".to_owned()),
        Flaw::Missing => {
            ("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.".to_owned())
        }
        Flaw::Malformed if graph => {
            ("InvalidAuthenticationToken", "IDX14100: JWT is not well formed, there are no dots (.).".to_owned())
        }
        Flaw::Malformed => ("InvalidAuthenticationToken", "The access token is invalid.".to_owned()),
        Flaw::Expired if graph => {
            ("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.".to_owned())
        }
        Flaw::Expired => ("ExpiredAuthenticationToken", "The access token expiry is in the past.".to_owned()),
        Flaw::Tenant if graph => ("InvalidAuthenticationToken", "Invalid tenant.".to_owned()),
        Flaw::Tenant => (
            "InvalidAuthenticationTokenTenant",
            format!(
                "The access token is from the wrong issuer. It must match the tenant 'https://sts.windows.net/{}/'.",
                tenant.id
            ),
        ),
        Flaw::Audience(_) if graph => {
            ("InvalidAuthenticationToken", "Access token validation failure. Invalid audience.".to_owned())
        }
        Flaw::Audience(found) => (
            "InvalidAuthenticationTokenAudience",
            format!(
                "The access token has been obtained for wrong audience or resource '{found}'. It should exactly match \
                 with one of the allowed audiences '{}/'.",
                ARM[0]
            ),
        ),
    };
    let challenge = if graph {
        format!("Bearer realm=\"\", authorization_uri=\"{login}/oauth2/authorize\", client_id=\"{GRAPH_APP}\"")
    } else {
        format!("Bearer authorization_uri=\"{login}\", error=\"invalid_token\", error_description=\"{message}\"")
    };
    Err(Refusal::new(401, code, message).with("www-authenticate", challenge))
}

fn inspect(tenant: &Tenant, ask: &Ask<'_>) -> Result<(), Flaw> {
    let header = ask.request.authorization.as_deref().unwrap_or_default();
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(Flaw::Missing);
    }
    let claims = claims(token.trim()).ok_or(Flaw::Malformed)?;
    let text = |name: &str| claims[name].as_str().unwrap_or_default();
    if !text("tid").eq_ignore_ascii_case(&tenant.id) {
        return Err(Flaw::Tenant);
    }
    if claims["exp"].as_i64().is_none_or(|end| end <= ask.request.now.timestamp()) {
        return Err(Flaw::Expired);
    }
    let names: &[&str] = match ask.service {
        Service::Graph => &GRAPH,
        Service::Data => &DATA,
        Service::Arm | Service::Login => &ARM,
    };
    if !is_among(text("aud"), names) {
        return Err(Flaw::Audience(text("aud").to_owned()));
    }
    Ok(())
}

fn claims(token: &str) -> Option<Value> {
    let parts: Vec<&str> = token.split('.').collect();
    let [_, payload, _] = parts[..] else { return None };
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}
