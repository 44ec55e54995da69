//! Signs the client assertion of a certificate credential.
//!
//! In goes the PEM text of a certificate and its RSA key, out come short-lived JWTs that Entra takes in place of a
//! secret. The key never leaves this file, and nothing here opens a socket or a file.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use azure_core::error::{Error, ErrorKind};
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use ring::rand::{SystemRandom, generate};
use ring::signature::{KeyPair, RSA_PSS_SHA256, RsaKeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;

use super::error::ClientError;
use super::retry::wall_clock;

/// Entra refuses assertions that live much longer.
const LIFETIME: Duration = Duration::from_secs(600);

/// A certificate with its key, ready to sign.
pub(super) struct Assertion {
    client_id: String,
    token_endpoint: String,
    key: RsaKeyPair,
    thumbprint: String,
    chain: Vec<String>,
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl Assertion {
    /// Reads key and certificate; `token_endpoint` is the audience of the assertions.
    pub(super) fn new(
        client_id: &str,
        token_endpoint: String,
        pem: &str,
        send_chain: bool,
    ) -> Result<Self, ClientError> {
        let bad = |problem| Err(ClientError::Certificate(problem));
        if pem.contains("ENCRYPTED PRIVATE KEY") || pem.contains("Proc-Type: 4,ENCRYPTED") {
            return bad("the private key is encrypted; decrypt it first (openssl pkey -in in.pem -out out.pem)");
        }
        if !pem.contains("-----BEGIN ") {
            return bad("this is not PEM text; convert a .pfx first (openssl pkcs12 -in in.pfx -nodes -out out.pem)");
        }
        let certificates: Vec<_> = match CertificateDer::pem_slice_iter(pem.as_bytes()).collect() {
            Ok(certificates) => certificates,
            Err(_) => return bad("the PEM text is broken"),
        };
        let key = match PrivateKeyDer::from_pem_slice(pem.as_bytes()) {
            Ok(PrivateKeyDer::Pkcs8(der)) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            Ok(PrivateKeyDer::Pkcs1(der)) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            Ok(_) => return bad("the private key is not an RSA key"),
            Err(_) => return bad("the PEM text holds no private key"),
        };
        let Ok(key) = key else {
            return bad("the private key is not an RSA key of 2048 to 4096 bits");
        };
        if certificates.is_empty() {
            return bad("the PEM text holds no certificate");
        }
        // The leaf is the one that holds our public key, wherever it stands in the file.
        let public = key.public_key().as_ref();
        let is_ours = |der: &CertificateDer<'_>| der.windows(public.len()).any(|window| window == public);
        let Some(leaf) = certificates.iter().position(is_ours) else {
            return bad("the private key belongs to none of the certificates");
        };
        let mut ordered = certificates;
        ordered[..=leaf].rotate_right(1);
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, &ordered[0]));
        let chain = if send_chain { ordered.iter().map(|der| STANDARD.encode(der)).collect() } else { Vec::new() };
        Ok(Self { client_id: client_id.to_owned(), token_endpoint, key, thumbprint, chain })
    }

    /// Signs an assertion that holds from now.
    fn sign(&self) -> Option<String> {
        let now = wall_clock().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let random = SystemRandom::new();
        let unique = generate::<[u8; 16]>(&random).ok()?.expose();
        // RSA-PSS with SHA-256 and the SHA-256 thumbprint are what Entra recommends.
        let mut header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint });
        if !self.chain.is_empty() {
            header["x5c"] = json!(self.chain);
        }
        let claims = json!({
            "aud": self.token_endpoint,
            "iss": self.client_id,
            "sub": self.client_id,
            "jti": URL_SAFE_NO_PAD.encode(unique),
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME.as_secs(),
        });
        let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(&header), encode(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PSS_SHA256, &random, message.as_bytes(), &mut signature).ok()?;
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[async_trait::async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let failed = || Error::with_message(ErrorKind::Credential, "the client assertion could not be signed");
        self.sign().ok_or_else(failed)
    }
}
