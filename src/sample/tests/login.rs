//! Signing in, and what happens to tokens that are not good.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;

fn post(tenant: &Tenant, path: &str, form: &str) -> (u16, Value) {
    let request = Request {
        method: "POST".into(),
        path: path.into(),
        body: form.as_bytes().to_vec(),
        base: BASE.into(),
        ..Request::default()
    };
    let response = tenant.answer(&request);
    (response.status, serde_json::from_slice(&response.body).unwrap())
}

const GRANT: &str = "grant_type=client_credentials";
const SCOPE: &str = "scope=https%3A%2F%2Fmanagement.azure.com%2F.default";

#[test]
fn refusals() {
    let client = Some(("App-1".to_owned(), "s3".to_owned()));
    let only = small(&[]).with_options(&Options { client, ..Options::default() });
    let any = small(&[]);
    let v2 = format!("/{TENANT}/oauth2/v2.0/token");
    let stranger = "/11111111-0000-0000-0000-000000000000/oauth2/v2.0/token";
    for (tenant, path, form, expected) in [
        (&any, v2.as_str(), format!("{GRANT}&client_id=x&client_secret=y&{SCOPE}"), 0),
        (&any, "/common/oauth2/v2.0/token", format!("{GRANT}&client_id=x&client_assertion=j.w.t&{SCOPE}"), 0),
        (&any, &format!("/login{v2}"), format!("{GRANT}&client_id=x&client_secret=y&{SCOPE}"), 0),
        (&any, &v2, format!("{GRANT}&client_id=x&client_secret=wrong&{SCOPE}"), 7_000_215),
        (&any, &v2, format!("{GRANT}&client_id=x&{SCOPE}"), 7_000_216),
        (&any, &v2, format!("{GRANT}&client_secret=y&{SCOPE}"), 900_144),
        (&any, &v2, format!("{GRANT}&client_id=x&client_secret=y"), 900_144),
        (&any, &v2, format!("{GRANT}&client_id=x&client_secret=y&scope=openid"), 1_002_012),
        (&any, &v2, format!("grant_type=password&client_id=x&{SCOPE}"), 70_003),
        (&any, stranger, format!("{GRANT}&client_id=x&client_secret=y&{SCOPE}"), 90_002),
        (&any, "/elsewhere.example/oauth2/v2.0/token", format!("{GRANT}&client_id=x&client_secret=y&{SCOPE}"), 90_002),
        (&any, "/tenant/oauth2/v2.0/token", format!("{GRANT}&client_id=x&client_secret=y&{SCOPE}"), 900_023),
        (&only, &v2, format!("{GRANT}&client_id=app-1&client_secret=s3&{SCOPE}"), 0),
        (&only, &v2, format!("{GRANT}&client_id=app-1&client_secret=s4&{SCOPE}"), 7_000_215),
        (&only, &v2, format!("{GRANT}&client_id=app-2&client_secret=s3&{SCOPE}"), 700_016),
    ] {
        let (status, body) = post(tenant, path, &form);
        assert_eq!(status >= 400, expected != 0, "{form} {body}");
        assert_eq!(body["error_codes"][0].as_u64().unwrap_or(0), expected, "{path} {form}");
        let text = body["error_description"].as_str().unwrap_or_default();
        assert!(expected == 0 || text.starts_with(&format!("AADSTS{expected}: ")), "{text}");
    }
    let domain = contoso("2026-10-01");
    let name = domain.organisations().unwrap()[0].body["verifiedDomains"][0]["name"].as_str().unwrap().to_owned();
    let (status, _) =
        post(&domain, &format!("/{name}/oauth2/v2.0/token"), &format!("{GRANT}&client_id=x&client_secret=y&{SCOPE}"));
    assert_eq!(status, 200, "{name}");
}

