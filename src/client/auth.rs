//! Tokens: one per audience, renewed before they end, one renewal at a time.
//!
//! In goes a credential, out come bearer tokens for a scope, or an error that names Entra's `AADSTS` number. This
//! file must never put a secret into a message, and decodes of a token only who it stands for.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::http::{ClientOptions as CoreOptions, RetryOptions, Transport};
use azure_core::time::OffsetDateTime;
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;
use zeroize::Zeroizing;

use super::assertion::Assertion;
use super::error::{CallError, CallErrorKind, ClientError, clean};
use super::transport::{LoginTransport, Seen, Web, authority};
use super::{ClientOptions, refusal, retry};

/// Text that is wiped from memory when dropped and never printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// How to sign in.
#[derive(Clone, Debug)]
pub enum CredentialSpec {
    /// An application with a client secret.
    ClientSecret {
        /// Tenant id or domain.
        tenant: String,
        /// Application id.
        client_id: String,
        /// The secret.
        secret: Secret,
    },
    /// An application with a certificate.
    Certificate {
        /// Tenant id or domain.
        tenant: String,
        /// Application id.
        client_id: String,
        /// Certificate and unencrypted RSA key as PEM text.
        pem: Secret,
        /// Send the certificates along, for sign-in by subject name and issuer.
        send_chain: bool,
    },
    /// A federated token in a file, as Kubernetes and CI systems give.
    WorkloadIdentity {
        /// Tenant id or domain.
        tenant: String,
        /// Application id.
        client_id: String,
        /// File with the federated token, read anew for every sign-in.
        token_file: PathBuf,
    },
    /// The identity of the Azure machine this runs on.
    ManagedIdentity {
        /// Client id of a user-assigned identity; none for the system's.
        client_id: Option<String>,
    },
    /// Who is signed in to the Azure CLI.
    AzureCli {
        /// Tenant; none for the CLI's own default.
        tenant: Option<String>,
    },
    /// Who is signed in to the Azure Developer CLI.
    AzureDeveloperCli,
}

/// Who a token stands for: claims read for the record, not checked.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Principal {
    /// Tenant id (`tid`).
    pub tenant_id: Option<String>,
    /// Object id of the user or service principal (`oid`).
    pub object_id: Option<String>,
    /// Application id (`appid`, or `azp` in newer tokens).
    pub app_id: Option<String>,
    /// Application permissions (`roles`).
    pub roles: Vec<String>,
    /// Directory roles (`wids`).
    pub wids: Vec<String>,
    /// Delegated permissions of a signed-in user's token (`scp`).
    pub scopes: Vec<String>,
}

impl Principal {
    /// Reads a JWT's claims; a token that is none gives an empty principal.
    pub(super) fn of_token(token: &str) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Claims {
            tid: Option<String>,
            oid: Option<String>,
            appid: Option<String>,
            azp: Option<String>,
            roles: Option<Vec<String>>,
            wids: Option<Vec<String>>,
            scp: Option<String>,
        }
        let payload = token.split('.').nth(1).map(|part| part.trim_end_matches('='));
        let bytes = payload.and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok()).map(Zeroizing::new);
        let claims: Claims = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Self {
            tenant_id: claims.tid,
            object_id: claims.oid,
            app_id: claims.appid.or(claims.azp),
            roles: claims.roles.unwrap_or_default(),
            wids: claims.wids.unwrap_or_default(),
            scopes: claims.scp.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        }
    }
}

/// A token in use; the generation tells a renewed one from the old.
#[derive(Clone)]
pub(super) struct Bearer {
    pub secret: Secret,
    pub generation: u64,
}

struct Held {
    bearer: Bearer,
    renew_at: Instant,
    ends_at: Instant,
    /// When it was fetched because Azure refused its predecessor.
    forced_at: Option<Instant>,
}

#[derive(Default)]
struct Slot {
    held: Option<Held>,
    refused: Option<(Instant, CallError)>,
    generation: u64,
}

