//! Endpoints: which may be configured, and which addresses a token may go to.

use url::Url;

use super::super::endpoint::shown_url;
use super::super::{Audience, ClientError, Cloud, Endpoints};
use super::arm;

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

#[test]
fn clouds_have_names() {
    let check = |name: &str, expected: Option<&str>| {
        let cloud = name.parse::<Cloud>().ok();
        assert_eq!(cloud.map(|cloud| Endpoints::for_cloud(cloud).graph.to_string()).as_deref(), expected, "{name}");
    };
    check("public", Some("https://graph.microsoft.com/"));
    check("USGov", Some("https://graph.microsoft.us/"));
    check("china", Some("https://microsoftgraph.chinacloudapi.cn/"));
    check("germany", None);
    for cloud in [Cloud::Public, Cloud::UsGov, Cloud::China] {
        let endpoints = Endpoints::for_cloud(cloud);
        assert!(endpoints.validate().is_ok() && !endpoints.is_loopback());
    }
    let data = |host: &str| Cloud::Public.scope(&Audience::Data(host.to_owned()));
    assert_eq!(data("KV1.vault.azure.net"), "https://vault.azure.net/.default");
    assert_eq!(data("a.blob.core.windows.net"), "https://storage.azure.com/.default");
    assert_eq!(data("adb-1.azuredatabricks.net"), "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default");
    assert_eq!(Cloud::UsGov.scope(&Audience::Arm), "https://management.usgovcloudapi.net/.default");
}

#[test]
fn endpoints_that_may_be_set() {
    let check = |arm: &str, expected: Result<bool, bool>| {
        let mut endpoints = Endpoints::for_cloud(Cloud::Public);
        endpoints.arm = url(arm);
        let plain = |error| matches!(error, ClientError::PlainHttp { .. });
        assert_eq!(endpoints.validate().map(|()| endpoints.is_loopback()).map_err(plain), expected, "{arm}");
    };
    check("https://arm.private.example/prefix", Ok(false));
    check("http://127.0.0.1:8400", Ok(true));
    check("http://127.9.9.9:8400/arm", Ok(true));
    check("http://[::1]:8400", Ok(true));
    check("http://localhost:8400", Ok(true));
    check("https://localhost", Ok(true));
    check("http://management.azure.com", Err(true));
    check("http://localhost.evil.example", Err(true));
    check("http://10.0.0.1", Err(true));
    check("ftp://127.0.0.1", Err(false));
    check("https://user@arm.example", Err(false));
    check("https://arm.example/?x=1", Err(false));
}

#[test]
fn a_token_stays_at_home() {
    let mut mapped = Endpoints::for_cloud(Cloud::Public);
    mapped.data.insert("vault.azure.net".to_owned(), url("http://127.0.0.1:8400/host/{host}"));
    let public = Endpoints::for_cloud(Cloud::Public);
    let check = |endpoints: &Endpoints, audience: &Audience, target: &str, expected: bool| {
        assert_eq!(endpoints.allows(Cloud::Public, audience, &url(target)), expected, "{audience:?} {target}");
    };
    check(&public, &Audience::Arm, "https://management.azure.com:443/x", true);
    check(&public, &Audience::Arm, "https://MANAGEMENT.azure.com/x", true);
    check(&public, &Audience::Arm, "https://graph.microsoft.com/x", false);
    check(&public, &Audience::Arm, "http://management.azure.com/x", false);
    check(&public, &Audience::Arm, "https://management.azure.com:8443/x", false);
    check(&public, &Audience::Arm, "https://management.azure.com.evil.example/x", false);
    check(&public, &Audience::Arm, "https://management.azure.com@evil.example/x", false);
    check(&public, &Audience::Arm, "https://a:b@management.azure.com/x", false);
    check(&public, &Audience::Graph, "https://graph.microsoft.com/x", true);

    let vault = Audience::Data("kv1.vault.azure.net".to_owned());
    check(&public, &vault, "https://kv1.vault.azure.net/secrets", true);
    check(&public, &vault, "https://kv1.vault.azure.net:444/secrets", false);
    check(&public, &vault, "https://evilvault.azure.net/secrets", false);
    check(&public, &vault, "https://a.blob.core.windows.net/", false);
    check(&mapped, &vault, "https://kv1.vault.azure.net/secrets", false);
    check(&mapped, &vault, "http://127.0.0.1:8400/x", true);
}

#[test]
fn addresses_of_data_planes() {
    let mut local = Endpoints::for_cloud(Cloud::Public);
    local.data.insert("vault.azure.net".to_owned(), url("http://127.0.0.1:8400/host/{host}"));
    let public = Endpoints::for_cloud(Cloud::Public);
    let check = |endpoints: &Endpoints, host: &str, expected: Option<&str>| {
        let mut request = arm("/secrets");
        request.audience = Audience::Data(host.to_owned());
        request.query.clear();
        let address = endpoints.address(Cloud::Public, &request).ok();
        assert_eq!(address.as_ref().map(Url::as_str), expected, "{host}");
    };
    check(&public, "kv1.vault.azure.net", Some("https://kv1.vault.azure.net/secrets"));
    check(&public, "KV1.vault.azure.net", Some("https://kv1.vault.azure.net/secrets"));
    check(&local, "kv1.vault.azure.net", Some("http://127.0.0.1:8400/host/kv1.vault.azure.net/secrets"));
    check(&local, "a.blob.core.windows.net", None);
    check(&public, "evil.example", None);
    check(&public, "kv1.vault.azure.net:8443", None);
    check(&public, "evil.example/.vault.azure.net", None);
    check(&public, "user@kv1.vault.azure.net", None);
    check(&public, "", None);
}

#[test]
fn paths_stay_under_their_endpoint() {
    let mut endpoints = Endpoints::for_cloud(Cloud::Public);
    endpoints.arm = url("http://127.0.0.1:8400/arm/");
    let check = |path: &str, expected: Option<&str>| {
        let mut request = arm(path);
        request.query.clear();
        let address = endpoints.address(Cloud::Public, &request).ok();
        assert_eq!(address.as_ref().map(Url::path), expected, "{path}");
    };
    check("/subscriptions", Some("/arm/subscriptions"));
    check("subscriptions", Some("/arm/subscriptions"));
    check("/a/../../b", None);
    check("/a/%2e%2E/b", None);
    check("/a/./b", None);
    check("/a\\..\\b", None);
    check("/a..b/...", Some("/arm/a..b/..."));
    check("/a b%20c%2Fd%zz%", Some("/arm/a%20b%20c%2Fd%25zz%25"));
    check("/é?#[x]\t", Some("/arm/%C3%A9%3F%23%5Bx%5D%09"));
}

#[test]
fn shown_addresses_hold_no_secrets() {
    let check = |text: &str, expected: &str| assert_eq!(shown_url(&url(text)), expected);
    check("https://u:p@h.example/a?sig=abc&sv=1#f", "https://h.example/a?sig=[redacted]&sv=1");
    check(
        "https://h.example:8443/a?%24skiptoken=abc&$select=id,name&%24filter=a%20eq%20%27b%27",
        "https://h.example:8443/a?$skiptoken=[redacted]&$select=id,name&$filter=a%20eq%20'b'",
    );
    check(
        "https://h.example/?code=1&access_token=2&client_secret=3&flag",
        "https://h.example/?code=[redacted]&access_token=[redacted]&client_secret=[redacted]&flag",
    );
    check("https://h.example/", "https://h.example/");
}
