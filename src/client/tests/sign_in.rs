//! Tokens over the loopback mapping: client secret, certificate, renewal, refusal.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};

use super::super::{Audience, CallErrorKind, Client, ClientError, Cloud, CredentialSpec, Endpoints, Principal, Secret};
use super::{Server, answer, arm, quick, secret_of, token_answer};

#[tokio::test]
async fn one_token_serves_everybody() {
    let server = Server::start(|_, _| answer(200, &[], "{}")).await;
    let client = server.client();
    let request = arm("/x");
    let calls = (0..20).map(|_| client.call(&request));
    assert!(futures::future::join_all(calls).await.iter().all(Result::is_ok));
    assert_eq!(server.sign_ins().len(), 1);
    assert!(server.asked().iter().all(|asked| asked.bearer == "token-0"));
    let sign_in = &server.sign_ins()[0];
    assert_eq!(sign_in.target, "/login/contoso.example/oauth2/v2.0/token");
    for part in ["client_id=app", "client_secret=s3cr3t%2F%2B", "scope=https%3A%2F%2Fmanagement.azure.com%2F.default"] {
        assert!(sign_in.body.contains(part), "{}", sign_in.body);
    }
}

#[tokio::test]
async fn a_token_at_its_end_is_renewed() {
    let server = Server::with_sign_in(|n, _| token_answer(n, 0), |_, _| answer(200, &[], "{}")).await;
    let client = server.client();
    for _ in 0..3 {
        client.call(&arm("/x")).await.expect("an answer");
    }
    let bearers: Vec<_> = server.asked().into_iter().map(|asked| asked.bearer).collect();
    assert_eq!(bearers, ["token-0", "token-1", "token-2"]);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let server = Server::start(|_, asked| match asked.bearer.as_str() {
        "token-0" => answer(401, &[("www-authenticate", "Bearer error=\"invalid_token\"")], "{}"),
        _ if asked.target.contains("never") => answer(401, &[], r#"{"error":{"code":"InvalidTenant"}}"#),
        _ => answer(200, &[], "{}"),
    })
    .await;
    let client = server.client();
    assert!(client.call(&arm("/x")).await.is_ok());
    assert_eq!(server.sign_ins().len(), 2);
    // The new token is not the reason for this one: it is not fetched again and again.
    for _ in 0..3 {
        let error = client.call(&arm("/never")).await.expect_err("a refusal");
        assert_eq!((error.kind, error.code.as_deref()), (CallErrorKind::Refused, Some("InvalidTenant")));
        assert_eq!((error.cost.requests, error.cost.retries), (1, 0));
    }
    assert_eq!((server.sign_ins().len(), server.asked().len()), (2, 5));
}

#[tokio::test]
async fn a_failed_renewal_leaves_the_old_token() {
    let server = Server::with_sign_in(
        |n, _| if n == 0 { token_answer(0, 1) } else { answer(400, &[], r#"{"error":"invalid_request"}"#) },
        |_, _| answer(200, &[], "{}"),
    )
    .await;
    let client = server.client();
    let scope = "https://management.azure.com/.default";
    client.call(&arm("/x")).await.expect("an answer");
    let first = client.inner.principals[0].tokens.bearer(scope, None).await.expect("a token");
    // Doubted, it is not given out again; undoubted it is.
    let error = client.inner.principals[0].tokens.bearer(scope, Some(first.generation)).await.err().expect("no token");
    assert_eq!((error.kind, error.code.as_deref()), (CallErrorKind::Token, Some("invalid_request")));
    assert_eq!(
        client.inner.principals[0].tokens.bearer(scope, None).await.expect("a token").generation,
        first.generation
    );
}

#[tokio::test]
async fn a_wrong_secret_names_the_reason_only() {
    let refusal = r#"{"error":"invalid_client","error_codes":[7000215],"error_description":
        "AADSTS7000215: Invalid client secret 's3cr3t/+' or s3cr3t%2F%2B. Trace ID: t"}"#
        .replace('\n', " ");
    let server =
        Server::with_sign_in(move |_, _| answer(401, &[], refusal.clone()), |_, _| answer(200, &[], "{}")).await;
    let client = server.client();
    for _ in 0..2 {
        let error = client.call(&arm("/x")).await.expect_err("no token");
        assert_eq!((error.kind, error.status), (CallErrorKind::Token, Some(401)));
        assert_eq!(error.code.as_deref(), Some("AADSTS7000215"));
        let text = error.to_string();
        assert!(text.contains("sign-in failed: 401 AADSTS7000215: AADSTS7000215: Invalid client secret"), "{text}");
        assert!(!format!("{text} {error:?} {client:?}").contains("s3cr3t"), "{text}");
        assert_eq!(error.cost.requests, 0);
    }
    assert_eq!(server.sign_ins().len(), 1, "Entra's no is not asked for twice in a row");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_shaky_sign_in_is_tried_again() {
    let server = Server::with_sign_in(
        |n, _| match n {
            0 => answer(503, &[("retry-after-ms", "1")], "busy"),
            _ => token_answer(n, 3600),
        },
        |_, _| answer(200, &[], "{}"),
    )
    .await;
    assert!(server.client().call(&arm("/x")).await.is_ok());
    assert_eq!(server.sign_ins().len(), 2);

    for no_token in ["<html>", "{}"] {
        let server = Server::with_sign_in(move |_, _| answer(200, &[], no_token), |_, _| answer(200, &[], "{}")).await;
        let error = server.client().principal(&Audience::Graph).await.expect_err("no token");
        assert_eq!((error.kind, error.status), (CallErrorKind::Token, Some(200)), "{no_token}");
    }
}

#[test]
fn a_token_tells_who_it_stands_for() {
    let check = |claims: &str, expected: Principal| {
        let token = format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(Principal::of_token(&token), expected, "{claims}");
    };
    let some = |text: &str| Some(text.to_owned());
    check(
        r#"{"tid":"t","oid":"o","appid":"a","roles":["User.Read.All"],"wids":["w"],"scp":"User.Read openid","upn":"kept by nobody"}"#,
        Principal {
            tenant_id: some("t"),
            object_id: some("o"),
            app_id: some("a"),
            roles: vec!["User.Read.All".to_owned()],
            wids: vec!["w".to_owned()],
            scopes: vec!["User.Read".to_owned(), "openid".to_owned()],
        },
    );
    check(r#"{"azp":"a","roles":null}"#, Principal { app_id: some("a"), ..Principal::default() });
    check("not json", Principal::default());
    assert_eq!(Principal::of_token("opaque"), Principal::default());
}

/// Endpoints that need no TLS roots.
fn local() -> Endpoints {
    let url = url::Url::parse("http://127.0.0.1:1").expect("an address");
    Endpoints { arm: url.clone(), graph: url.clone(), login: url, data: [].into() }
}

/// A throw-away key and its certificate, base64 of the DER; they open nothing.
const KEY: &str = "\
    MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDUt5H9wIFSeHgy98g7+bhMFKpKh+NbPLJ0uzLrssAEYgFRPP30\
    6pAA0vUNhEJ273xvYYbC+jPhrejaehofcpUugRlG3W9IFBdwkFvJ0TVCUkA9hNGtooJfLpcBGPwA7ykJLXga63lE8oN40hSP1QKm\
    M87ZH1LrugOJuiMSVP4tUp4Q5FlKb/xo+SfZ42E1X4fD5kH3dx1VhUw6S3Igb729X2+jnPsV/z6cGV/hOj1ZNE8zbibKRMWVmbSx\
    g5NVGLlFTf+kuH/+czBz60cmc2rnWtZURBFgvv/SB11TS9ibXk0NgLdANi4tR8xQtrIVzko5wE9Y3FVE2GrR/3UF2fmvAgMBAAEC\
    ggEAR19eq0M7wRWt0wAjncgQx+pJJx/IL9VCVXt4PvBnkDDoGz95QIOxlK0zzvi5Kln5qQ+SnXpBDTCCiEfe2v1hw8xKVGY5D/i5\
    0qmFOsao9ZtOdbXKetWjo9cokJQ2/gNBBBTPD01CD9nFNjVa89W3gVexyFVDx9dOl5gua1i8Pi00wXIxbxNLB4+KybWUQ/KJkUjr\
    9DXdXs8eDjHTH5DjXQXRjnkaI82nPH668AZtdr0OSkiSs6w61lX/usYa8FxFNEwxmAdIQkSTFzRyxHHZm19D4PdPg2YaoVFm3a8B\
    SpYmpZCxlAFCf8f9TLmSf9Cm50TAx3wolHpZ/bReHHuB8QKBgQD9HrFOe+PTi78IdDfgbQjDqE5E6+PN9HlrHrrV6bziiUkya9LT\
    Wd5+iUkyc9TOg5LFRb6K1hlfm7QUlHftn6bTwn/9qiNf1OEVwWsjbUlY3GlIgo5xRDNyWQJoVAR3+9gsgkWL4TS3pql8USzYGFhL\
    btG3Exmz8pZMQRRdTZ+9MQKBgQDXIzBuFIZBhgFD6Lr7NW0PZe1v94Y6vGaTyMNcBXn7ASDJKXxYWkYws5anz17QjIxy+PN80gfH\
    nztKsAzJJa0oshhrF1VsbBU8FUIs/dO3R53u1xpx2BVdD4sO40gQiYzsXL2w7kRqZnskLO6LsxE54ddrx7bEK3lZWe9oezvs3wKB\
    gQDqN9Nzv1oir0ZW6UunJN2eRwgd6HVEZ7tOrwHN3VqF+Ok9ed586cTjK+AKinpZmhBe8NmPGOwjty1cecG7pSa2/lx2+k9/Zrnc\
    6rxb7M2ZJ2NY0E5Eawp7/fcnWM9Fw0nWbbky5XJlmhdszKSFVYmmS2ZNVKRNCeWfq/zPFXwBkQKBgEm2deaRw7p5pr9U45QlJxwK\
    iYM+pVBEs0TZmg5SlgvpxAkI3OEM9VXEgs82nz8HmSvfntXaxO2h4lfh4E+fSChUdUdkNFG06sWuZwExazQ2JqfqLdZp+k/rfnL4\
    bv2zk4R89kXELc7jFDg96PIWxcU2W3BDepzWZHq39O6wosSzAoGBAIMvgz1zkQVPV9y386mY3tnW4bYJ0KIqvn2O3M5nnP2jQheu\
    5qeHjpLqibqsfsTZ/FbL5JKEg11i/4/GAWakFQRQbWqNBpV1N3a3D/YOYKhIh4ejmEPW8uh3AFbKmIBlz6t1rMsl0TIcVaat5PS5\
    7p7k2kM/jr6kTECxoc85P+QE";
const CERTIFICATE: &str = "\
    MIIDDzCCAfegAwIBAgIUUPkr9gt0DVMIpf+ROvLT1v9nrE0wDQYJKoZIhvcNAQELBQAwFjEUMBIGA1UEAwwLYXpzbmFwIHRlc3Qw\
    IBcNMjYxMTIxMDI0NjExWhgPMjEyNjEwMjgwMjQ2MTFaMBYxFDASBgNVBAMMC2F6c25hcCB0ZXN0MIIBIjANBgkqhkiG9w0BAQEF\
    AAOCAQ8AMIIBCgKCAQEA1LeR/cCBUnh4MvfIO/m4TBSqSofjWzyydLsy67LABGIBUTz99OqQANL1DYRCdu98b2GGwvoz4a3o2noa\
    H3KVLoEZRt1vSBQXcJBbydE1QlJAPYTRraKCXy6XARj8AO8pCS14Gut5RPKDeNIUj9UCpjPO2R9S67oDibojElT+LVKeEORZSm/8\
    aPkn2eNhNV+Hw+ZB93cdVYVMOktyIG+9vV9vo5z7Ff8+nBlf4To9WTRPM24mykTFlZm0sYOTVRi5RU3/pLh//nMwc+tHJnNq51rW\
    VEQRYL7/0gddU0vYm15NDYC3QDYuLUfMULayFc5KOcBPWNxVRNhq0f91Bdn5rwIDAQABo1MwUTAdBgNVHQ4EFgQUccfDiOEqc4tX\
    k4grkQh1SCXdqRswHwYDVR0jBBgwFoAUccfDiOEqc4tXk4grkQh1SCXdqRswDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsF\
    AAOCAQEA0HkY6wm4o0Su+yH50ADsRv8BjT6Z+ZpI4BFcztaKgOgF1gxh58ujRJdlN8YoiqHukFbdphErRylX8eWs0sSrDF/4Qsj1\
    yvwWmLkom/RtV56VQJtVY6xg+MSkOAUh4DmQDbUoLYNimyG4ACRa01LKxAMTb+tHHgEsXMMLLw+rF6m4ReETPELJj5M/2viBq03u\
    RF7/dvf2N13lQWUhvCux1WWjokRxsfbH642iE2dM3RcpWVxpMisGkBpHr/WJHxSsYHT6Q4zMblDFbamY/SkdRkbKvMTXpc8R3dwz\
    3MYapVwArn2k2M6JXR4a0A2k+T3Pe0hQzQn5vDaC66ivhkFDPg==";

fn pem(label: &str, der: &str) -> String {
    format!("-----BEGIN {label}-----\n{der}\n-----END {label}-----\n")
}

fn certificate_of(text: String, send_chain: bool) -> CredentialSpec {
    CredentialSpec::Certificate {
        tenant: "contoso.example".to_owned(),
        client_id: "app".to_owned(),
        pem: Secret::new(text),
        send_chain,
    }
}

#[tokio::test]
async fn a_certificate_signs_an_assertion() {
    let (certificate, key) = (pem("CERTIFICATE", CERTIFICATE), pem("PRIVATE KEY", KEY));
    check_assertion(format!("{certificate}{key}"), true).await;
    check_assertion(format!("{key}{certificate}"), false).await;
    // The older form is the PKCS#8 one less its 26 bytes of wrapping.
    let older = STANDARD.encode(&STANDARD.decode(KEY).expect("base64")[26..]);
    check_assertion(format!("{certificate}{}", pem("RSA PRIVATE KEY", &older)), true).await;
}

async fn check_assertion(text: String, send_chain: bool) {
    let server = Server::start(|_, _| answer(200, &[], "{}")).await;
    let client = server.client_with(certificate_of(text, send_chain), quick());
    client.call(&arm("/x")).await.expect("an answer");

    let form = server.sign_ins()[0].body.clone();
    let field = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(form.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).expect("a field")
    };
    assert_eq!(field("client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let assertion = field("client_assertion");
    let (message, signature) = assertion.rsplit_once('.').expect("three parts");
    let part = |n: usize| -> serde_json::Value {
        let bytes = URL_SAFE_NO_PAD.decode(message.split('.').nth(n).expect("a part")).expect("base64");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let (header, claims) = (part(0), part(1));
    let der = STANDARD.decode(CERTIFICATE).expect("base64");
    let thumbprint = URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, &der));
    assert_eq!((header["alg"].as_str(), header["x5t#S256"].as_str()), (Some("PS256"), Some(thumbprint.as_str())));
    assert_eq!(header.get("x5c"), send_chain.then(|| serde_json::json!([CERTIFICATE])).as_ref());
    let endpoint = format!("{}login/contoso.example/oauth2/v2.0/token", server.base);
    assert_eq!((claims["aud"].as_str(), claims["iss"].as_str()), (Some(endpoint.as_str()), Some("app")));
    let life = claims["exp"].as_u64().expect("a time") - claims["iat"].as_u64().expect("a time");
    assert_eq!(Duration::from_secs(life), Duration::from_secs(600));

    let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(KEY).expect("base64")).expect("a key");
    let public = ring::signature::KeyPair::public_key(&key).as_ref().to_vec();
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
    let verify = |how| UnparsedPublicKey::new(how, &public).verify(message.as_bytes(), &signature).is_ok();
    assert!(verify(&RSA_PSS_2048_8192_SHA256));
    assert!(!verify(&RSA_PKCS1_2048_8192_SHA256));
}

#[test]
fn certificates_that_cannot_sign() {
    let check = |text: String, expected: &str| {
        let error = Client::new(local(), Cloud::Public, certificate_of(text, false), quick()).err();
        let Some(ClientError::Certificate(problem)) = error else { panic!("{error:?}") };
        assert!(problem.contains(expected), "{problem}");
    };
    let (certificate, key) = (pem("CERTIFICATE", CERTIFICATE), pem("PRIVATE KEY", KEY));
    check("\u{30}\u{82} not text".to_owned(), "not PEM text");
    check(certificate.clone(), "no private key");
    check(key.clone(), "no certificate");
    check(format!("{certificate}{}", pem("ENCRYPTED PRIVATE KEY", KEY)), "encrypted");
    check(format!("{certificate}{}", pem("EC PRIVATE KEY", KEY)), "not an RSA key");
    check(format!("{certificate}{}", pem("PRIVATE KEY", "AAAA")), "2048");
    check(format!("{}{key}", pem("CERTIFICATE", "AAAA")), "none of the certificates");
}

#[test]
fn specs_that_cannot_work() {
    let check = |spec: CredentialSpec| {
        let error = Client::new(local(), Cloud::Public, spec, quick()).err();
        assert!(matches!(error, Some(ClientError::Credential(_))), "{error:?}");
    };
    check(secret_of(""));
    check(CredentialSpec::ClientSecret {
        tenant: "no/tenant".to_owned(),
        client_id: "a".to_owned(),
        secret: Secret::new("x"),
    });
    check(CredentialSpec::WorkloadIdentity {
        tenant: "t".to_owned(),
        client_id: "a".to_owned(),
        token_file: "/does/not/exist".into(),
    });
    assert_eq!(format!("{:?}", Secret::new("hidden")), "Secret");
}