#[test]
fn claims() {
    let tenant = small(&[]);
    let read = |form: &str, path: &str| {
        let (_, body) = post(&tenant, path, form);
        let token = body["access_token"].as_str().unwrap().to_owned();
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        (body, serde_json::from_slice::<Value>(&payload).unwrap())
    };
    let form = format!("{GRANT}&client_id=x&client_secret=y");
    let (body, arm) = read(&format!("{form}&{SCOPE}"), &format!("/{TENANT}/oauth2/v2.0/token"));
    assert_eq!((&body["expires_in"], &arm["exp"]), (&json!(3599), &json!(3599)));
    assert_eq!(
        json!([arm["tid"], arm["oid"], arm["appid"], arm["aud"], arm["roles"]]),
        json!([TENANT, READER, "app", "https://management.azure.com", null])
    );
    let (_, graph) =
        read(&format!("{form}&scope=https://graph.microsoft.us/.default"), &format!("/{TENANT}/oauth2/v2.0/token"));
    let roles = graph["roles"].as_array().unwrap();
    assert!(
        ["Directory.Read.All", "Policy.Read.All", "RoleManagement.Read.Directory"]
            .iter()
            .all(|role| roles.contains(&json!(role)))
    );
    let (body, old) =
        read(&format!("{form}&resource=https://management.azure.com/"), &format!("/{TENANT}/oauth2/token"));
    assert_eq!(json!([body["expires_in"], old["aud"]]), json!(["3599", "https://management.azure.com/"]));
}

#[test]
fn metadata() {
    let tenant = small(&[]);
    let get = |path: &str| {
        let request = Request { method: "GET".into(), path: path.into(), base: BASE.into(), ..Request::default() };
        let response = tenant.answer(&request);
        (response.status, serde_json::from_slice::<Value>(&response.body).unwrap())
    };
    let (_, body) = get(&format!("/login/{TENANT}/v2.0/.well-known/openid-configuration"));
    assert_eq!(body["token_endpoint"], format!("{BASE}/login/{TENANT}/oauth2/v2.0/token").as_str());
    let (_, body) = get("/common/discovery/instance?api-version=1.1");
    assert!(body["tenant_discovery_endpoint"].as_str().unwrap().contains(TENANT));
    assert_eq!(get(&format!("/{TENANT}/oauth2/v2.0/token")).1["error_codes"], json!([900_561]));
    assert_eq!(get(&format!("/{TENANT}/discovery/v2.0/keys")).1, json!({"keys": []}));
    assert_eq!(get(&format!("/{TENANT}/oauth2/v2.0/authorize")).0, 404);
}

#[test]
fn bad_tokens() {
    let caller = Caller::new(small(&[]));
    let foreign = {
        let payload = URL_SAFE_NO_PAD.encode(json!({"tid": "other", "exp": 9e9, "aud": "x"}).to_string());
        format!("Bearer e30.{payload}.")
    };
    let later = DateTime::UNIX_EPOCH + Duration::seconds(3599);
    let start = DateTime::UNIX_EPOCH;
    for (authorization, now, arm, graph) in [
        (None, start, "AuthenticationFailed", "Access token is empty."),
        (Some("Basic eA==".to_owned()), start, "AuthenticationFailed", "Access token is empty."),
        (Some("Bearer nonsense".to_owned()), start, "InvalidAuthenticationToken", "IDX14100"),
        (Some("Bearer a.!.c".to_owned()), start, "InvalidAuthenticationToken", "IDX14100"),
        (Some(foreign), start, "InvalidAuthenticationTokenTenant", "Invalid tenant."),
        (Some(caller.arm.clone()), later, "ExpiredAuthenticationToken", "Lifetime validation failed"),
        (Some(caller.graph.clone()), start, "InvalidAuthenticationTokenAudience", ""),
        (Some(caller.arm.clone()), start, "", "Access token validation failure. Invalid audience."),
    ] {
        for (path, code, message) in [("/subscriptions", arm, ""), ("/v1.0/users", "InvalidAuthenticationToken", graph)]
        {
            if code.is_empty() || (path == "/v1.0/users" && graph.is_empty()) {
                continue;
            }
            let request = Request {
                method: "GET".into(),
                path: path.into(),
                query: "api-version=2022-12-01".into(),
                authorization: authorization.clone(),
                base: BASE.into(),
                now,
                ..Request::default()
            };
            let response = caller.tenant.answer(&request);
            let body: Value = serde_json::from_slice(&response.body).unwrap();
            assert_eq!(
                (response.status, body["error"]["code"].as_str().unwrap()),
                (401, code),
                "{path} {authorization:?}"
            );
            assert!(body["error"]["message"].as_str().unwrap().starts_with(message), "{body}");
            let challenge = response.headers.iter().find(|(name, _)| *name == "www-authenticate").unwrap();
            assert!(challenge.1.starts_with("Bearer ") && challenge.1.contains(TENANT), "{challenge:?}");
        }
    }
}