/// A token is renewed this long before its end, or at half of a short life.
const MARGIN: Duration = Duration::from_secs(300);
/// Azure may refuse for other reasons than the token: a fresh one is not doubted again this soon.
const FORCED_PAUSE: Duration = Duration::from_secs(30);
/// When a renewal fails while the old token still holds, the next try is this much later.
const RENEW_PAUSE: Duration = Duration::from_secs(30);
/// After Entra said no, callers get that answer for a while: repeated bad sign-ins lock accounts.
const REFUSED_PAUSE: Duration = Duration::from_secs(10);

/// Blanking anything shorter would garble messages; Entra's secrets have 40 characters.
const SHORTEST_SECRET: usize = 8;

/// The tokens of one credential.
pub(super) struct Tokens {
    spec: CredentialSpec,
    login: Url,
    web: Arc<Web>,
    options: ClientOptions,
    slots: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<Slot>>>>,
}

impl Tokens {
    pub(super) fn new(
        spec: CredentialSpec,
        login: Url,
        web: Arc<Web>,
        options: ClientOptions,
    ) -> Result<Self, ClientError> {
        let tokens = Self { spec, login, web, options, slots: Mutex::default() };
        // Built once for its errors: a wrong tenant or a broken key should fail before the run starts.
        tokens.credential(Seen::default())?;
        Ok(tokens)
    }

    /// A token for the scope; `stale` is the generation of one that Azure refused.
    ///
    /// Gives the same generation again when it would be no use to fetch another.
    pub(super) async fn bearer(&self, scope: &str, stale: Option<u64>) -> Result<Bearer, CallError> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(scope.to_owned()).or_default())
        };
        let mut slot = slot.lock().await;
        let now = Instant::now();
        let doubted = |held: &Held| {
            stale == Some(held.bearer.generation) && held.forced_at.is_none_or(|at| now - at >= FORCED_PAUSE)
        };
        if let Some(held) = slot.held.as_ref().filter(|held| now < held.renew_at && !doubted(held)) {
            return Ok(held.bearer.clone());
        }
        if let Some((at, error)) = &slot.refused
            && now - *at < REFUSED_PAUSE
        {
            return Err(error.clone());
        }
        let forced = slot.held.as_ref().is_some_and(doubted);
        match self.fetch(scope).await {
            Ok(token) => {
                let now = Instant::now();
                let life = token.expires_on - OffsetDateTime::now_utc();
                let life = Duration::try_from(life).unwrap_or_default();
                slot.generation += 1;
                let bearer = Bearer { secret: Secret::new(token.token.secret()), generation: slot.generation };
                slot.refused = None;
                slot.held = Some(Held {
                    bearer: bearer.clone(),
                    renew_at: now + life - MARGIN.min(life / 2),
                    ends_at: now + life,
                    forced_at: forced.then_some(now),
                });
                Ok(bearer)
            }
            Err(error) => {
                if let Some(held) = slot.held.as_mut().filter(|held| !forced && now < held.ends_at) {
                    tracing::warn!(error = %error, "token not renewed, the old one is used until its end");
                    held.renew_at = (now + RENEW_PAUSE).min(held.ends_at);
                    return Ok(held.bearer.clone());
                }
                if error.status.is_some_and(|status| !retry::is_retryable(status)) {
                    slot.refused = Some((Instant::now(), error.clone()));
                }
                Err(error)
            }
        }
    }

    /// Signs in, with a fresh credential: azure_identity's own cache cannot be told that a token is stale.
    async fn fetch(&self, scope: &str) -> Result<AccessToken, CallError> {
        let seen = Seen::default();
        let failed = |message: &str| CallError::new(CallErrorKind::Token, self.without_secret(message));
        let credential = self.credential(Arc::clone(&seen)).map_err(|error| failed(&error.to_string()))?;
        let scopes = [scope];
        let asked = credential.get_token(&scopes, None);
        let error = match tokio::time::timeout(self.options.give_up_after, asked).await {
            Ok(Ok(token)) if !token.token.secret().is_empty() => return Ok(token),
            Ok(Ok(_)) => "the answer holds no token".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no token in time".to_owned(),
        };
        let mut failure = failed(&error);
        failure.code = refusal::aadsts(&failure.message);
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(reply) = seen {
            let refusal = refusal::read(&reply.body);
            failure.status = Some(reply.status);
            failure.request_id = refusal::request_id(&reply.headers).or(refusal.request_id);
            // Some bad requests get the page for people, with status 200 and the number in it.
            if reply.status >= 300 || refusal.code.is_some() {
                failure.code = refusal.code.or(failure.code);
                if !refusal.message.is_empty() {
                    failure.message = self.without_secret(&refusal.message);
                }
            }
        }
        Err(failure)
    }

    /// Whoever answers for the sign-in endpoint could send our secret back in its message.
    fn without_secret(&self, message: &str) -> String {
        let mut message = clean(message);
        if let CredentialSpec::ClientSecret { secret, .. } = &self.spec {
            let encoded: Zeroizing<String> =
                Zeroizing::new(url::form_urlencoded::byte_serialize(secret.expose().as_bytes()).collect());
            for text in [secret.expose(), encoded.as_str()].into_iter().filter(|text| text.len() >= SHORTEST_SECRET) {
                message = message.replace(text, "[redacted]");
            }
        }
        message
    }

    fn credential(&self, seen: Seen) -> Result<Arc<dyn TokenCredential>, ClientError> {
        let metadata = matches!(self.spec, CredentialSpec::ManagedIdentity { .. });
        let transport = LoginTransport {
            web: Arc::clone(&self.web),
            login: self.login.clone(),
            options: self.options.clone(),
            metadata,
            seen,
        };
        // A custom cloud, always: it keeps azure_identity from reading AZURE_AUTHORITY_HOST by itself.
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = authority(&self.login);
        let client_options = CoreOptions {
            transport: Some(Transport::new(Arc::new(transport))),
            retry: RetryOptions::none(),
            cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
            ..CoreOptions::default()
        };
        build(&self.spec, &self.login, client_options)
    }
}

fn build(
    spec: &CredentialSpec,
    login: &Url,
    client_options: CoreOptions,
) -> Result<Arc<dyn TokenCredential>, ClientError> {
    let wrong = |error: azure_core::Error| ClientError::Credential(clean(&error.to_string()));
    let assertion_options = |client_options| ClientAssertionCredentialOptions { client_options };
    Ok(match spec {
        CredentialSpec::ClientSecret { tenant, client_id, secret } => ClientSecretCredential::new(
            tenant,
            client_id.clone(),
            secret.expose().to_owned().into(),
            Some(ClientSecretCredentialOptions { client_options }),
        )
        .map_err(wrong)?,
        CredentialSpec::Certificate { tenant, client_id, pem, send_chain } => {
            // The configured endpoint, not the made-up name: an assertion shown to a loopback server must be
            // worth nothing at the real one.
            let endpoint = format!("{}/{tenant}/oauth2/v2.0/token", login.as_str().trim_end_matches('/'));
            let assertion = Assertion::new(client_id, endpoint, pem.expose(), *send_chain)?;
            let options = Some(assertion_options(client_options));
            ClientAssertionCredential::new(tenant.clone(), client_id.clone(), assertion, options).map_err(wrong)?
        }
        CredentialSpec::WorkloadIdentity { tenant, client_id, token_file } => {
            WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                credential_options: assertion_options(client_options),
                client_id: Some(client_id.clone()),
                tenant_id: Some(tenant.clone()),
                token_file_path: Some(token_file.clone()),
            }))
            .map_err(wrong)?
        }
        CredentialSpec::ManagedIdentity { client_id } => {
            ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                user_assigned_id: client_id.clone().map(UserAssignedId::ClientId),
                client_options,
            }))
            .map_err(wrong)?
        }
        CredentialSpec::AzureCli { tenant } => AzureCliCredential::new(Some(AzureCliCredentialOptions {
            tenant_id: tenant.clone(),
            ..AzureCliCredentialOptions::default()
        }))
        .map_err(wrong)?,
        CredentialSpec::AzureDeveloperCli => AzureDeveloperCliCredential::new(None).map_err(wrong)?,
    })
}
